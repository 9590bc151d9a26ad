"""A page: the bytes of one response, decoded once and parsed once."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urljoin

from lxml import etree
from lxml.etree import _Element as Element
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom, resolve_encoding
from w3lib.url import safe_url_string

from crawler.extraction.identity import split
from crawler.extraction.problem import Code, Problem
from crawler.extraction.text import clean_line, lines_of

#: The largest real article page seen has 0.3 MB. Beyond this it is no article, and parsing it would only cost.
MAX_BYTES = 8 * 2**20
#: Real pages have 2,600 tags and 320 lines at most. Eight megabytes of nothing else would take a gigabyte as a tree,
#: and hours to read.
MAX_TAGS = 50_000
MAX_LINES = 20_000
#: Real tags have some twenty. The parser looks through all of a tag's attributes for each further one.
MAX_ATTRIBUTES = 10_000

_PARSER = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
#: The codecs pages are written in. Python calls more things a codec: `idna` and `punycode` take the square of the
#: length, `raw_unicode_escape` makes halves of characters, and `hex` is no text.
_WEB_CODEC = re.compile(
    r"ascii|utf-(?:8|16(?:-[bl]e)?)|gb2312|gbk|gb18030|hz|big5\w*|euc_\w+|iso2022_\w+|shift_jis\w*|iso8859-\d+|cp\d+|"
    r"koi8-[rtu]|mac-\w+|tis-620|johab"
)
#: A page of fewer bytes has no room for attributes that would cost.
_ROOM_FOR_ATTRIBUTES = 2**17
#: As the HTML standard reads them (§13.2.5.33 to 39); what looks like a tag within a script or a comment counts too.
_ATTRIBUTE = rb"(?:=?[^\s/>=]++|=)(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>\"'][^\s>]*+)?+)?+"
_TAG = re.compile(rb"<[A-Za-z][^\s/>]*+(?:[\s/]++|" + _ATTRIBUTE + rb")*+")
_ATTRIBUTES = re.compile(_ATTRIBUTE)
_HTML_END = re.compile(rb"</(?:html|body)\s*>", re.IGNORECASE)
#: Nothing in it to quote, which costs more than the rest of an image.
_PLAIN_URL = re.compile(r"https?://[a-z0-9.-]+/[A-Za-z0-9._~/?=&+-]*")
#: As most pictures are named: nothing to resolve.
_FILE_BESIDE = re.compile(r"(?:\./)?(?P<name>\w[\w.-]*)", re.ASCII)
_MARKUP = re.compile(rb"<(?:!doctype|html|head|body|meta|title|div|p|table|script|a)\b", re.IGNORECASE)
_SIGNATURES = (
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8\xff",
    b"%PDF",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"RIFF",
    b"\x00\x00\x00",
)
#: Bytes above 0x7F in runs. GB encodings write a character in two bytes, so English text with Chinese quotation marks
#: has runs of even length; in windows-1252 a quotation mark or an accented letter stands alone.
_HIGH_BYTES = re.compile(rb"[\x80-\xff]+")


@dataclass
class Page:
    """One response as text and as a tree.

    `url` is the URL as fetched, `text` the decoded page, `encoding` the name of the codec that decoded it (lower case),
    `is_markup` False for a text rendering. `tree` and `lines` are made when first asked for, and kept.
    """

    url: str
    text: str
    encoding: str
    is_markup: bool = True
    #: False where the markup ends without `</body>` or `</html>`: perhaps cut off in the middle.
    is_closed: bool = True
    #: The page's bytes where they are the text in UTF-8: encoding it again would cost a sixth of parsing it.
    utf8: bytes | None = field(default=None, repr=False)

    @classmethod
    def from_bytes(cls, url: str, body: bytes, content_type: str | None = None) -> Page:
        """Decode a response body. `content_type` is the HTTP header's value.

        Raises Problem: `empty-response`, `too-large`, `not-html` (binary), `undecodable`.
        """
        if not body.strip():
            raise Problem(Code.EMPTY_RESPONSE, url)
        if len(body) > MAX_BYTES:
            raise Problem(Code.TOO_LARGE, url, f"{len(body)} bytes, at most {MAX_BYTES} are read")
        if body.startswith(_SIGNATURES):
            raise Problem(Code.NOT_HTML, url, "the content is binary")
        encoding, text = decode(body, content_type)
        if text is None:
            raise Problem(Code.UNDECODABLE, url, f"declared {encoding}")
        is_markup = _MARKUP.search(body) is not None
        return cls(
            url,
            text,
            encoding,
            is_markup,
            not is_markup or _is_closed(body),
            body if encoding == "utf-8" and _is_same(body, text) else None,
        )

    @cached_property
    def tree(self) -> Element:
        """The root of the parsed page, comments removed.

        Raises Problem `no-layout` where nothing can be parsed, and `too-large` for more than `MAX_TAGS`, or more than
        `MAX_ATTRIBUTES` in one of them.
        """
        # Surrogates cannot be encoded; NUL ends the parser's input.
        markup = (self.utf8 or self.text.encode("utf-8", "replace")).replace(b"\0", b"")
        if (tags := markup.count(b"<")) > MAX_TAGS:
            raise Problem(Code.TOO_LARGE, self.url, f"{tags} tags, at most {MAX_TAGS} are read")
        if len(markup) > _ROOM_FOR_ATTRIBUTES and (attributes := _most_attributes(markup)) > MAX_ATTRIBUTES:
            raise Problem(
                Code.TOO_LARGE, self.url, f"{attributes} attributes in one tag, at most {MAX_ATTRIBUTES} are read"
            )
        try:
            tree = etree.fromstring(markup, _PARSER)
        except etree.LxmlError as error:
            raise Problem(Code.NO_LAYOUT, self.url, str(error)) from error
        if tree is None:
            raise Problem(Code.NO_LAYOUT, self.url, "no element in it")
        return tree

    @cached_property
    def lines(self) -> list[str]:
        """The rendering: visible text line by line, without empty lines.

        Raises Problem `too-large` for more than `MAX_LINES`, and what `tree` raises.
        """
        if self.is_markup:
            return lines_of(self.tree)
        raw_lines = self.text.splitlines()
        if len(raw_lines) > MAX_LINES:
            raise Problem(Code.TOO_LARGE, self.url, f"{len(raw_lines)} lines, at most {MAX_LINES} are read")
        return [line for raw in raw_lines if (line := clean_line(raw))]

    @cached_property
    def title(self) -> str:
        """The text of `<title>`, one line, empty where there is none."""
        return clean_line(self.tree.findtext("head/title") or "") if self.is_markup else ""

    def meta(self, name: str) -> str | None:
        """The content of `<meta name=…>` (or `property=`, `itemprop=`), cleaned; null where absent or empty."""
        return self._metas.get(name.lower()) or None

    @cached_property
    def _directory(self) -> str:
        return urljoin(self.url, ".")

    @cached_property
    def _metas(self) -> dict[str, str]:
        metas: dict[str, str] = {}
        # Not only in <head>: a literal `</head>` inside a meta tag ends it early on some Xinhua pages.
        for element in self.tree.iter("meta"):
            name = element.get("name") or element.get("property") or element.get("itemprop")
            if name and (content := clean_line(element.get("content") or "")):
                metas.setdefault(name.strip().lower(), content)
        return metas

    def absolute(self, href: str) -> str:
        """`href` as an absolute URL, resolved against the page's; empty where that is none of the web: `javascript:`,
        `data:`, `file:`, a host or a port that cannot be."""
        href = href.strip()
        beside = _FILE_BESIDE.fullmatch(href)
        try:
            url = self._directory + beside["name"] if beside else urljoin(self.url, href)
            if _PLAIN_URL.fullmatch(url):
                return url
            url = safe_url_string(url)
        except ValueError:
            return ""
        return url if split(url) is not None else ""


def _most_attributes(markup: bytes) -> int:
    """How many attributes the longest tags have at most; 0 where none is long."""
    # A name and what divides it from the next one take two bytes.
    long_tags = (match[0] for match in _TAG.finditer(markup) if match.end() - match.start() > 2 * MAX_ATTRIBUTES)
    return max((len(_ATTRIBUTES.findall(tag)) for tag in long_tags), default=0)


def _is_closed(body: bytes) -> bool:
    """Whether the second half holds `</html>` or `</body>`; as it is mostly spelt, it is found from behind at once."""
    half = len(body) // 2
    return body.rfind(b"</html>", half) >= 0 or _HTML_END.search(body, half) is not None


def _is_same(body: bytes, text: str) -> bool:
    """Whether a text decoded from UTF-8 is the whole body: no byte order mark left out, no character replaced."""
    return not body.startswith(codecs.BOM_UTF8) and "\ufffd" not in text


def decode(body: bytes, content_type: str | None = None) -> tuple[str, str | None]:
    """Name of the codec and the text, or the declared name and None where no codec explains the bytes.

    Bytes that are valid UTF-8 are UTF-8 whatever is declared: ECNS declared gb2312 on UTF-8 pages for years, and text
    in another encoding is hardly ever valid UTF-8 by chance. Else the declared charset (byte order mark, HTTP header,
    meta), then gb18030, then windows-1252, each only if it fits the pattern of the bytes. UTF-8 with a few broken
    characters stays UTF-8, each of them visible as U+FFFD.
    """
    marked, mark = read_bom(body)
    if marked is not None:
        return marked, _strict(body[len(mark or b"") :], marked)
    if (text := _strict(body, "utf-8")) is not None:
        return "utf-8", text
    declared = http_content_type_encoding(content_type) or html_body_declared_encoding(body[:4096])
    candidates = _fitting(body, _codec(declared) if declared else None)
    for encoding in candidates:
        if encoding == "utf-8":
            return encoding, body.decode("utf-8", "replace")
        if (text := _strict(body, encoding)) is not None:
            return encoding, text
    return declared or "nothing", None


def _codec(declared: str) -> str | None:
    """Python's name of a declared charset; null where it is none that pages are written in."""
    try:
        name = resolve_encoding(declared)
    except ValueError:  # a NUL in the name
        return None
    return name if name is not None and _WEB_CODEC.fullmatch(name) else None


def _strict(body: bytes, encoding: str) -> str | None:
    try:
        return body.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _fitting(body: bytes, declared: str | None) -> list[str]:
    """Codecs to try on bytes that are not valid UTF-8, the likeliest first."""
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    whole = sum(1 for character in text if character > "\x7f") - broken
    if whole > 20 * broken:
        return ["utf-8"]
    runs = [len(run) for run in _HIGH_BYTES.findall(body)]
    single_bytes = 2 * sum(1 for length in runs if length % 2) > len(runs)
    guesses = ["cp1252"] if single_bytes else ["gb18030", "cp1252"]
    if declared and declared != "utf-8" and (_is_single_byte(declared) == single_bytes):
        return [declared, *guesses]
    return guesses


def _is_single_byte(encoding: str) -> bool:
    try:
        return len("\u00e9".encode(codecs.lookup(encoding).name)) == 1
    except UnicodeEncodeError:
        return False

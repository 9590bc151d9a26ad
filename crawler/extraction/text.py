"""Text as a reader sees it: from elements to clean paragraphs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator

from lxml.etree import _Element as Element

#: Elements that begin and end a line of their own in a browser. `tr` is one and `td` is not: cells of a row stand
#: side by side.
BLOCKS = frozenset(
    "address article aside blockquote body br caption center dd details div dl dt fieldset figcaption figure footer "
    "form h1 h2 h3 h4 h5 h6 header hr html legend li main nav ol option p pre section summary table tbody tfoot thead "
    "title tr ul".split()
)
#: Elements whose text no reader sees.
INVISIBLE = frozenset(
    "applet audio canvas datalist embed head iframe input map math noscript object script select style svg template "
    "textarea video".split()
)
CELLS = frozenset(("td", "th"))

#: For patterns that are searched for: the white space in front of what they look for, a whole run of it or nothing.
#: With a bare `\s*` a long run would be tried from each of its places, in the square of its length.
SPACE_BEFORE = r"(?:(?<!\s)\s++)?+"
#: Characters of no width: zero-width space, joiners, directional marks, word joiner, byte order mark, soft hyphen.
_ZERO_WIDTH = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
#: Half of a UTF-16 pair, as `\\ud800` in JSON makes it: no character, and no UTF-8 can hold it.
_SURROGATE = re.compile("[\ud800-\udfff]")
#: Unicode's Stream-Safe Text Format (UAX 15, 13) allows so many accents on a letter. NFC puts them in order, in the
#: square of their number: a page of nothing else would take days.
_MOST_ACCENTS = 30
_PILE = re.compile(rf"[^\w!-~]{{{_MOST_ACCENTS},}}")
#: They come apart into two accents; the last three do not count as accents themselves.
_DOUBLE_ACCENTS = frozenset("\u0344\u0f73\u0f75\u0f81")
#: In a shorter line no pile is high enough to cost anything.
_LINE_OF_PILES = 1000
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
#: Stands for a line break while pieces are joined: a separator that Unicode calls white space and no page uses.
_LINE_BREAK = "\x1e"


def clean_line(text: str) -> str:
    """One line of text: Unicode NFC, nothing of zero width, every run of white space one space, none at the ends.

    White space is all Unicode calls so: U+00A0, U+3000 and the line breaks of the HTML source too. Half a UTF-16 pair
    becomes U+FFFD, and accents without a letter, or dozens on one, are left out. Idempotent.
    """
    text = text.strip()
    # Of all white space only the space is printable, and nothing of zero width is: most lines need no more than this.
    if not text.isprintable() or "  " in text:
        text = " ".join(text.split())
        if not text.isprintable():
            text = " ".join(_SURROGATE.sub("\ufffd", _ZERO_WIDTH.sub("", text)).split())
    if text.isascii():
        return text
    if len(text) > _LINE_OF_PILES or _accents(text[0]):
        text = _without_piles(text)
    return unicodedata.normalize("NFC", text)


def _without_piles(text: str) -> str:
    """The line without the accents before its first letter, and without those beyond `_MOST_ACCENTS` in a row; white
    space does not interrupt a row, since what compares texts takes it out."""
    first = next((index for index, one in enumerate(text) if not _accents(one) and not one.isspace()), len(text))
    return " ".join(_PILE.sub(_thinned, text[first:]).split())


def _thinned(pile: re.Match[str]) -> str:
    kept, count = [], 0
    for character in pile[0]:
        accents = _accents(character)
        count = count + accents if accents or character.isspace() else 0
        if not accents or count <= _MOST_ACCENTS:
            kept.append(character)
    return "".join(kept)


def _accents(character: str) -> int:
    """How many accents (Unicode: non-starters) a character is in the canonical decomposition."""
    return 2 if character in _DOUBLE_ACCENTS else int(unicodedata.combining(character) > 0)


def join_paragraphs(paragraphs: Iterable[str]) -> str:
    """The body of an Article: paragraphs joined by a blank line."""
    return "\n\n".join(paragraphs)


def split_paragraphs(body: str) -> list[str]:
    """The paragraphs of an Article's body, cleaned; the inverse of `join_paragraphs` on clean paragraphs."""
    return [line for paragraph in body.split("\n\n") if (line := clean_line(paragraph))]


def lines_of(element: Element, without: Collection[Element] = ()) -> list[str]:
    """The visible text below `element`, line by line, empty lines dropped.

    Block elements and `<br>` break lines, inline ones join what they split. Scripts, styles, form fields, what is
    hidden by `display: none` and the elements in `without` (with all below them) give no text.
    """
    return list(_lines(element, without))


def text_of(element: Element) -> str:
    """All visible text below `element` as one line."""
    if len(element) == 0:
        return clean_line(element.text or "")
    return " ".join(lines_of(element))


def _lines(top: Element, without: Collection[Element]) -> Iterator[str]:
    # Depth-first without recursion: a page may nest deeper than Python's stack. `parents` are the elements begun: their
    # remaining children, and the text behind them. Attribute access is what lxml charges for: once each.
    pieces: list[str] = []
    parents: list[tuple[Iterator[Element], str]] = []
    children = iter((top,))
    while True:
        for element in children:
            tag = element.tag
            tail = (element.tail or "") if element is not top else ""
            style = element.get("style")
            if tag in INVISIBLE or (style and _hides(style)) or (without and element in without):
                pieces.append(tail)
                continue
            if tag in BLOCKS:
                pieces.append(_LINE_BREAK)
                tail = _LINE_BREAK + tail
            elif tag in CELLS:
                tail = " " + tail
            if text := element.text:
                pieces.append(text)
            if len(element):
                parents.append((children, tail))
                children = iter(element)
                break
            pieces.append(tail)
        else:
            if not parents:
                break
            children, tail = parents.pop()
            pieces.append(tail)
    # U+00A0 is on nearly every page: replaced at once, it spares each line the slow way.
    for line in "".join(pieces).replace("\u00a0", " ").split(_LINE_BREAK):
        if cleaned := clean_line(line):
            yield cleaned


def _hides(style: str) -> bool:
    """Whether a `style` attribute hides its element. Few have the word in them, and looking for it costs nothing."""
    return "none" in style.lower() and _HIDDEN.search(style) is not None

"""What the Ministry of Foreign Affairs, its missions and its offices in Hong Kong and Macao share: one CMS, TRS WCM.

| generation | years | article | listing | evidence |
|---|---|---|---|---|
| old | to 2021 | `tNNNNNNN.htm`, `.shtml` | `default.htm`, `default_1.htm` … | A |
| new | 2021- | `YYYYMM/tYYYYMMDD_N.htm`, `.html`, `.shtml` | `index.htm`, `index_1.htm` … | A |

The old number is one document across the whole network; the new one often. How dates are read stands in
`trs_dates.py`, listings in `trs_listings.py`, what is no text in `trs_chrome.py`, pages without a layout in
`trs_rendering.py`.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from dataclasses import dataclass

from lxml.etree import _Element as Element

from crawler.extraction.dates import Published
from crawler.extraction.identity import Address, Identity
from crawler.extraction.layout import Layout, Reading, by_id, css, pictures_in, xpath
from crawler.extraction.page import Page
from crawler.extraction.problem import Code, Problem
from crawler.extraction.source import Link, Listing, Source
from crawler.extraction.text import SPACE_BEFORE, text_of
from crawler.items import Article, Image
from crawler.sources import trs_dates
from crawler.sources.trs_chrome import credit_of, date_line, without_chrome
from crawler.sources.trs_dates import DocumentKey
from crawler.sources.trs_listings import PAGE_NAME, date_beside, following_pages, headline_of, without_line_breaks
from crawler.sources.trs_rendering import read_lines, read_marked

#: An article's path: sections, the month in the new generation, the document's name.
ARTICLE_PATH = re.compile(r"^(?P<directory>/(?:[\w.~-]+/)*?)(?:\d{6}/)?(?P<name>t(?:\d{8}_)?\d{2,})\.s?html?$")
#: Where requests for removed pages are redirected to: `/error.htm` (A, 2020), `/web/system/index_17321.shtml` (C).
_GONE_PATH = re.compile(r"^/(?:error\.s?html?$|web/system/|(?:\w+/)*index_17321\b)")
#: The first directory of a path tells the language (A for eng, mfa_eng, web; the others as the menus link them, A).
LANGUAGES = {
    "eng": "en",
    "mfa_eng": "en",
    "web": "zh-Hans",
    "chn": "zh-Hans",
    "mfa_chn": "zh-Hans",
    "fra": "fr",
    "esp": "es",
    "rus": "ru",
    "ara": "ar",
    "por": "pt",
    "det": "de",
    "jpn": "ja",
    "kor": "ko",
    "ita": "it",
}
#: What `<title>` and some metas put behind the headline.
_SITE_SUFFIX = re.compile(
    SPACE_BEFORE + r"[_—–|-]{1,2}\s*+(?:中华人民共和国(?:外交部|驻)|Ministry of Foreign Affairs|Embassy of|"
    r"Consulate[- ]General of|(?:Permanent )?Mission of|Commissioner'?s Office|Office of the Commissioner).*$",
    re.IGNORECASE,
)
#: Keywords that name the site and not the text.
_SITE_KEYWORD = re.compile(r"^(?:中华人民共和国外交部|中国外交部|Ministry of Foreign Affairs.*|.*Embassy of .*)$")
_KEYWORD_BREAK = re.compile(r"[;；,，、]")
_HOME = re.compile(r"^(?:home(?:page)?|首页|主页|accueil|inicio|главная)$", re.IGNORECASE)
#: Names of files that editors' tools leave in `alt` and `title`.
_FILE_NAME = re.compile(r"\.(?:jpe?g|png|gif|bmp|webp)$|^[\w-]{1,12}$", re.IGNORECASE)
_ICON = re.compile(
    r"(?:/images?/[^/]*(?:ico|icon|btn|button|print|email|arrow|share|logo)|\bico_|spacer|blank\.gif)", re.IGNORECASE
)
_CENTERED = re.compile(r"text-align\s*:\s*center", re.IGNORECASE)
_LONGEST_CAPTION = 300
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class ArticlePath:
    """A path of an article taken apart: `/eng/zgwj/202210/t20221029_10794068.htm`."""

    directory: str
    name: str

    @classmethod
    def of(cls, path: str) -> ArticlePath | None:
        """Null for a path that names no document."""
        found = ARTICLE_PATH.match(path)
        return cls(found["directory"], found["name"]) if found else None


#: The last resort of every source: the editor's own container, wherever a template has put it (A: all new pages).
EDITOR_LAYOUT = Layout(
    name="trs-editor",
    years="2013-",
    grade="C",
    body=(
        # Of several editors side by side their parent, else the outermost one.
        xpath("//*[count(*[contains(@class, 'TRS_UEDITOR') or contains(@class, 'TRS_Editor')]) > 1]"),
        xpath("//*[contains(@class, 'TRS_UEDITOR') or contains(@class, 'TRS_Editor')]"),
        xpath("//*[contains(@class, 'trs_editor_view')]"),
    ),
    headline=(
        by_id("News_Body_Title"),
        xpath("/html/head/meta[@name='ArticleTitle']/@content"),
        css("h1"),
        xpath("/html/head/title"),
    ),
    date=(by_id("News_Body_Time"),),
    keywords=(xpath("/html/head/meta[@name='Keywords']/@content"),),
)


class TrsSource(Source):
    """A site of the network. A subclass has its hosts, sections and layouts, and says how its documents are named."""

    gone = re.compile(
        r"系统维护|does not exist or has been deleted|"
        r"(?:页面|文章|您(?:要)?访问的(?:页面|内容))(?:不存在|已(?:被)?删除)|"
        r"404 not found|page (?:is )?not found",
        re.IGNORECASE,
    )
    rendering = "trs-rendering"

    @abstractmethod
    def identify(self, address: Address) -> Identity | None: ...

    def is_listing(self, address: Address) -> bool:
        """A section's directory, or one of its pages."""
        directory, _, name = address.path.rpartition("/")
        return (
            self.owns(address)
            and (not name or PAGE_NAME.match(name) is not None)
            and not _GONE_PATH.match(address.path)
            and self._is_section(directory + "/")
        )

    @abstractmethod
    def _is_section(self, directory: str) -> bool:
        """Whether a directory (with its last slash) may be a section of this source."""

    # --- listings

    def listing(self, page: Page) -> Listing:
        following, is_counted = following_pages(page)
        for item in self.items:
            if links := self._links(page, [found for found in css(item)(page.tree) if isinstance(found, Element)]):
                return Listing(links, following, is_counted)
        return Listing(self._links(page, list(page.tree.iter("a"))), following, is_counted)

    def _links(self, page: Page, anchors: list[Element]) -> list[Link]:
        """Links to articles of this source, each document once. A picture's link takes the headline that follows."""
        links: dict[str, Link] = {}
        for anchor in anchors:
            url = page.absolute(anchor.get("href") or "")
            address = Address.of(url)
            identity = self.identify(address) if address is not None and self.owns(address) else None
            if identity is None or (identity.id in links and links[identity.id].headline):
                continue
            headline = headline_of(anchor)
            if identity.id in links and headline is None:
                continue
            links[identity.id] = Link(url, headline, self._listed_date(identity, anchor, headline or ""))
        return list(links.values())

    def _listed_date(self, identity: Identity, anchor: Element, headline: str) -> Published | None:
        """The date printed with the link, else the one in its title, else the one in its URL."""
        key = DocumentKey.of(identity.id)
        if (beside := date_beside(anchor)) is not None:
            return beside
        title = trs_dates.title_moment(headline)
        from_title = trs_dates.in_inferred_year(title, key) if title is not None else None
        return from_title or (trs_dates.from_key(key) if key.day else None)

    # --- articles

    def read(self, page: Page, *further: Page, listed: Published | None = None) -> Article:
        address = Address.of(page.url)
        if address is not None and _GONE_PATH.match(address.path):
            raise Problem(Code.SOFT_404, page.url, "the request was redirected here")
        return super().read(page, *further, listed=listed)

    def published(self, page: Page, identity: Identity, reading: Reading) -> Published | None:
        return trs_dates.published(page, identity, reading)

    def refine(self, page: Page, reading: Reading) -> None:
        reading.headline = _unbroken(_headline(reading.headline), page)
        if reading.alternative_headline == reading.headline:
            reading.alternative_headline = None
        self._take_credit(reading)
        reading.breadcrumb = [crumb for crumb in reading.breadcrumb if not _HOME.match(crumb)]
        reading.section = reading.section or (reading.breadcrumb[-1] if reading.breadcrumb else None)
        reading.keywords = _keywords(reading.keywords)
        reading.paragraphs = without_chrome(reading.paragraphs)
        _drop_head(reading)
        if reading.images and reading.body_element is not None:
            reading.images = _captioned(reading.body_element, page, reading.images)

    def _take_credit(self, reading: Reading) -> None:
        """`来源：新华社` is a credit for 新华社; an inline script's words or an empty label are none."""
        words = reading.source_organization
        if words is not None:
            credit = credit_of(words)
            reading.source_organization = (words if credit is None else credit) or None

    def read_rendering(self, page: Page) -> Reading | None:
        reading = (read_marked(page) if page.is_markup else None) or read_lines(page)
        if reading is not None:
            reading.headline = _headline(reading.headline)
        return reading


def _headline(words: str) -> str:
    return _SITE_SUFFIX.sub("", without_line_breaks(words)).strip()


def _unbroken(headline: str, page: Page) -> str:
    """A Chinese headline that `<br>` parts as `<title>` has it, without the space that a line break is elsewhere."""
    if " " not in headline or headline.isascii():
        return headline
    title = _headline(page.title)
    return title if "".join(title.split()) == "".join(headline.split()) else headline


def _keywords(contents: list[str]) -> list[str]:
    """The keywords of the text; none where they are the site's."""
    words = [word.strip() for content in contents for word in _KEYWORD_BREAK.split(content) if word.strip()]
    return [] if any(_SITE_KEYWORD.match(word) for word in words) else list(dict.fromkeys(words))


def _drop_head(reading: Reading) -> None:
    """Take the headline, the date and the credit from the head of the body, where old templates print them in it."""
    head = 0
    for line in reading.paragraphs[:-1]:
        dated = date_line(line)
        if line != reading.headline:
            if dated is None or reading.date is not None:
                break
            reading.date = dated[0]
            reading.source_organization = reading.source_organization or dated[1]
        head += 1
    del reading.paragraphs[:head]


def _captioned(body: Element, page: Page, images: list[Image]) -> list[Image]:
    """The pictures with their captions: the centred paragraph behind a picture's own, else the `alt` text."""
    captions: dict[str, str] = {}
    for element in pictures_in(body):
        source = (element.get("src") or "").strip()
        if source and (caption := _caption_behind(element)):
            captions.setdefault(page.absolute(source), caption)
    return [
        Image(url=image.url, caption=captions.get(image.url) or _alt(image.caption))
        for image in images
        if not _ICON.search(image.url)
    ]


def _alt(caption: str | None) -> str | None:
    return None if caption is None or _FILE_NAME.search(caption) else caption


def _caption_behind(image: Element) -> str | None:
    """A short centred paragraph right behind one that holds only the picture."""
    paragraph: Element | None = image.getparent()
    while paragraph is not None and paragraph.tag not in ("p", "div", "td"):
        paragraph = paragraph.getparent()
    behind = paragraph.getnext() if paragraph is not None and paragraph.tag == "p" else None
    if paragraph is None or behind is None or behind.tag != "p" or not _is_centered(behind):
        return None
    if text_of(paragraph) or any(True for _ in behind.iter("img", "strong", "b")):
        return None
    words = text_of(behind)
    # Not the row of stars that parts two subjects.
    return words if len(words) <= _LONGEST_CAPTION and _LETTER.search(words) else None


def _is_centered(element: Element) -> bool:
    return (element.get("align") or "").lower() == "center" or bool(_CENTERED.search(element.get("style") or ""))

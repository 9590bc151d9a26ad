"""The articles of SHINE: its three generations of templates, and how each field is read.

No HTML of these sites was at hand. So the layouts (B and C) find the parts of a page, and where the visible lines fit
the pattern of `shine_text` (A) these decide what is body, byline, time and credit.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from itertools import takewhile

from lxml.etree import _Element as Element

from crawler.extraction import structured, wire
from crawler.extraction.dates import BEIJING, Published, first_moment
from crawler.extraction.layout import Layout, Reading, css, pictures_in, xpath
from crawler.extraction.page import Page
from crawler.extraction.text import SPACE_BEFORE, lines_of, text_of
from crawler.items import DateOrigin, Image
from crawler.sources import shine_text

_TITLE_SUFFIX = re.compile(
    SPACE_BEFORE + r"[-|–]\s*+(?:SHINE(?: News)?|Shanghai Daily|City News Service)\s*+$", re.IGNORECASE
)
#: `By Li Ming | March 5, 2016, Saturday | PRINT EDITION`, `Source: Xinhua | …`, `Created: 2011-1-6 0:35:47 Author: …`.
_BYLINE = re.compile(r"^(?:By|Source:|Created:|Author:|Updated:)\s", re.IGNORECASE)
_BY = re.compile(r"(?:^By\s+|\bAuthor:\s*)(?P<name>[^|:]{2,60}?)\s*(?:\||$)", re.IGNORECASE)
_SOURCE = re.compile(r"^Source:\s*(?P<name>[^|:]{2,60}?)\s*(?:\||$)", re.IGNORECASE)
#: So many lines above the body may hold byline and date.
_BYLINE_LINES = 12
_META_DATES = ("articlepublishdate", "article:published_time", "publishdate", "pubdate")
#: `2025-07-09T16:30:00.000Z`
_INSTANT = re.compile(
    r"^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?(?:Z|[+-][01]\d:?[0-5]\d)\Z",
    re.ASCII,
)
_ICON = re.compile(r"logo|icon|qr|avatar|share|sprite|blank", re.IGNORECASE)


def _with_paragraphs(root: Element) -> Sequence[Element]:
    """The element below `root` with the most characters in paragraphs of its own."""
    best: Element | None = None
    most = 0
    for element in root.iter():
        if element.tag not in ("nav", "header", "footer", "aside"):
            length = sum(len(text_of(child)) for child in element if child.tag == "p")
            if length > most:
                best, most = element, length
    return [best] if best is not None else []


def _main_paragraphs(root: Element) -> Sequence[Element]:
    return [found for top in root.iter("article", "main") for found in _with_paragraphs(top)]


ARCHIVE = Layout(
    name="shanghaidaily-2008",
    years="S0 to 2017, S1",
    grade="C",
    headline=(css("h1"),),
    body=(css("div.detail_content"),),
    alternative_headline=(css("h2.subtitle"),),
)
SUCCESSOR = Layout(
    name="citynewsservice-2025",
    years="2025-",
    grade="C",
    root=xpath(
        "/html[id('__NEXT_DATA__') or id('__next') or head/link[@rel='canonical'][contains(@href,'citynewsservice.cn')]"
        " or head/meta[@property='og:site_name'][contains(@content,'City News Service')]]"
    ),
    headline=(css("article h1"), css("h1")),
    body=(_main_paragraphs, xpath(".")),
    date=(xpath("descendant::time/@datetime"), css("time")),
)
SHINE = Layout(
    name="shine-2018",
    years="2018-2025",
    grade="C",
    headline=(css("h1"),),
    body=(
        xpath("descendant::div[contains(concat(' ',normalize-space(@class),' '),' content ')][p]"),
        xpath("descendant::div[contains(concat(' ',normalize-space(@class),' '),' article-content ')]"),
    ),
    date=(xpath("descendant::span[contains(@class,'glyphicon-time')]/.."),),
)


def refine(page: Page, reading: Reading, rendering: str) -> None:
    """Mend what a layout read, in place."""
    title = _TITLE_SUFFIX.sub("", page.meta("og:title") or page.title)
    reading.headline = reading.headline or title
    if reading.layout == ARCHIVE.name:
        _refine_archive(page, reading)
    elif reading.layout == SUCCESSOR.name:
        _refine_successor(page, reading)
    else:
        _refine_shine(page, reading, title, rendering)
    reading.images = [image for image in reading.images if not _ICON.search(image.url.rpartition("/")[2])]


def read_rendering(page: Page, rendering: str) -> Reading | None:
    """Read a page by its lines, else by the data in its scripts: markup that no layout knows."""
    title = _TITLE_SUFFIX.sub("", page.meta("og:title") or page.title) if page.is_markup else ""
    reading = shine_text.read_lines(page.lines, rendering, title)
    data = structured.structured_article(page) if reading is None and page.is_markup else None
    if data is not None and data.headline and data.paragraphs:
        reading = Reading(layout=rendering)
        _fill_from_data(page, reading, data)
    return reading


def published(page: Page, reading: Reading) -> Published | None:
    """The visible time, or the one of the data in a script; else a meta tag's."""
    if (date := _date_of(reading.date, "meta" if _INSTANT.match(reading.date or "") else "page")) is not None:
        return date
    metas = (_date_of(page.meta(name), "meta") for name in _META_DATES if page.is_markup)
    return next((date for date in metas if date is not None), None)


def modified(page: Page, reading: Reading) -> Published | None:
    """What the successor's data says; the older templates say nothing."""
    data = structured.structured_article(page) if reading.layout == SUCCESSOR.name else None
    return _date_of(data.modified, "meta") if data is not None else None


def _refine_archive(page: Page, reading: Reading) -> None:
    """S0 and S1: byline and date stand between headline and body, or begin the body; S1 prints its end twice."""
    bylines = list(takewhile(_BYLINE.match, reading.paragraphs[:-1]))
    for line in bylines:
        _read_byline(reading, line)
    del reading.paragraphs[: len(bylines)]
    if reading.date is None and reading.paragraphs:
        for line in reversed(_lines_above(page, reading)):
            _read_byline(reading, line)
    reading.paragraphs = shine_text.without_repeat(reading.paragraphs)
    if reading.paragraphs:
        last = reading.paragraphs[-1]
        reading.author = reading.author or wire.byline_of(reading.paragraphs[0])
        reading.source_organization = reading.source_organization or wire.credit_of(last)


def _lines_above(page: Page, reading: Reading) -> list[str]:
    """The lines between headline and body; without a headline among them only those that look like a byline."""
    lines = page.lines
    first = reading.paragraphs[0]
    body = next((index for index, line in enumerate(lines) if line == first), 0)
    above = lines[max(0, body - _BYLINE_LINES) : body]
    if reading.headline in above:
        return above[len(above) - above[::-1].index(reading.headline) :]
    return [line for line in above if _BYLINE.match(line)]


def _read_byline(reading: Reading, line: str) -> None:
    moment = first_moment(line)
    if reading.date is None and moment is not None and moment.year is not None:
        reading.date = moment.raw
    if (by := _BY.search(line)) is not None:
        reading.author = reading.author or by["name"]
    if (source := _SOURCE.match(line)) is not None:
        reading.source_organization = reading.source_organization or source["name"]


def _refine_successor(page: Page, reading: Reading) -> None:
    """S3: the data in the scripts fills what the markup lacks, and is the body where the markup has hardly any."""
    if reading.body_element is reading.root:
        reading.paragraphs = []
    reading.paragraphs = [line for line in reading.paragraphs if line != reading.headline]
    if (data := structured.structured_article(page)) is not None:
        _fill_from_data(page, reading, data)


def _fill_from_data(page: Page, reading: Reading, data: structured.StructuredArticle) -> None:
    reading.headline = data.headline or reading.headline
    reading.date = data.published or reading.date
    if len(" ".join(reading.paragraphs)) < 0.5 * len(" ".join(data.paragraphs)):
        reading.paragraphs = list(data.paragraphs)
    writers = [name for name in data.authors if not shine_text.is_wire(name)]
    wires = [name for name in data.authors if shine_text.is_wire(name)]
    reading.author = ", ".join(writers) or None
    reading.source_organization = wires[0] if wires else None
    reading.section = data.section
    reading.keywords = list(data.keywords)
    if not reading.images:
        urls = dict.fromkeys(page.absolute(url) for url in data.images)
        reading.images = [Image(url=url) for url in urls if url]


def _refine_shine(page: Page, reading: Reading, title: str, rendering: str) -> None:
    """S2: the visible lines decide where they fit their pattern; the layout adds the pictures."""
    pictures = shine_text.pictures(reading.paragraphs, reading.headline)
    if reading.body_element is not None:
        reading.images = _pictures(page, reading.body_element, reading.headline, pictures)
    around = _around(reading.body_element, page)
    rendered = shine_text.read_lines(lines_of(around), rendering, reading.headline) if around is not None else None
    rendered = rendered or shine_text.read_lines(page.lines, rendering, reading.headline or title)
    if rendered is None:
        body = shine_text.body_of(reading, reading.paragraphs)
        # `div.content` alone is on half the pages of the web.
        is_shine = reading.date or reading.editor or page.meta("articlepublishdate") or _TITLE_SUFFIX.search(page.title)
        reading.paragraphs = body if is_shine else []
        return
    reading.headline = rendered.headline
    reading.alternative_headline = rendered.alternative_headline
    reading.date = rendered.date
    reading.paragraphs = rendered.paragraphs
    reading.source_organization = rendered.source_organization
    reading.author = rendered.author
    reading.editor = rendered.editor
    reading.breadcrumb = rendered.breadcrumb
    reading.keywords = rendered.keywords


def _around(body: Element | None, page: Page) -> Element | None:
    """The smallest element that holds both headline and body: its lines are a fraction of the page's."""
    headline = next(page.tree.iter("h1"), None)
    if body is None or headline is None:
        return None
    holders = set(headline.iterancestors())
    return next((element for element in body.iterancestors() if element in holders), None)


def _pictures(page: Page, body: Element, headline: str, texts: list[str]) -> list[Image]:
    """The pictures below `body` (`data-original` where they load late). Captions only where every picture has one: the
    alternative text is the headline."""
    urls: dict[str, str | None] = {}
    for element in pictures_in(body):
        source = (element.get("data-original") or element.get("src") or "").strip()
        if source and not source.startswith("data:") and not _ICON.search(source.rpartition("/")[2]):
            alternative = " ".join((element.get("alt") or "").split())
            if url := page.absolute(source):
                urls.setdefault(url, alternative if alternative != headline else None)
    captions = texts if len(texts) == len(urls) else list(urls.values())
    return [Image(url=url, caption=caption or None) for url, caption in zip(urls, captions, strict=True)]


def _date_of(words: str | None, origin: DateOrigin) -> Published | None:
    """A date as printed; one with an offset, which only machines write, is turned into Beijing time."""
    moment = first_moment(words or "")
    if words is None or moment is None or moment.year is None:
        return None
    if not _INSTANT.match(words):
        return Published.of(moment, origin)
    value = datetime.datetime.fromisoformat(words).astimezone(BEIJING).replace(microsecond=0).isoformat()
    return Published(value, "minute" if moment.second is None else "second", origin, words)

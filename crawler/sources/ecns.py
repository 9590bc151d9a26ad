"""ECNS, www.ecns.cn: China News Service in English.

| generation | years | article | evidence |
|---|---|---|---|
| E0 | 2013-2018 | `/[section/]YYYY/MM-DD/NNNNNN.shtml` | A |
| E1 | late 2018- | `/<section path>/YYYY-MM-DD/detail-i<7 letters><7 digits>.shtml` | A |

The key is the detail id, or `YYYY/MM-DD/N`: one article stands under two sections, under `/m/` (mobile), on the bare
host, and with `utm_*` behind it; `_2` before `.shtml` is its second page (C). The template's core is the same in the
pages of 2018 and 2026 (A). The comments `published at …` and `publish at …` are stamps of the publishing system, in
2018 the page's own time, in 2026 an hour after it: no evidence of a change, so there is no `date_modified`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml.etree import _Element as Element

from crawler.extraction import feed
from crawler.extraction.dates import Published, first_moment, from_iso
from crawler.extraction.health import Health
from crawler.extraction.identity import Address, Identity
from crawler.extraction.layout import Reading, css, elements, first_text, xpath
from crawler.extraction.page import Page
from crawler.extraction.source import Link, Listing, Prefix, Section, Source
from crawler.extraction.text import text_of
from crawler.sources import ecns_article

_ORIGIN = "https://www.ecns.cn"

# --- URLs

_DETAIL = re.compile(
    r"^(?:/m)?(?P<path>(?P<section>(?:/[\w-]+)+)/(?P<date>\d{4}-\d\d-\d\d)/detail-(?P<key>i[a-z]{7}\d{7}))"
    r"(?:_(?P<number>\d{1,2}))?\.shtml$"
)
_NUMBERED = re.compile(
    r"^(?:/m)?(?P<path>(?P<section>(?:/[A-Za-z][\w-]*)*)/(?P<key>(?P<date>\d{4}/\d\d-\d\d)/\d{1,7}))"
    r"(?:_(?P<number>\d{1,2}))?\.shtml$"
)
#: First page of a list, a section's directory, the home page; `/app/` is advertising.
_LIST = re.compile(r"^(?P<directory>/(?!app/)(?:[A-Za-z][\w-]*/)*)(?:index(?:_(?P<number>\d{1,3}))?\.shtml)?$")
_FEED = "/rss/rss.xml"
#: Lists have about ten pages (B); nothing says how many.
_LAST_PAGE = 10

#: Path of the section, its name, evidence: A in URLs and menus of the real pages.
_SECTIONS: tuple[tuple[str, str, str], ...] = (
    ("news/politics", "Politics", "B"),
    ("news/society", "Society", "B"),
    ("business", "Business", "B"),
    ("cns-wire", "Ecns Wire", "A"),
    ("voices", "Voices", "A"),
    ("military", "Military", "B"),
    ("sci-tech", "Sci-tech", "B"),
    ("culture", "Culture", "B"),
    ("travel", "Travel", "A"),
    ("china/politics", "Politics", "A"),
    ("china/national", "National", "B"),
    ("world", "World", "B"),
    ("hongkong", "Hong Kong", "B"),
    ("taiwan", "Taiwan", "B"),
)
#: E0 paths resemble those of chinanews.com, so on a foreign host only ECNS's own sections count.
_E0_SECTIONS = frozenset(
    (
        "",
        *(path.split("/")[0] for path, _, _ in _SECTIONS),
        "news",
        "visual",
        "photo",
        "video",
        "hd",
        "learning-Chinese",
    )
)

# --- listings (item and date B, `ul.bizlst` seen in four scrapers 2017-2025)

_ITEM_LINK = (css("h3 a"), css("a"))
#: `<b>Jan 13, 2025</b>`; 2017 `<span>2017-01-13 10:20</span>` as the last of `.entry_footer` (C).
_ITEM_DATE = (xpath("descendant::b"), xpath("descendant::*[contains(@class,'entry_footer')]//span[last()]"))
_LINKS = xpath("//a[@href]")

_BODY_LINKS = xpath("id('yanse')//a[@href]")


class Ecns(Source):
    """China News Service in English."""

    name = "ecns"
    publisher = "Ecns.cn"
    hosts = frozenset(("www.ecns.cn", "ecns.cn"))
    rendering = "ecns-rendering"
    # A news agency: new texts every day, lists of ten and more (B), and one template since 2018 (A).
    health = Health(listing_links=10, rendering=0.1, newest_days=3)
    gone = re.compile(
        r"404 Not Found|sorry.{0,40}page.{0,40}(?:not (?:be )?found|removed|deleted)|page.{0,20}no longer",
        re.IGNORECASE,
    )
    sections = (
        *(
            Section(path, name, (f"{_ORIGIN}/{path}/index.shtml",), grade="A" if grade == "A" else "B")
            for path, name, grade in _SECTIONS
        ),
        Section("rss", "RSS, all sections", (_ORIGIN + _FEED,), grade="B"),
    )
    # Both generations stand in directories of sections and of days, all over the host.
    archived = (Prefix("www.ecns.cn/*.shtml", "E0 2013, E1 2018", grade="A", years=(2013, None)),)
    items = ("ul.bizlst li",)
    layouts = (ecns_article.LAYOUT,)

    def identify(self, address: Address) -> Identity | None:
        match = _DETAIL.match(address.path) or _NUMBERED.match(address.path)
        # A further page alone would be half an article.
        if match is None or match["number"]:
            return None
        is_mirror = not self.owns(address)
        if is_mirror and match.re is _NUMBERED and not _is_distinctive(match):
            return None
        return Identity(f"ecns:{match['key']}", f"{_ORIGIN}{match['path']}.shtml", self.publisher, is_mirror=is_mirror)

    def is_listing(self, address: Address) -> bool:
        return address.path == _FEED or _LIST.match(address.path) is not None

    # --- listings

    def listing(self, page: Page) -> Listing:
        if feed.is_feed(page):
            return Listing(list(self._feed_links(page)))
        items = [item for selector in self.items for item in elements(css(selector), page.tree)]
        links = list(self.own_links(self._item_links(page, items)))
        if not links:
            links = list(self.own_links(self._all_links(page)))
        return Listing(links, _next_page(page) if links else ())

    def _item_links(self, page: Page, items: list[Element]) -> Iterator[Link]:
        for item in items:
            anchor = next((found for select in _ITEM_LINK for found in elements(select, item)), None)
            words = first_text(_ITEM_DATE, item)
            if anchor is not None:
                yield from self._link(page, anchor, words)

    def _all_links(self, page: Page) -> Iterator[Link]:
        """Every article link of a page that has no list: the home page, pages of a template not seen."""
        for anchor in elements(_LINKS, page.tree):
            yield from self._link(page, anchor, None)

    def _link(self, page: Page, anchor: Element, words: str | None) -> Iterator[Link]:
        headline = text_of(anchor)
        href = anchor.get("href")
        if href and headline:
            moment = first_moment(words or "")
            url = page.absolute(href)
            listed = Published.of(moment, "listing") if moment is not None and moment.year is not None else None
            yield Link(url, headline, listed or _date_in(url))

    def _feed_links(self, page: Page) -> Iterator[Link]:
        entries = (
            Link(
                entry.url,
                entry.headline,
                Published.of(entry.published, "listing") if entry.published else _date_in(entry.url),
            )
            for entry in feed.entries(page)
        )
        yield from self.own_links(entries)

    # --- articles

    def continuations(self, page: Page) -> tuple[str, ...]:
        own = _match(page.url)
        pages: dict[int, str] = {}
        for anchor in elements(_BODY_LINKS, page.tree) if page.is_markup and own is not None else ():
            url = page.absolute(anchor.get("href") or "")
            match = _match(url)
            if own is not None and match is not None and match["key"] == own["key"] and match["number"]:
                pages.setdefault(int(match["number"]), url)
        return tuple(pages[number] for number in sorted(pages) if number > 1)

    def refine(self, page: Page, reading: Reading) -> None:
        ecns_article.refine(page, reading)

    def read_rendering(self, page: Page) -> Reading | None:
        return ecns_article.read_rendering(page, self.rendering)

    def published(self, page: Page, identity: Identity, reading: Reading) -> Published | None:
        moment = first_moment(reading.date or "")
        if moment is not None and moment.year is not None:
            return Published.of(moment, "page")
        moment = from_iso(page.meta("publishdate") or page.meta("pubdate") or "") if page.is_markup else None
        if moment is not None and moment.year is not None:
            return Published.of(moment, "meta")
        return _date_in(page.url)


def _is_distinctive(match: re.Match[str]) -> bool:
    """Whether an E0 path on a foreign host can only be ECNS's: six digits at most, and a section of its own."""
    return match["section"].strip("/").split("/")[0] in _E0_SECTIONS and len(match["key"].rpartition("/")[2]) <= 6


def _match(url: str) -> re.Match[str] | None:
    path = urlsplit(url).path
    return _DETAIL.match(path) or _NUMBERED.match(path)


def _date_in(url: str) -> Published | None:
    """The day in an article's URL, which is that of its publication on all pages seen (A)."""
    match = _match(url)
    moment = first_moment(match["date"].replace("/", "-")) if match else None
    return Published.of(moment, "url") if moment is not None and moment.year is not None else None


def _next_page(page: Page) -> tuple[str, ...]:
    match = _LIST.match(urlsplit(page.url).path)
    number = int(match["number"] or 1) if match else _LAST_PAGE
    if match is None or match["directory"] == "/" or number >= _LAST_PAGE:
        return ()
    return (page.absolute(f"{match['directory']}index_{number + 1}.shtml"),)


SOURCE = Ecns()

"""Xinhua News Agency in English, as its site published it under changing names.

| generation | years | article | evidence |
|---|---|---|---|
| X0 | 2005-09 | `news.xinhuanet.com/english/YYYY-MM/DD/content_N.htm` | A |
| X1 | 2010-12 | `news.xinhuanet.com/english2010/<section>/YYYY-MM/DD/c_N.htm` | A |
| X2, X3 | 2012-17 | `news.xinhuanet.com/english/[section/]YYYY-MM/DD/c_N.htm` | A |
| X4 | 2017-21 | `www.xinhuanet.com/english/[section/]YYYY-MM/DD/c_N.htm` | B |
| X5 | 2022- | `english.news.cn/[section/]YYYYMMDD/<32 hex>/c.html` | B |

The key is `content_N`, `c_N`, or date and hex. `c_N_2.htm` and so on continue the document `c_N` and are no documents
of their own. A correction comes as a new id with the same title on the same day. The Chinese service shares the hosts
`www.xinhuanet.com` and `www.news.cn`: there only paths below `/english/` are ours.

A hub page names its list by `datasource:<32 hex>`; the list is `ds_<hex>.json` in the page's own directory, with up to
1,000 articles (item A, file B).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urljoin

from lxml.etree import _Element as Element

from crawler.extraction.dates import Published, first_moment, from_iso
from crawler.extraction.health import Health
from crawler.extraction.identity import Address, Identity
from crawler.extraction.layout import Reading, elements, xpath
from crawler.extraction.page import Page
from crawler.extraction.problem import Code, Problem
from crawler.extraction.source import Link, Listing, Prefix, Section, Source
from crawler.extraction.text import clean_line, text_of
from crawler.items import Article
from crawler.sources.xinhua_layouts import LAYOUTS
from crawler.sources.xinhua_text import mend, pictures, read_rendering

#: Whose English pages need the prefix `/english/`, since the Chinese service lives there too.
_SHARED_HOSTS = frozenset(("www.xinhuanet.com", "xinhuanet.com", "news.xinhuanet.com", "www.news.cn", "news.cn"))
_ENGLISH_HOSTS = frozenset(("english.news.cn", "english.xinhuanet.com", "www.chinaview.cn", "chinaview.cn"))

#: X0 to X4. `page` is the number of a continuation page.
_NUMBERED = re.compile(
    r"^(?P<edition>/english(?:2010)?)?(?P<section>(?:/(?!20\d\d-\d)[\w-]+)*)/(?P<day>(?P<year>20\d\d)-[01]\d/[0-3]\d)"
    r"/(?P<key>(?:c|content)_\d{6,10})(?:_(?P<page>\d{1,3}))?\.html?$"
)
#: X5. The Chinese service has such URLs too, under other sections.
_HASHED = re.compile(
    r"^(?P<edition>/english)?(?P<section>(?:/[a-z][\w-]*)*)/(?P<key>(?P<day>20\d{6})/[0-9a-f]{32})"
    r"/c(?:_(?P<page>\d{1,3}))?\.html$"
)
#: Sections of X5 that the Chinese service has not: a mirror under one of them is English.
_ENGLISH_SECTIONS = frozenset(("", "/asiapacific", "/africa", "/europe", "/northamerica", "/china"))
#: Until 2016 articles stood on news.xinhuanet.com (A), from 2017 on www.xinhuanet.com (B), with the same path.
_LAST_YEAR_OF_NEWS_HOST = 2016

#: Slugs in URLs (A: navigation of 2010-16; asiapacific to northamerica C) and the names the pages give them.
_SECTION_NAMES = {
    "china": "China",
    "world": "World",
    "business": "Business",
    "culture": "Culture & Edu",
    "sports": "Sports",
    "entertainment": "Entertainment",
    "sci": "Science & Technology",
    "health": "Health",
    "travel": "Travel",
    "odd": "Odd News",
    "indepth": "In-Depth",
    "photo": "Photos",
    "asiapacific": "Asia & Pacific",
    "europe": "Europe",
    "africa": "Africa",
    "northamerica": "North America",
}
#: Lists of one subject (B: two scrapers).
_SUBJECTS = {
    "china-politics": "China: Politics",
    "china-business": "China: Business",
    "china-society": "China: Society",
    "china-science": "China: Science",
    "china-chinaworld": "China & World",
}
_LISTING = re.compile(
    r"^(?P<edition>/english(?:2010)?)?"
    r"/(?:(?:(?:list/)?(?:[a-z][\w-]*/)?)(?:(?:index|home|topnews|latestnews)\.html?|ds_[0-9a-f]{32}\.json)?|"
    r"list/[a-z][\w-]*\.html?)$"
)
_DATASOURCE = re.compile(r"datasource[\"']?\s*[:=]\s*[\"']?(?:ds_)?(?P<id>[0-9a-f]{32})\b", re.IGNORECASE)
_DATA_FILE = re.compile(r"/ds_[0-9a-f]{32}\.json$")
_LINKS = xpath("//a[@href]")
#: The time beside a link: in the same item of `#list` (B) or of another list (C).
_TIME_BESIDE = xpath("(ancestor::*[parent::*[@id='list'] or self::li][1]//span[@class='time'])[1]")
_PAGER = xpath("id('div_currpage')//a/@href | id('div_page_roll1')//a/@href")
_TAGS = re.compile(r"<[^>]{1,200}>")
_CJK = re.compile(r"[\u3400-\u9fff]")


def _sections() -> Iterator[Section]:
    """Hub pages of every generation: X5 (B), X2-X4 and X1 (A, links of real pages), X0 (A, links of real pages)."""
    living, middle, older = "https://english.news.cn", "http://www.xinhuanet.com/english", "http://www.chinaview.cn"
    yield Section(
        "latestnews", "Latest News", (f"{living}/list/latestnews.htm", f"{middle}/list/latestnews.htm"), grade="B"
    )
    yield Section("home", "Home", (f"{living}/", f"{middle}/", f"{middle}2010/", f"{older}/index.htm"), grade="B")
    for slug, name in _SECTION_NAMES.items():
        urls: tuple[str, ...] = (f"{living}/{slug}/index.htm", f"{middle}/{slug}/index.htm")
        if slug in ("china", "world"):
            urls += (f"{middle}2010/{slug}/index.htm", f"{older}/{slug}/index.htm")
        yield Section(slug, name, urls, grade="B")
    for slug, name in _SUBJECTS.items():
        yield Section(slug, name, (f"{living}/list/{slug}.htm", f"{middle}/list/{slug}.htm"), grade="B")


class Xinhua(Source):
    """Xinhua News Agency, English service."""

    name = "xinhua"
    publisher = "Xinhua News Agency"
    hosts = _SHARED_HOSTS | _ENGLISH_HOSTS
    rendering = "xinhua-rendering"
    # An agency: new texts every hour. A hub may show next to nothing and name the file of its list; some sections of
    # older sites the living one no longer has (B).
    health = Health(listing_links=1, sections_read=0.3, newest_days=3)
    gone = re.compile(
        r"404 Not Found|page (?:was |is )?(?:not|no longer) (?:found|available)|(?:页面|网页)(?:不存在|没有找到)", re.I
    )
    sections = tuple(_sections())
    # X0, X2 and X3 share a directory, and some of X4 has been captured under the older host, and the reverse.
    archived = (
        Prefix("www.chinaview.cn/", "X0 2005, chinaview", grade="C", years=(2005, 2009)),
        Prefix("news.xinhuanet.com/english/", "X0 2005 to X3 2017", grade="A", years=(2005, 2017)),
        Prefix("news.xinhuanet.com/english2010/", "X1 2010", grade="A", years=(2010, 2012)),
        Prefix("www.xinhuanet.com/english2010/", "X1 2010", grade="C", years=(2010, 2012)),
        Prefix("www.xinhuanet.com/english/", "X4 2017", years=(2017, 2021)),
        Prefix("english.xinhuanet.com/", "X4 2017", grade="C", years=(2005, 2021)),
        Prefix("www.news.cn/english/", "X5 2022", grade="C", years=(2021, None)),
        Prefix("english.news.cn/", "X5 2022", years=(2021, None)),
    )
    layouts = LAYOUTS

    # --- URLs

    def identify(self, address: Address) -> Identity | None:
        match = self._match(address)
        # A continuation page is no document: it is read with the page it continues, or not at all.
        if match is None or match["page"] is not None or first_moment(_url_day(match)) is None:
            return None
        edition, section, key = match["edition"] or "/english", match["section"], match["key"]
        if match.re is _HASHED:
            canonical = f"https://english.news.cn{section}/{key}/c.html"
        else:
            host = "news.xinhuanet.com" if int(match["year"]) <= _LAST_YEAR_OF_NEWS_HOST else "www.xinhuanet.com"
            canonical = f"https://{host}{edition}{section}/{match['day']}/{key}.htm"
        return Identity(f"xinhua:{key}", canonical, self.publisher, is_mirror=not self.owns(address))

    def is_listing(self, address: Address) -> bool:
        match = _LISTING.match(address.path)
        return match is not None and (
            address.host in _ENGLISH_HOSTS or (address.host in _SHARED_HOSTS and match["edition"] is not None)
        )

    def _match(self, address: Address) -> re.Match[str] | None:
        """The parts of an article's URL, continuation pages too; null unless it is the English service's."""
        match = _NUMBERED.match(address.path) or _HASHED.match(address.path)
        if match is None or match["edition"] or address.host in _ENGLISH_HOSTS:
            return match
        is_english = match.re is _HASHED and address.host not in _SHARED_HOSTS and match["section"] in _ENGLISH_SECTIONS
        return match if is_english else None

    # --- listings

    def listing(self, page: Page) -> Listing:
        address = Address.of(page.url)
        if address is not None and _DATA_FILE.search(address.path):
            return Listing(list(self._items(page)), is_counted=True)
        following = tuple(
            dict.fromkeys(urljoin(page.url, f"ds_{match['id']}.json") for match in _DATASOURCE.finditer(page.text))
        )
        return Listing(list(self._anchors(page)), following, is_counted=bool(following))

    def _items(self, page: Page) -> Iterator[Link]:
        """Of a list file: `{"datasource": [{"title", "publishUrl", "publishTime"}]}`. Raises Problem `no-layout`."""
        try:
            items = json.loads(page.text)["datasource"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise Problem(Code.NO_LAYOUT, page.url, f"no list of articles: {error!r}") from error
        if not isinstance(items, list):
            raise Problem(Code.NO_LAYOUT, page.url, "datasource is no list")
        for item in items:
            if not isinstance(item, dict):
                continue
            link = self._link(page, *(_words(item.get(name)) for name in ("publishUrl", "title", "publishTime")))
            if link is not None:
                yield link

    def _anchors(self, page: Page) -> Iterator[Link]:
        """Of a hub page: every link to an article, once, in order; a picture's link lends its place to the title's."""
        found: dict[str, Link] = {}
        for anchor in elements(_LINKS, page.tree):
            link = self._link(page, anchor.get("href") or "", _title_of(anchor), _time_beside(anchor))
            if link is not None and (link.url not in found or found[link.url].headline is None):
                found[link.url] = link
        yield from found.values()

    def _link(self, page: Page, href: str, title: str | None, time: str | None) -> Link | None:
        """A link to an article on one of the source's hosts; null for any other. Where the listing shows no time, the
        URL's day, on which Xinhua posts."""
        url = page.absolute(href) if href.strip() else ""
        address = Address.of(url)
        match = self._match(address) if address is not None and self.owns(address) else None
        if match is None or match["page"] is not None:
            return None
        moment, day = from_iso(time or ""), first_moment(_url_day(match))
        if day is None:
            return None
        if moment is not None and moment.year is not None:
            published = Published.of(moment, "listing")
        else:
            published = Published.of(day, "url")
        return Link(url, clean_line(_unescaped(_TAGS.sub("", title or ""))) or None, published)

    # --- articles

    def continuations(self, page: Page) -> tuple[str, ...]:
        address = Address.of(page.url)
        own = self._match(address) if address is not None else None
        if own is None or not page.is_markup:
            return ()
        pages: dict[int, str] = {}
        for href in _PAGER(page.tree):
            url = page.absolute(str(href))
            linked = Address.of(url)
            match = self._match(linked) if linked is not None else None
            if match is not None and match["key"] == own["key"] and match["page"] is not None:
                pages.setdefault(int(match["page"]), url)
        return tuple(pages[number] for number in sorted(pages))

    def read(self, page: Page, *further: Page, listed: Published | None = None) -> Article:
        """As any source; a page of the Chinese service is `not-an-article`."""
        article = super().read(page, *further, listed=listed)
        if 2 * len(_CJK.findall(article.headline)) > len(article.headline):
            raise Problem(Code.NOT_AN_ARTICLE, page.url, f"not in English: {article.headline}")
        return article

    def refine(self, page: Page, reading: Reading) -> None:
        mend(reading, page)
        address = Address.of(page.url)
        match = self._match(address) if address is not None else None
        if match is None:
            return
        if reading.body_element is not None:
            reading.images = pictures(reading.body_element, page, match["key"])
        reading.section = _SECTION_NAMES.get(match["section"].rpartition("/")[2]) or reading.section

    def read_rendering(self, page: Page) -> Reading | None:
        reading = read_rendering(page)
        if reading is not None:
            self.refine(page, reading)
        return reading

    def published(self, page: Page, identity: Identity, reading: Reading) -> Published | None:
        moment = first_moment(reading.date or "")
        if moment is not None and moment.year is not None:
            return Published.of(moment, "page")
        for name in ("pubdate", "publishdate"):
            moment = from_iso(page.meta(name) or "") if page.is_markup else None
            if moment is not None and moment.year is not None:
                return Published.of(moment, "meta")
        address = Address.of(identity.canonical_url)
        match = self._match(address) if address is not None else None
        day = first_moment(_url_day(match)) if match is not None else None
        return Published.of(day, "url") if day is not None else None


def _words(value: object) -> str:
    """A text of a list file; empty for anything else."""
    return value if isinstance(value, str) else ""


def _unescaped(words: str) -> str:
    try:
        return unescape(words)
    except ValueError:  # a character reference of thousands of digits
        return words


def _url_day(match: re.Match[str]) -> str:
    """The day of an article's URL as a date: `2016-05-10` of `2016-05/10`, `2025-04-11` of `20250411`."""
    digits = re.sub(r"\D", "", match["day"])
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}"


def _title_of(anchor: Element) -> str | None:
    return text_of(anchor) or anchor.get("title")


def _time_beside(anchor: Element) -> str | None:
    return next((text_of(found) for found in elements(_TIME_BESIDE, anchor)), None)


SOURCE = Xinhua()

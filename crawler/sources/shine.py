"""SHINE: the Shanghai Daily, its archive, and its successor City News Service.

| generation | years | article | evidence |
|---|---|---|---|
| S0 | to 2017 | `www.shanghaidaily.com/<section>[/<sub>]/<Title-Slug>/shdaily.shtml` | C |
| S1 | content from 2008 | the same path on `archive.shine.cn` | C, three-part sections B |
| S2 | 2018-2025 | `www.shine.cn/<channel>/[<sub>/]<YYMMDDnnnn>/`: the day is in the id | B |
| S3 | 2025- | `www.citynewsservice.cn/articles/<category>/…/<slug>-<id8>`, `/news/<Slug>--<id8>` (or one hyphen) | C |

Ids: `shine:2210281963`, `shine:<Title-Slug>` (S0 and S1 are one site on two hosts), `shine:<id8>` (the same under
`/news/` and `/articles/`: seen). "CNS" is City News Service here, not China News Service.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from urllib.parse import quote, unquote

from lxml.etree import _Element as Element

from crawler.extraction import feed
from crawler.extraction.dates import Published, first_moment
from crawler.extraction.health import Health
from crawler.extraction.identity import Address, Identity
from crawler.extraction.layout import Reading, css, elements, first_text, xpath
from crawler.extraction.page import Page
from crawler.extraction.source import Link, Listing, Prefix, Section, Source
from crawler.extraction.text import clean_line, text_of
from crawler.sources import shine_article as article

# --- URLs

_S2_ORIGIN = "https://www.shine.cn"
_S1_ORIGIN = "https://archive.shine.cn"
_S0_ORIGIN = "http://www.shanghaidaily.com"
_S3_ORIGIN = "https://www.citynewsservice.cn"
_S2_HOSTS = frozenset(("www.shine.cn", "shine.cn"))
_S1_HOSTS = frozenset(("archive.shine.cn", "www.shanghaidaily.com", "shanghaidaily.com"))
_S3_HOSTS = frozenset(("www.citynewsservice.cn", "citynewsservice.cn"))

_S2 = re.compile(
    r"^(?P<section>(?:/[a-z][\w-]*){1,2})/(?P<key>(?P<day>(?:1[6-9]|2[0-6])(?:0[1-9]|1[0-2])[0-3]\d)\d{4})/?$"
)
_S1 = re.compile(r"^(?P<section>(?:/[\w-]+){1,4})/(?P<key>[^/]+)/shdaily\.shtml$")
#: The id is eight small letters and digits; two hyphens or a digit tell it from the last word of a category.
_S3 = re.compile(r"^/(?:news|articles(?:/[\w-]+)*)/[^/]+(?:--(?P<key>[a-z\d]{8})|-(?P<key2>(?=[a-z]*\d)[a-z\d]{8}))/?$")
_SITEMAP = re.compile(r"^/sitemap[\w-]*\.xml$")
_SECTION_PATH = re.compile(r"^/(?!search|login|account)(?:[a-z][\w-]*+(?:/|$)){0,3}$", re.IGNORECASE)

#: Path under www.shine.cn, name, path on the archive where it has the same section, evidence. The names are those of
#: the menu in the seed (A); paths seen in article URLs are B, formed like them C.
_SECTIONS: tuple[tuple[str, str, str | None, str], ...] = (
    ("news/in-focus", "In Focus", None, "B"),
    ("news/metro", "Metro", "metro", "B"),
    ("news/nation", "Nation", "nation", "B"),
    ("news/world", "World", "world", "B"),
    ("news/sport", "Sport", "sports", "C"),
    ("biz/economy", "Economy", "business/economy", "C"),
    ("biz/tech", "Tech", "business/it", "C"),
    ("biz/auto", "Auto", "business/autotalk", "C"),
    ("biz/company", "Company", None, "C"),
    ("biz/property", "Property", "business/real-estate", "C"),
    ("biz/finance", "Finance", "business/finance", "C"),
    ("feature/art-culture", "Art & Culture", None, "B"),
    ("feature/travel", "Travel", "feature/travel", "C"),
    ("feature/lifestyle", "Lifestyle", None, "C"),
    ("feature/taste", "Taste", None, "C"),
    ("feature/entertainment", "Entertainment", None, "C"),
    ("feature/wellness", "Wellness", None, "C"),
    ("feature/book", "Book", None, "C"),
    ("feature/education", "Education", None, "C"),
    ("opinion", "Opinion", "opinion", "B"),
    ("opinion/chinese-views", "Chinese views", "opinion/chinese-perspectives", "C"),
    ("opinion/foreign-views", "Foreign views", "opinion/foreign-perspectives", "C"),
    ("opinion/book-review", "Book review", "opinion/book-review", "C"),
)
#: Path under www.citynewsservice.cn, from article URLs and one scraper (C).
_SUCCESSOR_SECTIONS = (
    ("news", "City News Service"),
    ("articles/cns/city-news", "City News"),
    ("articles/cns/lifestyle", "Lifestyle"),
    ("articles/china-biz-buzz", "China Biz Buzz"),
    ("articles/china-biz-buzz/daily-buzz", "Daily Buzz"),
)
_CHANNELS = frozenset(path.split("/")[0] for path, _, _, _ in _SECTIONS) | {"sport", "sports", "video", "district"}
_NAMES = {f"/{path}": name for path, name, _, _ in _SECTIONS} | {
    f"/{old}": name for _, name, old, _ in _SECTIONS if old
}

# --- listings

_STORY_TITLE = (css(".list-card-text h2"), css("h1"), css("h2"), css("h3"), xpath("descendant::img/@alt"))
_ANCHORS = xpath("descendant-or-self::a[@href]")
#: Links of the page outside its menus.
_CONTENT_ANCHORS = xpath("//a[@href][not(ancestor::nav or ancestor::header or ancestor::footer)]")
_NEXT_PAGE = xpath("//a[@rel='next']/@href | //link[@rel='next']/@href")
#: Paths in the state of a page made by a script.
_STATE_PATH = re.compile(r'"(/(?:news|articles)/[^"\\<>]+-[a-z\d]{8})/?"')
_STATE = xpath("id('__NEXT_DATA__')")
_MORE = re.compile(r"^(?:read )?more\b|^»|^details$", re.IGNORECASE)


class Shine(Source):
    """The Shanghai Daily under its three names."""

    name = "shine"
    publisher = "SHINE"
    hosts = _S2_HOSTS | _S1_HOSTS | _S3_HOSTS
    rendering = "shine-rendering"
    # A daily. The old site ended in 2025, and which of its lists still answer only it can tell; lists of the successor
    # may be made by scripts, and show none. Layouts are C: the rendering is the way most pages are read.
    health = Health(sections_read=0.1, sections_failing=0.2, rendering=1.0, newest_days=7)
    gone = re.compile(
        r"404|page.{0,30}(?:not (?:be )?found|doesn.t exist|does not exist|no longer)|"
        r"article.{0,20}(?:removed|deleted|does not exist|not found)",
        re.IGNORECASE,
    )
    sections = (
        *(
            Section(
                path,
                name,
                (f"{_S2_ORIGIN}/{path}/", *((f"{_S1_ORIGIN}/{old}/", f"{_S0_ORIGIN}/{old}/") if old else ())),
                grade="B" if grade == "B" else "C",
            )
            for path, name, old, grade in _SECTIONS
        ),
        *(Section(path, name, (f"{_S3_ORIGIN}/{path}",), grade="C") for path, name in _SUCCESSOR_SECTIONS),
        Section("sitemap-news", "Sitemap, newest", (f"{_S2_ORIGIN}/sitemap-news.xml",), grade="B"),
        Section("sitemap", "Sitemap", (f"{_S2_ORIGIN}/sitemap.xml",), grade="C"),
    )
    archived = (
        Prefix("www.shanghaidaily.com/*/shdaily.shtml", "S0 2008", grade="C", years=(2008, 2017)),
        Prefix("archive.shine.cn/*/shdaily.shtml", "S1 2008", grade="C", years=(2008, None)),
        Prefix("www.shine.cn/", "S2 2018", years=(2016, 2025)),
        Prefix("www.citynewsservice.cn/articles/", "S3 2025", grade="C", years=(2025, None)),
        Prefix("www.citynewsservice.cn/news/", "S3 2025", grade="C", years=(2025, None)),
    )
    #: `data-date` on the second (C, one scraper each).
    items = ("div.list-story", "div.top-story")
    layouts = (article.ARCHIVE, article.SUCCESSOR, article.SHINE)

    def identify(self, address: Address) -> Identity | None:
        is_mirror = not self.owns(address)
        if (match := _S1.match(address.path)) is not None and address.host not in _S2_HOSTS | _S3_HOSTS:
            slug = quote(unquote(match["key"]), safe="-._~!$&'()*+,;=:@")
            canonical = f"{_S1_ORIGIN}{match['section']}/{slug}/shdaily.shtml"
            return Identity(f"shine:{slug}", canonical, "Shanghai Daily", is_mirror=is_mirror)
        if address.host in _S2_HOSTS or is_mirror:
            match = _S2.match(address.path)
            if match is None or (is_mirror and match["section"].split("/")[1] not in _CHANNELS):
                return None
            canonical = f"{_S2_ORIGIN}{match['section']}/{match['key']}/"
            return Identity(f"shine:{match['key']}", canonical, "SHINE", is_mirror=is_mirror)
        match = _S3.match(address.path) if address.host in _S3_HOSTS else None
        if match is None:
            return None
        canonical = _S3_ORIGIN + address.path.rstrip("/")
        return Identity(f"shine:{match['key'] or match['key2']}", canonical, "City News Service")

    def is_listing(self, address: Address) -> bool:
        if _SITEMAP.match(address.path):
            return True
        return self.identify(address) is None and _SECTION_PATH.match(address.path) is not None

    # --- listings

    def listing(self, page: Page) -> Listing:
        if feed.is_feed(page):
            links = [
                Link(e.url, e.headline, Published.of(e.published, "listing") if e.published else date_in(e.url))
                for e in feed.entries(page)
            ]
            following = tuple(url for url in feed.sitemaps(page) if self._is_own_sitemap(url))
            return Listing(list(self.own_links(links)), following, is_counted=bool(following))
        links = list(self._story_links(page)) or list(self._all_links(page)) or list(_state_links(page))
        further = dict.fromkeys(page.absolute(str(href)) for href in _NEXT_PAGE(page.tree))
        return Listing(list(self.own_links(links)), tuple(url for url in further if self._is_own(url)))

    def _is_own_sitemap(self, url: str) -> bool:
        address = Address.of(url)
        return address is not None and self.owns(address) and _SITEMAP.match(address.path) is not None

    def _is_own(self, url: str) -> bool:
        address = Address.of(url)
        return address is not None and self.owns(address)

    def _story_links(self, page: Page) -> Iterator[Link]:
        for story in elements(css(", ".join(self.items)), page.tree):
            anchor = next((a for a in elements(_ANCHORS, story) if self._is_article(page, a)), None)
            if anchor is not None:
                url = page.absolute(anchor.get("href") or "")
                headline = first_text(_STORY_TITLE, story) or text_of(anchor) or None
                yield Link(url, headline, _listed(story.get("data-date")) or date_in(url))

    def _all_links(self, page: Page) -> Iterator[Link]:
        """Every article link outside the menus; of several to one article the longest text, which is the headline."""
        links: dict[str, Link] = {}
        for anchor in elements(_CONTENT_ANCHORS, page.tree):
            if self._is_article(page, anchor):
                url = page.absolute(anchor.get("href") or "")
                headline = first_text(_STORY_TITLE, anchor) or text_of(anchor)
                known = links.get(url)
                is_better = known is None or (len(headline) > len(known.headline or "") and not _MORE.match(headline))
                links[url] = Link(url, headline or None, date_in(url)) if is_better or known is None else known
        yield from links.values()

    def _is_article(self, page: Page, anchor: Element) -> bool:
        address = Address.of(page.absolute(anchor.get("href") or ""))
        return address is not None and self.owns(address) and self.identify(address) is not None

    # --- articles

    def refine(self, page: Page, reading: Reading) -> None:
        article.refine(page, reading, self.rendering)
        _name_section(page, reading)

    def read_rendering(self, page: Page) -> Reading | None:
        reading = article.read_rendering(page, self.rendering)
        if reading is not None:
            _name_section(page, reading)
        return reading

    def published(self, page: Page, identity: Identity, reading: Reading) -> Published | None:
        return article.published(page, reading) or date_in(identity.canonical_url)

    def modified(self, page: Page, reading: Reading) -> Published | None:
        return article.modified(page, reading)


def date_in(url: str) -> Published | None:
    """The day in an S2 id: `2210281963` is of 2022-10-28. Other URLs hold none."""
    address = Address.of(url)
    match = _S2.match(address.path) if address is not None and address.host in _S2_HOSTS else None
    if match is None:
        return None
    try:
        day = datetime.datetime.strptime(match["day"], "%y%m%d").date()
    except ValueError:
        return None
    return Published(day.isoformat(), "day", "url", match["key"])


def _listed(words: str | None) -> Published | None:
    moment = first_moment(words or "")
    return Published.of(moment, "listing") if moment is not None and moment.year is not None else None


def _state_links(page: Page) -> Iterator[Link]:
    """Article paths in the data of a page whose links a script makes."""
    for script in elements(_STATE, page.tree):
        for path in _STATE_PATH.findall(script.text or ""):
            yield Link(page.absolute(path))


def _name_section(page: Page, reading: Reading) -> None:
    """The breadcrumb's last part is the section; without one the path of an S0, S1 or S2 URL names it."""
    if reading.breadcrumb:
        reading.section = reading.breadcrumb[-1]
    elif reading.section is None:
        address = Address.of(page.url)
        match = (_S2.match(address.path) or _S1.match(address.path)) if address is not None else None
        reading.section = _NAMES.get(match["section"]) if match is not None else None
    reading.section = clean_line(reading.section or "") or None


SOURCE = Shine()

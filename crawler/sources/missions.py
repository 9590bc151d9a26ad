"""China's embassies, consulates general and missions: one CMS, some 280 sites, six families of templates.

| generation | years | hosts | article | evidence |
|---|---|---|---|---|
| old | to 2021 | `xx.china-embassy.org`, `city.chineseconsulate.org`, odd ones | `/eng/zgwj/tNNNNNNN.htm` | A |
| old, central | to 2021 | `www.fmprc.gov.cn/ce/ceXX//eng/`, `/ce/cgXXXX//eng/` (sic) | the same | A |
| new | 2022- | `xx.china-embassy.gov.cn`, `city.china-consulate.gov.cn` | `/eng/zgwj_1/YYYYMM/tYYYYMMDD_N.htm` | A |

Which post a page belongs to stands in `posts.py`. The old number is one release across the network, but what an
embassy posts is its own document: ids name the post. The day in a new URL is the day of posting, up to two days after
the event. No two old sites are alike, and the new ones mix three families; so a layout here has several selectors a
field, each seen on some sites, and the rendering rule reads what none of them explains.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from lxml.etree import _Element as Element

from crawler.extraction.health import FILLED, SHARES, Health
from crawler.extraction.identity import Address, Identity
from crawler.extraction.layout import Layout, Reading, by_id, css, elements, xpath
from crawler.extraction.page import Page
from crawler.extraction.problem import Code
from crawler.extraction.source import Link, Prefix, Section
from crawler.extraction.text import text_of
from crawler.sources.posts import DOMAINS, MINISTRY_HOSTS, POSTS, Post, post_of
from crawler.sources.trs import EDITOR_LAYOUT, LANGUAGES, ArticlePath, TrsSource
from crawler.sources.trs_chrome import breadcrumb_of

#: What posts call their sections, and under which directories they have them, the likeliest of the living site first
#: (B: several public scrapers; the numbered names are those of sites that were rebuilt in 2022).
SECTIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("fyrth", "Spokesperson's Remarks", ("fyrth", "fyrth_1")),
    ("zgyw", "China News", ("zgyw", "zgxw", "zgyw_1", "zgxw_1")),
    ("zgwj", "Chinese Diplomatic News", ("zgwj", "zgwj_1")),
    ("zgwjsw", "China's Foreign Affairs", ("zgwjsw", "zgwjsw_1")),
    ("sgxw", "Embassy News", ("sgxw", "sghd", "sgxw_1", "sghd_1")),
    ("xwdt", "News", ("xwdt", "xwdt_1")),
)
#: What a consulate or a mission calls its own news.
_OWN_NEWS = {"embassy": "Embassy News", "consulate": "Consulate News", "mission": "Mission News"}
#: Visas, consular services, notices: no news.
_NO_NEWS = re.compile(r"/(?:lsfw\w*|lszc\w*|lsyw\w*|visa\w*|qz\w*|tzgg\w*|zytz\w*|hzlx\w*|images?|material|sggk\w*)/")
#: Editions of a post's site: the first directory, below `/ce/ceXX/` on the ministry's hosts.
_EDITION = re.compile(rf"^(?:/ce/(?:ce|cg)[a-z0-9-]+)?/(?P<edition>{'|'.join(LANGUAGES)})/", re.IGNORECASE)
_CENTRAL = re.compile(r"^/ce/(?:ce|cg)[a-z0-9-]+/", re.IGNORECASE)

_HEADLINES = (
    by_id("News_Body_Title"),
    xpath("/html/head/meta[@name='ArticleTitle']/@content"),
    css("h1"),
    xpath("/html/head/title"),
)
_BREADCRUMB = (
    css("a.CurrChnlCls"),
    css(".Top_Index_A a"),
    css(".Top_Title1 a"),
    xpath("//div[contains(@class, 'position') or contains(@class, 'location') or contains(@class, 'crumb')]/a"),
)
_KEYWORDS = (xpath("/html/head/meta[@name='Keywords']/@content"),)
#: Where none of these is: whatever begins with a link or the word `Home`.
_CRUMB_HOLDERS = xpath(
    "//*[self::td or self::div or self::p or self::span]"
    "[a[1][normalize-space() = 'Home'] or starts-with(normalize-space(text()[1]), 'Home')]"
)
#: Forms and lists that some templates have below the body.
_NO_BODY = (
    xpath(".//*[@id = 'relnews_list' or @id = 'appendix_list' or @id = 'id_RelNewsList' or @id = 'News_Body_source']"),
    xpath(".//form"),
)

#: Also those of the offices in Hong Kong and Macao.
MISSION_LAYOUTS = (
    # to 2021 and 2022-: ca, my, montreal, munich, marseille, nagasaki, nagoya, niigata, jeju, manchester, sanfrancisco
    Layout(
        name="mission-news-body",
        years="2005-",
        grade="B",
        body=(by_id("News_Body_Txt_A"),),
        without=_NO_BODY,
        headline=_HEADLINES,
        alternative_headline=(by_id("News_Body_subitle"), by_id("News_Body_subtitle")),
        date=(by_id("News_Body_Time"), css("div.date"), css(".view-date")),
        source_organization=(by_id("News_Body_source"),),
        breadcrumb=_BREADCRUMB,
        keywords=_KEYWORDS,
    ),
    # 2022-: kr, jp, gb, us, fr, sg, chicago, newyork, lyon, strasbourg, edinburgh, belfast
    Layout(
        name="mission-view",
        years="2022-",
        grade="B",
        body=(css("div.view-content"), css(".view-content"), css(".News_Body_Txt_A"), css(".News_Body_Text")),
        without=_NO_BODY,
        headline=(css(".view-title"), by_id("News_Body_Title"), css("h2.title"), css("div.title"), *_HEADLINES[1:]),
        date=(css(".view-date"), by_id("News_Body_Time"), css("div.date"), css("div.txt2")),
        breadcrumb=_BREADCRUMB,
        keywords=_KEYWORDS,
    ),
    # 2022-: fr, osaka, busan, sapporo, gwangju
    Layout(
        name="mission-bigtitle",
        years="2022-",
        grade="B",
        root=xpath("/html[.//td[contains(@class, 'bigtitle')]]"),
        body=(css(".TRS_UEDITOR"), css(".TRS_Editor"), css("td.content"), css("td[style*='justify']")),
        headline=(css("td.bigtitle"),),
        date=(css("td.time"), css("td[height='19']"), css("td font[color='#666666']"), css("td font[color='666666']")),
        breadcrumb=(css("td.navigation1 a"), *_BREADCRUMB),
        keywords=_KEYWORDS,
    ),
    # 2022-: de
    Layout(
        name="mission-article",
        years="2022-",
        grade="C",
        body=(css("div.article-content"), css(".article-content")),
        headline=(css(".article-title"), *_HEADLINES[1:]),
        date=(css(".publish-date"),),
        breadcrumb=_BREADCRUMB,
        keywords=_KEYWORDS,
    ),
    # to 2021, no two alike: the headline in the first row, the date in one of the next, then the text
    Layout(
        name="mission-table",
        years="2003-2021",
        grade="B",
        root=by_id("article"),
        body=(by_id("article"),),
        without=_NO_BODY,
        headline=(
            xpath("(.//tr[not(.//tr)][normalize-space()])[1]"),
            xpath("/html/head/title"),
        ),
        breadcrumb=_BREADCRUMB,
        keywords=_KEYWORDS,
    ),
    EDITOR_LAYOUT,
)
#: Where items stand: home boxes (A: ca, 2024-03), then by family (B).
MISSION_ITEMS = (
    "div.Text_Center li a, div.nbox_ul a, div.cbox_ul a, div.newsList a, ul.newsList a, div.center_content li a",
    "a.news-link, ul.news-list > li a, li.news-item > a, div.list-content li a, div.news-list a, ul.news-card a",
    "#sgfyr_list > ul > li.item > a, ul.news-content > li.item > a, ul.news > li > a, li.item > a",
    "#docMore a, #TRS a, #liebiao a, #docNum a",
    "td.title > a, td[width='585'] a",
    "div.article-list a",
)


#: Generations, as archives are asked for them; the newest of the domains are those with `.gov.cn`.
_OLD, _CENTRAL_OLD, _NEW = "mission, old", "mission, old, central", "mission, new"


def _archived() -> Iterator[Prefix]:
    """All posts at once: by the domains that they share, the directory on the ministry's hosts, and the odd hosts."""
    domains = [domain for kind in DOMAINS.values() for domain in kind]
    for domain in domains:
        yield _prefix(f"*.{domain}/eng/")
    for host in sorted(MINISTRY_HOSTS):
        yield Prefix(f"www.{host}/ce/c*/eng/", _CENTRAL_OLD, grade="A", years=(2003, 2021))
    for host in sorted({host for post in POSTS.values() for host in post.hosts}):
        if not f".{host}".endswith(tuple(f".{domain}" for domain in domains)):
            yield _prefix(f"{host}/eng/")


def _prefix(place: str) -> Prefix:
    """A place on a post's own hosts, in English, with its generation."""
    if ".gov.cn/" in place:
        return Prefix(place, _NEW, grade="A", years=(2021, None))
    return Prefix(place, _OLD, years=(2003, 2022))


class MissionTemplates(TrsSource):
    """What the sites of posts share with those of the offices in Hong Kong and Macao."""

    items = MISSION_ITEMS
    layouts = MISSION_LAYOUTS

    def refine(self, page: Page, reading: Reading) -> None:
        if not reading.breadcrumb:
            texts = (text_of(holder) for holder in elements(_CRUMB_HOLDERS, page.tree))
            reading.breadcrumb = next((crumbs for text in texts if (crumbs := breadcrumb_of(text))), [])
        super().refine(page, reading)


class Missions(MissionTemplates):
    """China's embassies, consulates general and missions."""

    name = "missions"
    publisher = "Embassies, consulates and missions of China"
    hosts = frozenset(
        f"{prefix}{host.removeprefix('www.')}"
        for host in (*(host for post in POSTS.values() for host in post.hosts), *MINISTRY_HOSTS)
        for prefix in ("", "www.")
    )
    rendering = "mission-rendering"
    archived = tuple(_archived())
    # Hundreds of sites: some are always down or being rebuilt, small posts list two or three items, none has all six
    # sections, and no two have quite the same templates. Together they publish every day, one alone every few weeks.
    health = Health(
        listing_links=1,
        sections_read=0.05,
        sections_failing=0.25,
        problems={**SHARES, Code.NO_LAYOUT: 0.3, Code.EMPTY_BODY: 0.3},
        filled={**FILLED, "date_published": 0.9},
        undated=0.1,
        rendering=0.5,
        newest_days=30,
    )

    def sections_of(self, posts: Iterable[Post]) -> tuple[Section, ...]:
        """The English sections of these posts, named `no/zgwj`. Which of a section's URLs a post really has, only its
        site tells: a missing one is no gap."""
        return tuple(
            Section(
                slug=f"{post.code}/{slug}",
                name=_OWN_NEWS[post.kind] if slug == "sgxw" else name,
                urls=tuple(_section_urls(post, directories)),
                grade="B",
            )
            for post in posts
            for slug, name, directories in SECTIONS
        )

    def archived_of(self, posts: Iterable[Post]) -> tuple[Prefix, ...]:
        """Where the articles of these posts stand, for web archives: their hosts, and their directories on the
        ministry's."""
        return tuple(
            prefix
            for post in posts
            for prefix in (
                *(_prefix(f"{host}/eng/") for host in post.hosts),
                *(
                    Prefix(f"www.{host}{directory}/*eng/", _CENTRAL_OLD, grade="A", years=(2003, 2021))
                    for directory in post.directories
                    for host in sorted(MINISTRY_HOSTS)
                ),
            )
        )

    def documented_sections(self) -> Sequence[Section]:
        """Those of one post of each kind: all posts' are named alike."""
        return self.sections_of(next(post for post in POSTS.values() if post.kind == kind) for kind in _OWN_NEWS)

    def appendix(self) -> str:
        """The table of posts."""
        rows = (f"| `{post.code}` | {post.name} | {post.hosts[0]} |" for post in POSTS.values())
        return "\n".join(("| post | name | host |", "|---|---|---|", *rows))

    def owns(self, address: Address) -> bool:
        return post_of(address.host, address.path) is not None

    def identify(self, address: Address) -> Identity | None:
        post = post_of(address.host, address.path)
        is_mirror = post is None and _CENTRAL.match(address.path) is not None
        if is_mirror:
            # A foreign host with the ministry's own path: which post it is stands in the path.
            post = post_of("www.fmprc.gov.cn", address.path)
        edition, article = _EDITION.match(address.path), ArticlePath.of(address.path)
        if post is None or edition is None or article is None:
            return None
        host = "www.fmprc.gov.cn" if is_mirror or address.host.removeprefix("www.") in MINISTRY_HOSTS else address.host
        return Identity(
            f"missions:{post.code}/{article.name}",
            f"https://{host}{address.path}",
            post.name,
            LANGUAGES[edition["edition"].lower()],
            is_mirror,
        )

    def _is_section(self, directory: str) -> bool:
        return _EDITION.match(directory) is not None and _NO_NEWS.search(directory) is None

    def _links(self, page: Page, anchors: list[Element]) -> list[Link]:
        """Without visas and notices, which stand beside the news on a post's home page."""
        return [link for link in super()._links(page, anchors) if not _NO_NEWS.search(link.url)]


def _section_urls(post: Post, directories: Iterable[str]) -> Iterable[str]:
    """A section's first pages: on the living host under each name, then under the first name on the old hosts."""
    living, *old = post.hosts
    first = next(iter(directories))
    yield from (f"https://{living}/eng/{directory}/" for directory in directories)
    yield from (f"http://{host}/eng/{first}/default.htm" for host in old)
    yield from (f"https://www.fmprc.gov.cn{directory}/eng/{first}/default.htm" for directory in post.directories)


SOURCE = Missions()
#: All posts' sections; `sections_of` gives those of some.
Missions.sections = SOURCE.sections_of(POSTS.values())

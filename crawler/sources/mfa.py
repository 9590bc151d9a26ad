"""The Ministry of Foreign Affairs: www.mfa.gov.cn, the same site as www.fmprc.gov.cn, in English and Chinese.

| generation | years | article | evidence |
|---|---|---|---|
| EN G0 | to 2013 | `/eng/{zxxx,wjdt,xwfw/s2510/2511}/tNNNNNN.htm` | C |
| EN G1 | 2014-2021-11 | `/mfa_eng/<slug>_66xxxx/tNNNNNNN.shtml` | A |
| EN G2 | 2021-12-2024-05 | the same, or `/eng/`, `YYYYMM/tYYYYMMDD_N.html` | B |
| EN G3 | 2024-06- | `/eng/{xw,zy,wjb,wjbzhd}/`, alias `/mfa_eng/xw/`, as G2 | B |
| ZH 2015 | to 2021 | `/web/<slug>_67xxxx/tNNNNNNN.shtml` | A |
| ZH 2021 | 2021-08- | `/web/`, `YYYYMM/tYYYYMMDD_N.shtml` | A |

One document stands under two sections and on both hosts; real pages of 2020 and 2021 were also saved from a staging
host, `test.fmprc.gov.cn`, where the paths lack `/web` (A). Documents under `/ce/` are the missions'.
"""

from __future__ import annotations

import re

from crawler.extraction.health import Health
from crawler.extraction.identity import Address, Identity
from crawler.extraction.layout import Layout, by_id, css, xpath
from crawler.extraction.source import Prefix, Section
from crawler.sources.posts import post_of
from crawler.sources.trs import EDITOR_LAYOUT, LANGUAGES, ArticlePath, TrsSource

_ORIGIN = "https://www.mfa.gov.cn"
_OLD = "https://www.fmprc.gov.cn"
_STAGING = "test.fmprc.gov.cn"
#: Editions of the ministry's site; the first directory of every path but on the staging host.
_EDITIONS = ("eng", "mfa_eng", "web", "chn", "mfa_chn", "fra", "esp", "rus", "ara")
_EDITION = re.compile(rf"^/(?P<edition>{'|'.join(_EDITIONS)})/")
#: Sections that moved between `/mfa_eng/` and `/eng/` answered under both for a time.
_NEW_SECTION = re.compile(r"^/mfa_eng/(?=(?:xw|zy|wjb|wjbzhd)/)")
_OLD_SECTION = re.compile(r"^/eng/(?=\w+_66\d{4}/)")
#: On a foreign host only paths count that nobody else has: numbered channels, and the new English sections.
_DISTINCTIVE = re.compile(
    r"^/(?:mfa_eng|eng|web|mfa_chn|fra|esp|rus|ara)/(?:[\w-]+/)*?\w+_6\d{5}/|^/(?:mfa_)?eng/(?:xw|wjbzhd)/"
)


def _english(slug: str, name: str, new: str, old: str | None) -> Section:
    """`new` below `/eng/` (B), `old` below `/mfa_eng/` (A where real pages exist, else B)."""
    urls = [f"{_ORIGIN}/eng/{new}/"]
    if old is not None:
        urls += [f"{_OLD}/mfa_eng/{old}/{page}" for page in ("index.html", "default.shtml")]
    return Section(slug, name, tuple(urls), "en", "B")


def _chinese(slug: str, name: str, directory: str) -> Section:
    """`directory` below `/web/`: the living page (B, 2026-09), and that of 2015 (A). Slugs are unique in a source."""
    return Section(
        f"zh/{slug}",
        name,
        (f"{_ORIGIN}/web/{directory}/index.shtml", f"{_OLD}/web/{directory}/default.shtml"),
        "zh",
        "B",
    )


class Mfa(TrsSource):
    """The Ministry of Foreign Affairs."""

    name = "mfa"
    publisher = "Ministry of Foreign Affairs of the People's Republic of China"
    hosts = frozenset(("www.mfa.gov.cn", "mfa.gov.cn", "www.fmprc.gov.cn", "fmprc.gov.cn", _STAGING))
    rendering = "mfa-rendering"
    # It publishes every working day; its longest holidays are of nine days. Pages of a listing show 7 to 40.
    health = Health(newest_days=10)
    sections = (
        _english("zyxw", "Top Stories", "xw/zyxw", "zxxx_662805"),
        _english("zyjh", "Speeches", "xw/zyjh", "wjdt_665385/zyjh_665391"),
        _english("gb", "Communiqués", "zy/gb", "wjdt_665385/2649_665393"),
        _english("wjbxw", "MFA News", "xw/wjbxw", "wjdt_665385/wshd_665389"),
        _english("wsrc", "Diplomatic Schedule", "xw/wsrc", "wjdt_665385/wsrc_665395"),
        _english("fyrbt", "Spokesperson's Remarks", "xw/fyrbt", "xwfw_665399/s2510_665401"),
        _english("lxjzh", "Regular Press Conference", "xw/fyrbt/lxjzh", "xwfw_665399/s2510_665401/2511_665403"),
        _english("remarks", "Remarks and Statements", "xw/fyrbt/fyrbt", "xwfw_665399/s2510_665401/2535_665405"),
        _english("zwbd", "News from Overseas Missions", "xw/zwbd", "wjb_663304/zwjg_665342/zwbd_665378"),
        _english("wjbz", "The Minister: Activities", "wjb/wjbz/hd", "wjb_663304/wjbz_663308/activities_663312"),
        _english("wjbzjh", "The Minister: Speeches", "wjb/wjbz/jh", "wjb_663304/wjbz_663308/2461_663310"),
        _english("wjbzhd", "The Minister (short)", "wjbzhd", None),
        _chinese("gjldrhd", "领导人活动", "wjdt_674879/gjldrhd_674881"),
        _chinese("wsrc", "外事日程", "wjdt_674879/wsrc_674883"),
        _chinese("wjbxw", "部领导活动", "wjdt_674879/wjbxw_674885"),
        _chinese("sjxw", "业务动态", "wjdt_674879/sjxw_674887"),
        _chinese("fyrbt", "发言人表态", "wjdt_674879/fyrbt_674889"),
        _chinese("cfhsl", "吹风会", "wjdt_674879/cfhsl_674891"),
        _chinese("dsrm", "大使任免", "wjdt_674879/dsrm_674893"),
        _chinese("zwbd", "驻外报道", "wjdt_674879/zwbd_674895"),
        _chinese("zcjd", "政策解读", "wjdt_674879/zcjd"),
        _chinese("jzhsl", "例行记者会", "fyrbt_673021/jzhsl_673025"),
    )
    # Both hosts have the same paths at all times, and archives have now one, now the other. Under `/eng/` stand the
    # oldest generation and the newest, under `/mfa_eng/` and `/web/` two each.
    archived = (
        Prefix("www.fmprc.gov.cn/eng/", "EN 2003", "en", "C", (2003, None)),
        Prefix("www.fmprc.gov.cn/mfa_eng/", "EN 2014", "en", "A", (2014, 2024)),
        Prefix("www.mfa.gov.cn/mfa_eng/", "EN 2022", "en", "B", (2014, 2024)),
        Prefix("www.mfa.gov.cn/eng/", "EN 2024", "en", "B", (2003, None)),
        Prefix("www.fmprc.gov.cn/web/", "ZH 2015", "zh", "A", (2013, None)),
        Prefix("www.mfa.gov.cn/web/", "ZH 2021", "zh", "A", (2013, None)),
        Prefix(f"{_STAGING}/", "ZH 2021", "zh", "A", (2020, 2022)),
    )
    #: A: EN 2014 and ZH 2015; B: ZH 2021; C: EN 2024.
    items = (
        "div.newsLst_mod li a",
        "div.rebox_news li a",
        "ul.list1 li a",
        "div.newsBd li a",
        "div.news_list a",
        "ul.news_list a",
    )
    layouts = (
        # One template; since 2022-12 it shows the time, and the URLs are new since 2021-12.
        Layout(
            name="mfa-en-2022",
            years="2021-12-2024-05",
            grade="B",
            root=xpath("id('News_Body_Time')[normalize-space()]/parent::div[contains(@class, 'content_mod')]"),
            body=(xpath("div[contains(concat(' ', @class, ' '), ' content ')]"),),
            without=(xpath("div[@class = 'tool']"),),
            headline=(xpath("h2[contains(@class, 'title')]"), xpath("/html/head/title")),
            alternative_headline=(by_id("News_Body_subitle"),),
            source_organization=(by_id("News_Body_source"),),
            date=(by_id("News_Body_Time"),),
            breadcrumb=(xpath("../div[contains(@class, 'urhere')]/a"), css("div.urhere a")),
            keywords=(xpath("/html/head/meta[@name='Keywords']/@content"),),
        ),
        Layout(
            name="mfa-en-2014",
            years="2014-2021-11",
            grade="A",
            root=xpath("id('News_Body_Time')/parent::div[contains(@class, 'content_mod')]"),
            body=(xpath("div[contains(concat(' ', @class, ' '), ' content ')]"),),
            without=(xpath("div[@class = 'tool']"),),
            headline=(xpath("h2[contains(@class, 'title')]"), xpath("/html/head/title")),
            alternative_headline=(by_id("News_Body_subitle"),),
            source_organization=(by_id("News_Body_source"),),
            date=(by_id("News_Body_Time"),),
            breadcrumb=(xpath("../div[contains(@class, 'urhere')]/a"), css("div.urhere a")),
        ),
        Layout(
            name="mfa-zh-2021",
            years="2021-08-",
            grade="A",
            root=xpath("id('News_Body_Txt_A')/ancestor::div[contains(@class, 'news-details')][1]"),
            body=(by_id("News_Body_Txt_A"),),
            headline=(
                xpath("div[@class = 'news-title']/h1"),
                xpath("/html/head/meta[@name='ArticleTitle']/@content"),
            ),
            date=(xpath("div[@class = 'news-title']/p[@class = 'time']"),),
            source_organization=(xpath("/html/head/meta[@name='ContentSource']/@content"),),
            author=(xpath("/html/head/meta[@name='Author']/@content"),),
            breadcrumb=(
                xpath("ancestor::div[@class = 'wrapper'][1]/div[@class = 'break']/a"),
                css("a.CurrChnlCls"),
            ),
            keywords=(xpath("/html/head/meta[@name='Keywords']/@content"),),
        ),
        # To 2021 with menus of 2015, and the same body in the frame of 2021 ("hybrid"), with or without Article metas.
        Layout(
            name="mfa-zh-2015",
            years="2015-2021",
            grade="A",
            root=xpath("id('News_Body_Txt_A')/.."),
            body=(by_id("News_Body_Txt_A"),),
            headline=(by_id("News_Body_Title"), xpath("/html/head/meta[@name='ArticleTitle']/@content")),
            alternative_headline=(by_id("News_Body_subitle"),),
            date=(by_id("News_Body_Time"),),
            source_organization=(
                xpath("id('myDocsource1')/text() | id('myDocsource2')/text()[not(contains(., '（供稿）'))]"),
                xpath("/html/head/meta[@name='ContentSource']/@content"),
            ),
            author=(xpath("/html/head/meta[@name='Author']/@content"),),
            breadcrumb=(xpath("../div[@class = 'nav']/a"), css("a.CurrChnlCls")),
            keywords=(xpath("/html/head/meta[@name='Keywords']/@content"),),
        ),
        Layout(
            name="mfa-en-2024",
            years="2024-06-",
            grade="B",
            body=(css("div.content_text"), by_id("News_Body_Txt_A")),
            without=(css("div.links"),),
            headline=(
                css(".news_header_title"),
                xpath("/html/head/meta[@name='ArticleTitle']/@content"),
                css("h1"),
                xpath("/html/head/title"),
            ),
            date=(css(".xltime"),),
            breadcrumb=(css("a.CurrChnlCls"),),
            keywords=(xpath("/html/head/meta[@name='Keywords']/@content"),),
        ),
        # The marks of the oldest templates as <meta> in the body; as comments the rendering rule finds them.
        Layout(
            name="mfa-en-2003",
            years="2003-2013",
            grade="C",
            root=xpath("//meta[contains(@name, 'ContStart')][1]/.."),
            body=(xpath("."),),
            without=(
                xpath("meta[contains(@name, 'ContStart')]/preceding-sibling::*"),
                xpath("meta[contains(@name, 'ContEnd')]/following-sibling::*"),
            ),
            headline=(by_id("News_Body_Title"), css("td.title"), css("h1"), xpath("/html/head/title")),
            date=(by_id("News_Body_Time"),),
        ),
        EDITOR_LAYOUT,
    )

    def owns(self, address: Address) -> bool:
        return address.host in self.hosts and not address.path.startswith("/ce/")

    def identify(self, address: Address) -> Identity | None:
        if address.path.startswith("/ce/"):
            return None
        is_mirror = address.host not in self.hosts
        path = f"/web{address.path}" if address.host == _STAGING and not _EDITION.match(address.path) else address.path
        if is_mirror and (not _DISTINCTIVE.match(path) or post_of(address.host, path) is not None):
            return None
        edition, article = _EDITION.match(path), ArticlePath.of(path)
        if edition is None or article is None or article.directory.startswith("/web/system/"):
            return None
        path = _OLD_SECTION.sub("/mfa_eng/", _NEW_SECTION.sub("/eng/", path))
        return Identity(f"mfa:{article.name}", _ORIGIN + path, self.publisher, LANGUAGES[edition["edition"]], is_mirror)

    def _is_section(self, directory: str) -> bool:
        edition = _EDITION.match(directory)
        return edition is not None and len(directory) > len(edition[0])


SOURCE = Mfa()

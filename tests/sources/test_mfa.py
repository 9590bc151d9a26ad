"""The Ministry of Foreign Affairs: URLs, listings of every generation, and the real pages of 2020 and 2024."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType

from crawler.extraction.identity import Address
from crawler.extraction.page import Page
from crawler.extraction.problem import Code, Problem
from crawler.items import Article
from crawler.sources import source_of
from crawler.sources.mfa import SOURCE

REAL = Path(__file__).parents[3] / "shared" / "real"
G1 = "www.fmprc.gov.cn/mfa_eng/xwfw_665399/s2510_665401/2511_665403"


def document_id(url: str) -> str | None:
    address = Address.of(url)
    assert address is not None
    identity = SOURCE.identify(address)
    return identity.id if identity else None


class TestIdentity:
    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            (f"https://{G1}/t1558711.shtml", "mfa:t1558711"),
            (f"http://{G1}//t1558711.shtml?from=x#top", "mfa:t1558711"),
            ("https://www.fmprc.gov.cn/mfa_eng/xwfw_665399/s2510_665401/t1558711.shtml", "mfa:t1558711"),
            ("https://www.mfa.gov.cn/mfa_eng/xwfw_665399/s2510_665401/t1558711.shtml", "mfa:t1558711"),
            ("http://www.fmprc.gov.cn/eng/xwfw/s2510/2511/t290001.htm", "mfa:t290001"),
            (
                "https://www.mfa.gov.cn/web/wjdt_674879/fyrbt_674889/202404/t20240403_11276141.shtml",
                "mfa:t20240403_11276141",
            ),
            (
                "http://test.fmprc.gov.cn/wjdt_674879/fyrbt_674889/202009/t20200902_7816619.shtml",
                "mfa:t20200902_7816619",
            ),
            ("https://www.mfa.gov.cn/eng/xw/fyrbt/lxjzh/202407/t20240715_11455002.html", "mfa:t20240715_11455002"),
            ("https://www.mfa.gov.cn/mfa_eng/xw/fyrbt/202407/t20240715_11455002.html", "mfa:t20240715_11455002"),
            ("https://www.fmprc.gov.cn/esp/xwfw/lxjzzdh/202404/t20240406_11277030.html", "mfa:t20240406_11277030"),
        ],
    )
    def test_a_document_has_one_id(self, url: str, expected: str) -> None:
        assert document_id(url) == expected

    @pytest.mark.parametrize(
        "url",
        [
            f"https://{G1}/default.shtml",
            "https://www.mfa.gov.cn/error.htm",
            "https://www.mfa.gov.cn/web/system/t1558711.shtml",
            "https://www.mfa.gov.cn/ce/ceno//eng/zgwj/t1706373.htm",
            "https://www.mfa.gov.cn/ce/cohk/eng/zydt/t1198103.htm",
            "https://cs.mfa.gov.cn/zggmcg/ljmdd/t1558711.shtml",
            "https://no.china-embassy.gov.cn/eng/zgwj_1/202210/t20221029_10794901.htm",
            "https://www.mfa.gov.cn/eng/xw/fyrbt/lxjzh/202407/W020240715000000000001.jpg",
        ],
    )
    def test_other_urls_have_none(self, url: str) -> None:
        assert document_id(url) is None

    @pytest.mark.parametrize(
        ("url", "canonical", "language"),
        [
            (
                "http://www.fmprc.gov.cn/mfa_eng/xw/fyrbt/202407/t20240715_11455002.html",
                "https://www.mfa.gov.cn/eng/xw/fyrbt/202407/t20240715_11455002.html",
                "en",
            ),
            (
                "http://www.fmprc.gov.cn/eng/xwfw_665399/s2510_665401/202404/t20240403_11276221.html",
                "https://www.mfa.gov.cn/mfa_eng/xwfw_665399/s2510_665401/202404/t20240403_11276221.html",
                "en",
            ),
            (
                "http://test.fmprc.gov.cn/wjdt_674879/fyrbt_674889/202009/t20200902_7816619.shtml",
                "https://www.mfa.gov.cn/web/wjdt_674879/fyrbt_674889/202009/t20200902_7816619.shtml",
                "zh-Hans",
            ),
            (
                "https://www.fmprc.gov.cn/rus/xwfw/202404/t20240406_11277041.html",
                "https://www.mfa.gov.cn/rus/xwfw/202404/t20240406_11277041.html",
                "ru",
            ),
        ],
    )
    def test_aliases_of_a_path_are_folded(self, url: str, canonical: str, language: str) -> None:
        address = Address.of(url)
        assert address is not None
        identity = SOURCE.identify(address)
        assert identity is not None
        assert (identity.canonical_url, identity.in_language, identity.is_mirror) == (canonical, language, False)

    def test_a_foreign_host_is_a_mirror_by_a_path_nobody_else_has(self) -> None:
        address = Address.of("http://carpets.example/mfa_eng/xwfw_665399/s2510_665401/t1558711.shtml")
        assert address is not None
        identity = SOURCE.identify(address)
        assert identity is not None
        assert identity.is_mirror
        assert identity.canonical_url == "https://www.mfa.gov.cn/mfa_eng/xwfw_665399/s2510_665401/t1558711.shtml"
        assert document_id("http://carpets.example/eng/news/t1558711.htm") is None
        assert document_id("http://carpets.example/web/news/t1558711.shtml") is None


class TestListings:
    @pytest.mark.parametrize(
        "url",
        [
            f"https://{G1}/default.shtml",
            f"https://{G1}/default_12.shtml",
            "https://www.mfa.gov.cn/eng/xw/fyrbt/lxjzh/",
            "https://www.mfa.gov.cn/eng/xw/fyrbt/lxjzh/index_3.html",
            "https://www.mfa.gov.cn/web/wjdt_674879/fyrbt_674889/index.shtml",
        ],
    )
    def test_pages_of_sections(self, url: str) -> None:
        address = Address.of(url)
        assert address is not None
        assert SOURCE.is_listing(address)

    @pytest.mark.parametrize(
        "url",
        [
            "https://www.mfa.gov.cn/",
            "https://www.mfa.gov.cn/eng/",
            f"https://{G1}/t1558711.shtml",
            "https://www.mfa.gov.cn/ce/ceno/eng/zgwj/default.htm",
            "https://www.mfa.gov.cn/web/system/index_17321.shtml",
            "https://www.fmprc.gov.cn/robots.txt",
            "https://carpets.example/mfa_eng/xwfw_665399/default.shtml",
        ],
    )
    def test_other_urls(self, url: str) -> None:
        address = Address.of(url)
        assert address is not None
        assert not SOURCE.is_listing(address)

    def test_every_section_begins_with_a_listing(self) -> None:
        for section in SOURCE.sections:
            for url in section.urls:
                address = Address.of(url)
                assert address is not None
                assert SOURCE.is_listing(address), url
        assert len({section.slug for section in SOURCE.sections}) == len(SOURCE.sections)

    def test_2024_lists_headlines_with_dates(self) -> None:
        url = "https://www.mfa.gov.cn/eng/xw/fyrbt/lxjzh/"
        page = """<html><body><ul class="nav"><li><a href="/eng/xw/zyxw/">Menu</a></li></ul>
            <div class="news_list"><ul><li><a href="./202512/t20251224_11700001.html">A Conference</a>
            <span>December 24, 2025</span></li></ul></div>
            <div class="side"><a href="/eng/xw/zyxw/202512/t20251201_11700002.html">Elsewhere</a></div>
            <script>createPageHTML(2, 0, "index", "html");</script></body></html>"""
        listing = SOURCE.listing(Page.from_bytes(url, page.encode()))
        assert [(link.url, link.headline, link.published and link.published.value) for link in listing.links] == [
            (url + "202512/t20251224_11700001.html", "A Conference", "2025-12-24")
        ]
        assert listing.following == (url + "index_1.html",)

    def test_2021_lists_chinese_headlines(self) -> None:
        url = "https://www.mfa.gov.cn/web/wjdt_674879/fyrbt_674889/"
        page = """<html><body><div class="newsBd"><ul class="list1"><li><a href="./202403/t20240323_11260001.shtml">
            发言人答问&lt;br&gt;记者</a>（2024-03-23）</li></ul></div></body></html>"""
        listing = SOURCE.listing(Page.from_bytes(url, page.encode()))
        assert [(link.headline, link.published and link.published.value) for link in listing.links] == [
            ("发言人答问记者", "2024-03-23")
        ]

    def test_a_page_without_known_lists_gives_its_article_links(self) -> None:
        url = "https://www.mfa.gov.cn/eng/xw/zyxw/"
        page = '<html><body><p><a href="./202512/t20251201_11700002.html"><img src="x.jpg"></a></p>'
        page += '<p><a href="./202512/t20251201_11700002.html">A Meeting</a></p></body></html>'
        listing = SOURCE.listing(Page.from_bytes(url, page.encode()))
        assert [(link.headline, link.published and link.published.origin) for link in listing.links] == [
            ("A Meeting", "url")
        ]


class TestOddPages:
    URL = "https://www.mfa.gov.cn/eng/xw/zyxw/202512/t20251201_11700002.html"

    def test_an_unknown_frame_is_read_by_its_editor(self) -> None:
        page = """<html><head><title>A Meeting_Ministry of Foreign Affairs of the People's Republic of China</title>
            </head><body><ul><li>Menu</li></ul><div><div class="x TRS_UEDITOR"><p>One.</p></div>
            <div class="TRS_UEDITOR"><p>Two.</p></div></div><div>Copyright</div></body></html>"""
        article = SOURCE.read(Page.from_bytes(self.URL, page.encode()))
        assert (article.headline, article.article_body, article.layout) == ("A Meeting", "One.\n\nTwo.", "trs-editor")

    def test_a_page_of_menus_is_no_article(self) -> None:
        page = "<html><body><ul><li>Menu</li><li>Another</li></ul><div>Copyright</div></body></html>"
        with pytest.raises(Problem) as caught:
            SOURCE.read(Page.from_bytes(self.URL, page.encode()))
        assert caught.value.code is Code.NO_LAYOUT

    def test_a_closed_page_for_maintenance_is_a_removed_page(self) -> None:
        with pytest.raises(Problem) as caught:
            SOURCE.read(Page.from_bytes(self.URL, "<html><body><h1>系统维护中</h1></body></html>".encode()))
        assert caught.value.code is Code.SOFT_404

    @pytest.mark.parametrize(
        ("content", "keywords"),
        [("外交部;发言人;发言人", ["外交部", "发言人"]), ("中华人民共和国外交部,外交部,中国外交部", []), ("", [])],
    )
    def test_keywords_of_the_site_are_none_of_the_text(self, content: str, keywords: list[str]) -> None:
        page = f"""<html><head><meta name="Keywords" content="{content}"><title>A Meeting</title></head>
            <body><div class="TRS_UEDITOR"><p>One.</p></div></body></html>"""
        assert SOURCE.read(Page.from_bytes(self.URL, page.encode())).keywords == keywords

    def test_a_url_belongs_to_the_ministry(self) -> None:
        assert source_of(self.URL) is SOURCE


@functools.cache
def real(archive: str) -> tuple[Page, ...]:
    """The responses with status 200 of a real archive."""
    path = REAL / f"{archive}.warc.gz"
    if not path.exists():
        pytest.skip(f"{path.name} is not here: real pages lie beside the repository, in ../shared/real")
    return tuple(_pages(path))


def _pages(path: Path) -> Iterator[Page]:
    with path.open("rb") as stream:
        for record in ArchiveIterator(stream, record_types=WarcRecordType.response):
            if record.http_headers is not None and record.http_headers.status_code == 200:
                url = record.headers["WARC-Target-URI"] or ""
                yield Page.from_bytes(url, record.reader.read(), record.http_headers.get("Content-Type"))


def documents(archive: str) -> list[Page]:
    return [page for page in real(archive) if re.search(r"/t[\d_]+\.s?html$", page.url)]


@functools.cache
def articles(archive: str) -> tuple[Article, ...]:
    return tuple(SOURCE.read(page) for page in documents(archive))


#: Words of the frames that must be in no body.
FRAME = re.compile(
    r"suggest to a friend|copyright|related news|版权所有|打印本页|相关新闻|首页 >|推荐给朋友", re.IGNORECASE
)


class TestRealPages:
    def test_english_2020(self) -> None:
        read = articles("mfa-en-2020-07")
        assert len({article.id for article in read}) == 320
        assert {article.layout for article in read} == {"mfa-en-2014"}
        assert {article.article_section for article in read} == {"Regular Press Conference"}
        undated = {article.id: article.date_published for article in read if article.date_origin != "title"}
        assert undated == {"mfa:t1687014": "2019-08-07", "mfa:t1686638": "2019-08-06"}
        assert all(article.date_precision == "day" for article in read if article.date_origin == "title")
        for page, article in zip(documents("mfa-en-2020-07"), read, strict=True):
            assert article.headline == page.title

    def test_english_listings_2020(self) -> None:
        listings = [SOURCE.listing(page) for page in real("mfa-en-2020-07") if "/default" in page.url]
        assert [len(listing.links) for listing in listings] == [40] * 8
        assert [len(listing.following) for listing in listings] == [12, 11, 10, 9, 8, 7, 6, 5]
        assert all(listing.is_counted for listing in listings)
        links = [link for listing in listings for link in listing.links]
        assert Counter(link.published and link.published.origin for link in links) == {"title": 318, None: 2}
        headlines = {link.url: link.headline for link in links}
        assert [headlines[article.url] for article in articles("mfa-en-2020-07")] == [
            article.headline for article in articles("mfa-en-2020-07")
        ]

    def test_chinese_2020(self) -> None:
        read = articles("mfa-zh-2020-07")
        assert len({article.id for article in read}) == 150
        assert {(article.layout, article.in_language) for article in read} == {("mfa-zh-2015", "zh-Hans")}
        assert {(article.date_origin, article.date_precision) for article in read} == {("page", "day")}
        links = [
            link for page in real("mfa-zh-2020-07") if "/default" in page.url for link in SOURCE.listing(page).links
        ]
        days = {link.url: link.published and link.published.value for link in links}
        assert [article.date_published for article in read] == [days[article.url] for article in read]

    def test_chinese_2024(self) -> None:
        read = articles("mfa-zh-2024-04")
        assert len({article.id for article in read}) == 150
        assert Counter(article.layout for article in read) == {"mfa-zh-2021": 102, "mfa-zh-2015": 48}
        assert {(article.date_origin, article.date_precision) for article in read} == {("page", "minute")}
        assert all(article.keywords for article in read)

    @pytest.mark.parametrize("archive", ["mfa-en-2020-07", "mfa-zh-2020-07", "mfa-zh-2024-04"])
    def test_no_frame_in_any_field(self, archive: str) -> None:
        for article in articles(archive):
            assert not FRAME.search(article.article_body), article.url
            assert article.headline not in article.article_body.split("\n\n")
            assert all(re.search(r"/W\d+(?:_\w+)?\.\w+$", image.url) for image in article.images), article.url
            assert not any(image.caption and "." in image.caption[-5:-2] for image in article.images)

    @pytest.mark.parametrize("archive", ["mfa-en-2020-07", "mfa-zh-2020-07", "mfa-zh-2024-04"])
    def test_the_rendering_says_what_the_layout_says(self, archive: str) -> None:
        for page, article in zip(documents(archive), articles(archive), strict=True):
            reading = SOURCE.read_rendering(page)
            assert reading is not None, page.url
            assert (reading.headline, reading.paragraphs) == (article.headline, article.article_body.split("\n\n"))

    def test_the_error_page_is_a_removed_page(self) -> None:
        error = next(page for page in real("mfa-en-2020-07") if page.url.endswith("/error.htm"))
        with pytest.raises(Problem) as caught:
            SOURCE.read(Page(f"https://{G1}/t1558711.shtml", error.text, "utf-8"))
        assert caught.value.code is Code.SOFT_404

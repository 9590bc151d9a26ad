"""Missions: which post and document a URL names, sections made per post, and the seeds of Norway and Cebu."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.extraction.identity import Address
from crawler.extraction.page import Page
from crawler.items import Article
from crawler.sources import source_of
from crawler.sources.missions import SOURCE
from crawler.sources.posts import POSTS

SEEDS = Path(__file__).parents[3] / "shared" / "seeds"


def document_id(url: str) -> str | None:
    address = Address.of(url)
    assert address is not None
    identity = SOURCE.identify(address)
    return identity.id if identity else None


class TestIdentity:
    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            (
                "https://no.china-embassy.gov.cn/eng/zgwj_1/202210/t20221029_10794068.htm",
                "missions:no/t20221029_10794068",
            ),
            (
                "http://no.china-embassy.gov.cn//eng/zgwj_1/202210/t20221029_10794068.htm",
                "missions:no/t20221029_10794068",
            ),
            ("http://cebu.chineseconsulate.org/eng/zgwj/t1706373.htm", "missions:cebu/t1706373"),
            ("http://cebu.china-consulate.org/eng/zgwj/t1706373.htm", "missions:cebu/t1706373"),
            ("http://cebu.china-consulate.org/eng/xwdt/t1706373.htm", "missions:cebu/t1706373"),
            ("https://www.fmprc.gov.cn/ce/cgcebu//eng/zgwj/t1706373.htm", "missions:cebu/t1706373"),
            ("https://www.mfa.gov.cn/ce/cgcebu/eng/zgwj/t1706373.htm", "missions:cebu/t1706373"),
            ("http://www.chinese-embassy.no/chn/sgxw/t1801122.htm", "missions:no/t1801122"),
            ("http://www.chinese-embassy.org.uk/eng/zyxw/t1801122.htm", "missions:gb/t1801122"),
        ],
    )
    def test_a_document_has_one_id(self, url: str, expected: str) -> None:
        assert document_id(url) == expected

    @pytest.mark.parametrize(
        "url",
        [
            "https://no.china-embassy.gov.cn/eng/zgwj_1/index.htm",
            "https://no.china-embassy.gov.cn.example.org/eng/zgwj_1/202210/t20221029_10794068.htm",
            "https://www.mfa.gov.cn/mfa_eng/zxxx_662805/t1706373.shtml",
            "https://hk.ocmfa.gov.cn/eng/zydt/202302/t20230224_11030933.htm",
            "https://www.mfa.gov.cn/ce/cohk/eng/zydt/t1198103.htm",
            "http://carpets.example/eng/zgwj/t1706373.htm",
        ],
    )
    def test_other_urls_have_none(self, url: str) -> None:
        assert document_id(url) is None

    def test_the_ministrys_directory_on_a_foreign_host_is_a_mirror(self) -> None:
        address = Address.of("http://carpets.example/ce/ceno//eng/zgwj/t1706373.htm")
        assert address is not None
        identity = SOURCE.identify(address)
        assert identity is not None
        assert (identity.id, identity.is_mirror) == ("missions:no/t1706373", True)
        assert identity.canonical_url == "https://www.fmprc.gov.cn/ce/ceno/eng/zgwj/t1706373.htm"

    def test_the_publisher_is_the_post(self) -> None:
        address = Address.of("http://www.chinese-embassy.no/chn/sgxw/t1801122.htm")
        assert address is not None
        identity = SOURCE.identify(address)
        assert identity is not None
        assert (identity.publisher, identity.in_language) == ("Embassy of China in Norway", "zh-Hans")

    @pytest.mark.parametrize(
        "url",
        [
            "https://no.china-embassy.gov.cn/eng/zgwj_1/202210/t20221029_10794068.htm",
            "https://www.mfa.gov.cn/ce/cgcebu//eng/zgwj/t1706373.htm",
        ],
    )
    def test_source_of_finds_missions(self, url: str) -> None:
        assert source_of(url) is SOURCE


class TestSections:
    def test_they_are_made_for_the_posts_asked_for(self) -> None:
        sections = SOURCE.sections_of([POSTS["no"], POSTS["cebu"]])
        assert [section.slug for section in sections if section.slug.startswith("no/")] == [
            "no/fyrth",
            "no/zgyw",
            "no/zgwj",
            "no/zgwjsw",
            "no/sgxw",
            "no/xwdt",
        ]
        by_slug = {section.slug: section for section in sections}
        assert by_slug["cebu/sgxw"].name == "Consulate News"
        assert by_slug["no/zgwj"].name == "Chinese Diplomatic News"
        assert by_slug["no/zgwj"].urls[:2] == (
            "https://no.china-embassy.gov.cn/eng/zgwj/",
            "https://no.china-embassy.gov.cn/eng/zgwj_1/",
        )
        assert "http://cebu.chineseconsulate.org/eng/zgwj/default.htm" in by_slug["cebu/zgwj"].urls
        assert "https://www.fmprc.gov.cn/ce/cgcebu/eng/zgwj/default.htm" in by_slug["cebu/zgwj"].urls

    def test_every_section_begins_with_a_listing(self) -> None:
        assert {section.slug.split("/")[0] for section in SOURCE.sections} == set(POSTS)
        for section in SOURCE.sections_of([POSTS["no"], POSTS["cebu"], POSTS["un"]]):
            for url in section.urls:
                address = Address.of(url)
                assert address is not None
                assert SOURCE.is_listing(address), url

    @pytest.mark.parametrize(
        "url",
        [
            "https://no.china-embassy.gov.cn/eng/lsfw/",
            "https://no.china-embassy.gov.cn/eng/visa/index.htm",
            "https://no.china-embassy.gov.cn/eng/tzgg/index_1.htm",
            "https://www.mfa.gov.cn/eng/xw/zyxw/",
        ],
    )
    def test_consular_pages_are_no_listings(self, url: str) -> None:
        address = Address.of(url)
        assert address is not None
        assert not SOURCE.is_listing(address)


def seed(name: str, url: str) -> Article:
    found = sorted(SEEDS.glob(f"{name}_*.txt"))
    if not found:
        pytest.skip(f"seed {name} is not here: the seeds lie beside the repository, in ../shared/seeds")
    return SOURCE.read(Page.from_bytes(url, found[0].read_bytes()))


class TestSeeds:
    def test_norway(self) -> None:
        article = seed("002", "https://no.china-embassy.gov.cn/eng/zgwj_1/202210/t20221029_10794068.htm")
        assert article.id == "missions:no/t20221029_10794068"
        assert (article.date_published, article.date_precision, article.date_origin) == (
            "2022-10-27T23:38:00+08:00",
            "minute",
            "page",
        )
        assert len(article.article_body.split("\n\n")) == 5

    def test_cebu(self) -> None:
        article = seed("003", "http://cebu.chineseconsulate.org/eng/zgwj/t1706373.htm")
        assert article.id == "missions:cebu/t1706373"
        assert (article.date_published, article.date_precision, article.date_origin) == ("2019-10-02", "day", "body")
        assert article.article_section == "Chinese Diplomatic News"
        assert len(article.article_body.split("\n\n")) == 3
        assert "Suggest" not in article.article_body

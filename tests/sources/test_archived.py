"""Where web archives are asked for the articles of each source."""

from __future__ import annotations

from itertools import permutations

import pytest

from crawler.extraction.identity import Address
from crawler.extraction.source import Prefix
from crawler.sources import sources
from crawler.sources.missions import SOURCE as MISSIONS
from crawler.sources.posts import POSTS

#: An article's address of each generation in SOURCES.md.
ADDRESSES = {
    "mfa": [
        "www.fmprc.gov.cn/eng/xwfw/s2510/2511/t123456.htm",
        "www.fmprc.gov.cn/mfa_eng/zxxx_662805/t1234567.shtml",
        "www.fmprc.gov.cn/mfa_eng/wjbxw/202203/t20220301_10646000.html",
        "www.mfa.gov.cn/mfa_eng/xw/zyxw/202407/t20240711_11450006.html",
        "www.mfa.gov.cn/eng/xw/zyxw/202407/t20240711_11450006.html",
        "www.fmprc.gov.cn/eng/xw/zyxw/202407/t20240711_11450006.html",
        "www.fmprc.gov.cn/web/wjdt_674879/t1234567.shtml",
        "www.mfa.gov.cn/web/wjdt_674879/202403/t20240323_11270000.shtml",
    ],
    "missions": [
        "no.china-embassy.org/eng/zgwj/t1234567.htm",
        "no.chineseembassy.org/eng/zgwj/t1234567.htm",
        "cebu.china-consulate.org/eng/zgwj/t1234567.htm",
        "newyork.chineseconsulate.org/eng/zgwj/t1234567.htm",
        "www.chinese-embassy.org.uk/eng/zgwj/t1234567.htm",
        "www.china-un.org/eng/zgwj/t1234567.htm",
        "www.fmprc.gov.cn/ce/ceno//eng/zgwj/t1234567.htm",
        "www.mfa.gov.cn/ce/cgcebu//eng/zgwj/t1234567.htm",
        "no.china-embassy.gov.cn/eng/zgwj_1/202210/t20221029_10794068.htm",
        "cebu.china-consulate.gov.cn/eng/zgwj_1/202210/t20221029_10794068.htm",
        "un.china-mission.gov.cn/eng/zgyw/202210/t20221029_10794068.htm",
    ],
    "hk_commissioner": [
        "www.fmcoprc.gov.hk/eng/gsxw/t1234567.htm",
        "www.mfa.gov.cn/ce/cohk//eng/gsxw/t1234567.htm",
        "hk.ocmfa.gov.cn/eng/gsxw/202302/t20230224_11030933.htm",
        "mo.ocmfa.gov.cn/eng/zxxw/202302/t20230224_11030933.htm",
    ],
    "ecns": [
        "www.ecns.cn/2016/05-03/209123.shtml",
        "www.ecns.cn/visual/2016/05-03/209123.shtml",
        "www.ecns.cn/news/politics/2023-02-04/detail-ihckmzxh9366878.shtml",
    ],
    "shine": [
        "www.shanghaidaily.com/metro/A-Kite-Over-The-Bund/shdaily.shtml",
        "archive.shine.cn/metro/A-Kite-Over-The-Bund/shdaily.shtml",
        "www.shine.cn/news/nation/2210281963/",
        "www.citynewsservice.cn/articles/cns/city-news/a-kite-x1y2z3w4",
        "www.citynewsservice.cn/news/A-Kite--x1y2z3w4",
    ],
    "xinhua": [
        "news.xinhuanet.com/english/2006-05/10/content_4530000.htm",
        "news.xinhuanet.com/english2010/china/2010-05/10/c_13285000.htm",
        "news.xinhuanet.com/english/2016-05/10/c_135348820.htm",
        "www.xinhuanet.com/english/2018-05/10/c_137168000.htm",
        "english.news.cn/china/20250411/0123456789abcdef0123456789abcdef/c.html",
    ],
}
ARCHIVED = [(name, prefix) for name, source in sources().items() for prefix in source.archived]


@pytest.mark.parametrize("name", sources())
def test_a_prefix_covers_each_generation(name: str) -> None:
    source = sources()[name]
    for place in ADDRESSES[name]:
        address = Address.of(f"http://{place}")
        assert address is not None
        assert source.identify(address) is not None, place
        assert [prefix for prefix in source.archived if prefix.covers(place)], place


@pytest.mark.parametrize("name", sources())
def test_no_prefix_contains_another_so_that_no_capture_is_told_twice(name: str) -> None:
    for one, other in permutations(sources()[name].archived, 2):
        assert not one.covers(other.url.removeprefix("*.")), (one.url, other.url)


@pytest.mark.parametrize(
    ("name", "prefix"), ARCHIVED, ids=lambda value: value.url if isinstance(value, Prefix) else value
)
def test_a_prefix_is_of_the_source_and_says_when_and_how_sure(name: str, prefix: Prefix) -> None:
    source = sources()[name]
    host, _, path = prefix.url.replace("*.", "xx.", 1).partition("/")
    address = Address.of(f"http://{host}/{path.replace('/c*/', '/ceno/').replace('*', '')}")
    assert address is not None
    assert source.owns(address)
    first, last = prefix.years
    assert 2000 <= first <= (last or 2026)
    assert prefix.generation
    assert prefix.edition in {section.edition for section in source.sections}


def test_one_posts_prefixes() -> None:
    assert [prefix.url for prefix in MISSIONS.archived_of([POSTS["cebu"]])] == [
        "cebu.china-consulate.gov.cn/eng/",
        "cebu.china-consulate.org/eng/",
        "cebu.chineseconsulate.org/eng/",
        "www.fmprc.gov.cn/ce/cgcebu/*eng/",
        "www.mfa.gov.cn/ce/cgcebu/*eng/",
    ]


@pytest.mark.parametrize(
    ("url", "place", "expected"),
    [
        ("www.news.example/a/", "www.news.example/a/b/", True),
        ("www.news.example/a/", "news.example/a/", True),
        ("www.news.example/a/", "m.news.example/a/", False),
        ("www.news.example/a/", "www.news.example/b/", False),
        ("*.news.example/a/", "kites.news.example/a/b", True),
        ("*.news.example/a/", "badnews.example/a/b", False),
        ("www.news.example/a/*/b", "www.news.example/a/c/", True),
    ],
)
def test_what_a_prefix_covers(url: str, place: str, expected: bool) -> None:
    assert Prefix(url, "G").covers(place) is expected

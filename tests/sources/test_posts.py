from __future__ import annotations

import re
from collections import Counter
from typing import get_args

import pytest

from crawler.sources.posts import POSTS, UNKNOWN_COUNTRY, Kind, post_of, posts_named

#: ISO 3166-1 alpha-2, the officially assigned codes.
ISO_3166 = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO
    FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE
    JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO
    MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW
    PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM
    TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
    """.split()
)
#: States that have relations with Taipei (2026), Bhutan, which has none with Beijing, and China itself.
WITHOUT_EMBASSY = frozenset({"BT", "BZ", "CN", "GT", "HT", "KN", "LC", "MH", "PW", "PY", "SZ", "TV", "TW", "VA", "VC"})

#: The posts SOURCES.md speaks of, by name or as a host.
IN_SOURCES_MD = (
    "be busan ca cebu chicago de edinburgh belfast fr gb gwangju jeju jp kr lr lyon manchester marseille montreal "
    "munich my nagasaki nagoya newyork niigata no osaka sanfrancisco sapporo sg strasbourg un us"
).split()


def test_the_table_is_as_large_as_the_network() -> None:
    counts = Counter(post.kind for post in POSTS.values())
    assert 174 <= counts["embassy"] <= 178
    assert 90 <= counts["consulate"] <= 105
    assert 10 <= counts["mission"] <= 15


def test_codes_are_slugs_in_order() -> None:
    assert list(POSTS) == sorted(POSTS)
    for code, post in POSTS.items():
        assert code == post.code
        assert re.fullmatch(r"[a-z]+(-[a-z]+)?", code), code
        assert post.kind in get_args(Kind), code


def test_an_embassy_is_named_by_its_country_and_there_is_one_a_country() -> None:
    embassies = [post for post in POSTS.values() if post.kind == "embassy"]
    assert [post.code.upper() for post in embassies] == [post.country for post in embassies]
    assert len({post.name for post in embassies}) == len(embassies)
    assert not {post.country for post in embassies} & WITHOUT_EMBASSY


def test_countries_are_iso_codes() -> None:
    assert len(ISO_3166) == 249
    assert {post.country for post in POSTS.values()} <= ISO_3166
    assert UNKNOWN_COUNTRY not in ISO_3166


def test_no_host_and_no_directory_belongs_to_two_posts() -> None:
    hosts = [host.removeprefix("www.") for post in POSTS.values() for host in post.hosts]
    directories = [directory for post in POSTS.values() for directory in post.directories]
    assert [host for host, times in Counter(hosts).items() if times > 1] == []
    assert [directory for directory, times in Counter(directories).items() if times > 1] == []


def test_hosts_and_directories_are_well_formed() -> None:
    for post in POSTS.values():
        assert post.hosts, post.code
        for host in post.hosts:
            assert re.fullmatch(r"([a-z0-9]+(-[a-z0-9]+)*\.)+[a-z]{2,3}", host), host
            assert post_of(host, "/") is post
        for directory in post.directories:
            assert re.fullmatch(r"/ce/c[eg][a-z-]+", directory), directory
            assert post_of("www.fmprc.gov.cn", f"{directory}/eng/") is post


@pytest.mark.parametrize("code", IN_SOURCES_MD)
def test_posts_of_the_notes_are_in_the_table(code: str) -> None:
    assert code in POSTS


@pytest.mark.parametrize(
    ("code", "name", "country", "first_host"),
    [
        ("no", "Embassy of China in Norway", "NO", "no.china-embassy.gov.cn"),
        ("gb", "Embassy of China in the United Kingdom", "GB", "gb.china-embassy.gov.cn"),
        ("cebu", "Consulate General of China in Cebu", "PH", "cebu.china-consulate.gov.cn"),
        ("laoag", "Consulate of China in Laoag", "PH", "laoag.china-consulate.gov.cn"),
        ("willemstad", "Consulate General of China in Willemstad", "CW", "willemstad.china-consulate.gov.cn"),
        ("un", "Permanent Mission of China to the United Nations", "US", "un.china-mission.gov.cn"),
        ("au-mission", "Mission of China to the African Union", "ET", "au.china-mission.gov.cn"),
        ("ps", "Office of China to the State of Palestine", "PS", "ps.china-office.gov.cn"),
    ],
)
def test_a_row_of_the_table(code: str, name: str, country: str, first_host: str) -> None:
    post = POSTS[code]
    assert (post.name, post.country, post.hosts[0]) == (name, country, first_host)


@pytest.mark.parametrize(
    ("host", "path", "code"),
    [
        ("no.china-embassy.gov.cn", "/eng/zgwj_1/202210/t20221029_10794068.htm", "no"),
        ("NO.China-Embassy.gov.cn.", "/", "no"),
        ("no.china-embassy.gov.cn:80", "/", "no"),
        ("cebu.chineseconsulate.org", "/eng/zgwj/t1706373.htm", "cebu"),
        ("cebu.china-consulate.org", "/", "cebu"),
        ("uk.chineseembassy.org", "/eng/", "gb"),
        ("www.chinese-embassy.org.uk", "/eng/", "gb"),
        ("chinese-embassy.no", "/", "no"),
        ("www.china-embassy.org", "/eng/", "us"),
        ("www.china-un.org", "/eng/", "un"),
        ("www.china-un.ch", "/eng/", "geneva"),
        ("saint-petersburg.china-consulate.org", "/chn/", "saintpetersburg"),
        ("au.china-embassy.gov.cn", "/", "au"),
        ("au.china-mission.gov.cn", "/", "au-mission"),
        ("www.fmprc.gov.cn", "/ce/ceno/eng/zgwj_1/t1706373.htm", "no"),
        ("www.mfa.gov.cn", "/ce/ceno//eng/zgwj_1/t1706373.htm", "no"),
        ("mfa.gov.cn", "//ce//cgcebu//eng/zgwj/t1706373.htm", "cebu"),
        ("www.fmprc.gov.cn", "/ce/CEUK/", "gb"),
        ("www.fmprc.gov.cn", "/ce/ceindo/chn/", "id"),
        ("www.fmprc.gov.cn", "/ce/cein/eng", "in"),
        ("www.fmprc.gov.cn", "/ce/cgvienna/eng/dbtyw/t209043.htm", "vienna"),
        ("www.mfa.gov.cn", "/ce/cgla", "losangeles"),
    ],
)
def test_whose_page_it_is(host: str, path: str, code: str) -> None:
    post = post_of(host, path)
    assert post is POSTS[code]


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("no.china-embassy.gov.cn.evil.com", "/"),
        ("no.china-embassy.gov.cn.evil.com", "/ce/ceno/"),
        ("notchina-embassy.gov.cn", "/"),
        ("a.no.china-embassy.gov.cn", "/"),
        ("-.china-embassy.gov.cn", "/"),
        (".china-embassy.gov.cn", "/"),
        ("www.china-embassy.gov.cn", "/"),
        ("no.china-embassy.com", "/"),
        ("example.org", "/ce/ceno/eng/t1706373.htm"),
        ("www.fmprc.gov.cn", "/mfa_eng/zxxx_662805/t1706373.shtml"),
        ("www.fmprc.gov.cn", "/web/ce/ceno/"),
        ("www.fmprc.gov.cn", "/ce/cohk/eng/t1706373.htm"),
        ("www.fmprc.gov.cn", "/ce/"),
        ("www.fmcoprc.gov.hk", "/eng/"),
        ("hk.ocmfa.gov.cn", "/eng/"),
        ("mo.ocmfa.gov.cn", "/eng/"),
        ("", ""),
    ],
)
def test_what_is_no_posts_page(host: str, path: str) -> None:
    assert post_of(host, path) is None


@pytest.mark.parametrize(
    ("host", "path", "code", "name", "country"),
    [
        ("py.china-embassy.gov.cn", "/", "py", "Embassy of China (py)", "PY"),
        ("gotham.chineseconsulate.org", "/", "gotham", "Consulate of China (gotham)", UNKNOWN_COUNTRY),
        ("moon.china-mission.gov.cn", "/", "moon", "Mission of China (moon)", UNKNOWN_COUNTRY),
        ("no.china-consulate.gov.cn", "/", "no-consulate", "Consulate of China (no)", UNKNOWN_COUNTRY),
        ("www.fmprc.gov.cn", "/ce/cepy//eng/", "py", "Embassy of China (py)", "PY"),
        ("www.fmprc.gov.cn", "/ce/cggotham/", "gotham", "Consulate of China (gotham)", UNKNOWN_COUNTRY),
    ],
)
def test_a_new_post_is_made_by_rule(host: str, path: str, code: str, name: str, country: str) -> None:
    post = post_of(host, path)
    assert post is not None
    assert (post.code, post.name, post.country) == (code, name, country)
    assert code not in POSTS


def test_a_new_post_is_the_same_by_every_way_to_it() -> None:
    post = post_of("py.china-embassy.gov.cn", "/")
    assert post is not None
    assert post.hosts == ("py.china-embassy.gov.cn", "py.china-embassy.org", "py.chineseembassy.org")
    assert post.directories == ("/ce/cepy",)
    assert post == post_of("py.chineseembassy.org", "/") == post_of("www.mfa.gov.cn", "/ce/cepy/")


def test_posts_are_named_by_their_codes() -> None:
    assert posts_named(["no", " CEBU ", "no"]) == (POSTS["no"], POSTS["cebu"])
    assert posts_named([]) == ()


@pytest.mark.parametrize(
    ("name", "meant"),
    [("cebo", "cebu"), ("uk", "gb"), ("norway", "no"), ("sanfransisco", "sanfrancisco"), ("united kingdom", "gb")],
)
def test_an_unknown_name_is_answered_with_the_near_ones(name: str, meant: str) -> None:
    with pytest.raises(ValueError, match=rf"'{name}' \(did you mean .*\b{meant}\b"):
        posts_named(["no", name])


def test_all_unknown_names_are_reported_at_once() -> None:
    with pytest.raises(ValueError, match=r"unknown post: 'qqqqqq', 'cebo' \(did you mean"):
        posts_named(["qqqqqq", "no", "cebo"])

"""Spider arguments: what they mean, and what a wrong one is told."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from crawler.extraction.source import Section
from crawler.sources import sources
from crawler.spiders.arguments import ArgumentError, Scope

MFA = sources()["mfa"]
SECTIONS = (
    Section("lxjzh", "Press Conferences", ("https://www.mfa.gov.cn/eng/xw/fyrbt/lxjzh/",)),
    Section("zyxw", "Top Stories", ("https://www.mfa.gov.cn/eng/xw/zyxw/",)),
    Section("zh/fyrbt", "发言人表态", ("https://www.mfa.gov.cn/web/wjdt_674879/fyrbt_674889/",), edition="zh"),
    Section("zh/zyxw", "要闻", ("https://www.mfa.gov.cn/web/zyxw/",), edition="zh"),
)


def scope(**arguments: str) -> Scope:
    return Scope.parse(MFA, SECTIONS, **arguments)


def test_without_arguments_all_english_sections() -> None:
    assert [section.slug for section in scope().sections] == ["lxjzh", "zyxw"]
    assert scope().is_whole


def test_edition() -> None:
    assert [section.slug for section in scope(edition="zh").sections] == ["zh/fyrbt", "zh/zyxw"]
    assert [section.slug for section in scope(edition="en,zh").sections] == ["lxjzh", "zyxw", "zh/fyrbt", "zh/zyxw"]


@pytest.mark.parametrize(
    ("arguments", "slug"),
    [
        ({"section": "zyxw"}, "zyxw"),
        ({"section": "zh/zyxw"}, "zh/zyxw"),
        ({"section": "zyxw", "edition": "zh"}, "zh/zyxw"),
        ({"section": "fyrbt"}, "zh/fyrbt"),
    ],
)
def test_a_section_may_name_its_edition(arguments: dict[str, str], slug: str) -> None:
    picked = scope(**arguments)
    assert [section.slug for section in picked.sections] == [slug]
    assert picked.editions == {picked.sections[0].edition}


def test_a_listing_url_is_of_the_edition_of_its_section() -> None:
    url = "https://www.mfa.gov.cn/web/wjdt_674879/fyrbt_674889/index_2.shtml"
    assert scope(section=url).editions == {"zh"}


def test_sections_in_the_order_asked_for() -> None:
    picked = scope(section="zyxw,lxjzh")
    assert [section.slug for section in picked.sections] == ["zyxw", "lxjzh"]
    assert not picked.is_whole


def test_section_as_a_listing_url() -> None:
    url = "https://www.fmprc.gov.cn/mfa_eng/xwfw_665399/s2510_665401/2511_665403/default_3.shtml"
    assert scope(section=url).sections[0].urls == (url,)


@pytest.mark.parametrize(
    ("day", "is_covered"),
    [("2022-09-30", False), ("2022-10-01", True), ("2023-03-01", True), ("2023-03-02", False)],
)
def test_both_days_are_included(day: str, is_covered: bool) -> None:
    asked = scope(since="2022-10-01", until="2023-03-01")
    assert asked.covers(datetime.date.fromisoformat(day)) is is_covered


def test_an_unknown_day_is_covered() -> None:
    assert scope(since="2022-10-01").covers(None)


def test_replay_takes_files_and_patterns(tmp_path: Path) -> None:
    for name in ("b.warc.gz", "a.warc.gz", "c.warc"):
        (tmp_path / name).write_bytes(b"")
    found = scope(replay=f"{tmp_path}/c.warc,{tmp_path}/*.gz").replay
    assert [path.name for path in found] == ["c.warc", "a.warc.gz", "b.warc.gz"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"since": "yesterday"}, "since=yesterday is no day"),
        ({"since": "2022-02-30"}, "since=2022-02-30 is no day"),
        ({"since": "20221001"}, "since=20221001 is no day"),
        ({"since": "2023-01-02", "until": "2023-01-01"}, "is after"),
        ({"section": "lxjz"}, "section=lxjz is not known; perhaps lxjzh"),
        ({"section": "https://www.ecns.cn/news/politics/index.shtml"}, "is not on a host of mfa"),
        ({"section": "https://www.mfa.gov.cn/eng/xw/zyxw/202407/t20240715_11454265.html"}, "is no listing of mfa"),
        ({"edition": "fr"}, "edition=fr is not known"),
        ({"edition": ""}, "edition= is empty"),
        ({"sample": "0"}, "sample=0 is no number"),
        ({"sample": "²"}, "is no number"),
        ({"sample": "many"}, "sample=many is no number"),
        ({"replay": "absent.warc.gz"}, "there is no such file"),
        ({"replay": ","}, "names no file"),
    ],
)
def test_a_wrong_value_is_named(arguments: dict[str, str], message: str) -> None:
    with pytest.raises(ArgumentError, match=message.replace("(", r"\(")):
        scope(**arguments)

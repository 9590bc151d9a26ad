"""Which captures of a document are worth having, and what they come to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from crawler.webarchives.cdx import Row
from crawler.webarchives.plan import Plan
from crawler.webarchives.selection import Candidate, is_page, worth_having


def candidate(year: int, digest: str, document_id: str = "mfa:t1", host: str = "www.fmprc.gov.cn") -> Candidate:
    url, timestamp = f"http://{host}/mfa_eng/t1.shtml", f"{year}0102030405"
    return Candidate(document_id, "wayback", url, timestamp, digest, "EN 2014", host, f"https://replay/{timestamp}")


def chosen(digests: str, limit: int = 99) -> list[int]:
    """The years kept of one capture a year from 2001 on, with these digests."""
    captures = [candidate(2001 + place, digest) for place, digest in enumerate(digests)]
    return [one.year for one in worth_having(captures, limit)]


@pytest.mark.parametrize(
    ("digests", "years"),
    [
        ("", []),
        ("A", [2001]),
        ("AA", [2001, 2002]),
        ("AAAA", [2001, 2004]),
        ("AABBB", [2001, 2002, 2003, 2005]),
        # The text came back: between its first and its last capture there was another.
        ("ABA", [2001, 2002, 2003]),
        ("ABACA", [2001, 2002, 2004, 2005]),
    ],
)
def test_the_first_and_the_last_of_each_digest(digests: str, years: list[int]) -> None:
    assert chosen(digests) == years


@pytest.mark.parametrize(
    ("limit", "years"),
    [
        (1, [2007]),
        (2, [2001, 2007]),
        (3, [2001, 2004, 2007]),
        (4, [2001, 2003, 2005, 2007]),
        (7, [2001, 2002, 2003, 2004, 2005, 2006, 2007]),
    ],
)
def test_of_too_many_the_first_the_last_and_others_evenly_between(limit: int, years: list[int]) -> None:
    assert chosen("ABCDEFG", limit) == years


@given(st.text("ABCD", max_size=30), st.integers(1, 8))
def test_never_more_than_the_limit_and_always_both_ends(digests: str, limit: int) -> None:
    years = chosen(digests, limit)
    assert len(years) <= limit
    assert years == sorted(set(years))
    if digests:
        assert years[-1] == 2000 + len(digests)
        assert limit == 1 or years[0] == 2001


def test_captures_without_a_digest_may_all_differ() -> None:
    captures = [candidate(year, "") for year in (2001, 2002, 2003)]
    assert [one.year for one in worth_having(captures, 9)] == [2001, 2002, 2003]


def test_one_answer_under_two_hosts_in_the_same_second_is_fetched_once() -> None:
    captures = [candidate(2001, "A", host=host) for host in ("www.fmprc.gov.cn", "www.mfa.gov.cn")]
    assert [one.host for one in worth_having(captures, 9)] == ["www.fmprc.gov.cn"]


@pytest.mark.parametrize(
    ("status", "mime", "expected"),
    [
        (200, "text/html", True),
        (200, "application/xhtml+xml", True),
        (200, "unk", True),
        (None, "", True),
        (302, "text/html", False),
        (404, "text/html", False),
        (200, "image/jpeg", False),
        (200, "warc/revisit", False),
        (None, "warc/revisit", False),
    ],
)
def test_what_may_be_a_page(status: int | None, mime: str, expected: bool) -> None:
    assert is_page(Row("http://news.example/", "20150101000000", mime, status, "A")) is expected


def test_the_time_of_a_candidate() -> None:
    assert candidate(2015, "A").date_retrieved == "2015-01-02T03:04:05Z"
    assert candidate(2015, "A").year == 2015


def test_the_plan_counts_by_host_year_and_generation() -> None:
    plan = Plan(
        "wayback", [candidate(2015, "A"), candidate(2015, "B"), candidate(2016, "C", "mfa:t2", "www.mfa.gov.cn")]
    )
    assert plan.as_dict() == {
        "archive": "wayback",
        "is_complete": True,
        "captures": 3,
        "documents": 2,
        "counts": [
            {"host": "www.fmprc.gov.cn", "year": 2015, "generation": "EN 2014", "captures": 2},
            {"host": "www.mfa.gov.cn", "year": 2016, "generation": "EN 2014", "captures": 1},
        ],
    }


def test_the_table_of_a_plan() -> None:
    console = Console(width=100)
    with console.capture() as captured:
        console.print(Plan("wayback", [candidate(2015, "A")], is_complete=False).table())
    shown = captured.get()
    assert "Captures to fetch from wayback" in shown
    assert "1 documents" in shown
    assert "there will be more" in shown

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.schedule import Schedule, later, now

START = "2024-02-28T06:00:00Z"
EXACT = Schedule(jitter=0)
INSTANT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


def days_between(first: str, second: str) -> float:
    return (datetime.fromisoformat(second) - datetime.fromisoformat(first)).total_seconds() / 86400


def pauses(schedule: Schedule, document_id: str = "mfa:t1", visits: int = 7) -> list[float]:
    return [days_between(START, schedule.next_visit(document_id, unchanged, START)) for unchanged in range(visits)]


def test_the_pauses_grow_and_the_last_one_stays() -> None:
    assert pauses(EXACT) == [1, 3, 7, 30, 91, 91, 91]


def test_pauses_of_ones_own() -> None:
    assert pauses(Schedule(intervals=(0.5, 2), jitter=0), visits=4) == [0.5, 2, 2, 2]


@pytest.mark.parametrize("document_id", ["mfa:t1", "mfa:t2", "missions:no/t3"])
def test_with_jitter_they_grow_too(document_id: str) -> None:
    growing = pauses(Schedule(), document_id, visits=5)
    assert growing == sorted(growing)
    assert len(set(growing)) == 5


@given(st.integers(0, 10_000), st.integers(0, 20), st.sampled_from([0.0, 0.1, 0.2, 0.9]))
def test_jitter_stays_within_its_share(number: int, unchanged: int, jitter: float) -> None:
    schedule = Schedule(jitter=jitter)
    document_id = f"mfa:t{number}"
    pause = days_between(START, schedule.next_visit(document_id, unchanged, START))
    exact = days_between(START, EXACT.next_visit(document_id, unchanged, START))
    second = 1 / 86400
    assert exact * (1 - jitter) - second <= pause <= exact * (1 + jitter) + second
    assert pause <= schedule.longest


def test_jitter_spreads_what_was_published_together() -> None:
    hundred = [days_between(START, Schedule().next_visit(f"mfa:t{number}", 2, START)) for number in range(100)]
    assert len(set(hundred)) > 90
    assert min(hundred) < 6  # of 5.6 to 8.4 days
    assert max(hundred) > 8


def test_the_same_visits_give_the_same_schedule() -> None:
    assert pauses(Schedule()) == pauses(Schedule())
    # On any machine: the CRC-32 of `mfa:t1 0` is at 0.61 of its range, so the day is longer by 0.044.
    assert Schedule().next_visit("mfa:t1", 0, START) == "2024-02-29T07:03:30Z"


@pytest.mark.parametrize(
    "wrong",
    [
        {"intervals": ()},
        {"intervals": (1, -1)},
        {"intervals": (1, math.nan)},
        {"intervals": (math.inf,)},
        {"intervals": (1, 36526)},
        {"jitter": -0.1},
        {"jitter": 1.0},
        {"jitter": math.nan},
        {"confirmed_after": -1.0},
        {"confirmed_after": math.nan},
        {"confirmed_after": math.inf},
    ],
)
def test_what_is_no_schedule(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"number of days|numbers of days|share below 1"):
        Schedule(**wrong)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (0, START),
        (1, "2024-02-29T06:00:00Z"),
        (2, "2024-03-01T06:00:00Z"),
        (0.5, "2024-02-28T18:00:00Z"),
        (-1, "2024-02-27T06:00:00Z"),
    ],
)
def test_later_counts_days_of_the_calendar(days: float, expected: str) -> None:
    assert later(START, days) == expected


def test_a_removal_is_confirmed_a_day_later() -> None:
    assert not EXACT.is_confirmed(START, START)
    assert not EXACT.is_confirmed(START, "2024-02-29T05:59:59Z")
    assert EXACT.is_confirmed(START, "2024-02-29T06:00:00Z")


def test_never_by_the_same_visit() -> None:
    at_once = Schedule(confirmed_after=0)
    assert not at_once.is_confirmed(START, START)
    assert at_once.is_confirmed(START, "2024-02-28T06:00:01Z")


def test_now_is_written_as_an_article_writes_it() -> None:
    written = now()
    assert re.fullmatch(INSTANT, written)
    assert abs((datetime.now(UTC) - datetime.fromisoformat(written)).total_seconds()) < 60

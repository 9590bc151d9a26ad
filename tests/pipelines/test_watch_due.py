"""Which documents are to be visited, and in which order."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from pipelines.schedule import later
from pipelines.watch import Watch
from tests.pipelines.test_watch import START, on, opened


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    yield connection
    connection.close()


def meet(watch: Watch, **days: float) -> None:
    """Documents first met so many days after the start, so each is due a day later."""
    for name, day in days.items():
        assert watch.seen(f"mfa:{name}", "mfa", on(day, f"http://www.example.cn/{name}.htm"), changed=False) is None


def due(watch: Watch, day: float, limit: int, first: tuple[str, ...] = ()) -> list[str]:
    found = watch.due("mfa", later(START, day), limit, [f"mfa:{name}" for name in first])
    return [document.removeprefix("mfa:") for document in found]


@pytest.fixture
def six(connection: sqlite3.Connection) -> Watch:
    """`a` to `f`, due on day 1 to 6."""
    watch = opened(connection)
    meet(watch, a=0, b=1, c=2, d=3, e=4, f=5)
    return watch


def test_nothing_is_due_before_its_time(six: Watch) -> None:
    assert due(six, 4.75, 10) == ["d", "c", "b", "a"]
    assert due(six, 5, 10) == ["e", "d", "c", "b", "a"]
    assert due(six, 5.75, 10) == ["e", "d", "c", "b", "a"]


def test_half_of_the_latest_half_of_the_earliest(six: Watch) -> None:
    assert due(six, 10, 4) == ["f", "e", "a", "b"]
    assert due(six, 10, 3) == ["f", "e", "a"]
    assert due(six, 10, 1) == ["f"]


def test_never_more_than_the_limit_and_never_twice(six: Watch) -> None:
    for limit in range(8):
        found = due(six, 10, limit)
        assert len(found) == min(limit, 6)
        assert len(set(found)) == len(found)


def test_what_is_missing_comes_first(six: Watch) -> None:
    for name in "bd":
        six.absent(f"mfa:{name}", "not-found", on(6))
    assert due(six, 6.5, 10) == ["f", "e", "c", "a"]  # not yet
    assert due(six, 7, 3) == ["b", "d", "f"]
    assert due(six, 7, 2) == ["b", "d"]
    assert due(six, 7, 1) == ["b"]


def test_what_is_gone_waits_among_the_others(six: Watch) -> None:
    for day in (6, 7):
        six.absent("mfa:b", "not-found", on(day))
    assert due(six, 8, 2) == ["b", "a"]
    assert due(six, 8, 1) == ["b"]  # due on day 8: the latest


def test_some_can_be_wanted_first(six: Watch) -> None:
    assert due(six, 10, 3, first=("d", "c")) == ["c", "d", "f"]
    assert due(six, 10, 1, first=("d", "c")) == ["c"]
    assert due(six, 5, 10, first=("f",)) == ["e", "d", "c", "b", "a"]  # not due is not due
    six.hasten(["mfa:f", "mfa:a"], later(START, 5))
    assert due(six, 5, 10, first=("f",)) == ["f", "e", "d", "c", "b", "a"]
    assert due(six, 5, 10, first=("x",)) == ["e", "f", "d", "c", "b", "a"]  # never met


def test_wanted_first_and_missing_is_asked_once(six: Watch) -> None:
    six.absent("mfa:b", "not-found", on(6))
    assert due(six, 7, 4, first=("b",)) == ["b", "f", "a", "c"]


def test_what_cannot_be_visited_waits_for_the_longest_pause(six: Watch) -> None:
    six.postpone("mfa:a", later(START, 1))
    assert "a" not in due(six, 91.75, 10)
    assert "a" in due(six, 92, 10)


def test_another_source_is_not_asked_for(six: Watch) -> None:
    six.seen("ecns:x", "ecns", on(0), changed=False)
    assert six.due("ecns", later(START, 10), 10) == ["ecns:x"]
    assert "ecns:x" not in six.due("mfa", later(START, 10), 10)


def test_documents_are_counted_by_source_and_state(six: Watch) -> None:
    six.seen("ecns:x", "ecns", on(0), changed=False)
    for name in "abc":
        six.absent(f"mfa:{name}", "not-found", on(6))
    six.absent("mfa:a", "not-found", on(7))
    assert six.counts() == {"ecns": {"live": 1}, "mfa": {"live": 3, "missing": 2, "gone": 1}}

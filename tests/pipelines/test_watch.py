"""What visits tell of a document, visit by visit."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from crawler.items import Capture
from pipelines.rows import State, StateChange
from pipelines.schedule import Schedule, later
from pipelines.watch import WATCH, Sight, Watch, Watched

START = "2022-10-28T06:00:00Z"
EXACT = Schedule(jitter=0)
URL = "http://www.example.cn/eng/t1.htm"
ELSEWHERE = "http://www.example.cn/eng/archive/t1.htm"


def on(day: float, url: str = URL) -> Sight:
    """A visit so many days after the first."""
    return Sight(later(START, day), url, Capture(file=f"day-{day}.warc.gz"))


def opened(connection: sqlite3.Connection, schedule: Schedule = EXACT) -> Watch:
    for statement in WATCH:
        connection.execute(statement)
    return Watch(lambda statement, *parameters: connection.execute(statement, parameters).fetchall(), schedule)


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    yield connection
    connection.close()


@pytest.fixture
def watch(connection: sqlite3.Connection) -> Watch:
    """A watch that knows `mfa:t1`, first met on day 0."""
    watch = opened(connection)
    assert seen(watch, 0) is None
    return watch


def seen(watch: Watch, day: float, document_id: str = "mfa:t1", *, changed: bool = False) -> StateChange | None:
    return watch.seen(document_id, "mfa", on(day), changed=changed)


def absent(watch: Watch, day: float, reason: str = "not-found") -> StateChange | None:
    return watch.absent("mfa:t1", reason, on(day))


def moved(watch: Watch, day: float, to_document: str | None = "mfa:t2", to_url: str = ELSEWHERE) -> StateChange | None:
    return watch.moved("mfa:t1", "redirected", on(day), to_url, to_document)


def standing(watch: Watch, document_id: str = "mfa:t1") -> Watched:
    watched = watch.of(document_id)
    assert watched is not None
    return watched


def step(change: StateChange | None) -> tuple[State, State]:
    """From which state to which."""
    assert change is not None
    return change.previous, change.state


def due_after(watch: Watch) -> float:
    """In how many days from the last visit the document is due."""
    watched = standing(watch)
    return next(days / 4 for days in range(1000) if later(watched.visited, days / 4) >= watched.due)


def test_a_document_never_met() -> None:
    connection = sqlite3.connect(":memory:")
    watch = opened(connection)
    assert watch.of("mfa:t1") is None
    assert not watch.is_absent("mfa:t1")
    with pytest.raises(KeyError, match="mfa:t1 was never met"):
        absent(watch, 0)
    connection.close()


def test_a_document_met_first_is_live(watch: Watch) -> None:
    assert standing(watch) == Watched(
        document="mfa:t1",
        source="mfa",
        url=URL,
        state=State.LIVE,
        since=START,
        seen=START,
        visited=START,
        unchanged=0,
        due=later(START, 1),
        moved_to=None,
        unsettled=0,
    )


def test_found_unchanged_it_is_visited_ever_more_rarely(watch: Watch) -> None:
    pauses = [due_after(watch)]
    for day in (1, 4, 11, 41, 132):
        assert seen(watch, day) is None
        pauses.append(due_after(watch))
    assert pauses == [1, 3, 7, 30, 91, 91]
    assert (standing(watch).state, standing(watch).since, standing(watch).seen) == (
        State.LIVE,
        START,
        later(START, 132),
    )


def test_a_changed_text_is_visited_soon_again(watch: Watch) -> None:
    for day in (1, 4, 11):
        seen(watch, day)
    assert seen(watch, 41, changed=True) is None
    assert (standing(watch).unchanged, due_after(watch)) == (0, 1)


# absence


def test_missing_then_gone_then_returned(watch: Watch) -> None:
    seen(watch, 1)
    assert absent(watch, 4, "soft-404") == StateChange(
        document="mfa:t1",
        source="mfa",
        state=State.MISSING,
        previous=State.LIVE,
        date=later(START, 4),
        reason="soft-404",
        url=URL,
        last_seen=later(START, 1),
        capture=Capture(file="day-4.warc.gz"),
    )
    gone = absent(watch, 5)
    assert step(gone) == (State.MISSING, State.GONE)
    assert gone is not None
    assert (gone.reason, gone.date, gone.last_seen) == ("not-found", later(START, 5), later(START, 1))
    assert watch.is_absent("mfa:t1")
    returned = seen(watch, 9)
    assert step(returned) == (State.GONE, State.RETURNED)
    assert returned is not None
    assert (returned.reason, returned.last_seen) == (None, later(START, 1))
    assert not watch.is_absent("mfa:t1")
    assert standing(watch).seen == later(START, 9)


def test_missing_then_returned(watch: Watch) -> None:
    assert step(absent(watch, 1)) == (State.LIVE, State.MISSING)
    assert step(seen(watch, 1.5)) == (State.MISSING, State.RETURNED)
    assert due_after(watch) == 1  # what came back may go again
    assert seen(watch, 2.5) is None
    assert (standing(watch).state, due_after(watch)) == (State.RETURNED, 3)


def test_missing_again_after_it_returned_is_confirmed_anew(watch: Watch) -> None:
    absent(watch, 1)
    seen(watch, 1.5)
    assert step(absent(watch, 2.5)) == (State.RETURNED, State.MISSING)
    assert absent(watch, 3) is None
    assert step(absent(watch, 3.5)) == (State.MISSING, State.GONE)


def test_gone_is_not_confirmed_within_a_day(watch: Watch) -> None:
    absent(watch, 1)
    assert due_after(watch) == 1
    assert absent(watch, 1.5) is None
    assert absent(watch, 1.75) is None
    assert (standing(watch).state, standing(watch).since) == (State.MISSING, later(START, 1))
    assert due_after(watch) == 0.25  # a day after the first time
    assert step(absent(watch, 2)) == (State.MISSING, State.GONE)


def test_another_pause_until_it_is_confirmed(connection: sqlite3.Connection) -> None:
    watch = opened(connection, Schedule(jitter=0, confirmed_after=2.5))
    seen(watch, 0)
    absent(watch, 1)
    assert due_after(watch) == 2.5
    assert absent(watch, 3) is None
    assert step(absent(watch, 3.5)) == (State.MISSING, State.GONE)


def test_what_is_gone_is_visited_ever_more_rarely(watch: Watch) -> None:
    absent(watch, 1)
    pauses = []
    for day in (2, 3, 6, 13):
        absent(watch, day)
        pauses.append(due_after(watch))
    assert pauses == [1, 3, 7, 30]
    assert (standing(watch).state, standing(watch).since, standing(watch).seen) == (State.GONE, later(START, 2), START)


def test_a_visit_that_says_nothing_changes_no_state(watch: Watch) -> None:
    before = standing(watch)
    pauses = []
    for _ in range(4):
        watch.unsettled("mfa:t1", later(START, 3))
        pauses.append(standing(watch).due)
    assert pauses == [later(START, 3 + days) for days in (1, 3, 7, 30)]
    after = standing(watch)
    assert (after.state, after.seen, after.visited, after.unchanged) == (
        before.state,
        before.seen,
        before.visited,
        before.unchanged,
    )
    seen(watch, 40)
    watch.unsettled("mfa:t1", later(START, 43))
    assert standing(watch).due == later(START, 44)  # the next such row of visits begins anew


def test_a_visit_that_says_nothing_confirms_nothing(watch: Watch) -> None:
    absent(watch, 1)
    watch.unsettled("mfa:t1", later(START, 2))
    assert standing(watch).state == State.MISSING
    assert standing(watch).due == later(START, 3)
    assert step(absent(watch, 3)) == (State.MISSING, State.GONE)


# moves


def test_moved_to_another_document_and_back(watch: Watch) -> None:
    assert moved(watch, 1) == StateChange(
        document="mfa:t1",
        source="mfa",
        state=State.MOVED,
        previous=State.LIVE,
        date=later(START, 1),
        reason="redirected",
        url=URL,
        moved_to=ELSEWHERE,
        moved_to_document="mfa:t2",
        last_seen=START,
        capture=Capture(file="day-1.warc.gz"),
    )
    assert (standing(watch).url, standing(watch).moved_to, standing(watch).seen) == (URL, "mfa:t2", START)
    assert moved(watch, 4) is None  # still there
    assert moved(watch, 11, "mfa:t3") is not None
    assert step(seen(watch, 12)) == (State.MOVED, State.RETURNED)
    assert standing(watch).moved_to is None
    assert due_after(watch) == 1


def test_what_has_moved_is_not_missing_where_it_was(watch: Watch) -> None:
    moved(watch, 1)
    assert absent(watch, 4) is None
    assert absent(watch, 11) is None
    assert (standing(watch).state, standing(watch).moved_to) == (State.MOVED, "mfa:t2")


@pytest.mark.parametrize(("days", "state"), [((1,), State.MISSING), ((1, 2), State.GONE)])
def test_what_had_disappeared_is_found_elsewhere(watch: Watch, days: tuple[float, ...], state: State) -> None:
    for day in days:
        absent(watch, day)
    assert step(moved(watch, 5)) == (state, State.MOVED)
    assert not watch.is_absent("mfa:t1")


def test_moved_under_another_url_of_its_own_then_missing(watch: Watch) -> None:
    change = moved(watch, 1, to_document=None)
    assert step(change) == (State.LIVE, State.MOVED)
    assert change is not None
    assert (change.url, change.moved_to, change.moved_to_document) == (URL, ELSEWHERE, None)
    assert (standing(watch).url, standing(watch).seen) == (ELSEWHERE, later(START, 1))  # visited there from now on
    assert watch.seen("mfa:t1", "mfa", on(4, ELSEWHERE), changed=False) is None
    assert step(absent(watch, 5)) == (State.MOVED, State.MISSING)
    assert step(absent(watch, 6)) == (State.MISSING, State.GONE)
    assert standing(watch).url == ELSEWHERE


def test_moved_twice_under_urls_of_its_own(watch: Watch) -> None:
    moved(watch, 1, to_document=None)
    assert moved(watch, 2, to_document=None) is None
    assert step(moved(watch, 4, to_document=None, to_url=URL)) == (State.MOVED, State.MOVED)
    assert standing(watch).url == URL


def test_a_document_that_only_a_mirror_has_shown(connection: sqlite3.Connection) -> None:
    watch = opened(connection)
    watch.expect("mfa:t1", "mfa", on(0))
    assert (standing(watch).state, standing(watch).seen, due_after(watch)) == (State.LIVE, "", 1)
    change = absent(watch, 1)
    assert step(change) == (State.LIVE, State.MISSING)
    assert change is not None
    assert change.last_seen is None
    watch.expect("mfa:t1", "mfa", on(2))  # once known, a mirror says nothing
    assert step(absent(watch, 2)) == (State.MISSING, State.GONE)
    assert step(seen(watch, 3)) == (State.GONE, State.RETURNED)


# dates


def test_a_visit_of_an_earlier_date_says_nothing(watch: Watch) -> None:
    seen(watch, 4)
    before = standing(watch)
    assert seen(watch, 3, changed=True) is None
    assert absent(watch, 3) is None
    assert moved(watch, 3) is None
    assert standing(watch) == before


def test_the_same_visit_again_says_nothing(watch: Watch) -> None:
    seen(watch, 4)
    before = standing(watch)
    assert seen(watch, 4) is None
    assert standing(watch) == before
    absent(watch, 5)
    assert absent(watch, 5) is None
    assert seen(watch, 5) is None
    assert standing(watch).state == State.MISSING


def test_an_older_page_does_not_bring_back_what_is_gone(watch: Watch) -> None:
    absent(watch, 4)
    absent(watch, 6)
    assert seen(watch, 3) is None
    assert seen(watch, 5) is None
    assert standing(watch).state == State.GONE


AHEAD = 400_000  # days: the clock that stood in the year 3117


def test_after_a_clock_that_was_ahead_the_document_is_due_and_a_visit_counts(watch: Watch) -> None:
    watch.seen("mfa:t1", "mfa", on(AHEAD), changed=False)
    assert watch.due("mfa", later(START, 2), 10) == ["mfa:t1"]
    assert seen(watch, 2) is None
    assert (standing(watch).visited, standing(watch).seen) == (later(START, 2), later(START, 2))
    assert watch.due("mfa", later(START, 2), 10) == []


def test_after_a_clock_that_was_ahead_an_absence_is_confirmed_by_visits_of_today(watch: Watch) -> None:
    absent(watch, AHEAD)
    assert absent(watch, 2) is None
    assert (standing(watch).state, standing(watch).since, standing(watch).due) == (
        State.MISSING,
        later(START, 2),
        later(START, 3),
    )
    assert step(absent(watch, 3)) == (State.MISSING, State.GONE)

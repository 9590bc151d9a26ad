"""Documents visited in any order keep to what may be said of them."""

from __future__ import annotations

import sqlite3

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from pipelines.rows import State, StateChange
from pipelines.schedule import Schedule, later
from pipelines.watch import ABSENT, Sight
from tests.pipelines.test_watch import ELSEWHERE, START, on, opened, standing

NAMES = st.sampled_from(["mfa:t1", "mfa:t2"])
#: Days since the last step; back in time as well, as when an old archive is replayed.
PAUSES = st.sampled_from([-3.0, -0.25, 0.0, 0.25, 0.75, 1.0, 1.25, 5.0, 40.0])


class Visited(RuleBasedStateMachine):
    """Documents visited in any order, beside the plainest model of what may be said of them."""

    def __init__(self) -> None:
        super().__init__()
        self.connection = sqlite3.connect(":memory:")
        self.watch = opened(self.connection, Schedule())
        self.day = 10.0
        self.rows: dict[str, list[StateChange]] = {"mfa:t1": [], "mfa:t2": []}
        #: When a visit last said something, and since when all visits say that there is nothing.
        self.last = dict.fromkeys(self.rows, later(START, self.day))
        self.away_since: dict[str, str | None] = dict.fromkeys(self.rows)
        for document in self.rows:
            assert self.watch.seen(document, "mfa", on(self.day), changed=False) is None

    def teardown(self) -> None:
        self.connection.close()

    def sight(self, pause: float) -> Sight:
        self.day = max(0, self.day + pause)
        return on(self.day)

    def note(self, document: str, change: StateChange | None, date: str) -> None:
        self.last[document] = date
        if change is not None:
            assert change.date == date
            self.rows[document].append(change)

    @rule(document=NAMES, pause=PAUSES, changed=st.booleans())
    def found(self, document: str, pause: float, changed: bool) -> None:
        sight = self.sight(pause)
        change = self.watch.seen(document, "mfa", sight, changed=changed)
        if sight.date <= self.last[document]:
            assert change is None
            return
        self.note(document, change, sight.date)
        self.away_since[document] = None
        assert standing(self.watch, document).state not in ABSENT
        assert standing(self.watch, document).moved_to is None

    @rule(document=NAMES, pause=PAUSES)
    def not_found(self, document: str, pause: float) -> None:
        sight = self.sight(pause)
        change = self.watch.absent(document, "not-found", sight)
        if sight.date < self.last[document]:
            assert change is None
            return
        self.note(document, change, sight.date)
        since = self.away_since[document] = self.away_since[document] or sight.date
        standing_now = standing(self.watch, document)
        if standing_now.moved_to is None:
            assert (standing_now.state == State.GONE) == (sight.date >= later(since, 1))

    @rule(document=NAMES, pause=PAUSES, to=st.sampled_from([None, "mfa:t8", "mfa:t9"]))
    def found_elsewhere(self, document: str, pause: float, to: str | None) -> None:
        sight = self.sight(pause)
        change = self.watch.moved(document, "redirected", sight, ELSEWHERE, to)
        if sight.date < self.last[document]:
            assert change is None
            return
        self.note(document, change, sight.date)
        self.away_since[document] = None
        assert standing(self.watch, document).state == State.MOVED

    @rule(document=NAMES, pause=PAUSES)
    def nothing_said(self, document: str, pause: float) -> None:
        before = standing(self.watch, document)
        self.watch.unsettled(document, max(self.sight(pause).date, before.visited))
        after = standing(self.watch, document)
        assert (before.state, before.since, before.visited) == (after.state, after.since, after.visited)

    @invariant()
    def every_row_begins_where_the_last_one_ended(self) -> None:
        for document, changes in self.rows.items():
            states = [State.LIVE, *(change.state for change in changes)]
            assert [change.previous for change in changes] == states[:-1]
            assert standing(self.watch, document).state == states[-1]
            dates = [change.date for change in changes]
            assert dates == sorted(dates)
            for change in changes:
                assert change.state != change.previous or change.state == State.MOVED
                assert change.state != State.LIVE
                assert change.state != State.GONE or change.previous == State.MISSING
                assert change.last_seen is not None
                assert change.last_seen <= change.date

    @invariant()
    def the_dates_are_in_order(self) -> None:
        for document in self.rows:
            watched = standing(self.watch, document)
            assert watched.seen <= watched.visited == self.last[document]
            assert watched.since <= watched.visited
            assert watched.due >= watched.since
            if watched.state in ABSENT:
                assert watched.moved_to is None

    @invariant()
    def what_is_due_fits_the_limit(self) -> None:
        for limit in (0, 1, 5):
            found = self.watch.due("mfa", later(START, self.day + 200), limit)
            assert len(found) == min(limit, 2)


Visited.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
test_any_sequence_of_visits = Visited.TestCase

"""Whether documents are still where they were, and when to look again.

Only a visit that says something counts: the page, or that there is none. A refusal, a time-out, an error of the server
or of the network says nothing about the document; it is visited again the next day.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from crawler.items import Article, Capture
from pipelines.rows import State, StateChange
from pipelines.schedule import Schedule, later, now

WATCH = (
    # `since` is when the state began, `seen` when the document was last found (empty for never), `visited` when a visit
    # last said something, `unchanged` how many visits in a row found the same text, `due` when to look again,
    # `moved_to` the other document that has its text now, `unsettled` how many visits in a row said nothing.
    """
    CREATE TABLE watched (
        document TEXT PRIMARY KEY REFERENCES documents (id),
        source TEXT NOT NULL,
        url TEXT NOT NULL,
        state TEXT NOT NULL,
        since TEXT NOT NULL,
        seen TEXT NOT NULL,
        visited TEXT NOT NULL,
        unchanged INTEGER NOT NULL,
        due TEXT NOT NULL,
        moved_to TEXT,
        unsettled INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
    "CREATE INDEX watched_by_due ON watched (source, due)",
    "CREATE INDEX watched_by_state ON watched (source, state)",
)

#: States of a document that is not where it was.
ABSENT = frozenset((State.MISSING, State.GONE))

#: Runs a statement with its parameters and gives all its rows.
Query = Callable[..., list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Watched:
    """A document as it stands. All instants are UTC."""

    document: str
    source: str
    url: str
    state: State
    since: str
    seen: str
    visited: str
    unchanged: int
    due: str
    moved_to: str | None
    unsettled: int

    @property
    def is_away(self) -> bool:
        """Whether nothing was found under its URL the last time."""
        return self.state in ABSENT or self.moved_to is not None


@dataclass(frozen=True, slots=True)
class Sight:
    """What one visit met: when, under which URL, with which capture for evidence."""

    date: str
    url: str
    capture: Capture | None = None


def is_visit(article: Article) -> bool:
    """Whether an Article was read from our own visit to its origin: neither from a mirror nor from a web archive."""
    return article.mirror_of is None and (article.capture is None or article.capture.archive is None)


class Watch:
    """The tables of visits in an open database. Errors are those of its `query`.

    What changes a state returns the StateChange, else null; to write it down is the caller's. A visit of an earlier
    date than the last one that said something says nothing.
    """

    def __init__(self, query: Query, schedule: Schedule) -> None:
        self._query = query
        self._schedule = schedule

    # --- reading

    def of(self, document_id: str) -> Watched | None:
        """How a document stands; null for one that was never met at its origin or any mirror."""
        rows = self._query("SELECT * FROM watched WHERE document = ?", document_id)
        if not rows:
            return None
        document, source, url, state, *rest = rows[0]
        return Watched(document, source, url, State(state), *rest)

    def is_absent(self, document_id: str) -> bool:
        """Whether the document is missing or gone."""
        watched = self.of(document_id)
        return watched is not None and watched.state in ABSENT

    def due(self, source: str, at: str, limit: int, first: Collection[str] = ()) -> list[str]:
        """Documents to visit at `at`, at most `limit`: `first` as far as they are due, those whose removal waits to be
        confirmed, then half of the rest from the latest due (young texts change most), half from the earliest (no text
        is to wait for ever).

        Where the clock was once ahead, visits lie in the future: those documents are due as well.
        """
        is_due = "source = ?1 AND (due <= ?2 OR visited > ?3)"
        bound = (source, at, later(at, 1))
        missing = self._query(
            f"SELECT document FROM watched WHERE {is_due} AND state = 'missing' ORDER BY due, document LIMIT ?4",
            *bound,
            limit,
        )
        hurried = [document for document in sorted(first) if (watched := self.of(document)) and watched.due <= at]
        rest = max(0, limit - len(hurried) - len(missing))
        others = f"SELECT document FROM watched WHERE {is_due} AND state != 'missing'"
        latest = self._query(f"{others} ORDER BY due DESC, document LIMIT ?4", *bound, rest - rest // 2)
        earliest = self._query(f"{others} ORDER BY due, document LIMIT ?4", *bound, limit)
        found = (*hurried, *(document for (document,) in (*missing, *latest, *earliest)))
        return list(dict.fromkeys(found))[:limit]

    def all(self, source: str) -> list[str]:
        """Every document of a source, those whose turn is next first."""
        rows = self._query("SELECT document FROM watched WHERE source = ? ORDER BY due, document", source)
        return [document for (document,) in rows]

    def counts(self) -> dict[str, dict[str, int]]:
        """How many documents of each source are in each state."""
        found: dict[str, dict[str, int]] = {}
        for source, state, count in self._query("SELECT source, state, count(*) FROM watched GROUP BY 1, 2"):
            found.setdefault(source, {})[state] = count
        return found

    # --- visits

    def shown(self, article: Article, *, changed: bool) -> StateChange | None:
        """A capture has shown the document, with a text that is new or not. What a mirror or a web archive shows is no
        visit: it changes no state and puts no visit off; a text that is new to us is a reason to look soon."""
        date = article.date_retrieved or now()
        if is_visit(article):
            return self.seen(article.id, article.source, Sight(date, article.url, article.capture), changed=changed)
        self.expect(article.id, article.source, Sight(date, article.canonical_url))
        if changed and article.mirror_of is None and date > self._known(article.id).visited:
            self.hasten([article.id], date)
        return None

    def seen(self, document_id: str, source: str, sight: Sight, *, changed: bool) -> StateChange | None:
        """The document was found, with a text that is new or not. The same visit again is no second one."""
        watched = self.of(document_id)
        if watched is None:
            self._query(
                "INSERT INTO watched VALUES (?1, ?2, ?3, 'live', ?4, ?4, ?4, 0, ?5, NULL, 0)",
                document_id,
                source,
                sight.url,
                sight.date,
                self._schedule.next_visit(document_id, 0, sight.date),
            )
            return None
        if not watched.seen and watched.state == State.LIVE:
            self._begin(watched, sight)
            return None
        if sight.date == watched.visited or _is_old(sight, watched):
            self._query(
                "UPDATE watched SET since = min(since, ?2) WHERE document = ?1 AND state = 'live'",
                document_id,
                sight.date,
            )
            return None
        unchanged = 0 if changed or watched.is_away else watched.unchanged + 1
        due = self._schedule.next_visit(document_id, unchanged, sight.date)
        self._query(
            "UPDATE watched SET seen = ?2, visited = ?2, unchanged = ?3, due = ?4, moved_to = NULL, unsettled = 0"
            " WHERE document = ?1",
            document_id,
            sight.date,
            unchanged,
            due,
        )
        return self._enter(watched, State.RETURNED, sight) if watched.is_away else None

    def _begin(self, watched: Watched, sight: Sight) -> None:
        """A document that should be at its origin was found there for the first time."""
        self._query(
            "UPDATE watched SET url = ?2, since = ?3, seen = ?3, visited = ?3, unchanged = 0, due = ?4, unsettled = 0"
            " WHERE document = ?1",
            watched.document,
            sight.url,
            sight.date,
            self._schedule.next_visit(watched.document, 0, sight.date),
        )

    def expect(self, document_id: str, source: str, sight: Sight) -> None:
        """The document should be at its origin, which nobody has asked: a mirror or a web archive shows it. Once its
        origin was asked, that says nothing."""
        self._query(
            "INSERT INTO watched VALUES (?1, ?2, ?3, 'live', ?4, '', ?4, 0, ?5, NULL, 0)"
            " ON CONFLICT (document) DO UPDATE SET since = min(since, excluded.since), due = min(due, excluded.due),"
            " visited = max(visited, excluded.visited) WHERE seen = '' AND state = 'live'",
            document_id,
            source,
            sight.url,
            sight.date,
            self._schedule.next_visit(document_id, 0, sight.date),
        )

    def absent(self, document_id: str, reason: str, sight: Sight) -> StateChange | None:
        """A visit was told that there is no such page. A document is gone when a second one, later, is told so too."""
        watched = self._known(document_id)
        if _is_old(sight, watched):
            return None
        state = watched.state
        if not watched.is_away:
            state = State.MISSING
        elif state == State.MISSING and self._schedule.is_confirmed(watched.since, sight.date):
            state = State.GONE
        # Until it is confirmed, the pause is the one that confirming takes; then the pauses grow anew.
        unchanged = 0 if state != watched.state else watched.unchanged + 1
        if state == State.MISSING:
            start = min(watched.since, sight.date) if watched.state == State.MISSING else sight.date
            due = max(later(start, self._schedule.confirmed_after), sight.date)
        else:
            due = self._schedule.next_visit(document_id, unchanged, sight.date)
        self._query(
            "UPDATE watched SET since = min(since, ?2), visited = ?2, unchanged = ?3, due = ?4, unsettled = 0"
            " WHERE document = ?1",
            document_id,
            sight.date,
            unchanged,
            due,
        )
        return self._enter(watched, state, sight, reason=reason) if state != watched.state else None

    def moved(
        self, document_id: str, reason: str, sight: Sight, to_url: str, to_document: str | None
    ) -> StateChange | None:
        """The document's text was found under another URL: of the document itself (`to_document` null), which is then
        visited there, or as another document, which is visited by itself."""
        watched = self._known(document_id)
        if _is_old(sight, watched):
            return None
        self._query(
            "UPDATE watched SET url = ?2, seen = ?3, visited = ?4, unchanged = unchanged + 1, due = ?5, moved_to = ?6,"
            " unsettled = 0 WHERE document = ?1",
            document_id,
            watched.url if to_document else to_url,
            watched.seen if to_document else sight.date,
            sight.date,
            self._schedule.next_visit(document_id, watched.unchanged + 1, sight.date),
            to_document,
        )
        is_there_already = (watched.moved_to, watched.url) == (None, to_url)
        is_known = to_document is not None and watched.moved_to == to_document
        if watched.state == State.MOVED and (is_there_already or is_known):
            return None
        return self._enter(watched, State.MOVED, sight, reason=reason, moved_to=to_url, moved_to_document=to_document)

    def unsettled(self, document_id: str, at: str) -> None:
        """A visit said nothing about the document: look again the next day, and later with each such visit in a row."""
        watched = self._known(document_id)
        self._query(
            "UPDATE watched SET unsettled = unsettled + 1, due = ?2 WHERE document = ?1",
            document_id,
            self._schedule.next_visit(document_id, watched.unsettled, at),
        )

    def hasten(self, documents: Iterable[str], at: str) -> None:
        """There is reason to visit these documents now."""
        for document_id in documents:
            self._query("UPDATE watched SET due = min(due, ?2) WHERE document = ?1", document_id, at)

    def postpone(self, document_id: str, at: str) -> None:
        """The document cannot be visited: look again after the longest pause."""
        self._query("UPDATE watched SET due = ?2 WHERE document = ?1", document_id, later(at, self._schedule.longest))

    def _known(self, document_id: str) -> Watched:
        watched = self.of(document_id)
        if watched is None:
            raise KeyError(f"{document_id} was never met")
        return watched

    def _enter(
        self,
        watched: Watched,
        state: State,
        sight: Sight,
        reason: str | None = None,
        moved_to: str | None = None,
        moved_to_document: str | None = None,
    ) -> StateChange:
        self._query(
            "UPDATE watched SET state = ?2, since = ?3 WHERE document = ?1", watched.document, state, sight.date
        )
        return StateChange(
            document=watched.document,
            source=watched.source,
            state=state,
            previous=watched.state,
            date=sight.date,
            reason=reason,
            url=sight.url,
            moved_to=moved_to,
            moved_to_document=moved_to_document,
            last_seen=watched.seen or None,
            capture=sight.capture,
        )


def _is_old(sight: Sight, watched: Watched) -> bool:
    """Whether a visit was before the last one; a last one that still lies in the future is the clock's mistake."""
    return sight.date < watched.visited <= later(now(), 1)

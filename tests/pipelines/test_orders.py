"""A made-up world of documents with several captures each: in whatever order they come, it ends the same."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from crawler.items import Article, Capture
from pipelines.fingerprint import text_digest
from pipelines.history import Difference, read_history
from pipelines.recorded import Recorded
from pipelines.recording import Record
from pipelines.schedule import later
from pipelines.story import read_story
from pipelines.watch import Sight, Watched
from tests.pipelines.examples import article, lines, long_text, record_all, settle

START = "2012-03-01T06:00:00Z"
A, B, C, D = (long_text(subject) for subject in ("river ferries", "mountain roads", "tea gardens", "salt lamps"))
E, F, G, H = (long_text(subject) for subject in ("stone gates", "paper kites", "copper bells", "plum orchards"))
FERRIES, BOATS, BARGES = "The Envoy on Ferries", "The Envoy on Boats", "The Envoy on Barges"
#: Long enough to be held by another, as two paragraphs of three.
WIRE = f"{long_text('winter harbours')}\n\n{long_text('glass bridges')}"
CUT = long_text("winter harbours")
MIRROR = "http://mirror.example.com"


def on(day: float) -> str:
    """The instant so many days after the first."""
    return later(START, day)


def seen(document_id: str, day: float, body: str, **fields: Any) -> Article:
    """A capture of a document on a day. Each is a record of its own; those of whole days came from a web archive."""
    name = document_id.replace(":", "-")
    capture = Capture(file=f"{name}-{day}.warc.gz", record_id=f"urn:uuid:{name}-{day}")
    if day == int(day):
        capture = capture.model_copy(update={"archive": "wayback", "timestamp": f"201203{int(day) + 1:02}060000"})
    given = {"article_body": body, "date_retrieved": on(day), "capture": capture.model_dump()} | fields
    return article(document_id, **given)


def mirrored(document_id: str, day: float, body: str, **fields: Any) -> Article:
    """The same, as a mirror shows it."""
    one = seen(document_id, day, body, **fields)
    return one.model_copy(update={"url": f"{MIRROR}/{document_id}.htm", "mirror_of": one.url})


UNDATED: dict[str, Any] = {"date_published": None, "date_precision": None, "date_origin": None}
DATED = {"date_published": "2012-02-27", "date_precision": "day", "date_origin": "page"}
WORLD = {
    # Changed, and changed back; each seen more than once.
    "mfa:t1": [seen("mfa:t1", day, text) for day, text in ((1, A), (2.5, A), (5, B), (6, B), (9, A), (12.5, A))],
    # Another headline between two, then another text under it, then again the first.
    "mfa:t2": [
        seen("mfa:t2", day, text, headline=headline)
        for day, text, headline in ((1, C, FERRIES), (3, C, BOATS), (4.5, C, BARGES), (6, C, FERRIES), (7, D, FERRIES))
    ],
    # Which of its captures tell the day is chance.
    "mfa:t3": [
        seen("mfa:t3", 1, "The lamps are lit.", **UNDATED),
        seen("mfa:t3", 2, "The lamps are lit.", **DATED),
        seen("mfa:t3", 4.5, "The lamps are lit.", **UNDATED),
    ],
    # What a mirror shows is the origin's, or is not.
    "mfa:t4": [
        mirrored("mfa:t4", 1, E),
        seen("mfa:t4", 2, E),
        mirrored("mfa:t4", 4, F),
        seen("mfa:t4", 6.5, F),
        mirrored("mfa:t4", 8, long_text("what nobody else says")),
        mirrored("mfa:t4", 9, E),
    ],
    # Nobody else has shown it.
    "mfa:t5": [mirrored("mfa:t5", day, text) for day, text in ((1, G), (3, H), (7, G))],
    # Of one text; the first was so for a while only.
    "missions:no/t6": [
        seen("missions:no/t6", 3, B, date_published="2022-10-28"),
        seen("missions:no/t6", 8, long_text("a text of its own"), date_published="2022-10-28"),
    ],
    "ecns:t7": [seen("ecns:t7", day, CUT, date_published="2022-10-29") for day in (4.5, 5)],
    "xinhua:t8": [
        seen("xinhua:t8", day, text, publisher="Xinhua", headline="Harbours Freeze")
        for day, text in ((2, WIRE), (3, f"{WIRE} It snows."))
    ],
    "shine:t9": [seen("shine:t9", 3, WIRE, source_organization="Xinhua")],
}
CAPTURES = [one for captures in WORLD.values() for one in captures]


@dataclass(frozen=True)
class View:
    """What is to be the same of one document, whatever came first; of mirrors, only where nobody else shows it."""

    captures: list[tuple[str | None, str, str | None]]
    in_force: tuple[str | None, str, str | None]
    row: tuple[Any, ...]
    state: tuple[str, str, str]
    first_seen: str | None
    changes: list[tuple[str | None, ...]]
    story: tuple[str, list[tuple[str, str | None]]]


def view(directory: Path, document_id: str) -> View:
    with Recorded(directory) as recorded:
        history, story = read_history(recorded, document_id), read_story(recorded, document_id)
        assert history is not None
        assert history.watched is not None
        assert story is not None
        documents = recorded.ledger.documents
        row = documents.document(document_id)
        assert row is not None
        captures = [
            (one.date_retrieved, documents.reading(one.text).text_digest, one.archive)
            for one in documents.captures(document_id)
            if one.from_mirror == row.from_mirror
        ]
        assert [showing.date for showing in history.captures] == sorted(
            showing.date or "" for showing in history.captures
        )
    with closing(sqlite3.connect(directory / "ledger.db")) as connection:
        columns = "headline, date_published, first_seen, last_seen, current_seen, current_from_mirror, current_headline"
        (values,) = connection.execute(f"SELECT {columns} FROM documents WHERE id = ?", (document_id,))
    told = [] if history.from_mirror else [change for one in history.of_kind("revision") for change in _change(one)]
    return View(
        captures=captures,
        in_force=(history.article.text_digest, history.article.headline, history.article.date_published),
        row=values,
        state=(history.watched.state, history.watched.since, history.watched.seen),
        first_seen=history.first_seen,
        changes=told,
        story=(story.lead.id, [(member.article.id, member.relation) for member in story.members]),
    )


def _change(difference: Difference) -> Iterator[tuple[str | None, ...]]:
    before, after = difference.before, difference.after
    assert after is not None
    if difference.line.before.mirror_of is None and difference.line.after.mirror_of is None:
        yield difference.date, before.text_digest, before.headline, after.text_digest, after.headline


def run_over(directory: Path, captures: Sequence[Article], chance: Random) -> None:
    """Runs of one source each over captures in this order; of some a first try is lost."""
    run: list[Article] = []
    for one in captures:
        if run and (run[0].source != one.source or chance.random() < 0.2):
            _run(directory, run, chance)
            run = []
        run.append(one)
    _run(directory, run, chance)


def _run(directory: Path, run: list[Article], chance: Random) -> None:
    if chance.random() < 0.3:
        record = Record(directory, run[0].source)
        record.ledger.begin()
        for one in run[: chance.randint(1, len(run))]:
            settle(record, one)
        record.abandon()
    record_all(directory, *run, source=run[0].source)


def views(directory: Path) -> dict[str, View]:
    return {document_id: view(directory, document_id) for document_id in WORLD}


@pytest.fixture(scope="module")
def in_order(tmp_path_factory: pytest.TempPathFactory) -> dict[str, View]:
    """As it would be seen by who was there all the time."""
    directory = tmp_path_factory.mktemp("in-order")
    for one in sorted(CAPTURES, key=lambda one: (one.date_retrieved, one.id)):
        record_all(directory, one, source=one.source)
    return views(directory)


@pytest.mark.parametrize("seed", range(24))
def test_any_order_in_any_split_ends_the_same(seed: int, in_order: dict[str, View], tmp_path: Path) -> None:
    chance = Random(seed)
    run_over(tmp_path, chance.sample(CAPTURES, k=len(CAPTURES)), chance)
    assert views(tmp_path) == in_order
    # What is known changes nothing, in whatever order it comes again.
    written = {path: len(lines(tmp_path, path)) for path in ("articles/mfa.jsonl", "revisions/mfa.jsonl")}
    run_over(tmp_path, chance.sample(CAPTURES, k=len(CAPTURES)), chance)
    assert {path: len(lines(tmp_path, path)) for path in written} == written
    assert views(tmp_path) == in_order


def test_what_it_ends_in(in_order: dict[str, View]) -> None:
    """As a human reads the world above."""
    changes = {name: [(change[0], change[2], change[4]) for change in one.changes] for name, one in in_order.items()}
    assert changes["mfa:t1"] == [
        (on(5), *2 * ["The Envoy on River Ferries"]),
        (on(9), *2 * ["The Envoy on River Ferries"]),
    ]
    assert changes["mfa:t2"] == [
        (on(3), FERRIES, BOATS),
        (on(4.5), BOATS, BARGES),
        (on(6), BARGES, FERRIES),
        (on(7), FERRIES, FERRIES),
    ]
    assert changes["mfa:t3"] == []
    assert [change[0] for change in in_order["mfa:t4"].changes] == [on(6.5)]
    assert {name: one.in_force[2] for name, one in in_order.items() if name in ("mfa:t1", "mfa:t3")} == {
        "mfa:t1": "2022-10-28",
        "mfa:t3": "2012-02-27",
    }
    assert (in_order["mfa:t4"].first_seen, in_order["mfa:t5"].first_seen) == (on(2), on(1))
    assert [in_order[name].story for name in ("missions:no/t6", "ecns:t7")] == [
        ("mfa:t1", [("mfa:t1", None), ("missions:no/t6", "identical")]),
        ("xinhua:t8", [("shine:t9", "near"), ("xinhua:t8", None), ("ecns:t7", "excerpt")]),
    ]
    # Archives show that documents were there; that we found them there ourselves is another thing.
    assert {name for name, one in in_order.items() if not one.state[2]} == {
        "mfa:t5",
        "missions:no/t6",
        "xinhua:t8",
        "shine:t9",
    }


# --- visits


def watched(record: Record) -> Watched:
    found = record.ledger.watch.of("mfa:t1")
    assert found is not None
    return found


#: What we met ourselves, in the order of time, and what an archive has: before, between and after.
VISITS = [(20.5, A), (22.5, None), (24.5, None), (30.5, A)]
ARCHIVED = [seen("mfa:t1", day, text) for day, text in ((1, B), (3, A), (21, A), (23, A), (26, B), (40, B))]


def visit(record: Record, day: float, body: str | None) -> None:
    if body is not None:
        settle(record, seen("mfa:t1", day, body))
    else:
        record.miss("mfa:t1", "not-found", Sight(on(day), "http://www.example.cn/eng/t1.htm"))


def visited(directory: Path, chance: Random) -> tuple[object, ...]:
    """Visits and archived captures, which come at any time in any order; how the document stands in the end."""
    archived = chance.sample(ARCHIVED, k=len(ARCHIVED))
    visits = list(VISITS)
    while visits or archived:
        record = Record(directory, "mfa")
        record.ledger.begin()
        if visits and chance.random() < len(visits) / (len(visits) + len(archived)):
            visit(record, *visits.pop(0))
            record.commit()
        else:
            before = record.ledger.watch.of("mfa:t1")
            settle(record, archived.pop())
            assert record.commit().states == []
            if before is not None:
                assert (watched(record).state, watched(record).seen) == (before.state, before.seen)
                assert watched(record).due <= before.due
        end = watched(record)
        record.finish()
    rows = [(row["state"], row["date"], row["last_seen"]) for row in lines(directory, "states/mfa.jsonl")]
    return (end.state, end.since, end.seen, end.url, rows, view(directory, "mfa:t1"))


@pytest.mark.parametrize("seed", range(8))
def test_archived_captures_change_no_state_and_put_no_visit_off(seed: int, tmp_path: Path) -> None:
    state, since, last, url, rows, ends = visited(tmp_path, Random(seed))
    assert rows == [
        ("missing", on(22.5), on(20.5)),
        ("gone", on(24.5), on(20.5)),
        ("returned", on(30.5), on(20.5)),
    ]
    assert (state, since, last) == ("returned", on(30.5), on(30.5))
    assert url == "http://www.example.cn/eng/t1.htm"
    assert isinstance(ends, View)
    assert [(change[0], change[1] == text_digest(B)) for change in ends.changes] == [
        (on(3), True),
        (on(26), False),
        (on(30.5), True),
        (on(40), False),
    ]
    assert ends.in_force[0] == text_digest(B)


def test_what_an_archive_has_shown_only_is_visited_soon_and_its_removal_is_no_alarm(tmp_path: Path) -> None:
    record_all(tmp_path, *(seen("mfa:t1", day, A) for day in (3, 1, 20, 10)))
    record = Record(tmp_path, "mfa")
    record.ledger.begin()
    assert watched(record).due < on(1 + 1.25)
    assert (watched(record).state, watched(record).since, watched(record).seen) == ("live", on(1), "")
    assert record.ledger.watch.due("mfa", on(25), 10) == ["mfa:t1"]
    visit(record, 25.5, None)
    (change,) = record.commit().states
    # The alarm counts those that were seen lately: `last_seen`.
    assert (change.state, change.last_seen) == ("missing", None)
    record.finish()


def test_a_text_that_an_archive_shows_first_is_looked_for_soon(tmp_path: Path) -> None:
    record_all(tmp_path, *(seen("mfa:t1", day, A) for day in (0.5, 1.5, 4.5, 11.5)))
    assert due(tmp_path) > on(30)
    record_all(tmp_path, seen("mfa:t1", 8, A), seen("mfa:t1", 14, A))
    assert due(tmp_path) > on(30)
    assert record_all(tmp_path, seen("mfa:t1", 10, C), seen("mfa:t1", 15, B)) == ["revision", "revision"]
    assert due(tmp_path) == on(15)


def due(directory: Path) -> str:
    with Recorded(directory) as recorded:
        found = recorded.ledger.watch.of("mfa:t1")
    assert found is not None
    return found.due

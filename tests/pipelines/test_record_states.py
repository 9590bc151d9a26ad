"""The lines of states/: what visits and texts met elsewhere tell of a document."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.items import Capture
from pipelines.recording import Record
from tests.pipelines.examples import (
    EDITED,
    EVENING,
    MORNING,
    NIGHT,
    NOON,
    STILLS,
    article,
    captured,
    lines,
    long_text,
    opened,
    record_all,
    settle,
    sight,
)

ARTICLES, REVISIONS, STATES = "articles/mfa.jsonl", "revisions/mfa.jsonl", "states/mfa.jsonl"


def states(record: Record) -> list[tuple[str, str, str, str | None]]:
    """Document, from which state, to which, and as which document it lives on, of the batch's rows; commits it."""
    changes = record.commit().states
    record.ledger.begin()
    return [(row.document, row.previous.value, row.state.value, row.moved_to_document) for row in changes]


def test_a_change_of_state_is_a_row(tmp_path: Path) -> None:
    record = opened(tmp_path)
    settle(record, article(date_retrieved=MORNING))
    record.miss("mfa:t1", "not-found", sight(NOON))
    assert record.pending == 2
    committed = record.commit()
    assert [change.state for change in committed.states] == ["missing"]
    assert committed.lines == {ARTICLES: 1, STATES: 1}
    record.finish()
    assert lines(tmp_path, STATES) == [
        {
            "document": "mfa:t1",
            "source": "mfa",
            "state": "missing",
            "previous": "live",
            "date": NOON,
            "reason": "not-found",
            "url": "http://www.example.cn/eng/t1.htm",
            "moved_to": None,
            "moved_to_document": None,
            "last_seen": MORNING,
            "capture": Capture(file="b.warc.gz", record_id="urn:uuid:9").model_dump(),
        }
    ]


def test_missing_gone_and_returned(tmp_path: Path) -> None:
    record = opened(tmp_path)
    settle(record, article(date_retrieved=MORNING))
    record.miss("mfa:t1", "not-found", sight(NOON))
    record.miss("mfa:t1", "not-found", sight(EVENING))
    record.miss("mfa:t1", "soft-404", sight("2022-10-29T12:00:00Z"))
    assert settle(record, article(date_retrieved="2022-11-05T06:00:00Z")) == "unchanged"
    assert states(record) == [
        ("mfa:t1", "live", "missing", None),
        ("mfa:t1", "missing", "gone", None),
        ("mfa:t1", "gone", "returned", None),
    ]
    record.abandon()


def test_what_returns_with_another_text_is_a_revision_too(tmp_path: Path) -> None:
    record = opened(tmp_path)
    settle(record, captured(1, STILLS, MORNING))
    record.miss("mfa:t1", "not-found", sight(NOON))
    assert settle(record, captured(2, EDITED, EVENING)) == "revision"
    assert states(record) == [("mfa:t1", "live", "missing", None), ("mfa:t1", "missing", "returned", None)]
    assert len(lines(tmp_path, REVISIONS)) == 1
    record.abandon()


def test_a_page_that_the_site_calls_unchanged_has_returned(tmp_path: Path) -> None:
    record = opened(tmp_path)
    settle(record, article(date_retrieved=MORNING))
    record.miss("mfa:t1", "not-found", sight(NOON))
    record.see_unchanged("mfa:t1", sight(EVENING))
    assert states(record) == [("mfa:t1", "live", "missing", None), ("mfa:t1", "missing", "returned", None)]
    captures = record.ledger.documents.captures("mfa:t1")
    assert [(capture.file, capture.date_retrieved) for capture in captures] == [("b.warc.gz", EVENING)]
    document = record.ledger.documents.document("mfa:t1")
    assert document is not None
    assert document.seen == EVENING
    record.abandon()


def test_a_mirror_brings_nothing_back(tmp_path: Path) -> None:
    record = opened(tmp_path)
    settle(record, article(date_retrieved=MORNING))
    record.miss("mfa:t1", "not-found", sight(NOON))
    settle(record, article(date_retrieved=EVENING, mirror_of="http://www.example.cn/eng/t1.htm"))
    assert states(record) == [("mfa:t1", "live", "missing", None)]
    record.abandon()


# moves


def test_a_page_whose_text_turned_up_later_as_another_document_has_moved(tmp_path: Path) -> None:
    record = opened(tmp_path)
    settle(record, article(date_retrieved=MORNING))
    assert settle(record, article("mfa:t2", date_retrieved=NOON)) == "identical"
    record.miss("mfa:t1", "not-found", sight(EVENING))
    record.miss("mfa:t1", "not-found", sight(NIGHT))  # told once
    record.commit()
    record.finish()
    (row,) = lines(tmp_path, STATES)
    assert (row["state"], row["previous"], row["reason"]) == ("moved", "live", "same-text")
    assert (row["moved_to"], row["moved_to_document"]) == ("http://www.example.cn/eng/t2.htm", "mfa:t2")


def test_a_page_whose_twin_is_older_is_missing(tmp_path: Path) -> None:
    """Two pages had the text; that the one is left does not mean that the other went there."""
    record = opened(tmp_path)
    settle(record, article("mfa:t2", date_retrieved=MORNING))
    settle(record, article("mfa:t1", date_retrieved=NOON))
    record.miss("mfa:t1", "not-found", sight(EVENING))
    assert states(record) == [("mfa:t1", "live", "missing", None)]
    record.abandon()


def test_a_page_seen_again_beside_its_twin_is_missing(tmp_path: Path) -> None:
    record = opened(tmp_path)
    settle(record, article("mfa:t1", date_retrieved=MORNING))
    settle(record, article("mfa:t2", date_retrieved=NOON))
    settle(record, article("mfa:t1", date_retrieved=EVENING))
    record.miss("mfa:t1", "not-found", sight(NIGHT))
    assert states(record) == [("mfa:t1", "live", "missing", None)]
    record.abandon()


def test_a_page_whose_twin_is_missing_as_well_is_missing(tmp_path: Path) -> None:
    record = opened(tmp_path)
    settle(record, article("mfa:t1", date_retrieved=MORNING))
    settle(record, article("mfa:t2", date_retrieved=NOON))
    record.miss("mfa:t2", "not-found", sight(EVENING, "t2"))
    record.miss("mfa:t1", "not-found", sight(EVENING))
    assert [row[2] for row in states(record)] == ["missing", "missing"]
    record.abandon()


def test_a_twin_of_another_source_is_a_copy_and_no_move(tmp_path: Path) -> None:
    record_all(tmp_path, article("mfa:t1", date_retrieved=MORNING))
    assert record_all(tmp_path, article("ecns:t2", date_retrieved=NOON), source="ecns") == ["identical"]
    record = opened(tmp_path)
    record.miss("mfa:t1", "not-found", sight(EVENING))
    assert states(record) == [("mfa:t1", "live", "missing", None)]
    record.abandon()
    # nor where it comes after the removal
    record_all(tmp_path, article("mfa:t3", "mountain roads", date_retrieved=MORNING))
    record = opened(tmp_path)
    record.miss("mfa:t3", "not-found", sight(NOON, "t3"))
    record.commit()
    record.finish()
    assert record_all(tmp_path, article("ecns:t4", "mountain roads", date_retrieved=EVENING), source="ecns") == [
        "identical"
    ]
    assert [(row["document"], row["state"]) for row in lines(tmp_path, STATES)] == [
        ("mfa:t1", "missing"),
        ("mfa:t3", "missing"),
    ]


@pytest.mark.parametrize(("misses", "state"), [((NOON,), "missing"), ((NOON, "2022-10-29T12:00:00Z"), "gone")])
def test_a_new_document_with_the_text_of_one_that_disappeared_makes_that_one_moved(
    misses: tuple[str, ...], state: str, tmp_path: Path
) -> None:
    record = opened(tmp_path)
    settle(record, article("mfa:t1", date_retrieved=MORNING))
    for when in misses:
        record.miss("mfa:t1", "not-found", sight(when))
    states(record)
    new = article("mfa:t2", date_retrieved="2022-10-30T06:00:00Z", capture={"file": "c.warc.gz"})
    assert settle(record, new) == "identical"
    assert states(record) == [("mfa:t1", state, "moved", "mfa:t2")]
    record.abandon()
    row = lines(tmp_path, STATES)[-1]
    assert (row["moved_to"], row["reason"]) == ("http://www.example.cn/eng/t2.htm", "same-text")
    assert row["capture"] == Capture(file="c.warc.gz").model_dump()


def test_a_new_document_with_the_text_of_one_that_is_there_moves_nothing(tmp_path: Path) -> None:
    record = opened(tmp_path)
    settle(record, article("mfa:t1", date_retrieved=MORNING))
    settle(record, article("mfa:t2", date_retrieved=NOON))
    assert states(record) == []
    record.abandon()


def test_a_page_that_was_there_before_the_removal_is_not_where_the_text_went(tmp_path: Path) -> None:
    """It is read only afterwards, from an archive."""
    record = opened(tmp_path)
    settle(record, article("mfa:t1", date_retrieved=NOON))
    record.miss("mfa:t1", "not-found", sight(EVENING))
    settle(record, article("mfa:t2", date_retrieved=MORNING))
    assert [row[2] for row in states(record)] == ["missing"]
    record.abandon()


def test_an_older_text_met_elsewhere_is_no_move(tmp_path: Path) -> None:
    """What disappeared is the edited text, and that is nowhere."""
    record = opened(tmp_path)
    old, edited = long_text("river ferries"), long_text("mountain roads")
    settle(record, captured(1, old, MORNING))
    settle(record, captured(2, edited, NOON))
    record.miss("mfa:t1", "not-found", sight(EVENING))
    states(record)
    assert settle(record, article("mfa:t2", article_body=old, date_retrieved=NIGHT)) == "identical"
    assert states(record) == []
    record.abandon()


def test_two_short_notices_with_the_same_words_are_two_notices(tmp_path: Path) -> None:
    record = opened(tmp_path)
    settle(record, article("mfa:t1", article_body=STILLS, headline="Notice of May", date_retrieved=MORNING))
    other = article("mfa:t2", article_body=STILLS, headline="Notice of October", date_retrieved=NOON)
    assert settle(record, other) == "new"
    record.miss("mfa:t1", "not-found", sight(EVENING))
    assert states(record) == [("mfa:t1", "live", "missing", None)]
    record.abandon()


def test_a_page_that_sends_its_readers_on_has_moved(tmp_path: Path) -> None:
    record = opened(tmp_path)
    settle(record, article("mfa:t1", date_retrieved=MORNING))
    record.move("mfa:t1", sight(NOON), "http://www.example.cn/eng/t2.htm", "mfa:t2")
    assert states(record) == [("mfa:t1", "live", "moved", "mfa:t2")]
    record.abandon()
    (row,) = lines(tmp_path, STATES)
    assert (row["reason"], row["moved_to"]) == ("redirected", "http://www.example.cn/eng/t2.htm")

"""Which rows an export takes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from crawler.exporting.selection import Selected, Selection
from crawler.items import Article
from pipelines.failure import LedgerError, OutputIncompleteError
from pipelines.snapshot import Snapshot
from tests.exporting.recorded import (
    DOCUMENTS,
    EARLIER,
    FORMULA,
    LAST_SECOND,
    LEAD,
    MIDNIGHT,
    PART,
    REVISED,
    SAME_DAY,
    UNDATED,
    record,
)
from tests.pipelines.examples import EVENING, NOON, article, long_text, record_all
from tests.pipelines.lives import record_life


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The record, to be read only."""
    directory = tmp_path_factory.mktemp("recorded")
    record(directory)
    return directory


def rows(directory: Path, **asked: Any) -> list[dict[str, Any]]:
    with Snapshot(directory) as snapshot:
        return [row.fields for row in Selected(directory, snapshot, Selection(**asked))]


def ids(directory: Path, **asked: Any) -> list[str]:
    return [row["id"] for row in rows(directory, **asked)]


def undated(directory: Path, **asked: Any) -> int:
    with Snapshot(directory) as snapshot:
        selected = Selected(directory, snapshot, Selection(**asked))
        assert len(list(selected)) == selected.rows
        return selected.undated


def test_every_document_once_with_its_text_in_force(recorded: Path) -> None:
    found = rows(recorded)
    assert [row["id"] for row in found] == DOCUMENTS
    (revised,) = (row for row in found if row["id"] == REVISED)
    assert (revised["revision"], revised["correction"]) == (2, 1)
    assert revised["article_body"] == f"{long_text('mountain roads')} Indeed."


def test_all_revisions_are_every_line(recorded: Path) -> None:
    found = rows(recorded, all_revisions=True)
    assert Counter(row["id"] for row in found) == Counter(DOCUMENTS) + Counter({REVISED: 2})
    assert [(row["revision"], row["correction"]) for row in found if row["id"] == REVISED] == [
        (1, None),
        (2, None),
        (2, 1),
    ]


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        ("2022-10-29", "2022-10-29", [MIDNIGHT, LAST_SECOND]),
        ("2022-10-30", "", [SAME_DAY, LEAD, PART]),
        ("", "2022-10-27", [EARLIER, FORMULA]),
        ("2022-11-01", "", []),
    ],
)
def test_days_are_included_and_the_undated_left_out(recorded: Path, since: str, until: str, found: list[str]) -> None:
    assert sorted(ids(recorded, since=since, until=until)) == sorted(found)
    assert undated(recorded, since=since, until=until) == 1


def test_without_days_nothing_is_left_out(recorded: Path) -> None:
    assert UNDATED in ids(recorded)
    assert undated(recorded) == 0
    assert undated(recorded, sources=frozenset({"xinhua"}), since="2022-01-01") == 0


def test_sources(recorded: Path) -> None:
    assert ids(recorded, sources=frozenset({"xinhua", "hk_commissioner"})) == [FORMULA, SAME_DAY]


def test_kinds(recorded: Path) -> None:
    assert ids(recorded, kinds=("articles",)) + ids(recorded, kinds=("copies",)) == DOCUMENTS
    assert ids(recorded, kinds=("copies",)) == [SAME_DAY, LEAD, PART]


@pytest.mark.parametrize(
    ("asked", "chosen"),
    [
        # The ministry leads, though a mission's copy was met first and published first.
        ({}, LEAD),
        ({"until": "2022-10-29"}, EARLIER),
        ({"sources": frozenset({"hk_commissioner"})}, SAME_DAY),
        ({"sources": frozenset({"missions"})}, EARLIER),
        ({"sources": frozenset({"missions"}), "since": "2022-10-28"}, PART),
        ({"kinds": ("articles",)}, EARLIER),
        ({"kinds": ("copies",), "until": "2022-10-30"}, LEAD),
    ],
)
def test_one_document_a_story(recorded: Path, asked: dict[str, Any], chosen: str) -> None:
    alone = [document for document in ids(recorded, **asked) if document not in (LEAD, EARLIER, SAME_DAY, PART)]
    assert sorted(ids(recorded, unique=True, **asked)) == sorted([*alone, chosen])


def test_revisions_and_states_by_the_day_of_the_visit(tmp_path: Path) -> None:
    record_life(tmp_path)
    changes = rows(tmp_path, kinds=("revisions",))
    assert [change["kind"] for change in changes] == ["revision", "layout-changed", "correction"]
    states = rows(tmp_path, kinds=("states",))
    assert [state["state"] for state in states][:3] == ["missing", "gone", "returned"]
    # 2024-03-07T06:00:00Z is the afternoon of that day in Beijing.
    assert rows(tmp_path, kinds=("states",), since="2024-03-07", until="2024-03-07") == [states[1]]


def test_an_instant_of_the_evening_is_of_the_next_day_in_beijing() -> None:
    assert Selection(since="2022-10-29").has_date("2022-10-28T16:00:00Z")
    assert not Selection(since="2022-10-29").has_date("2022-10-28T15:59:59Z")


def test_what_is_recorded_meanwhile_is_not_seen(tmp_path: Path) -> None:
    record_all(tmp_path, article(), article("mfa:t2", "tea gardens"))
    with Snapshot(tmp_path) as snapshot:
        selected = iter(Selected(tmp_path, snapshot, Selection()))
        first = next(selected)
        # The document that is still to come is revised, and another is met.
        changed = article("mfa:t2", article_body=long_text("rice fields"), date_retrieved="2022-10-29T00:00:00Z")
        assert record_all(tmp_path, changed, article("mfa:t3", "lakes")) == ["revision", "new"]
        assert [(row.fields["id"], row.fields["revision"]) for row in (first, *selected)] == [
            ("mfa:t1", 1),
            ("mfa:t2", 1),
        ]
    assert [(row["id"], row["revision"]) for row in rows(tmp_path)] == [("mfa:t1", 1), ("mfa:t2", 2), ("mfa:t3", 1)]


def test_lines_that_are_not_committed_are_not_taken(tmp_path: Path) -> None:
    record_all(tmp_path, article())
    with (tmp_path / "articles" / "mfa.jsonl").open("ab") as file:
        file.write(b'{"id": "mfa:t9"}\n{"id"')
    assert ids(tmp_path) == ["mfa:t1"]


def test_a_file_that_is_shorter_than_committed(tmp_path: Path) -> None:
    record_all(tmp_path, article())
    path = tmp_path / "articles" / "mfa.jsonl"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(OutputIncompleteError):
        rows(tmp_path)


def test_nothing_recorded(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="nothing was recorded"):
        rows(tmp_path)


def test_all_revisions_of_a_document_are_in_order_of_capture(tmp_path: Path) -> None:
    def seen(words: str, date: str, record_id: str) -> Article:
        capture = {"file": "mfa-1.warc.gz", "record_id": record_id}
        return article("mfa:t8", words, date_retrieved=date, capture=capture)

    record_all(tmp_path, seen("night markets", EVENING, "urn:uuid:2"))
    record_all(tmp_path, article("mfa:t9", "slow ferries"), seen("tea gardens", NOON, "urn:uuid:3"))
    found = rows(tmp_path, all_revisions=True)
    assert [(row["id"], row["date_retrieved"]) for row in found if row["id"] == "mfa:t8"] == [
        ("mfa:t8", NOON),
        ("mfa:t8", EVENING),
    ]
    assert [row["id"] for row in found] == ["mfa:t8", "mfa:t8", "mfa:t9"]
    assert [row["id"] for row in rows(tmp_path)] == ["mfa:t8", "mfa:t9"]

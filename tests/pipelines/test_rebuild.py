"""All stories of a ledger found anew: in one go, broken off, by other rules, and failing half way."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pipelines import rebuild
from pipelines.failure import LedgerError
from pipelines.rebuild import DRAFT, Change, Rebuild
from pipelines.recorded import Recorded
from tests.pipelines.examples import MORNING, NIGHT, NOON, article, contents, record_all
from tests.pipelines.invented_texts import changed, text

RELEASE, REMARKS = text(1, 2, 3, 4, 5, 6), text(11, 12, 13, 14, 15, 16)
TABLES = ("anchors", "anchored_texts", "links", "members", "parents")
TEXTS = 8


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A record of two stories: t1 to t4, t6 since it was revised, and t5 with t7."""
    output = tmp_path / "output"
    record_all(
        output,
        article("mfa:t1", article_body=text(2, 3, 4)),
        article("mfa:t2", article_body=RELEASE),
        article("mfa:t3", article_body=changed(RELEASE, 30)),
        article("mfa:t4", article_body=RELEASE),
        article("mfa:t5", article_body=REMARKS),
        article("mfa:t6", article_body=text(21, 22, 23), date_retrieved=MORNING),
        article("mfa:t7", article_body=changed(REMARKS, 30), date_retrieved=NOON),
        article("mfa:t6", article_body=changed(RELEASE, 40), date_retrieved=NIGHT),
    )
    return output


def rows(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    with closing(sqlite3.connect(path)) as connection:
        return {table: connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in TABLES}


def execute(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(script)


@pytest.fixture
def opened(directory: Path) -> Iterator[Recorded]:
    with Recorded(directory) as recorded:
        yield recorded


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuild, "BATCH", 3)


def test_the_example_holds_what_it_says(opened: Recorded) -> None:
    stories = opened.ledger.stories
    assert dict(stories.names()) == {
        "mfa:t1": "mfa:t2",
        "mfa:t2": "mfa:t2",
        "mfa:t3": "mfa:t2",
        "mfa:t4": "mfa:t2",
        "mfa:t5": "mfa:t5",
        "mfa:t6": "mfa:t2",
        "mfa:t7": "mfa:t5",
    }


def test_the_same_rules_give_the_same_stories(directory: Path, opened: Recorded) -> None:
    with Rebuild(directory, opened) as draft:
        assert list(draft.steps()) == [TEXTS]
        assert list(draft.changes()) == []
    assert rows(directory / DRAFT) == rows(directory / "ledger.db")


@pytest.mark.usefixtures("small_batches")
def test_one_that_was_broken_off_goes_on_where_it_was(directory: Path, opened: Recorded) -> None:
    with Rebuild(directory, opened) as draft:
        assert next(draft.steps()) == 3
    half = rows(directory / DRAFT)["members"]
    assert [document for document, *_ in half] == ["mfa:t1", "mfa:t2", "mfa:t3"]
    with Rebuild(directory, opened) as draft:
        assert list(draft.steps()) == [3, 2]
        assert list(draft.steps()) == []
    assert rows(directory / DRAFT) == rows(directory / "ledger.db")


def test_one_that_was_killed_within_a_batch_goes_on_at_its_beginning(
    directory: Path, opened: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuild, "BATCH", 5)
    looked_at: list[int] = []
    add = Rebuild._add

    def break_off(draft: Rebuild, sequence: int, line: Any) -> None:
        looked_at.append(sequence)
        if looked_at.count(7) == 1 and sequence == 7:
            raise KeyboardInterrupt
        add(draft, sequence, line)

    monkeypatch.setattr(Rebuild, "_add", break_off)
    with Rebuild(directory, opened) as draft, pytest.raises(KeyboardInterrupt):
        list(draft.steps())
    with Rebuild(directory, opened) as draft:
        assert list(draft.steps()) == [3]
    assert looked_at == [1, 2, 3, 4, 5, 6, 7, 6, 7, 8]
    assert rows(directory / DRAFT) == rows(directory / "ledger.db")


def test_what_was_recorded_meanwhile_is_looked_at_too(directory: Path, opened: Recorded) -> None:
    with Rebuild(directory, opened) as draft:
        list(draft.steps())
    record_all(directory, article("mfa:t8", article_body=changed(REMARKS, 35)))
    with Rebuild(directory, opened) as draft:
        assert list(draft.steps()) == [1]
        assert list(draft.changes()) == []
    assert rows(directory / DRAFT) == rows(directory / "ledger.db")


@pytest.mark.usefixtures("small_batches")
def test_a_draft_by_other_rules_is_thrown_away(directory: Path, opened: Recorded) -> None:
    with Rebuild(directory, opened) as draft:
        next(draft.steps())
    execute(directory / DRAFT, "UPDATE progress SET rules = 'others'; INSERT INTO members VALUES ('mfa:x', 'mfa:x', 9)")
    with Rebuild(directory, opened) as draft:
        assert list(draft.steps()) == [3, 3, 2]
    assert rows(directory / DRAFT) == rows(directory / "ledger.db")


def test_what_other_rules_found_is_shown_and_replaced(directory: Path, opened: Recorded) -> None:
    right, written = rows(directory / "ledger.db"), contents(directory)
    # As if t5 had been taken for a copy of t2, and t6 for a story of its own.
    execute(
        directory / "ledger.db",
        "DELETE FROM links WHERE 'mfa:t6' IN (first, second);"
        "UPDATE members SET story_group = 'mfa:t6' WHERE document = 'mfa:t6';"
        "UPDATE members SET story_group = 'mfa:t2' WHERE story_group = 'mfa:t5';"
        "INSERT INTO links VALUES ('mfa:t2', 'mfa:t5', 'near', 0.6, 'other rules');",
    )
    with Rebuild(directory, opened) as draft:
        list(draft.steps())
        # A story is named by the document of it that was met first: here by its excerpt, t1.
        assert list(draft.changes()) == [
            Change("mfa:t5", "mfa:t1", "mfa:t5"),
            Change("mfa:t6", "mfa:t6", "mfa:t1"),
            Change("mfa:t7", "mfa:t1", "mfa:t5"),
        ]
        assert rows(directory / "ledger.db") != right
        draft.apply()
    assert rows(directory / "ledger.db") == right
    assert not (directory / DRAFT).exists()
    assert contents(directory) == written


@pytest.mark.parametrize("table", TABLES)
def test_a_change_that_fails_changes_nothing(directory: Path, opened: Recorded, table: str) -> None:
    execute(
        directory / "ledger.db", "DELETE FROM links; DELETE FROM parents; UPDATE members SET story_group = document"
    )
    before = rows(directory / "ledger.db")
    with Rebuild(directory, opened) as draft:
        list(draft.steps())
        lost = shutil.copy(directory / DRAFT, directory / "whole.db")
        execute(directory / DRAFT, f"DROP TABLE {table}")
        with pytest.raises(LedgerError, match=table):
            draft.apply()
    assert rows(directory / "ledger.db") == before
    # The ledger is as usable as before, and the draft is still there.
    assert not opened.ledger.in_transaction
    shutil.copy(lost, directory / DRAFT)
    with Rebuild(directory, opened) as draft:
        assert list(draft.steps()) == []
        assert {change.document for change in draft.changes()} == {"mfa:t2", "mfa:t3", "mfa:t4", "mfa:t6", "mfa:t7"}
        draft.apply()
    assert rows(directory / "ledger.db") == rows(Path(lost))


def test_a_text_met_again_is_anchored_once(tmp_path: Path) -> None:
    """A headline was changed, and a text was changed back."""
    output = tmp_path / "output"
    record_all(
        output,
        article("mfa:t1", article_body=RELEASE, date_retrieved="2022-10-28T01:00:00Z"),
        article("mfa:t1", article_body=RELEASE, headline="A New Headline", date_retrieved=MORNING),
        article("mfa:t1", article_body=REMARKS, headline="A New Headline", date_retrieved=NOON),
        article("mfa:t1", article_body=RELEASE, headline="A New Headline", date_retrieved=NIGHT),
        article("mfa:t2", article_body=changed(RELEASE, 30)),
    )
    with Recorded(output) as recorded, Rebuild(output, recorded) as draft:
        assert list(draft.steps()) == [5]
        assert list(draft.changes()) == []
    assert rows(output / DRAFT) == rows(output / "ledger.db")

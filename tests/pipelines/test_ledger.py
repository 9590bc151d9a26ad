from __future__ import annotations

import multiprocessing
import sqlite3
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from crawler.integrity.check import check
from crawler.integrity.findings import Code
from pipelines.document_lines import Line
from pipelines.failure import LedgerDamagedError, LedgerError, LedgerLockedError, LedgerTooNewError
from pipelines.ledger import Ledger
from pipelines.ledger_schema import VERSION
from tests.pipelines.examples import NOON, article, long_text, record_all

#: Bytes of a page of the database.
PAGE = 4096


def test_what_is_written_is_known_at_once_and_after_reopening(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.db")
    ledger.begin()
    assert not ledger.documents.known("mfa:t1")
    ledger.documents.add_text(
        article(revision=1, story="mfa:t1", text_digest="sha256:" + 64 * "0"), Line("articles/mfa.jsonl", 0)
    )
    assert ledger.documents.known("mfa:t1")
    ledger.commit()
    ledger.close()
    reopened = Ledger(tmp_path / "ledger.db")
    assert reopened.documents.known("mfa:t1")
    assert not reopened.documents.known("mfa:t2")
    reopened.close()


def test_what_was_not_committed_is_forgotten(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.db")
    ledger.begin()
    ledger.set_file_length("articles/mfa.jsonl", 7)
    ledger.rollback()
    assert ledger.file_lengths() == {}
    ledger.close()


def test_the_version_is_stored(tmp_path: Path) -> None:
    Ledger(tmp_path / "ledger.db").close()
    connection = sqlite3.connect(tmp_path / "ledger.db")
    assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    connection.close()


def test_a_ledger_of_version_1_is_brought_up_to_date(tmp_path: Path) -> None:
    record_all(tmp_path, article(capture={"file": "a.warc.gz", "record_id": "urn:uuid:1"}))
    connection = sqlite3.connect(tmp_path / "ledger.db")
    for name in ("from_mirror", "headline_digest", "layout", "archive", "timestamp", "digest"):
        connection.execute(f"ALTER TABLE captures DROP COLUMN {name}")
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    ledger = Ledger(tmp_path / "ledger.db")
    (sighting,) = ledger.documents.captures("mfa:t1")
    ledger.close()
    assert (sighting.file, sighting.from_mirror, sighting.layout) == ("a.warc.gz", 0, None)
    assert not {Code.LEDGER_VERSION, Code.LEDGER_SCHEMA, Code.LEDGER_DISAGREES} & check(tmp_path).counts.keys()
    # What is met now is compared with what was met then.
    changed = article(
        article_body=long_text("mountain roads"),
        date_retrieved=NOON,
        capture={"file": "a.warc.gz", "record_id": "urn:uuid:2"},
    )
    assert record_all(tmp_path, changed) == ["revision"]


def test_a_newer_ledger_is_refused_and_left_alone(tmp_path: Path) -> None:
    record_all(tmp_path, article())
    connection = sqlite3.connect(tmp_path / "ledger.db")
    connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    before = (tmp_path / "ledger.db").read_bytes()
    with pytest.raises(LedgerTooNewError, match=f"version {VERSION + 1}, this release reads up to {VERSION}"):
        Ledger(tmp_path / "ledger.db")
    assert (tmp_path / "ledger.db").read_bytes() == before


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"no database at all " * 200)
    with pytest.raises(LedgerDamagedError, match=r"ledger\.db is damaged"):
        Ledger(tmp_path / "ledger.db")
    assert (tmp_path / "ledger.db").read_bytes() == b"no database at all " * 200


def test_a_database_that_is_no_ledger_is_refused(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "ledger.db")
    connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()
    with pytest.raises(LedgerDamagedError, match="is a database, but no ledger"):
        Ledger(tmp_path / "ledger.db")


def overwrite(path: Path, pages: list[int]) -> None:
    damaged = bytearray(path.read_bytes())
    for page in pages:
        damaged[PAGE * (page - 1) : PAGE * page] = b"\xa5" * PAGE
    path.write_bytes(damaged)


def root_pages(path: Path) -> list[int]:
    """The first pages of all tables and indexes, but not of the schema."""
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA page_size").fetchone() == (PAGE,)
    pages = [page for (page,) in connection.execute("SELECT rootpage FROM sqlite_master WHERE rootpage > 0")]
    connection.close()
    return pages


def test_a_ledger_with_damaged_pages_is_named_when_they_are_read(tmp_path: Path) -> None:
    record_all(tmp_path, *(article(f"mfa:t{number}", f"ferry {number}") for number in range(200)))
    overwrite(tmp_path / "ledger.db", root_pages(tmp_path / "ledger.db"))
    ledger = Ledger(tmp_path / "ledger.db")
    with pytest.raises(LedgerDamagedError, match=r"ledger\.db is damaged"):
        ledger.documents.known("mfa:t1")
    ledger.close()


def test_a_ledger_with_a_damaged_schema_is_named_when_it_is_opened(tmp_path: Path) -> None:
    record_all(tmp_path, article())
    pages = (tmp_path / "ledger.db").stat().st_size // PAGE
    overwrite(tmp_path / "ledger.db", list(range(2, pages + 1)))  # the schema begins on the first
    with pytest.raises(LedgerDamagedError, match=r"ledger\.db is damaged"):
        Ledger(tmp_path / "ledger.db")


def test_a_path_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="unable to open"):
        Ledger(tmp_path / "missing" / "ledger.db")


def _hold(path: Path, held: Event, release: Event) -> None:
    ledger = Ledger(path)
    ledger.begin()
    held.set()
    release.wait(30)
    ledger.commit()
    ledger.close()


def test_another_process_waits_and_then_says_locked(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    held, release = context.Event(), context.Event()
    holder = context.Process(target=_hold, args=(tmp_path / "ledger.db", held, release))
    holder.start()
    assert held.wait(30)
    ledger = Ledger(tmp_path / "ledger.db", timeout=0.2)
    assert not ledger.documents.known("mfa:t1")  # reading needs no lock
    with pytest.raises(LedgerLockedError, match="locked by another process"):
        ledger.begin()
    release.set()
    holder.join(30)
    ledger.begin()
    ledger.close()


def test_lookups_go_by_an_index(tmp_path: Path) -> None:
    """Every lookup of the interface, as SQLite says it would run it."""
    ledger = Ledger(tmp_path / "ledger.db")
    statements: list[str] = []
    ledger._connection.set_trace_callback(statements.append)
    ledger.documents.known("mfa:t1")
    ledger.documents.document("mfa:t1")
    ledger.documents.has_text("mfa:t1", "sha256:0")
    ledger.documents.first_with_text("sha256:0", "mfa:t1")
    ledger.documents.first_with_text_and_headline("sha256:0", "A headline", "mfa:t1")
    ledger._connection.set_trace_callback(None)
    assert len(statements) == 5
    for statement in statements:
        plan = [row[3] for row in ledger._connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
        assert any(step.startswith("SEARCH") for step in plan)
        assert not any(step.startswith("SCAN") for step in plan), (statement, plan)
    ledger.close()


def test_runs_that_were_killed_never_finished(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.db")
    for finished in (None, "2022-10-28T07:00:00Z"):
        ledger.begin()
        ledger.start_run("mfa", "2022-10-28T06:00:00Z")
        if finished:
            ledger.finish_run(finished)
        ledger.commit()
    ledger.close()
    connection = sqlite3.connect(tmp_path / "ledger.db")
    assert connection.execute("SELECT * FROM runs").fetchall() == [
        (1, "mfa", "2022-10-28T06:00:00Z", None),
        (2, "mfa", "2022-10-28T06:00:00Z", "2022-10-28T07:00:00Z"),
    ]
    connection.close()

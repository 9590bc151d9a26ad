"""What is wrong with a record is found, named and counted; what a kill leaves is no fault."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from crawler.integrity.check import check
from crawler.integrity.findings import Code, Findings
from crawler.integrity.repair import repair
from pipelines.failure import LedgerError, OutputIncompleteError
from pipelines.ledger_schema import VERSION
from pipelines.lock import LockedError, SourceLock
from tests.archive.warc_files import http, record, record_id, write
from tests.pipelines.examples import article, contents, record_all
from tests.pipelines.lives import LIFE, record_life

ARTICLES, REVISIONS, STATES = (f"{kind}/mfa.jsonl" for kind in ("articles", "revisions", "states"))
WARC = "mfa-20240301T000000Z-00000.warc.gz"


def faults(directory: Path) -> dict[str, int]:
    return {code.value: count for code, count in check(directory).faults.items()}


def notes(directory: Path) -> dict[str, int]:
    return {code.value: count for code, count in check(directory).notes.items()}


@pytest.fixture
def life(tmp_path: Path) -> Path:
    """Three lines of articles, three of revisions, four of states."""
    record_life(tmp_path)
    return tmp_path


@pytest.fixture
def archived(tmp_path: Path) -> Path:
    """Two documents whose captures are in the archive."""
    items = []
    for number, subject in ((1, "river ferries"), (2, "stone bridges")):
        capture = {"file": WARC, "record_id": record_id(number)}
        items.append(article(f"mfa:t{number}", subject, capture=capture))
    record_all(tmp_path, *items)
    (tmp_path / "archive" / "mfa").mkdir(parents=True)
    pages = [record(number, f"http://www.example.cn/eng/t{number}.htm", http()) for number in (1, 2)]
    write(tmp_path / "archive" / "mfa" / WARC, *pages)
    return tmp_path


def query(directory: Path, statement: str) -> None:
    with closing(sqlite3.connect(directory / "ledger.db", isolation_level=None)) as connection:
        connection.execute(statement)


def test_a_whole_record(life: Path) -> None:
    findings = check(life)
    assert findings.is_whole
    assert findings.seen == {"documents": 1, "texts": 3, "captures": 5, "files": 3, "lines": 10}
    # Its captures are of no archive.
    assert findings.notes == {Code.ELSEWHERE: 8}


def test_a_check_changes_nothing(life: Path) -> None:
    def read() -> dict[str, bytes]:
        files = (path for path in life.rglob("*") if path.is_file())
        return {path.name: path.read_bytes() for path in files if not path.name.endswith(("-wal", "-shm"))}

    before = read()
    check(life)
    assert read() == before


def test_a_record_with_its_archive(archived: Path) -> None:
    findings = check(archived)
    assert findings.faults == findings.notes == {}
    assert findings.seen["records"] == 2


# --- lines


def test_uncommitted_bytes_are_no_fault(life: Path) -> None:
    with (life / ARTICLES).open("ab") as file:
        file.write(b'{"id": "mfa:t9", "head')
    assert faults(life) == {}
    assert notes(life)["uncommitted-bytes"] == 1
    assert "22 bytes behind" in check(life).examples[Code.UNCOMMITTED][0]


def change_line(path: Path, number: int, change: Callable[[dict[str, object]], object]) -> None:
    """Rewrites a line in as many bytes as it had."""
    lines = path.read_bytes().splitlines()
    row = orjson.loads(lines[number])
    change(row)
    changed = orjson.dumps(row)
    assert len(changed) <= len(lines[number])
    lines[number] = changed.ljust(len(lines[number]))
    path.write_bytes(b"".join(line + b"\n" for line in lines))


def test_a_body_that_is_not_what_was_digested(life: Path) -> None:
    change_line(life / ARTICLES, 0, lambda row: row.update(article_body=str(row["article_body"])[:-9]))
    assert faults(life) == {"digest-differs": 1}
    assert check(life).examples[Code.DIGEST_DIFFERS] == [f"{ARTICLES} at byte 0: {LIFE} revision 1"]


def test_a_line_that_says_something_else_than_its_row(life: Path) -> None:
    change_line(life / ARTICLES, 1, lambda row: row.update(revision=1))
    change_line(life / STATES, 0, lambda row: row.update(document="mfa:t7"))
    assert faults(life) == {"row-differs": 2}


def test_a_line_that_is_no_article(life: Path) -> None:
    change_line(life / ARTICLES, 1, lambda row: row.pop("headline"))
    change_line(life / STATES, 1, lambda row: row.update(state="lost"))
    findings = check(life)
    assert findings.faults == {Code.LINE_DAMAGED: 2}
    assert "headline: Field required" in findings.examples[Code.LINE_DAMAGED][0]


def test_a_line_that_is_gone(life: Path) -> None:
    lines = (life / STATES).read_bytes().splitlines(keepends=True)
    (life / STATES).write_bytes(b"".join(lines[:-1]))
    assert faults(life) == {"file-short": 1, "row-without-line": 1}


def test_a_line_that_no_row_points_at(life: Path) -> None:
    query(life, f"DELETE FROM document_lines WHERE path = '{STATES}' AND position = 0")
    assert faults(life) == {"line-without-row": 1}


def test_a_file_the_ledger_does_not_know(life: Path) -> None:
    (life / "articles" / "ecns.jsonl").write_bytes(b"{}\n")
    assert faults(life) == {"file-unknown": 1}


def test_a_committed_length_within_a_line(life: Path) -> None:
    query(life, f"UPDATE files SET length = length - 10 WHERE path = '{STATES}'")
    assert faults(life) == {"line-damaged": 1}
    assert notes(life)["uncommitted-bytes"] == 1


# --- the ledger


@pytest.mark.parametrize(
    ("statement", "wrong"),
    [
        ("DELETE FROM watched", "is never visited"),
        ("DELETE FROM members", "a document of no story"),
        ("UPDATE documents SET current_text = 99", "is not one of its texts"),
        ("UPDATE documents SET revisions = 9", "another number of revisions"),
        ("UPDATE watched SET moved_to = 'mfa:t77'", "moved to one that is not known"),
        ("INSERT INTO links VALUES ('mfa:t1', 'mfa:t77', 'near', 1, '')", "a link of a document that is not known"),
        ("INSERT INTO anchored_texts VALUES (99, 1)", "anchors of a text that is not known"),
        ("UPDATE document_lines SET document = 'mfa:t77' WHERE sequence = 1", "refers to what documents does not have"),
    ],
)
def test_rows_that_do_not_fit(life: Path, statement: str, wrong: str) -> None:
    query(life, statement)
    findings = check(life)
    assert findings.counts[Code.LEDGER_DISAGREES] == 1
    assert wrong in findings.examples[Code.LEDGER_DISAGREES][0]


def test_an_index_that_is_missing(life: Path) -> None:
    query(life, "DROP INDEX watched_by_due")
    findings = check(life)
    assert findings.faults == {Code.LEDGER_SCHEMA: 1}
    assert findings.examples[Code.LEDGER_SCHEMA] == ["index watched_by_due is missing"]
    assert findings.seen["lines"] == 10  # which are checked all the same


def test_a_ledger_of_another_version(life: Path) -> None:
    query(life, "PRAGMA user_version = 99")
    findings = check(life)
    assert findings.examples == findings.examples | {
        Code.LEDGER_VERSION: [f"version 99, where this release has version {VERSION}"]
    }
    assert findings.seen["lines"] == 10


def test_a_ledger_that_is_lost(life: Path) -> None:
    (life / "ledger.db").unlink()
    assert faults(life) == {"ledger-missing": 1}


def damage(ledger: Path) -> None:
    with ledger.open("r+b") as file:
        size = file.seek(0, 2)
        file.seek(8192)
        file.write(b"\xa5" * (size - 8192))


def test_a_ledger_that_is_damaged(life: Path) -> None:
    damage(life / "ledger.db")
    findings = check(life)
    assert set(findings.faults) == {Code.LEDGER_DAMAGED}
    assert findings.seen["lines"] == 10


# --- the archive


def test_a_file_that_is_cut(archived: Path) -> None:
    path = archived / "archive" / "mfa" / WARC
    path.write_bytes(path.read_bytes()[:-20])
    findings = check(archived)
    assert findings.faults == {Code.ARCHIVE_DAMAGED: 1, Code.CAPTURE_LOST: 1}
    assert record_id(2) in findings.examples[Code.CAPTURE_LOST][0]
    assert "mfa:t2" in findings.examples[Code.CAPTURE_LOST][0]


def test_a_file_in_progress_may_be_cut(archived: Path) -> None:
    path = archived / "archive" / "mfa" / WARC
    # Its third record is being written.
    third = record(3, "http://www.example.cn/eng/t3.htm", http())
    write(path.with_name("third.warc.gz"), third)
    octets = path.read_bytes() + path.with_name("third.warc.gz").read_bytes()[:-10]
    path.with_name("third.warc.gz").unlink()
    path.with_name(f"{WARC}.open").write_bytes(octets)
    path.unlink()
    findings = check(archived)
    assert (findings.faults, findings.notes) == ({}, {Code.ARCHIVE_OPEN: 1})


def test_a_capture_that_its_file_does_not_hold(archived: Path) -> None:
    path = archived / "archive" / "mfa" / WARC
    write(path, record(1, "http://www.example.cn/eng/t1.htm", http()))
    assert faults(archived) == {"capture-lost": 1}


def test_a_body_that_later_records_refer_to(archived: Path) -> None:
    query(archived, f"INSERT INTO payloads VALUES ('sha256:1', 'http://a/', '', '{record_id(1)}', 'gone.warc.gz')")
    revisit = record(
        3,
        "http://www.example.cn/eng/t1.htm",
        b"HTTP/1.1 200 OK\r\n\r\n",
        type="revisit",
        headers=[f"WARC-Refers-To: <{record_id(9)}>"],
    )
    write(archived / "archive" / "mfa" / "mfa-20240302T000000Z-00000.warc.gz", revisit)
    findings = check(archived)
    assert findings.faults == {Code.BODY_LOST: 2}
    assert "gone.warc.gz is gone, and with it 1 bodies" in findings.examples[Code.BODY_LOST][0]
    assert record_id(9) in findings.examples[Code.BODY_LOST][1]


def test_examples_are_few_however_many_faults() -> None:
    findings = Findings()
    for number in range(1000):
        findings.add(Code.LINE_DAMAGED, f"line {number}")
    assert findings.counts[Code.LINE_DAMAGED] == 1000
    assert len(findings.examples[Code.LINE_DAMAGED]) == 20


# --- repair


def test_repair_cuts_off_and_closes_what_kills_left(archived: Path) -> None:
    whole = contents(archived)
    with (archived / ARTICLES).open("ab") as file:
        file.write(b"half a li")
    warc = archived / "archive" / "mfa" / WARC
    warc.rename(warc.with_name(f"{WARC}.open"))
    (archived / "runs").mkdir()
    (archived / "runs" / ".20240301T000000Z-mfa.7.draft").write_bytes(b"{")
    assert repair(archived, timeout=1) == [
        f"closed mfa/{WARC}",
        "removed the draft of a report .20240301T000000Z-mfa.7.draft",
        "made the indices of ledger.db anew",
        f"cut 9 uncommitted bytes off {ARTICLES}",
    ]
    assert contents(archived) == whole
    assert check(archived).notes == {}


def test_repair_makes_indices_anew(life: Path) -> None:
    # An index that has lost a row: SQLite's own table of tables is told that the index is another.
    with closing(sqlite3.connect(life / "ledger.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_master SET sql = sql || ' WHERE position > 0' WHERE name = 'revisions_by_text'"
        )
    with closing(sqlite3.connect(life / "ledger.db", isolation_level=None)) as connection:
        connection.execute("REINDEX revisions_by_text")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_master SET sql = replace(sql, ' WHERE position > 0', '') WHERE name = 'revisions_by_text'"
        )
    assert list(faults(life)) == ["ledger-damaged"]
    repair(life, timeout=1)
    assert faults(life) == {}


def test_repair_refuses_a_file_that_lacks_committed_lines(life: Path) -> None:
    path = life / STATES
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    with (life / ARTICLES).open("ab") as file:
        file.write(b"half a li")
    before = contents(life)
    with pytest.raises(OutputIncompleteError, match="scrapy ledger rebuild"):
        repair(life, timeout=1)
    assert contents(life) == before


@pytest.mark.parametrize("version", [0, 99])
def test_repair_leaves_a_ledger_of_another_release_alone(life: Path, version: int) -> None:
    query(life, f"PRAGMA user_version = {version}")
    with pytest.raises(LedgerError, match=f"has version {version}.*`scrapy ledger rebuild`"):
        repair(life, timeout=1)


def test_repair_waits_for_no_run(life: Path) -> None:
    with SourceLock(life, "ecns") as lock:
        lock.acquire()
        with pytest.raises(LockedError, match="another run of ecns"):
            repair(life, timeout=1)

"""Are the WARC files whole, and do they hold the captures that ledger and lines cite?"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Self

from crawler.archive.files import final_name, is_warc
from crawler.archive.reader import is_response, is_revisit
from crawler.archive.record import read_records
from crawler.archive.writer import OPEN, final_path
from crawler.extraction.problem import Problem
from crawler.integrity.findings import Code, Findings
from crawler.items import Capture

_TABLES = (
    # What is said to be in the archive, by whom; `is_body` where a body is meant that further records refer to.
    "CREATE TABLE cited (file TEXT, record_id TEXT, name TEXT, is_body INTEGER, PRIMARY KEY (file, record_id, is_body))"
    " WITHOUT ROWID",
    # What is there; `original` is the record that holds the body of a revisit.
    "CREATE TABLE stored (record_id TEXT, file TEXT, original TEXT, PRIMARY KEY (record_id, file)) WITHOUT ROWID",
    "CREATE TABLE files (file TEXT PRIMARY KEY) WITHOUT ROWID",
)
_CITED_BY_LEDGER = (
    "SELECT file, record_id, document, 0 FROM captures WHERE record_id != ''",
    "SELECT file, record_id, url, 1 FROM payloads",
)
_LOST = (
    "SELECT c.file, c.record_id, c.name, c.is_body FROM cited c JOIN files USING (file)"
    " WHERE NOT EXISTS (SELECT 1 FROM stored s WHERE s.record_id = c.record_id AND s.file = c.file)"
)
_FILES_GONE = "SELECT file, count(*) FROM cited WHERE is_body AND file NOT IN (SELECT file FROM files) GROUP BY file"
_ELSEWHERE = (
    "SELECT file, count(*) FROM cited WHERE file NOT IN (SELECT file FROM files)"
    " AND file NOT IN (SELECT file FROM cited WHERE is_body) GROUP BY file"
)
_WITHOUT_BODY = (
    "SELECT file, record_id, original FROM stored"
    " WHERE original != '' AND original NOT IN (SELECT record_id FROM stored WHERE original IS NULL)"
)


class Citations:
    """What is cited, and what is stored. On the disk while it is open, so that memory does not grow with the archive.

    Use it as a context manager.
    """

    def __init__(self) -> None:
        self._connection = sqlite3.connect("", isolation_level=None)  # a file without a name, gone when it is closed
        for statement in _TABLES:
            self._connection.execute(statement)
        self._connection.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def cite(self, capture: Capture, name: str) -> None:
        """A line of the document `name` cites a capture. A saved page has no record, and is in no archive."""
        if capture.record_id is not None:
            self._cite([(capture.file, capture.record_id, name, False)])

    def cite_ledger(self, connection: sqlite3.Connection) -> None:
        """All captures and bodies that the ledger says are in the archive, or in what was replayed."""
        for query in _CITED_BY_LEDGER:
            self._cite(connection.execute(query))

    def check(self, archive: Path, findings: Findings) -> None:
        """Reads the files of an archive, and compares. An archive that is not there has no files."""
        for path in sorted(path for path in archive.glob("*/*") if is_warc(path)):
            self._read(path, findings)
        for file, record_id, name, is_body in self._connection.execute(_LOST):
            code = Code.BODY_LOST if is_body else Code.CAPTURE_LOST
            findings.add(code, f"{file} has no record {record_id}, which {name} was read from")
        for file, count in self._connection.execute(_FILES_GONE):
            findings.add(Code.BODY_LOST, f"{file} is gone, and with it {count} bodies that the ledger knows", count)
        for file, record_id, original in self._connection.execute(_WITHOUT_BODY):
            findings.add(Code.BODY_LOST, f"{file}: the body of {record_id} was in {original}, which is in no file")
        for file, count in self._connection.execute(_ELSEWHERE):
            findings.add(Code.ELSEWHERE, f"{count} in {file}", count)

    def _read(self, path: Path, findings: Findings) -> None:
        """Notes what a file holds. A run may close it, and so rename it, meanwhile."""
        if not path.exists():
            path = final_path(path)
        problems: list[Problem] = []
        try:
            self._connection.executemany(
                "INSERT OR IGNORE INTO stored VALUES (?, ?, ?)", _stored(path, problems, findings)
            )
        except Problem as unreadable:
            problems.append(unreadable)
        self._connection.execute("INSERT OR IGNORE INTO files VALUES (?)", (final_name(path),))
        findings.seen["archive files"] += 1
        name = f"{path.parent.name}/{path.name}"
        if path.name.endswith(OPEN):
            # What is cut at its end is being written, or was when its run was killed.
            findings.add(Code.ARCHIVE_OPEN, f"{name}: a run is under way, or the next one closes it")
            return
        for problem in problems:
            findings.add(Code.ARCHIVE_DAMAGED, f"{name}: {problem.detail}")

    def _cite(self, rows: Iterable[tuple[str, str, str, bool]]) -> None:
        self._connection.executemany("INSERT OR IGNORE INTO cited VALUES (?, ?, ?, ?)", rows)


def _stored(path: Path, problems: list[Problem], findings: Findings) -> Iterator[tuple[str, str, str | None]]:
    for record in read_records(path, problems.append):
        findings.seen["records"] += 1
        if is_revisit(record):
            yield record.id, final_name(path), record.header("WARC-Refers-To").strip("<>")
        elif is_response(record):
            yield record.id, final_name(path), None

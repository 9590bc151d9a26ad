"""The SQLite file that an index of WARC files is kept in while it is used: what is where, and no body.

The rows go in as the files are read, in their order; `settle` then finds the originals of revisits, keeps what is
wanted and what that leads to, and makes the look-up by URL fast. All of it may be lost at any time: it is a copy.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from crawler.extraction.problem import Code, Problem
from pipelines.failure import MAKE_ROOM, ArchiveError

#: One place in the order of all captures is a `number`; the captures that only revisits tell of come last.
_TABLES = """
CREATE TABLE captures (
    number INTEGER PRIMARY KEY, key TEXT, url TEXT, status INTEGER, retrieved INTEGER, file INTEGER, offset INTEGER,
    record_id TEXT, is_wanted INTEGER, date TEXT, digest TEXT, original INTEGER);
CREATE TABLE revisits (
    number INTEGER PRIMARY KEY, key TEXT, url TEXT, retrieved INTEGER, file INTEGER, offset INTEGER, record_id TEXT,
    is_wanted INTEGER, refers_to TEXT, target TEXT, target_date TEXT, digest TEXT);
CREATE TABLE redirects (key TEXT, target TEXT);
"""
_CAPTURE = "key, url, status, retrieved, file, offset, record_id, is_wanted, date, digest"
_REVISIT = "key, url, retrieved, file, offset, record_id, is_wanted, refers_to, target, target_date, digest"
_COLUMNS = {"captures": _CAPTURE, "revisits": _REVISIT, "redirects": "key, target"}

#: What a wanted page redirects to is wanted too, wherever it is, and so on.
_FOLLOW_REDIRECTS = """
WITH RECURSIVE needed (key) AS (
    SELECT target FROM redirects WHERE key IN (SELECT key FROM captures WHERE is_wanted)
    UNION SELECT redirects.target FROM redirects JOIN needed ON redirects.key = needed.key)
UPDATE {table} SET is_wanted = 1 WHERE NOT is_wanted AND key IN (SELECT key FROM needed)
"""
#: By the record's id, by URL and date, or by the digest of the payload (WARC 1.1, 6.7).
_ORIGINAL = """
SELECT coalesce(
    (SELECT max(number) FROM captures WHERE original IS NULL AND record_id = ?),
    (SELECT max(number) FROM captures WHERE original IS NULL AND url = ? AND date = ?),
    (SELECT min(number) FROM captures WHERE original IS NULL AND digest = ? AND digest != ''))
"""
_FOR_ORIGINALS = ("captures (record_id)", "captures (url, date)", "captures (digest)")
_FORGET_THE_REST = """
DELETE FROM captures WHERE NOT is_wanted
AND number NOT IN (SELECT original FROM captures WHERE original IS NOT NULL)
"""
_URLS = "CREATE TABLE urls AS SELECT min(number) AS first, key FROM captures WHERE is_wanted GROUP BY key ORDER BY 1"
_LOCATED = "{0}.url, {0}.status, {0}.retrieved, {0}.file, {0}.offset, {0}.record_id"
_READ = (
    f"SELECT {_LOCATED.format('one')}, one.original, {_LOCATED.format('body')} "
    "FROM captures AS one LEFT JOIN captures AS body ON body.number = one.original"
)
_CAPTURES_OF = f"{_READ} WHERE one.key = ? AND one.is_wanted ORDER BY one.retrieved, one.number"
_LATEST_OF_EACH = """
SELECT latest.url, latest.status FROM urls JOIN captures AS latest ON latest.number = (
    SELECT number FROM captures WHERE key = urls.key AND is_wanted ORDER BY retrieved DESC, number DESC LIMIT 1)
ORDER BY urls.rowid
"""
#: Pages of the file that are kept in memory, in KiB: the file may have any size.
_CACHE_KIB = 16 * 1024


@contextmanager
def naming_errors() -> Iterator[None]:
    """Raises ArchiveError where a temporary file cannot be written."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise ArchiveError(f"the index of a replay, in {tempfile.gettempdir()} ({error}): {MAKE_ROOM}") from error


class CaptureRow(NamedTuple):
    """A response. `retrieved` counts microseconds since 1970, UTC, `file` the files; `date` is as in the record."""

    key: str
    url: str
    status: int
    retrieved: int
    file: int
    offset: int
    record_id: str
    is_wanted: bool
    date: str
    digest: str


class RevisitRow(NamedTuple):
    """A `revisit` record, and what it says of its original."""

    key: str
    url: str
    retrieved: int
    file: int
    offset: int
    record_id: str
    is_wanted: bool
    refers_to: str
    target: str
    target_date: str
    digest: str


def create(path: Path) -> sqlite3.Connection:
    """A new database, to be filled."""
    connection = _tuned(sqlite3.connect(path, isolation_level=None))
    # Nobody reads it after a crash.
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    connection.executescript(_TABLES)
    return connection


def reopen(path: Path) -> sqlite3.Connection:
    """One that is filled, to be read, by several processes at a time."""
    return _tuned(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True))


def add(connection: sqlite3.Connection, row: CaptureRow | RevisitRow) -> None:
    """Enter a row behind all others."""
    table = "captures" if isinstance(row, CaptureRow) else "revisits"
    marks = ", ".join("?" * len(row))
    connection.execute(f"INSERT INTO {table} ({_COLUMNS[table]}) VALUES ({marks})", row)


def add_redirect(connection: sqlite3.Connection, key: str, target: str) -> None:
    """Enter where a URL leads, both as keys."""
    connection.execute("INSERT INTO redirects VALUES (?, ?)", (key, target))


def add_all(connection: sqlite3.Connection, part: Path) -> None:
    """Enter the rows of another database behind all others, in their order."""
    connection.execute("ATTACH ? AS part", (str(part),))
    for table, columns in _COLUMNS.items():
        connection.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM part.{table} ORDER BY rowid")
    connection.execute("DETACH part")


def settle(connection: sqlite3.Connection) -> list[Problem]:
    """Make it ready to be read, once all is in. A Problem `not-archived` for each revisit without its original."""
    connection.execute("BEGIN")
    if _has_rows(connection, "redirects") and _has_rows(connection, "captures WHERE NOT is_wanted"):
        for table in ("captures", "revisits"):
            connection.execute(_FOLLOW_REDIRECTS.format(table=table))
    problems = list(_resolve_revisits(connection)) if _has_rows(connection, "revisits") else []
    connection.execute(_FORGET_THE_REST)
    for table in ("revisits", "redirects"):
        connection.execute(f"DROP TABLE {table}")
    connection.execute(_URLS)
    connection.execute("CREATE INDEX by_key ON captures (key, retrieved, number)")
    connection.execute("COMMIT")
    return problems


def count(connection: sqlite3.Connection, table: str) -> int:
    """How many `captures` or `urls` there are."""
    ((rows,),) = connection.execute(f"SELECT count(*) FROM {table}")
    return int(rows)


def is_known(connection: sqlite3.Connection, key: str) -> bool:
    """Whether there is a capture of a URL."""
    return connection.execute("SELECT 1 FROM captures WHERE key = ? AND is_wanted", (key,)).fetchone() is not None


def captures_of(connection: sqlite3.Connection, key: str) -> Iterator[tuple[Any, ...]]:
    """The captures of a URL, the earliest first, those of one instant in their order: `_LOCATED`, the number of the
    original or null, and `_LOCATED` of that."""
    return connection.execute(_CAPTURES_OF, (key,))


def latest_of_each(connection: sqlite3.Connection) -> Iterator[tuple[str, int]]:
    """URL and status of the latest capture of every URL, in the order in which the files first name the URLs."""
    return connection.execute(_LATEST_OF_EACH)


def _tuned(connection: sqlite3.Connection) -> sqlite3.Connection:
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    return connection


def _has_rows(connection: sqlite3.Connection, table: str) -> bool:
    return connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is not None


def _resolve_revisits(connection: sqlite3.Connection) -> Iterator[Problem]:
    for number, columns in enumerate(_FOR_ORIGINALS):
        connection.execute(f"CREATE INDEX for_originals_{number} ON {columns}")
    revisits = connection.execute(f"SELECT {_REVISIT} FROM revisits WHERE is_wanted ORDER BY number")
    for revisit in map(RevisitRow._make, revisits):
        cited = (revisit.refers_to, revisit.target, revisit.target_date, revisit.digest)
        ((original,),) = connection.execute(_ORIGINAL, cited)
        if original is None:
            yield Problem(Code.NOT_ARCHIVED, revisit.url, f"original of revisit {revisit.record_id}")
            continue
        connection.execute(
            "INSERT INTO captures (key, url, status, retrieved, file, offset, record_id, is_wanted, original) "
            "SELECT ?, ?, status, ?, ?, ?, ?, 1, number FROM captures WHERE number = ?",
            (*revisit[:6], original),
        )
    for number in range(len(_FOR_ORIGINALS)):
        connection.execute(f"DROP INDEX for_originals_{number}")

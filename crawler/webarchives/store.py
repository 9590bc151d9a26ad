"""The SQLite file of a Discovery: which questions were asked, and which captures the answers told of.

It is a cache. A file that is damaged, or of another archive or source or of another version of these tables, is begun
anew.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import astuple
from itertools import count
from pathlib import Path

from crawler.extraction.identity import Address
from crawler.extraction.problem import Code, Problem
from crawler.webarchives.cdx import Index, Row
from crawler.webarchives.queries import Question

_TABLES = (
    "CREATE TABLE about (told TEXT)",
    # `answered` is null for a question that is still to be asked, else the time (UTC) of the answer.
    "CREATE TABLE questions (url TEXT, root TEXT, prefix TEXT, generation TEXT, part TEXT, mark TEXT,"
    " answered TEXT, PRIMARY KEY (root, url)) WITHOUT ROWID",
    "CREATE TABLE indexes (place INTEGER PRIMARY KEY, id TEXT, endpoint TEXT)",
    "CREATE TABLE captures (url TEXT, timestamp TEXT, mime TEXT, status INTEGER, digest TEXT, filename TEXT,"
    " place INTEGER, length INTEGER, generation TEXT, address TEXT, PRIMARY KEY (url, timestamp)) WITHOUT ROWID",
    "CREATE INDEX captures_by_address ON captures (address)",
    "CREATE TABLE given_up (url TEXT, timestamp TEXT, code TEXT, PRIMARY KEY (url, timestamp)) WITHOUT ROWID",
)
#: Raised when the tables change.
_VERSION = 1
#: Another run of the same source and archive may be writing.
_TIMEOUT_SECONDS = 60.0


class Store:
    """The tables. What is written stands once `transaction` is left."""

    def __init__(self, path: Path, about: str) -> None:
        """`about` says what the file is of. Raises Problem `unreadable-file` where it cannot be opened or written."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = _opened(path, f"{_VERSION} {about}")
        except (OSError, sqlite3.Error) as error:
            raise Problem(Code.UNREADABLE_FILE, str(path), str(error)) from error
        #: Numbers for tables that are gone with the connection.
        self._tables = count()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written within, or nothing."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    # --- questions

    def expire(self, cutoff: str, is_final: str) -> None:
        """Forget the chains whose first question was answered before `cutoff`; those of a part LIKE `is_final` stay."""
        expired = "SELECT url FROM questions WHERE url = root AND answered < ? AND part NOT LIKE ?"
        self._connection.execute(f"DELETE FROM questions WHERE root IN ({expired})", (cutoff, is_final))

    def add_questions(self, questions: Iterable[Question]) -> None:
        """Note what is to be asked; what was noted before stays as it is."""
        self._connection.executemany(
            "INSERT OR IGNORE INTO questions VALUES (?, ?, ?, ?, ?, ?, NULL)", (astuple(one) for one in questions)
        )

    def is_answered(self, question: Question) -> bool:
        """Whether this question of this chain was answered."""
        row = self._connection.execute(
            "SELECT answered FROM questions WHERE root = ? AND url = ?", (question.root, question.url)
        ).fetchone()
        return row is not None and row[0] is not None

    def is_complete(self, root: str) -> bool:
        """Whether a chain was begun and has no open question."""
        total, answered = self._connection.execute(
            "SELECT count(*), count(answered) FROM questions WHERE root = ?", (root,)
        ).fetchone()
        return bool(total) and total == answered

    def open_questions(self, root: str) -> list[Question]:
        """What of a chain is still to be asked, in the order of the parts."""
        rows = self._connection.execute(
            "SELECT url, root, prefix, generation, part, mark FROM questions"
            " WHERE root = ? AND answered IS NULL ORDER BY part, url",
            (root,),
        )
        return [Question(*row) for row in rows]

    def set_answered(self, question: Question, at: str) -> None:
        """Note that a question was answered."""
        self._connection.execute(
            "UPDATE questions SET answered = ? WHERE root = ? AND url = ?", (at, question.root, question.url)
        )

    def indexes(self) -> list[Index]:
        """Common Crawl's indexes as they were last told, the newest first."""
        return [Index(*row) for row in self._connection.execute("SELECT id, endpoint FROM indexes ORDER BY place")]

    def set_indexes(self, indexes: Iterable[Index]) -> None:
        """Replace them."""
        self._connection.execute("DELETE FROM indexes")
        rows = ((place, index.id, index.endpoint) for place, index in enumerate(indexes))
        self._connection.executemany("INSERT INTO indexes VALUES (?, ?, ?)", rows)

    # --- captures

    def add_captures(self, rows: Iterable[Row], generation: str) -> None:
        """Keep captures; one that is known stays as it is."""
        self._connection.executemany(
            "INSERT OR IGNORE INTO captures VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            ((*row, generation, _address_of(row.url)) for row in rows),
        )

    def captures(self, since: str) -> Iterator[tuple[Row, str]]:
        """All captures from a timestamp on with their generations, but for those given up."""
        return self._captures("timestamp >= ?", since)

    def captures_of(self, url: str) -> Iterator[tuple[Row, str]]:
        """The captures of a URL under any scheme and port, with `www.` or without; not those given up."""
        return self._captures("address = ?", _address_of(url))

    def _captures(self, condition: str, value: str) -> Iterator[tuple[Row, str]]:
        rows = self._connection.execute(
            "SELECT url, timestamp, mime, status, digest, filename, place, length, generation FROM captures"
            f" WHERE {condition} AND NOT EXISTS (SELECT 1 FROM given_up"
            " WHERE given_up.url = captures.url AND given_up.timestamp = captures.timestamp)",
            (value,),
        )
        return ((Row(*row[:-1]), row[-1]) for row in rows)

    def in_order(self, captures: Iterable[tuple[str, Row, str]]) -> Iterator[tuple[str, Row, str]]:
        """Documents' captures (document id, capture, generation) by document and time, sorted on disk: they may be
        millions."""
        table = f"temp.in_order_{next(self._tables)}"
        self._connection.execute(
            f"CREATE TABLE {table} (document TEXT, url TEXT, timestamp TEXT, mime TEXT, status INTEGER, digest TEXT,"
            " filename TEXT, place INTEGER, length INTEGER, generation TEXT)"
        )
        rows = ((document, *row, generation) for document, row, generation in captures)
        self._connection.execute("BEGIN")
        try:
            self._connection.executemany(f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        finally:
            self._connection.execute("COMMIT")
        in_order = self._connection.execute(f"SELECT * FROM {table} ORDER BY document, timestamp, url")
        return ((row[0], Row(*row[1:-1]), row[-1]) for row in in_order)

    def give_up(self, url: str, timestamp: str, code: str) -> None:
        """Note that a capture gives no article, for good."""
        with self.transaction():
            self._connection.execute("INSERT OR REPLACE INTO given_up VALUES (?, ?, ?)", (url, timestamp, code))


def _address_of(url: str) -> str:
    address = Address.of(url)
    return url if address is None else f"{address.host.removeprefix('www.')}{address.path}?{address.query}"


def _opened(path: Path, about: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_TIMEOUT_SECONDS, isolation_level=None)
    try:
        if _told(connection) not in (None, about):
            connection.close()
            for suffix in ("", "-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            connection = sqlite3.connect(path, timeout=_TIMEOUT_SECONDS, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        if _told(connection) is None:  # another run may have been first
            for table in _TABLES:
                connection.execute(table)
            connection.execute("INSERT INTO about VALUES (?)", (about,))
        connection.execute("COMMIT")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _told(connection: sqlite3.Connection) -> str | None:
    """What a file says it is of: null for a new one, `damaged` for what is no such file."""
    try:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not tables:
            return None
        return str(connection.execute("SELECT told FROM about").fetchone()[0]) if "about" in tables else "damaged"
    except sqlite3.OperationalError:  # in use, or not to be opened
        raise
    except (sqlite3.DatabaseError, TypeError):
        return "damaged"

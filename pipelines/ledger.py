"""The ledger: what is remembered between runs of documents, their texts, captures and output files.

SQLite today; when many machines share one ledger it is PostgreSQL, so no SQL leaves this module. Nothing is loaded
on opening, and every lookup goes by an index.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from pipelines.anchor_table import AnchorTable
from pipelines.document_lines import DocumentLines
from pipelines.documents import Documents
from pipelines.failure import (
    MAKE_ROOM,
    REMEDY,
    DiskFullError,
    LedgerDamagedError,
    LedgerError,
    LedgerLockedError,
    LedgerTooNewError,
)
from pipelines.ledger_schema import MIGRATIONS, SCHEMA, VERSION
from pipelines.listed import Listed
from pipelines.payloads import Payloads
from pipelines.schedule import Schedule
from pipelines.stories import Stories
from pipelines.watch import Watch

DAMAGE = frozenset((sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB))
LOCKS = frozenset((sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED))
#: The low byte of an extended SQLite result code is the primary code.
PRIMARY_CODE = 0xFF


class Ledger:
    """One ledger file. Writing needs an open transaction (`begin`); every method may raise a LedgerError.

    Lookups see what the open transaction has written, so a document is known before it is committed. Only one
    process can have a transaction open; others wait, at most `timeout` seconds.
    """

    def __init__(self, path: Path, timeout: float = 60.0, schedule: Schedule | None = None) -> None:
        """Opens `path`, making it where it is missing. `schedule` says when documents are visited again."""
        self._path = path
        try:
            self._connection = sqlite3.connect(path, timeout=timeout, isolation_level=None)
        except sqlite3.Error as error:
            raise self._named(error) from error
        #: Documents, their texts and captures.
        self.documents = Documents(self._query)
        #: Which documents are copies of one text.
        self.stories = Stories(self._query)
        #: Which texts share paragraphs.
        self.anchors = AnchorTable(self._query)
        #: What the archive holds.
        self.payloads = Payloads(self._query)
        #: Whether documents are still there, and when to look again.
        self.watch = Watch(self._query, schedule or Schedule())
        #: What listings showed.
        self.listed = Listed(self._query)
        #: What was written about documents beside their texts.
        self.document_lines = DocumentLines(self._query)
        try:
            self._prepare()
        except LedgerError:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        self._query("PRAGMA journal_mode = WAL")
        # FULL, not NORMAL: a line that a reader has cited must survive a power cut, at one more sync a batch.
        self._query("PRAGMA synchronous = FULL")
        self._query("PRAGMA foreign_keys = ON")
        if self._version() != VERSION:
            self.begin()
            self._make_tables()
            self.commit()

    def _version(self) -> int:
        return int(self._query("PRAGMA user_version")[0][0])

    def _make_tables(self) -> None:
        version = self._version()  # once more: another process may have been first
        if version > VERSION:
            raise LedgerTooNewError(
                f"{self._path} has version {version}, this release reads up to {VERSION}: install a newer one, "
                "or make a new ledger of what was written (`scrapy ledger rebuild`)"
            )
        if version == 0 and self._query("SELECT 1 FROM sqlite_master LIMIT 1"):
            raise LedgerDamagedError(f"{self._path} is a database, but no ledger: {REMEDY}")
        steps = [SCHEMA] if version == 0 else [MIGRATIONS[number] for number in range(version, VERSION)]
        for statement in (statement for step in steps for statement in step):
            self._query(statement)
        self._query(f"PRAGMA user_version = {VERSION}")

    # transactions

    @property
    def in_transaction(self) -> bool:
        """True between `begin` and `commit` or `rollback`."""
        return self._connection.in_transaction

    def begin(self) -> None:
        """Begins a transaction, after waiting for that of any other process."""
        self._query("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Makes all that was written since `begin` durable."""
        self._query("COMMIT")

    def rollback(self) -> None:
        """Forgets all that was written since `begin`; does nothing where SQLite has already done so."""
        if self.in_transaction:
            self._query("ROLLBACK")

    def mend(self) -> None:
        """Makes all indices anew of their tables, and brings the write-ahead log into the file."""
        self._query("REINDEX")
        self._query("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Closes the file. An open transaction is forgotten."""
        self._connection.close()

    # lookups

    def complete_sections(self, source: str) -> dict[str, str]:
        """The source's sections of which every listed document is known, by slug: when each was last walked to its
        end (UTC)."""
        return dict(self._query("SELECT slug, walked FROM sections WHERE source = ?", source))

    def replace_stories(self, other: Path, newest: int) -> None:
        """Take over the anchors and stories of another database, which knows all texts up to number `newest`.

        No transaction may be open. Raises LedgerError where a later text was met meanwhile.
        """
        self._query("ATTACH DATABASE ? AS other", str(other))
        try:
            self.begin()
            if self.documents.newest_text() != newest:
                raise LedgerError(f"{self._path} has met another text meanwhile: try again when no crawl is running")
            for table in ("anchors", "anchored_texts", "links", "members", "parents"):
                self._query(f"DELETE FROM main.{table}")
                self._query(f"INSERT INTO main.{table} SELECT * FROM other.{table}")
            self.commit()
        finally:
            self.rollback()
            self._query("DETACH DATABASE other")

    def file_length(self, path: str) -> int:
        """Committed bytes of one JSON Lines file."""
        rows = self._query("SELECT length FROM files WHERE path = ?", path)
        return int(rows[0][0]) if rows else 0

    def file_lengths(self) -> dict[str, int]:
        """Committed bytes of every JSON Lines file, by its path below the output directory."""
        return dict(self._query("SELECT path, length FROM files"))

    # writing

    def start_run(self, source: str, started: str) -> None:
        """Notes a run that began at `started` (UTC). Revisions added from now on belong to it."""
        self._query("INSERT INTO runs (source, started) VALUES (?, ?)", source, started)
        self.documents.run = self._query("SELECT last_insert_rowid()")[0][0]

    def finish_run(self, finished: str) -> None:
        """Notes that the run came to its end, at `finished` (UTC)."""
        self._query("UPDATE runs SET finished = ? WHERE id = ?", finished, self.documents.run)

    def set_file_length(self, path: str, length: int) -> None:
        """The first `length` bytes of the file are committed with this transaction."""
        self._query(
            "INSERT INTO files VALUES (?, ?) ON CONFLICT (path) DO UPDATE SET length = excluded.length", path, length
        )

    def set_section_complete(self, source: str, slug: str, walked: str) -> None:
        """Every document that the section lists is known. It was last walked to its end at `walked` (UTC)."""
        self._query("REPLACE INTO sections VALUES (?, ?, ?)", source, slug, walked)

    def set_section_incomplete(self, source: str, slug: str) -> None:
        """The section may list documents that are not known."""
        self._query("DELETE FROM sections WHERE source = ? AND slug = ?", source, slug)

    def _query(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(statement, parameters).fetchall()
        except sqlite3.Error as error:
            raise self._named(error) from error

    def _named(self, error: sqlite3.Error) -> LedgerError | DiskFullError:
        code = getattr(error, "sqlite_errorcode", 0) & PRIMARY_CODE
        if code in DAMAGE:
            return LedgerDamagedError(f"{self._path} is damaged ({error}): {REMEDY}")
        if code in LOCKS:
            return LedgerLockedError(
                f"{self._path} is locked by another process ({error}): try again when it has ended, or wait longer "
                "(LEDGER_TIMEOUT_SECONDS)"
            )
        if code == sqlite3.SQLITE_FULL:
            return DiskFullError(f"no room for {self._path} ({error}): {MAKE_ROOM}")
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
            return LedgerError(
                f"{self._path} cannot be written ({error}): check its permissions, those of its directory, and whether "
                "the file system is read-only"
            )
        if code == sqlite3.SQLITE_IOERR:
            return LedgerError(f"{self._path} ({error}): the disk is failing, or the file may not grow: {MAKE_ROOM}")
        return LedgerError(f"{self._path}: {error}")

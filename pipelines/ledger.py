"""The ledger: what is remembered between runs of documents, their texts, captures and output files.

SQLite today; when many machines share one ledger it is PostgreSQL, so no SQL leaves this module. Nothing is loaded
on opening, and every lookup goes by an index.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crawler.items import Article
from pipelines.anchor_table import AnchorTable
from pipelines.failure import (
    DiskFullError,
    LedgerDamagedError,
    LedgerError,
    LedgerLockedError,
    LedgerTooNewError,
)
from pipelines.fingerprint import text_digest
from pipelines.ledger_schema import SCHEMA, VERSION
from pipelines.stories import Stories

DAMAGE = frozenset((sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB))
LOCKS = frozenset((sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED))
#: The low byte of an extended SQLite result code is the primary code.
PRIMARY_CODE = 0xFF


@dataclass(frozen=True, slots=True)
class Document:
    """What the ledger knows of one document.

    `revisions` is how many there are. `text_digest`, `seen` (UTC) and `from_mirror` are of the text in force: the
    origin's latest capture, or the latest of any mirror while the origin was never read.
    """

    id: str
    duplicate_of: str | None
    revisions: int
    text_digest: str
    seen: str | None
    from_mirror: bool


@dataclass(frozen=True, slots=True)
class Line:
    """Where an Article is written: the file's path below the output directory, and the byte its line begins at."""

    path: str
    position: int


@dataclass(frozen=True, slots=True)
class Text:
    """A text that was met: whose it is, its digest, and where it is written."""

    document: str
    text_digest: str
    line: Line


@dataclass(frozen=True, slots=True)
class Totals:
    """What the ledger holds of one source. `copies` are among the `documents`; `revisions` are texts after the first.

    `oldest` and `newest` are publication dates, `seen` is when a document was last seen (UTC).
    """

    source: str
    documents: int
    copies: int
    revisions: int
    oldest: str | None
    newest: str | None
    seen: str | None


class Ledger:
    """One ledger file. Writing needs an open transaction (`begin`); every method may raise a LedgerError.

    Lookups see what the open transaction has written, so a document is known before it is committed. Only one
    process can have a transaction open; others wait, at most `timeout` seconds.
    """

    def __init__(self, path: Path, timeout: float = 60.0) -> None:
        """Opens `path`, making it where it is missing."""
        self._path = path
        self._run: int | None = None
        try:
            self._connection = sqlite3.connect(path, timeout=timeout, isolation_level=None)
        except sqlite3.Error as error:
            raise self._named(error) from error
        #: Which documents are copies of one text.
        self.stories = Stories(self._query)
        #: Which texts share paragraphs.
        self.anchors = AnchorTable(self._query)
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
                f"{self._path} has version {version}, this release reads up to {VERSION}: install a newer one"
            )
        if version == 0 and self._query("SELECT 1 FROM sqlite_master LIMIT 1"):
            raise LedgerDamagedError(f"{self._path} is a database, but no ledger")
        if version == 0:
            for statement in SCHEMA:
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

    def close(self) -> None:
        """Closes the file. An open transaction is forgotten."""
        self._connection.close()

    # lookups

    def known(self, document_id: str) -> bool:
        """Whether the document was met before."""
        return bool(self._query("SELECT 1 FROM documents WHERE id = ?", document_id))

    def document(self, document_id: str) -> Document | None:
        """What is known of the document, None where it was never met."""
        rows = self._query(
            "SELECT d.id, d.duplicate_of, d.revisions, r.text_digest, d.current_seen, d.current_from_mirror"
            " FROM documents d JOIN revisions r ON r.document = d.id AND r.revision = d.current_revision"
            " WHERE d.id = ?",
            document_id,
        )
        if not rows:
            return None
        document, original, revisions, digest, seen, from_mirror = rows[0]
        return Document(document, original, revisions, digest, seen, bool(from_mirror))

    def has_text(self, document_id: str, digest: str) -> bool:
        """Whether any revision of the document has this text digest."""
        return bool(self._query("SELECT 1 FROM revisions WHERE document = ? AND text_digest = ?", document_id, digest))

    def first_with_text(self, digest: str, other_than: str, before: int | None = None) -> str | None:
        """The first document met with this text digest, in any of its revisions; never `other_than` itself.

        With `before`, only texts that were met before that number.
        """
        return self._first("text_digest = ? AND document != ?", before, digest, other_than)

    def first_with_text_and_headline(
        self, digest: str, headline: str, other_than: str, before: int | None = None
    ) -> str | None:
        """As `first_with_text`, and the headline is the same but for noise."""
        condition = "text_digest = ? AND headline_digest = ? AND document != ?"
        return self._first(condition, before, digest, text_digest(headline), other_than)

    def _first(self, condition: str, before: int | None, *parameters: str) -> str | None:
        if before is not None:
            condition += f" AND sequence < {before:d}"
        rows = self._query(f"SELECT document FROM revisions WHERE {condition} ORDER BY sequence LIMIT 1", *parameters)
        return str(rows[0][0]) if rows else None

    def complete_sections(self, source: str) -> frozenset[str]:
        """Slugs of the source's sections of which every listed document is known."""
        return frozenset(slug for (slug,) in self._query("SELECT slug FROM sections WHERE source = ?", source))

    def namesakes(self, article: Article, before: int | None, limit: int) -> list[int]:
        """Numbers of texts that may be copies by their release number or their headline, at most `limit` of each.

        With `before`, only texts that were met before that number.
        """
        bound = "" if before is None else f" AND r.sequence < {before:d}"
        by_name = self._query(
            "SELECT r.sequence FROM documents d JOIN revisions r ON r.document = d.id"
            f" WHERE d.name = ? AND d.id != ?{bound} ORDER BY 1 LIMIT {limit:d}",
            _name(article.id),
            article.id,
        )
        by_headline = self._query(
            "SELECT r.sequence FROM revisions r WHERE r.headline_digest = ? AND r.document != ?"
            f"{bound} ORDER BY 1 LIMIT {limit:d}",
            text_digest(article.headline),
            article.id,
        )
        return [sequence for (sequence,) in (*by_name, *by_headline)]

    def texts_after(self, sequence: int, limit: int) -> list[tuple[int, Line]]:
        """Numbers and lines of the texts met after number `sequence`, in their order, at most `limit`."""
        rows = self._query(
            "SELECT sequence, path, position FROM revisions WHERE sequence > ? ORDER BY sequence LIMIT ?",
            sequence,
            limit,
        )
        return [(number, Line(path, position)) for number, path, position in rows]

    def newest_text(self) -> int:
        """The number of the text that was met last; 0 where none was."""
        return int(self._query("SELECT coalesce(max(sequence), 0) FROM revisions")[0][0])

    def replace_stories(self, other: Path, newest: int) -> None:
        """Take over the anchors and stories of another database, which knows all texts up to number `newest`.

        No transaction may be open. Raises LedgerError where a later text was met meanwhile.
        """
        self._query("ATTACH DATABASE ? AS other", str(other))
        try:
            self.begin()
            if self.newest_text() != newest:
                raise LedgerError(f"{self._path} has met another text meanwhile: try again when no crawl is running")
            for table in ("anchors", "anchored_texts", "links", "members", "parents"):
                self._query(f"DELETE FROM main.{table}")
                self._query(f"INSERT INTO main.{table} SELECT * FROM other.{table}")
            self.commit()
        finally:
            self.rollback()
            self._query("DETACH DATABASE other")

    def text(self, sequence: int) -> Text:
        """The text that was met as number `sequence`."""
        rows = self._query("SELECT document, text_digest, path, position FROM revisions WHERE sequence = ?", sequence)
        document, digest, path, position = rows[0]
        return Text(document, digest, Line(path, position))

    def line(self, document_id: str) -> Line:
        """Where the document's text in force is written."""
        rows = self._query(
            "SELECT r.path, r.position FROM documents d JOIN revisions r ON r.document = d.id"
            " AND r.revision = d.current_revision WHERE d.id = ?",
            document_id,
        )
        return Line(*rows[0])

    def met(self, document_id: str) -> int:
        """The number as which the document's first text was met; for a new document, that of the next text."""
        rows = self._query("SELECT sequence FROM revisions WHERE document = ? AND revision = 1", document_id)
        return int((rows or self._query("SELECT coalesce(max(sequence), 0) + 1 FROM revisions"))[0][0])

    def file_length(self, path: str) -> int:
        """Committed bytes of one JSON Lines file."""
        rows = self._query("SELECT length FROM files WHERE path = ?", path)
        return int(rows[0][0]) if rows else 0

    def file_lengths(self) -> dict[str, int]:
        """Committed bytes of every JSON Lines file, by its path below the output directory."""
        return dict(self._query("SELECT path, length FROM files"))

    def totals(self) -> list[Totals]:
        """What the ledger holds of each source, by name. Reads every document."""
        rows = self._query(
            "SELECT source, count(*), count(relation), sum(revisions - 1), min(date_published), max(date_published),"
            " max(last_seen) FROM documents GROUP BY source ORDER BY source"
        )
        return [Totals(*row) for row in rows]

    # writing

    def start_run(self, source: str, started: str) -> None:
        """Notes a run that began at `started` (UTC). Revisions added from now on belong to it."""
        self._query("INSERT INTO runs (source, started) VALUES (?, ?)", source, started)
        self._run = self._query("SELECT last_insert_rowid()")[0][0]

    def finish_run(self, finished: str) -> None:
        """Notes that the run came to its end, at `finished` (UTC)."""
        self._query("UPDATE runs SET finished = ? WHERE id = ?", finished, self._run)

    def set_file_length(self, path: str, length: int) -> None:
        """The first `length` bytes of the file are committed with this transaction."""
        self._query(
            "INSERT INTO files VALUES (?, ?) ON CONFLICT (path) DO UPDATE SET length = excluded.length", path, length
        )

    def set_section_complete(self, source: str, slug: str) -> None:
        """Every document that the section lists is known."""
        self._query("INSERT OR IGNORE INTO sections VALUES (?, ?)", source, slug)

    def set_section_incomplete(self, source: str, slug: str) -> None:
        """The section may list documents that are not known."""
        self._query("DELETE FROM sections WHERE source = ? AND slug = ?", source, slug)

    def add_text(self, article: Article, line: Line) -> int:
        """A new document (`revision` 1), or a new text of a known one, with its capture. Returns its sequence number.

        The Article is one that was deduplicated: `text_digest`, `revision` and `story` are set.
        """
        self._query(
            "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, NULL, NULL, ?, 1, NULL, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET headline = excluded.headline, date_published = excluded.date_published,"
            " revisions = excluded.revisions, duplicate_of = excluded.duplicate_of,"
            " relation = excluded.relation, similarity = excluded.similarity",
            article.id,
            _name(article.id),
            article.source,
            article.canonical_url,
            article.headline,
            article.date_published,
            article.revision,
            article.mirror_of is not None,
            article.duplicate_of,
            article.relation,
            article.similarity,
        )
        self._query(
            "INSERT INTO revisions VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            article.id,
            article.revision,
            article.text_digest,
            text_digest(article.headline),
            article.date_retrieved,
            article.capture and article.capture.file,
            article.capture and article.capture.record_id,
            self._run,
            line.path,
            line.position,
        )
        sequence = int(self._query("SELECT last_insert_rowid()")[0][0])
        self.add_capture(article)
        return sequence

    def add_capture(self, article: Article) -> None:
        """Another sight of a text that is known of the document; changes nothing for a known capture."""
        if article.capture is not None:
            self._query(
                "INSERT OR IGNORE INTO captures VALUES (?, ?, ?, ?, ?)",
                article.id,
                article.capture.file,
                article.capture.record_id or "",
                article.url,
                article.date_retrieved,
            )
        if article.date_retrieved is not None:
            self._query(
                "UPDATE documents SET first_seen = min(coalesce(first_seen, ?1), ?1),"
                " last_seen = max(coalesce(last_seen, ?1), ?1)"
                " WHERE id = ?2 AND (first_seen IS NULL OR first_seen > ?1 OR last_seen < ?1)",
                article.date_retrieved,
                article.id,
            )
        self._put_in_force(article)

    def _put_in_force(self, article: Article) -> None:
        """The Article's text is what the document says now, if it is the latest of the best authority.

        The origin has more authority than any mirror. Of one authority, the later capture counts.
        """
        self._query(
            "UPDATE documents SET current_seen = ?1, current_from_mirror = ?2, current_revision ="
            " (SELECT max(revision) FROM revisions WHERE document = ?3 AND text_digest = ?4)"
            " WHERE id = ?3 AND (current_from_mirror > ?2 OR"
            " (current_from_mirror = ?2 AND (?1 > current_seen OR (current_seen IS NULL AND ?1 IS NOT NULL))))",
            article.date_retrieved,
            article.mirror_of is not None,
            article.id,
            article.text_digest,
        )

    def _query(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(statement, parameters).fetchall()
        except sqlite3.Error as error:
            raise self._named(error) from error

    def _named(self, error: sqlite3.Error) -> LedgerError | DiskFullError:
        code = getattr(error, "sqlite_errorcode", 0) & PRIMARY_CODE
        if code in DAMAGE:
            return LedgerDamagedError(
                f"{self._path} is damaged ({error}): restore it from a backup, or move the "
                "output directory away and replay its archive"
            )
        if code in LOCKS:
            return LedgerLockedError(f"{self._path} is locked by another run ({error})")
        if code == sqlite3.SQLITE_FULL:
            return DiskFullError(f"no room for {self._path} ({error})")
        return LedgerError(f"{self._path}: {error}")


def _name(document_id: str) -> str:
    return document_id.rpartition(":")[2].rpartition("/")[2]

"""Finding all stories of a ledger anew, as after a rule has changed.

The new stories grow in a database beside the ledger, batch by batch: a rebuild that was broken off goes on where it
was, and nothing of the ledger changes until all is done and the change is wanted.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines import anchor_table, copies, fingerprint, shingles, similarity, stories
from pipelines.anchor_table import ANCHORS, AnchorTable
from pipelines.copies import find_copies
from pipelines.document_lines import Line
from pipelines.failure import LedgerError
from pipelines.recorded import Recorded
from pipelines.stories import STORIES, Stories

DRAFT = "deduplicate.db"
BATCH = 500
_PROGRESS = "CREATE TABLE progress (rules TEXT NOT NULL, sequence INTEGER NOT NULL, text_digest TEXT NOT NULL)"


@dataclass(frozen=True, slots=True)
class Change:
    """A document that would be in another story. Both are named here by the document of them that was met first."""

    document: str
    before: str | None
    after: str


class Rebuild:
    """The draft of all stories of an output directory. Use it as a context manager.

    Every method may raise a RecordError.
    """

    def __init__(self, directory: Path, recorded: Recorded) -> None:
        self._recorded = recorded
        self._path = directory / DRAFT
        self._connection = self._connect()
        self.anchors = AnchorTable(self._query)
        self.stories = Stories(self._query)
        if not self._goes_on():
            self._begin()

    def __enter__(self) -> Rebuild:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def _goes_on(self) -> bool:
        """Whether there is a draft made by the same rules, of this ledger as far as it got."""
        try:
            ((rules, sequence, digest),) = self._query("SELECT rules, sequence, text_digest FROM progress")
        except (LedgerError, ValueError):
            return False
        ledger = self._recorded.ledger
        if rules != _rules() or sequence > ledger.documents.newest_text():
            return False
        return sequence == 0 or bool(ledger.documents.text(sequence).text_digest == digest)

    def _begin(self) -> None:
        """Begin a new draft."""
        self._connection.close()
        self._path.unlink(missing_ok=True)
        self._connection = self._connect()
        self._query("BEGIN")
        for statement in (*ANCHORS, *STORIES, _PROGRESS):
            self._query(statement)
        self._query("INSERT INTO progress VALUES (?, 0, '')", _rules())
        self._query("COMMIT")

    def steps(self) -> Iterator[int]:
        """Look at the texts not yet looked at; after each batch, how many there were in it."""
        ledger = self._recorded.ledger
        while batch := ledger.documents.texts_after(self._position(), BATCH):
            self._query("BEGIN")
            for sequence, line in batch:
                self._add(sequence, line)
            last = batch[-1][0]
            self._query(
                "UPDATE progress SET sequence = ?, text_digest = ?", last, ledger.documents.text(last).text_digest
            )
            self._query("COMMIT")
            yield len(batch)

    def changes(self) -> Iterator[Change]:
        """The documents whose story would be another. Holds all ids in memory."""
        ledger = self._recorded.ledger.stories
        first = {story: document for document, story in reversed(list(ledger.names()))}
        drafted = {story: document for document, story in reversed(list(self.stories.names()))}
        for document, after in self.stories.names():
            before = ledger.resolve(document)
            if before is None or first[before] != drafted[after]:
                yield Change(document, before and first[before], drafted[after])

    def apply(self) -> None:
        """Make the draft the ledger's, and remove it."""
        position = self._position()
        self._connection.close()
        self._recorded.ledger.replace_stories(self._path, position)
        self._path.unlink()

    def _add(self, sequence: int, line: Line) -> None:
        article = self._recorded.written(line)
        ledger = self._recorded.ledger
        finding = find_copies(article, ledger, self._body, index=self, before=sequence)
        self.stories.add(article.id, ledger.documents.met(article.id), finding.links)
        if not ledger.documents.has_text(article.id, article.text_digest or "", before=sequence):
            self.anchors.add(sequence, finding.anchors)

    def _body(self, line: Line) -> str:
        return self._recorded.written(line).article_body

    def _position(self) -> int:
        return int(self._query("SELECT sequence FROM progress")[0][0])

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, isolation_level=None)

    def _query(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(statement, parameters).fetchall()
        except sqlite3.Error as error:
            raise LedgerError(f"{self._path}: {error}") from error


def _rules() -> str:
    """A digest of the code that decides: a draft made by other rules is no use."""
    modules = (fingerprint, shingles, similarity, anchor_table, stories, copies)
    code = b"".join(Path(str(module.__file__)).read_bytes() for module in modules)
    return hashlib.sha256(code).hexdigest()

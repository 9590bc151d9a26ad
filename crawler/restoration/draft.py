"""The ledger that is being made anew, beside the one it is to replace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Self

from pipelines.ledger import Ledger
from pipelines.output import KINDS
from pipelines.rows import StateChange
from pipelines.schedule import Schedule

DRAFT = "ledger.db.rebuilt"

#: What SQLite puts beside a database in WAL mode.
BESIDE = ("-wal", "-shm")


class DraftLedger(Ledger):
    """A new ledger with the same tables. Nothing of it counts before it has taken its place."""

    @classmethod
    def begun(cls, directory: Path, schedule: Schedule) -> Self:
        """An empty one; an earlier draft is removed. Raises LedgerError, and OSError where that cannot be."""
        for suffix in ("", *BESIDE):
            Path(f"{directory / DRAFT}{suffix}").unlink(missing_ok=True)
        draft = cls(directory / DRAFT, schedule=schedule)
        draft.begin()
        return draft

    def set_lengths(self, lengths: dict[str, int], sources: list[str]) -> None:
        """How long the JSON Lines are; that each source has one of every kind, also where nothing is in it yet."""
        for path in (f"{kind}/{source}.jsonl" for kind in KINDS for source in sources):
            self.set_file_length(path, lengths.get(path, 0))

    def force_state(self, change: StateChange) -> None:
        """The document entered this state then, whatever today's schedule would say."""
        self._query(
            "UPDATE watched SET state = ?2, since = ?3 WHERE document = ?1 AND state != ?2",
            change.document,
            change.state,
            change.date,
        )

    def has_capture(self, document_id: str, file: str, record_id: str) -> bool:
        """Whether this capture is known to have shown the document."""
        return bool(
            self._query(
                "SELECT 1 FROM captures WHERE document = ? AND file = ? AND record_id = ?", document_id, file, record_id
            )
        )

    def validated(self) -> Iterator[str]:
        """The URLs whose last response named a validator."""
        yield from [url for (url,) in self._query("SELECT url FROM validators ORDER BY url")]

    def counts(self) -> dict[str, int]:
        """How many rows there are of what is restored."""
        tables = {"documents": "documents", "texts": "revisions", "captures": "captures", "bodies": "payloads"}
        return {name: self._query(f"SELECT count(*) FROM {table}")[0][0] for name, table in tables.items()}

    def make_durable(self) -> None:
        """All that was entered is on the disk, and in one file: it is to be renamed."""
        self.commit()
        self._query("PRAGMA journal_mode = DELETE")

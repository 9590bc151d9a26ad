"""An output directory as it was at one instant, for a reader that takes longer than a batch."""

from __future__ import annotations

from pathlib import Path

from pipelines.recorded import Recorded


class Snapshot(Recorded):
    """As `Recorded`, but what is committed while it is open is not seen, and nothing can be written. Crawls go on."""

    def __init__(self, directory: Path) -> None:
        """Raises LedgerError where nothing was recorded yet."""
        super().__init__(directory)
        # Deferred, so that it locks nobody out; from the first reading on, it sees one state of the ledger.
        self.ledger._query("BEGIN DEFERRED")
        #: Committed bytes of the JSON Lines, by path: what may be read of them.
        self.lengths = self.ledger.file_lengths()

    def __enter__(self) -> Snapshot:
        return self

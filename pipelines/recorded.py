"""Reading what was recorded: the Articles of an output directory by their ids."""

from __future__ import annotations

from pathlib import Path

import orjson

from crawler.items import Article
from pipelines.failure import LedgerError
from pipelines.ledger import Ledger, Line
from pipelines.output import OutputFiles

LEDGER = "ledger.db"


class Recorded:
    """An output directory as its readers see it. Every method may raise a RecordError."""

    def __init__(self, directory: Path) -> None:
        """Raises LedgerError where nothing was recorded yet."""
        if not (directory / LEDGER).exists():
            raise LedgerError(f"{directory / LEDGER} does not exist: nothing was recorded there yet")
        self.ledger = Ledger(directory / LEDGER)
        self._files = OutputFiles(directory)

    def __enter__(self) -> Recorded:
        return self

    def __exit__(self, *_: object) -> None:
        self.ledger.close()

    def article(self, document_id: str) -> Article | None:
        """The document with its text in force; null for an id that was never met."""
        return self.written(self.ledger.line(document_id)) if self.ledger.known(document_id) else None

    def written(self, line: Line) -> Article:
        """The Article of a line."""
        return Article.model_validate(orjson.loads(self._files.read_line(line.path, line.position)))

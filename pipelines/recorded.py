"""Reading what was recorded: the Articles of an output directory by their ids, and what was written beside them."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

import orjson

from crawler.items import Article
from pipelines.document_lines import Line
from pipelines.failure import LedgerError
from pipelines.ledger import Ledger
from pipelines.output import REVISIONS, STATES, OutputFiles
from pipelines.rows import Revision, StateChange

LEDGER = "ledger.db"

#: How like an id must be to one that was never met, to be suggested in its place (1 for the same).
_LIKENESS = 0.8


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
        return (
            self.written(self.ledger.documents.line(document_id)) if self.ledger.documents.known(document_id) else None
        )

    def texts(self, document_id: str) -> dict[tuple[int, int], Article]:
        """All texts of a document by revision and correction (0 for a revision as first read), in that order."""
        return {
            (text.revision, text.correction): self.written(text.line)
            for text in self.ledger.documents.texts(document_id)
        }

    def revisions(self, document_id: str) -> list[Revision]:
        """The lines of `revisions/` that tell of a document, in the order in which they were written."""
        lines = self.ledger.document_lines.of(document_id, REVISIONS)
        return [Revision.model_validate_json(self._read(line)) for line in lines]

    def states(self, document_id: str) -> list[StateChange]:
        """The lines of `states/` that tell of a document, in the order in which they were written."""
        lines = self.ledger.document_lines.of(document_id, STATES)
        return [StateChange.model_validate_json(self._read(line)) for line in lines]

    def nearest(self, document_id: str, limit: int = 5) -> list[str]:
        """Ids that may be meant by one that was never met: those that end alike, then those spelled alike.

        Looks at every id of the ledger.
        """
        known = [document for document, _ in self.ledger.stories.names()]
        namesakes = [document for document in known if _name(document) == _name(document_id)]
        alike = get_close_matches(document_id, known, limit, _LIKENESS)
        return list(dict.fromkeys((*namesakes, *alike)))[:limit]

    def written(self, line: Line) -> Article:
        """The Article of a line."""
        return Article.model_validate(orjson.loads(self._read(line)))

    def _read(self, line: Line) -> bytes:
        return self._files.read_line(line.path, line.position)


def _name(document_id: str) -> str:
    """What is left of an id without its source and post."""
    return document_id.rpartition(":")[2].rpartition("/")[2]

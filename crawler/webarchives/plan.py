"""What a run would fetch from a web archive, counted before it does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from rich.table import Table

from crawler.webarchives.selection import Candidate


class Plan:
    """Captures by host, year of capture and generation.

    `is_complete` says that the archive has told all it has, so that more will not come of it.
    """

    def __init__(self, archive: str, candidates: Iterable[Candidate] = (), *, is_complete: bool = True) -> None:
        """`archive` is the archive's name."""
        self.archive = archive
        self.is_complete = is_complete
        self.counts: Counter[tuple[str, int, str]] = Counter()
        #: Documents of these captures; candidates come document by document.
        self.documents = 0
        self._last: str | None = None
        for candidate in candidates:
            self.add(candidate)

    def add(self, candidate: Candidate) -> None:
        """Count one more; those of one document one after the other."""
        self.counts[candidate.host, candidate.year, candidate.generation] += 1
        if candidate.document_id != self._last:
            self._last = candidate.document_id
            self.documents += 1

    @property
    def total(self) -> int:
        """How many captures would be fetched."""
        return self.counts.total()

    def table(self) -> Table:
        """The counts by host and year, and all of them in the last row."""
        table = Table("host", "year", "generation", title=f"Captures to fetch from {self.archive}")
        table.add_column("captures", justify="right")
        for (host, year, generation), count in sorted(self.counts.items()):
            table.add_row(host, str(year), generation, f"{count:,}")
        table.add_section()
        table.add_row(f"{self.documents:,} documents", "", "", f"{self.total:,}")
        if not self.is_complete:
            table.caption = "Not all was told: there will be more."
        return table

    def as_dict(self) -> dict[str, Any]:
        """The same as plain data: `archive`, `is_complete`, `captures`, `documents`, and `counts` with host, year,
        generation and captures."""
        return {
            "archive": self.archive,
            "is_complete": self.is_complete,
            "captures": self.total,
            "documents": self.documents,
            "counts": [
                {"host": host, "year": year, "generation": generation, "captures": count}
                for (host, year, generation), count in sorted(self.counts.items())
            ],
        }

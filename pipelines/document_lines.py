"""Where the lines of `revisions/` and `states/` lie that tell of one document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

DOCUMENT_LINES = (
    # `kind` is the directory of the file `path`.
    """
    CREATE TABLE document_lines (
        sequence INTEGER PRIMARY KEY,
        document TEXT NOT NULL REFERENCES documents (id),
        kind TEXT NOT NULL,
        path TEXT NOT NULL,
        position INTEGER NOT NULL
    )
    """,
    "CREATE INDEX document_lines_by_document ON document_lines (document, kind)",
)

#: Runs a statement with its parameters and gives all its rows.
Query = Callable[..., list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Line:
    """Where a line is written: the file's path below the output directory, and the byte the line begins at."""

    path: str
    position: int

    @property
    def kind(self) -> str:
        """The directory of the file: `articles`, `copies`, `revisions` or `states`."""
        return self.path.partition("/")[0]


class DocumentLines:
    """The table of lines in an open database. Errors are those of its `query`."""

    def __init__(self, query: Query) -> None:
        self._query = query

    def add(self, document_id: str, line: Line) -> None:
        """A line tells of a document."""
        self._query(
            "INSERT INTO document_lines VALUES (NULL, ?, ?, ?, ?)", document_id, line.kind, line.path, line.position
        )

    def of(self, document_id: str, kind: str) -> list[Line]:
        """The lines of one kind that tell of a document, in the order in which they were written."""
        rows = self._query(
            "SELECT path, position FROM document_lines WHERE document = ? AND kind = ? ORDER BY sequence",
            document_id,
            kind,
        )
        return [Line(*row) for row in rows]

"""What the listings of a site show, run by run: an item that leaves a listing from its middle was taken out of it.

Listings are windows, newest first: what leaves at the end left by age. So a page walked tells about the items known to
stand before the last one it shows, and nothing about those behind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

LISTED = (
    # `position` rises from the newest item to the oldest; only its order means anything.
    """
    CREATE TABLE listed (
        source TEXT NOT NULL,
        section TEXT NOT NULL,
        document TEXT NOT NULL,
        position INTEGER NOT NULL,
        url TEXT NOT NULL,
        PRIMARY KEY (source, section, document)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX listed_by_position ON listed (source, section, position)",
    "CREATE INDEX listed_by_document ON listed (document)",
)

#: Runs a statement with its parameters and gives all its rows.
Query = Callable[..., list[tuple[Any, ...]]]


class Listed:
    """The table of listed items in an open database. Errors are those of its `query`."""

    def __init__(self, query: Query) -> None:
        self._query = query

    def update(self, source: str, section: str, members: Mapping[str, str]) -> list[str]:
        """Take note of a walk: the URL of each document it met, from the newest on, without a gap from the first page.

        Returns the documents that left the listing from its middle, in the order in which they stood there.
        """
        known: dict[str, int] = dict(
            self._query(
                "SELECT document, position FROM listed WHERE source = ? AND section = ? ORDER BY position",
                source,
                section,
            )
        )
        # An old item pinned to the top stands before younger ones: how far the walk came, its last items say.
        reached = next((known[document] for document in reversed(list(members)) if document in known), None)
        missed = []
        if reached is not None:
            missed = [document for document, at in known.items() if at < reached and document not in members]
        for document in (*missed, *(document for document in members if document in known)):
            self._remove(source, section, document)
        behind = [at for document, at in known.items() if document not in members and document not in missed]
        first = min(behind, default=0) - len(members)
        for position, (document, url) in enumerate(members.items(), first):
            self._query("INSERT INTO listed VALUES (?, ?, ?, ?, ?)", source, section, document, position, url)
        return missed

    def urls(self, document: str) -> list[str]:
        """Under which URLs listings show a document."""
        return [
            url for (url,) in self._query("SELECT DISTINCT url FROM listed WHERE document = ? ORDER BY 1", document)
        ]

    def _remove(self, source: str, section: str, document: str) -> None:
        self._query("DELETE FROM listed WHERE source = ? AND section = ? AND document = ?", source, section, document)

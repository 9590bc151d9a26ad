"""The ledger's table of anchors: which texts share paragraphs with a new one, among all ever met.

A text is named by its sequence number, that of its first revision. Texts of one digest have the same anchors: only the
first of them is entered. Statements are static and the anchors one JSON array, so that SQLite prepares each once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from pipelines.similarity import ANCHORS_SHARED

#: What says no more than that it is often said ("The spokesperson has responded to this many times") is held by many
#: texts; so is a release that a hundred missions each changed a little. The first so many are enough to find it.
MOST_HOLDERS = 64

ANCHORS = (
    # `anchor` is a signed number of 48 bits. The key is the whole row: nothing else is stored, no rowid, no index.
    """
    CREATE TABLE anchors (
        anchor INTEGER NOT NULL,
        text INTEGER NOT NULL,
        PRIMARY KEY (anchor, text)
    ) WITHOUT ROWID
    """,
    # How many anchors a text has, those that were not entered counted too.
    "CREATE TABLE anchored_texts (text INTEGER PRIMARY KEY, anchors INTEGER NOT NULL)",
)
_ADD_TEXT = "INSERT INTO anchored_texts VALUES (?, ?)"
_ADD_ANCHORS = f"""
    INSERT INTO anchors SELECT value, ?1 FROM json_each(?2)
    WHERE (SELECT count(*) FROM anchors WHERE anchor = value) < {MOST_HOLDERS}
"""
# Kept from joining the other way round, which would read all texts: CROSS JOIN fixes the order in SQLite.
_CANDIDATES = f"""
    SELECT shared.text, shared.anchors, known.anchors FROM (
        SELECT text, count(*) AS anchors FROM json_each(?1) CROSS JOIN anchors ON anchor = value GROUP BY text
    ) AS shared CROSS JOIN anchored_texts AS known ON known.text = shared.text
    WHERE shared.anchors >= {ANCHORS_SHARED} * min(?2, known.anchors)
    ORDER BY shared.anchors DESC, shared.text
"""

#: Runs a statement with its parameters and gives all its rows.
Query = Callable[..., list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text that shares `shared` anchors with the one sought; it has `anchors` in all."""

    text: int
    shared: int
    anchors: int


class AnchorTable:
    """The table in an open ledger. Errors are those of the ledger's query."""

    def __init__(self, query: Query) -> None:
        self._query = query

    def add(self, text: int, anchors: Sequence[int]) -> None:
        """Enter a new text. One without anchors is not entered: it is too short to be found."""
        if anchors:
            self._query(_ADD_TEXT, text, len(anchors))
            self._query(_ADD_ANCHORS, text, _array(anchors))

    def candidates(self, anchors: Sequence[int]) -> list[Candidate]:
        """The texts that may be copies, by `similarity.share_enough`; those that share most first, then the earliest.

        A text that was entered before finds itself.
        """
        return [Candidate(*row) for row in self._query(_CANDIDATES, _array(anchors), len(anchors))] if anchors else []


def _array(anchors: Sequence[int]) -> str:
    return orjson.dumps(list(anchors)).decode("ascii")

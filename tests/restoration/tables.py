"""A ledger's tables, to be compared with those of another that was made of the same lines."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

#: What no line and no capture tells.
NOT_RESTORED = ("runs", "sections", "listed")
#: Columns of a text's number, by table.
_NUMBERS = {
    "documents": ("current_text",),
    "revisions": ("sequence",),
    "captures": ("text",),
    "anchors": ("text",),
    "anchored_texts": ("text",),
    "members": ("met",),
}

Row = dict[str, Any]
Tables = dict[str, list[Row]]


def tables(ledger: Path) -> Tables:
    """All rows of what is restored, but for the numbers of runs."""
    with closing(sqlite3.connect(ledger)) as connection:
        connection.row_factory = sqlite3.Row
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")]
        found = {
            name: [dict(row) for row in connection.execute(f"SELECT * FROM {name} ORDER BY 1, 2")]
            for name in names
            if name not in NOT_RESTORED
        }
    for row in found["revisions"]:
        del row["run"]
    return found


def unordered(found: Tables) -> Tables:
    """The same with texts called by what they are, not by the number in which they were met."""
    named = {row["sequence"]: f"{row['document']} {row['revision']} {row['correction']}" for row in found["revisions"]}
    for name, columns in _NUMBERS.items():
        for row in found[name]:
            row |= {column: named[row[column]] for column in columns}
    # Its number is that of a line among those of other files.
    for row in found["document_lines"]:
        del row["sequence"]
    return {name: sorted(rows, key=repr) for name, rows in found.items()}

"""The tables of the ledger, and the number of their version."""

from __future__ import annotations

from pipelines.anchor_table import ANCHORS
from pipelines.document_lines import DOCUMENT_LINES
from pipelines.documents import CAPTURES_OF_VERSION_2, DOCUMENTS
from pipelines.listed import LISTED
from pipelines.payloads import PAYLOADS
from pipelines.stories import STORIES
from pipelines.watch import WATCH

#: Stored as SQLite's `user_version`. A ledger of a newer version is refused.
VERSION = 2

_RUNS = (
    "CREATE TABLE files (path TEXT PRIMARY KEY, length INTEGER NOT NULL) WITHOUT ROWID",
    # Sections of which every listed document is known, and when they were last walked to their end (UTC). A run takes
    # the mark away before it walks a section, and gives it back once all it met was read: where it is missing, a run
    # may have been killed between two pages.
    """
    CREATE TABLE sections (
        source TEXT,
        slug TEXT,
        walked TEXT NOT NULL,
        PRIMARY KEY (source, slug)
    ) WITHOUT ROWID
    """,
    # A run that was killed never finished.
    """
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        source TEXT NOT NULL,
        started TEXT NOT NULL,
        finished TEXT
    )
    """,
)

SCHEMA = (*DOCUMENTS, *_RUNS, *ANCHORS, *STORIES, *PAYLOADS, *WATCH, *LISTED, *DOCUMENT_LINES)

#: By version, what makes a ledger of that version one of the next.
MIGRATIONS = {1: CAPTURES_OF_VERSION_2}

"""The tables of the ledger, and the number of their version."""

from __future__ import annotations

from pipelines.anchor_table import ANCHORS
from pipelines.stories import STORIES

#: Stored as SQLite's `user_version`. A ledger of a newer version is refused.
VERSION = 1

_DOCUMENTS = (
    # The text in force is what the document said last, as far as we know: `current_*` tell which revision that is,
    # when it was last seen, and whether only a mirror has shown it.
    """
    CREATE TABLE documents (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        source TEXT NOT NULL,
        canonical_url TEXT NOT NULL,
        headline TEXT NOT NULL,
        date_published TEXT,
        first_seen TEXT,
        last_seen TEXT,
        revisions INTEGER NOT NULL,
        current_revision INTEGER NOT NULL,
        current_seen TEXT,
        current_from_mirror INTEGER NOT NULL,
        duplicate_of TEXT,
        relation TEXT,
        similarity REAL
    ) WITHOUT ROWID
    """,
    # The last part of an id: on TRS sites the release number, which all hosts that repost a release share.
    "CREATE INDEX documents_by_name ON documents (name)",
    # `sequence` is the order in which texts were met, over all documents. The line with the text begins at byte
    # `position` of the file `path`, below the output directory.
    """
    CREATE TABLE revisions (
        sequence INTEGER PRIMARY KEY,
        document TEXT NOT NULL REFERENCES documents (id),
        revision INTEGER NOT NULL,
        text_digest TEXT NOT NULL,
        headline_digest TEXT NOT NULL,
        date_retrieved TEXT,
        capture_file TEXT,
        capture_record_id TEXT,
        run INTEGER REFERENCES runs (id),
        path TEXT NOT NULL,
        position INTEGER NOT NULL,
        UNIQUE (document, revision)
    )
    """,
    "CREATE INDEX revisions_by_text ON revisions (text_digest, headline_digest)",
    "CREATE INDEX revisions_by_headline ON revisions (headline_digest)",
    # Saved pages have no record id; the empty string stands for it, since NULLs would all count as different.
    """
    CREATE TABLE captures (
        document TEXT NOT NULL REFERENCES documents (id),
        file TEXT NOT NULL,
        record_id TEXT NOT NULL,
        url TEXT NOT NULL,
        date_retrieved TEXT,
        PRIMARY KEY (document, file, record_id)
    ) WITHOUT ROWID
    """,
    "CREATE TABLE files (path TEXT PRIMARY KEY, length INTEGER NOT NULL) WITHOUT ROWID",
    # Sections of which every listed document is known. A run takes the mark away before it walks a section, and gives
    # it back once all it met was read: where it is missing, a run may have been killed between two pages.
    "CREATE TABLE sections (source TEXT, slug TEXT, PRIMARY KEY (source, slug)) WITHOUT ROWID",
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

SCHEMA = (*_DOCUMENTS, *ANCHORS, *STORIES)

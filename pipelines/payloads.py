"""What the archive already holds: each payload once, and how a server can be asked whether a page has changed.

A payload is the body of a response as it came, known by its digest. A response that brings a known one is stored as a
`revisit` of the response that brought it first (WARC 1.1, 6.7).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

PAYLOADS = (
    # The stored response with the body. One known by its record alone was stored while another run stored the same.
    """
    CREATE TABLE payloads (
        digest TEXT PRIMARY KEY,
        url TEXT NOT NULL,
        date TEXT NOT NULL,
        record_id TEXT NOT NULL,
        file TEXT NOT NULL
    ) WITHOUT ROWID
    """,
    # The last response of each URL that named a validator: `record_id` is its own record, a revisit's too.
    """
    CREATE TABLE validators (
        url TEXT PRIMARY KEY,
        record_id TEXT NOT NULL,
        digest TEXT NOT NULL REFERENCES payloads (digest),
        etag TEXT,
        last_modified TEXT
    ) WITHOUT ROWID
    """,
)

#: Runs a statement with its parameters and gives all its rows.
Query = Callable[..., list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Payload:
    """The stored response that holds a body.

    `digest` is its `WARC-Payload-Digest`, `date` its `WARC-Date` as written, `record_id` its `WARC-Record-ID` without
    angle brackets, `file` the WARC file's name without its directory.
    """

    digest: str
    url: str
    date: str
    record_id: str
    file: str


@dataclass(frozen=True, slots=True)
class Validators:
    """By what a server tells whether a page has changed since `payload` was stored (RFC 9110, 8.8)."""

    etag: str | None
    last_modified: str | None
    payload: Payload


class Payloads:
    """The tables of payloads in an open database. Errors are those of its `query`."""

    def __init__(self, query: Query) -> None:
        self._query = query

    def find(self, digest: str) -> Payload | None:
        """The stored response with this payload digest."""
        rows = self._query("SELECT digest, url, date, record_id, file FROM payloads WHERE digest = ?", digest)
        return Payload(*rows[0]) if rows else None

    def add_response(
        self, url: str, payload: Payload, record_id: str, etag: str | None, last_modified: str | None
    ) -> None:
        """A stored response of `url`: with `payload`, in a record of its own where `payload` was stored before."""
        self._query(
            "INSERT OR IGNORE INTO payloads VALUES (?, ?, ?, ?, ?)",
            payload.digest,
            payload.url,
            payload.date,
            payload.record_id,
            payload.file,
        )
        if etag is None and last_modified is None:
            self._query("DELETE FROM validators WHERE url = ?", url)
        else:
            self._query(
                "REPLACE INTO validators VALUES (?, ?, ?, ?, ?)", url, record_id, payload.digest, etag, last_modified
            )

    def forget_validators(self, url: str) -> None:
        """The page of this URL is not all of its document: that the page is unchanged says too little."""
        self._query("DELETE FROM validators WHERE url = ?", url)

    def validators(self, url: str, document_id: str) -> Validators | None:
        """How to ask for `url` only if it has changed.

        Null unless the last response of the URL was read as this document with its text in force: of one that could
        not be read, or that showed another text, it would be wrong to say that the document is unchanged.
        """
        rows = self._query(
            "SELECT v.etag, v.last_modified, p.digest, p.url, p.date, p.record_id, p.file FROM validators v"
            " JOIN payloads p ON p.digest = v.digest"
            " WHERE v.url = ? AND EXISTS"
            " (SELECT 1 FROM captures c JOIN revisions shown ON shown.sequence = c.text"
            " JOIN documents d ON d.id = c.document JOIN revisions r ON r.sequence = d.current_text"
            " WHERE c.document = ? AND c.record_id = v.record_id AND shown.revision = r.revision)",
            url,
            document_id,
        )
        if not rows:
            return None
        etag, last_modified, *payload = rows[0]
        return Validators(etag, last_modified, Payload(*payload))

"""Is the ledger by itself in order? Read only: nothing is made, nothing is waited for that another run holds."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from crawler.integrity.findings import EXAMPLES, Code, Findings
from pipelines.failure import LedgerLockedError
from pipelines.ledger import LOCKS, PRIMARY_CODE
from pipelines.ledger_schema import SCHEMA, VERSION

_TABLES = {"documents": "documents", "texts": "revisions", "captures": "captures"}

#: What holds of every ledger beside its foreign keys: what is wrong, and the query for the names of what is.
_RULES = (
    (
        "a document whose text in force is not one of its texts",
        "SELECT d.id FROM documents d LEFT JOIN revisions r ON r.sequence = d.current_text AND r.document = d.id"
        " WHERE r.sequence IS NULL",
    ),
    (
        "a document with another number of revisions than it says",
        "SELECT d.id FROM documents d"
        " WHERE d.revisions IS NOT (SELECT max(r.revision) FROM revisions r WHERE r.document = d.id)",
    ),
    (
        "a capture of one document that showed a text of another",
        "SELECT c.document FROM captures c JOIN revisions r ON r.sequence = c.text WHERE r.document != c.document",
    ),
    ("a document that is never visited", "SELECT id FROM documents WHERE id NOT IN (SELECT document FROM watched)"),
    (
        "a document that moved to one that is not known",
        "SELECT document FROM watched WHERE moved_to NOT IN (SELECT id FROM documents)",
    ),
    ("a document of no story", "SELECT id FROM documents WHERE id NOT IN (SELECT document FROM members)"),
    (
        "a story of a document that is not known",
        "SELECT document FROM members WHERE document NOT IN (SELECT id FROM documents)",
    ),
    (
        "a link of a document that is not known",
        "SELECT first || ' ' || second FROM links"
        " WHERE first NOT IN (SELECT id FROM documents) OR second NOT IN (SELECT id FROM documents)",
    ),
    (
        "anchors of a text that is not known",
        "SELECT text FROM anchored_texts WHERE text NOT IN (SELECT sequence FROM revisions)",
    ),
)


@contextmanager
def opened_for_reading(path: Path) -> Iterator[sqlite3.Connection]:
    """The ledger at one instant: what is committed later is not seen. Runs go on. Raises sqlite3.Error."""
    with closing(_connect(path)) as connection:
        yield connection


def _connect(path: Path) -> sqlite3.Connection:
    try:
        return _begun(path, "mode=ro")
    except sqlite3.OperationalError:
        if Path(f"{path}-wal").exists():
            raise
        # Where its directory cannot be written, SQLite opens a ledger in WAL mode only when told that nobody writes.
        return _begun(path, "immutable=1")


def _begun(path: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True, isolation_level=None)
    try:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def check_ledger(connection: sqlite3.Connection, findings: Findings) -> bool:
    """Whether the tables are there to be compared with the lines. Raises LedgerLockedError."""
    try:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version != VERSION:
            findings.add(Code.LEDGER_VERSION, f"version {version}, where this release has version {VERSION}")
            return False
        is_sound = _check_pages(connection, findings)
        if not _check_schema(connection, findings):
            return False
        _check_rows(connection, findings)
        for name, table in _TABLES.items():
            findings.seen[name] = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    except sqlite3.Error as error:
        note_damage(error, findings)
        return False
    return is_sound


def note_damage(error: sqlite3.Error, findings: Findings) -> None:
    """What SQLite says cannot be read is damage. Raises LedgerLockedError for a ledger that cannot be read just now."""
    if getattr(error, "sqlite_errorcode", 0) & PRIMARY_CODE in LOCKS:
        raise LedgerLockedError(
            f"the ledger is locked by another run ({error}): try again when it has ended"
        ) from error
    findings.add(Code.LEDGER_DAMAGED, str(error))


def _check_pages(connection: sqlite3.Connection, findings: Findings) -> bool:
    """By SQLite's own check of pages, trees and indices."""
    found = [message for (message,) in connection.execute(f"PRAGMA integrity_check({EXAMPLES})") if message != "ok"]
    for message in found:
        findings.add(Code.LEDGER_DAMAGED, message)
    return not found


def _check_schema(connection: sqlite3.Connection, findings: Findings) -> bool:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        for statement in SCHEMA:
            fresh.execute(statement)
        wanted = _schema(fresh)
    found = _schema(connection)
    for name, statement in wanted.items():
        if name not in found:
            findings.add(Code.LEDGER_SCHEMA, f"{name} is missing")
        elif found[name] != statement:
            findings.add(Code.LEDGER_SCHEMA, f"{name} is not as version {VERSION} makes it")
    return all(found.get(name) == statement for name, statement in wanted.items())


def _schema(connection: sqlite3.Connection) -> dict[str, str]:
    rows = connection.execute("SELECT type || ' ' || name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {name: " ".join(sql.split()) for name, sql in rows}


def _check_rows(connection: sqlite3.Connection, findings: Findings) -> None:
    for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        findings.add(Code.LEDGER_DISAGREES, f"row {row} of {table} refers to what {parent} does not have")
    for wrong, query in _RULES:
        for (name,) in connection.execute(query):
            findings.add(Code.LEDGER_DISAGREES, f"{wrong}: {name}")

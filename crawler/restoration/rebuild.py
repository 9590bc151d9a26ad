"""A new ledger beside the old one, and how it takes its place."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from crawler.archive.writer import sync_directory
from crawler.integrity.check import check
from crawler.integrity.findings import Findings
from crawler.restoration.bodies import enter_bodies, forget_continued
from crawler.restoration.draft import BESIDE, DRAFT, DraftLedger
from crawler.restoration.events import Event, Files, in_order
from crawler.restoration.pages import Pages
from crawler.restoration.restoration import Restoration
from pipelines.copies import NearDuplicates
from pipelines.failure import LedgerLockedError, OutputError
from pipelines.ledger import LOCKS, PRIMARY_CODE
from pipelines.recorded import LEDGER
from pipelines.schedule import Schedule

#: What every database begins with.
_SQLITE = b"SQLite format 3\0"
#: Events that are entered in one transaction.
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What the new ledger holds, and what checking it beside the lines and the archive has found.

    `orphans` counts the lines of each file that tell of a document without a text; `unexplained` the captures of
    documents that show no text that was recorded; `cut` the bytes behind the last whole line of each file.
    """

    counts: dict[str, int]
    findings: Findings
    orphans: dict[str, int]
    unexplained: int
    cut: dict[str, int]


def rebuild(directory: Path, near_duplicates: NearDuplicates, schedule: Schedule) -> Rebuilt:
    """Makes `ledger.db.rebuilt`, and checks it. Nobody may write to the directory meanwhile.

    Raises RecordError. A draft that was broken off is no use, and is removed by the next.
    """
    try:
        files, pages = Files.of(directory), Pages(directory)
        draft = DraftLedger.begun(directory, schedule)
    except OSError as error:
        raise OutputError(f"{error.filename or directory}: {error.strerror}") from error
    with closing(draft):
        restoration = Restoration(directory, draft, pages, near_duplicates)
        for number, event in enumerate(in_order(_streams(files, pages), restoration.is_ready), 1):
            restoration.enter(event)
            if number % _BATCH == 0:
                draft.commit()
                draft.begin()
        enter_bodies(draft, pages.files)
        forget_continued(draft, pages)
        draft.set_lengths(files.lengths, files.sources)
        counts = draft.counts()
        draft.make_durable()
    findings = check(directory, DRAFT)
    return Rebuilt(counts, findings, dict(restoration.orphans), restoration.unexplained, files.cut)


def replace_ledger(directory: Path) -> Path | None:
    """Puts the draft in the place of the ledger; where the old one is kept, null where there was none.

    At every instant there is a ledger: the old one, or the new one. Raises LedgerLockedError where somebody has the old
    one open, and OutputError.
    """
    path, draft = directory / LEDGER, directory / DRAFT
    kept = _free(directory / f"{LEDGER}.before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    try:
        had_one = path.exists()
        if had_one:
            _bring_together(path)
            kept.hardlink_to(path)
        for suffix in BESIDE:
            # Beside a new ledger, SQLite would take the log of the old one for its own.
            beside = Path(f"{path}{suffix}")
            if beside.exists():
                beside.rename(f"{kept}{suffix}")
        draft.replace(path)
        sync_directory(directory)
    except OSError as error:
        raise OutputError(f"{error.filename or directory}: {error.strerror}") from error
    return kept if had_one else None


def _streams(files: Files, pages: Pages) -> list[Iterator[Event]]:
    instants = pages.instants()
    return [pages.events(), *(files.events(path, instants) for path in files.lengths)]


def _free(path: Path) -> Path:
    """The path, or the first free one of `path-2`, `path-3` …"""
    numbered = (path.with_name(f"{path.name}-{number}") for number in count(2))
    return path if not path.exists() else next(other for other in numbered if not other.exists())


def _bring_together(path: Path) -> None:
    """All of a ledger into one file, where it can be read at all; what cannot is kept as it is."""
    with path.open("rb") as file:
        if file.read(len(_SQLITE)) != _SQLITE:
            return  # SQLite would take its log for that of an empty database, and remove it
    try:
        with closing(sqlite3.connect(path, timeout=0)) as connection:
            # Only who is alone may leave the write-ahead log.
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & PRIMARY_CODE in LOCKS:
            raise LedgerLockedError(f"{path} is in use ({error}): try again when nobody has it open") from error

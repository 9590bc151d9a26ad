"""Mending what can be mended without a choice: what a kill leaves, and indices."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from crawler.alone import alone
from crawler.archive.abandoned import close_abandoned
from crawler.archive.capture import ARCHIVE
from crawler.integrity.ledger_file import opened_for_reading
from crawler.integrity.lines import json_lines_files
from pipelines.failure import LedgerDamagedError, LedgerError
from pipelines.ledger import Ledger
from pipelines.ledger_schema import VERSION
from pipelines.output import OutputFiles
from pipelines.recorded import LEDGER

_REBUILD = "`scrapy ledger rebuild` makes a new ledger from the JSON Lines and the archive"


def repair(directory: Path, timeout: float) -> list[str]:
    """Does what is safe, and says what was done.

    Closes WARC files that killed runs left open, removes drafts of their reports, brings the log of the ledger into its
    file, makes its indices anew, and cuts off bytes that were never committed. Raises RecordError for what it refuses,
    with nothing cut.
    """
    path = directory / LEDGER
    with alone(directory):
        _refuse_foreign(path)
        done = [
            f"closed {closed.parent.name}/{closed.name}"
            for one in sorted((directory / ARCHIVE).glob("*/"))
            for closed in close_abandoned(one)
        ]
        done += [f"removed the draft of a report {draft.name}" for draft in _remove_drafts(directory)]
        before = json_lines_files(directory)
        with closing(Ledger(path, timeout)) as ledger:
            ledger.mend()
            ledger.begin()
            OutputFiles(directory).recover(ledger.file_lengths())
            ledger.commit()
        done.append(f"made the indices of {LEDGER} anew")
        after = json_lines_files(directory)
        cuts = {file: size - after[file] for file, size in before.items() if after[file] < size}
        return done + [f"cut {cut} uncommitted bytes off {file}" for file, cut in cuts.items()]


def _remove_drafts(directory: Path) -> list[Path]:
    """Reports that killed runs had not finished."""
    drafts = sorted((directory / "runs").glob(".*.draft"))
    for draft in drafts:
        draft.unlink()
    return drafts


def _refuse_foreign(path: Path) -> None:
    """Raises LedgerError for what is no ledger of this release: to open it would be to make it one."""
    if not path.exists():
        raise LedgerError(f"{path} does not exist: {_REBUILD}")
    try:
        with opened_for_reading(path) as connection:
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.Error as error:
        raise LedgerDamagedError(f"{path} cannot be opened ({error}): {_REBUILD}") from error
    if version != VERSION:
        raise LedgerError(f"{path} has version {version}, this release has version {VERSION}: {_REBUILD}")

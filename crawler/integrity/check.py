"""Is the record of an output directory whole?"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from crawler.archive.capture import ARCHIVE
from crawler.integrity.archive_files import Citations
from crawler.integrity.findings import Code, Findings
from crawler.integrity.ledger_file import check_ledger, note_damage, opened_for_reading
from crawler.integrity.lines import check_lines
from pipelines.failure import OutputError
from pipelines.recorded import LEDGER


def check(directory: Path, ledger: str = LEDGER) -> Findings:
    """Checks the ledger (a file of `directory`), the JSON Lines beside it, and the archive. Writes nothing.

    Where the ledger cannot be read, lines and archive are checked without it. Raises LedgerLockedError, and OutputError
    for what cannot be read.
    """
    findings = Findings()
    try:
        with Citations() as citations:
            _check_ledger_and_lines(directory, ledger, findings, citations)
            citations.check(directory / ARCHIVE, findings)
    except OSError as error:
        raise OutputError(f"{error.filename or directory}: {error.strerror}") from error
    return findings


def _check_ledger_and_lines(directory: Path, ledger: str, findings: Findings, citations: Citations) -> None:
    path = directory / ledger
    if not path.exists():
        findings.add(Code.LEDGER_MISSING, f"there is no {ledger}")
        check_lines(directory, None, findings, citations.cite)
        return
    try:
        with opened_for_reading(path) as connection:
            if check_ledger(connection, findings):
                check_lines(directory, connection, findings, citations.cite)
                citations.cite_ledger(connection)
            else:
                check_lines(directory, None, findings, citations.cite)
    except sqlite3.Error as error:
        note_damage(error, findings)
        if not findings.seen["lines"]:
            check_lines(directory, None, findings, citations.cite)

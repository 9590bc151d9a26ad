"""What checking a record has found: what is wrong, and what is only worth knowing."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import Any

#: So many examples of each code are kept, so that memory does not grow with what is wrong.
EXAMPLES = 20


class Code(StrEnum):
    """Stable names of what can be found."""

    LEDGER_MISSING = "ledger-missing"  # there are lines, or an archive, and no ledger
    LEDGER_DAMAGED = "ledger-damaged"  # SQLite cannot read it, or its integrity check fails
    LEDGER_VERSION = "ledger-version"  # another release wrote it
    LEDGER_SCHEMA = "ledger-schema"  # a table or an index is missing, or not as this release makes it
    LEDGER_DISAGREES = "ledger-disagrees"  # rows that belong together do not fit
    FILE_SHORT = "file-short"  # a JSON Lines file lacks committed bytes
    FILE_UNKNOWN = "file-unknown"  # the ledger does not know a JSON Lines file
    LINE_DAMAGED = "line-damaged"  # a line that is no Article, Revision or StateChange
    DIGEST_DIFFERS = "digest-differs"  # an Article's body is not what its text_digest was taken of
    LINE_WITHOUT_ROW = "line-without-row"  # no row of the ledger points at a line
    ROW_WITHOUT_LINE = "row-without-line"  # a row points where no line begins
    ROW_DIFFERS = "row-differs"  # a row says something else than its line
    ARCHIVE_DAMAGED = "archive-damaged"  # a WARC file, or a record in it, is not whole
    CAPTURE_LOST = "capture-lost"  # a capture is not in the archive file that is said to hold it
    BODY_LOST = "body-lost"  # the archive lacks a body that later records, or the ledger, refer to
    # Worth knowing, and nothing wrong:
    UNCOMMITTED = "uncommitted-bytes"  # behind the committed length: a run is under way, or was killed
    ARCHIVE_OPEN = "archive-open"  # a WARC file in progress: a run is under way, or was killed
    ELSEWHERE = "captures-elsewhere"  # captures in files that are not of this archive: what was replayed


NOTES = frozenset((Code.UNCOMMITTED, Code.ARCHIVE_OPEN, Code.ELSEWHERE))


#: What lies in a file that nothing can be made anew from.
FROM_BACKUP = frozenset((Code.LINE_DAMAGED, Code.DIGEST_DIFFERS, Code.ARCHIVE_DAMAGED, Code.CAPTURE_LOST))
#: What a ledger made anew from the lines and the archive has no more.
REBUILDABLE = frozenset(Code) - NOTES - FROM_BACKUP


class Findings:
    """What was found, counted by code, with a few examples each; and how much was looked at."""

    def __init__(self) -> None:
        self.counts: Counter[Code] = Counter()
        self.examples: dict[Code, list[str]] = {}
        #: How many `documents`, `texts`, `captures`, `lines`, `files`, `records`, `archive files` were looked at.
        self.seen: Counter[str] = Counter()

    def add(self, code: Code, example: str, count: int = 1) -> None:
        """Counts something found; the example says where it is, and what."""
        self.counts[code] += count
        examples = self.examples.setdefault(code, [])
        if len(examples) < EXAMPLES:
            examples.append(example)

    @property
    def faults(self) -> dict[Code, int]:
        """What is wrong, by code, in the order of the codes."""
        return {code: self.counts[code] for code in Code if code not in NOTES and self.counts[code]}

    @property
    def notes(self) -> dict[Code, int]:
        """What is worth knowing, by code, in the order of the codes."""
        return {code: self.counts[code] for code in Code if code in NOTES and self.counts[code]}

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    def as_dict(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {
            "whole": self.is_whole,
            "seen": dict(self.seen),
            "faults": {code.value: self._described(code) for code in self.faults},
            "notes": {code.value: self._described(code) for code in self.notes},
        }

    def _described(self, code: Code) -> dict[str, Any]:
        return {"count": self.counts[code], "examples": self.examples[code]}

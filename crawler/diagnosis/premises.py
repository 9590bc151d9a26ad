"""What can be wrong where a run writes: the disk, the output directory, the ledger, a run that hangs."""

from __future__ import annotations

import datetime
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from crawler.diagnosis.examination import Ailment, Diagnosis, Examination, some
from crawler.diagnosis.running import Holder
from pipelines.failure import RecordError
from pipelines.ledger import Ledger
from pipelines.recorded import LEDGER

#: Less room than this is used up by one archive file.
_LITTLE_ROOM = 1_000_000_000
#: So long a run waits for nobody: a ledger that is locked for longer is worth a word.
_LOCKED_SECONDS = 5.0
#: A full walk through the largest source takes hours, not days.
_LONG_RUN = datetime.timedelta(hours=24)
_GIGABYTE = 10**9
#: So much of the end of a file of Articles is read, in bytes, and so many lines of it.
_TAIL_BYTES = 512 * 1024
_TAIL_LINES = 30

_LEDGER_AILMENTS = {
    ailment.value: ailment
    for ailment in (Ailment.DISK_FULL, Ailment.LEDGER_DAMAGED, Ailment.LEDGER_TOO_NEW, Ailment.LEDGER_LOCKED)
}
_LEDGER_ADVICE = {
    Ailment.LEDGER_LOCKED: "See which process works on the ledger (scrapy runs), and let it end.",
    Ailment.LEDGER_DAMAGED: "Run scrapy ledger check, then scrapy ledger rebuild: articles and archive hold all that "
    "the ledger knows.",
    Ailment.LEDGER_TOO_NEW: "Install the release that wrote it, or a newer one.",
    Ailment.DISK_FULL: "Make room on the disk.",
}


def examine_premises(directory: Path) -> Examination:
    """The output directory: room, permission, ledger, files."""
    examination = Examination(f"output in {directory}")
    if not directory.exists():
        examination.notes.append("It does not exist yet: nothing was recorded there.")
        examination.add(disk_trouble(directory, shutil.disk_usage(_existing(directory)).free))
        return examination
    examination.checked += ["room on the disk", "permission to write"]
    if trouble := list(_writing(directory)):
        examination.add(trouble)
        return examination
    examination.add(disk_trouble(directory, shutil.disk_usage(directory).free))
    if (directory / LEDGER).exists():
        examination.checked += ["the ledger", "the length of every file of articles"]
        examination.add(_ledger(directory))
    else:
        examination.notes.append("There is no ledger yet: nothing was recorded there.")
    return examination


def disk_trouble(directory: Path, free: int) -> Iterator[Diagnosis]:
    """A disk with so many `free` bytes that a run may fill it."""
    if free < _LITTLE_ROOM:
        yield Diagnosis(
            Ailment.DISK_FULL,
            "The disk is nearly full.",
            (f"{free / _GIGABYTE:.2f} GB are free where {directory} lies; one file of the archive grows to a GB.",),
            "Make room: copy closed archive files away with scrapy publish, or give the output directory another disk.",
        )


def long_run(holder: Holder, now: datetime.datetime) -> Iterator[Diagnosis]:
    """A run that holds its lock for longer than any run takes."""
    since = datetime.datetime.fromisoformat(holder.since)
    if now - since > _LONG_RUN:
        yield Diagnosis(
            Ailment.RUN_HANGS,
            "A run seems to hang: no other can begin.",
            (f"The lock is held by {holder}.",),
            f"Look at its log. Stop it with kill {holder.pid}: what it has read is committed.",
        )


def last_recorded(directory: Path, source: str) -> list[dict[str, Any]]:
    """The Articles of a source that were recorded last, the latest first, as their lines have them.

    Read without the ledger, which may be what is damaged: a line that is not whole is passed over.
    """
    try:
        with (directory / "articles" / f"{source}.jsonl").open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
            lines = file.read().splitlines()[-_TAIL_LINES:]
    except OSError:
        return []
    return [article for line in reversed(lines) if (article := _whole(line)) is not None]


def _whole(line: bytes) -> dict[str, Any] | None:
    try:
        article = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return article if isinstance(article, dict) and "id" in article else None


def _existing(directory: Path) -> Path:
    return next((parent for parent in directory.absolute().parents if parent.exists()), Path("/"))


def _writing(directory: Path) -> Iterator[Diagnosis]:
    try:
        # A file without a name, where the system has such: nobody sees it.
        with tempfile.TemporaryFile(dir=directory):
            return
    except OSError as error:
        yield Diagnosis(
            Ailment.OUTPUT_ERROR,
            "Nothing can be written to the output directory.",
            (f"{directory}: {error.strerror}",),
            "Give the directory to the user that runs the crawls, or name another with -s OUTPUT_DIR=.",
        )


def _ledger(directory: Path) -> Iterator[Diagnosis]:
    try:
        ledger = Ledger(directory / LEDGER, timeout=_LOCKED_SECONDS)
        try:
            ledger.documents.totals()
            lengths = ledger.file_lengths()
            ledger.begin()
            ledger.rollback()
        finally:
            ledger.close()
    except RecordError as error:
        ailment = _LEDGER_AILMENTS.get(error.reason, Ailment.LEDGER_ERROR)
        advice = _LEDGER_ADVICE.get(ailment, "See whether the file and its directory may be read and written.")
        yield Diagnosis(ailment, "The ledger cannot be used.", (str(error),), advice)
    else:
        yield from _files(directory, lengths)


def _files(directory: Path, lengths: Mapping[str, int]) -> Iterator[Diagnosis]:
    short = [
        f"{path} has {size} bytes, {length} are committed"
        for path, length in lengths.items()
        if (size := _size(directory / path)) < length
    ]
    if short:
        yield Diagnosis(
            Ailment.OUTPUT_INCOMPLETE,
            "Files of the output directory lack what the ledger has committed.",
            some(short),
            "Put the files back from a copy; scrapy ledger check says what is missing.",
        )


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0

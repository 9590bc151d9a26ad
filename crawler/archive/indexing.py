"""Reading WARC files into the database of an index, several at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from crawler.archive import database
from crawler.archive.database import CaptureRow, RevisitRow
from crawler.archive.processes import cores, worker_pool
from crawler.archive.reader import Header, check_citable, head_of, header_in, is_response, is_revisit
from crawler.archive.record import Record, WarcFile, read_records
from crawler.archive.spelling import redirect_target, url_key
from crawler.extraction.problem import Code, Problem
from crawler.webarchives.unwrap import brought_by, origin_of

#: Whether the captures of a URL may be needed. Goes to other processes, so it has to be picklable.
Wanted = Callable[[str], bool]

#: Status and header lines of a response.
Head = tuple[int, Sequence[Header]]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
#: Bytes of all files from which on it is worth to start processes.
_WORTH_PROCESSES = 32 * 1024 * 1024


class _Place(NamedTuple):
    """Where a record lies, and what it is a capture of; the fields that all rows have."""

    key: str
    url: str
    retrieved: int
    file: int
    offset: int
    record_id: str
    is_wanted: bool


def read_into(path: Path, files: Sequence[WarcFile], wanted: Wanted | None) -> list[Problem]:
    """Make the database of some files at `path`; what is wrong with them, in their order.

    Raises Problem `unreadable-file` for a file that is none.
    """
    problems: list[Problem] = []
    with closing(database.create(path)) as connection:
        jobs = min(cores(), len(files))
        if jobs > 1 and sum(map(_size, files)) >= _WORTH_PROCESSES:
            for part, found in _in_processes(path, files, wanted, jobs):
                database.add_all(connection, part)
                part.unlink()
                problems += found
        else:
            for number, file in enumerate(files):
                problems += _read_file(connection, number, file, wanted)
        return problems + database.settle(connection)


def instant(retrieved: int) -> datetime:
    """The time that a row tells, in UTC."""
    return _EPOCH + timedelta(microseconds=retrieved)


def _size(file: WarcFile) -> int:
    try:
        return file.stat().st_size if isinstance(file, Path) else file.size
    except OSError:  # reading it will tell
        return 0


def _in_processes(
    path: Path, files: Sequence[WarcFile], wanted: Wanted | None, jobs: int
) -> Iterator[tuple[Path, list[Problem]]]:
    """The database of each file with its problems, in the order of the files."""
    executor = worker_pool(jobs, __name__)
    try:
        parts = [path.with_name(f"part-{number}.db") for number in range(len(files))]
        tasks = [
            executor.submit(_read_part, part, number, file, wanted)
            for number, (part, file) in enumerate(zip(parts, files, strict=True))
        ]
        for part, task in zip(parts, tasks, strict=True):
            yield part, task.result()
    finally:
        executor.shutdown(cancel_futures=True)


def _read_part(part: Path, number: int, file: WarcFile, wanted: Wanted | None) -> list[Problem]:
    with closing(database.create(part)) as connection:
        return _read_file(connection, number, file, wanted)


def _read_file(connection: sqlite3.Connection, number: int, file: WarcFile, wanted: Wanted | None) -> list[Problem]:
    problems: list[Problem] = []

    def report(problem: Problem) -> None:
        # The pages of others may be of any size.
        if problem.code is not Code.TOO_LARGE or wanted is None or wanted(problem.url):
            problems.append(problem)

    connection.execute("BEGIN")
    for record in read_records(file, report):
        if not (is_response(record) or is_revisit(record)):
            continue
        is_wanted = wanted is None or wanted(record.url)
        try:
            # Or it would have no date.
            check_citable(record, file)
            brought = brought_by(record, file)
            url, retrieved = origin_of(record, brought)
            is_wanted = wanted is None or wanted(url)
            microseconds = (retrieved - _EPOCH) // _MICROSECOND
            place = _Place(url_key(url), url, microseconds, number, record.offset, record.id, is_wanted)
            _add(connection, record, place, None if brought is None else (brought.status, brought.headers))
        except Problem as problem:
            if is_wanted:
                problems.append(problem)
    connection.execute("COMMIT")
    return problems


def _add(connection: sqlite3.Connection, record: Record, place: _Place, head: Head | None) -> None:
    """`head` is that of the response, where it is known. Raises Problem for a response that is none."""
    if is_revisit(record):
        target = record.header("WARC-Refers-To-Target-URI").strip("<>") or record.url
        row = RevisitRow(
            **place._asdict(),
            refers_to=record.header("WARC-Refers-To").strip("<>"),
            target=target,
            target_date=record.header("WARC-Refers-To-Date"),
            digest=record.header("WARC-Payload-Digest"),
        )
        database.add(connection, row)
        return
    status, headers = head or head_of(record)
    date, digest = record.header("WARC-Date"), record.header("WARC-Payload-Digest")
    database.add(connection, CaptureRow(**place._asdict(), status=status, date=date, digest=digest))
    _add_redirect(connection, place.key, place.url, status, headers)


def _add_redirect(connection: sqlite3.Connection, key: str, url: str, status: int, headers: Sequence[Header]) -> None:
    target = redirect_target(url, status, header_in(headers, "Location"))
    if target is not None and (target_key := url_key(target)) != key:
        database.add_redirect(connection, key, target_key)

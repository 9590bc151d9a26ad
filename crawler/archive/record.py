"""WARC records (ISO 28500) as fastwarc reads them, whole or not at all.

`read_records` walks a file, `read_record` fetches one by its offset. What a record means, an HTTP response or
something else, is for `crawler.archive.reader`.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from typing import BinaryIO

from fastwarc.stream_io import GzipReader, WarcReader
from fastwarc.warc import ArchiveIterator, WarcRecord

from crawler.archive.members import Gauge, is_gzip, open_members, whole_length
from crawler.archive.remote import RemoteFile
from crawler.extraction.problem import Code, Problem

#: Receives what is wrong with a file or a record, while reading goes on.
Report = Callable[[Problem], None]

#: A WARC file on this machine, or on a web server.
WarcFile = Path | RemoteFile

#: Larger blocks are recordings and software, not pages.
MAX_BLOCK_BYTES = 64 * 1024 * 1024

#: Bytes of records that wait for the end of the gzip member they share.
_MAX_HELD_BYTES = 2 * MAX_BLOCK_BYTES
_CHUNK_BYTES = 64 * 1024

#: No length in bytes has more digits; Python refuses to read a number of thousands.
_LENGTH_DIGITS = 18

#: The digests fastwarc can verify.
_ALGORITHMS = ("md5", "sha1", "sha256", "sha512")


@dataclass(frozen=True, slots=True)
class Record:
    """One whole WARC record.

    `warc` is fastwarc's record, frozen, so that it stays readable. `offset` is the byte in the file where it, or the
    gzip member or zstd frame with it, begins.
    """

    warc: WarcRecord
    offset: int

    @property
    def id(self) -> str:
        """The `WARC-Record-ID` without angle brackets; empty where it is missing."""
        return self.header("WARC-Record-ID").strip("<>")

    @property
    def url(self) -> str:
        """The `WARC-Target-URI`, without the brackets some writers put around it; empty where it is missing."""
        return self.header("WARC-Target-URI").strip("<>")

    @property
    def date(self) -> datetime:
        """The `WARC-Date`, in UTC. `crawler.archive.reader.check_citable` says whether there is one."""
        return self.warc.record_date.astimezone(UTC)

    def header(self, name: str) -> str:
        """The value of a WARC header; empty where it is missing."""
        return self.warc.headers.get(name) or ""


def read_records(path: WarcFile, report: Report) -> Iterator[Record]:
    """The records of a WARC file (plain, .gz or .zst), in the order of the file, all of them whole.

    A file that is cut or damaged is read up to there, which is reported as `truncated-archive`. So is a record whose
    `WARC-Block-Digest` is not that of its block; it is left out, and so is one of more than `MAX_BLOCK_BYTES`
    (`too-large`). Raises Problem `unreadable-file` for a file without one whole record.
    """
    count = 0
    try:
        with path.open("rb") if isinstance(path, Path) else path.stream() as stream:
            for record in _whole_records(stream) if isinstance(path, Path) else _records_in_one_pass(path, stream):
                count += 1
                if _is_sound(record, path, report):
                    yield record
    except OSError as error:
        if not count:
            raise Problem(Code.UNREADABLE_FILE, str(path), error.strerror or str(error)) from error
        report(Problem(Code.TRUNCATED_ARCHIVE, str(path), f"{error}; {count} records read before it"))
    else:
        if not count:
            raise Problem(Code.UNREADABLE_FILE, str(path), "no WARC record")


def read_record(path: WarcFile, offset: int, record_id: str) -> Record:
    """The record with this id, from `offset` on. Raises Problem `unreadable-file` where it is not there."""
    try:
        with path.open("rb") as stream:
            for record in _records(stream, offset):
                if record.id == record_id:
                    return record
    except OSError as error:
        raise Problem(Code.UNREADABLE_FILE, str(path), error.strerror or str(error)) from error
    raise Problem(Code.UNREADABLE_FILE, str(path), f"no record {record_id} at byte {offset}: the file has changed")


def _whole_records(stream: BinaryIO) -> Iterator[Record]:
    whole = whole_length(stream)
    yield from takewhile(lambda record: record.offset < whole, _records(stream, 0))
    if whole < stream.seek(0, os.SEEK_END):
        raise OSError(f"the file is cut or damaged at byte {whole}")


def _records_in_one_pass(file: RemoteFile, stream: BinaryIO) -> Iterator[Record]:
    """As `_whole_records`, of a file that would have to be fetched twice. Each record waits for its member's end.

    Raises Problem `unreadable-file` where all records are in one member: none of them could be fetched by itself.
    """
    if not is_gzip(stream):
        yield from _whole_records(stream)
        return
    gauge = Gauge(stream)
    held: deque[Record] = deque()
    for record in _records_of(GzipReader(gauge)):
        held.append(record)
        while held and held[0].offset < gauge.whole:
            yield held.popleft()
        if sum(one.warc.content_length for one in held) > _MAX_HELD_BYTES:
            raise Problem(Code.UNREADABLE_FILE, str(file), "its records share a gzip member; download the file")
        if gauge.is_damaged:
            break
    while not gauge.is_damaged and gauge.read(_CHUNK_BYTES):
        pass
    yield from (record for record in held if record.offset < gauge.whole)
    if gauge.whole < file.size:
        raise OSError(f"the file is cut or damaged at byte {gauge.whole}")


def _records(stream: BinaryIO, start: int) -> Iterator[Record]:
    return _records_of(open_members(stream, start))


def _records_of(members: BinaryIO | WarcReader) -> Iterator[Record]:
    for warc in ArchiveIterator(members, parse_http=False, stream_detect=False):
        # The `stream_pos` of the second record in a member is the end of that member (fastwarc 2.0.1).
        member = members.frame_start_position() if isinstance(members, WarcReader) else warc.stream_pos
        record = Record(warc, member or 0)
        _read_block(record)
        yield record


def _read_block(record: Record) -> None:
    """Take the block off the stream. Raises OSError, as fastwarc does, for less than the Content-Length."""
    announced = record.header("Content-Length")
    if not announced.isdecimal() or len(announced) > _LENGTH_DIGITS:
        raise OSError(f"the record at byte {record.offset} has no Content-Length")
    if record.warc.content_length <= MAX_BLOCK_BYTES:
        record.warc.freeze()
        length = record.warc.content_length
    else:
        length = record.warc.consume()
    if length < int(announced):
        raise OSError(f"the file ends within the record at byte {record.offset}")


def _is_sound(record: Record, path: WarcFile, report: Report) -> bool:
    if not record.warc.is_frozen:
        report(Problem(Code.TOO_LARGE, record.url or str(path), f"{record.header('Content-Length')} bytes"))
        return False
    algorithm = record.header("WARC-Block-Digest").partition(":")[0]
    if algorithm.lower() in _ALGORITHMS and not record.warc.verify_block_digest():
        detail = f"the record at byte {record.offset} is damaged: its block digest differs; left out"
        report(Problem(Code.TRUNCATED_ARCHIVE, str(path), detail))
        return False
    return True

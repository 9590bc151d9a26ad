"""What an exchange with a web archive brought: a capture, as if the origin had answered at the time of the capture.

Our own WARC files keep the exchange with the archive as it came. Whoever reads them again finds the capture here.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from io import BytesIO
from pathlib import Path

from fastwarc.stream_io import GzipReader
from fastwarc.warc import ArchiveIterator

from crawler.archive.members import whole_length
from crawler.archive.reader import ArchivedResponse, is_response, is_revisit, to_response
from crawler.archive.record import Record, WarcFile
from crawler.extraction.identity import Address
from crawler.extraction.problem import Code, Problem

#: `id_` asks for the capture as it was stored, without the archive's links and banner.
_RAW_REPLAY = re.compile(r"^https?://[^/]+/(?:[^/?#]+/)*?(?P<timestamp>\d{14})id_/(?P<url>https?:/.+)$", re.IGNORECASE)
#: Some servers and caches make one of the two slashes.
_ONE_SLASH = re.compile(r"^(https?:/)(?!/)", re.IGNORECASE)
#: A WARC file, by its name in the path.
_WARC_FILE = re.compile(r"\.warc\.gz$", re.IGNORECASE)
#: What the archive says of the capture, and the origin never said.
_OF_THE_ARCHIVE = re.compile(
    rb"memento-datetime|link|content-location|x-archive-.*|x-ts|x-tr|x-app-server", re.IGNORECASE
)
_GZIP = b"\x1f\x8b"


def replayed(url: str) -> tuple[str, str] | None:
    """The origin's URL and the timestamp (14 digits, UTC) in the URL of a raw replay; null for any other URL."""
    found = _RAW_REPLAY.match(url)
    if found is None:
        return None
    origin = _ONE_SLASH.sub(r"\1/", found["url"])
    return (origin, found["timestamp"]) if Address.of(origin) is not None and _time(found["timestamp"]) else None


def origin_of(record: Record, brought: ArchivedResponse | None) -> tuple[str, datetime]:
    """Of which URL a record is a capture, and made when (UTC): of what a web archive `brought`, the origin's. The
    exchange that brought the same once more is a `revisit`, of which only its URL tells."""
    if brought is not None:
        return brought.url, brought.retrieved
    found = replayed(record.url) if is_revisit(record) else None
    return (record.url, record.date) if found is None else (found[0], _time(found[1]) or record.date)


def brought_by(record: Record, path: WarcFile) -> ArchivedResponse | None:
    """The capture that the exchange with a web archive in a record brought; null for any other record, which is left
    unread. Raises what `unwrap` and `to_response` raise."""
    if not is_response(record) or (replayed(record.url) is None and not _names_warc_file(record.url)):
        return None
    return unwrap(to_response(record, path))


def unwrap(response: ArchivedResponse) -> ArchivedResponse | None:
    """An exchange with a web archive as the capture it brought; null for any other exchange.

    The capture has the URL, the status and the headers of the origin and the time of the capture. `file` and
    `record_id` stay those of the exchange. A raw replay is dated by its `Memento-Datetime`, since pywb answers with the
    nearest capture where it lacks the one that was asked for; without one only a 200 counts, for the archive itself
    has such answers as a redirect or a 404.

    Raises Problem for a range of a WARC file that is no whole record of a response: `truncated`, `unreadable-file`, and
    what `to_response` raises.
    """
    if (origin := replayed(response.url)) is not None:
        return _of_replay(response, *origin)
    if response.status == 206 and _names_warc_file(response.url):
        record = _read_only_record(response)
        captured = to_response(record, Path(response.file))
        return replace(captured, file=response.file, record_id=response.record_id)
    return None


def _names_warc_file(url: str) -> bool:
    address = Address.of(url)
    return address is not None and _WARC_FILE.search(address.path) is not None


def _of_replay(response: ArchivedResponse, url: str, timestamp: str) -> ArchivedResponse | None:
    answered = _memento_time(response.header("Memento-Datetime"))
    if answered is None and response.status != 200:
        return None
    return replace(
        response,
        url=url,
        headers=tuple(line for line in response.headers if not _OF_THE_ARCHIVE.fullmatch(line[0])),
        retrieved=answered or _time(timestamp) or response.retrieved,
    )


def _read_only_record(response: ArchivedResponse) -> Record:
    """The record in the body of a 206, whole. Raises Problem."""
    body = response.stored_body if response.stored_body.startswith(_GZIP) else response.body
    if not body.startswith(_GZIP):
        raise Problem(Code.UNREADABLE_FILE, response.url, "the range is no gzip member")
    if whole_length(BytesIO(body)) != len(body):
        raise Problem(Code.TRUNCATED, response.url, f"the range of {len(body)} bytes is no whole gzip member")
    try:
        warc = next(iter(ArchiveIterator(GzipReader(BytesIO(body)), parse_http=False, stream_detect=False)), None)
        if warc is None:
            raise Problem(Code.UNREADABLE_FILE, response.url, "the range holds no WARC record")
        warc.freeze()
    except OSError as error:
        raise Problem(Code.UNREADABLE_FILE, response.url, str(error)) from error
    record = Record(warc, 0)
    if record.header("Content-Length") != str(warc.content_length):
        raise Problem(Code.TRUNCATED, response.url, "the record is shorter than it says")
    if not is_response(record):
        raise Problem(Code.UNREADABLE_FILE, response.url, f"the range holds a {record.header('WARC-Type')} record")
    return record


def _memento_time(header: str) -> datetime | None:
    """The time of the capture as the archive says it (RFC 7089), in UTC; null where it says none."""
    try:
        return parsedate_to_datetime(header).astimezone(UTC)
    except ValueError:
        return None


def _time(timestamp: str) -> datetime | None:
    try:
        return datetime.strptime(timestamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None

"""The HTTP responses in a WARC file.

    for response in read_responses(Path("pages.warc.gz"), report):
        print(response.date_retrieved, response.status, response.url, len(response.body))

`response` records are read, and `resource` records as responses of status 200. `revisit` records have no body of their
own: `crawler.archive.index` resolves them. All else in the file (requests, metadata) is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from fastwarc.warc import WarcRecordType

from crawler.archive.coding import UndecodableBody, decode_body
from crawler.archive.record import MAX_BLOCK_BYTES, Record, Report, WarcFile, read_records
from crawler.extraction.problem import Code, Problem

#: Name and value of one HTTP header line, as bytes on the wire.
Header = tuple[bytes, bytes]

#: The years a capture may be of: there was no web before, and a clock may be wrong, but not by so much.
_YEARS = range(1990, 2100)
_WEB_URL = re.compile(r"https?://", re.IGNORECASE)


@dataclass(frozen=True)
class ArchivedResponse:
    """One HTTP response of a WARC file.

    `headers` are the lines as they came, in order, repeated names included. `stored_body` still has its codings.
    `retrieved` is the `WARC-Date`, in UTC. `file` is the WARC file's name without its directory, and `record_id` the
    `WARC-Record-ID` without angle brackets.
    """

    url: str
    status: int
    headers: tuple[Header, ...]
    stored_body: bytes
    retrieved: datetime
    file: str
    record_id: str

    @cached_property
    def body(self) -> bytes:
        """The body without transfer and content coding. Raises Problem `undecodable` when it is not in its coding."""
        transfer_encoding, content_encoding = self.header("Transfer-Encoding"), self.header("Content-Encoding")
        try:
            return decode_body(self.stored_body, transfer_encoding, content_encoding)
        except UndecodableBody as error:
            raise Problem(Code.UNDECODABLE, self.url, str(error)) from error

    @property
    def date_retrieved(self) -> str:
        """When the response was captured, as the Article says it: `2020-07-04T03:55:41Z`."""
        return self.retrieved.strftime("%Y-%m-%dT%H:%M:%SZ")

    def header(self, name: str) -> str:
        """The value of a header, of repeated ones joined by a comma; empty where there is none."""
        return header_in(self.headers, name)


def header_in(headers: Iterable[Header], name: str) -> str:
    """The value of a header among these lines, of repeated ones joined by a comma; empty where there is none."""
    wanted = name.lower().encode("ascii")
    return ", ".join(value.decode("latin-1") for key, value in headers if key.lower() == wanted)


def read_responses(path: WarcFile, report: Report) -> Iterator[ArchivedResponse]:
    """The responses of a WARC file in the order of the file. Raises and reports as `read_records` does.

    A response that `to_response` refuses is reported too.
    """
    for record in read_records(path, report):
        if is_response(record):
            try:
                response = to_response(record, path)
            except Problem as problem:
                report(problem)
            else:
                yield response


def is_response(record: Record) -> bool:
    """Whether a record holds a web response with its body."""
    is_of_a_page = record.warc.record_type in (WarcRecordType.response, WarcRecordType.resource)
    return is_of_a_page and bool(_WEB_URL.match(record.url))


def is_revisit(record: Record) -> bool:
    """Whether a record says that a web response was the same as an earlier one, which holds the body."""
    return record.warc.record_type == WarcRecordType.revisit and bool(_WEB_URL.match(record.url))


def check_citable(record: Record, path: WarcFile) -> None:
    """Raise Problem for a record that is too incomplete to be cited and read.

    A capture the crawler cut (`WARC-Truncated`) or spread over records (segments) is half a page: `truncated`.
    """
    if not record.id:
        raise Problem(Code.UNREADABLE_FILE, str(path), f"no WARC-Record-ID at byte {record.offset}")
    if record.warc.record_date is None or record.warc.record_date.year not in _YEARS:
        raise Problem(Code.UNREADABLE_FILE, str(path), f"no WARC-Date at byte {record.offset}")
    # A revisit says so of the body that it leaves off (WARC 1.1, 6.7.2).
    if (cut := record.header("WARC-Truncated")) and not is_revisit(record):
        raise Problem(Code.TRUNCATED, record.url, f"cut by the crawler: {cut}")
    if record.header("WARC-Segment-Number"):
        raise Problem(Code.TRUNCATED, record.url, "segmented record")


def to_response(record: Record, path: WarcFile) -> ArchivedResponse:
    """The response in a record that `is_response`. Raises Problem as `check_citable` does, and without HTTP status."""
    check_citable(record, path)
    status, headers = head_of(record)
    return ArchivedResponse(
        url=record.url,
        status=status,
        headers=headers,
        stored_body=record.warc.reader.read(),
        retrieved=record.date,
        file=path.name,
        record_id=record.id,
    )


def head_of(record: Record) -> tuple[int, tuple[Header, ...]]:
    """Status and header lines of the response in a record that `is_response`. Raises Problem `empty-response` where
    there is no HTTP status."""
    return _parse_http(record) if record.warc.record_type == WarcRecordType.response else _as_ok(record)


def _parse_http(record: Record) -> tuple[int, tuple[Header, ...]]:
    record.warc.is_http = True  # also where the record does not say `Content-Type: application/http`
    try:
        record.warc.parse_http(quirks_mode=True, max_header_len=MAX_BLOCK_BYTES)
    except OSError as error:
        raise Problem(Code.EMPTY_RESPONSE, record.url, f"no HTTP header in {record.id}: {error}") from error
    status = record.warc.http_headers.status_code
    if status is None or not 100 <= status <= 999:
        raise Problem(Code.EMPTY_RESPONSE, record.url, f"no HTTP status line in {record.id}")
    return status, record.warc.http_headers.items_bytes()


def _as_ok(record: Record) -> tuple[int, tuple[Header, ...]]:
    """A `resource` record has no HTTP header; its WARC header says what it is."""
    media_type = record.header("Content-Type") or "application/octet-stream"
    return 200, ((b"Content-Type", media_type.encode("latin-1", errors="replace")),)

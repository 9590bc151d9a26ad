"""The sample archive: pages as one WARC file, the same bytes for the same pages."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterable
from io import BytesIO

from fastwarc.stream_io import GzipWriter
from fastwarc.warc import WarcRecord, WarcRecordType

#: The pages count as captured from this instant on, one a second.
_CAPTURED = datetime.datetime(2026, 10, 1, tzinfo=datetime.UTC)


def write_sample(pages: Iterable[tuple[str, bytes, str]]) -> bytes:
    """A `.warc.gz` of responses with status 200, one gzip member a record. `pages` are URL, body and content type."""
    packed = BytesIO()
    stream = GzipWriter(packed)
    _write(stream, WarcRecordType.warcinfo, "sample", 0, b"description: saved pages of the tests\r\n", {})
    for number, (url, body, content_type) in enumerate(pages, 1):
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
        _write(stream, WarcRecordType.response, url, number, head.encode("latin-1") + body, {"WARC-Target-URI": url})
    stream.close()
    return packed.getvalue()


def _write(
    stream: GzipWriter, kind: WarcRecordType, name: str, second: int, block: bytes, headers: dict[str, str]
) -> None:
    record = WarcRecord()
    # The id follows from the content, so that the same pages make the same file.
    record.init_headers(kind, str(uuid.uuid5(uuid.NAMESPACE_URL, name)).encode())
    date = _CAPTURED + datetime.timedelta(seconds=second)
    record.headers["WARC-Date"] = date.strftime("%Y-%m-%dT%H:%M:%SZ")
    for key, value in headers.items():
        record.headers[key] = value
    record.headers["Content-Type"] = (
        "application/http; msgtype=response" if kind == WarcRecordType.response else "application/warc-fields"
    )
    record.set_bytes_content(block)
    record.write(stream, checksum_data=True)
    # fastwarc 2 ends a gzip member only here; without it warcio refuses the file.
    stream.finish()

"""WARC files for the tests, byte by byte, so that what is read back is known without a WARC library."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    ".warc": bytes,
    ".warc.gz": lambda record: gzip.compress(record, mtime=0),
    ".warc.zst": zstd.compress,
}


def record_id(number: int) -> str:
    return f"urn:uuid:00000000-0000-4000-8000-{number:012d}"


def http(
    body: bytes = b"<p>A text.</p>", headers: Sequence[str] = ("Content-Type: text/html",), status: str = "200 OK"
) -> bytes:
    """An HTTP response as on the wire."""
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode() + body


def record(
    number: int,
    url: str,
    block: bytes,
    type: str = "response",  # noqa: A002
    date: str = "2020-07-04T03:55:41Z",
    headers: Sequence[str] = (),
) -> bytes:
    """One WARC record with the given block."""
    lines = [
        "WARC/1.0",
        f"WARC-Type: {type}",
        f"WARC-Record-ID: <{record_id(number)}>",
        f"WARC-Target-URI: {url}",
        f"WARC-Date: {date}",
        *headers,
        f"Content-Length: {len(block)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + block + b"\r\n\r\n"


def write(path: Path, *records: bytes) -> Path:
    """A WARC file packed as its name says, each record by itself."""
    pack = PACKINGS["".join(path.suffixes[-2:]) if path.suffix != ".warc" else ".warc"]
    path.write_bytes(b"".join(pack(one) for one in records))
    return path

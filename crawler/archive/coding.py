"""Undoing the codings of a stored HTTP body: `Transfer-Encoding: chunked`, and gzip, deflate, br and zstd.

Archives keep the header of a response as it came, but many writers store the body already decoded. So a header is a
claim: a body that is plain text where a coding is announced was stored decoded and stays as it is. fastwarc's
`auto_decode` raises there, and passes half a page where a gzip or chunked body is cut.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from http.client import HTTPException, HTTPResponse
from io import BytesIO

from fastwarc.stream_io import BrotliReader, ZstdReader

#: Pages are packed once, and once more by accident. Each of a hundred codings could unpack to the limit.
MAX_CODINGS = 4
#: A page of a megabyte in chunks of a few bytes has less; each costs as much as a kilobyte.
MAX_CHUNKS = 500_000
#: A body that unpacks to more is no page (a page of these sites has some 100 kB).
MAX_BODY_BYTES = 64 * 1024 * 1024

_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,8}[ \t]*(?:;[^\r\n]*)?\r?\n")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_SNIFFED_BYTES = 512
_GZIP_WINDOW = 16 + zlib.MAX_WBITS


class UndecodableBody(ValueError):
    """The body is not in the coding its header announces; the message says which."""


def decode_body(stored: bytes, transfer_encoding: str, content_encoding: str) -> bytes:
    """The body without its codings. The encodings are the values of the two headers, empty where there is none.

    Raises UndecodableBody for a body that is cut, damaged, larger than `MAX_BODY_BYTES`, in an unknown coding, in more
    than `MAX_CODINGS` or in more than `MAX_CHUNKS`.
    """
    body = stored
    codings = _names(content_encoding) + _names(transfer_encoding)
    if len(codings) > MAX_CODINGS:
        raise UndecodableBody(f"{len(codings)} codings, at most {MAX_CODINGS} are undone")
    for coding in reversed(codings):
        if coding not in _DECODERS:
            raise UndecodableBody(f"unknown coding {coding}")
        try:
            body = _DECODERS[coding](body)
        except (zlib.error, OSError, EOFError) as error:
            if not _is_text(body):
                raise UndecodableBody(f"not {coding}: {error}") from error
        if len(body) > MAX_BODY_BYTES:
            raise UndecodableBody(f"{coding} of more than {MAX_BODY_BYTES} bytes")
    return body


def _names(header: str) -> list[str]:
    names = [name.strip().lower() for name in header.split(",")]
    return [name for name in names if name and name != "identity"]


def _is_text(body: bytes) -> bool:
    """Whether this was stored decoded: no packed stream is free of control characters for long."""
    return not _CONTROL.search(body, 0, _SNIFFED_BYTES)


class _Connection(BytesIO):
    """What HTTPResponse reads from in the place of a socket."""

    def makefile(self, _mode: str) -> _Connection:
        return self


def _join_chunks(body: bytes) -> bytes:
    if not _CHUNK_SIZE.match(body):
        return body  # stored decoded
    if body.count(b"\r\n") > 2 * MAX_CHUNKS:
        raise UndecodableBody(f"more than {MAX_CHUNKS} chunks")
    response = HTTPResponse(_Connection(b"HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n" + body))  # type: ignore[arg-type]
    try:
        response.begin()
        return response.read()
    except HTTPException as error:
        raise UndecodableBody(f"not chunked: {error}") from error


def _deflate(body: bytes) -> bytes:
    """With the zlib header the standard asks for, or raw as some servers send it."""
    try:
        return _inflate(body, zlib.MAX_WBITS)
    except zlib.error:
        return _inflate(body, -zlib.MAX_WBITS)


def _inflate(body: bytes, window_bits: int) -> bytes:
    decompressor = zlib.decompressobj(wbits=window_bits)
    content = decompressor.decompress(body, MAX_BODY_BYTES + 1)
    if not decompressor.eof and len(content) <= MAX_BODY_BYTES:
        raise EOFError("the body ends too early")
    return content


_DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "chunked": _join_chunks,
    "gzip": lambda body: _inflate(body, _GZIP_WINDOW),
    "x-gzip": lambda body: _inflate(body, _GZIP_WINDOW),
    "deflate": _deflate,
    "br": lambda body: BrotliReader(BytesIO(body)).read(MAX_BODY_BYTES + 1),
    "zstd": lambda body: ZstdReader(BytesIO(body)).read(MAX_BODY_BYTES + 1),
}

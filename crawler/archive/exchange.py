"""One HTTP request and the response to it, as a WARC file keeps them.

The body is kept as it came, with its content coding. What Twisted and Scrapy have taken away cannot be kept: the
chunks of a chunked body are joined, `Transfer-Encoding`, `Connection` and `Keep-Alive` are gone from the header with
them, names are spelled `Content-Type`, and the reason phrase of the status line is the standard's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from http import HTTPStatus
from urllib.parse import urlsplit

from crawler.archive.reader import Header

#: Say how a body was framed on the wire. The stored body is framed by its length: a `Transfer-Encoding: chunked` beside
#: it, should one get here, would make readers look for chunks.
_FRAMING = frozenset((b"transfer-encoding", b"content-length"))
#: These end with their header, whatever it says (RFC 9112, 6.3).
_WITHOUT_BODY = frozenset((HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED))
_VERSIONS = ("HTTP/1.0", "HTTP/1.1")


@dataclass(frozen=True)
class Exchange:
    """A request, and the response to it.

    `url` has no fragment. `began` is when the request was sent, in UTC. `request` is all of it as sent, `head` the
    response's status line and header with the blank line after it, `body` the rest. `ip_address` is that of the server,
    null where it is not known. `is_cut` says that the connection broke before the body was whole.
    """

    url: str
    began: datetime
    request: bytes
    head: bytes
    body: bytes
    ip_address: str | None = None
    is_cut: bool = False

    @cached_property
    def payload_digest(self) -> str:
        """The digest of the body, as `digest` makes it."""
        return digest(self.body)

    @property
    def date(self) -> str:
        """`began` as a `WARC-Date`: `2020-07-04T03:55:41.120304Z`.

        With microseconds, so that the captures of one second keep their order (WARC 1.1 allows up to nine digits;
        warcio, which pywb reads with, takes them for microseconds and so needs six).
        """
        return self.began.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    @property
    def date_retrieved(self) -> str:
        """`began` as the Article says it, and as a replay of the capture will: `2020-07-04T03:55:41Z`."""
        return self.began.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def digest(octets: bytes) -> str:
    """A labelled digest for a WARC header: `sha256:` and 64 hexadecimal digits, as `sha256sum` prints them.

    Not the customary SHA-1: a body that is known is not stored again, and for SHA-1 two bodies with one digest can be
    made, so that a page could be kept out of the archive. Base 16 because SHA-256 in base 32 needs padding that the
    standard's grammar forbids (the IIPC's recommendation for WARC 1.1). warcio, fastwarc and pywb know both.
    """
    return f"sha256:{sha256(octets).hexdigest()}"


def request_block(method: str, url: str, headers: Iterable[Header], body: bytes = b"") -> bytes:
    """A request as it is sent: with the `Host` that the URL names, unless the headers name one."""
    parts = urlsplit(url)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    lines = list(headers)
    if body:
        lines.insert(0, (b"Content-Length", b"%d" % len(body)))
    if not any(name.lower() == b"host" for name, _ in lines):
        lines.insert(0, (b"Host", parts.netloc.rpartition("@")[2].encode("ascii")))
    return _block(f"{method} {target} HTTP/1.1", lines) + body


def response_head(status: int, headers: Iterable[Header], body: bytes, version: str = "HTTP/1.1") -> bytes:
    """Status line and header of a response with this body, which may be in a content coding but in no other."""
    lines = [(name, value) for name, value in headers if name.lower() not in _FRAMING]
    if status not in _WITHOUT_BODY:
        lines.append((b"Content-Length", b"%d" % len(body)))
    # A protocol that WARC readers have no words for (HTTP/2) is told in those of HTTP/1.1, as browsers' archives are.
    return _block(f"{version if version in _VERSIONS else 'HTTP/1.1'} {status} {_phrase(status)}", lines)


def _block(first_line: str, headers: Iterable[Header]) -> bytes:
    return b"\r\n".join((first_line.encode("ascii"), *(name + b": " + value for name, value in headers), b"", b""))


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""

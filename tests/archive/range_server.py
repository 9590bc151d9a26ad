"""A web server on loopback that gives files by byte ranges, and fails in the ways servers do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

_RANGE = re.compile(r"bytes=(\d+)-(\d+)")


@dataclass
class RangeServer:
    """One file under every path. What was asked for is in `ranges`, first and last byte."""

    content: bytes
    version: str = '"1"'
    knows_ranges: bool = True
    #: Answers that break off after so many bytes; and that are an error of the server, before the others.
    drops_after: list[int] = field(default_factory=list)
    refusals: list[int] = field(default_factory=list)
    #: Where the file ends for every answer, whatever its headers say.
    ends_at: int | None = None
    ranges: list[tuple[int, int]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/pages.warc.gz"


@contextmanager
def serving(site: RangeServer) -> Iterator[RangeServer]:
    """While it answers."""
    handler = type("Handler", (_Handler,), {"site": site})
    server = _Server(("127.0.0.1", 0), handler)
    site.port = server.server_port
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """A client that hangs up on what it did not ask for is right."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: RangeServer

    def do_GET(self) -> None:
        site = self.site
        if site.refusals:
            self._answer(site.refusals.pop(0), b"later", {})
            return
        asked = _RANGE.fullmatch(self.headers["Range"])
        assert asked is not None
        first, last = int(asked[1]), min(int(asked[2]), len(site.content) - 1)
        site.ranges.append((first, last))
        if not site.knows_ranges:
            self._answer(200, site.content, {})
            return
        headers = {"Content-Range": f"bytes {first}-{last}/{len(site.content)}", "ETag": site.version}
        self._answer(206, site.content[first : last + 1], headers)

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        site = self.site
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        sent = body
        if status == 206 and site.drops_after and len(body) > 1:
            sent = body[: site.drops_after.pop(0)]
        if status == 206 and site.ends_at is not None and len(body) > 1:
            sent = sent[: max(0, site.ends_at - site.ranges[-1][0])]
        self.wfile.write(sent)
        self.close_connection = len(sent) < len(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""

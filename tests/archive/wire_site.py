"""A web server on the loopback interface that answers with given bytes, and keeps the bytes it was asked with.

    with wire_site({"/a": answer(b"page")}) as site:
        ... site.authority ... site.asked ...

So that what was on the wire is known without an HTTP library.
"""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

#: A whole response, or what makes one of a request's bytes.
Answer = bytes | Callable[[bytes], bytes]


def answer(
    body: bytes = b"page", headers: Sequence[str] = ("Content-Type: text/html",), status: str = "200 OK"
) -> bytes:
    """A response with its length."""
    return response([*headers, f"Content-Length: {len(body)}"], status) + body


def response(headers: Sequence[str], status: str = "200 OK") -> bytes:
    """A response without a body."""
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "Connection: close", "", ""]).encode("latin-1")


@dataclass
class WireSite:
    """`answers` by host and path, or by path alone. `authority` is `127.0.0.1:PORT`."""

    answers: dict[str, Answer]
    authority: str = ""
    asked: list[bytes] = field(default_factory=list)

    def paths(self) -> list[str]:
        return [request.split(b" ")[1].decode() for request in self.asked]

    def answer(self, request: bytes) -> bytes:
        path = request.split(b" ")[1].decode()
        host = next(line[6:] for line in request.decode("latin-1").split("\r\n") if line.lower().startswith("host: "))
        found = (
            self.answers.get(f"{host}{path}") or self.answers.get(path) or answer(b"not here", status="404 Not Found")
        )
        return found if isinstance(found, bytes) else found(request)


@contextmanager
def wire_site(answers: dict[str, Answer]) -> Iterator[WireSite]:
    site = WireSite(answers)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            request = b"".join(iter(self.rfile.readline, b"\r\n"))
            if request:
                site.asked.append(request + b"\r\n")
                self.wfile.write(site.answer(request))

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as server:
        site.authority = f"127.0.0.1:{server.server_address[1]}"
        # It looks for the end as often as this, in seconds.
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()

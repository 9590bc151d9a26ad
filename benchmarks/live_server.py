"""The made-up site on the loopback interface: `python -m benchmarks.live_server ARTICLES`.

Prints where it answers as one line of JSON, and serves until its standard input ends. Responses are made before the
first request, connections are kept alive, and nothing is logged: what it costs is the sending.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping

from benchmarks.live_site import made_up_site

_HEADERS_END = b"\r\n\r\n"


class Responder(asyncio.Protocol):
    """Answers GET requests on one connection, whatever host they are for."""

    def __init__(self, responses: Mapping[bytes, bytes]) -> None:
        self._responses = responses
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while _HEADERS_END in self._received:
            request, _, self._received = self._received.partition(_HEADERS_END)
            path = request.split(b" ", 2)[1]
            self._transport.write(self._responses.get(path) or response(b"", b"404 Not Found"))


def response(body: bytes, status: bytes = b"200 OK") -> bytes:
    """The bytes of a response with this body."""
    return b"HTTP/1.1 %s\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)


async def serve(articles: int) -> None:
    """Serve a site of so many articles until standard input ends."""
    site = made_up_site(articles)
    responses = {path.encode(): response(body) for path, body in site.bodies.items()}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Responder(responses), "127.0.0.1", 0)
    print(
        json.dumps(
            {
                "authority": f"127.0.0.1:{server.sockets[0].getsockname()[1]}",
                "listing": site.listing,
                "pages": site.articles + site.listings,
                "articles": site.articles,
                "is_real": site.is_real,
            }
        ),
        flush=True,
    )
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))

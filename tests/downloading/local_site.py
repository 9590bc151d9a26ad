"""A web server on the loopback interface that answers as a table says and keeps what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic


@dataclass
class Answer:
    """With the `status` 0 the connection is closed without a word, once the event `when` has come."""

    body: bytes = b"page"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    when: threading.Event | None = None


@dataclass
class Asked:
    host: str
    path: str
    user_agent: str
    time: float
    headers: Message


@dataclass
class LocalSite:
    """`answers` by path; a list is gone through, its last one stays. `authority` is `127.0.0.1:PORT`."""

    answers: dict[str, Answer | list[Answer]]
    authority: str = ""
    asked: list[Asked] = field(default_factory=list)

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def answer(self, asked: Asked) -> Answer:
        answer = self.answers.get(asked.path, Answer(b"not here", 404))
        if isinstance(answer, list):
            return answer.pop(0) if len(answer) > 1 else answer[0]
        return answer


@contextmanager
def local_site(answers: dict[str, Answer | list[Answer]]) -> Iterator[LocalSite]:
    site = LocalSite(answers)
    with serving(site):
        yield site


@contextmanager
def serving(site: LocalSite) -> Iterator[None]:
    """Answers for the site, from a thread, until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host, agent = self.headers.get("Host", ""), self.headers.get("User-Agent", "")
            asked = Asked(host, self.path, agent, monotonic(), self.headers)
            site.asked.append(asked)
            answer = site.answer(asked)
            if answer.when is not None:
                answer.when.wait()
            if not answer.status:
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.status != 304:
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    class Server(ThreadingHTTPServer):
        # Without a delay Scrapy 2.19 asks for all it has at once, and whom the queue has no room for waits a second.
        request_queue_size = 64

    server = Server(("127.0.0.1", 0), Handler)
    site.authority = f"127.0.0.1:{server.server_port}"
    # It looks for the end as often as this, in seconds.
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

"""A web server on the loopback interface that answers as a table says and keeps what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic


@dataclass
class Answer:
    body: bytes = b"page"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Asked:
    host: str
    path: str
    user_agent: str
    time: float


@dataclass
class LocalSite:
    """`answers` by path; a list is gone through, its last one stays. `authority` is `127.0.0.1:PORT`."""

    answers: dict[str, Answer | list[Answer]]
    authority: str = ""
    asked: list[Asked] = field(default_factory=list)

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def answer(self, path: str) -> Answer:
        answer = self.answers.get(path, Answer(b"not here", 404))
        if isinstance(answer, list):
            return answer.pop(0) if len(answer) > 1 else answer[0]
        return answer


@contextmanager
def local_site(answers: dict[str, Answer | list[Answer]]) -> Iterator[LocalSite]:
    site = LocalSite(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host, agent = self.headers.get("Host", ""), self.headers.get("User-Agent", "")
            site.asked.append(Asked(host, self.path, agent, monotonic()))
            answer = site.answer(self.path)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.authority = f"127.0.0.1:{server.server_port}"
    # It looks for the end as often as this, in seconds.
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

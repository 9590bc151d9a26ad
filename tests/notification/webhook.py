"""A webhook on the loopback interface that keeps what it was told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Webhook:
    """Answers with `status`, or, where that is 0, never. A message is what apprise posts to `json://`."""

    status: int = 200
    authority: str = ""
    messages: list[dict[str, str]] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """With a path and a password that no log may hold."""
        return f"json://operator:opensesame@{self.authority}/hidden-path?token=hidden-token"

    def titles(self) -> list[str]:
        """Of all messages so far; forgets them."""
        titles = [message["title"] for message in self.messages]
        self.messages.clear()
        return titles


@contextmanager
def webhook(status: int = 200) -> Iterator[Webhook]:
    hook = Webhook(status)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hook.messages.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            if not hook.status:
                hook.closing.wait()
                self.close_connection = True
                return
            self.send_response(hook.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook.authority = f"127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield hook
    finally:
        hook.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()

"""A few captures for the tests of the servers, and how these are asked."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from email.message import Message
from http.client import HTTPConnection
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tests.webarchives.archived_page import ArchivedPage

SITE = "http://www.news.example"
PLAIN = b"<p>" + b"Herons were counted at dawn. " * 40
HTML = ArchivedPage(f"{SITE}/a/1.htm", "20150101000000", b"<p>One heron.</p>")
CAPTURES = [
    HTML,
    replace(HTML, timestamp="20160101000000"),
    replace(HTML, timestamp="20170203040506", body=b"<p>Two herons.</p>"),
    ArchivedPage(f"{SITE}/a/2.htm", "20160601000000", PLAIN),
    ArchivedPage(f"{SITE}/a/3.htm", "20160601000001", b"", 302, headers=(("Location", "/gone.htm"),)),
    ArchivedPage(f"{SITE}/a/4.htm", "20160601000002", b"<h1>gone</h1>", 404),
    ArchivedPage(f"{SITE}/b/5.htm", "20160601000003", b"<p>Five.</p>"),
    ArchivedPage("http://photos.news.example/6.jpg", "20160601000004", b"\xff\xd8", mime="image/jpeg"),
]
PACKED = ArchivedPage(
    f"{SITE}/a/7.htm", "20180601000000", gzip.compress(PLAIN, mtime=0), headers=(("Content-Encoding", "gzip"),)
)


class Got(NamedTuple):
    status: int
    headers: Message
    body: bytes

    @property
    def rows(self) -> list[dict[str, Any]]:
        """JSON, one line each."""
        return [json.loads(line) for line in self.body.splitlines()]

    @property
    def table(self) -> list[list[str]]:
        return list(json.loads(self.body))


def get(url: str, **headers: str) -> Got:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=60)
    connection.request("GET", url.removeprefix(f"http://{parts.netloc}"), headers=headers)
    response = connection.getresponse()
    got = Got(response.status, response.headers, response.read())
    connection.close()
    return got

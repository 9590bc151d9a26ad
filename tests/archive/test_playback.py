"""pywb, a web archive's player, plays back what a crawl has stored."""

from __future__ import annotations

import gzip
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import asdict
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from crawler.archive.record import Record, read_records
from pipelines.payloads import Payload
from tests.archive.archived_crawl import REPOSITORY, Ask, Crawled, crawl
from tests.archive.wire_site import Answer, answer, response, wire_site

PYWB = REPOSITORY / ".venv-pywb" / "bin"
HOME = "http://www.news.example"
SECONDS = 60

pytestmark = pytest.mark.skipif(
    not (PYWB / "wb-manager").exists(), reason="pywb is not installed; `make .venv-pywb/ready` does it"
)


def unless_modified(request: bytes) -> bytes:
    if b"If-None-Match" in request:
        return response(['ETag: "v1"'], "304 Not Modified")
    return answer(b"<p>The tide table for May.</p>", ('ETag: "v1"', "Content-Type: text/html"))


PAGE = "<p>A kite festival on the 外滩.</p>".encode()
PLAIN = b"<p>" + b"Herons were counted at dawn. " * 40
SITE: dict[str, Answer] = {
    "/page": answer(PAGE, ("Content-Type: text/html; charset=utf-8",)),
    "/copy": answer(PAGE, ("Content-Type: text/html; charset=utf-8", "X-Served-By: two")),
    "/packed": answer(gzip.compress(PLAIN), ("Content-Type: text/html", "Content-Encoding: gzip")),
    "/chunked": response(["Content-Type: text/html", "Transfer-Encoding: chunked"]) + b"3\r\none\r\n0\r\n\r\n",
    "/moved": answer(b"moved", ("Location: http://www.news.example/page",), "301 Moved Permanently"),
    "/gone": answer(b"<h1>gone</h1>", status="404 Not Found"),
    "/%E5%A4%96?q=1&p=%2F": answer(b"escaped"),
    "/junk": answer(bytes(range(256)), ("Content-Type: application/octet-stream",)),
    "/tides": unless_modified,
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The WARC files of two runs: the second finds all as it was, and is told so of one page."""
    directory = tmp_path_factory.mktemp("crawl")
    with wire_site(SITE) as site:
        first = crawl(directory, site.authority, *(Ask(f"{HOME}{path}") for path in SITE))
        known = _payload(directory, first, f"{HOME}/tides")
        tides = Ask(f"{HOME}/tides", {"If-None-Match": '"v1"'}, revisit_of=asdict(known))
        crawl(directory, site.authority, Ask(f"{HOME}/packed"), tides)
    return directory / "archive" / "news"


def _payload(directory: Path, crawled: Crawled, url: str) -> Payload:
    capture = crawled.of(url).capture
    assert capture is not None
    file, record_id = capture
    path = directory / "archive" / "news" / file
    [record] = [one for one in read_records(path, print) if one.id == record_id]
    return Payload(record.header("WARC-Payload-Digest"), url, record.header("WARC-Date"), record_id, file)


@pytest.fixture(scope="module")
def player(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a pywb that has the files in its collection `news`."""
    directory = tmp_path_factory.mktemp("pywb")
    for arguments in (["init", "news"], ["add", "news", *map(str, sorted(archive.iterdir()))]):
        subprocess.run(
            [PYWB / "wb-manager", *arguments], cwd=directory, check=True, capture_output=True, timeout=SECONDS
        )
    server = subprocess.Popen(
        [PYWB / "python", Path(__file__).with_name("pywb_server.py")],
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    # Nothing here waits longer, whatever pywb does.
    end = threading.Timer(3 * SECONDS, server.kill)
    end.start()
    try:
        assert server.stdout is not None
        yield next(int(line.split()[1]) for line in server.stdout if line.startswith("port "))
    finally:
        end.cancel()
        server.kill()
        server.communicate()


def captures(archive: Path, url: str) -> list[Record]:
    """The answers of a URL, the earliest first."""
    found = [record for path in sorted(archive.iterdir()) for record in read_records(path, print)]
    return [record for record in found if record.url == url and record.header("WARC-Type") in ("response", "revisit")]


def play(port: int, record: Record) -> tuple[HTTPResponse, bytes]:
    """What pywb shows of a capture, unaltered (`id_`)."""
    connection = HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    connection.request("GET", f"/news/{record.date:%Y%m%d%H%M%S}id_/{record.url}")
    shown = connection.getresponse()
    body = shown.read()
    connection.close()
    return shown, body


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/page", 200, PAGE),
        ("/packed", 200, PLAIN),
        ("/chunked", 200, b"one"),
        ("/gone", 404, b"<h1>gone</h1>"),
        ("/%E5%A4%96?q=1&p=%2F", 200, b"escaped"),
        ("/junk", 200, bytes(range(256))),
        ("/tides", 200, b"<p>The tide table for May.</p>"),
        ("/robots.txt", 404, b"not here"),
    ],
)
def test_a_capture_is_played_back(archive: Path, player: int, path: str, status: int, body: bytes) -> None:
    capture = captures(archive, f"{HOME}{path}")[0]
    assert capture.header("WARC-Type") == "response"
    shown, played = play(player, capture)
    assert (shown.status, played) == (status, body)
    assert shown.getheader("Memento-Datetime") == f"{capture.date:%a, %d %b %Y %H:%M:%S GMT}"


def test_a_redirect_leads_on(archive: Path, player: int) -> None:
    [capture] = captures(archive, f"{HOME}/moved")
    shown, body = play(player, capture)
    assert (shown.status, body) == (301, b"moved")
    assert shown.getheader("Location") == "http://www.news.example/page"


def test_a_copy_under_another_url_is_played_from_its_original(archive: Path, player: int) -> None:
    [capture] = captures(archive, f"{HOME}/copy")
    assert capture.header("WARC-Type") == "revisit"
    shown, body = play(player, capture)
    assert (shown.status, body) == (200, PAGE)
    # With the header of its own answer.
    assert "two" in (shown.getheader("X-Served-By"), shown.getheader("X-Archive-Orig-X-Served-By"))


def test_an_unchanged_page_is_played_from_the_file_of_an_earlier_run(archive: Path, player: int) -> None:
    first, again = captures(archive, f"{HOME}/packed")
    assert (first.header("WARC-Type"), again.header("WARC-Type")) == ("response", "revisit")
    shown, body = play(player, again)
    assert (shown.status, body) == (200, PLAIN)
    assert shown.getheader("Memento-Datetime") == f"{again.date:%a, %d %b %Y %H:%M:%S GMT}"


def test_a_304_is_played_as_what_it_was(archive: Path, player: int) -> None:
    """pywb 2.10 shows the page at the capture before it only."""
    _, again = captures(archive, f"{HOME}/tides")
    shown, body = play(player, again)
    assert (shown.status, body) == (304, b"")

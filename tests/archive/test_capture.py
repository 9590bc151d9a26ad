"""Live crawls against a server on the loopback interface: all it says is in the archive, as it said it."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import threading
import time
from dataclasses import asdict
from pathlib import Path

import pytest

from crawler.archive.index import ReplayIndex
from crawler.archive.reader import ArchivedResponse, read_responses
from crawler.archive.record import Record, read_records
from crawler.extraction.problem import Problem
from pipelines.ledger import Ledger
from pipelines.payloads import Payload
from tests.archive.archived_crawl import REPOSITORY, Ask, Crawled, command, crawl
from tests.archive.test_writer import verified
from tests.archive.wire_site import Answer, answer, response, wire_site
from tests.command_line import report, scrapy, written
from tests.downloading.local_site import LocalSite
from tests.spiders.test_live_crawl import crawl as crawl_ecns
from tests.spiders.test_live_crawl import ecns  # noqa: F401

HOME = "http://www.news.example"
PAGE = b"<p>A lantern fair opened on the quay.</p>"
PACKED = gzip.compress(b"<p>" + b"Boats were moored. " * 50, mtime=0)
JUNK = bytes(range(256)) * 40


def unless_modified(request: bytes) -> bytes:
    if b"If-None-Match" in request or b"If-Modified-Since" in request:
        return response(['ETag: "v1"', "Date: Sun, 22 Nov 2026 12:00:00 GMT"], "304 Not Modified")
    return answer(b"<p>tagged</p>", ('ETag: "v1"', "Content-Type: text/html"))


SITE: dict[str, Answer] = {
    "/robots.txt": answer(b"User-agent: *\nDisallow: /closed\n", ("Content-Type: text/plain",)),
    "/page": answer(PAGE, ("Content-Type: text/html; charset=utf-8", "Set-Cookie: a=1", "Set-Cookie: b=2")),
    "/packed": answer(PACKED, ("Content-Type: text/html", "Content-Encoding: gzip")),
    "/chunked": response(["Content-Type: text/html", "Transfer-Encoding: chunked"])
    + b"4\r\nfour\r\n5\r\nfive.\r\n0\r\n\r\n",
    "/endless": response(["Content-Type: text/html"]) + b"to the end of the connection",
    "/moved": answer(b"moved", ("Location: /further",), "301 Moved Permanently"),
    "/further": answer(b"", ("Location: /page",), "302 Found"),
    "/junk": answer(JUNK, ("Content-Type: application/octet-stream",)),
    "/empty": answer(b""),
    "/%E5%A4%96%E4%BA%A4?q=%E9%83%A8": answer("外交部".encode()),
    "/wordy": answer(b"wordy", [f"X-{number}: {'w' * 8000}" for number in range(80)]),
    "/broken": answer(b"\xff", ("Content-Type: text/html", "Content-Encoding: gzip")),
    "/oops": answer(b"<h1>oops</h1>", (), "500 Internal Server Error"),
    "/tagged": unless_modified,
    "/copy": answer(PAGE),
}
PATHS = [
    *("/page", "/packed", "/chunked", "/endless", "/moved", "/junk", "/empty", "/外交?q=部#top", "/wordy", "/broken"),
    *("/oops", "/tagged", "/copy", "/nowhere"),
]


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("crawl")


@pytest.fixture(scope="module")
def asked() -> list[bytes]:
    """What the server was asked, filled by the crawl."""
    return []


@pytest.fixture(scope="module")
def crawled(directory: Path, asked: list[bytes]) -> Crawled:
    with wire_site(SITE) as site:
        done = crawl(directory, site.authority, *(Ask(f"{HOME}{path}") for path in PATHS), RETRY_TIMES=1)
        asked.extend(site.asked)
    return done


def files(directory: Path) -> list[Path]:
    return sorted((directory / "archive" / "news").iterdir())


@pytest.fixture(scope="module")
def archived(directory: Path, crawled: Crawled) -> dict[str, ArchivedResponse]:
    """The last response of each URL."""
    problems: list[Problem] = []
    [path] = files(directory)
    found = {response.url: response for response in read_responses(path, problems.append)}
    assert problems == []
    return found


def records(directory: Path) -> list[Record]:
    """Those of all files."""
    return [record for path in files(directory) for record in read_records(path, print)]


def payload(directory: Path, url: str) -> Payload:
    """The response record of a URL."""
    [record] = [one for one in records(directory) if one.url == url and one.header("WARC-Type") == "response"]
    digest, date = record.header("WARC-Payload-Digest"), record.header("WARC-Date")
    return Payload(digest, url, date, record.id, next(path.name for path in files(directory)))


def test_the_file_is_closed_and_sound(directory: Path, crawled: Crawled, asked: list[bytes]) -> None:
    assert crawled.finish_reason == "finished"
    [path] = files(directory)
    assert path.name.endswith(".warc.gz")
    # warcinfo, and two for each answer.
    assert verified(path) == 1 + 2 * len(asked)
    assert crawled.statistics == {f"output/archive/news/{path.name}": 1 + 2 * len(asked)}


@pytest.mark.parametrize(
    ("path", "status", "stored"),
    [
        ("/robots.txt", 200, b"User-agent: *\nDisallow: /closed\n"),
        ("/page", 200, PAGE),
        ("/packed", 200, PACKED),
        ("/chunked", 200, b"fourfive."),
        ("/endless", 200, b"to the end of the connection"),
        ("/moved", 301, b"moved"),
        ("/further", 302, b""),
        ("/junk", 200, JUNK),
        ("/empty", 200, b""),
        ("/%E5%A4%96%E4%BA%A4?q=%E9%83%A8", 200, "外交部".encode()),
        ("/wordy", 200, b"wordy"),
        ("/broken", 200, b"\xff"),
        ("/oops", 500, b"<h1>oops</h1>"),
        ("/nowhere", 404, b"not here"),
    ],
)
def test_every_answer_is_stored_as_it_came(
    archived: dict[str, ArchivedResponse], path: str, status: int, stored: bytes
) -> None:
    found = archived[f"{HOME}{path}"]
    assert (found.status, found.stored_body) == (status, stored)
    assert (found.header("Content-Length"), found.header("Transfer-Encoding")) == (str(len(stored)), "")


def test_headers_are_those_of_the_server(archived: dict[str, ArchivedResponse]) -> None:
    assert archived[f"{HOME}/page"].headers == (
        (b"Content-Type", b"text/html; charset=utf-8"),
        (b"Set-Cookie", b"a=1"),
        (b"Set-Cookie", b"b=2"),
        (b"Content-Length", b"41"),
    )
    assert archived[f"{HOME}/packed"].header("Content-Encoding") == "gzip"
    assert archived[f"{HOME}/moved"].header("Location") == "/further"
    assert archived[f"{HOME}/wordy"].header("X-79") == "w" * 8000


def test_requests_are_those_that_the_server_got(directory: Path, crawled: Crawled, asked: list[bytes]) -> None:
    requests = [record for record in records(directory) if record.header("WARC-Type") == "request"]
    stored = [record.warc.reader.read() for record in requests]
    # Twisted writes `Host` last, and the order of lines means nothing.
    assert sorted(sorted(request.split(b"\r\n")) for request in stored) == sorted(
        sorted(request.split(b"\r\n")) for request in asked
    )
    assert all(b"User-Agent: Readouts/" in request for request in stored)


def test_every_record_of_an_exchange_says_the_same(directory: Path, crawled: Crawled) -> None:
    info, *others = records(directory)
    assert {record.header("WARC-IP-Address") for record in others} == {"127.0.0.1"}
    assert {record.header("WARC-Warcinfo-ID") for record in others} == {f"<{info.id}>"}
    for answered, request in zip(others[::2], others[1::2], strict=True):
        assert request.header("WARC-Concurrent-To") == f"<{answered.id}>"
        assert (request.url, request.header("WARC-Date")) == (answered.url, answered.header("WARC-Date"))
    fields = info.warc.reader.read().decode().split("\r\n")
    assert fields[2].startswith("software: Readouts/")
    # Nobody shall take a rehearsal for the outlet's words.
    assert fields[4].startswith("description: scrapy crawl news -a section=a b; a rehearsal: 127.0.0.1:")
    assert fields[5] == "robots: classic"


def test_a_retry_is_an_answer_too(directory: Path, crawled: Crawled, asked: list[bytes]) -> None:
    assert sum(request.startswith(b"GET /oops ") for request in asked) == 2
    [path] = files(directory)
    assert len(ReplayIndex([path]).captures(f"{HOME}/oops")) == 2


def test_a_response_names_its_capture(directory: Path, crawled: Crawled) -> None:
    [path] = files(directory)
    index = ReplayIndex([path])
    assert index.problems == []
    answered = [got for got in crawled.got if got.status]
    # All but the one whose body is not in its coding.
    assert len(answered) == len(PATHS) - 1
    for got in answered:
        assert got.capture is not None
        [capture] = [one for one in index.captures(got.url) if one.record_id == got.capture[1]]
        replayed = index.read(capture)
        assert [replayed.file, replayed.record_id] == got.capture
        assert (replayed.status, replayed.date_retrieved) == (got.status, got.date_retrieved)
        assert replayed.body.decode("latin-1") == got.body


def test_each_hop_of_a_redirect_leads_to_the_next(directory: Path, crawled: Crawled) -> None:
    got = crawled.of(f"{HOME}/moved")
    assert (got.url, got.body) == (f"{HOME}/page", PAGE.decode())
    [path] = files(directory)
    # /page was asked for twice, for itself and as the end of the way.
    assert {capture.record_id for capture in ReplayIndex([path]).captures(f"{HOME}/page")} == {
        got.capture[1],  # type: ignore[index]
        crawled.of(f"{HOME}/page").capture[1],  # type: ignore[index]
    }


def test_a_body_is_stored_once(directory: Path, crawled: Crawled) -> None:
    found = [record for record in records(directory) if record.header("WARC-Payload-Digest") == SHA256_OF_PAGE]
    # /page, /copy, and /page behind /moved.
    assert [record.header("WARC-Type") for record in found] == ["response", "revisit", "revisit"]
    assert {record.header("WARC-Refers-To") for record in found[1:]} == {f"<{found[0].id}>"}


# printf '<p>A lantern fair opened on the quay.</p>' | sha256sum
SHA256_OF_PAGE = "sha256:c487788b92b93e4b15ed0387e08a91cd775a291b9849e478cdc254c732fda0be"


# --- later runs


def test_an_unchanged_site_brings_no_new_body(directory: Path, crawled: Crawled) -> None:
    before = files(directory)
    with wire_site(SITE) as site:
        again = crawl(directory, site.authority, Ask(f"{HOME}/page"), Ask(f"{HOME}/packed"), Ask(f"{HOME}/empty"))
    [new] = set(files(directory)) - set(before)
    found = [(record.url, record.header("WARC-Type")) for record in read_records(new, print)]
    assert [kind for url, kind in found if kind in ("response", "revisit")] == [
        "revisit",
        "revisit",
        "revisit",
        "response",
    ]
    assert [url for url, kind in found if kind == "response"] == [f"{HOME}/empty"]  # there is no body to leave off
    assert verified(new) == 9
    index = ReplayIndex([*before, new])
    assert index.problems == []
    for path, body in (("/page", PAGE), ("/packed", gzip.decompress(PACKED))):
        latest = index.lookup(f"{HOME}{path}")
        assert latest is not None
        assert [latest.file, latest.record_id] == again.of(f"{HOME}{path}").capture
        assert latest.body == body


def test_a_page_that_the_server_calls_unchanged(directory: Path, crawled: Crawled) -> None:
    before = files(directory)
    known = payload(directory, f"{HOME}/tagged")
    with wire_site(SITE) as site:
        again = crawl(
            directory, site.authority, Ask(f"{HOME}/tagged", {"If-None-Match": '"v1"'}, revisit_of=asdict(known))
        )
    [new] = set(files(directory)) - set(before)
    got = again.of(f"{HOME}/tagged")
    assert (got.status, got.body) == (304, "")
    assert got.capture is not None
    [revisit] = [record for record in read_records(new, print) if record.id == got.capture[1]]
    assert revisit.header("WARC-Profile").endswith("/server-not-modified")
    assert revisit.header("WARC-Refers-To") == f"<{known.record_id}>"
    assert revisit.warc.reader.read() == (
        b'HTTP/1.1 304 Not Modified\r\nEtag: "v1"\r\nDate: Sun, 22 Nov 2026 12:00:00 GMT\r\n\r\n'
    )
    index = ReplayIndex([*before, new])
    latest = index.lookup(f"{HOME}/tagged")
    assert latest is not None
    assert (latest.record_id, latest.status, latest.body) == (got.capture[1], 200, b"<p>tagged</p>")


def test_a_304_that_answers_no_known_page_is_stored_as_it_is(tmp_path: Path) -> None:
    with wire_site(SITE) as site:
        done = crawl(tmp_path, site.authority, Ask(f"{HOME}/tagged", {"If-None-Match": '"v1"'}))
    [got] = done.got
    assert got.status == 304
    [path] = files(tmp_path)
    assert [(found.status, found.stored_body) for found in read_responses(path, print)] == [
        (200, b"User-agent: *\nDisallow: /closed\n"),
        (304, b""),
    ]
    assert verified(path) == 5


@pytest.mark.parametrize("condition", ["If-None-Match", "If-Modified-Since"])
def test_a_condition_is_not_put_to_the_page_that_a_redirect_leads_to(tmp_path: Path, condition: str) -> None:
    """Its 304 would say that the page asked for has not changed, of another page."""
    known = Payload("sha256:00", f"{HOME}/old", "2026-01-01T00:00:00.000000Z", "urn:uuid:1", "a.warc.gz")
    moved = answer(b"", ("Location: /tagged",), "302 Found")
    with wire_site(SITE | {"/old": moved}) as site:
        done = crawl(tmp_path, site.authority, Ask(f"{HOME}/old", {condition: "x"}, revisit_of=asdict(known)))
        conditions = [condition.encode() in request for request in site.asked]
    assert conditions == [False, True, False]  # robots.txt, /old, /tagged
    assert [(got.url, got.status, got.body) for got in done.got] == [(f"{HOME}/tagged", 200, "<p>tagged</p>")]


def test_files_are_rotated_in_a_crawl(tmp_path: Path) -> None:
    pages: dict[str, Answer] = {f"/{number}": answer(os.urandom(4000)) for number in range(12)}
    with wire_site(pages) as site:
        done = crawl(tmp_path, site.authority, *(Ask(f"{HOME}{path}") for path in pages), ARCHIVE_FILE_BYTES=15_000)
    assert len(files(tmp_path)) == 4
    assert done.statistics == {f"output/archive/news/{path.name}": verified(path) for path in files(tmp_path)}
    assert {got.capture[0] for got in done.got if got.capture} == {path.name for path in files(tmp_path)}


def test_a_body_that_broke_off_is_not_passed_off_as_whole(tmp_path: Path) -> None:
    half = response(["Content-Type: text/html", "Content-Length: 1000"]) + b"<p>Half of"
    with wire_site({"/half": half}) as site:
        done = crawl(tmp_path, site.authority, Ask(f"{HOME}/half"), DOWNLOAD_FAIL_ON_DATALOSS=False)
    [got] = done.got
    assert (got.status, got.body) == (200, "<p>Half of")
    [path] = files(tmp_path)
    [record] = [record for record in read_records(path, print) if got.capture and record.id == got.capture[1]]
    assert record.header("WARC-Truncated") == "disconnect"
    assert verified(path) == 5


def test_what_a_cache_says_is_no_capture(tmp_path: Path) -> None:
    cache = {"HTTPCACHE_ENABLED": True, "HTTPCACHE_DIR": str(tmp_path / "cache")}
    with wire_site(SITE) as site:
        crawl(tmp_path, site.authority, Ask(f"{HOME}/page"), **cache)
        again = crawl(tmp_path, site.authority, Ask(f"{HOME}/page"), **cache)
        assert site.paths() == ["/robots.txt", "/page"]
    assert [(got.body, got.capture) for got in again.got] == [(PAGE.decode(), None)]
    assert len(files(tmp_path)) == 1


def test_off_writes_nothing(tmp_path: Path) -> None:
    with wire_site(SITE) as site:
        done = crawl(tmp_path, site.authority, Ask(f"{HOME}/page"), ARCHIVE="off")
    assert [(got.body, got.capture) for got in done.got] == [(PAGE.decode(), None)]
    assert [path.name for path in tmp_path.iterdir()] == ["ledger.db"]


def test_without_a_ledger_there_is_no_archive(tmp_path: Path) -> None:
    with wire_site(SITE) as site:
        done = crawl(tmp_path, site.authority, Ask(f"{HOME}/page"), ITEM_PIPELINES={})
    assert [(got.body, got.capture) for got in done.got] == [(PAGE.decode(), None)]
    assert list(tmp_path.iterdir()) == []


def test_another_value_of_the_setting_ends_the_run(tmp_path: Path) -> None:
    done = scrapy("crawl", "mfa", "-s", "ARCHIVE=maybe", "-s", f"OUTPUT_DIR={tmp_path}", expect=1)
    assert "ARCHIVE=maybe: it is on or off" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["locks"]


def test_a_url_that_no_record_can_hold_is_not_asked_for(tmp_path: Path) -> None:
    # 8 kB that Scrapy escapes to thrice as much.
    far = answer(b"", (f"Location: /{'é' * 8000}",), "302 Found")
    with wire_site({"/far": far, "/page": answer(PAGE)}) as site:
        done = crawl(tmp_path, site.authority, Ask(f"{HOME}/far"), Ask(f"{HOME}/page"))
        assert sorted(site.paths()) == ["/far", "/page", "/robots.txt"]
    assert done.of(f"{HOME}/far").problem.startswith(f"too-large {HOME}/%E9%E9")
    assert done.of(f"{HOME}/page").body == PAGE.decode()
    [path] = files(tmp_path)
    assert verified(path) == 7


# --- kills and full disks


def stored(directory: Path) -> int:
    """How many responses the archive of a crawl holds at this moment."""
    try:
        return sum(len(list(read_responses(path, lambda _: None))) for path in files(directory))
    except (FileNotFoundError, Problem):
        return 0


def test_a_kill_leaves_what_was_written_and_the_next_run_closes_it(tmp_path: Path) -> None:
    pages: dict[str, Answer] = {f"/{number}": answer(os.urandom(4000)) for number in range(20)}
    killed = threading.Event()

    def slow(request: bytes) -> bytes:
        killed.wait(60)
        return answer()

    with wire_site(pages | {"/slow": slow}) as site:
        asks = [Ask(f"{HOME}{path}") for path in (*pages, "/slow")]
        child = subprocess.Popen(command(tmp_path, site.authority, *asks), cwd=REPOSITORY, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 60
        # robots.txt and the pages; the last may be on its way to the archive still.
        while stored(tmp_path) < 21 and time.monotonic() < until:
            time.sleep(0.05)
        child.send_signal(signal.SIGKILL)
        child.wait()
        killed.set()
        [left] = files(tmp_path)
        assert left.name.endswith(".warc.gz.open")
        with left.open("r+b") as stream:
            half = stream.read(200)
            stream.seek(0, os.SEEK_END)
            stream.write(half)

        # A run of another source closes it too.
        other = tmp_path / "archive" / "other"
        other.mkdir()
        left = left.rename(other / "other-20260101T000000Z-00000.warc.gz.open")
        done = crawl(tmp_path, site.authority, Ask(f"{HOME}/0"))
    [closed] = other.iterdir()
    assert closed.name == "other-20260101T000000Z-00000.warc.gz"
    assert f"Closing {left}, which a killed run left open" in done.log
    assert {response.url for response in read_responses(closed, print)} == {
        f"{HOME}{path}" for path in ("/robots.txt", *pages)
    }
    assert verified(closed) == 1 + 2 * 21


def test_an_archive_that_cannot_be_written_stops_the_run(tmp_path: Path) -> None:
    (tmp_path / "archive").write_bytes(b"no directory")
    pages: dict[str, Answer] = {f"/{number}": answer() for number in range(40)}
    with wire_site(pages) as site:
        done = crawl(tmp_path, site.authority, *(Ask(f"{HOME}{path}") for path in pages))
        asked = len(site.asked)
    assert done.finish_reason == "archive-error"
    assert done.statistics["failure"].startswith("archive-error: ")
    assert done.log.count("Recording stops") == 1
    # What cannot be recorded is not handed to the spider, and no more is asked for.
    assert {got.problem.partition(" ")[0] for got in done.got} <= {"not-recorded"}
    assert asked < 20


def test_the_archive_is_durable_before_the_ledger_commits(tmp_path: Path) -> None:
    with wire_site(SITE) as site:
        done = crawl(tmp_path, site.authority, Ask(f"{HOME}/page"), BROKEN_DISK=True)
    assert done.statistics["failure"].startswith("archive-error: ")
    ledger = Ledger(tmp_path / "ledger.db")
    assert ledger.payloads.find(SHA256_OF_PAGE) is None
    ledger.close()
    # What the operating system has of it is there, for the next start.
    [left] = files(tmp_path)
    assert left.name.endswith(".open")
    assert [found.stored_body for found in read_responses(left, print)][1:] == [PAGE]


def test_a_file_that_cannot_be_closed_fails_the_run(tmp_path: Path) -> None:
    def taking_the_name(request: bytes) -> bytes:
        [left] = files(tmp_path)
        left.with_suffix("").write_bytes(b"not ours")
        return answer()

    with wire_site({"/page": taking_the_name}) as site:
        done = crawl(tmp_path, site.authority, Ask(f"{HOME}/page"))
    assert "there is a file of this name already" in done.statistics["failure"]
    taken, left = files(tmp_path)
    assert taken.read_bytes() == b"not ours"
    assert len(list(read_responses(left, print))) == 2


# --- the whole way: a source, its Articles, a replay


def test_a_replay_of_the_archive_gives_the_articles_of_the_run(ecns: LocalSite, tmp_path: Path) -> None:  # noqa: F811
    live, replayed = tmp_path / "live", tmp_path / "replayed"
    crawl_ecns(ecns, live, "-a", "section=news/politics")
    archive = live / "archive" / "ecns"
    warcs = ",".join(str(path) for path in sorted(archive.iterdir()))
    scrapy("crawl", "ecns", "-a", "section=news/politics", "-a", f"replay={warcs}", "-s", f"OUTPUT_DIR={replayed}")
    articles = written(live, "articles", "ecns")
    assert len(articles) > 3
    assert sorted(written(replayed, "articles", "ecns"), key=_by_id) == sorted(articles, key=_by_id)
    for article in articles:
        [record] = [
            one
            for one in read_records(archive / article["capture"]["file"], print)
            if one.id == article["capture"]["record_id"]
        ]
        assert record.url == article["url"]
        assert f"{record.date:%Y-%m-%dT%H:%M:%SZ}" == article["date_retrieved"]
    [counted] = [name for name in report(live)["files"] if name.startswith("archive/ecns/")]
    assert report(live)["files"][counted] == verified(live / counted)
    # A replay fetches nothing, and archives nothing.
    assert not (replayed / "archive").exists()


def _by_id(article: dict[str, object]) -> str:
    return str(article["id"])

"""Crawls that are answered from WARC files."""

from __future__ import annotations

import pytest

from tests.archive.warc_files import http, record, record_id, write
from tests.crawl_once import Crawl, crawl_together

URL = "http://news.example/a.htm"

_replays: list[tuple[Crawl, str, tuple[bytes, ...]]] = []


def replay(urls: list[str], file: str, *records: bytes) -> Crawl:
    """A crawl of these URLs from a WARC file with these records."""
    crawl = Crawl(urls, ["news.example"])
    _replays.append((crawl, file, records))
    return crawl


@pytest.fixture(scope="module", autouse=True)
def log(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What was logged while all of them ran."""
    for crawl, file, records in _replays:
        crawl.replay = [str(write(tmp_path_factory.mktemp("replay") / file, *records))]
    return crawl_together([crawl for crawl, _, _ in _replays])


PAGES = replay(
    ["https://news.example/a.htm#top"],
    "pages.warc.gz",
    record(
        1, URL, http("外交部".encode(), ["Content-Type: text/html", "Transfer-Encoding: chunked", "Content-Length: 99"])
    ),
    record(2, f"{URL}?2", http(b"\x1f\x8b", ["Content-Type: text/html"])),
)


def test_a_request_is_answered_with_the_capture_and_its_time() -> None:
    outcome = PAGES.outcome
    assert (outcome.url, outcome.status, outcome.body) == ("https://news.example/a.htm#top", 200, "外交部")
    assert outcome.capture == ["pages.warc.gz", record_id(1)]
    assert outcome.date_retrieved == "2020-07-04T03:55:41Z"


MISSING = replay([f"{URL}?missing", URL], "pages.warc", record(1, URL, http(b"page")))


def test_a_url_that_is_not_archived_is_refused_once() -> None:
    assert [(outcome.problem, outcome.body) for outcome in MISSING.outcomes] == [
        (f"not-archived {URL}?missing", ""),
        ("", "page"),
    ]


REDIRECTS = replay(
    [URL, f"{URL}?lost", f"{URL}?away", f"{URL}?private"],
    "moved.warc",
    record(1, URL, http(b"", ["Location: /b.htm"], "302 Found")),
    record(2, "http://news.example/b.htm", http(b"page"), date="2021-01-01T00:00:00Z"),
    record(3, f"{URL}?lost", http(b"", ["Location: /lost.htm"], "302 Found")),
    record(4, f"{URL}?away", http(b"", ["Location: http://other.example/"], "302 Found")),
    record(5, "http://other.example/", http(b"of another")),
    record(6, f"{URL}?private", http(b"", ["Location: http://127.0.0.1/"], "302 Found")),
)


def test_redirects_go_their_normal_way_and_take_no_capture_with_them() -> None:
    page = REDIRECTS.of(URL)
    assert (page.url, page.body) == ("http://news.example/b.htm", "page")
    assert (page.capture, page.date_retrieved) == (["moved.warc", record_id(2)], "2021-01-01T00:00:00Z")
    assert REDIRECTS.of(f"{URL}?lost").problem == "not-archived http://news.example/lost.htm"


def test_the_archive_answers_for_every_host_it_holds_and_nothing_else_does() -> None:
    assert REDIRECTS.of(f"{URL}?away").body == "of another"
    assert REDIRECTS.of(f"{URL}?private").problem == "not-archived http://127.0.0.1/"


BAD_CODING = replay([URL], "bad.warc", record(1, URL, http(b"\x1f\x8b\x08", ["Content-Encoding: gzip"])))


def test_a_body_that_is_not_in_its_coding_reaches_the_errback() -> None:
    assert BAD_CODING.outcome.error.startswith(f"Problem: undecodable {URL}")


MANY = [f"http://{host}/{n}" for n in range(40) for host in ("a.example", "b.example", "c.example")]
TWICE = [replay(MANY, "many.warc.gz", *(record(n, url, http(b"page")) for n, url in enumerate(MANY))) for _ in range(2)]


def test_the_answers_come_in_the_same_order_each_time() -> None:
    first, second = ([outcome.asked for outcome in crawl.outcomes] for crawl in TWICE)
    assert sorted(first) == sorted(MANY)
    assert first == second


RULES = replay(
    [URL],
    "rules.warc",
    record(1, "http://news.example/robots.txt", http(b"User-agent: *\nDisallow: /", ["Content-Type: text/plain"])),
    record(2, URL, http(b"page")),
)


def test_robots_txt_is_not_asked_for() -> None:
    assert RULES.outcome.body == "page"


REFUSALS = [
    replay(
        [URL, f"{URL}?2"],
        "refused.warc",
        record(1, URL, http(b"later", ["Retry-After: 600"], status)),
        record(2, f"{URL}?2", http(b"page")),
    )
    for status in ("429 Too Many Requests", "503 Service Unavailable")
]


@pytest.mark.parametrize("crawl", REFUSALS, ids=["429", "503"])
def test_an_archived_refusal_is_neither_retried_nor_waited_for(crawl: Crawl) -> None:
    assert [outcome.body for outcome in crawl.outcomes] == ["later", "page"]


def test_none_of_this_is_an_error_of_ours(log: str) -> None:
    assert "Traceback" not in log
    assert "ERROR" not in log

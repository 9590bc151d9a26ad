"""The capture in an exchange with a web archive."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

import pytest

from crawler.archive.reader import ArchivedResponse
from crawler.extraction.problem import Code, Problem
from crawler.webarchives.unwrap import replayed, unwrap
from tests.archive.warc_files import http, record

PAGE = "http://www.news.example/a/t1.htm"
REPLAY = f"https://archive.example/web/20150102030405id_/{PAGE}"
FILE = "https://data.commoncrawl.org/crawl-data/CC-MAIN-2015-06/segments/1/warc/00001.warc.gz"
MEMENTO = "Memento-Datetime: Fri, 02 Jan 2015 03:04:05 GMT"
TODAY = datetime(2026, 11, 22, tzinfo=UTC)


def exchange(url: str = REPLAY, *headers: str, status: int = 200, body: bytes = b"<p>A kite.</p>") -> ArchivedResponse:
    lines = tuple(tuple(part.encode() for part in header.split(": ", 1)) for header in headers)
    return ArchivedResponse(url, status, lines, body, TODAY, "run.warc.gz", "urn:uuid:1")  # type: ignore[arg-type]


def found(response: ArchivedResponse) -> ArchivedResponse:
    captured = unwrap(response)
    assert captured is not None
    return captured


# --- raw replay


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (REPLAY, (PAGE, "20150102030405")),
        (
            "http://127.0.0.1:8080/news/20150102030405id_/https://www.news.example/a?b=1",
            ("https://www.news.example/a?b=1", "20150102030405"),
        ),
        ("https://archive.example/20150102030405id_/http:/news.example/a", ("http://news.example/a", "20150102030405")),
        (f"https://archive.example/web/20150102030405/{PAGE}", None),
        (f"https://archive.example/web/2015id_/{PAGE}", None),
        (f"https://archive.example/web/20159902030405id_/{PAGE}", None),
        ("https://archive.example/web/20150102030405id_/kites", None),
        ("https://archive.example/cdx?url=/20150102030405id_/http://news.example/", None),
        (PAGE, None),
    ],
)
def test_the_url_of_a_raw_replay(url: str, expected: tuple[str, str] | None) -> None:
    assert replayed(url) == expected


def test_a_raw_replay_is_the_origins_response_at_the_time_of_the_capture() -> None:
    answered = exchange(
        REPLAY,
        "Content-Type: text/html; charset=gb2312",
        MEMENTO,
        'Link: <http://www.news.example/>; rel="original"',
        "X-Archive-Orig-Server: kites",
    )
    captured = found(answered)
    assert captured.url == PAGE
    assert captured.status == 200
    assert captured.date_retrieved == "2015-01-02T03:04:05Z"
    assert captured.headers == ((b"Content-Type", b"text/html; charset=gb2312"),)
    assert captured.body == b"<p>A kite.</p>"
    # It is our own record that is cited.
    assert (captured.file, captured.record_id) == ("run.warc.gz", "urn:uuid:1")


def test_the_time_is_that_of_the_capture_that_was_answered() -> None:
    # pywb answers with the nearest capture.
    captured = found(exchange(REPLAY, "Memento-Datetime: Sat, 03 Jan 2015 00:00:00 GMT"))
    assert captured.date_retrieved == "2015-01-03T00:00:00Z"


@pytest.mark.parametrize("memento", ["Memento-Datetime: yesterday", "Server: kites"])
def test_without_a_time_from_the_archive_that_of_the_url_counts(memento: str) -> None:
    assert found(exchange(REPLAY, memento)).date_retrieved == "2015-01-02T03:04:05Z"


def test_the_body_is_in_the_coding_of_the_origin() -> None:
    captured = found(exchange(REPLAY, MEMENTO, "Content-Encoding: gzip", body=gzip.compress(b"<p>Packed.</p>")))
    assert captured.body == b"<p>Packed.</p>"


def test_a_captured_redirect_or_error_is_what_it_was() -> None:
    assert found(exchange(REPLAY, MEMENTO, status=302)).status == 302
    assert found(exchange(REPLAY, MEMENTO, status=404)).status == 404


@pytest.mark.parametrize("status", [302, 404, 429, 503])
def test_an_answer_of_the_archive_itself_is_no_capture(status: int) -> None:
    assert unwrap(exchange(REPLAY, "X-Archive-Redirect-Reason: found capture", status=status)) is None


def test_what_is_no_exchange_with_an_archive_is_no_capture() -> None:
    assert unwrap(exchange(PAGE)) is None
    assert unwrap(exchange(PAGE, status=206)) is None
    assert unwrap(exchange("https://archive.example/news/cdx?url=news.example")) is None
    # The server took no notice of the range.
    assert unwrap(exchange(FILE)) is None


# --- ranges of WARC files


def a_range(packed: bytes) -> ArchivedResponse:
    return exchange(FILE, "Content-Type: application/octet-stream", status=206, body=packed)


def test_a_range_of_a_warc_file_is_the_response_in_it() -> None:
    packed = gzip.compress(
        record(1, PAGE, http(headers=["Content-Type: text/html", "X-Kite: red"]), date="2015-01-02T03:04:05Z")
    )
    captured = found(a_range(packed))
    assert captured.url == PAGE
    assert captured.status == 200
    assert captured.date_retrieved == "2015-01-02T03:04:05Z"
    assert captured.headers == ((b"Content-Type", b"text/html"), (b"X-Kite", b"red"))
    assert captured.body == b"<p>A text.</p>"
    assert (captured.file, captured.record_id) == ("run.warc.gz", "urn:uuid:1")


RESPONSE = record(1, PAGE, http())


@pytest.mark.parametrize(
    ("packed", "code"),
    [
        (gzip.compress(RESPONSE)[:-9], Code.TRUNCATED),
        (gzip.compress(RESPONSE)[:40], Code.TRUNCATED),
        (gzip.compress(RESPONSE) + gzip.compress(RESPONSE)[:50], Code.TRUNCATED),
        (gzip.compress(RESPONSE)[5:], Code.UNREADABLE_FILE),
        (b"", Code.UNREADABLE_FILE),
        (gzip.compress(b""), Code.UNREADABLE_FILE),
        (gzip.compress(b"lanterns, and no record\r\n" * 40), Code.UNREADABLE_FILE),
        (gzip.compress(record(1, PAGE, b"GET / HTTP/1.1\r\n\r\n", type="request")), Code.UNREADABLE_FILE),
        (gzip.compress(RESPONSE[:-20]), Code.TRUNCATED),
        (gzip.compress(record(1, PAGE, http(), headers=["WARC-Truncated: length"])), Code.TRUNCATED),
        (gzip.compress(record(1, PAGE, b"no response")), Code.EMPTY_RESPONSE),
    ],
)
def test_a_range_that_is_no_whole_response(packed: bytes, code: Code) -> None:
    with pytest.raises(Problem) as raised:
        unwrap(a_range(packed))
    assert raised.value.code is code

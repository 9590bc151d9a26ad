"""Reading the pages of a replay ahead: what is handed over is what the spider would have read."""

from __future__ import annotations

import logging
import os
import signal
from pathlib import Path

import pytest
from scrapy import Request
from scrapy.http import HtmlResponse, Response

from crawler.archive.index import IndexedCapture, ReplayIndex
from crawler.extraction.problem import Code, Problem
from crawler.items import Article
from crawler.spiders.read_ahead import ReadAhead
from tests.archive.warc_files import http, record, write
from tests.hostile.limited import REPOSITORY, run_limited

SAMPLE = REPOSITORY / "tests" / "fixtures" / "sample.warc.gz"
FOLDER = "https://www.fmprc.gov.cn/mfa_eng/xwfw_665399/s2510_665401/2511_665403"
PAGE = """<html><head><title>{n}</title></head><body><h1>Foreign Ministry Spokesperson {n}</h1>
<div id="News_Body_Title">Spokesperson's Remarks {n}</div>
<div id="News_Body_Txt_A"><p>The first sentence of remark {n} is a whole sentence.</p></div></body></html>"""

_CRAWL = """
import crawler.spiders.replay as replay
from scrapy.cmdline import execute

replay.WORTH_PROCESSES = 1
processes, source, archive, output = sys.argv[1:]
try:
    execute(["scrapy", "crawl", source, "-a", f"replay={archive}", "-s", f"OUTPUT_DIR={output}", "-s", "HEALTH=off",
             "-L", "ERROR", "-s", f"REPLAY_PROCESSES={processes}"])
except SystemExit as finished:
    result = finished.code
"""


@pytest.mark.parametrize("source", ["mfa", "xinhua", "shine"])
def test_the_output_is_the_same_byte_for_byte(source: str, tmp_path: Path) -> None:
    written = []
    for processes in ("1", "2"):
        output = tmp_path / processes
        assert run_limited(_CRAWL, processes, source, str(SAMPLE), str(output)).result == 0
        written.append({path.relative_to(output): path.read_bytes() for path in output.glob("*/*.jsonl")})
    assert written[0] == written[1]
    assert any(written[0].values())


@pytest.fixture
def captures(tmp_path: Path) -> list[IndexedCapture]:
    """Of 60 pages, of which the fourth redirects, the fifth is no article, and the sixth is empty."""
    blocks = [http(PAGE.format(n=n).encode()) for n in range(60)]
    blocks[3] = http(b"", ["Location: /"], "302 Found")
    blocks[4] = http(b"<html><body><p>Nothing.</p></body></html>")
    blocks[5] = http(b"")
    path = write(
        tmp_path / "a.warc.gz",
        *(record(n, f"{FOLDER}/t{1_000_000 + n}.shtml", block) for n, block in enumerate(blocks)),
    )
    index = ReplayIndex([path])
    return [capture for url, _ in index.urls() for capture in index.captures(url)]


def announced(ahead: ReadAhead, captures: list[IndexedCapture]) -> list[Response]:
    """The responses to all of them, to be handed over in this order."""
    requests = [Request(capture.url) for capture in captures]
    for request, capture in zip(requests, captures, strict=True):
        ahead.announce(request, capture, None)
    return [HtmlResponse(request.url, request=request) for request in requests]


def shown(read: Article | Problem | None) -> str | None:
    return read.headline if isinstance(read, Article) else read and read.code


def test_each_capture_gives_its_own_article_or_problem(captures: list[IndexedCapture]) -> None:
    ahead = ReadAhead("mfa", 2)
    found = [shown(ahead.take(response)) for response in announced(ahead, captures)]
    assert found[:3] == [f"Spokesperson's Remarks {n}" for n in range(3)]
    # A redirect is for the crawl to follow.
    assert found[3:6] == [None, Code.NO_LAYOUT, Code.EMPTY_RESPONSE]
    assert found[6:] == [f"Spokesperson's Remarks {n}" for n in range(6, 60)]


def test_what_is_never_asked_for_is_passed_over(captures: list[IndexedCapture]) -> None:
    ahead = ReadAhead("mfa", 2)
    responses = announced(ahead, captures)
    assert [shown(ahead.take(responses[n])) for n in (10, 40, 59)] == [
        f"Spokesperson's Remarks {n}" for n in (10, 40, 59)
    ]
    # Too late: the spider reads it itself, as it does what was not announced.
    assert ahead.take(responses[20]) is None
    assert ahead.take(HtmlResponse(FOLDER, request=Request(FOLDER))) is None


def test_processes_that_are_killed_leave_the_reading_to_the_spider(
    captures: list[IndexedCapture], caplog: pytest.LogCaptureFixture
) -> None:
    ahead = ReadAhead("mfa", 1)
    first, *others = announced(ahead, captures)
    assert shown(ahead.take(first)) == "Spokesperson's Remarks 0"
    assert ahead._pool is not None
    with caplog.at_level(logging.WARNING):
        [worker] = ahead._pool._processes
        os.kill(worker, signal.SIGKILL)
        found = [ahead.take(response) for response in others]
    assert found[-1] is None
    assert "reading on alone" in caplog.text

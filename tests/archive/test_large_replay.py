"""Replays of files larger than memory should know of: what they need does not grow with the archive."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from benchmarks.large_archive import LargeArchive, write_large_archive
from crawler.archive import indexing
from crawler.archive.index import ReplayIndex
from crawler.spiders.replay import MayBeOf
from tests.archive.warc_files import http, record, record_id, write
from tests.hostile.limited import MEGABYTE, REPOSITORY, run_limited

SAMPLE = REPOSITORY / "tests" / "fixtures" / "sample.warc.gz"
URL = "https://www.fmprc.gov.cn/mfa_eng/xwfw_665399/s2510_665401/2511_665403"
#: A page gets so large by this, packed too, that a few hundred of them make a file of thirty megabytes.
PADDING = random.Random(6).randbytes(80_000).hex().encode()
#: What four times as much may take more.
MOST_GROWTH = 12 * MEGABYTE

_INDEX = """
from pathlib import Path
from crawler.archive.index import ReplayIndex
from crawler.sources import sources
from crawler.spiders.arguments import Scope
from crawler.spiders.replay import MayBeOf, Replay

source = sources()["mfa"]
index = ReplayIndex([Path(sys.argv[1])], MayBeOf("mfa"))
replay = Replay(index, source, Scope.parse(source, source.sections))
result = sum(len(replay.captures(document)) for document, _ in replay.documents())
"""
_CRAWL = """
from scrapy.cmdline import execute

try:
    execute(["scrapy", "crawl", "mfa", "-a", f"replay={sys.argv[1]}", "-s", f"OUTPUT_DIR={sys.argv[2]}",
             "-s", "HEALTH=off", "-L", "ERROR"])
except SystemExit as finished:
    result = finished.code
"""


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> list[LargeArchive]:
    """One of thirty and one of 120 megabytes."""
    directory = tmp_path_factory.mktemp("large")
    sizes = (30 * MEGABYTE, 120 * MEGABYTE)
    return [write_large_archive(directory / f"{size}.warc.gz", SAMPLE, size, PADDING) for size in sizes]


def test_an_index_takes_no_more_memory_for_four_times_as_much(tmp_path: Path) -> None:
    peaks = []
    for size in (3 * MEGABYTE, 12 * MEGABYTE):
        archive = write_large_archive(tmp_path / f"{size}.warc.gz", SAMPLE, size)
        finished = run_limited(_INDEX, str(archive.path), cpu=120)
        assert finished.result == archive.articles
        peaks.append(finished.peak_bytes)
    assert archive.articles > 3_000
    assert peaks[1] - peaks[0] < MOST_GROWTH


def test_a_crawl_takes_no_more_memory_for_four_times_as_much(archives: list[LargeArchive], tmp_path: Path) -> None:
    peaks = []
    for archive in archives:
        output = tmp_path / archive.path.stem
        # The file as a whole would not fit.
        finished = run_limited(_CRAWL, str(archive.path), str(output), cpu=300)
        assert finished.result == 0
        lines = [path.read_bytes().count(b"\n") for path in output.glob("*/mfa.jsonl")]
        assert sum(lines) == archive.articles
        peaks.append(finished.peak_bytes)
    assert peaks[1] - peaks[0] < MOST_GROWTH


def test_files_are_read_side_by_side_as_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [
        write(tmp_path / "b.warc.gz", record(1, f"{URL}/t1.shtml", http()), record(2, f"{URL}/t2.shtml", http())),
        write(tmp_path / "a.warc", *(record(n, f"{URL}/t{n}.shtml", http()) for n in (3, 2, 4))),
        write(
            tmp_path / "c.warc.gz",
            record(5, f"{URL}/t5.shtml", http(), headers=["WARC-Truncated: length"]),
            record(6, f"{URL}/t1.shtml", b"", type="revisit", headers=[f"WARC-Refers-To: <{record_id(4)}>"]),
            record(7, f"{URL}/t7.shtml", b"", type="revisit", headers=[f"WARC-Refers-To: <{record_id(9)}>"]),
        ),
    ]
    alone = ReplayIndex(files)
    monkeypatch.setattr(indexing, "_WORTH_PROCESSES", 0)
    monkeypatch.setattr(indexing, "cores", lambda: 2)
    together = ReplayIndex(files)
    assert [str(problem) for problem in together.problems] == [
        f"truncated {URL}/t5.shtml: cut by the crawler: length",
        f"not-archived {URL}/t7.shtml: original of revisit {record_id(7)}",
    ]
    assert [str(problem) for problem in alone.problems] == [str(problem) for problem in together.problems]
    assert [url.rpartition("/")[2] for url, _ in together.urls()] == ["t1.shtml", "t2.shtml", "t3.shtml", "t4.shtml"]
    for url, _ in alone.urls():
        assert together.captures(url) == alone.captures(url)
    assert [capture.record_id for capture in together.captures(f"{URL}/t1.shtml")] == [record_id(1), record_id(6)]


def test_an_index_holds_what_its_source_may_need_and_nothing_else(tmp_path: Path) -> None:
    def away(location: str) -> bytes:
        return http(b"", [f"Location: {location}"], "302 Found")

    path = write(
        tmp_path / "of-many.warc.gz",
        record(1, "https://www.fmprc.gov.cn/robots.txt", http()),
        record(2, f"{URL}/", http()),
        record(3, f"{URL}/t1794337.shtml", http()),
        record(4, "http://mirror.example/mfa_eng/xwfw_665399/s2510_665401/2511_665403/t1794338.shtml", http()),
        record(5, "http://news.example/a.htm", http()),
        # What an article redirects to says whether it is gone.
        record(6, f"{URL}/t1794339.shtml", away("http://gone.example/1")),
        record(7, "http://gone.example/1", away("http://gone.example/2")),
        record(8, "http://gone.example/2", http()),
        # The body of a wanted page may be that of another's.
        record(9, "http://news.example/b.htm", http(b"of both")),
        record(10, f"{URL}/t1794340.shtml", b"", type="revisit", headers=[f"WARC-Refers-To: <{record_id(9)}>"]),
        # Problems of others are none of ours.
        record(11, "http://news.example/c.htm", b"no HTTP"),
        record(12, "http://news.example/d.htm", b"", type="revisit"),
    )
    index = ReplayIndex([path], MayBeOf("mfa"))
    assert [url.rpartition("/")[2] for url, _ in index.urls()] == [
        *("", "t1794337.shtml", "t1794338.shtml", "t1794339.shtml", "1", "2", "t1794340.shtml")
    ]
    both = index.lookup(f"{URL}/t1794340.shtml")
    assert both is not None
    assert both.body == b"of both"
    assert index.lookup("http://news.example/b.htm") is None
    assert index.problems == []


def test_the_file_of_an_index_goes_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "pages.warc", record(1, f"{URL}/t1.shtml", http()))
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    index = ReplayIndex([path])
    assert len(list(place.iterdir())) == 1
    del index
    assert list(place.iterdir()) == []

"""A WARC file on a web server, read where it lies."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pytest

from crawler.archive import ranges
from crawler.archive.index import ReplayIndex
from crawler.archive.remote import RemoteFile, is_remote
from crawler.extraction.problem import Code, Problem
from tests.archive.range_server import RangeServer, serving
from tests.archive.warc_files import PACKINGS, http, record, record_id, write
from tests.command_line import REPOSITORY, scrapy, written

SAMPLE = REPOSITORY / "tests" / "fixtures" / "sample.warc.gz"
URL = "http://news.example/a.htm"


def noise(number: int) -> bytes:
    """A page that gets no smaller by packing."""
    return random.Random(number).randbytes(40_000)


def archive(directory: Path, suffix: str = ".warc.gz", pages: int = 100) -> bytes:
    """The bytes of a file of four megabytes: more than is asked for at once."""
    records = (record(number, f"{URL}?{number}", http(noise(number))) for number in range(pages))
    return write(directory / f"pages{suffix}", *records).read_bytes()


@pytest.fixture(autouse=True)
def without_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "_PAUSE_SECONDS", 0.01)


def problem_of(site: RangeServer) -> Problem:
    with pytest.raises(Problem) as caught:
        ReplayIndex([RemoteFile(site.url)])
    return caught.value


def test_what_is_a_remote_file() -> None:
    assert is_remote("https://archive.example/crawl/CC%20NEWS-1.warc.gz?key=a")
    assert is_remote("http://127.0.0.1:80/a.warc")
    assert not is_remote("archives/http/a.warc")
    assert RemoteFile("https://archive.example/crawl/CC%20NEWS-1.warc.gz?key=a").name == "CC NEWS-1.warc.gz"


@pytest.mark.parametrize("suffix", PACKINGS)
def test_its_captures_are_those_of_the_same_file_on_disk(suffix: str, tmp_path: Path) -> None:
    with serving(RangeServer(archive(tmp_path, suffix))) as site:
        index = ReplayIndex([RemoteFile(site.url)])
        assert index.problems == []
        assert list(index.urls()) == [(f"{URL}?{number}", 200) for number in range(100)]
        for number in (99, 0, 57):
            response = index.lookup(f"{URL}?{number}")
            assert response is not None
            assert response.body == noise(number)
            assert (response.file, response.record_id) == ("pages.warc.gz", record_id(number))


def test_a_file_of_gzip_members_is_fetched_once_for_the_index_and_its_records_by_range(tmp_path: Path) -> None:
    with serving(RangeServer(archive(tmp_path))) as site:
        index = ReplayIndex([RemoteFile(site.url)])
        fetched = sum(last - first + 1 for first, last in site.ranges)
        # Its first byte is asked for by itself, to find out how large it is.
        assert fetched == len(site.content) + 1
        site.ranges.clear()
        assert index.lookup(f"{URL}?70") is not None
        assert sum(last - first + 1 for first, last in site.ranges) < len(site.content) / 4


def test_a_connection_that_breaks_off_is_taken_up_where_it_broke(tmp_path: Path) -> None:
    with serving(RangeServer(archive(tmp_path), drops_after=[70_000, 0, 500_000], refusals=[503, 429])) as site:
        index = ReplayIndex([RemoteFile(site.url)])
        assert index.problems == []
        assert len(index) == 100
        assert (70_000, 2 * 2**20 - 1) in site.ranges
        assert (570_000, 2 * 2**20 - 1) in site.ranges


def test_a_server_without_ranges_is_named(tmp_path: Path) -> None:
    with serving(RangeServer(archive(tmp_path, pages=2), knows_ranges=False)) as site:
        problem = problem_of(site)
    assert (problem.code, problem.url) == (Code.UNREADABLE_FILE, site.url)
    assert "no byte ranges" in problem.detail


def test_a_file_that_changes_while_it_is_used_is_named(tmp_path: Path) -> None:
    with serving(RangeServer(archive(tmp_path))) as site:
        index = ReplayIndex([RemoteFile(site.url)])
        site.version = '"2"'
        with pytest.raises(Problem) as caught:
            index.lookup(f"{URL}?50")
    assert caught.value.code == Code.UNREADABLE_FILE
    assert "has changed" in caught.value.detail


def test_a_file_that_is_not_there_and_a_server_that_is_not() -> None:
    with serving(RangeServer(b"x" * 100, refusals=[404])) as site:
        assert problem_of(site).detail == "HTTP 404"
    # Now nobody listens there.
    assert problem_of(site).code == Code.UNREADABLE_FILE


def test_a_server_that_ends_early_gives_what_it_gave(tmp_path: Path) -> None:
    with serving(RangeServer(archive(tmp_path), ends_at=3_000_000)) as site:
        index = ReplayIndex([RemoteFile(site.url)])
    [problem] = index.problems
    assert problem.code == Code.TRUNCATED_ARCHIVE
    assert "byte 3000000" in problem.detail
    # All that was in whole blocks before.
    assert 50 < len(index) < 75


def test_a_file_that_is_cut_on_its_server(tmp_path: Path) -> None:
    with serving(RangeServer(archive(tmp_path)[:-100])) as site:
        index = ReplayIndex([RemoteFile(site.url)])
    assert len(index) == 99
    assert [problem.code for problem in index.problems] == [Code.TRUNCATED_ARCHIVE]


def test_a_member_that_is_damaged_ends_the_file(tmp_path: Path) -> None:
    content = bytearray(archive(tmp_path))
    content[2_020_000] ^= 0xFF  # in the middle of a page
    with serving(RangeServer(bytes(content))) as site:
        index = ReplayIndex([RemoteFile(site.url)])
    assert 45 < len(index) < 55
    assert [problem.code for problem in index.problems] == [Code.TRUNCATED_ARCHIVE]


def test_records_that_share_one_member_are_no_file_to_fetch_records_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.archive.record._MAX_HELD_BYTES", 1_000_000)
    plain = gzip.decompress(archive(tmp_path))
    with serving(RangeServer(gzip.compress(plain))) as site:
        problem = problem_of(site)
    assert problem.code == Code.UNREADABLE_FILE
    assert "share a gzip member" in problem.detail


def test_a_crawl_of_it_is_that_of_the_same_file_on_disk(tmp_path: Path) -> None:
    local = tmp_path / "pages.warc.gz"
    local.write_bytes(SAMPLE.read_bytes())
    with serving(RangeServer(SAMPLE.read_bytes())) as site:
        for name, replay in (("local", str(local)), ("remote", site.url)):
            scrapy("crawl", "mfa", "-a", f"replay={replay}", "-s", f"OUTPUT_DIR={tmp_path / name}", "-s", "HEALTH=off")
    articles, remote = written(tmp_path / "local", "articles", "mfa"), written(tmp_path / "remote", "articles", "mfa")
    assert articles
    assert articles == remote

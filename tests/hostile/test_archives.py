"""WARC to replay: whatever a file is like, captures or named problems, in little memory and time."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given

from crawler.archive.index import ReplayIndex
from crawler.extraction.problem import Problem
from tests.archive.warc_files import http, record, write
from tests.hostile.archives import BOMBS, MEGABYTE, SpoiltArchive, gzip_bomb, spoilt_archives, zstd_bomb
from tests.hostile.budget import budget
from tests.hostile.limited import Finished, run_limited

URL = "http://www.mfa.gov.cn/"
MOST_SECONDS = 5
#: Four bodies of the largest size that is unpacked.
MOST_MEMORY = 400 * MEGABYTE


@budget(400)
@given(spoilt_archives())
def test_a_spoilt_archive_gives_captures_or_problems(archive: SpoiltArchive) -> None:
    began = process_time()
    with tempfile.TemporaryDirectory() as directory:
        path = archive.write(Path(directory))
        try:
            index = ReplayIndex([path])
        except Problem:
            return
        for url, _ in index.urls():
            with suppress(Problem):
                index.lookup(url)
            for capture in index.captures(url):
                with suppress(Problem):
                    response = index.read(capture)
                    assert response.date_retrieved == f"{capture.retrieved:%Y-%m-%dT%H:%M:%SZ}"
                    assert isinstance(response.body, bytes)
    assert process_time() - began < MOST_SECONDS


# --- in a process of its own, with bounds

_READ = """
from pathlib import Path
from crawler.archive.index import ReplayIndex
from crawler.extraction.problem import Problem

result = []
try:
    index = ReplayIndex([Path(sys.argv[1])])
    result += [problem.code for problem in index.problems]
    for url, _ in index.urls():
        try:
            result.append(len(index.lookup(url).body))
        except Problem as problem:
            result.append(problem.code)
except Problem as problem:
    result.append(problem.code)
"""


def read(path: Path) -> Finished:
    finished = run_limited(_READ, str(path))
    assert finished.peak_bytes < MOST_MEMORY
    return finished


def stored(directory: Path, body: bytes, *headers: str) -> Path:
    return write(directory / "bomb.warc.gz", record(1, URL, http(body, headers)))


@pytest.mark.parametrize("coding", BOMBS)
def test_a_body_that_unpacks_to_four_times_the_limit(coding: str, tmp_path: Path) -> None:
    path = stored(tmp_path, BOMBS[coding](256 * MEGABYTE), f"Content-Encoding: {coding}")
    assert read(path).result == ["undecodable"]


def test_a_bomb_in_a_bomb(tmp_path: Path) -> None:
    bomb = gzip_bomb(256 * MEGABYTE)
    for _ in range(3):
        bomb = gzip.compress(bomb, mtime=0)
    assert read(stored(tmp_path, bomb, "Content-Encoding: gzip, gzip, gzip, gzip")).result == ["undecodable"]


def test_a_hundred_codings(tmp_path: Path) -> None:
    path = stored(tmp_path, b"page", "Content-Encoding: " + ", ".join(["gzip"] * 100))
    assert read(path).result == ["undecodable"]


def test_ten_million_chunks(tmp_path: Path) -> None:
    body = b"1\r\na\r\n" * 10_000_000 + b"0\r\n\r\n"
    assert read(stored(tmp_path, body, "Transfer-Encoding: chunked")).result == ["undecodable"]


@pytest.mark.parametrize("bomb", [gzip_bomb, zstd_bomb])
def test_a_file_that_unpacks_to_nothing(bomb: Callable[[int], bytes], tmp_path: Path) -> None:
    path = tmp_path / "bomb.warc"
    path.write_bytes(bomb(256 * MEGABYTE))
    assert read(path).result == ["unreadable-file"]


def test_a_record_of_megabytes_is_passed_over(tmp_path: Path) -> None:
    large = record(1, URL, http(bytes(100 * MEGABYTE)))
    path = write(tmp_path / "large.warc.gz", large, record(2, URL + "a", http(b"page")))
    assert read(path).result == ["too-large", 4]


@pytest.mark.parametrize(
    ("length", "found"),
    [
        (b"63000000", ["unreadable-file"]),
        (b"99999999999999", ["unreadable-file"]),
        (b"18446744073709551615", ["unreadable-file"]),
        (b"18446744073709551700", ["unreadable-file"]),
        (b"9" * 5000, ["unreadable-file"]),
        (b"-1", ["unreadable-file"]),
    ],
)
def test_a_length_that_is_a_lie(length: bytes, found: list[object], tmp_path: Path) -> None:
    path = tmp_path / "lie.warc"
    head, _, block = record(1, URL, http()).partition(b"Content-Length: ")
    path.write_bytes(head + b"Content-Length: " + length + block[block.index(b"\r\n") :])
    assert read(path).result == found


@pytest.mark.parametrize(
    ("headers", "found"),
    [(["X: " + "a" * MEGABYTE] * 20, [4]), (["X: a"] * 1_000_000, [4])],
    ids=["twenty megabytes", "a million"],
)
def test_headers_without_end(headers: list[str], found: list[object], tmp_path: Path) -> None:
    assert read(stored(tmp_path, b"page", *headers)).result == found


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1969-12-31T23:59:59Z"])
def test_a_date_no_capture_can_have(date: str, tmp_path: Path) -> None:
    path = write(tmp_path / "dated.warc", record(1, URL, http(), date=date))
    index = ReplayIndex([path])
    assert len(index) == 0
    assert [problem.code for problem in index.problems] == ["unreadable-file"]


def test_a_redirect_to_no_address(tmp_path: Path) -> None:
    path = write(tmp_path / "redirect.warc", record(1, URL, http(b"", ["Location: http://["], "302 Found")))
    response = ReplayIndex([path]).lookup(URL)
    assert response is not None
    assert response.status == 302

"""WARC files as they are written: their bytes, their names, and what a kill or a full disk leaves of them."""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import multiprocessing
import os
import re
import resource
import signal
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastwarc.stream_io import GzipReader
from fastwarc.warc import ArchiveIterator

from crawler.archive.abandoned import close_abandoned
from crawler.archive.exchange import Exchange, request_block, response_head
from crawler.archive.index import ReplayIndex
from crawler.archive.reader import ArchivedResponse, read_responses
from crawler.archive.record import read_records
from crawler.archive.writer import WarcWriter
from crawler.extraction.problem import Problem
from pipelines.failure import ArchiveError, DiskFullError
from pipelines.payloads import Payload

URL = "http://www.news.example/a?b=1"
NOON = datetime(2026, 11, 22, 12, 0, 0, 120304, tzinfo=UTC)
LARGE = 10**9

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["crawler.archive.writer"])


def exchange(
    body: bytes = b"<p>A text.</p>",
    url: str = URL,
    status: int = 200,
    headers: tuple[tuple[bytes, bytes], ...] = ((b"Content-Type", b"text/html"),),
    began: datetime = NOON,
) -> Exchange:
    return Exchange(
        url=url,
        began=began,
        request=request_block("GET", url, [(b"User-Agent", b"Readouts")]),
        head=response_head(status, headers, body),
        body=body,
        ip_address="192.0.2.7",
    )


def writer(directory: Path, max_bytes: int = LARGE) -> WarcWriter:
    return WarcWriter(directory, "mfa", max_bytes, {"software": "Readouts/0", "description": "two\r\nlines"})


def write_all(directory: Path, *exchanges: Exchange) -> Path:
    """One closed file with these."""
    warc = writer(directory)
    for one in exchanges:
        warc.write_response(one)
    warc.close()
    [path] = directory.iterdir()
    return path


def responses(path: Path) -> list[ArchivedResponse]:
    """Those of a file without a flaw."""
    problems: list[Problem] = []
    found = list(read_responses(path, problems.append))
    assert problems == []
    return found


def members(path: Path) -> list[bytes]:
    """The unpacked gzip members of a file."""
    unpacked, rest = [], path.read_bytes()
    while rest:
        member = zlib.decompressobj(wbits=31)
        unpacked.append(member.decompress(rest))
        assert member.eof
        rest = member.unused_data
    return unpacked


def verified(path: Path) -> int:
    """How many records of a file warcio and fastwarc find sound; all of them are."""
    checked = subprocess.run(
        [Path(sys.executable).with_name("warcio"), "check", path], capture_output=True, check=False
    )
    assert (checked.returncode, checked.stdout) == (0, b"")
    every = list(ArchiveIterator(GzipReader(str(path)), parse_http=False))
    sound = list(ArchiveIterator(GzipReader(str(path)), verify_digests=True, max_header_len=LARGE))
    assert len(every) == len(sound)
    return len(sound)


# --- what is written


def test_the_bytes_of_a_file(tmp_path: Path) -> None:
    path = write_all(tmp_path, exchange())
    ids = dict.fromkeys(re.findall(r"urn:uuid:[-0-9a-f]{36}", "".join(one.decode() for one in members(path))))
    assert len(ids) == 3
    texts = [member.decode() for member in members(path)]
    for number, found in enumerate(ids):
        texts = [text.replace(found, f"urn:uuid:{number}") for text in texts]
    info, response, request = (text.split("\r\n") for text in texts)

    assert info[0] == "WARC/1.1"
    assert re.fullmatch(r"WARC-Date: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", info[2])
    assert info[1:2] + info[3:] == [
        "WARC-Type: warcinfo",
        "WARC-Record-ID: <urn:uuid:0>",
        "Content-Length: 168",
        "Content-Type: application/warc-fields",
        "WARC-Block-Digest: sha256:" + hashlib.sha256("\r\n".join(info[9:-2]).encode()).hexdigest(),
        f"WARC-Filename: {path.name}",
        "",
        "format: WARC File Format 1.1",
        "conformsTo: http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "software: Readouts/0",
        "description: two lines",
        "",
        "",
        "",
    ]
    assert response == [
        "WARC/1.1",
        "WARC-Type: response",
        "WARC-Date: 2026-11-22T12:00:00.120304Z",
        "WARC-Record-ID: <urn:uuid:1>",
        "Content-Length: 78",
        "Content-Type: application/http; msgtype=response",
        # printf 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 14\r\n\r\n<p>A text.</p>' | sha256sum
        "WARC-Block-Digest: sha256:16067a1e2337bac9087091b162d369630c5b4f8f39786638e3e2cef1cf301ed0",
        "WARC-Target-URI: http://www.news.example/a?b=1",
        "WARC-Warcinfo-ID: <urn:uuid:0>",
        "WARC-IP-Address: 192.0.2.7",
        # printf '<p>A text.</p>' | sha256sum
        "WARC-Payload-Digest: sha256:912d62eeb4accbf74e9be789df4a4ca48648de32ebb8f780842ab126b49996dc",
        "",
        "HTTP/1.1 200 OK",
        "Content-Type: text/html",
        "Content-Length: 14",
        "",
        "<p>A text.</p>",
        "",
        "",
    ]
    assert request[5:6] + request[7:] == [
        "Content-Type: application/http; msgtype=request",
        "WARC-Target-URI: http://www.news.example/a?b=1",
        "WARC-Warcinfo-ID: <urn:uuid:0>",
        "WARC-IP-Address: 192.0.2.7",
        "WARC-Concurrent-To: <urn:uuid:1>",
        "",
        "GET /a?b=1 HTTP/1.1",
        "Host: www.news.example",
        "User-Agent: Readouts",
        "",
        "",
        "",
        "",
    ]
    assert request[1:3] == ["WARC-Type: request", "WARC-Date: 2026-11-22T12:00:00.120304Z"]
    assert verified(path) == 3


BODIES = [
    b"",
    "外交部".encode(),
    gzip.compress(b"<p>packed</p>", mtime=0),
    b"\r\n\r\nWARC/1.1\r\nWARC-Type: response\r\n\r\n",
    bytes(range(256)) * 300,
    b"\x1f\x8b\x08",
    os.urandom(3_000_000),
]


def test_every_body_comes_back_as_it_was(tmp_path: Path) -> None:
    path = write_all(tmp_path, *(exchange(body, f"{URL}{number}") for number, body in enumerate(BODIES)))
    assert [response.stored_body for response in responses(path)] == BODIES
    assert verified(path) == 1 + 2 * len(BODIES)


@pytest.mark.parametrize(
    ("status", "first_line"),
    [
        (200, b"HTTP/1.1 200 OK"),
        (301, b"HTTP/1.1 301 Moved Permanently"),
        (404, b"HTTP/1.1 404 Not Found"),
        (599, b"HTTP/1.1 599 "),
    ],
)
def test_a_status_has_its_standard_phrase(status: int, first_line: bytes) -> None:
    assert response_head(status, [], b"").split(b"\r\n")[0] == first_line


@pytest.mark.parametrize(
    ("version", "told"), [("HTTP/1.0", b"HTTP/1.0"), ("HTTP/1.1", b"HTTP/1.1"), ("h2", b"HTTP/1.1"), ("", b"HTTP/1.1")]
)
def test_a_version_is_told_in_words_that_warc_readers_know(version: str, told: bytes) -> None:
    assert response_head(200, [], b"", version).startswith(told + b" 200 OK\r\n")


def test_the_header_says_how_the_stored_body_is_framed_and_nothing_else() -> None:
    lines = [(b"Transfer-Encoding", b"chunked"), (b"content-length", b"7"), (b"X", b"1"), (b"X", b"2")]
    assert response_head(200, lines, b"body") == b"HTTP/1.1 200 OK\r\nX: 1\r\nX: 2\r\nContent-Length: 4\r\n\r\n"
    assert response_head(304, lines, b"") == b"HTTP/1.1 304 Not Modified\r\nX: 1\r\nX: 2\r\n\r\n"
    assert response_head(204, [], b"") == b"HTTP/1.1 204 No Content\r\n\r\n"


@pytest.mark.parametrize(
    ("url", "head"),
    [
        ("http://www.news.example", b"GET / HTTP/1.1\r\nHost: www.news.example\r\n\r\n"),
        ("https://www.news.example:8443/a?b=c&d", b"GET /a?b=c&d HTTP/1.1\r\nHost: www.news.example:8443\r\n\r\n"),
        ("http://reader@www.news.example/a", b"GET /a HTTP/1.1\r\nHost: www.news.example\r\n\r\n"),
        ("http://www.news.example?b", b"GET /?b HTTP/1.1\r\nHost: www.news.example\r\n\r\n"),
        ("http://[2001:db8::1]:80/", b"GET / HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n"),
    ],
)
def test_a_request_names_path_and_host(url: str, head: bytes) -> None:
    assert request_block("GET", url, []) == head


def test_a_request_with_a_host_and_a_body() -> None:
    assert (
        request_block("POST", URL, [(b"Host", b"other.example")], b"a=1")
        == b"POST /a?b=1 HTTP/1.1\r\nContent-Length: 3\r\nHost: other.example\r\n\r\na=1"
    )


def test_a_header_larger_than_most_bodies(tmp_path: Path) -> None:
    lines = tuple((b"X-%d" % number, b"y" * 8000) for number in range(100))
    [response] = responses(write_all(tmp_path, exchange(headers=lines)))
    assert len(response.header("X-99")) == 8000


def test_the_captures_of_one_second_keep_their_order(tmp_path: Path) -> None:
    moments = [NOON + timedelta(microseconds=step) for step in (2, 0, 1)]
    path = write_all(tmp_path, *(exchange(b"at %d" % moment.microsecond, began=moment) for moment in moments))
    index = ReplayIndex([path])
    assert [index.read(capture).body for capture in index.captures(URL)] == [b"at 120304", b"at 120305", b"at 120306"]


def test_a_body_that_broke_off_says_so(tmp_path: Path) -> None:
    one = exchange()
    path = write_all(tmp_path, Exchange(one.url, one.began, one.request, one.head, b"<p>A te", is_cut=True))
    problems: list[Problem] = []
    assert list(read_responses(path, problems.append)) == []
    assert [str(problem) for problem in problems] == [f"truncated {URL}: cut by the crawler: disconnect"]


# --- revisits


def original(place: tuple[str, str], one: Exchange) -> Payload:
    return Payload(one.payload_digest, one.url, one.date, place[1], place[0])


def test_a_revisit_is_its_original_again(tmp_path: Path) -> None:
    first, again = exchange(), exchange(url=f"{URL}&again", began=NOON + timedelta(days=1))
    unchanged = exchange(b"", status=304, headers=((b"Etag", b'"v1"'),), began=NOON + timedelta(days=2))
    warc = writer(tmp_path)
    payload = original(warc.write_response(first), first)
    warc.write_repeated(again, payload)
    warc.write_not_modified(unchanged, payload)
    warc.close()
    [path] = tmp_path.iterdir()

    index = ReplayIndex([path])
    assert index.problems == []
    read = [index.read(capture) for url in (URL, again.url) for capture in index.captures(url)]
    assert [(response.url, response.status, response.body, response.date_retrieved) for response in read] == [
        (URL, 200, first.body, "2026-11-22T12:00:00Z"),
        (URL, 200, first.body, "2026-11-24T12:00:00Z"),
        (again.url, 200, first.body, "2026-11-23T12:00:00Z"),
    ]
    assert b"".join(members(path)).count(first.body) == 1
    assert verified(path) == 7


def test_how_a_revisit_names_its_original(tmp_path: Path) -> None:
    payload = Payload("sha256:ab", "http://www.news.example/first", "2026-01-01T00:00:00.000001Z", "urn:uuid:1", "a.gz")
    warc = writer(tmp_path)
    warc.write_repeated(exchange(), payload)
    warc.write_not_modified(exchange(b"", status=304), payload)
    warc.close()
    [path] = tmp_path.iterdir()
    repeated, not_modified = (record for record in read_records(path, print) if record.header("WARC-Profile"))
    for record in (repeated, not_modified):
        assert record.header("WARC-Refers-To") == "<urn:uuid:1>"
        assert record.header("WARC-Refers-To-Target-URI") == "http://www.news.example/first"
        assert record.header("WARC-Refers-To-Date") == "2026-01-01T00:00:00.000001Z"
        assert record.url == URL
    assert repeated.header("WARC-Profile") == "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
    assert repeated.header("WARC-Payload-Digest") == exchange().payload_digest
    assert repeated.warc.reader.read().endswith(b"\r\nContent-Length: 14\r\n\r\n")
    assert not_modified.header("WARC-Profile") == "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
    assert not_modified.header("WARC-Payload-Digest") == "sha256:ab"
    assert not_modified.warc.reader.read().startswith(b"HTTP/1.1 304 Not Modified\r\n")


# --- files


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_nothing_is_made_before_the_first_record(tmp_path: Path) -> None:
    warc = writer(tmp_path / "archive" / "mfa")
    warc.sync()
    warc.close()
    assert not (tmp_path / "archive").exists()


def test_a_file_in_progress_has_another_name_and_a_lock(tmp_path: Path) -> None:
    warc = writer(tmp_path)
    place = warc.write_response(exchange())
    assert re.fullmatch(r"mfa-\d{8}T\d{6}Z-00000\.warc\.gz", place.file)
    assert names(tmp_path) == [f"{place.file}.open"]
    with (tmp_path / f"{place.file}.open").open("rb") as stream, pytest.raises(BlockingIOError):
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    warc.sync()
    warc.close()
    warc.close()
    assert names(tmp_path) == [place.file]
    [response] = responses(tmp_path / place.file)
    assert (response.file, response.record_id) == place


def test_each_record_is_readable_once_it_is_written(tmp_path: Path) -> None:
    warc = writer(tmp_path)
    for number in range(5):
        place = warc.write_response(exchange(b"text %d" % number))
        read = responses(tmp_path / f"{place.file}.open")
        assert [response.body for response in read] == [b"text %d" % n for n in range(number + 1)]
    assert warc.records == {place.file: 11}
    warc.close()


def test_a_file_that_is_large_enough_gives_way_to_the_next(tmp_path: Path) -> None:
    warc = writer(tmp_path, max_bytes=25_000)
    places = [warc.write_response(exchange(os.urandom(10_000), f"{URL}{number}")) for number in range(8)]
    warc.close()
    files = names(tmp_path)
    assert [name.rpartition("-")[2] for name in files] == ["00000.warc.gz", "00001.warc.gz", "00002.warc.gz"]
    assert [sum(place.file == name for place in places) for name in files] == [3, 3, 2]
    for name in files:
        # Its warcinfo, and the request of each response.
        assert verified(tmp_path / name) == warc.records[name] == 1 + 2 * len(responses(tmp_path / name))
        first, *others = read_records(tmp_path / name, print)
        assert first.header("WARC-Filename") == name
        assert {record.header("WARC-Warcinfo-ID") for record in others} == {f"<{first.id}>"}
    assert [response.record_id for name in files for response in responses(tmp_path / name)] == [
        place.record_id for place in places
    ]


def test_a_name_that_is_taken_is_left_alone(tmp_path: Path) -> None:
    one, other, third = (writer(tmp_path) for _ in range(3))
    for warc in (other, third):
        warc._stem = one._stem  # made in the same second
    first = one.write_response(exchange())
    second = other.write_response(exchange())
    one.close()
    last = third.write_response(exchange())
    assert [place.file.rpartition("-")[2] for place in (first, second, last)] == [
        "00000.warc.gz",
        "00001.warc.gz",
        "00002.warc.gz",
    ]
    other.close()
    third.close()
    assert [len(responses(tmp_path / place.file)) for place in (first, second, last)] == [1, 1, 1]


def writing_many(directory: Path, number: int) -> None:
    """In a child process: many small files."""
    warc = writer(directory, max_bytes=1)
    for item in range(40):
        warc.write_response(exchange(b"%d of %d" % (item, number)))
        close_abandoned(directory)
    warc.close()


def test_several_processes_in_one_directory(tmp_path: Path) -> None:
    children = [PROCESSES.Process(target=writing_many, args=(tmp_path, number)) for number in range(3)]
    for child in children:
        child.start()
    for child in children:
        child.join(60)
        assert child.exitcode == 0
    bodies = [response.body for path in tmp_path.iterdir() for response in responses(path)]
    assert sorted(bodies) == sorted(b"%d of %d" % (item, number) for number in range(3) for item in range(40))


# --- a kill


def dying_in_a_write(directory: Path, count: int, share: float) -> None:
    """In a child process: killed when it has written this share of the bytes of its `count`th write."""
    write, calls = os.write, 0

    def deadly(descriptor: int, data: memoryview) -> int:
        nonlocal calls
        calls += 1
        if calls == count:
            write(descriptor, data[: int(len(data) * share)])
            os.kill(os.getpid(), signal.SIGKILL)
        return write(descriptor, data)

    warc = writer(directory)
    os.write = deadly  # type: ignore[assignment]
    for number in range(10):
        warc.write_response(exchange(os.urandom(5000), f"{URL}{number}"))


@pytest.mark.parametrize("share", [0.0, 0.4, 0.99, 1.0])
@pytest.mark.parametrize("count", [2, 6])
def test_killed_in_the_middle_of_a_record(tmp_path: Path, count: int, share: float) -> None:
    child = PROCESSES.Process(target=dying_in_a_write, args=(tmp_path, count, share))
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    [left] = tmp_path.iterdir()
    assert left.name.endswith(".warc.gz.open")
    # The first write is the warcinfo's. At 0.99 of the last, only the request is cut.
    whole = count - 2 + (share > 0.9)
    problems: list[Problem] = []
    assert len(list(read_responses(left, problems.append))) == whole
    assert [problem.code.value for problem in problems] == ["truncated-archive"] * (0 < share < 1)

    assert close_abandoned(tmp_path) == [tmp_path / left.name.removesuffix(".open")]
    [closed] = tmp_path.iterdir()
    assert [response.url for response in responses(closed)] == [f"{URL}{number}" for number in range(whole)]
    assert verified(closed) == 1 + 2 * whole - (share == 0.99)
    assert close_abandoned(tmp_path) == []


def test_cut_at_every_byte(tmp_path: Path) -> None:
    """Whatever a kill or a power cut leaves of a file: every whole record is kept, and nothing else."""
    packed = write_all(tmp_path / "whole", exchange(), exchange(b"more")).read_bytes()
    ends = [len(packed) - len(rest) for rest in _rests(packed)]
    assert len(ends) == 5
    directory = tmp_path / "cut"
    directory.mkdir()
    # Those of the first record and of the last.
    for length in (*range(ends[0]), *range(ends[-2], ends[-1])):
        for tail in (b"", b"\0" * 100):
            left = packed[:length] + tail
            (directory / "a.warc.gz.open").write_bytes(left)
            # Zeros complete a record that lacks nothing else: its last two bytes are zeros too.
            kept = max((end for end in ends if left[:end] == packed[:end]), default=0)
            closed = close_abandoned(directory)
            assert closed == ([directory / "a.warc.gz"] if kept else [])
            assert names(directory) == [path.name for path in closed]
            for path in closed:
                assert path.read_bytes() == packed[:kept]
                path.unlink()


def _rests(packed: bytes) -> Iterator[bytes]:
    """What lies behind each gzip member."""
    while packed:
        member = zlib.decompressobj(wbits=31)
        member.decompress(packed)
        packed = member.unused_data
        yield packed


def test_the_file_of_a_living_process_is_left_alone(tmp_path: Path) -> None:
    warc = writer(tmp_path)
    place = warc.write_response(exchange())
    assert close_abandoned(tmp_path) == []
    assert names(tmp_path) == [f"{place.file}.open"]
    warc.write_response(exchange())
    warc.close()
    assert len(responses(tmp_path / place.file)) == 2


def test_what_cannot_be_closed_is_kept_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = write_all(tmp_path, exchange())
    copy = tmp_path / f"{path.name}.open"
    copy.write_bytes(path.read_bytes() + b"\x1f\x8b")
    assert close_abandoned(tmp_path) == []
    assert names(tmp_path) == [path.name, copy.name]
    assert "there is a file of this name already" in caplog.text
    assert len(responses(copy)) == 1


def test_other_files_are_none_of_ours(tmp_path: Path) -> None:
    for name in ("notes.open", "a.warc.gz", "b.warc.gz.part"):
        (tmp_path / name).write_bytes(b"mine")
    assert close_abandoned(tmp_path) == []
    assert close_abandoned(tmp_path / "missing") == []
    assert names(tmp_path) == ["a.warc.gz", "b.warc.gz.part", "notes.open"]


# --- a full disk


def filling(warc: WarcWriter) -> int:
    """How many exchanges could be written."""
    for number in range(1000):
        try:
            warc.write_response(exchange(os.urandom(5000), f"{URL}{number}"))
        except DiskFullError:
            return number
    raise AssertionError("there was room for all")


def filling_up_to_a_limit(directory: Path) -> None:
    """In a child process: no file may be larger than 64 KiB."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, 64 * 1024))
    warc = writer(directory)
    assert filling(warc) > 5
    os._exit(0)  # killed, for what it knows


def test_the_largest_file_a_process_may_write(tmp_path: Path) -> None:
    child = PROCESSES.Process(target=filling_up_to_a_limit, args=(tmp_path,))
    child.start()
    child.join(60)
    assert child.exitcode == 0
    [left] = tmp_path.iterdir()
    # Cut back at once, and not only by the next start.
    written = len(responses(left))
    assert written > 5
    close_abandoned(tmp_path)
    [closed] = tmp_path.iterdir()
    assert verified(closed) == 1 + 2 * written


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 128 KiB."""
    directory = tmp_path / "disk"
    directory.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", directory], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no file system may be mounted here: {mounted.stderr.strip()}")
    yield directory
    subprocess.run(["umount", directory], check=True)


def test_a_full_disk_leaves_a_whole_file(small_disk: Path) -> None:
    warc = writer(small_disk)
    written = filling(warc)
    assert written > 10
    warc.close()
    [path] = small_disk.iterdir()
    assert len(responses(path)) == written
    assert verified(path) == 1 + 2 * written


def test_a_disk_without_room_for_a_first_record(small_disk: Path) -> None:
    with suppress(OSError), (small_disk / "filler").open("wb", buffering=0) as filler:
        while True:
            filler.write(bytes(4096))
    warc = writer(small_disk)
    with pytest.raises(DiskFullError):
        warc.write_response(exchange())
    warc.close()
    assert names(small_disk) == ["filler"]


def _take_directory(directory: Path) -> None:
    directory.write_bytes(b"no directory")


def _take_parent(directory: Path) -> None:
    directory.parent.rmdir()
    directory.parent.write_bytes(b"no directory")


@pytest.mark.parametrize("take", [_take_directory, _take_parent])
def test_a_directory_that_cannot_be_made(tmp_path: Path, take: Callable[[Path], None]) -> None:
    directory = tmp_path / "archive" / "mfa"
    directory.parent.mkdir()
    take(directory)
    with pytest.raises(ArchiveError, match=r"/archive.*: File exists"):
        writer(directory).write_response(exchange())

"""Reading WARC files: what comes out of whole ones, of packed ones, and of damaged ones."""

from __future__ import annotations

import gzip
import io
import random
import zlib
from datetime import UTC, datetime
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import pytest
from fastwarc.stream_io import ZstdWriter, zstd_train_dictionary_from_samples
from hypothesis import given
from hypothesis import strategies as st
from warcio.statusandheaders import StatusAndHeaders  # type: ignore[import-untyped]
from warcio.warcwriter import WARCWriter  # type: ignore[import-untyped]

from crawler.archive.index import ReplayIndex
from crawler.archive.reader import ArchivedResponse, read_responses
from crawler.archive.record import read_record, read_records
from crawler.extraction.problem import Code, Problem
from tests.archive.warc_files import PACKINGS, http, record, record_id, write, zstd

REAL = Path(__file__).parents[3] / "shared" / "real"
URL = "http://news.example/a.htm"
PAGE = b"<html><p>The minister met the ambassador.</p></html>"


def read(path: Path) -> tuple[list[ArchivedResponse], list[Problem]]:
    problems: list[Problem] = []
    return list(read_responses(path, problems.append)), problems


def read_one(tmp_path: Path, block: bytes) -> ArchivedResponse:
    [response], problems = read(write(tmp_path / "one.warc", record(1, URL, block)))
    assert problems == []
    return response


@pytest.mark.parametrize("suffix", PACKINGS)
def test_a_response_with_all_its_fields(tmp_path: Path, suffix: str) -> None:
    info = record(1, "", b"software: none\r\n", type="warcinfo")
    block = http(PAGE, ["Content-Type: text/html; charset=utf-8", "Cache: MISS", "Cache: HIT"])
    path = write(tmp_path / f"pages{suffix}", info, record(2, URL, block))

    [response], problems = read(path)

    assert problems == []
    assert response.url == URL
    assert response.status == 200
    assert response.headers == (
        (b"Content-Type", b"text/html; charset=utf-8"),
        (b"Cache", b"MISS"),
        (b"Cache", b"HIT"),
    )
    assert response.header("cache") == "MISS, HIT"
    assert response.header("Location") == ""
    assert response.body == PAGE
    assert response.retrieved == datetime(2020, 7, 4, 3, 55, 41, tzinfo=UTC)
    assert response.date_retrieved == "2020-07-04T03:55:41Z"
    assert response.file == f"pages{suffix}"
    assert response.record_id == "urn:uuid:00000000-0000-4000-8000-000000000002"
    again = read_record(path, len(PACKINGS[suffix](info)), response.record_id)
    assert (again.url, again.warc.reader.read()) == (URL, block)


def test_the_packing_is_known_by_the_content_and_not_by_the_name(tmp_path: Path) -> None:
    path = tmp_path / "pages.dat"
    path.write_bytes(gzip.compress(record(1, URL, http(PAGE))))
    [response], problems = read(path)
    assert (response.body, problems) == (PAGE, [])


def test_header_lines_that_end_with_a_bare_newline(tmp_path: Path) -> None:
    block = b"HTTP/1.1 302 Found\nContent-Type: text/html;\n charset=gb2312\nLocation: /error.htm\n\nmoved\r\n\r\nbody"
    response = read_one(tmp_path, block)
    assert response.status == 302
    assert response.headers == ((b"Content-Type", b"text/html; charset=gb2312"), (b"Location", b"/error.htm"))
    assert response.body == b"moved\r\n\r\nbody"


def test_a_response_without_body(tmp_path: Path) -> None:
    response = read_one(tmp_path, b"HTTP/1.1 304 Not Modified\r\nEtag: x\r\n\r\n")
    assert (response.status, response.headers, response.body) == (304, ((b"Etag", b"x"),), b"")


def test_only_web_responses_and_resources_are_read(tmp_path: Path) -> None:
    path = write(
        tmp_path / "mixed.warc",
        record(1, URL, b"GET /a.htm HTTP/1.1\r\n\r\n", type="request"),
        record(2, "dns:news.example", b"20200704 news.example. A 192.0.2.1", type="response"),
        record(3, f"<{URL}>", PAGE, type="resource", headers=["Content-Type: text/html"]),
        record(4, URL, b"", type="revisit"),
        record(5, URL, b"fetched: yes", type="metadata"),
    )
    [response], problems = read(path)
    assert (response.url, response.status, response.header("content-type")) == (URL, 200, "text/html")
    assert (response.body, problems) == (PAGE, [])


# warcio leaves its temporary files to the garbage collector.
@pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <function SpooledTemporaryFile:pytest.PytestUnraisableExceptionWarning"
)
def test_a_file_written_by_warcio(tmp_path: Path) -> None:
    path = tmp_path / "warcio.warc.gz"
    with path.open("wb") as stream:
        writer = WARCWriter(stream, gzip=True)
        writer.write_record(writer.create_warcinfo_record(path.name, {"software": "warcio"}))
        headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
        writer.write_record(writer.create_warc_record(URL, "response", payload=io.BytesIO(PAGE), http_headers=headers))
    [response], problems = read(path)
    assert (response.url, response.status, response.body, problems) == (URL, 200, PAGE, [])


def test_zstd_frames_with_a_dictionary_of_their_own(tmp_path: Path) -> None:
    records = [record(n, f"{URL}?{n}", http(PAGE * 3)) for n in range(40)]
    dictionary = zstd_train_dictionary_from_samples(records, 4096)
    path = tmp_path / "pages.warc.zst"
    frames = [zstd.compress(one, zstd_dict=zstd.ZstdDict(dictionary)) for one in records]
    path.write_bytes(b"\x5d\x2a\x4d\x18" + len(dictionary).to_bytes(4, "little") + dictionary + b"".join(frames))
    responses, problems = read(path)
    assert [response.url for response in responses] == [f"{URL}?{n}" for n in range(40)]
    assert {response.body for response in responses} == {PAGE * 3}
    assert problems == []
    index = ReplayIndex([path])
    assert [index.lookup(f"{URL}?{n}").record_id for n in (30, 0, 39)] == [record_id(n) for n in (30, 0, 39)]  # type: ignore[union-attr]


def test_a_zstd_file_written_by_fastwarc(tmp_path: Path) -> None:
    path = tmp_path / "pages.warc.zst"
    with path.open("wb") as stream:
        writer = ZstdWriter(stream)
        for number in (1, 2):
            writer.write(record(number, URL, http(PAGE)))
            writer.finish()
        writer.close()
    responses, problems = read(path)
    assert [response.record_id for response in responses] == [record_id(1), record_id(2)]
    assert problems == []


# --- codings


def chunked(body: bytes) -> bytes:
    half = len(body) // 2
    return b"%x\r\n%s\r\n%X;x=y\r\n%s\r\n0\r\n\r\n" % (half, body[:half], len(body) - half, body[half:])


def raw_deflate(body: bytes) -> bytes:
    return zlib.compress(body)[2:-4]


@pytest.mark.parametrize(
    ("headers", "stored"),
    [
        (["Transfer-Encoding: chunked"], chunked(PAGE)),
        (["Content-Encoding: gzip"], gzip.compress(PAGE)),
        (["Content-Encoding: X-GZIP"], gzip.compress(PAGE)),
        (["Content-Encoding: deflate"], zlib.compress(PAGE)),
        (["Content-Encoding: deflate"], raw_deflate(PAGE)),
        (["Content-Encoding: br"], brotli.compress(PAGE)),
        (["Content-Encoding: zstd"], zstd.compress(PAGE)),
        (["Content-Encoding: identity"], PAGE),
        (["Content-Encoding: deflate, gzip"], gzip.compress(zlib.compress(PAGE))),
        (["Transfer-Encoding: chunked", "Content-Encoding: gzip"], chunked(gzip.compress(PAGE))),
        # As some writers store it: the chunks are joined already.
        (["Transfer-Encoding: chunked", "Content-Encoding: gzip"], gzip.compress(PAGE)),
    ],
)
def test_a_body_in_its_coding(tmp_path: Path, headers: list[str], stored: bytes) -> None:
    assert read_one(tmp_path, http(stored, headers)).body == PAGE


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
@pytest.mark.parametrize("body", [PAGE, b"", "外交部".encode()])
def test_a_body_stored_decoded_under_the_old_header(tmp_path: Path, coding: str, body: bytes) -> None:
    headers = [f"Content-Encoding: {coding}", "Transfer-Encoding: chunked"]
    assert read_one(tmp_path, http(body, headers)).body == body


@pytest.mark.parametrize(
    ("header", "stored"),
    [
        ("Content-Encoding: gzip", gzip.compress(PAGE)[:-9]),
        ("Content-Encoding: zstd", zstd.compress(PAGE)[:-3]),
        ("Content-Encoding: br", b"\x00\x01\x02"),
        ("Content-Encoding: compress", PAGE),
        ("Transfer-Encoding: chunked", chunked(PAGE)[:40]),
        ("Transfer-Encoding: chunked", chunked(PAGE)[:32]),  # at the end of a chunk
    ],
)
def test_a_body_that_is_not_in_its_coding_is_a_problem_and_not_half_a_page(
    tmp_path: Path, header: str, stored: bytes
) -> None:
    response = read_one(tmp_path, http(stored, [header]))
    with pytest.raises(Problem) as caught:
        _ = response.body
    assert (caught.value.code, caught.value.url) == (Code.UNDECODABLE, URL)


def test_a_body_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    bomb = gzip.compress(b"\0" * (65 * 1024 * 1024), compresslevel=1)
    response = read_one(tmp_path, http(bomb, ["Content-Encoding: gzip"]))
    with pytest.raises(Problem, match="gzip of more than 67108864 bytes"):
        _ = response.body


# --- files that are not whole

THREE = [record(n, f"{URL}?{n}", http(random.Random(n).randbytes(60))) for n in range(3)]


@pytest.mark.parametrize("suffix", PACKINGS)
@given(data=st.data())
def test_a_file_cut_anywhere_gives_its_whole_records_and_says_so(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, data: st.DataObject
) -> None:
    packed = [PACKINGS[suffix](one) for one in THREE]
    ends = [sum(map(len, packed[: n + 1])) for n in range(3)]
    length = data.draw(st.integers(0, ends[-1]), label="length")
    path = tmp_path_factory.mktemp("cut") / f"cut{suffix}"
    path.write_bytes(b"".join(packed)[:length])
    # A plain record is whole before the two empty lines that end it.
    tail = 4 if suffix == ".warc" else 0
    whole = sum(length >= end - tail for end in ends)

    if not whole:
        with pytest.raises(Problem) as caught:
            read(path)
        assert caught.value.code == Code.UNREADABLE_FILE
        return
    responses, problems = read(path)
    assert [response.url for response in responses] == [f"{URL}?{n}" for n in range(whole)]
    assert all(len(response.body) == 60 for response in responses)
    is_at_an_end = any(end - tail <= length <= end for end in ends)
    assert [problem.code for problem in problems] == ([] if is_at_an_end else [Code.TRUNCATED_ARCHIVE])
    assert all(problem.url == str(path) for problem in problems)


@pytest.mark.parametrize("suffix", [".warc.gz", ".warc.zst"])
def test_members_of_several_records_that_are_cut(tmp_path: Path, suffix: str) -> None:
    packed = [PACKINGS[suffix](THREE[0] + THREE[1]), PACKINGS[suffix](THREE[2])]
    path = tmp_path / f"shared{suffix}"
    for missing in range(1, len(packed[1])):
        path.write_bytes(b"".join(packed)[:-missing])
        responses, problems = read(path)
        assert [response.url for response in responses] == [f"{URL}?0", f"{URL}?1"]
        assert [problem.code for problem in problems] == [Code.TRUNCATED_ARCHIVE]


def test_a_header_that_is_cut_is_no_record_without_content(tmp_path: Path) -> None:
    revisit = record(1, f"{URL}?1", b"", type="revisit")
    revisit = revisit.replace(b"Content-Length: 0\r\n", b"").replace(b"WARC-Type", b"Content-Length: 0\r\nWARC-Type")
    path = tmp_path / "cut.warc"
    for length in range(1, len(revisit) - 4):
        path.write_bytes(THREE[0] + revisit[:length])
        problems: list[Problem] = []
        assert [one.url for one in read_records(path, problems.append)] == [f"{URL}?0"]
        assert [problem.code for problem in problems] == [Code.TRUNCATED_ARCHIVE]


def test_what_lies_between_records_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    path = write(tmp_path / "gap.warc", THREE[0], b"<p>no record</p>\r\n\r\n", THREE[1])
    responses, problems = read(path)
    assert [response.url for response in responses] == [f"{URL}?0"]
    assert [problem.code for problem in problems] == [Code.TRUNCATED_ARCHIVE]


@pytest.mark.parametrize("suffix", [".warc.gz", ".warc.zst"])
@given(position=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_a_changed_byte_never_gives_a_changed_page(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, position: int, flip: int
) -> None:
    first, second, third = (PACKINGS[suffix](one) for one in THREE)
    if suffix == ".warc.zst":  # zstd has checksums only where they are asked for
        options = {int(zstd.CompressionParameter.checksum_flag): 1}
        first, second, third = (zstd.compress(one, options=options) for one in THREE)
    damaged = bytearray(second)
    damaged[position % len(second)] ^= flip
    path = tmp_path_factory.mktemp("damaged") / f"damaged{suffix}"
    path.write_bytes(first + damaged + third)

    responses, problems = read(path)

    originals = {f"{URL}?{n}": http(random.Random(n).randbytes(60)) for n in range(3)}
    assert responses[0].url == f"{URL}?0"
    for response in responses:
        assert originals[response.url].endswith(response.body)
        assert len(response.body) == 60
    assert len(responses) == 3 or [problem.code for problem in problems] == [Code.TRUNCATED_ARCHIVE]


def test_a_damaged_record_is_known_by_its_digest_and_left_out(tmp_path: Path) -> None:
    # printf 'HTTP/1.1 200 OK\r\n\r\nabc' | openssl sha1 -binary | base32, and | sha1sum
    base32, hexadecimal = "sha1:HQKNH2NGZ2BZ27KBTACJFDT37URZITEZ", "sha1:3c14d3e9a6ce839d7d419804928e7bfd23944c99"
    good = record(1, URL, http(b"abc", []), headers=[f"WARC-Block-Digest: {base32}"])
    bad = record(2, URL, http(b"abd", []), headers=[f"WARC-Block-Digest: {base32}"])
    also_good = record(3, URL, http(b"abc", []), headers=[f"WARC-Block-Digest: {hexadecimal}"])
    also_bad = record(4, URL, http(b"abC", []), headers=[f"WARC-Block-Digest: {hexadecimal}"])
    unknown = record(5, URL, http(b"abc", []), headers=["WARC-Block-Digest: tiger:AAAA"])
    responses, problems = read(write(tmp_path / "digest.warc", good, bad, also_good, also_bad, unknown))
    assert [response.record_id for response in responses] == [record_id(1), record_id(3), record_id(5)]
    assert [(problem.code, "left out" in problem.detail) for problem in problems] == [
        (Code.TRUNCATED_ARCHIVE, True)
    ] * 2


@pytest.mark.parametrize(
    ("headers", "block", "code"),
    [
        (["WARC-Truncated: length"], http(PAGE), Code.TRUNCATED),
        (["WARC-Segment-Number: 1"], http(PAGE), Code.TRUNCATED),
        ([], b"", Code.EMPTY_RESPONSE),
        ([], b"<html>no header</html>", Code.EMPTY_RESPONSE),
    ],
)
def test_half_a_capture_is_reported_and_not_read(tmp_path: Path, headers: list[str], block: bytes, code: Code) -> None:
    path = write(tmp_path / "half.warc", record(1, URL, block, headers=headers), record(2, URL, http(PAGE)))
    responses, problems = read(path)
    assert [response.record_id for response in responses] == [record_id(2)]
    assert [(problem.code, problem.url) for problem in problems] == [(code, URL)]


@pytest.mark.parametrize("date", ["", "yesterday", "20200704035541x"])
def test_a_record_without_a_date_is_reported_and_not_read(tmp_path: Path, date: str) -> None:
    path = write(tmp_path / "undated.warc", record(1, URL, http(PAGE), date=date))
    responses, problems = read(path)
    assert responses == []
    assert [(problem.code, problem.detail) for problem in problems] == [
        (Code.UNREADABLE_FILE, "no WARC-Date at byte 0")
    ]


def test_a_date_with_fractions_of_a_second(tmp_path: Path) -> None:
    path = write(tmp_path / "exact.warc", record(1, URL, http(PAGE), date="2020-07-04T03:55:41.123456789Z"))
    [response], _ = read(path)
    assert response.date_retrieved == "2020-07-04T03:55:41Z"


@pytest.mark.parametrize(
    "content", [b"", b"<html>a page</html>", gzip.compress(b"<html>a page</html>"), zstd.compress(b"x"), b"\x1f\x8b"]
)
def test_what_is_no_warc_file_is_unreadable(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.warc.gz"
    path.write_bytes(content)
    with pytest.raises(Problem) as caught:
        read(path)
    assert (caught.value.code, caught.value.url) == (Code.UNREADABLE_FILE, str(path))


def test_a_missing_file_and_a_directory_are_unreadable(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.warc.gz", tmp_path):
        with pytest.raises(Problem) as caught:
            read(path)
        assert caught.value.code == Code.UNREADABLE_FILE


# --- real files, read in place


@pytest.mark.skipif(not REAL.is_dir(), reason="the real pages lie beside the repository only where it is developed")
def test_the_real_files_are_read_whole() -> None:
    # Counted with `zgrep -ac '^WARC-Type: response'`.
    counts = {"mfa-en-2020-07": 330, "mfa-zh-2020-07": 162, "mfa-zh-2024-04": 150, "xinhua-en-2007-2016": 203}
    for name, count in counts.items():
        responses, problems = read(REAL / f"{name}.warc.gz")
        assert (len(responses), problems) == (count, [])
        assert all(len(response.body) == int(response.header("Content-Length")) for response in responses)


@pytest.mark.skipif(not REAL.is_dir(), reason="the real pages lie beside the repository only where it is developed")
def test_the_headers_of_a_real_redirect() -> None:
    responses, _ = read(REAL / "mfa-en-2020-07.warc.gz")
    robots = responses[0]
    assert (robots.url, robots.status) == ("https://www.fmprc.gov.cn/robots.txt", 302)
    assert robots.header("Location") == "https://www.fmprc.gov.cn/error.htm"
    assert robots.header("Content-Type") == "text/html; charset=iso-8859-1"
    assert robots.date_retrieved == "2020-07-04T03:55:37Z"

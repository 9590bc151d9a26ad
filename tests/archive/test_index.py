"""Finding the captures of a URL in WARC files."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.archive.index import ReplayIndex
from crawler.archive.spelling import url_key
from crawler.extraction.problem import Code, Problem
from tests.archive.warc_files import PACKINGS, http, record, record_id, write

REAL = Path(__file__).parents[3] / "shared" / "real"
URL = "http://news.example/a.htm"


@pytest.mark.parametrize(
    "url",
    [
        "http://news.example/Path/?a=1&B=2",
        "https://news.example/Path/?a=1&B=2",
        "http://NEWS.example:80/Path/?a=1&B=2",
        "HTTPS://news.example:443/Path/?a=1&B=2#top",
    ],
)
def test_the_spellings_of_one_url(url: str) -> None:
    assert url_key(url) == "news.example/Path/?a=1&B=2"


@pytest.mark.parametrize(
    "url",
    [
        "http://www.news.example/Path/?a=1&B=2",
        "http://news.example/path/?a=1&B=2",
        "http://news.example/Path?a=1&B=2",
        "http://news.example/Path/?B=2&a=1",
        "http://news.example/Path/",
        "http://news.example:8080/Path/?a=1&B=2",
        "http://news.example:443/Path/?a=1&B=2",
        "http://news.example//Path/?a=1&B=2",
    ],
)
def test_another_url_has_another_key(url: str) -> None:
    assert url_key(url) != "news.example/Path/?a=1&B=2"


def test_the_key_of_odd_urls() -> None:
    assert url_key("http://news.example") == url_key("https://news.example/") == "news.example/"
    assert url_key("http://news.example/外交") == "news.example/%E5%A4%96%E4%BA%A4"
    assert url_key("http://news.example:99999/") == "http://news.example:99999/"


@pytest.mark.parametrize("suffix", PACKINGS)
def test_every_url_of_several_files_is_found_again(tmp_path: Path, suffix: str) -> None:
    first = write(tmp_path / f"first{suffix}", *(record(n, f"{URL}?{n}", http(b"text %d" % n)) for n in range(5)))
    second = write(tmp_path / f"second{suffix}", *(record(n, f"{URL}?{n}", http(b"text %d" % n)) for n in range(5, 9)))
    index = ReplayIndex([first, second, first])

    assert len(index) == 9
    assert list(index.urls()) == [(f"{URL}?{n}", 200) for n in range(9)]
    assert f"https://news.example/a.htm?{8}#end" in index
    assert f"{URL}?9" not in index
    for n in range(9):
        response = index.lookup(f"{URL}?{n}")
        assert response is not None
        assert response.body == b"text %d" % n
        assert response.record_id == record_id(n)
        assert response.file == (first if n < 5 else second).name
    assert index.lookup(f"{URL}?9") is None
    assert index.problems == []


def test_records_that_share_one_gzip_member(tmp_path: Path) -> None:
    path = tmp_path / "shared.warc.gz"
    path.write_bytes(PACKINGS[".warc.gz"](b"".join(record(n, f"{URL}?{n}", http(b"text %d" % n)) for n in range(3))))
    index = ReplayIndex([path])
    assert [index.lookup(f"{URL}?{n}").body for n in range(3)] == [b"text 0", b"text 1", b"text 2"]  # type: ignore[union-attr]


def test_the_latest_capture_answers_whatever_its_status(tmp_path: Path) -> None:
    path = write(
        tmp_path / "captures.warc",
        record(1, URL, http(b"second"), date="2021-01-01T00:00:00Z"),
        record(2, URL, http(b"gone", status="404 Not Found"), date="2022-01-01T00:00:00Z"),
        record(3, URL, http(b"first"), date="2020-01-01T00:00:00Z"),
        record(4, URL, http(b"second again"), date="2021-01-01T00:00:00Z"),
    )
    index = ReplayIndex([path])
    assert [capture.record_id for capture in index.captures(URL)] == [record_id(n) for n in (3, 1, 4, 2)]
    assert [index.read(capture).body for capture in index.captures(URL)] == [
        b"first",
        b"second",
        b"second again",
        b"gone",
    ]
    latest = index.lookup(URL)
    assert latest is not None
    assert (latest.status, latest.body) == (404, b"gone")
    assert list(index.urls()) == [(URL, 404)]


def test_a_redirect_from_http_to_https_gives_way_to_the_page(tmp_path: Path) -> None:
    secure = URL.replace("http:", "https:")
    moved = http(b"", [f"Location: {secure}"], "301 Moved Permanently")
    path = write(
        tmp_path / "moved.warc",
        record(1, secure, http(b"page"), date="2020-01-01T00:00:00Z"),
        record(2, URL, moved, date="2021-01-01T00:00:00Z"),
        record(3, f"{URL}?2", http(b"", ["Location: /a.htm"], "302 Found")),
        record(4, f"{URL}?3", http(b"", ["Location: ?3"], "302 Found")),
    )
    index = ReplayIndex([path])
    for url in (URL, secure):
        page = index.lookup(url)
        assert page is not None
        assert (page.status, page.body) == (200, b"page")
    away = index.lookup(f"{URL}?2")
    assert away is not None
    assert (away.status, away.header("Location")) == (302, "/a.htm")
    assert index.lookup(f"{URL}?3") is None


@pytest.mark.parametrize(
    "reference",
    [
        [f"WARC-Refers-To: <{record_id(1)}>"],
        [f"WARC-Refers-To-Target-URI: {URL}", "WARC-Refers-To-Date: 2020-01-01T00:00:00Z"],
        ["WARC-Payload-Digest: sha1:AAAA"],
    ],
)
def test_a_revisit_is_its_original_at_another_date(tmp_path: Path, reference: list[str]) -> None:
    profile = "WARC-Profile: http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
    revisit = record(
        2, f"{URL}?again", http(b""), type="revisit", date="2021-01-01T00:00:00Z", headers=[profile, *reference]
    )
    original = record(1, URL, http(b"page"), date="2020-01-01T00:00:00Z", headers=["WARC-Payload-Digest: sha1:AAAA"])
    # The original may come later, and from another file.
    later = write(tmp_path / "later.warc.gz", revisit, record(9, f"{URL}?9", http(b"x")))
    index = ReplayIndex([later, write(tmp_path / "earlier.warc.gz", original)])
    response = index.lookup(f"{URL}?again")
    assert response is not None
    assert (response.status, response.body, response.header("content-type")) == (200, b"page", "text/html")
    assert (response.url, response.date_retrieved) == (f"{URL}?again", "2021-01-01T00:00:00Z")
    assert (response.file, response.record_id) == ("later.warc.gz", record_id(2))
    assert index.problems == []


def test_a_revisit_without_its_original_is_a_problem(tmp_path: Path) -> None:
    revisit = record(2, URL, http(b""), type="revisit", headers=[f"WARC-Refers-To: <{record_id(1)}>"])
    index = ReplayIndex([write(tmp_path / "lonely.warc", revisit)])
    assert index.lookup(URL) is None
    assert [(problem.code, problem.url) for problem in index.problems] == [(Code.NOT_ARCHIVED, URL)]


def test_problems_of_reading_are_kept(tmp_path: Path) -> None:
    path = write(tmp_path / "cut.warc.gz", record(1, URL, http(b"page")), record(2, f"{URL}?2", http(b"page")))
    path.write_bytes(path.read_bytes()[:-1])
    index = ReplayIndex([path])
    assert list(index.urls()) == [(URL, 200)]
    assert [problem.code for problem in index.problems] == [Code.TRUNCATED_ARCHIVE]


def test_a_file_that_changed_since_it_was_indexed(tmp_path: Path) -> None:
    path = write(tmp_path / "pages.warc", record(1, URL, http(b"page")), record(2, f"{URL}?2", http(b"page")))
    index = ReplayIndex([path])
    write(path, record(3, URL, http(b"page")), record(4, f"{URL}?2", http(b"page")))
    for url in (URL, f"{URL}?2"):
        with pytest.raises(Problem) as caught:
            index.lookup(url)
        assert caught.value.code == Code.UNREADABLE_FILE
    path.unlink()
    with pytest.raises(Problem) as caught:
        index.lookup(URL)
    assert caught.value.code == Code.UNREADABLE_FILE


@pytest.mark.skipif(not REAL.is_dir(), reason="the real pages lie beside the repository only where it is developed")
def test_the_real_archive_of_two_languages() -> None:
    index = ReplayIndex([REAL / "mfa-en-2020-07.warc.gz", REAL / "mfa-zh-2020-07.warc.gz"])
    # 330 and 162 captures, of which robots.txt and error.htm are in both.
    assert len(index) == 490
    assert index.problems == []
    assert list(index.urls())[:2] == [
        ("https://www.fmprc.gov.cn/robots.txt", 302),
        ("https://www.fmprc.gov.cn/error.htm", 200),
    ]
    assert len(index.captures("http://www.fmprc.gov.cn/robots.txt")) == 2

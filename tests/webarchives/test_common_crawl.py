"""The Common Crawl of the tests is as the real one is documented."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator

from tests.webarchives.archived_page import write_warc
from tests.webarchives.asking import CAPTURES, PACKED, SITE, Got, get
from tests.webarchives.captures import everything, write_crawls
from tests.webarchives.common_crawl import CommonCrawl, common_crawl

#: Lines of the index, in order: the three of 1.htm | 2, 3 | 4, 7 | 5, the picture.
BLOCK = 2


@pytest.fixture
def crawls(tmp_path: Path) -> Iterator[CommonCrawl]:
    older = [page for page in CAPTURES if page.timestamp < "2016"]
    newer = [page for page in [*CAPTURES, PACKED] if page.timestamp > "2016"]
    files = {
        "CC-MAIN-2015-14": [write_warc(tmp_path / "older.warc.gz", older)],
        "CC-MAIN-2018-26": [
            write_warc(tmp_path / "one.warc.gz", newer[::2]),
            write_warc(tmp_path / "two.warc.gz", newer[1::2]),
        ],
    }
    with common_crawl(files, lines_per_block=BLOCK) as crawls:
        yield crawls


def asked(crawls: CommonCrawl, parameters: str) -> Got:
    return get(f"{crawls.url}/CC-MAIN-2018-26-index?{parameters}&output=json")


def test_the_crawls_are_listed_the_newest_first(crawls: CommonCrawl) -> None:
    newest, oldest = json.loads(get(f"{crawls.url}/collinfo.json", Host="index.commoncrawl.org").body)
    assert oldest == {
        "id": "CC-MAIN-2015-14",
        "name": "CC-MAIN-2015-14 Index",
        "timegate": "https://index.commoncrawl.org/CC-MAIN-2015-14/",
        "cdx-api": "https://index.commoncrawl.org/CC-MAIN-2015-14-index",
        "from": "2015-01-01T00:00:00",
        "to": "2015-01-01T00:00:00",
    }
    own, _ = json.loads(get(f"{crawls.url}/collinfo.json").body)
    assert own["cdx-api"] == f"{crawls.url}/CC-MAIN-2018-26-index"
    assert (newest["id"], newest["to"]) == ("CC-MAIN-2018-26", "2018-06-01T00:00:00")


def test_a_line_has_the_documented_fields(crawls: CommonCrawl) -> None:
    [row] = asked(crawls, "url=www.news.example/a/2.htm").rows
    assert row.pop("offset").isdigit()
    assert row.pop("length").isdigit()
    assert row == {
        "urlkey": "example,news)/a/2.htm",
        "timestamp": "20160601000000",
        "url": f"{SITE}/a/2.htm",
        "mime": "text/html",
        "mime-detected": "text/html",
        "status": "200",
        "digest": CAPTURES[3].digest,
        "filename": "crawl-data/CC-MAIN-2018-26/segments/1467391.0/warc/one.warc.gz",
        "languages": "eng",
        "encoding": "UTF-8",
    }


def test_pages_are_of_blocks(crawls: CommonCrawl) -> None:
    prefix = "url=www.news.example/&matchType=prefix&pageSize=2&fl=url"
    assert asked(crawls, f"{prefix}&showNumPages=true").rows == [{"pages": 2, "pageSize": 2, "blocks": 4}]
    found = [[row["url"][-5] for row in asked(crawls, f"{prefix}&page={page}").rows] for page in (0, 1)]
    assert found == [["1", "1", "2", "3"], ["4", "7", "5"]]


def test_a_page_beyond_the_last_is_refused(crawls: CommonCrawl) -> None:
    got = asked(crawls, "url=www.news.example/*&pageSize=2&page=2")
    assert got.status == 400
    assert got.rows == [{"message": "Page 2 invalid: First Page is 0, Last Page is 1"}]


def test_nothing_is_a_404_with_a_message(crawls: CommonCrawl) -> None:
    got = asked(crawls, "url=nothing.example&matchType=prefix")
    assert (got.status, got.rows) == (404, [{"message": "No Captures found for: nothing.example"}])
    assert asked(crawls, "url=nothing.example&showNumPages=true").status == 404
    assert get(f"{crawls.url}/CC-MAIN-1999-01-index?url=a.example").status == 404


def test_a_page_may_be_empty_where_the_next_is_not(crawls: CommonCrawl) -> None:
    question = "url=www.news.example/*&pageSize=1&filter==status:404&fl=status"
    assert [asked(crawls, f"{question}&page={page}").status for page in range(4)] == [404, 404, 200, 404]


@pytest.mark.parametrize(
    ("rule", "statuses"),
    [
        ("filter==status:200", ["200", "200", "200", "200", "200"]),
        ("filter=!=status:200", ["302", "404"]),
        ("filter=status:4", ["404"]),
        ("filter=~status:[34]", ["302", "404"]),
        ("filter=!status:0&filter==mime:text/html", []),
        ("from=2016&to=2016&filter==status:200", ["200", "200", "200"]),
        ("limit=2", ["200", "200"]),
    ],
)
def test_lines_are_left_out(crawls: CommonCrawl, rule: str, statuses: list[str]) -> None:
    got = asked(crawls, f"url=www.news.example/*&fl=status&{rule}")
    assert [row.get("status") for row in got.rows if got.status == 200] == statuses


def test_a_range_of_a_file_is_one_record(crawls: CommonCrawl) -> None:
    for page in CAPTURES[1:]:
        rows = asked(crawls, f"url={page.url}&from={page.timestamp}&to={page.timestamp}").rows
        [(offset, length, file)] = [(int(row["offset"]), int(row["length"]), row["filename"]) for row in rows]
        got = get(f"{crawls.url}/{file}", Range=f"bytes={offset}-{offset + length - 1}")
        assert (got.status, len(got.body)) == (206, length)
        assert got.headers["Content-Range"].startswith(f"bytes {offset}-{offset + length - 1}/")
        found = [
            (record.headers["WARC-Target-URI"], record.reader.read()) for record in ArchiveIterator(BytesIO(got.body))
        ]
        assert found == [(page.url, page.body)]


def test_a_file_is_had_whole_or_in_parts(crawls: CommonCrawl) -> None:
    url = f"{crawls.url}/crawl-data/CC-MAIN-2015-14/segments/1467391.0/warc/older.warc.gz"
    whole = get(url)
    size = len(whole.body)
    assert (whole.status, whole.headers["Accept-Ranges"]) == (200, "bytes")
    assert get(url, Range="bytes=10-").body == whole.body[10:]
    assert get(url, Range="bytes=-10").body == whole.body[-10:]
    assert get(url, Range="bytes=10-999999999").headers["Content-Range"] == f"bytes 10-{size - 1}/{size}"
    beyond = get(url, Range=f"bytes={size}-")
    assert (beyond.status, beyond.headers["Content-Range"]) == (416, f"bytes */{size}")
    assert get(f"{url}.not").status == 404


def test_it_refuses_when_told_to(crawls: CommonCrawl) -> None:
    crawls.refuse(503, times=2)
    crawls.refuse(0, path="/collinfo.json", after=2)
    assert [get(f"{crawls.url}/collinfo.json").status for _ in range(2)] == [503, 503]
    with pytest.raises(ConnectionError):
        get(f"{crawls.url}/collinfo.json")
    assert get(f"{crawls.url}/collinfo.json").status == 200


def test_the_invented_captures_are_served(tmp_path: Path) -> None:
    with common_crawl(write_crawls(tmp_path, everything())) as crawls:
        infos = json.loads(get(f"{crawls.url}/collinfo.json").body)
        found = [
            (row["url"], row["timestamp"])
            for info in infos
            for host in ("gov.cn", "xinhuanet.com", "fmcoprc.gov.hk")
            if (got := get(f"{info['cdx-api']}?url=*.{host}&output=json")).status == 200
            for row in got.rows
        ]
    assert sorted(found) == sorted((page.url, page.timestamp) for page in everything())

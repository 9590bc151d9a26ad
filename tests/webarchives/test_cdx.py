"""Answers of CDX servers, in the documented formats; the captures are invented."""

from __future__ import annotations

import json

import pytest

from crawler.extraction.problem import Code, Problem
from crawler.webarchives.archives import Dialect
from crawler.webarchives.cdx import Answer, Index, Row, read_answer, read_indexes

ASKED = "https://archive.example/cdx?url=news.example"
DIGEST = "LANTERN7XKITESANDHERONS234567ABCD"

WAYBACK = b"""[["timestamp","original","mimetype","statuscode","digest"],
["20150101000000","http://www.news.example:80/a/t1.htm","text/html","200","LANTERN7XKITESANDHERONS234567ABCD"],
["20160101000000","http://www.news.example/a/t2.htm","text/html; charset=utf-8","-","-"],
[],
["example%2Cnews%29%2Fa%2Ft2.htm+20160101000000%21"]]
"""
PYWB = b"""{"urlkey": "example,news)/a/t1.htm", "timestamp": "20150101000000", "url": "http://www.news.example/a/t1.htm",\
 "mime": "text/html", "status": "200", "digest": "LANTERN7XKITESANDHERONS234567ABCD", "length": "218", "offset": "31", \
"filename": "news.warc.gz", "source": "news/indexes/index.cdxj"}
{"urlkey": "example,news)/a/t2.htm", "timestamp": "20160101000000", "url": "http://www.news.example/a/t2.htm", \
"digest": "sha1:KITE", "length": "218", "offset": "249", "filename": "news.warc.gz"}
"""
FILE = "crawl-data/CC-MAIN-2015-06/segments/1421.1/warc/CC-MAIN-20150101-00001.warc.gz"
COMMON_CRAWL = (
    b'{"urlkey": "example,news)/a/t1.htm", "timestamp": "20150101000000", "url": "http://www.news.example/a/t1.htm",'
    b' "mime": "text/html", "mime-detected": "text/html", "status": "200", "digest": "LANTERN", "length": "1021",'
    b' "offset": "4096", "filename": "' + FILE.encode() + b'", "languages": "eng", "encoding": "UTF-8"}\n'
)
COLLECTIONS = json.dumps(
    [
        {"id": f"CC-MAIN-{week}", "name": week, "cdx-api": f"https://index.commoncrawl.org/CC-MAIN-{week}-index"}
        for week in ("2016-07", "2015-06")
    ]
).encode()


def read(dialect: Dialect, body: bytes, status: int = 200) -> Answer:
    return read_answer(dialect, ASKED, status, body)


def problem(dialect: Dialect, body: bytes, status: int = 200) -> Code:
    with pytest.raises(Problem) as raised:
        read(dialect, body, status)
    assert raised.value.url == ASKED
    return raised.value.code


# --- good answers


def test_wayback() -> None:
    answer = read(Dialect.WAYBACK, WAYBACK)
    assert answer.rows == [
        Row("http://www.news.example:80/a/t1.htm", "20150101000000", "text/html", 200, DIGEST),
        Row("http://www.news.example/a/t2.htm", "20160101000000", "text/html", None, ""),
    ]
    assert answer.resume_key == "example%2Cnews%29%2Fa%2Ft2.htm+20160101000000%21"
    assert answer.flaws == []


def test_the_fields_of_wayback_may_come_in_any_order() -> None:
    body = b'[["digest","length","original","timestamp"],["KITE","9","http://news.example/","20150101000000"]]'
    assert read(Dialect.WAYBACK, body).rows == [
        Row("http://news.example/", "20150101000000", "", None, "KITE", length=9)
    ]


def test_pywb() -> None:
    url = "http://www.news.example/a/"
    assert read(Dialect.PYWB, PYWB).rows == [
        Row(f"{url}t1.htm", "20150101000000", "text/html", 200, DIGEST, "news.warc.gz", 31, 218),
        # A small index knows neither media type nor status.
        Row(f"{url}t2.htm", "20160101000000", "", None, "sha1:KITE", "news.warc.gz", 249, 218),
    ]


def test_common_crawl() -> None:
    assert read(Dialect.COMMON_CRAWL, COMMON_CRAWL).rows == [
        Row("http://www.news.example/a/t1.htm", "20150101000000", "text/html", 200, "LANTERN", FILE, 4096, 1021)
    ]


def test_the_list_of_indexes() -> None:
    assert read_indexes(ASKED, 200, COLLECTIONS, ["index.commoncrawl.org"]) == [
        Index("CC-MAIN-2016-07", "https://index.commoncrawl.org/CC-MAIN-2016-07-index"),
        Index("CC-MAIN-2015-06", "https://index.commoncrawl.org/CC-MAIN-2015-06-index"),
    ]


# --- nothing


@pytest.mark.parametrize(
    ("dialect", "status", "body"),
    [
        (Dialect.WAYBACK, 200, b"[]\n"),
        (Dialect.WAYBACK, 200, b'[["timestamp","original","mimetype","statuscode","digest"]]'),
        (Dialect.PYWB, 200, b""),
        (Dialect.PYWB, 404, b'{"message": "No Resource Found"}'),
        (Dialect.COMMON_CRAWL, 404, b'{"message": "No Captures found for: www.news.example/a/*"}'),
        (Dialect.COMMON_CRAWL, 400, b'{"message": "Page 1 invalid: First Page is 0, Last Page is 0"}'),
    ],
)
def test_an_answer_of_no_captures(dialect: Dialect, status: int, body: bytes) -> None:
    answer = read(dialect, body, status)
    assert (answer.rows, answer.count, answer.resume_key) == ([], 0, None)


# --- bad answers


@pytest.mark.parametrize("dialect", list(Dialect))
@pytest.mark.parametrize(
    ("status", "code"),
    [
        (403, Code.BLOCKED),
        (429, Code.BLOCKED),
        (503, Code.BLOCKED),
        (400, Code.HTTP_ERROR),
        (404, Code.NOT_FOUND),
        (500, Code.HTTP_ERROR),
        (504, Code.HTTP_ERROR),
        (302, Code.HTTP_ERROR),
    ],
)
def test_a_refusal(dialect: Dialect, status: int, code: Code) -> None:
    assert problem(dialect, b"<html><h1>Sorry</h1></html>", status) is code


@pytest.mark.parametrize("dialect", list(Dialect))
def test_a_page_in_place_of_an_answer(dialect: Dialect) -> None:
    assert problem(dialect, b"<html><title>Archive</title><p>Our lanterns are out.</p></html>") is Code.NO_LAYOUT
    assert problem(dialect, b"<html><p>The site is temporarily unavailable.</p></html>") is Code.BLOCKED


@pytest.mark.parametrize("keep", [WAYBACK.index(b"2016"), len(WAYBACK) - 4, 2])
def test_a_cut_answer_of_wayback(keep: int) -> None:
    assert problem(Dialect.WAYBACK, WAYBACK[:keep]) is Code.TRUNCATED


@pytest.mark.parametrize(
    ("dialect", "whole"), [(Dialect.PYWB, PYWB), (Dialect.COMMON_CRAWL, COMMON_CRAWL)], ids=["pywb", "commoncrawl"]
)
def test_a_cut_line(dialect: Dialect, whole: bytes) -> None:
    assert problem(dialect, whole[:-30]) is Code.TRUNCATED


def test_wayback_says_nothing_with_a_word() -> None:
    assert problem(Dialect.WAYBACK, b" \n") is Code.EMPTY_RESPONSE


@pytest.mark.parametrize("body", [b'{"a": 1}', b'["kite"]', b'[["a","b"],["1","2"]]', b"[" * 100_000])
def test_json_that_is_no_index_of_wayback(body: bytes) -> None:
    assert problem(Dialect.WAYBACK, body) in (Code.NO_LAYOUT, Code.TRUNCATED)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"[]", Code.EMPTY_RESPONSE),
        (b'[{"name": "no id"}]', Code.EMPTY_RESPONSE),
        (b"", Code.EMPTY_RESPONSE),
        (COLLECTIONS[:-9], Code.TRUNCATED),
        (COLLECTIONS.replace(b"index.commoncrawl.org", b"kites.example"), Code.FORBIDDEN_ADDRESS),
    ],
)
def test_a_bad_list_of_indexes(body: bytes, code: Code) -> None:
    with pytest.raises(Problem) as raised:
        read_indexes(ASKED, 200, body, ["index.commoncrawl.org"])
    assert raised.value.code is code


# --- bad rows

_GOOD = {"timestamp": "20150101000000", "url": "http://news.example/a", "digest": "KITE", "status": "200"}


@pytest.mark.parametrize(
    "changes",
    [
        {"timestamp": None},
        {"timestamp": "2015"},
        {"timestamp": "20151301000000"},
        {"timestamp": "2015010100000x"},
        {"timestamp": 20150101000000},
        {"url": ""},
        {"url": "dns:news.example"},
        {"url": "http://[news.example/"},
        {"url": "http://news.example/\ud800"},
        {"digest": None},
        {"digest": "\ud800"},
    ],
)
def test_a_row_that_lacks_something_is_left_out_and_the_others_stay(changes: dict[str, object]) -> None:
    lines = [_GOOD, _GOOD | changes, _GOOD | {"url": "http://news.example/b"}]
    answer = read(Dialect.PYWB, "\n".join(map(json.dumps, lines)).encode())
    assert [row.url for row in answer.rows] == ["http://news.example/a", "http://news.example/b"]
    assert answer.count == 3
    assert len(answer.flaws) == 1


@pytest.mark.parametrize("name", ["filename", "offset", "length"])
def test_common_crawl_must_say_where_the_capture_lies(name: str) -> None:
    row = json.loads(COMMON_CRAWL)
    del row[name]
    answer = read(Dialect.COMMON_CRAWL, json.dumps(row).encode())
    assert (len(answer.rows), len(answer.flaws)) == (0, 1)


def test_a_row_of_wayback_with_a_field_too_few() -> None:
    answer = read(Dialect.WAYBACK, WAYBACK.replace(b'"text/html","200",', b'"text/html",'))
    assert [row.timestamp for row in answer.rows] == ["20160101000000"]
    assert "t1.htm" in answer.flaws[0]

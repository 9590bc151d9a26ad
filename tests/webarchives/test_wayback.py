"""The Wayback Machine of the tests is as the real one is documented."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.webarchives.archived_page import urlkey
from tests.webarchives.asking import CAPTURES, HTML, PACKED, SITE, get
from tests.webarchives.wayback import Wayback, wayback


def test_an_url_key_has_no_scheme_no_www_no_letter_case_and_no_doubled_or_last_slash() -> None:
    assert urlkey("https://WWW.MFA.gov.cn//Eng/A/") == "cn,gov,mfa)/eng/a"
    assert urlkey("http://xx.example:8080?b=2&a=1") == "example,xx:8080)/?a=1&b=2"


@pytest.fixture
def machine() -> Iterator[Wayback]:
    with wayback([*CAPTURES, PACKED]) as machine:
        yield machine


def asked(machine: Wayback, parameters: str) -> list[list[str]]:
    got = get(f"{machine.url}/cdx/search/cdx?{parameters}&output=json")
    assert got.status == 200
    return got.table


def test_a_table_begins_with_the_names_of_its_columns(machine: Wayback) -> None:
    head, first, *_ = asked(machine, "url=www.news.example/a/1.htm")
    assert head == ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"]
    assert first[:5] == ["example,news)/a/1.htm", "20150101000000", f"{SITE}/a/1.htm", "text/html", "200"]


def test_without_lines_there_are_no_columns(machine: Wayback) -> None:
    assert asked(machine, "url=nothing.example") == []


@pytest.mark.parametrize(
    ("scope", "count"),
    [
        ("url=news.example/a/1.htm", 3),
        ("url=www.news.example/a/&matchType=prefix", 7),
        ("url=www.news.example/*", 8),
        ("url=news.example&matchType=host", 8),
        ("url=news.example&matchType=domain", 9),
        ("url=*.news.example", 9),
    ],
)
def test_a_question_has_a_scope(machine: Wayback, scope: str, count: int) -> None:
    assert len(asked(machine, scope)) == 1 + count


@pytest.mark.parametrize(
    ("filters", "times"),
    [
        ("from=2016&to=2016", ["20160101000000"]),
        ("from=20160101000000&to=201702", ["20160101000000", "20170203040506"]),
        ("collapse=digest", ["20150101000000", "20170203040506"]),
        ("collapse=timestamp:3", ["20150101000000"]),
        ("limit=-1", ["20170203040506"]),
        ("limit=1&offset=1", ["20160101000000"]),
        ("filter=!digest:" + HTML.digest, ["20170203040506"]),
    ],
)
def test_lines_are_left_out(machine: Wayback, filters: str, times: list[str]) -> None:
    rows = asked(machine, f"url=www.news.example/a/1.htm&fl=timestamp&{filters}")
    assert rows == [["timestamp"], *([time] for time in times)]


def test_a_filter_is_for_the_whole_field(machine: Wayback) -> None:
    prefix = "url=www.news.example/&matchType=prefix&fl=statuscode,original"
    assert len(asked(machine, f"{prefix}&filter=statuscode:200")) == 1 + 6
    assert asked(machine, f"{prefix}&filter=statuscode:20") == []
    rows = asked(machine, f"{prefix}&filter=statuscode:[34]..&filter=!mimetype:image/.*")
    assert rows[1:] == [["302", f"{SITE}/a/3.htm"], ["404", f"{SITE}/a/4.htm"]]


def test_a_resume_key_leads_through_all_lines_once(machine: Wayback) -> None:
    question = "url=www.news.example/a/&matchType=prefix&fl=timestamp&limit=3&showResumeKey=true"
    head, *rows, empty, [key] = asked(machine, question)
    assert (head, empty, key) == (["timestamp"], [], "example%2Cnews%29%2Fa%2F1.htm+20170203040506%21")
    seen = rows
    while key:
        _, *rows = asked(machine, f"{question}&resumeKey={key}")
        key = rows.pop()[0] if [] in rows else ""
        seen += [row for row in rows if row]
    assert seen == [[page.timestamp] for page in [*CAPTURES, PACKED] if page.urlkey.startswith("example,news)/a/")]


def test_a_key_is_told_where_the_limit_is_reached_even_if_nothing_follows(machine: Wayback) -> None:
    question = "url=www.news.example/a/1.htm&limit=3&showResumeKey=true"
    *_, empty, [key] = asked(machine, question)
    assert empty == []
    assert asked(machine, f"{question}&resumeKey={key}") == []


def test_an_answer_has_only_so_many_lines() -> None:
    with wayback(CAPTURES, most=2) as machine:
        *rows, empty, _ = asked(machine, "url=www.news.example/*&limit=100&showResumeKey=true")
        assert (len(rows), empty) == (1 + 2, [])


def test_text_is_lines(machine: Wayback) -> None:
    got = get(f"{machine.url}/cdx/search/cdx?url=news.example/*&fl=timestamp,length&limit=1&showResumeKey=true")
    assert got.body == b"20150101000000 17\n\nexample%2Cnews%29%2Fa%2F1.htm+20150101000000%21\n"


@pytest.mark.parametrize("question", ["output=json", "url=a.example&matchType=no"])
def test_a_question_that_is_none_is_refused(machine: Wayback, question: str) -> None:
    assert get(f"{machine.url}/cdx/search/cdx?{question}").status == 400


def test_a_replay_is_the_capture_as_it_was_stored(machine: Wayback) -> None:
    for page in [*CAPTURES, PACKED]:
        got = get(f"{machine.url}/web/{page.timestamp}id_/{page.url}")
        assert (got.status, got.body) == (page.status, page.body)
        assert got.headers["Content-Encoding"] == page.http_headers.get("Content-Encoding")
        assert got.headers["Content-Type"] == got.headers["X-Archive-Orig-Content-Type"] == page.mime
        assert got.headers["Memento-Datetime"] == page.moment.strftime("%a, %d %b %Y %H:%M:%S GMT")


def test_a_redirect_leads_on_within_the_archive(machine: Wayback) -> None:
    got = get(f"{machine.url}/web/20160601000001id_/{SITE}/a/3.htm")
    assert got.headers["Location"] == f"{machine.url}/web/20160601000001id_/{SITE}/gone.htm"
    assert got.headers["X-Archive-Orig-Location"] == "/gone.htm"


@pytest.mark.parametrize("timestamp", ["20170101000000", "2017", "20170203040507"])
def test_another_time_is_redirected_to_the_nearest_capture(machine: Wayback, timestamp: str) -> None:
    got = get(f"{machine.url}/web/{timestamp}id_/{HTML.url}")
    assert (got.status, got.headers["Location"]) == (302, f"{machine.url}/web/20170203040506id_/{HTML.url}")
    assert got.headers["X-Archive-Redirect-Reason"] == "found capture at 20170203040506"
    assert got.headers["Memento-Datetime"] is None


def test_a_redirect_stays_on_the_host_that_was_asked(machine: Wayback) -> None:
    got = get(f"{machine.url}/web/2017id_/{HTML.url}", Host="web.archive.org")
    assert got.headers["Location"] == f"https://web.archive.org/web/20170203040506id_/{HTML.url}"


def test_a_lost_capture_is_listed_and_redirected_from(machine: Wayback) -> None:
    machine.lost.append(HTML)
    assert len(asked(machine, "url=www.news.example/a/1.htm")) == 1 + 3
    got = get(f"{machine.url}/web/{HTML.timestamp}id_/{HTML.url}")
    assert (got.status, got.headers["Location"]) == (302, f"{machine.url}/web/20160101000000id_/{HTML.url}")


def test_an_url_it_does_not_have_is_a_404_without_a_time(machine: Wayback) -> None:
    got = get(f"{machine.url}/web/20170101000000id_/{SITE}/none.htm")
    assert (got.status, got.headers["Memento-Datetime"]) == (404, None)


def test_it_refuses_when_told_to_and_keeps_what_it_was_asked(machine: Wayback) -> None:
    machine.refuse(429, path="/web/", after=1, times=2, retry_after=7)
    index, replay = "/cdx/search/cdx?url=a.example", f"/web/{HTML.timestamp}id_/{HTML.url}"
    got = [get(f"{machine.url}{path}") for path in (replay, replay, index, replay, replay)]
    assert [one.status for one in got] == [200, 429, 200, 429, 200]
    assert got[1].headers["Retry-After"] == "7"
    assert machine.paths() == [replay, replay, index, replay, replay]
    assert machine.paths_below("/cdx/") == [index]
    assert [asked.time for asked in machine.asked] == sorted(asked.time for asked in machine.asked)

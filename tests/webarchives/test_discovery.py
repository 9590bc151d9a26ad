"""Asking an archive piece by piece, with answers written by hand; the captures are invented."""

from __future__ import annotations

import json
import sqlite3
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from crawler.extraction.identity import Identity
from crawler.extraction.problem import Code, Problem
from crawler.extraction.source import Prefix
from crawler.sources import sources
from crawler.webarchives import queries
from crawler.webarchives.archives import COMMON_CRAWL, WAYBACK, WebArchive, archive_of
from crawler.webarchives.discovery import Discovery
from crawler.webarchives.queries import Question
from crawler.webarchives.selection import Candidate

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MFA = sources()["mfa"]
PYWB = archive_of("http://archive.example/news/cdx")
OLD = Prefix("www.fmprc.gov.cn/mfa_eng/", "EN 2014", years=(2014, 2024))
NEW = Prefix("www.mfa.gov.cn/eng/", "EN 2024", years=(2024, None))
SECTION = "www.fmprc.gov.cn/mfa_eng/zxxx_662805"

FIELDS = ["timestamp", "original", "mimetype", "statuscode", "digest"]
Fields = dict[str, list[str]]


@contextmanager
def discovery(
    directory: Path,
    archive: WebArchive = WAYBACK,
    prefixes: tuple[Prefix, ...] = (OLD,),
    *,
    since: date | None = None,
    days_later: float = 0,
) -> Iterator[Discovery]:
    now = NOW + timedelta(days=days_later)
    path = directory / "mfa-archive.db"
    with Discovery(path, archive, MFA, prefixes, since=since, valid_days=7, now=now) as opened:
        yield opened


def fields_of(question: Question) -> Fields:
    return parse_qs(urlsplit(question.url).query)


def ask(opened: Discovery, answer: Callable[[Question], tuple[int, bytes]], at_most: int = 1000) -> list[str]:
    """Ask until there is nothing left to ask, or so many questions; what was asked."""
    asked, questions = [], opened.questions()
    while questions and len(asked) < at_most:
        question = questions.pop(0)
        asked.append(question.url)
        questions += opened.answer(question, *answer(question))
    return asked


def wanted(
    opened: Discovery, limit: int = 99, is_wanted: Callable[[Identity, str], bool] = lambda *_: True
) -> list[str]:
    """The candidates, as document and day."""
    return [f"{one.document_id} {one.timestamp[:8]}" for one in opened.candidates(is_wanted, limit)]


def page(number: int, timestamp: str = "20150102030405", digest: str = "", place: str = SECTION) -> list[str]:
    """A row of Wayback about an article."""
    return [timestamp, f"http://{place}/t{number}.shtml", "text/html", "200", digest or f"D{number}"]


def wayback(*rows: list[str], key: str | None = None) -> tuple[int, bytes]:
    table: list[list[str]] = [FIELDS, *rows] if rows else []
    return 200, json.dumps([*table, [], [key]] if key else table).encode()


def lines(*rows: list[str], **more: str) -> tuple[int, bytes]:
    """The same rows as pywb writes them."""
    names = ("timestamp", "url", "mime", "status", "digest")
    return 200, "".join(json.dumps(dict(zip(names, row, strict=True)) | more) + "\n" for row in rows).encode()


# --- Wayback


def test_a_question_to_wayback(tmp_path: Path) -> None:
    with discovery(tmp_path) as opened:
        [question] = opened.questions()
    assert question.url.startswith(
        "https://web.archive.org/cdx/search/cdx?url=www.fmprc.gov.cn/mfa_eng/&matchType=prefix&"
    )
    assert fields_of(question) | {"filter": []} == {
        "url": ["www.fmprc.gov.cn/mfa_eng/"],
        "matchType": ["prefix"],
        "output": ["json"],
        "fl": ["timestamp,original,mimetype,statuscode,digest"],
        "filter": [],
        "limit": ["10000"],
        "showResumeKey": ["true"],
    }
    assert fields_of(question)["filter"] == [
        "statuscode:200",
        "mimetype:(text/html|application/xhtml.xml|unk.*|-)",
    ]


@pytest.mark.parametrize(
    ("prefix", "url", "match_type", "pattern"),
    [
        ("www.shine.cn/", "www.shine.cn/", "prefix", None),
        ("*.china-embassy.org/eng/", "china-embassy.org", "domain", "original:.*/eng/.*"),
        ("archive.shine.cn/*/shdaily.shtml", "archive.shine.cn/", "prefix", r"original:.*/shdaily\.shtml.*"),
        ("www.fmprc.gov.cn/ce/c*/eng/", "www.fmprc.gov.cn/ce/c", "prefix", "original:.*/eng/.*"),
    ],
)
def test_a_prefix_with_a_star_is_a_domain_or_a_filter(
    tmp_path: Path, prefix: str, url: str, match_type: str, pattern: str | None
) -> None:
    with discovery(tmp_path, prefixes=(Prefix(prefix, "G"),)) as opened:
        fields = fields_of(opened.questions()[0])
    assert (fields["url"], fields["matchType"]) == ([url], [match_type])
    assert fields["filter"][2:] == ([pattern] if pattern else [])


def test_the_resume_key_is_followed_as_it_is_written(tmp_path: Path) -> None:
    key = "cn%2Cgov%2Cfmprc%29%2Fmfa_eng%2Ft2.shtml+20150102030405%21"
    answers = iter([wayback(page(1000001), page(1000002), key=key), wayback(page(1000003))])
    with discovery(tmp_path) as opened:
        asked = ask(opened, lambda _: next(answers))
        assert len(asked) == 2
        assert asked[1] == f"{asked[0]}&resumeKey={key}"
        assert wanted(opened) == [f"mfa:t100000{number} 20150102" for number in (1, 2, 3)]


def test_a_resume_key_that_comes_again_is_a_problem_and_the_rows_stay(tmp_path: Path) -> None:
    with discovery(tmp_path) as opened:
        [first] = opened.questions()
        [second] = opened.answer(first, *wayback(page(1000001), key="k%21"))
        with pytest.raises(Problem, match="back") as raised:
            opened.answer(second, *wayback(page(1000002), key="k%21"))
        assert raised.value.code is Code.NO_LAYOUT
        assert wanted(opened) == ["mfa:t1000001 20150102", "mfa:t1000002 20150102"]
        assert opened.questions() == [second]


# --- pywb


def test_pywb_is_asked_by_the_year_the_month_and_the_day_where_an_answer_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "ROWS_PER_ANSWER", 3)
    times = ["20150703010101", "20150703020202", "20150704030303", "20160101010101", "20161231235959"]
    rows = [page(1000000 + number, time) for number, time in enumerate(times)]

    def answer(question: Question) -> tuple[int, bytes]:
        fields = fields_of(question)
        first, last = fields.get("from", ["0"])[0], fields.get("to", ["9"])[0] + "99999999999999"
        return lines(*islice((row for row in rows if first <= row[0] <= last), int(fields["limit"][0])))

    with discovery(tmp_path, PYWB) as opened:
        asked = ask(opened, answer)
        parts = [url.partition("&from=")[2].partition("&")[0] for url in asked]
        assert parts[0] == ""
        assert parts[1:32] == [str(year) for year in range(1996, 2027)]
        assert parts[32:44] == [f"2015{month:02}" for month in range(1, 13)]
        assert parts[44:] == [f"201507{day:02}" for day in range(1, 32)]
        assert len(wanted(opened)) == 5
        assert opened.problems == []


def test_a_day_with_more_than_an_answer_holds_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "ROWS_PER_ANSWER", 1)
    with discovery(tmp_path, PYWB) as opened:
        day = next(one for one in questions_of_days(opened) if one.part == "20150703")
        assert opened.answer(day, *lines(page(1000001))) == []
    assert [(problem.code, problem.url) for problem in opened.problems] == [(Code.TOO_LARGE, day.url)]


def questions_of_days(opened: Discovery) -> list[Question]:
    """Those of July 2015."""
    [question] = opened.questions()
    for part in ("2015", "201507"):
        question = next(one for one in opened.answer(question, *lines(page(1000001))) if one.part == part)
    return opened.answer(question, *lines(page(1000001)))


def test_pywb_leaves_out_what_can_be_no_article(tmp_path: Path) -> None:
    with discovery(tmp_path, PYWB) as opened:
        [question] = opened.questions()
        assert fields_of(question)["filter"] == [
            "!~status:[1345]",
            "!~mime:(?:image|video|audio|font)/|text/css|.*javascript",
        ]
        rows = [page(1000001), page(1000002), page(1000003), page(1000004)]
        rows[1][3], rows[2][2], rows[3][2] = "302", "image/jpeg", "warc/revisit"
        assert opened.answer(question, *lines(*rows)) == []
        assert wanted(opened) == ["mfa:t1000001 20150102"]


def test_a_round_number_of_rows_may_be_a_limit_of_the_server(tmp_path: Path) -> None:
    with discovery(tmp_path, PYWB) as opened:
        [question] = opened.questions()
        assert len(opened.answer(question, *lines(*(page(1000000 + number) for number in range(1000))))) == 31


# --- Common Crawl

WEEKS = ("2026-10", "2023-50", "2022-05", "2013-20")
COLLECTIONS = json.dumps(
    [
        {"id": crawl, "cdx-api": f"https://index.commoncrawl.org/{crawl}-index"}
        for crawl in (*(f"CC-MAIN-{week}" for week in WEEKS), "CC-MAIN-2012", "CC-MAIN-2009-2010")
    ]
).encode()
NOTHING = (404, b'{"message": "No Captures found for: www.fmprc.gov.cn/mfa_eng/*"}')
BEHIND = (400, b'{"message": "Page 2 invalid: First Page is 0, Last Page is 1"}')


def crawled(question: Question) -> tuple[int, bytes]:
    """Two pages of the crawl of 2022, of a capture each; nothing in the others."""
    if question.url.endswith("collinfo.json"):
        return 200, COLLECTIONS
    number = int(fields_of(question)["page"][0])
    if question.part != "CC-MAIN-2022-05":
        return NOTHING
    file = "crawl-data/CC-MAIN-2022-05/segments/1/warc/00001.warc.gz"
    row = page(1000000 + number)
    return lines(row, filename=file, offset="4096", length="1000") if number < 2 else BEHIND


def test_common_crawl_is_asked_index_by_index_and_page_by_page(tmp_path: Path) -> None:
    with discovery(tmp_path, COMMON_CRAWL) as opened:
        asked = ask(opened, crawled)
        assert asked[0] == "https://index.commoncrawl.org/collinfo.json"
        indexes = [url.partition("-index?")[0].rpartition("/")[2] for url in asked[1:]]
        # The crawls before 2013 are kept in ARC files.
        assert sorted(indexes) == [f"CC-MAIN-{week}" for week in ("2013-20", *["2022-05"] * 3, "2023-50", "2026-10")]
        assert all("filter" not in url and "matchType=prefix" in url for url in asked[1:])
        [first, second] = opened.candidates(lambda *_: True, 4)
    assert first.request_url == (
        "https://data.commoncrawl.org/crawl-data/CC-MAIN-2022-05/segments/1/warc/00001.warc.gz"
    )
    assert first.byte_range == (4096, 5095)
    assert second.document_id == "mfa:t1000001"


def test_an_index_from_before_the_generation_is_not_asked(tmp_path: Path) -> None:
    with discovery(tmp_path, COMMON_CRAWL, (NEW,)) as opened:
        asked = ask(opened, crawled)
    assert [url.partition("-index?")[0].rpartition("MAIN-")[2] for url in asked[1:]] == ["2026-10", "2023-50"]


def test_a_crawl_that_is_over_is_never_asked_about_again(tmp_path: Path) -> None:
    with discovery(tmp_path, COMMON_CRAWL) as opened:
        ask(opened, crawled)
    with discovery(tmp_path, COMMON_CRAWL, days_later=30) as opened:
        assert ask(opened, crawled) == ["https://index.commoncrawl.org/collinfo.json"]
        assert len(wanted(opened)) == 2


# --- going on


def test_what_was_answered_is_not_asked_again(tmp_path: Path) -> None:
    with discovery(tmp_path, prefixes=(OLD, NEW)) as opened:
        questions = opened.questions()
        assert len(questions) == 2
        [further] = opened.answer(questions[0], *wayback(page(1000001), key="k%21"))
    # Killed between two answers.
    with discovery(tmp_path, prefixes=(OLD, NEW), days_later=1) as opened:
        assert opened.questions() == [further, questions[1]]
        opened.answer(further, *wayback(page(1000002)))
        opened.answer(questions[1], *wayback())
        assert opened.questions() == []
        assert wanted(opened) == ["mfa:t1000001 20150102", "mfa:t1000002 20150102"]


def test_after_a_week_it_is_asked_again_and_what_was_told_stays(tmp_path: Path) -> None:
    with discovery(tmp_path) as opened:
        first = ask(opened, lambda _: wayback(page(1000001)))
    with discovery(tmp_path, days_later=6.9) as opened:
        assert opened.questions() == []
    with discovery(tmp_path, days_later=7.1) as opened:
        assert wanted(opened) == ["mfa:t1000001 20150102"]
        assert ask(opened, lambda _: wayback(page(1000002))) == first
        assert wanted(opened) == ["mfa:t1000001 20150102", "mfa:t1000002 20150102"]


def test_since_asks_for_later_captures_unless_all_were_told(tmp_path: Path) -> None:
    since = date(2015, 1, 1)
    told = wayback(page(1000001, "20141230000000"), page(1000002, "20141231170000"))
    with discovery(tmp_path, since=since) as opened:
        [question] = opened.questions()
        assert fields_of(question)["from"] == ["2014"]
        opened.answer(question, *told)
        # In Beijing it was the first of January when it was five in the afternoon in Greenwich.
        assert wanted(opened) == ["mfa:t1000002 20141231"]
    with discovery(tmp_path) as opened:
        [question] = opened.questions()
        assert "from" not in fields_of(question)
        opened.answer(question, *told)
    with discovery(tmp_path, since=date(2016, 1, 1)) as opened:
        assert opened.questions() == []


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (429, b"slow down", Code.BLOCKED),
        (503, b"", Code.BLOCKED),
        (403, b"<html>", Code.BLOCKED),
        (500, b"", Code.HTTP_ERROR),
        (200, b"<html><p>Our lanterns are out.</p></html>", Code.NO_LAYOUT),
        (200, wayback(page(1000003))[1][:-20], Code.TRUNCATED),
        (200, b"", Code.EMPTY_RESPONSE),
    ],
)
def test_a_bad_answer_loses_nothing(tmp_path: Path, status: int, body: bytes, code: Code) -> None:
    with discovery(tmp_path) as opened:
        [first] = opened.questions()
        [second] = opened.answer(first, *wayback(page(1000001), key="k%21"))
        with pytest.raises(Problem) as raised:
            opened.answer(second, status, body)
        assert raised.value.code is code
        assert raised.value.url == second.url
        assert wanted(opened) == ["mfa:t1000001 20150102"]
    with discovery(tmp_path) as opened:
        assert opened.questions() == [second]


def test_rows_left_out_are_a_problem_and_the_others_are_kept(tmp_path: Path) -> None:
    with discovery(tmp_path) as opened:
        [question] = opened.questions()
        assert opened.answer(question, *wayback(page(1000001), page(1000002, "yesterday"), page(1000003))) == []
        [problem] = opened.problems
        assert problem.code is Code.NO_LAYOUT
        assert "1 of 3 rows left out" in problem.detail
        assert "yesterday" in problem.detail
        assert opened.rows_told == 2
        assert wanted(opened) == ["mfa:t1000001 20150102", "mfa:t1000003 20150102"]
        assert opened.questions() == []


# --- the file


def test_a_damaged_file_is_begun_anew(tmp_path: Path) -> None:
    with discovery(tmp_path) as opened:
        ask(opened, lambda _: wayback(page(1000001)))
    (tmp_path / "mfa-archive.db").write_bytes(b"a kite, no database\n" * 500)
    with discovery(tmp_path) as opened:
        assert len(opened.questions()) == 1
        assert wanted(opened) == []


def test_a_database_of_something_else_is_begun_anew(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "mfa-archive.db")
    other.execute("CREATE TABLE kites (colour TEXT)")
    other.close()
    with discovery(tmp_path) as opened:
        assert len(opened.questions()) == 1


def test_two_runs_may_share_the_file(tmp_path: Path) -> None:
    with discovery(tmp_path) as one, discovery(tmp_path) as other:
        [question] = one.questions()
        assert other.questions() == [question]
        one.answer(question, *wayback(page(1000001)))
        assert other.questions() == []
        assert wanted(other) == ["mfa:t1000001 20150102"]


def test_a_file_of_another_archive_is_begun_anew(tmp_path: Path) -> None:
    with discovery(tmp_path, PYWB) as opened:
        ask(opened, lambda _: lines(page(1000001)))
    with discovery(tmp_path, archive_of("http://archive.example/kites/cdx")) as opened:
        assert wanted(opened) == []


def test_a_file_that_cannot_be_made_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "mfa-archive.db").mkdir()
    with pytest.raises(Problem) as raised, discovery(tmp_path):
        pass
    assert raised.value.code is Code.UNREADABLE_FILE


# --- choosing


def told(opened: Discovery, *rows: list[str]) -> None:
    [question] = opened.questions()
    assert opened.answer(question, *wayback(*rows)) == []


def test_candidates_come_document_by_document_in_order_of_time(tmp_path: Path) -> None:
    other = "www.mfa.gov.cn/mfa_eng/wjdt_665385"
    with discovery(tmp_path) as opened:
        told(
            opened,
            page(1000002, "20150102000000", "A"),
            page(1000001, "20180102000000", "C", other),
            page(1000001, "20150102000000", "A"),
            page(1000001, "20160102000000", "B"),
            page(1000002, "20170102000000", "A"),
            page(1000002, "20160102000000", "A"),
        )
        assert wanted(opened) == [
            "mfa:t1000001 20150102",
            "mfa:t1000001 20160102",
            "mfa:t1000001 20180102",
            "mfa:t1000002 20150102",
            "mfa:t1000002 20170102",
        ]
        assert wanted(opened, 2) == [
            "mfa:t1000001 20150102",
            "mfa:t1000001 20180102",
            "mfa:t1000002 20150102",
            "mfa:t1000002 20170102",
        ]


def test_a_candidate_of_wayback(tmp_path: Path) -> None:
    with discovery(tmp_path) as opened:
        told(opened, page(1000001, "20150102030405", "KITE", "www.fmprc.gov.cn:80/mfa_eng/zxxx_662805"))
        [candidate] = opened.candidates(lambda *_: True, 4)
    url = "http://www.fmprc.gov.cn:80/mfa_eng/zxxx_662805/t1000001.shtml"
    assert candidate == Candidate(
        document_id="mfa:t1000001",
        archive="wayback",
        url=url,
        timestamp="20150102030405",
        digest="KITE",
        generation="EN 2014",
        host="www.fmprc.gov.cn",
        request_url=f"https://web.archive.org/web/20150102030405id_/{url}",
    )


def test_what_is_no_document_of_the_source_is_no_candidate(tmp_path: Path) -> None:
    with discovery(tmp_path) as opened:
        told(
            opened,
            page(1000001),
            page(1000002, place="www.kites.example/mfa_eng/zxxx_662805"),
            page(1000003, place="www.fmprc.gov.cn/ce/ceno/eng"),
            ["20150102030405", f"http://{SECTION}/default.shtml", "text/html", "200", "D"],
        )
        assert wanted(opened) == ["mfa:t1000001 20150102"]


def test_only_what_is_wanted_is_a_candidate(tmp_path: Path) -> None:
    with discovery(tmp_path) as opened:
        told(opened, page(1000001), page(1000002))
        assert wanted(
            opened, is_wanted=lambda identity, url: identity.id == "mfa:t1000002" and url.endswith("2.shtml")
        ) == ["mfa:t1000002 20150102"]


def test_a_capture_given_up_makes_room_for_another_and_does_not_come_back(tmp_path: Path) -> None:
    with discovery(tmp_path) as opened:
        told(opened, *(page(1000001, f"{year}0102000000", f"D{year}") for year in (2015, 2016, 2017)))
        for candidate in opened.candidates(lambda *_: True, 2):
            if candidate.year == 2015:
                opened.give_up(candidate, Code.SOFT_404)
        assert wanted(opened, 2) == ["mfa:t1000001 20160102", "mfa:t1000001 20170102"]
    with discovery(tmp_path, days_later=8) as opened:
        ask(opened, lambda _: wayback(page(1000001, "20150102000000", "D2015")))
        assert wanted(opened) == ["mfa:t1000001 20160102", "mfa:t1000001 20170102"]


def test_the_capture_of_a_further_page_nearest_in_time(tmp_path: Path) -> None:
    with discovery(tmp_path) as opened:
        told(opened, *(page(1000001, f"{year}0102000000", f"D{year}") for year in (2015, 2017)))
        near = opened.nearest("https://fmprc.gov.cn/mfa_eng/zxxx_662805/t1000001.shtml", "20161001000000")
        assert near is not None
        assert near.year == 2017
        assert opened.nearest(f"http://{SECTION}/t1000009.shtml", "20161001000000") is None


def test_many_captures_take_little_memory(tmp_path: Path) -> None:
    def peak(answers: int) -> int:
        directory = tmp_path / str(answers)
        directory.mkdir()
        with discovery(directory) as opened:
            [question] = opened.questions()
            tracemalloc.start()
            for number in range(answers):
                rows = [page(1000000 + number * 500 + place) for place in range(500)]
                [question] = opened.answer(question, *wayback(*rows, key=f"k{number}%21"))
            assert sum(1 for _ in opened.candidates(lambda *_: True, 4)) == answers * 500
            _, most = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        return most

    assert peak(8) < 2 * peak(1)

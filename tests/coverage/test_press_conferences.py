"""Press conferences that should be there."""

from __future__ import annotations

import pytest

from crawler.coverage.documents import Document
from crawler.coverage.press_conferences import Conferences, PressConferences, Stretch, YearCount, is_press_conference
from crawler.coverage.working_days import LAST_YEAR
from tests.coverage.examples import conference, day, document, weekdays

TODAY = day("2026-11-22")


def reckoned(*documents: Document, since: str | None = None, until: str | None = None) -> list[PressConferences]:
    conferences = Conferences()
    for one in documents:
        conferences.add(one)
    return conferences.reckoned(day(since) if since else None, day(until) if until else None, TODAY)


def missing(first: str, last: str, days: int, remarks: int = 0) -> Stretch:
    return Stretch(day(first), day(last), days, "missing", False, remarks)


@pytest.mark.parametrize(
    ("headline", "is_one"),
    [
        ("Foreign Ministry Spokesperson Li Li’s Regular Press Conference on July 3, 2021", True),
        ("Foreign Ministry Spokeswoman Li Li's Regular  Press Conference on 23 November 2006", True),
        ("Foreign Ministry Spokesperson Li Li's Daily Briefing Online on February 9, 2021", True),
        ("2021年7月3日外交部发言人李丽主持例行记者会", True),
        ("2021年2月9日外交部发言人李丽主持网上例行记者会", True),
        ("Foreign Ministry Spokesperson Li Li's Remarks on July 3, 2021", False),
        ("Li Li Holds a Press Conference", False),
        ("Adjournment of the Regular Press Conference", False),
        ("外交部例行记者会暑期休会通知", False),
    ],
)
def test_headlines(headline: str, is_one: bool) -> None:
    assert is_press_conference(headline) is is_one


def test_a_week_with_a_holiday() -> None:
    # From Monday 2019-09-30 to Friday 2019-10-11, with National Day between and a worked Saturday behind it.
    (found,) = reckoned(*map(conference, ("2019-09-30", "2019-10-08", "2019-10-11", "2019-10-14")))
    assert (found.in_language, found.first, found.last) == ("en", day("2019-09-30"), day("2019-10-14"))
    assert found.years == [YearCount(2019, expected=6, known=4, recess=0)]
    assert found.stretches == [missing("2019-10-09", "2019-10-10", 2)]
    assert found.without_calendar == []


def test_two_on_a_day_and_one_of_an_estimated_day() -> None:
    (found,) = reckoned(
        conference("2019-10-08"),
        conference("2019-10-08"),
        conference("2019-10-09", is_estimated=True),
        conference("2019-10-10"),
    )
    assert (found.documents, found.inexact) == (4, 1)
    assert found.stretches == [missing("2019-10-09", "2019-10-09", 1)]


def test_remarks_in_place_of_a_conference() -> None:
    remarks = document(on="2019-10-09", headline="Foreign Ministry Spokesperson Li Li's Remarks on October 9, 2019")
    (found,) = reckoned(conference("2019-10-08"), remarks, conference("2019-10-10"))
    assert found.stretches == [missing("2019-10-09", "2019-10-09", 1, remarks=1)]


def test_an_announced_recess() -> None:
    held = [on for on in weekdays("2019-08-01", "2019-08-30") if not "2019-08-05" <= on <= "2019-08-19"]
    (found,) = reckoned(*map(conference, held))
    assert found.stretches == [
        Stretch(day("2019-08-05"), day("2019-08-16"), 10, "recess", True, 0),
        missing("2019-08-19", "2019-08-19", 1),
    ]
    assert found.years == [YearCount(2019, expected=22, known=11, recess=10)]


@pytest.mark.parametrize(
    ("first", "last", "kind"),
    [
        # 2017 and 2014: no announcement is known here.
        ("2017-08-07", "2017-08-18", "recess"),
        ("2014-08-04", "2014-08-15", "recess"),
        # A week is too short, a month too long; June is no summer; in 2020 there was none.
        ("2017-08-07", "2017-08-11", "missing"),
        ("2017-07-31", "2017-08-25", "missing"),
        ("2017-06-05", "2017-06-16", "missing"),
        ("2020-08-03", "2020-08-14", "missing"),
        # Spring Festival of 2017 ended on 02-02, a Thursday.
        ("2017-02-03", "2017-02-10", "recess"),
        ("2017-02-06", "2017-02-16", "missing"),
    ],
)
def test_what_looks_like_a_recess(first: str, last: str, kind: str) -> None:
    year = first[:4]
    held = [on for on in weekdays(f"{year}-01-03", f"{year}-12-29") if not first <= on <= last]
    (found,) = reckoned(*map(conference, held))
    assert [(one.first, one.last, one.kind, one.is_announced) for one in found.stretches] == [
        (day(first), day(last), kind, False)
    ]


def test_no_recess_is_seen_in_a_sparse_record() -> None:
    (found,) = reckoned(*map(conference, ("2017-07-20", "2017-08-04", "2017-08-21", "2017-09-01")))
    assert {one.kind for one in found.stretches} == {"missing"}


def test_twice_a_week_until_2011() -> None:
    # 2011-08-25 was a Thursday; from 2011-09-01, a Thursday, there is one a day.
    (found,) = reckoned(conference("2011-08-25"), conference("2011-09-05"))
    assert found.stretches == [missing("2011-08-30", "2011-09-02", 3)]


def test_languages_have_each_their_own() -> None:
    chinese = [conference(on, in_language="zh-Hans") for on in ("2019-10-08", "2019-10-09")]
    english = [conference(on) for on in ("2019-10-08", "2019-10-10")]
    found = reckoned(*chinese, *english)
    assert [(one.in_language, len(one.stretches)) for one in found] == [("en", 1), ("zh-Hans", 0)]


def test_days_that_were_asked_for() -> None:
    (found,) = reckoned(conference("2019-10-09"), since="2019-10-08", until="2019-10-10")
    assert found.stretches == [missing("2019-10-08", "2019-10-08", 1), missing("2019-10-10", "2019-10-10", 1)]


def test_nothing_is_expected_of_today_and_later() -> None:
    # 2026-11-22 is a Sunday; a page with a wrong year does not make years of gaps.
    (found,) = reckoned(conference("2026-11-19"), conference("2096-11-19"), until="2096-12-31")
    assert found.last == day("2026-11-21")
    assert found.stretches == [missing("2026-11-20", "2026-11-20", 1)]


def test_years_without_a_calendar_are_named() -> None:
    (found,) = reckoned(conference("2003-12-30"), conference("2004-01-06"))
    assert found.without_calendar == [2003]
    later = day(f"{LAST_YEAR + 1}-01-12")
    conferences = Conferences()
    for on in (f"{LAST_YEAR}-12-30", later.isoformat()):
        conferences.add(conference(on))
    (found,) = conferences.reckoned(None, None, later)
    assert found.without_calendar == [LAST_YEAR + 1]


def test_none_at_all() -> None:
    assert reckoned(document()) == []

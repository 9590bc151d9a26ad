"""Dates as the sites print them."""

from __future__ import annotations

import datetime

import pytest

from crawler.extraction.dates import Published, first_moment, from_iso, moments


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Spokesperson's Regular Press Conference on July 3, 2020", "2020-07-03"),
        ("held on 23 November 2006", "2006-11-23"),
        ("November 9 2006", "2006-11-09"),
        ("September 12,2014", "2014-09-12"),
        ("May 4th, 2019", "2019-05-04"),
        ("Sept. 5, 2013", "2013-09-05"),
        ("2023-02-04 15:13:19CGTN Editor : A", "2023-02-04T15:13:19+08:00"),
        ("08:53 UTC+8, 2022-10-28       0", "2022-10-28T08:53:00+08:00"),
        ("Updated: July 15, 2024 18:58", "2024-07-15T18:58:00+08:00"),
        ("2020年7月3日外交部发言人主持例行记者会", "2020-07-03"),
        ("（2024-03-23）", "2024-03-23"),
        ("2020/07/27 21:29", "2020-07-27T21:29:00+08:00"),
        ("2024-03-23\u3000\u300016:50", "2024-03-23T16:50:00+08:00"),
    ],
)
def test_forms(text: str, value: str) -> None:
    moment = first_moment(text)
    assert moment is not None
    assert Published.of(moment, "page").value == value


@pytest.mark.parametrize(
    "text", ["", "31 June 2020", "2020-13-01", "20220-10-10", "ratio 2020-10", "May 2020", "Maya 3, 2019", "30.2.2020"]
)
def test_what_is_no_date(text: str) -> None:
    assert first_moment(text) is None


def test_the_offset_of_a_false_z_is_not_read() -> None:
    moment = from_iso("2016-02-09T19:16:43Z")
    assert moment is not None
    assert Published.of(moment, "meta").value == "2016-02-09T19:16:43+08:00"


def test_a_date_with_a_year_goes_before_one_without() -> None:
    moment = first_moment("Sept. 30: opening on Oct. 2, 2019")
    assert moment is not None
    assert moment.date == datetime.date(2019, 10, 2)


def test_a_missing_year_stays_missing_until_it_is_given() -> None:
    moment = first_moment("Press Conference on April 4")
    assert moment is not None
    assert moment.date is None
    assert (dated := moment.in_year(2018)) is not None
    assert Published.of(dated, "title", estimated=True) == Published("2018-04-04", "estimated", "title", "April 4")


def test_29_february_is_no_day_of_every_year() -> None:
    moment = first_moment("on February 29")
    assert moment is not None
    assert moment.in_year(2019) is None
    assert moment.in_year(2020) is not None


def test_midnight_can_mean_that_the_time_is_unknown() -> None:
    moment = first_moment("2006-04-05 00:00")
    assert moment is not None
    assert Published.of(moment.without_midnight(), "page") == Published("2006-04-05", "day", "page", "2006-04-05 00:00")


def test_precision_says_what_was_printed() -> None:
    texts = ("2020-07-27", "2020-07-27 21:29", "2020-07-27 21:29:05")
    found = [first_moment(text) for text in texts]
    assert [Published.of(one, "page").precision for one in found if one] == ["day", "minute", "second"]


def test_all_dates_in_order() -> None:
    found = [moment.date for moment in moments("from 2020-01-02 to January 5, 2020")]
    assert found == [datetime.date(2020, 1, 2), datetime.date(2020, 1, 5)]

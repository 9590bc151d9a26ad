"""Text to dates: any text gives a date or none."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from time import process_time
from typing import Any

import pytest
from hypothesis import given, strategies

from crawler.extraction import dates
from crawler.extraction.dates import Moment, Published
from crawler.extraction.identity import Identity
from crawler.extraction.layout import Reading
from crawler.extraction.page import Page
from crawler.sources import shine, trs_chrome, trs_dates
from crawler.sources.trs_dates import DocumentKey
from tests.hostile.budget import budget

YEARS = range(1900, 2100)
PIECES = strategies.sampled_from(
    """
    2022 1999 2100 0000 9999 19 20 1 01 12 13 29 30 31 32 00 24 59 60 99999999999 ２０２２ ٢٠٢٢ - / . : ：
    年 月 日 号 , ， T Z + +08:00 -14:00 UTC+8 GMT Beijing Time January Feb. Sept May June 31st 2nd of On (Beijing,
    当地时间 Updated: Source: t _ Press Conference on February 29 Remarks on briefing 记者会 \x00 \ud800 é
    """.split()
)
TEXTS = strategies.lists(PIECES | strategies.just(" ") | strategies.text(max_size=3), max_size=14).map("".join)
KEYS = strategies.builds(
    lambda prefix, number: f"{prefix}{number}",
    strategies.sampled_from(("mfa:t", "missions:no/t", "t20220230_", "t19000101_", "t20991231_", "x")),
    strategies.integers(0, 10**14) | strategies.integers(1_217_000, 1_960_000),
)


def check(found: Moment | Published | None) -> None:
    if isinstance(found, Moment):
        assert found.year is None or found.year in YEARS
        assert (found.date is None) == (found.year is None)
        assert found.raw
    elif found is not None:
        assert datetime.datetime.fromisoformat(found.value).year in YEARS
        assert found.raw


@budget(400)
@given(TEXTS)
def test_any_text(text: str) -> None:
    for moment in dates.moments(text):
        check(moment)
        check(moment.in_year(2023))
        check(moment.in_year(2024))
        if moment.year is not None:
            check(Published.of(moment, "page"))
            check(Published.of(moment.without_midnight(), "page", estimated=True))
    check(dates.first_moment(text))
    check(dates.from_iso(text))
    dated = trs_chrome.date_line(text)
    assert dated is None or dates.first_moment(dated[0]) is not None
    check(trs_dates.title_moment(text))
    check(shine.date_in(f"https://www.shine.cn/news/metro/{text}/"))


@budget(250)
@given(TEXTS, TEXTS, TEXTS, strategies.lists(TEXTS, max_size=3), KEYS)
def test_any_document_of_the_trs_network(date: str, title: str, meta: str, body: list[str], name: str) -> None:
    page = Page("http://www.mfa.gov.cn/", f"<html><meta name='PubDate' content='{meta}'></html>", "utf-8")
    reading = Reading("", headline=title, date=date, paragraphs=body)
    check(trs_dates.published(page, Identity(name, "", ""), reading))
    check(trs_dates.from_key(DocumentKey.of(name)))
    moment = trs_dates.title_moment(title)
    check(trs_dates.in_inferred_year(moment, DocumentKey.of(name)) if moment is not None else None)


def test_the_leap_day_of_a_year_that_has_none() -> None:
    leap_day = trs_dates.title_moment("Spokesperson's Regular Press Conference on February 29")
    assert leap_day is not None
    # Of 2018: neither it nor its neighbours are leap years.
    assert trs_dates.in_inferred_year(leap_day, DocumentKey.of("mfa:t1530000")) is None
    found = trs_dates.in_inferred_year(leap_day, DocumentKey.of("mfa:t1749000"))
    assert found is not None
    assert found.value == "2020-02-29"


READERS: dict[str, Callable[[str], Any]] = {
    "moments": lambda text: list(dates.moments(text)),
    "first moment": dates.first_moment,
    "title": trs_dates.title_moment,
    "date line": trs_chrome.date_line,
    "key": DocumentKey.of,
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "unit", ["2022-01-01 ", "1", "20", "May ", "May 1 ", "3 ", "08:53 ", " ", "年", "1月1日", "t1"]
)
def test_the_time_grows_as_the_text(reader: str, unit: str) -> None:
    def seconds(length: int) -> float:
        text = unit * (length // len(unit))
        began = process_time()
        READERS[reader](text)
        return process_time() - began

    assert seconds(20_000) < 0.02 or min(seconds(20_000) / seconds(10_000) for _ in range(3)) < 3

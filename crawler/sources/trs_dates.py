"""The publication date of a document of the TRS network: seven places to look for it, in their order of trust.

title of a press conference > visible time > meta `PubDate` > date that opens the body > URL > document number.

* A conference's title names its day, the visible time may be that of a later edit. Where both name one day the visible
  time is kept, since it may know the minute.
* 00:00 means that the time of day is unknown.
* Old document numbers (`t1706373`) rise with time through the whole network. They give a missing year, and bound
  the day of a text that has no date at all: both count as estimated.
* The days in new numbers (`t20221029_10794068`) are posting days on the missions' sites and in Hong Kong; on the
  ministry's they are so but for four days of 2024 on which old texts were imported again.
"""

from __future__ import annotations

import datetime
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from crawler.extraction.dates import Moment, Published, first_moment, moments
from crawler.extraction.identity import Identity
from crawler.extraction.layout import Reading
from crawler.extraction.page import Page

#: Days on which the ministry imported old texts in bulk: in a URL they say nothing of its text.
IMPORT_DAYS = frozenset(datetime.date(2024, month, day) for month, day in ((5, 30), (5, 31), (6, 6), (7, 30)))

#: Numbers and the day their text was published. From 2019-03 on one a week: the first press conference of the week,
#: in Chinese or English, read from its title on the real pages of 2020-07 (grade A). Before that, two texts of the
#: ministry that are cited everywhere, the position paper on the South China Sea arbitration and the statement on its
#: award (grade C): enough to tell a year, not a day.
_NUMBERS_AND_DAYS = """
    1217147 2014-12-07  1379492 2016-07-12  1642779 2019-03-04  1644609 2019-03-11  1646384 2019-03-18
    1648178 2019-03-25  1650338 2019-04-01  1652357 2019-04-08  1654570 2019-04-15  1656557 2019-04-22
    1659619 2019-04-29  1661163 2019-05-06  1663021 2019-05-13  1665026 2019-05-20  1666925 2019-05-27
    1669120 2019-06-03  1670850 2019-06-10  1672917 2019-06-17  1675070 2019-06-24  1677414 2019-07-01
    1679473 2019-07-08  1681206 2019-07-15  1682558 2019-07-22  1684227 2019-07-29  1686226 2019-08-05
    1688119 2019-08-12  1689960 2019-08-19  1692042 2019-08-26  1693811 2019-09-02  1695956 2019-09-09
    1698134 2019-09-16  1700483 2019-09-23  1704264 2019-09-30  1706154 2019-10-08  1707781 2019-10-14
    1709434 2019-10-21  1711248 2019-10-28  1713178 2019-11-04  1714916 2019-11-11  1716772 2019-11-18
    1718746 2019-11-25  1720852 2019-12-02  1722910 2019-12-09  1724891 2019-12-16  1727131 2019-12-23
    1728695 2019-12-30  1729747 2020-01-06  1731632 2020-01-13  1734210 2020-01-20  1736515 2020-01-27
    1739521 2020-02-03  1742871 2020-02-10  1745873 2020-02-17  1748857 2020-02-24  1751200 2020-03-02
    1753653 2020-03-09  1756531 2020-03-16  1759560 2020-03-23  1763648 2020-03-30  1766913 2020-04-07
    1769120 2020-04-13  1771576 2020-04-20  1773826 2020-04-27  1776571 2020-05-06  1777931 2020-05-11
    1780224 2020-05-18  1782502 2020-05-25  1784757 2020-06-01  1786943 2020-06-08  1788865 2020-06-15
    1791135 2020-06-22  1793110 2020-06-29  1794629 2020-07-03
"""
_CELLS = _NUMBERS_AND_DAYS.split()
_NUMBERS = [int(number) for number in _CELLS[::2]]
_DAYS = [datetime.date.fromisoformat(day) for day in _CELLS[1::2]]
#: How far beyond the last number the pace of the last year may be followed: to the end of the old numbers, 2021-11.
_LAST_OLD_NUMBER = 1_950_000
#: Anchors nearer than this bound a day; farther ones only tell a year.
_NEAR = datetime.timedelta(days=10)
#: How far an interpolated day may be off: between near anchors (470 real pages: one day at most), and elsewhere.
_SURE, _UNSURE = datetime.timedelta(days=5), datetime.timedelta(days=120)
#: A text is out at most so long after the day it opens with.
_DELAY = datetime.timedelta(days=45)

_KEY = re.compile(r"t(?:(?P<day>(?:19|20)\d{6})_\d+|(?P<number>\d{1,12}))$")
_CONFERENCE = re.compile(r"press conference|briefing|记者会", re.IGNORECASE)
#: `…'s Remarks on August 6, 2019`: what a conference is called in the weeks without one (2019-08, 2020-08).
_REMARKS_ON = re.compile(r"\bremarks (?:on|of)\s*$", re.IGNORECASE)
_QUESTION = re.compile(r"(?:Q|Question|问)\s*[:：]")
#: A date opens a paragraph when nothing but this stands before it: `On the afternoon of`, `(Beijing, `, `当地时间`.
_BEFORE_OPENING_DATE = re.compile(
    r"[(（\"“]?(?:(?:on|in|at)\s+)?(?:the\s+)?"
    r"(?:(?:early |late )?(?:morning|noon|afternoon|evening|night)\s+(?:of\s+)?)?"
    r"(?:local time\s*+(?:,\s*+)?(?:on\s+)?)?|"
    r"[(（]?(?:[A-Z][\w'’.-]+(?: [A-Z][\w'’.-]+){0,3},\s*){1,2}|(?:当地时间|北京时间|[(（])?",
    re.IGNORECASE,
)
_LONGEST_OPENING = 80


@dataclass(frozen=True, slots=True)
class DocumentKey:
    """What the last part of a document's id says: an old number, or the day in a new one."""

    number: int | None
    day: datetime.date | None

    @classmethod
    def of(cls, name: str) -> DocumentKey:
        """From an id (`missions:no/t20221029_10794068`) or a URL path without its suffix."""
        found = _KEY.search(name)
        if found is None:
            return cls(None, None)
        if found["number"]:
            return cls(int(found["number"]), None)
        try:
            return cls(None, datetime.datetime.strptime(found["day"], "%Y%m%d").date())
        except ValueError:
            return cls(None, None)

    @property
    def posting_day(self) -> datetime.date | None:
        """The day in the number, null where it is the day of an import."""
        return None if self.day in IMPORT_DAYS else self.day

    @property
    def expected(self) -> tuple[datetime.date, datetime.timedelta] | None:
        """About when the text was published, and how far that may be off."""
        if self.number is not None:
            return _expected_of_number(self.number)
        day = self.posting_day
        return (day, _SURE) if day else None


def published(page: Page, identity: Identity, reading: Reading) -> Published | None:
    """The publication date of a document, by the order of trust."""
    key = DocumentKey.of(identity.id)
    shown = _dated(reading.date)
    if (title := title_moment(reading.headline)) is not None:
        if shown is not None and (shown.month, shown.day) == (title.month, title.day):
            return Published.of(shown.without_midnight(), "page")
        if (from_title := in_inferred_year(title, key)) is not None:
            return from_title
    if shown is not None:
        return Published.of(shown.without_midnight(), "page")
    if (meta := _dated(page.meta("PubDate") or page.meta("publishdate"))) is not None:
        return Published.of(meta.without_midnight(), "meta")
    return _opening_date(reading.paragraphs, key) or from_key(key)


def title_moment(headline: str) -> Moment | None:
    """The day a press conference's title names, with or without a year; null for other titles, whose dates may be those
    of what they are about."""
    found = list(moments(headline))
    if not found:
        return None
    if _CONFERENCE.search(headline):
        return found[-1].without_time()
    before = headline[: headline.find(found[-1].raw)]
    return found[-1].without_time() if _REMARKS_ON.search(before) else None


def in_inferred_year(moment: Moment, key: DocumentKey) -> Published | None:
    """A title's day. A missing year is the one that brings the day nearest to what the document number says."""
    if moment.year is not None:
        return Published.of(moment, "title")
    expected = key.expected
    inferred = _nearest(moment, expected[0], _UNSURE) if expected else None
    return Published.of(inferred, "title", estimated=True) if inferred else None


def from_key(key: DocumentKey) -> Published | None:
    """The day in the URL; else the day on which the neighbours of an old number were published. Between two weekly
    neighbours the days pass as the numbers do, rounded down: exact for three of four real pages, else a day off."""
    if key.day is not None:
        day = key.posting_day
        return Published(day.isoformat(), "day", "url", f"{day:%Y%m%d}") if day else None
    if key.number is None:
        return None
    expected = _expected_of_number(key.number)
    if expected is None or expected[1] > _SURE:
        return None
    return Published(expected[0].isoformat(), "estimated", "document-number", f"t{key.number}")


def _dated(words: str | None) -> Moment | None:
    """The first date in `words`; null where it has no year."""
    moment = first_moment(words) if words else None
    return moment if moment is not None and moment.year is not None else None


def _opening_date(paragraphs: Sequence[str], key: DocumentKey) -> Published | None:
    """The date that opens one of the first paragraphs, if the document's number or URL allows it."""
    expected = key.expected
    for moment in _opening_moments(paragraphs[:3]):
        if expected is None:
            if moment.year is not None:
                return Published.of(moment.without_time(), "body")
            continue
        day, slack = expected
        inferred = moment if moment.year is not None else _nearest(moment, day, slack + _DELAY)
        if inferred is None or inferred.date is None or not day - slack - _DELAY <= inferred.date <= day + slack:
            continue
        if moment.year is not None:
            return Published.of(moment.without_time(), "body")
        # A day of the URL is better than a year inferred from it.
        return from_key(key) if key.day else Published.of(inferred, "body", estimated=True)
    return None


def _opening_moments(paragraphs: Iterable[str]) -> Iterator[Moment]:
    for paragraph in paragraphs:
        if _QUESTION.match(paragraph):
            return
        opening = paragraph[:_LONGEST_OPENING]
        for moment in moments(opening):
            if _BEFORE_OPENING_DATE.fullmatch(opening[: opening.find(moment.raw)]):
                yield moment
            break


def _nearest(moment: Moment, day: datetime.date, slack: datetime.timedelta) -> Moment | None:
    """The moment in the year that brings it nearest to `day`; null where that is farther away than `slack`."""
    candidates = [moment.in_year(year) for year in (day.year - 1, day.year, day.year + 1)]
    dated = [(abs(found.date - day), found) for found in candidates if found is not None and found.date is not None]
    if not dated:  # 29 February, and none of the years is a leap year
        return None
    distance, nearest = min(dated, key=lambda pair: pair[0])
    return nearest if distance <= slack else None


def _expected_of_number(number: int) -> tuple[datetime.date, datetime.timedelta] | None:
    """The day an old number was given out, and how far that may be off; null outside of the table's reach."""
    if not _NUMBERS[0] <= number <= _LAST_OLD_NUMBER:
        return None
    after = bisect_right(_NUMBERS, number)
    if after == len(_NUMBERS):
        if number == _NUMBERS[-1]:
            return _DAYS[-1], _SURE
        # The pace of the last year of the table.
        first, last = after - 53, after - 1
    else:
        first, last = after - 1, after
    span = _DAYS[last] - _DAYS[first]
    passed = (number - _NUMBERS[first]) / (_NUMBERS[last] - _NUMBERS[first])
    day = _DAYS[first] + datetime.timedelta(days=int(passed * span.days))
    return day, _SURE if span <= _NEAR and after < len(_NUMBERS) else _UNSURE

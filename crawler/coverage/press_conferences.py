"""Regular press conferences of the Ministry of Foreign Affairs: days that should have one and have none.

The ministry held one each Tuesday and Thursday from 1995, and one each day from Monday to Friday since 2011-09-01, but
for public holidays and two weeks of summer (its notices; China Daily 2011-09-01, Beijing Daily 2019-08). None of the
eight Saturdays and Sundays worked in exchange in 2019-03 to 2020-07 has one (A), so they are not expected to.
Conferences are also left out on days of other events (A: 2020-05-28, when the National People's Congress closed).
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from crawler.coverage.documents import Document
from crawler.coverage.working_days import has_calendar, is_spring_festival, is_working_weekday

#: The one source whose press conferences are expected. Missions carry some of them, as they like.
SOURCE = "mfa"
#: A for all: "Daily Briefing Online", 网上例行记者会 in 2020-02. The section holds remarks too.
_TITLE = re.compile(r"Regular\s+Press\s+Conf|Daily\s+Briefing\s+Online|例行记者会", re.IGNORECASE)
#: A: what stood in the section on days without a conference, the ten of the recess of 2019 and two others of that year.
_REMARKS_OF_A_DAY = re.compile(
    r"\bRemarks\s+on\s+(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?\s+\d", re.IGNORECASE
)
#: Notices that there will be none.
_NOTICE = re.compile(r"Adjournment|Adjourned|Recess|休会|暂停", re.IGNORECASE)

#: The first full year of two conferences a week; before, nothing is expected.
_FIRST_DAY = datetime.date(1996, 1, 1)
_DAILY_SINCE = datetime.date(2011, 9, 1)
_TUESDAY_AND_THURSDAY = (1, 3)

#: Summers whose recess the ministry announced, first and last day; 2020 had none (Global Times 2020-08-12).
RECESSES = {
    2018: (datetime.date(2018, 8, 6), datetime.date(2018, 8, 17)),
    2019: (datetime.date(2019, 8, 5), datetime.date(2019, 8, 16)),
    2020: None,
    2021: (datetime.date(2021, 8, 2), datetime.date(2021, 8, 13)),
    2023: (datetime.date(2023, 7, 31), datetime.date(2023, 8, 11)),
}
#: Of other summers, what looks like a recess: so many days on end, in this season, and hardly any conference missing
#: among the expected ones on both sides.
_SHORTEST_RECESS = datetime.timedelta(days=7 - 1)
_LONGEST_RECESS = datetime.timedelta(days=21 - 1)
_SUMMER = ((7, 15), (8, 31))
_BESIDE_FESTIVAL = 3
_SIDE = 10
_MOSTLY = 0.7

Kind = Literal["missing", "recess"]


@dataclass(frozen=True, slots=True)
class Stretch:
    """`days` expected press conferences on end that are not known, the first and the last on these days.

    `recess` where the ministry announced one (`is_announced`), or where it looks like one. On `remarks` of the days,
    the spokesperson's remarks of the day are known, which stood in the place of a conference (English only).
    """

    first: datetime.date
    last: datetime.date
    days: int
    kind: Kind
    is_announced: bool
    remarks: int


@dataclass(frozen=True, slots=True)
class YearCount:
    """Of a year: days with an expected press conference, those that have one, and those in a recess."""

    year: int
    expected: int
    known: int
    recess: int


@dataclass(frozen=True, slots=True)
class PressConferences:
    """Those of one language, on the expected days from `first` to `last`.

    `documents` are all that were met, `inexact` those of them without an exact day, which count for no day.
    `without_calendar` are years whose public holidays are not known: their holidays may seem missing.
    """

    in_language: str
    first: datetime.date
    last: datetime.date
    documents: int
    inexact: int
    years: list[YearCount]
    stretches: list[Stretch]
    without_calendar: list[int]


class Conferences:
    """Remembers the days with a press conference, language by language."""

    def __init__(self) -> None:
        self._days: dict[str, set[datetime.date]] = {}
        self._remarks: dict[str, set[datetime.date]] = {}
        self._documents: dict[str, int] = {}
        self._inexact: dict[str, int] = {}

    def add(self, document: Document) -> None:
        """A document that is no press conference is not counted; remarks of a day are remembered."""
        language = document.in_language
        if not is_press_conference(document.headline):
            if document.day is not None and _REMARKS_OF_A_DAY.search(document.headline):
                self._remarks.setdefault(language, set()).add(document.day)
            return
        self._documents[language] = self._documents.get(language, 0) + 1
        if document.day is None or document.is_estimated:
            self._inexact[language] = self._inexact.get(language, 0) + 1
        else:
            self._days.setdefault(language, set()).add(document.day)

    def reckoned(
        self, since: datetime.date | None, until: datetime.date | None, today: datetime.date
    ) -> list[PressConferences]:
        """What is missing from `since` to `until`, both included; without them, from the first known one, and to the
        last. Nothing is expected of days after `today` (a Beijing day), nor of today while it has none."""
        reckoned = []
        for language, days in sorted(self._days.items()):
            first = max(since or min(days), _FIRST_DAY)
            last = min(until or max(days), today if today in days else today - datetime.timedelta(days=1))
            expected = list(_expected(first, last))
            stretches = list(_stretches(expected, days, self._remarks.get(language, set())))
            reckoned.append(
                PressConferences(
                    in_language=language,
                    first=first,
                    last=last,
                    documents=self._documents[language],
                    inexact=self._inexact.get(language, 0),
                    years=_by_year(expected, days, stretches),
                    stretches=stretches,
                    without_calendar=[year for year in range(first.year, last.year + 1) if not has_calendar(year)],
                )
            )
        return reckoned


def is_press_conference(headline: str) -> bool:
    """Whether a headline is that of a regular press conference, in English or Chinese."""
    return _TITLE.search(headline) is not None and not _NOTICE.search(headline)


def _expected(first: datetime.date, last: datetime.date) -> Iterator[datetime.date]:
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = datetime.date.fromordinal(ordinal)
        if is_working_weekday(day) and (day >= _DAILY_SINCE or day.weekday() in _TUESDAY_AND_THURSDAY):
            yield day


def _stretches(
    expected: Sequence[datetime.date], known: set[datetime.date], remarks: set[datetime.date]
) -> Iterator[Stretch]:
    """Expected days on end without a conference; an announced recess is a stretch of its own."""
    place = 0
    for (is_known, is_announced), group in groupby(expected, lambda day: (day in known, _is_announced(day))):
        days = list(group)
        if not is_known:
            before = expected[max(0, place - _SIDE) : place]
            after = expected[place + len(days) : place + len(days) + _SIDE]
            is_recess = is_announced or (
                _looks_like_recess(days[0], days[-1]) and _mostly(before, known) and _mostly(after, known)
            )
            yield Stretch(
                first=days[0],
                last=days[-1],
                days=len(days),
                kind="recess" if is_recess else "missing",
                is_announced=is_announced,
                remarks=len(remarks.intersection(days)),
            )
        place += len(days)


def _is_announced(day: datetime.date) -> bool:
    recess = RECESSES.get(day.year)
    return recess is not None and recess[0] <= day <= recess[1]


def _looks_like_recess(first: datetime.date, last: datetime.date) -> bool:
    if not _SHORTEST_RECESS <= last - first <= _LONGEST_RECESS:
        return False
    is_summer = _SUMMER[0] <= (first.month, first.day) and (last.month, last.day) <= _SUMMER[1]
    return (is_summer and first.year not in RECESSES) or _is_beside_festival(first, last)


def _is_beside_festival(first: datetime.date, last: datetime.date) -> bool:
    distances = [datetime.timedelta(days=number) for number in range(1, _BESIDE_FESTIVAL + 1)]
    return any(is_spring_festival(day) for gap in distances for day in (first - gap, last + gap))


def _mostly(days: Sequence[datetime.date], known: set[datetime.date]) -> bool:
    return len(days) >= _SIDE / 2 and sum(day in known for day in days) >= _MOSTLY * len(days)


def _by_year(
    expected: Sequence[datetime.date], known: set[datetime.date], stretches: Sequence[Stretch]
) -> list[YearCount]:
    recess = [one for one in stretches if one.kind == "recess"]
    years = []
    for year, group in groupby(expected, lambda day: day.year):
        days = list(group)
        away = sum(any(one.first <= day <= one.last for one in recess) for day in days)
        years.append(YearCount(year, len(days), sum(day in known for day in days), away))
    return years

"""Dates as these sites print them, and how far each can be trusted.

All visible times are Beijing time, UTC+8 (SOURCES.md: seen on all sites). A date goes into an Article as
`2022-10-28T08:53:00+08:00`, or as `2019-10-02` where the time of day is not known.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from crawler.items import DateOrigin, DatePrecision

BEIJING = datetime.timezone(datetime.timedelta(hours=8))

_MONTH_NAMES = "january february march april may june july august september october november december".split()
MONTHS = {name[:3]: number for number, name in enumerate(_MONTH_NAMES, 1)}
#: `Jan`, `Jan.` or `January`; `Sept.` too.
_MONTH = "(?P<{0}>" + "|".join(rf"{name[:3]}(?:{name[3:]}|t?\.?)" for name in _MONTH_NAMES) + ")"
_DAY = r"(?P<{0}>[12]\d|3[01]|0?[1-9])"
_YEAR = r"(?P<{0}>(?:19|20)\d\d)"
_CLOCK = r"(?P<hour>[01]?\d|2[0-3])[:：](?P<minute>[0-5]\d)(?:[:：](?P<second>[0-5]\d))?(?!\d)"
#: In the order of preference where two begin at the same place. Where none can begin, none of them is tried.
_DATE = re.compile(
    r"(?=[\djfmasond])(?:"
    + "|".join(
        (
            # 2022-10-27, 2020/07/27, 2020.07.27, 2020年7月3日
            rf"(?<!\d){_YEAR.format('y1')}\s?[-/.年]\s?(?P<m1>1[0-2]|0?[1-9])\s?[-/.月]\s?{_DAY.format('d1')}(?!\d)日?",
            # July 3, 2020; November 9 2006; September 12,2014; Sept. 30; July 3rd, 2020
            rf"\b{_MONTH.format('m2')}\s*{_DAY.format('d2')}(?:st|nd|rd|th)?(?!\d|:)"
            rf"(?:\s*+(?:[,，]\s*+)?{_YEAR.format('y2')}(?!\d))?",
            # 23 November 2006; 23rd November
            rf"(?<![\d:]){_DAY.format('d3')}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH.format('m3')}\b"
            rf"(?:\s*+(?:[,，]\s*+)?{_YEAR.format('y3')}(?!\d))?",
            # 7月3日
            rf"(?<![\d年])(?P<m4>1[0-2]|0?[1-9])月{_DAY.format('d4')}日",
        )
    )
    + ")",
    re.IGNORECASE,
)
_TIME_AFTER = re.compile(rf"[\s,，T]*{_CLOCK}")
#: `08:53 UTC+8, 2022-10-28`
_TIME_BEFORE = re.compile(
    rf"(?<![\d:]){_CLOCK}\s*+(?:(?:UTC\+8|GMT\+8|BJT|Beijing Time)\s*+)?(?:[,，]\s*+)?$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A date as printed: the year null where it is not, the time of day null likewise. `raw` holds the words."""

    year: int | None
    month: int
    day: int
    hour: int | None
    minute: int | None
    second: int | None
    raw: str

    @property
    def date(self) -> datetime.date | None:
        """The Beijing day, null where the year is missing."""
        return None if self.year is None else datetime.date(self.year, self.month, self.day)

    def in_year(self, year: int) -> Moment | None:
        """The same with this year; null where that year has no such day."""
        return replace(self, year=year) if _is_day(year, self.month, self.day) else None

    def without_time(self) -> Moment:
        """The same day, time of day unknown."""
        return replace(self, hour=None, minute=None, second=None)

    def without_midnight(self) -> Moment:
        """The same, but 00:00 means that the time of day is unknown, as it does on TRS pages."""
        return self.without_time() if self.hour == 0 and self.minute == 0 and not self.second else self


@dataclass(frozen=True, slots=True)
class Published:
    """A publication date with how it is known. `value` is ISO 8601, with offset where it has a time."""

    value: str
    precision: DatePrecision
    origin: DateOrigin
    raw: str

    @classmethod
    def of(cls, moment: Moment, origin: DateOrigin, *, estimated: bool = False) -> Published:
        """From a moment that has a year. `estimated` says that something of it was inferred, not read."""
        day = moment.date
        if day is None:
            raise ValueError(f"no year in {moment.raw!r}")
        if estimated:
            return cls(day.isoformat(), "estimated", origin, moment.raw)
        if moment.hour is None or moment.minute is None:
            return cls(day.isoformat(), "day", origin, moment.raw)
        time = datetime.time(moment.hour, moment.minute, moment.second or 0, tzinfo=BEIJING)
        value = datetime.datetime.combine(day, time).isoformat()
        return cls(value, "minute" if moment.second is None else "second", origin, moment.raw)

    @property
    def day(self) -> datetime.date:
        """The Beijing day."""
        return datetime.date.fromisoformat(self.value[:10])


def moments(text: str) -> Iterator[Moment]:
    """Every date in `text`, in order, impossible ones (31 June) left out."""
    for match in _DATE.finditer(text):
        if (moment := _moment(text, match)) is not None:
            yield moment


def first_moment(text: str) -> Moment | None:
    """The first date in `text` that has a year; else the first without; else null."""
    without_year: Moment | None = None
    for moment in moments(text):
        if moment.year is not None:
            return moment
        without_year = without_year or moment
    return without_year


def from_iso(value: str) -> Moment | None:
    """A machine-readable date (meta tags): `2016-02-09T19:16:43Z`, `2024-03-23 16:50`. The offset is not read,
    since these sites write Beijing time and `Z` behind it (Xinhua: 340 of 340)."""
    return first_moment(value)


def beijing_day(instant: datetime.datetime) -> datetime.date:
    """The Beijing day of an aware instant."""
    return instant.astimezone(BEIJING).date()


def _moment(text: str, match: re.Match[str]) -> Moment | None:
    found = match.groupdict()
    form = next(number for number in "1234" if found[f"d{number}"])
    month_name = found[f"m{form}"]
    month = int(month_name) if month_name.isdigit() else MONTHS[month_name[:3].lower()]
    year_digits = found.get(f"y{form}")
    year = int(year_digits) if year_digits else None
    day = int(found[f"d{form}"])
    # 2000 was a leap year: without a year, 29 February may be right.
    if not _is_day(year or 2000, month, day):
        return None
    clock = _TIME_AFTER.match(text, match.end())
    start, end = match.start(), clock.end() if clock else match.end()
    if clock is None and (clock := _TIME_BEFORE.search(text, max(0, start - 40), start)):
        start = clock.start()
    hour, minute, second = (int(part) if part else None for part in clock.groups()) if clock else (None, None, None)
    return Moment(year, month, day, hour, minute, second, text[start:end].strip())


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        datetime.date(year, month, day)
    except ValueError:
        return False
    return True

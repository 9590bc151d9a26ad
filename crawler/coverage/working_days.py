"""Working days in China: Monday to Friday but for public holidays, with the swapped days the State Council decrees."""

from __future__ import annotations

import datetime

from chinese_calendar import Holiday, get_holiday_detail, is_workday
from chinese_calendar.constants import holidays

_FRIDAY = 4
#: The library knows the decrees of these years; it has a release for each new one, in November.
FIRST_YEAR: int = min(holidays).year
LAST_YEAR: int = max(holidays).year


def has_calendar(year: int) -> bool:
    """Whether the public holidays of a year are known; of others, weekdays only."""
    return FIRST_YEAR <= year <= LAST_YEAR


def is_working_weekday(day: datetime.date) -> bool:
    """Whether a day is a working day from Monday to Friday. A Saturday or Sunday worked in exchange is not."""
    return day.weekday() <= _FRIDAY and (not has_calendar(day.year) or bool(is_workday(day)))


def is_spring_festival(day: datetime.date) -> bool:
    """Whether a day belongs to the public holiday of Spring Festival; False for years without a calendar."""
    # A day that is worked in exchange for the holiday has its name too.
    return has_calendar(day.year) and get_holiday_detail(day) == (True, Holiday.spring_festival.value)

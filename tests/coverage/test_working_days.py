"""Working days, as the State Council decreed them."""

from __future__ import annotations

import pytest

from crawler.coverage.working_days import has_calendar, is_spring_festival, is_working_weekday
from tests.coverage.examples import day


@pytest.mark.parametrize(
    ("on", "is_one"),
    [
        ("2019-09-30", True),  # a Monday
        ("2019-10-01", False),  # National Day, a Tuesday
        ("2019-10-07", False),  # the last of its week, a Monday
        ("2019-10-08", True),
        ("2019-10-12", False),  # a Saturday worked in exchange
        ("2020-01-31", False),  # Spring Festival, prolonged that year
        ("2020-02-03", True),
        # No decree is known: weekdays only, even on National Day.
        ("1999-10-01", True),
        ("1999-10-02", False),
    ],
)
def test_working_weekday(on: str, is_one: bool) -> None:
    assert is_working_weekday(day(on)) is is_one


def test_spring_festival() -> None:
    assert is_spring_festival(day("2019-02-05"))
    assert not is_spring_festival(day("2019-10-01"))
    assert not is_spring_festival(day("2017-02-04")), "a Saturday worked in exchange"
    assert not is_spring_festival(day("1999-02-16"))


def test_years_of_the_calendar() -> None:
    assert not has_calendar(2003)
    assert has_calendar(2004)
    assert has_calendar(2026)

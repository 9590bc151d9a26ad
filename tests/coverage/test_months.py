"""Documents by month and section."""

from __future__ import annotations

from crawler.coverage.months import Months, PeriodCount, ThinMonths
from tests.coverage.examples import document


def counted(*counts: tuple[str, int, str]) -> Months:
    months = Months()
    for month, count, section in counts:
        for _ in range(count):
            months.add(document(on=f"{month}-08", section=section))
    return months


def test_periods() -> None:
    months = Months()
    for on, section, found in (
        ("2019-12-31", "Speeches", "live"),
        ("2019-12-01", "Speeches", "wayback"),
        ("2019-11-30", "Top Stories", "live"),
        ("2020-01-01", "Speeches", "live"),
        (None, "Speeches", "live"),
    ):
        months.add(document(on=on, section=section, found=found))
    assert months.periods("year") == [
        PeriodCount("2019", "Speeches", 2, {"live": 1, "wayback": 1}),
        PeriodCount("2019", "Top Stories", 1, {"live": 1}),
        PeriodCount("2020", "Speeches", 1, {"live": 1}),
    ]
    assert [(one.period, one.documents) for one in months.periods("month")] == [
        ("2019-11", 1),
        ("2019-12", 2),
        ("2020-01", 1),
    ]


def test_a_thin_section_in_a_full_source() -> None:
    full = [(f"2019-{month:02}", 9, "Top Stories") for month in range(1, 13)]
    thin = [(f"2019-{month:02}", 1 if month in (5, 6) else 6, "Speeches") for month in range(1, 13)]
    assert counted(*full, *thin).thin() == [ThinMonths("Speeches", "2019-05", "2019-06", 2, 6)]


def test_an_empty_month() -> None:
    months = counted(*((f"2019-{month:02}", 7, "Speeches") for month in (10, 11, 12)), ("2020-02", 7, "Speeches"))
    # One section is the whole source: said once.
    assert months.thin() == [ThinMonths(None, "2020-01", "2020-01", 0, 7)]


def test_nothing() -> None:
    assert Months().thin() == []
    assert Months().periods("year") == []

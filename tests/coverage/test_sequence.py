"""The network's sequence of document numbers."""

from __future__ import annotations

from collections.abc import Iterable

from crawler.coverage.sequence import Known, NumberGap, Numbers, NumberSequence, Range
from tests.coverage.examples import day, document


def sequence(numbers: Iterable[int]) -> NumberSequence | None:
    """Documents with these numbers, one a day for each thousand from 1,500,000 = 2017-01-01."""
    counted = Numbers()
    for number in numbers:
        counted.add(document(number, f"2017-01-{(number - 1_500_000) // 1000 + 1:02}"))
    return counted.sequence()


def test_a_gap_with_the_days_around_it() -> None:
    # Every fortieth number of 12,000, but for 1,504,000 to 1,505,999, of which one is known.
    numbers = [number for number in range(1_500_000, 1_512_000, 40) if not 1_504_000 <= number < 1_506_000]
    found = sequence([*numbers, 1_505_001])
    assert found is not None
    assert (found.first, found.last, found.known) == (1_500_000, 1_511_960, 251)
    assert found.width == 1000
    assert found.ranges[0] == Range(
        1_500_000, 1_500_999, 25, Known(1_500_000, day("2017-01-01")), Known(1_500_960, day("2017-01-01"))
    )
    assert len(found.ranges) == 12
    assert found.gaps == [
        NumberGap(1_504_000, 1_505_999, 1, 50, Known(1_503_960, day("2017-01-04")), Known(1_506_000, day("2017-01-07")))
    ]


def test_single_numbers_that_miss_say_nothing() -> None:
    found = sequence(number for number in range(1_500_000, 1_512_000, 40) if number % 1000 != 0)
    assert found is not None
    assert found.gaps == []


def test_stretches_widen_with_the_distance() -> None:
    found = sequence(range(1_500_000, 1_530_000, 400))
    assert found is not None
    assert found.width == 10_000
    assert [one.known for one in found.ranges] == [25, 25, 25]


def test_too_few_to_compare() -> None:
    found = sequence([1_500_000, 1_529_999])
    assert found == NumberSequence(1_500_000, 1_529_999, 2, None, [], [])


def test_one_number_under_several_posts_is_one_release() -> None:
    numbers = Numbers()
    for name in ("missions:no/t1706373", "missions:cebu/t1706373", "missions:cebu/t1706374"):
        numbers.add(document(id=name))
    found = numbers.sequence()
    assert found is not None
    assert found.known == 2


def test_names_that_are_no_numbers_of_the_sequence() -> None:
    numbers = Numbers()
    for name in ("mfa:t20221029_10794068", "xinhua:c_135348820", "shine:2210281963", "mfa:t20221029", "ecns:301274"):
        numbers.add(document(id=name))
    assert numbers.sequence() is None


def test_an_estimated_day_is_none() -> None:
    numbers = Numbers()
    for number in range(1_500_000, 1_502_000, 40):
        numbers.add(document(number, is_estimated=number == 1_500_000))
    found = numbers.sequence()
    assert found is not None
    assert found.ranges[0].lowest == Known(1_500_040, day("2019-10-08"))

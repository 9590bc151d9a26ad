"""What is far below its neighbours."""

from __future__ import annotations

import pytest

from crawler.coverage.thin import Thin, thin


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([], []),
        ([9, 9, 9, 9], []),
        # The median around is 9, a third of it 3: two are fewer, three are not.
        ([9, 9, 9, 2, 9, 9, 9], [Thin(3, 3, 2, 9)]),
        ([9, 9, 9, 3, 9, 9, 9], []),
        # Where four are usual, none may be chance.
        ([4, 4, 4, 0, 4, 4, 4], []),
        ([5, 5, 5, 0, 5, 5, 5], [Thin(3, 3, 0, 5)]),
        # The series begins and ends in the middle of something.
        ([1, 9, 9, 9, 9, 1], []),
        # The middle of a long hole is judged by its edges, the outlier does not count.
        ([9, 8, 9, *[0] * 12, 9, 90, 8], [Thin(3, 14, 0, 9)]),
        ([9, 9, 9, 1, 0, 2, 9, 9, 9], [Thin(3, 5, 3, 9)]),
        ([9, 9, 9, 1, 9, 9, 0, 9, 9], [Thin(3, 3, 1, 9), Thin(6, 6, 0, 9)]),
        # Few neighbours are better than none.
        ([9, 0, 9], [Thin(1, 1, 0, 9)]),
        # A slow growth is no gap.
        ([1, 2, 3, 5, 8, 13, 21, 34], []),
    ],
)
def test_thin(counts: list[int], expected: list[Thin]) -> None:
    assert thin(counts) == expected


def test_long_series() -> None:
    counts = [20] * 3 + [0] * 200_000 + [20] * 3
    assert thin(counts) == [Thin(3, 200_002, 0, 20)]

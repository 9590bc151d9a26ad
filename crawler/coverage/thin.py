"""Where a series of counts falls far below what is usual around it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

#: So many places that hold anything are looked at, on each side.
NEIGHBOURS = 3
#: Less than this share of their median is far below.
SHARE = 1 / 3
#: Where less than this is usual, nothing is said: chance does as much.
ENOUGH = 5


@dataclass(frozen=True, slots=True)
class Thin:
    """Places `first` to `last` of a series, which hold `count` together, where `usual` each would be usual."""

    first: int
    last: int
    count: int
    usual: float


def thin(counts: Sequence[int]) -> list[Thin]:
    """Stretches of places that hold less than a third of the median of the six nearest places that hold anything,
    three on each side, where that median is 5 or more.

    Empty places are no neighbours, so that the middle of a long hole is judged by its edges. The first and the last
    place are never judged: there the series begins and ends. After a sharp fall that lasts, the first place that is
    lower may be told of though nothing is missing.
    """
    filled = [place for place, count in enumerate(counts) if count]
    found: list[Thin] = []
    for place in range(1, len(counts) - 1):
        usual = _usual(counts, filled, place)
        if usual < ENOUGH or counts[place] >= usual * SHARE:
            continue
        if found and found[-1].last == place - 1:
            earlier = found.pop()
            found.append(Thin(earlier.first, place, earlier.count + counts[place], max(earlier.usual, usual)))
        else:
            found.append(Thin(place, place, counts[place], usual))
    return found


def _usual(counts: Sequence[int], filled: Sequence[int], place: int) -> float:
    """`filled` are the places that hold anything."""
    below = bisect_left(filled, place)
    above = bisect_right(filled, place)
    around = [*filled[max(0, below - NEIGHBOURS) : below], *filled[above : above + NEIGHBOURS]]
    return median(counts[one] for one in around) if around else 0

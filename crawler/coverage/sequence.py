"""The sequence of document numbers that the network of the Ministry of Foreign Affairs shared until 2021.

Old-style names, `t1558711`, are one sequence over all hosts and languages (SOURCES: 16 of 17 checked, grade A), so most
numbers are other publications, and single missing ones say nothing. What says something is a stretch of numbers with
far fewer known documents than the stretches around it.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

from crawler.coverage.documents import Document
from crawler.coverage.thin import thin

#: A number in a document's id; a new-style name holds a date and an underscore. The highest seen are below 2,000,000.
_NUMBER = re.compile(r"\w+:(?:.*/)?t(\d{2,7})")
_MOST = 10**7
#: Numbers are counted in cells of so many.
_CELL = 1000
#: How wide a stretch may be, in numbers, and how many known documents it should hold on average to be judged.
WIDTHS = (1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000)
TYPICAL = 20


@dataclass(frozen=True, slots=True)
class Known:
    """The number of a known document, and its Beijing day."""

    number: int
    day: datetime.date


@dataclass(frozen=True, slots=True)
class Range:
    """`known` documents among the numbers `first` to `last`. `lowest` and `highest` are those of them with the lowest
    and the highest number that have a day; null where there is none."""

    first: int
    last: int
    known: int
    lowest: Known | None
    highest: Known | None


@dataclass(frozen=True, slots=True)
class NumberGap:
    """Few known documents, `known`, among the numbers `first` to `last`, where about `usual` would be.

    `before` and `after` are the nearest known documents below and above that have a day.
    """

    first: int
    last: int
    known: int
    usual: int
    before: Known | None
    after: Known | None


@dataclass(frozen=True, slots=True)
class NumberSequence:
    """The numbers `first` to `last`, of which `known` are of known documents.

    `ranges` are the stretches of `width` numbers that were compared, those without a known document too. Where
    documents are too few to compare stretches, `width` is null, and there are neither ranges nor gaps.
    """

    first: int
    last: int
    known: int
    width: int | None
    ranges: list[Range]
    gaps: list[NumberGap]


@dataclass(slots=True)
class _Cell:
    known: int = 0
    lowest: Known | None = None
    highest: Known | None = None

    def add(self, number: int, day: datetime.date | None) -> None:
        self.known += 1
        if day is None:
            return
        known = Known(number, day)
        if self.lowest is None or number < self.lowest.number:
            self.lowest = known
        if self.highest is None or number > self.highest.number:
            self.highest = known


class Numbers:
    """Counts the old-style numbers of documents, each number once: under several posts it is one release.

    Takes at most a bit a number and a cell a thousand numbers, whatever the record's size.
    """

    def __init__(self) -> None:
        self._met = bytearray(_MOST // 8)
        self._cells: dict[int, _Cell] = {}
        self._first = _MOST
        self._last = 0

    def add(self, document: Document) -> None:
        """A document with another name is not counted. An estimated day is none."""
        found = _NUMBER.fullmatch(document.id)
        if found is None:
            return
        number = int(found[1])
        byte, bit = number // 8, 1 << number % 8
        if self._met[byte] & bit:
            return
        self._met[byte] |= bit
        self._first, self._last = min(self._first, number), max(self._last, number)
        self._cells.setdefault(number // _CELL, _Cell()).add(number, None if document.is_estimated else document.day)

    def sequence(self) -> NumberSequence | None:
        """Null where no document has such a number."""
        known = sum(cell.known for cell in self._cells.values())
        if not known:
            return None
        width = self._width(known)
        if width is None:
            return NumberSequence(self._first, self._last, known, None, [], [])
        ranges = self._ranges(width)
        return NumberSequence(self._first, self._last, known, width, ranges, _gaps(ranges))

    def _width(self, known: int) -> int | None:
        """The narrowest stretch that holds enough documents on average."""
        numbers = self._last - self._first + 1
        return next((width for width in WIDTHS if numbers > width and known * width >= TYPICAL * numbers), None)

    def _ranges(self, width: int) -> list[Range]:
        return [self._range(first, width) for first in range(self._first // width * width, self._last + 1, width)]

    def _range(self, first: int, width: int) -> Range:
        numbers = range(first // _CELL, (first + width) // _CELL)
        cells = [self._cells[number] for number in numbers if number in self._cells]
        lowest = next((cell.lowest for cell in cells if cell.lowest), None)
        highest = next((cell.highest for cell in reversed(cells) if cell.highest), None)
        return Range(first, first + width - 1, sum(cell.known for cell in cells), lowest, highest)


def _gaps(ranges: list[Range]) -> list[NumberGap]:
    gaps = []
    for one in thin([each.known for each in ranges]):
        before = next((each.highest for each in reversed(ranges[: one.first]) if each.highest), None)
        after = next((each.lowest for each in ranges[one.last + 1 :] if each.lowest), None)
        usual = round(one.usual * (one.last - one.first + 1))
        gaps.append(NumberGap(ranges[one.first].first, ranges[one.last].last, one.count, usual, before, after))
    return gaps

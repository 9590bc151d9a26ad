"""Documents by month, section and how they were found; months far below their neighbours."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from crawler.coverage.documents import Document
from crawler.coverage.thin import thin

Period = Literal["year", "month"]
#: Letters of a day that name its period.
_LETTERS: Mapping[Period, int] = {"year": len("2022"), "month": len("2022-10")}


@dataclass(frozen=True, slots=True)
class PeriodCount:
    """The documents of a section in a period, `2022` or `2022-10`; `found` says how many came which way."""

    period: str
    section: str
    documents: int
    found: dict[str, int]


@dataclass(frozen=True, slots=True)
class ThinMonths:
    """Months `first` to `last` (`2022-10`) with far fewer documents than the months around, where about `usual` a month
    are known. A null `section` is the whole source."""

    section: str | None
    first: str
    last: str
    documents: int
    usual: float


class Months:
    """Counts documents that have a day."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, str]] = Counter()

    def add(self, document: Document) -> None:
        """Raises nothing; a document without a day is not counted."""
        if document.day is not None:
            self._counts[document.day.isoformat()[: _LETTERS["month"]], document.section, document.found] += 1

    def periods(self, by: Period) -> list[PeriodCount]:
        """In the order of time, then of sections."""
        found: dict[tuple[str, str], Counter[str]] = {}
        for (month, section, way), count in self._counts.items():
            found.setdefault((month[: _LETTERS[by]], section), Counter())[way] += count
        return [
            PeriodCount(period, section, ways.total(), dict(sorted(ways.items())))
            for (period, section), ways in sorted(found.items())
        ]

    def thin(self) -> list[ThinMonths]:
        """Of the whole source, then of each section, where there is more than one."""
        sections = sorted({section for _, section, _ in self._counts})
        return list(self._thin(None)) + [
            one for section in sections if len(sections) > 1 for one in self._thin(section)
        ]

    def _thin(self, section: str | None) -> Iterator[ThinMonths]:
        counts: Counter[str] = Counter()
        for (month, name, _), count in self._counts.items():
            if section in (None, name):
                counts[month] += count
        if not counts:
            return
        months = list(_months(min(counts), max(counts)))
        for one in thin([counts[month] for month in months]):
            yield ThinMonths(section, months[one.first], months[one.last], one.count, one.usual)


def _months(first: str, last: str) -> Iterator[str]:
    day = datetime.date.fromisoformat(f"{first}-01")
    while (month := day.isoformat()[: _LETTERS["month"]]) < last:
        yield month
        day = (day + datetime.timedelta(days=31)).replace(day=1)
    yield last

"""Everything coverage tells of a source, reckoned in one pass over its documents."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from crawler.coverage import press_conferences
from crawler.coverage.documents import Document
from crawler.coverage.months import Months, Period, PeriodCount, ThinMonths
from crawler.coverage.press_conferences import Conferences, PressConferences
from crawler.coverage.sequence import Numbers, NumberSequence


@dataclass(frozen=True, slots=True)
class Coverage:
    """What is known of a source, and where something may be missing.

    `documents` are all, `undated` those of them in no period. `sequence` is null for a source without numbers of the
    network; `press_conferences` is empty for a source that is not expected to have them, or has none.
    """

    source: str
    by: Period
    since: datetime.date | None
    until: datetime.date | None
    sections: list[str]
    documents: int
    undated: int
    periods: list[PeriodCount]
    thin_months: list[ThinMonths]
    sequence: NumberSequence | None
    press_conferences: list[PressConferences]


class Reckoning:
    """Add every document once, in any order. Memory grows with months, sections and days, not with documents."""

    def __init__(self) -> None:
        self.documents = 0
        self._undated = 0
        self._months = Months()
        self._numbers = Numbers()
        self._conferences = Conferences()

    def add(self, document: Document) -> None:
        """Count a document."""
        self.documents += 1
        self._undated += document.day is None
        self._months.add(document)
        self._numbers.add(document)
        self._conferences.add(document)

    def coverage(
        self,
        source: str,
        by: Period,
        *,
        sections: list[str],
        since: datetime.date | None,
        until: datetime.date | None,
        today: datetime.date,
    ) -> Coverage:
        """What comes of it. `since`, `until` and `sections` are what the documents were selected by, an empty list of
        sections all; `today` is the Beijing day."""
        expects_conferences = source == press_conferences.SOURCE
        return Coverage(
            source=source,
            by=by,
            since=since,
            until=until,
            sections=sections,
            documents=self.documents,
            undated=self._undated,
            periods=self._months.periods(by),
            thin_months=self._months.thin(),
            sequence=self._numbers.sequence(),
            press_conferences=self._conferences.reckoned(since, until, today) if expects_conferences else [],
        )

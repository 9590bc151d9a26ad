"""When a known document is visited again."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
_DAY = timedelta(days=1)
_CENTURY = 36525  # days; instants have years of four digits


@dataclass(frozen=True, slots=True)
class Schedule:
    """The pauses between visits, in days: the first after a text was first met, the last one for ever.

    `jitter` is the share by which a pause may be longer or shorter, so that what was published together is not asked
    for together. It depends on the document and on nothing else: the same visits give the same schedule.
    `confirmed_after` is how many days apart two visits must be that make a missing document a gone one.
    """

    intervals: tuple[float, ...] = (1, 3, 7, 30, 91)
    jitter: float = 0.2
    confirmed_after: float = 1.0

    def __post_init__(self) -> None:
        """Raises ValueError for what is no schedule."""
        if not self.intervals or not all(0 <= days <= _CENTURY for days in self.intervals):
            raise ValueError("the intervals are numbers of days, at least one, none above a century")
        if not 0 <= self.jitter < 1:
            raise ValueError("the jitter is a share below 1")
        if not 0 <= self.confirmed_after <= _CENTURY:
            raise ValueError("a removal is confirmed after a number of days, not above a century")

    def next_visit(self, document_id: str, unchanged: int, at: str) -> str:
        """After a visit at `at` that was the `unchanged`-th in a row to find the same text; both UTC."""
        days = self.intervals[min(unchanged, len(self.intervals) - 1)]
        chance = zlib.crc32(f"{document_id} {unchanged}".encode()) / 0xFFFFFFFF  # 0 to 1
        return later(at, days * (1 + self.jitter * (2 * chance - 1)))

    def is_confirmed(self, missing_since: str, at: str) -> bool:
        """Whether a visit at `at` that finds nothing confirms that a document missing since then is gone."""
        return at > missing_since and at >= later(missing_since, self.confirmed_after)

    @property
    def longest(self) -> float:
        """The longest pause in days."""
        return max(self.intervals) * (1 + self.jitter)


def later(instant: str, days: float) -> str:
    """The instant so many days after another, both in UTC as the Article writes them."""
    moment = datetime.strptime(instant, _FORMAT).replace(tzinfo=UTC)
    return (moment + days * _DAY).strftime(_FORMAT)


def now() -> str:
    """The present instant in UTC, as the Article writes it."""
    return datetime.now(UTC).strftime(_FORMAT)

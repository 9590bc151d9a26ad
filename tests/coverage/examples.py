"""Documents to count."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from crawler.coverage.documents import Document


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def document(number: int = 1, on: str | None = "2019-10-08", **fields: Any) -> Document:
    """`mfa:tNUMBER`, published on a day or undated; `fields` replace what it is made of."""
    made: dict[str, Any] = {
        "id": f"mfa:t{number}",
        "headline": "The Envoy on River Ferries",
        "in_language": "en",
        "section": "Top Stories",
        "day": day(on) if on is not None else None,
        "is_estimated": False,
        "found": "live",
    }
    return Document(**made | fields)


def conference(on: str, **fields: Any) -> Document:
    """A press conference of that day."""
    return document(on=on, headline="Foreign Ministry Spokesperson Li Li's Regular Press Conference", **fields)


def weekdays(first: str, last: str) -> Iterable[str]:
    """The days from Monday to Friday."""
    for ordinal in range(day(first).toordinal(), day(last).toordinal() + 1):
        one = datetime.date.fromordinal(ordinal)
        if one.weekday() < 5:
            yield one.isoformat()

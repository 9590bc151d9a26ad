"""What an examination finds: diagnoses with evidence and advice, notes, and what was looked at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

#: What is shown of a long list of evidence.
MOST_EVIDENCE = 5


class Ailment(StrEnum):
    """What can be wrong, the most important first: what stands above may be the cause of what stands below."""

    # of the output directory
    OUTPUT_ERROR = "output-error"
    DISK_FULL = "disk-full"
    LEDGER_DAMAGED = "ledger-damaged"
    LEDGER_TOO_NEW = "ledger-too-new"
    LEDGER_LOCKED = "ledger-locked"
    LEDGER_ERROR = "ledger-error"
    OUTPUT_INCOMPLETE = "output-incomplete"
    RUN_HANGS = "run-hangs"
    # of the way to the site
    CLOCK_OFF = "clock-off"
    DNS = "dns"
    CONNECTION = "connection"
    TLS = "tls"
    # of the site
    ROBOTS = "robots"
    RATE_LIMITED = "rate-limited"
    MAINTENANCE = "maintenance"
    FOREIGN_CONTENT = "foreign-content"
    BLOCKED = "blocked"
    SERVER_ERROR = "server-error"
    # of its pages
    SPIDER_ERROR = "spider-error"
    LISTING_MOVED = "listing-moved"
    LISTING_SELECTOR = "listing-selector"
    ARTICLE_URLS = "article-urls"
    LISTING_EMPTY = "listing-empty"
    LAYOUT_CHANGED = "layout-changed"
    UNDATED = "undated"
    DATES_WRONG = "dates-wrong"
    # of the runs
    NOTHING_NEW = "nothing-new"
    RENDERINGS_RISEN = "renderings-risen"
    RUN_FAILED = "run-failed"
    RUN_BLOCKED = "run-blocked"
    HEALTH_RULE = "health-rule"
    ALARM = "alarm"


_RANK = {ailment: rank for rank, ailment in enumerate(Ailment)}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that is wrong: what, in a sentence, what shows it, and what to do."""

    ailment: Ailment
    what: str
    evidence: tuple[str, ...]
    advice: str


@dataclass(slots=True)
class Examination:
    """What was found out about `subject`, a source or the output directory.

    `notes` are worth knowing and no reason to act; `checked` says what was looked at.
    """

    subject: str
    diagnoses: list[Diagnosis] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    checked: list[str] = field(default_factory=list)

    @property
    def is_healthy(self) -> bool:
        """Whether nothing is wrong."""
        return not self.diagnoses

    def add(self, diagnoses: Iterable[Diagnosis]) -> None:
        """More that is wrong. The most important stands first, whatever was looked at first."""
        self.diagnoses = sorted((*self.diagnoses, *diagnoses), key=lambda one: _RANK[one.ailment])

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "subject": self.subject,
            "is_healthy": self.is_healthy,
            "diagnoses": [
                {"ailment": one.ailment.value, "what": one.what, "evidence": list(one.evidence), "advice": one.advice}
                for one in self.diagnoses
            ],
            "notes": self.notes,
            "checked": self.checked,
        }


def some(evidence: Iterable[str]) -> tuple[str, ...]:
    """Each line once, and of many the first, with how many more there are."""
    lines = list(dict.fromkeys(evidence))
    more = len(lines) - MOST_EVIDENCE
    return tuple(lines) if more <= 1 else (*lines[:MOST_EVIDENCE], f"… and {more} more")

"""When there is something to tell: the condition of a source has changed since its run before.

What it was is in the reports of earlier runs; nothing else is remembered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from crawler.verdict import Result

#: An alarm that is told each time: the next run would find the documents missing already, and raise none.
MASS_REMOVAL = "mass-removal"
_TROUBLE = frozenset((Result.FAILED, Result.DEGRADED, Result.BLOCKED))
#: How much of a source a run was to read, as opposed to which part of it: a line of a crontab may compute a day.
_EXTENT = frozenset(("since", "until", "sample", "recheck"))


class Occasion(StrEnum):
    """Why somebody is told. The value is the last word of a message's title, unless the run's result says more."""

    TROUBLE = "trouble"
    RECOVERY = "recovered"
    MASS_REMOVAL = MASS_REMOVAL


@dataclass(frozen=True, slots=True)
class Condition:
    """How a source stands after a run. `causes` are the names of its failure, failed health rules and alarms."""

    result: str
    causes: frozenset[str]

    @classmethod
    def of(cls, report: Mapping[str, Any]) -> Self:
        """The condition that a run's report tells of."""
        failure = report["failure"]
        return cls(
            report["result"],
            frozenset(finding["rule"] for finding in report["findings"])
            | frozenset(report["alarms"])
            # A failure is told as its name, a colon, and words that are others each time.
            | frozenset([failure.partition(":")[0]] if failure else []),
        )


def occasion_of(report: Mapping[str, Any], earlier: Iterable[Mapping[str, Any]]) -> Occasion | None:
    """What to tell after a run, null for nothing; `earlier` are the reports of the source's runs before, latest first.

    A run that was interrupted says nothing about its source.
    """
    if MASS_REMOVAL in report["alarms"]:
        return Occasion.MASS_REMOVAL
    if report["result"] == Result.INTERRUPTED:
        return None
    condition = Condition.of(report)
    before = next((Condition.of(one) for one in earlier if _is_comparable(one, report)), None)
    if condition.result in _TROUBLE:
        return None if condition == before else Occasion.TROUBLE
    if before is not None and before.result in _TROUBLE:
        return Occasion.RECOVERY
    return None


def _is_comparable(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether a run was to show what the other was to show: neither the other edition, nor a sample.

    Reports of releases that knew no result say nothing.
    """
    return one.get("result", Result.INTERRUPTED) != Result.INTERRUPTED and _asked(one) == _asked(other)


def _asked(report: Mapping[str, Any]) -> tuple[bool, dict[str, str]]:
    part = {name: value for name, value in report["arguments"].items() if name not in _EXTENT}
    return bool(report.get("is_full")), part

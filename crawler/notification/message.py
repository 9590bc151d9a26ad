"""What an operator is told: the words of a message."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crawler.notification.condition import Occasion
from crawler.verdict import Result

#: A message is read on a telephone; the report has the rest.
_MOST_CAUSES = 10
_LONGEST_LINE = 300

_DEFAULT_DIRECTORY = Path("output")


@dataclass(frozen=True, slots=True)
class Message:
    """`kind` is what apprise calls the type of a notification: `failure`, `warning` or `success`. Plain text."""

    title: str
    body: str
    kind: str


def message_of(report: Mapping[str, Any], occasion: Occasion, directory: Path) -> Message:
    """The message about a run; `directory` is its OUTPUT_DIR."""
    what = report["result"] if occasion is Occasion.TROUBLE else occasion.value
    return Message(
        title=f"readouts {report['source']}: {what}",
        body="\n".join((*_causes(report), *_counts(report), *_where(report, occasion, directory))),
        kind=_kind(report, occasion),
    )


def _kind(report: Mapping[str, Any], occasion: Occasion) -> str:
    if occasion is Occasion.RECOVERY:
        return "success"
    return "warning" if report["result"] == Result.DEGRADED else "failure"


def _causes(report: Mapping[str, Any]) -> Iterator[str]:
    causes = [
        *([report["failure"]] if report["failure"] else []),
        *([f"blocked: {report['blocked']}"] if report.get("blocked") else []),
        *(f"{name}: {why}" for name, why in report["alarms"].items()),
        *(f"{finding['rule']}: {finding['detail']}" for finding in report["findings"]),
    ]
    yield from (_shortened(cause) for cause in causes[:_MOST_CAUSES])
    if len(causes) > _MOST_CAUSES:
        yield f"… and {len(causes) - _MOST_CAUSES} more"


def _counts(report: Mapping[str, Any]) -> Iterator[str]:
    yield f"Articles: {_counted(report['articles'], report['outcomes'])}"
    yield f"Problems: {_counted(len(report['problems']), report['problem_counts'])}"


def _counted(total: int, counts: Mapping[str, int]) -> str:
    parts = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    return f"{total} ({parts})" if parts else str(total)


def _where(report: Mapping[str, Any], occasion: Occasion, directory: Path) -> Iterator[str]:
    yield f"Run: {report['started']} on {socket.gethostname()}, exit code {report['exit_code']}"
    if run := report.get("run"):
        yield f"Report: {directory.absolute() / 'runs' / run}.json"
    else:
        yield "Report: it could not be written"
    if occasion is not Occasion.RECOVERY:
        yield f"What to do: {_advice(report, occasion, directory)}"


def _advice(report: Mapping[str, Any], occasion: Occasion, directory: Path) -> str:
    elsewhere = "" if directory == _DEFAULT_DIRECTORY else f" -s OUTPUT_DIR={directory}"
    if occasion is Occasion.MASS_REMOVAL:
        return f"scrapy status{elsewhere}; docs/record.md, What can be concluded"
    return f"scrapy doctor {report['source']}{elsewhere}"


def _shortened(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 1]}…"

"""The summary of a run, for whoever watches it or reads its log."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.table import Table

#: So many findings of a rule are told one by one; the report has them all.
_SHOWN = 5

logger = logging.getLogger(__name__)


def summary(report: dict[str, Any]) -> list[tuple[str, str]]:
    """What a report says in short: names and values, in order."""
    dates = report["date_published"]
    return [
        ("articles", str(report["articles"])),
        *((f"  {name}", str(count)) for name, count in report["outcomes"].items() if count),
        ("problems", str(len(report["problems"]))),
        *((f"  {name}", str(count)) for name, count in report["problem_counts"].items()),
        *((name, why) for name, why in report["alarms"].items()),
        *_findings(report["findings"]),
        *((("visited again", str(report["visits"])),) if report["visits"] else ()),
        *((("  not-modified", str(report["not_modified"])),) if report["not_modified"] else ()),
        *((f"  {name}", str(count)) for name, count in report["states"].items()),
        ("published", f"{dates['oldest']} to {dates['newest']}" if dates["oldest"] else "-"),
        ("listings", str(report["listings"])),
        ("requests", str(report["requests"])),
        ("seconds", str(report["seconds"])),
        ("finished", report["failure"] or report["blocked"] or report["finish_reason"]),
        ("result", report["result"]),
    ]


def _findings(findings: list[dict[str, str]]) -> Iterator[tuple[str, str]]:
    """Each failed rule with what was found first: a source of hundreds of sections may find as much."""
    by_rule: dict[str, list[str]] = {}
    for finding in findings:
        by_rule.setdefault(finding["rule"], []).append(finding["detail"])
    for rule, details in by_rule.items():
        yield from ((rule, detail) for detail in details[:_SHOWN])
        if len(details) > _SHOWN:
            yield rule, f"and {len(details) - _SHOWN} more"


def print_summary(report: dict[str, Any]) -> None:
    """A table for a reader at a terminal, lines in the log for anything else."""
    if not sys.stderr.isatty():
        for name, value in summary(report):
            logger.info("%s %s: %s", report["source"], name.strip(), value)
        return
    table = Table(title=f"{report['source']}, {report['started']}", show_header=False)
    for row in summary(report):
        table.add_row(*row)
    Console(stderr=True).print(table)

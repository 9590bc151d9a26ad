"""`scrapy runs [SOURCE]`: the last runs, and those that are going on."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Self

import orjson
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from crawler.diagnosis.running import Holder, holder_of
from crawler.extensions.run_report import reports
from crawler.sources import sources
from crawler.verdict import Result

_DEFAULT = 20
_MOST_CODES = 3
RUNNING = "running"
_STYLES = {
    Result.DONE: "green",
    Result.FAILED: "bold red",
    Result.DEGRADED: "yellow",
    Result.BLOCKED: "red",
    Result.INTERRUPTED: "magenta",
    RUNNING: "cyan",
}
_COLUMNS = ("started", "source", "result", "exit", "new", "rev", "same", "problems", "findings", "seconds")
_LONG = frozenset(("problems", "findings"))
_NUMBERS = frozenset(("exit", "new", "rev", "same", "seconds"))


@dataclass(frozen=True, slots=True)
class Row:
    """One run. What a run that is going on has not told yet is null; `run` is the name of its report."""

    started: str
    source: str
    result: str
    run: str | None = None
    exit_code: int | None = None
    new: int | None = None
    revisions: int | None = None
    unchanged: int | None = None
    problem_counts: dict[str, int] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    seconds: float | None = None

    @classmethod
    def of_report(cls, report: Mapping[str, Any]) -> Self:
        """From a run's report. Those of earlier releases tell neither result nor exit code."""
        outcomes = report["outcomes"]
        return cls(
            started=report["started"],
            source=report["source"],
            result=report.get("result") or (Result.FAILED if report["failure"] else Result.DONE).value,
            run=report.get("run"),
            exit_code=report.get("exit_code"),
            new=outcomes["new"],
            revisions=outcomes["revision"],
            unchanged=outcomes["unchanged"],
            problem_counts=report["problem_counts"],
            findings=list(dict.fromkeys(finding["rule"] for finding in report.get("findings", ()))),
            alarms=list(report.get("alarms", ())),
            seconds=report["seconds"],
        )

    @classmethod
    def of_holder(cls, source: str, holder: Holder) -> Self:
        """From the lock of a run that is going on."""
        return cls(started=holder.since, source=source, result=RUNNING)

    def cells(self) -> dict[str, str]:
        """As the table shows it."""
        counts = sorted(self.problem_counts.items(), key=lambda one: -one[1])
        codes = ", ".join(f"{count} {code}" for code, count in counts[:_MOST_CODES])
        return {
            "started": self.started,
            "source": self.source,
            "result": self.result,
            "exit": _shown(self.exit_code),
            "new": _shown(self.new),
            "rev": _shown(self.revisions),
            "same": _shown(self.unchanged),
            "problems": codes + (", …" if len(counts) > _MOST_CODES else ""),
            "findings": ", ".join((*self.findings, *self.alarms)),
            "seconds": "" if self.seconds is None else f"{self.seconds:.0f}",
        }


class Command(ScrapyCommand):
    """A table on a terminal; elsewhere plain columns, one line a run, for grep and cut."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        """How it is called."""
        return "[SOURCE] [--last N] [--json] [-s OUTPUT_DIR=DIR]"

    def short_desc(self) -> str:
        """One line for `scrapy -h`."""
        return "List the last runs: results, exit codes, articles, problems, failed health rules"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """The options of this command."""
        super().add_options(parser)
        parser.add_argument(
            "--last", metavar="N", type=_count, default=_DEFAULT, help=f"so many runs (default: {_DEFAULT})"
        )
        parser.add_argument("--json", action="store_true", help="as one JSON array, the latest first")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print the runs."""
        assert self.settings is not None
        if len(args) > 1 or not set(args) <= set(sources()):
            raise UsageError("name one source, or none for all; `scrapy sources` lists them", print_help=False)
        directory = Path(self.settings["OUTPUT_DIR"])
        rows = last_runs(directory, args or list(sources()), opts.last)
        if not rows:
            raise UsageError(f"{directory / 'runs'} holds no report: nothing was run there yet", print_help=False)
        if opts.json:
            print(orjson.dumps([asdict(row) for row in rows], option=orjson.OPT_INDENT_2).decode())
            return
        console = Console()
        if console.is_terminal:
            console.print(_table(rows))
        else:
            print("\n".join(_plain([row.cells() for row in rows])))


def last_runs(directory: Path, names: Iterable[str], count: int) -> list[Row]:
    """The runs that are going on, then the last `count` that have ended, the latest first."""
    going_on, ended = [], []
    for name in names:
        if (holder := holder_of(directory, name)) is not None:
            going_on.append(Row.of_holder(name, holder))
        ended += [Row.of_report(report) for report in islice(reports(directory / "runs", name), count)]
    latest = sorted(ended, key=lambda row: (row.started, row.run or ""), reverse=True)
    return [*going_on, *latest[:count]]


def _table(rows: Sequence[Row]) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column in _COLUMNS:
        # What is short stays whole, whatever the terminal's width; the rest is wrapped.
        table.add_column(
            column,
            justify="right" if column in _NUMBERS else "left",
            no_wrap=column not in _LONG,
            min_width=len(column),
            overflow="fold",
        )
    for row in rows:
        cells = row.cells()
        cells["started"] = cells["started"][5:16].replace("T", " ")
        texts = {column: Text(cells[column]) for column in _COLUMNS}
        texts["result"].stylize(_STYLES.get(row.result, ""))
        table.add_row(*texts.values())
    return table


def _plain(rows: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """Columns of even width, `-` for what is empty, so that every line has as many."""
    lines = [_COLUMNS, *(tuple(row[column] or "-" for column in _COLUMNS) for row in rows)]
    widths = [max(len(line[number]) for line in lines) for number in range(len(_COLUMNS))]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _shown(number: int | None) -> str:
    return "" if number is None else str(number)


def _count(value: str) -> int:
    if not value.isascii() or not value.isdigit() or int(value) < 1:
        raise argparse.ArgumentTypeError(f"{value} is no number of runs")
    return int(value)

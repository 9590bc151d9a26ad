"""Every run leaves a report: what it was asked, what came of it, what went wrong, and how full the fields were.

The report is `runs/RUN.json` below OUTPUT_DIR, and a summary on standard error.
"""

from __future__ import annotations

import logging
import os
import platform
import sys
from collections import Counter
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

import orjson
from rich.console import Console
from rich.table import Table
from scrapy import Spider, signals
from scrapy.crawler import Crawler
from twisted.python.failure import Failure

from crawler.extensions.mass_removal import ALARM_STATISTIC
from crawler.extraction.problem import Code, Problem
from crawler.items import Article
from crawler.signals import Outcome, article_recorded, document_visited, listing_read, problem_found, state_changed
from crawler.spiders.visits import NOT_MODIFIED
from pipelines.rows import StateChange

#: Components count the lines, or records, they add to a file as the statistic `output/PATH`.
OUTPUT_STATISTIC = "output/"

REPORT_JSON = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE

logger = logging.getLogger(__name__)


class Tally:
    """What a run is counted in; filled signal by signal."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter({outcome.value: 0 for outcome in Outcome})
        self.problems: list[Problem] = []
        self.listings = 0
        self.visits = 0
        self.states: Counter[str] = Counter()
        self.filled: Counter[str] = Counter(dict.fromkeys(Article.model_fields, 0))
        self.oldest: str | None = None
        self.newest: str | None = None

    @property
    def articles(self) -> int:
        """How many Articles were read, whatever came of them."""
        return self.outcomes.total()

    def add(self, article: Article, outcome: Outcome) -> None:
        """Counts one Article."""
        self.outcomes[outcome.value] += 1
        self.filled.update(name for name in Article.model_fields if getattr(article, name) not in (None, []))
        if published := article.date_published:
            self.oldest = min(self.oldest or published, published)
            self.newest = max(self.newest or published, published)

    def as_dict(self) -> dict[str, Any]:
        """The counts as the report holds them. A fill rate is a share of all Articles read, null where none was."""
        return {
            "articles": self.articles,
            "outcomes": dict(self.outcomes),
            "listings": self.listings,
            "visits": self.visits,
            "states": dict(sorted(self.states.items())),
            "date_published": {"oldest": self.oldest, "newest": self.newest},
            "problem_counts": dict(Counter(problem.code.value for problem in self.problems).most_common()),
            "problems": [
                {"code": problem.code.value, "url": problem.url, "detail": problem.detail} for problem in self.problems
            ],
            "fill_rate": {
                name: round(count / self.articles, 4) if self.articles else None for name, count in self.filled.items()
            },
        }


class RunReport:
    """Listens to a run, writes its report when it ends, and prints the summary.

    A spider's `arguments` (a dict of what came with `-a`) are part of the report. An exception in a callback counts
    as the problem `spider-error`, one in a pipeline as `invalid-item`; a Problem that was raised counts as itself.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._directory = Path(crawler.settings.get("OUTPUT_DIR", "output")) / "runs"
        self._tally = Tally()
        self._started = datetime.now(UTC)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Reads OUTPUT_DIR (default `output`)."""
        extension = cls(crawler)
        connect = crawler.signals.connect
        connect(extension.article_recorded, signal=article_recorded)
        connect(extension.problem_found, signal=problem_found)
        connect(extension.listing_read, signal=listing_read)
        connect(extension.document_visited, signal=document_visited)
        connect(extension.state_changed, signal=state_changed)
        connect(extension.spider_error, signal=signals.spider_error)
        connect(extension.item_error, signal=signals.item_error)
        connect(extension.spider_closed, signal=signals.spider_closed)
        return extension

    def article_recorded(self, article: Article, outcome: Outcome) -> None:
        """Counts an Article."""
        self._tally.add(article, outcome)

    def problem_found(self, problem: Problem) -> None:
        """Keeps a problem, and says it in the log."""
        logger.warning("%s", problem)
        self._tally.problems.append(problem)

    def listing_read(self) -> None:
        """Counts a listing page."""
        self._tally.listings += 1

    def document_visited(self) -> None:
        """Counts a request for a document known before."""
        self._tally.visits += 1

    def state_changed(self, change: StateChange) -> None:
        """Counts a document that is in another state now."""
        self._tally.states[change.state.value] += 1

    def spider_error(self, failure: Failure, response: Any) -> None:
        """An exception left a spider's callback. `response` is None where it left `start`."""
        self.problem_found(_problem_of(failure, Code.SPIDER_ERROR, getattr(response, "url", "")))

    def item_error(self, failure: Failure, item: Any) -> None:
        """An exception left a pipeline."""
        self.problem_found(_problem_of(failure, Code.INVALID_ITEM, getattr(item, "url", "")))

    def spider_closed(self, spider: Spider, reason: str) -> None:
        """Writes the report and prints the summary. A report that cannot be written is a failure of the run."""
        report = self._report(spider, reason)
        try:
            path = _write(self._directory, f"{self._started:%Y%m%dT%H%M%SZ}-{spider.name}", report)
        except OSError as error:
            logger.critical("No run report: %s", error)
            if self._crawler.stats.get_value("failure") is None:
                self._crawler.stats.set_value("failure", f"no-report: {error}")
        else:
            logger.info("Run report: %s", path)
        _print_summary(report)

    def _report(self, spider: Spider, reason: str) -> dict[str, Any]:
        statistics = self._crawler.stats.get_stats()
        finished = datetime.now(UTC)
        return {
            "source": spider.name,
            "arguments": getattr(spider, "arguments", {}),
            "started": _instant(self._started),
            "finished": _instant(finished),
            "seconds": round((finished - self._started).total_seconds(), 3),
            "finish_reason": reason,
            "failure": statistics.get("failure"),
            "alarms": {
                name.removeprefix(ALARM_STATISTIC): why
                for name, why in sorted(statistics.items())
                if name.startswith(ALARM_STATISTIC)
            },
            "versions": {
                "python": platform.python_version(),
                **{name: version(name) for name in ("scrapy", "lxml", "readouts")},
            },
            "requests": statistics.get("downloader/request_count", 0),
            "responses": statistics.get("response_received_count", 0),
            "files": {
                name.removeprefix(OUTPUT_STATISTIC): count
                for name, count in sorted(statistics.items())
                if name.startswith(OUTPUT_STATISTIC)
            },
            **self._tally.as_dict(),
            "not_modified": statistics.get(NOT_MODIFIED, 0),
        }


def _problem_of(failure: Failure, code: Code, url: str) -> Problem:
    if isinstance(failure.value, Problem):
        return failure.value
    return Problem(code, url, f"{type(failure.value).__name__}: {failure.value}")


def _instant(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _write(directory: Path, run: str, report: dict[str, Any]) -> Path:
    """Writes the report whole or not at all, under the first free name of `run`, `run-2`, `run-3` …"""
    directory.mkdir(parents=True, exist_ok=True)
    draft = directory / f".{run}.{os.getpid()}.draft"
    try:
        attempt = 1
        while True:
            name = run if attempt == 1 else f"{run}-{attempt}"
            with draft.open("wb") as file:
                file.write(orjson.dumps({"run": name} | report, option=REPORT_JSON, default=str))
                file.flush()
                os.fsync(file.fileno())
            path = directory / f"{name}.json"
            try:
                path.hardlink_to(draft)  # fails where the name is taken, as a rename would not
            except FileExistsError:
                attempt += 1
            else:
                return path
    finally:
        draft.unlink(missing_ok=True)


def _summary(report: dict[str, Any]) -> list[tuple[str, str]]:
    dates = report["date_published"]
    return [
        ("articles", str(report["articles"])),
        *((f"  {name}", str(count)) for name, count in report["outcomes"].items() if count),
        ("problems", str(len(report["problems"]))),
        *((f"  {name}", str(count)) for name, count in report["problem_counts"].items()),
        *((name, why) for name, why in report["alarms"].items()),
        *((("visited again", str(report["visits"])),) if report["visits"] else ()),
        *((("  not-modified", str(report["not_modified"])),) if report["not_modified"] else ()),
        *((f"  {name}", str(count)) for name, count in report["states"].items()),
        ("published", f"{dates['oldest']} to {dates['newest']}" if dates["oldest"] else "-"),
        ("listings", str(report["listings"])),
        ("requests", str(report["requests"])),
        ("seconds", str(report["seconds"])),
        ("finished", report["failure"] or report["finish_reason"]),
    ]


def _print_summary(report: dict[str, Any]) -> None:
    """A table for a reader at a terminal, lines in the log for anything else."""
    if not sys.stderr.isatty():
        for name, value in _summary(report):
            logger.info("%s %s: %s", report["source"], name.strip(), value)
        return
    table = Table(title=f"{report['source']}, {report['started']}", show_header=False)
    for row in _summary(report):
        table.add_row(*row)
    Console(stderr=True).print(table)

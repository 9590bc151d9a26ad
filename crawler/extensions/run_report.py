"""Every run leaves a report: what it was asked, what came of it, what went wrong, and how full the fields were.

The report is `runs/RUN.json` below OUTPUT_DIR, and a summary on standard error.
"""

from __future__ import annotations

import logging
import os
import platform
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

import orjson
from scrapy import Spider, signals
from scrapy.crawler import Crawler
from twisted.python.failure import Failure

from crawler.extensions.mass_removal import ALARM_STATISTIC
from crawler.extensions.summary import print_summary
from crawler.extensions.tally import Tally
from crawler.extensions.wall import BLOCKED_STATISTIC
from crawler.extraction.health import COMPARED_RUNS, Finding, errors_of_ours, judge
from crawler.extraction.identity import Address
from crawler.extraction.problem import Code, Problem
from crawler.extraction.source import Source
from crawler.items import Article
from crawler.signals import (
    Outcome,
    article_recorded,
    document_visited,
    listing_read,
    problem_found,
    run_reported,
    state_changed,
)
from crawler.spiders.visits import NOT_MODIFIED
from crawler.verdict import EXIT_CODE_STATISTIC, SHUTDOWN, SIGNAL_STATISTIC, exit_code_of, result_of
from pipelines.failure import SettingError
from pipelines.record import NEWEST_STATISTIC
from pipelines.rows import StateChange

#: Components count the lines, or records, they add to a file as the statistic `output/PATH`.
OUTPUT_STATISTIC = "output/"

REPORT_JSON = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE

logger = logging.getLogger(__name__)


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
        is_judged = crawler.settings.get("HEALTH", "on")
        if is_judged not in ("on", "off"):
            raise SettingError(f"HEALTH={is_judged}: it is on or off")
        self._is_judged = is_judged == "on"

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Reads OUTPUT_DIR (default `output`) and HEALTH (default `on`, or `off`: no health rule is applied). Raises
        SettingError for another value of it."""
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

    def listing_read(self, section: str, articles: int) -> None:
        """Counts a listing page."""
        self._tally.add_listing(section, articles)

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
            earlier = reports(self._directory, spider.name)
            report["findings"] = [asdict(finding) for finding in self._findings(spider, report, earlier)]
            report |= self._verdict(report)
            path = _write(self._directory, f"{self._started:%Y%m%dT%H%M%SZ}-{spider.name}", report)
        except OSError as error:
            logger.critical("No run report: %s", error)
            report["failure"] = report["failure"] or f"no-report: {error}"
            self._crawler.stats.set_value("failure", report["failure"])
            report |= self._verdict(report)
        else:
            logger.info("Run report: %s", path)
            report["run"] = path.stem
        self._crawler.stats.set_value(EXIT_CODE_STATISTIC, report["exit_code"])
        print_summary(report)
        self._crawler.signals.send_catch_log(run_reported, report=report)

    def _findings(self, spider: Spider, report: dict[str, Any], earlier: Iterator[dict[str, Any]]) -> list[Finding]:
        """The health rules that failed. Only a live run that came to its end, and was to read all that is new, tells
        anything of the source."""
        source = getattr(spider, "source", None)
        if report["failure"] or report["blocked"]:
            return []
        errors = errors_of_ours(report)
        if not self._is_judged or source is None or not _is_whole(report):
            return errors
        same = [one for one in earlier if _is_whole(one) and one.get("arguments") == report["arguments"]]
        return errors + judge(source.health, report, same[:COMPARED_RUNS], self._started.date())

    def _listing_problem_counts(self, source: Source | None) -> dict[str, int]:
        """Of the problems, those of listings: which of a section's pages there are, only the site tells."""
        if source is None:
            return {}
        problems = ((problem.code.value, Address.of(problem.url)) for problem in self._tally.problems)
        return dict(Counter(code for code, address in problems if address and source.is_listing(address)))

    def _verdict(self, report: dict[str, Any]) -> dict[str, Any]:
        result = result_of(report)
        number = self._crawler.stats.get_value(SIGNAL_STATISTIC)
        return {"result": result.value, "exit_code": exit_code_of(result, number)}

    def _report(self, spider: Spider, reason: str) -> dict[str, Any]:
        statistics = self._crawler.stats.get_stats()
        finished = datetime.now(UTC)
        source, scope = getattr(spider, "source", None), getattr(spider, "scope", None)
        tally = self._tally.as_dict()
        is_live, is_stopped = scope is not None and scope.is_live, reason == SHUTDOWN
        is_replay = scope is None or bool(scope.replay)
        blocked = statistics.get(BLOCKED_STATISTIC)
        return {
            "source": spider.name,
            "arguments": getattr(spider, "arguments", {}),
            "started": _instant(self._started),
            "finished": _instant(finished),
            "seconds": round((finished - self._started).total_seconds(), 3),
            "finish_reason": reason,
            "failure": statistics.get("failure") or (None if blocked or is_stopped else _failure(tally, is_replay)),
            "blocked": blocked,
            "findings": [],
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
            **tally,
            "listing_problem_counts": self._listing_problem_counts(source),
            "sections_asked": [] if scope is None else [section.slug for section in scope.sections],
            "is_full": scope is not None and is_live and not scope.is_partial,
            "renderings": 0 if source is None else tally["layouts"].get(source.rendering, 0),
            "newest_known": statistics.get(NEWEST_STATISTIC),
            "not_modified": statistics.get(NOT_MODIFIED, 0),
        }


def reports(directory: Path, source: str) -> Iterator[dict[str, Any]]:
    """The reports of a source's runs in `OUTPUT_DIR/runs`, the latest first. One that cannot be read is passed over."""
    for path in sorted(directory.glob(f"*Z-{source}*.json"), key=_number_of_run, reverse=True):
        try:
            report = orjson.loads(path.read_bytes())
        except (OSError, orjson.JSONDecodeError):
            continue
        if isinstance(report, dict) and report.get("source") == source:
            yield report


def _number_of_run(path: Path) -> tuple[str, int]:
    started, _, rest = path.stem.partition("Z-")
    number = rest.rpartition("-")[2]
    return started, int(number) if number.isdecimal() else 1


def _is_whole(report: dict[str, Any]) -> bool:
    """Whether a live run was to read all that is new, and came to its end."""
    return bool(report.get("is_full")) and report["finish_reason"] == "finished"


def _failure(tally: dict[str, Any], is_replay: bool) -> str | None:
    """Why a run in which nothing could be read has failed: by errors of ours, or, of no replay, by whatever it met."""
    counts = tally["problem_counts"]
    if tally["articles"] or not counts:
        return None
    if ours := counts.get(Code.SPIDER_ERROR.value, 0) + counts.get(Code.INVALID_ITEM.value, 0):
        return f"{Code.SPIDER_ERROR}: nothing was read, {ours} errors of ours"
    if not is_replay and not tally["listings"]:
        return f"nothing-read: {', '.join(f'{count} {code}' for code, count in counts.items())}"
    return None


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

"""`scrapy crawl SOURCE`: Scrapy's command, with arguments checked before anything else happens."""

from __future__ import annotations

import argparse
import asyncio
import logging
import math
from pathlib import Path
from typing import Any

from scrapy.commands.crawl import Command as CrawlCommand
from scrapy.crawler import Crawler
from scrapy.exceptions import UsageError

from crawler.downloading.stopping import let_go_when_stopped
from crawler.extraction.problem import Problem
from crawler.spiders.arguments import ArgumentError
from crawler.spiders.base import SourceSpider
from crawler.verdict import EXIT_CODE_STATISTIC, SIGNAL_STATISTIC, ExitCode, Result, exit_code_of
from pipelines.failure import RecordError
from pipelines.lock import LockedError, SourceLock

logger = logging.getLogger(__name__)


class Command(CrawlCommand):
    """Exits as `crawler.verdict.ExitCode` says: 0 done, 1 failed, 2 wrong arguments (before any request), 3 degraded,
    4 blocked, 75 locked, 130 and 143 for a run that was stopped by a signal."""

    def short_desc(self) -> str:
        """One line for `scrapy -h`."""
        return "Walk a source and record every article it leads to"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Scrapy's options, and how long to wait for another run."""
        super().add_options(parser)
        parser.add_argument(
            "--wait",
            metavar="SECONDS",
            type=_seconds,
            default=0.0,
            help="wait so long for another run of the source to end (default: not at all)",
        )

        parser.add_argument(
            "--plan", action="store_true", help="with -a via=: say how many captures would be fetched, and fetch none"
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check the arguments, take the source's lock, crawl, and tell by the exit code how it ended."""
        if len(args) != 1:
            raise UsageError("name one source; `scrapy sources` lists them", print_help=False)
        assert self.crawler_process is not None
        try:
            crawler = self.crawler_process.create_crawler(args[0])
        except KeyError as error:
            raise UsageError(f"there is no source {args[0]}; `scrapy sources` lists them", print_help=False) from error
        # Scrapyd's name for the run: no argument of ours.
        opts.spargs.pop("_job", None)
        if opts.plan:
            opts.spargs["plan"] = "yes"
        if issubclass(crawler.spidercls, SourceSpider):
            try:
                crawler.spidercls.scope_of(dict(opts.spargs))
            except ArgumentError as error:
                raise UsageError(str(error), print_help=False) from error
        try:
            with SourceLock(Path(self.crawler_process.settings["OUTPUT_DIR"]), args[0]) as lock:
                lock.acquire(opts.wait)
                self.exitcode = self._crawl(crawler, opts.spargs)
        except KeyboardInterrupt:
            # While it waited for the lock; later it is Scrapy that hears of signals.
            self.exitcode = ExitCode.INTERRUPTED
        except LockedError as error:
            logger.error("%s", error)
            self.exitcode = ExitCode.LOCKED
        except RecordError as error:
            logger.critical("%s", error)
            self.exitcode = ExitCode.FAILED

    def _crawl(self, crawler: Crawler, arguments: dict[str, str]) -> int:
        process = self.crawler_process
        assert process is not None
        stop = process._signal_shutdown

        def note_and_stop(number: int, frame: Any) -> None:
            crawler.stats.set_value(SIGNAL_STATISTIC, int(number))
            from twisted.internet import reactor  # Scrapy installs the one that the settings name, and only now

            stop(number, frame)
            if (engine := crawler.engine) is not None:
                reactor.callFromThread(let_go_when_stopped, engine)

        # Scrapy tells nobody which signal it was.
        vars(process)["_signal_shutdown"] = note_and_stop
        started = process.crawl(crawler, **arguments)
        process.start()
        failure = None
        # After a second signal it may not be over.
        if isinstance(started, asyncio.Task) and started.done() and not started.cancelled():
            failure = started.exception()
        if failure is not None:
            # What the user can mend is said in a line; anything else is an error of ours.
            logger.critical("%s", failure, exc_info=None if isinstance(failure, Problem | RecordError) else failure)
        if failure is not None or process.bootstrap_failed or crawler.stats.get_value("failure"):
            return ExitCode.FAILED
        # A run that ended before its report did so at the second signal, or by an error of ours.
        number = crawler.stats.get_value(SIGNAL_STATISTIC)
        unreported = ExitCode.FAILED if number is None else exit_code_of(Result.INTERRUPTED, number)
        return int(crawler.stats.get_value(EXIT_CODE_STATISTIC, unreported))


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1
    if not 0 <= seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{value} is no number of seconds")
    return seconds

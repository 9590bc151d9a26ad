"""`scrapy crawl SOURCE`: Scrapy's command, with arguments checked before anything else happens."""

from __future__ import annotations

import argparse
import asyncio
import logging

from scrapy.commands.crawl import Command as CrawlCommand
from scrapy.exceptions import UsageError

from crawler.extensions.mass_removal import ALARM_STATISTIC
from crawler.extraction.problem import Problem
from crawler.spiders.arguments import ArgumentError
from crawler.spiders.base import SourceSpider
from pipelines.failure import RecordError

logger = logging.getLogger(__name__)

#: Set by whatever makes a run's result untrustworthy; the value says why.
FAILURE_STAT = "failure"
#: The exit code of a run that raised an alarm.
DEGRADED = 3


class Command(CrawlCommand):
    """Exits 0 when the run is done, 1 when it failed, 2 for wrong arguments, before any request, and 3 when it is done
    but raised an alarm."""

    def short_desc(self) -> str:
        """One line for `scrapy -h`."""
        return "Walk a source and record every article it leads to"

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check the arguments, crawl, and tell by the exit code how it ended."""
        if len(args) != 1:
            raise UsageError("name one source; `scrapy sources` lists them", print_help=False)
        assert self.crawler_process is not None
        try:
            crawler = self.crawler_process.create_crawler(args[0])
        except KeyError as error:
            raise UsageError(f"there is no source {args[0]}; `scrapy sources` lists them", print_help=False) from error
        if issubclass(crawler.spidercls, SourceSpider):
            try:
                crawler.spidercls.scope_of(dict(opts.spargs))
            except ArgumentError as error:
                raise UsageError(str(error), print_help=False) from error
        started = self.crawler_process.crawl(crawler, **opts.spargs)
        self.crawler_process.start()
        failure = started.exception() if isinstance(started, asyncio.Task) else None
        if failure is not None:
            # What the user can mend is said in a line; anything else is an error of ours.
            logger.critical("%s", failure, exc_info=None if isinstance(failure, Problem | RecordError) else failure)
        if self.crawler_process.bootstrap_failed or crawler.stats.get_value(FAILURE_STAT):
            self.exitcode = 1
        elif any(name.startswith(ALARM_STATISTIC) for name in crawler.stats.get_stats()):
            self.exitcode = DEGRADED

"""A progress bar for a run that someone watches."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bar
from rich.table import Column
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response

from crawler.signals import article_recorded, backfill_progress, listing_read, problem_found

#: A longer one, such as a question to a web archive, would leave no room for the counts.
_MOST_OF_URL = 60


class Progress:
    """Shows on a terminal how many articles, problems and listing pages there were, and the page read last.

    How many are to come is not known before the last listing, so the bar counts and foretells nothing; of a web archive
    it is known once it has told what it has, and the bar says how long that will take. It stands before RunReport in
    EXTENSIONS, so that it is gone when the summary is printed.
    """

    def __init__(self, name: str) -> None:
        self._bar = Bar(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TextColumn("[green]{task.fields[articles]} articles"),
            TextColumn("[red]{task.fields[problems]} problems"),
            TextColumn("{task.fields[listings]} listings"),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[current]}", table_column=Column(no_wrap=True, overflow="ellipsis")),
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=False,  # what a run prints belongs to whoever reads its standard output
        )
        self._counts = Counter(articles=0, problems=0, listings=0)
        self._task = self._bar.add_task(name, total=None, articles=0, problems=0, listings=0, current="")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Reads no settings. Disabled where standard error is no terminal."""
        if not sys.stderr.isatty():
            raise NotConfigured
        extension = cls(crawler.spidercls.name)
        connect = crawler.signals.connect
        connect(extension.spider_opened, signal=signals.spider_opened)
        connect(extension.spider_closed, signal=signals.spider_closed)
        connect(extension.response_received, signal=signals.response_received)
        connect(extension.article_recorded, signal=article_recorded)
        connect(extension.problem_found, signal=problem_found)
        connect(extension.listing_read, signal=listing_read)
        connect(extension.backfill_progress, signal=backfill_progress)
        return extension

    def spider_opened(self) -> None:
        """Shows the bar."""
        self._bar.start()

    def spider_closed(self) -> None:
        """Takes the bar away."""
        self._bar.stop()

    def response_received(self, response: Response) -> None:
        """Shows the URL of the page at hand."""
        url = response.url
        self._bar.update(self._task, current=escape(url if len(url) <= _MOST_OF_URL else f"{url[:_MOST_OF_URL]}…"))

    def article_recorded(self) -> None:
        """Counts an Article."""
        self._count("articles")

    def problem_found(self) -> None:
        """Counts a problem."""
        self._count("problems")

    def listing_read(self) -> None:
        """Counts a listing page."""
        self._count("listings")

    def backfill_progress(self, done: int, total: int) -> None:
        """Shows how far a web archive has been read, and when it will be."""
        if self._bar.tasks[0].total is None:
            self._bar.columns = (*self._bar.columns[:-1], BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar.update(self._task, completed=done, total=total)

    def _count(self, name: str) -> None:
        self._counts[name] += 1
        self._bar.update(
            self._task,
            articles=self._counts["articles"],
            problems=self._counts["problems"],
            listings=self._counts["listings"],
        )

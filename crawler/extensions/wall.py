"""Stops a live run that meets a wall: a site that refuses page after page is left alone."""

from __future__ import annotations

import logging
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.utils.defer import deferred_from_coro

from crawler.downloading.stopping import close_spider
from crawler.extraction.problem import Code, Problem
from crawler.signals import listing_read, problem_found

#: The statistic that says why a run counts as blocked.
BLOCKED_STATISTIC = "blocked"

logger = logging.getLogger(__name__)


class Wall:
    """Counts refusals in a row, and closes the spider with the reason `blocked` when there are enough.

    A page that could be read in between begins the count anew. A run that read nothing, and was refused, was blocked
    however few its requests were.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._enough = crawler.settings.getint("WALL_REFUSALS", 5)
        self._in_a_row = 0
        self._refused: Problem | None = None
        self._has_read = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Reads WALL_REFUSALS (5): so many refusals in a row are a wall, 0 for none. Disabled where it is 0."""
        extension = cls(crawler)
        if not extension._enough:
            raise NotConfigured
        connect = crawler.signals.connect
        connect(extension.problem_found, signal=problem_found)
        # Not `article_recorded`, which waits for its batch.
        connect(extension.page_read, signal=signals.item_scraped)
        connect(extension.page_read, signal=signals.item_dropped)
        connect(extension.page_read, signal=listing_read)
        connect(extension.response_received, signal=signals.response_received)
        connect(extension.spider_closed, signal=signals.spider_closed)
        return extension

    def page_read(self) -> None:
        """Something could be read: there is no wall."""
        self._has_read = True
        self._in_a_row = 0

    def response_received(self, response: Response) -> None:
        """Counts a page that the site says is as it was (304): no Article comes of it."""
        if response.status == 304:
            self.page_read()

    def problem_found(self, problem: Problem) -> None:
        """Counts a refusal; any other problem says nothing about walls."""
        if problem.code != Code.BLOCKED or getattr(self._crawler.spider, "replay", None) is not None:
            return
        self._refused = self._refused or problem
        self._in_a_row += 1
        if self._in_a_row == self._enough:
            logger.error("The site refuses us, %d times in a row; stopping", self._in_a_row)
            self._note(f"{self._in_a_row} refusals in a row, the last one: {problem}")
            assert self._crawler.engine is not None
            deferred_from_coro(close_spider(self._crawler.engine, "blocked"))

    def spider_closed(self) -> None:
        """Notes a run that was refused and read nothing."""
        if self._refused is not None and not self._has_read:
            self._note(f"nothing could be read: {self._refused}")

    def _note(self, why: str) -> None:
        if self._crawler.stats.get_value(BLOCKED_STATISTIC) is None:
            self._crawler.stats.set_value(BLOCKED_STATISTIC, why)

"""The alarm `mass-removal`: more than a few documents of a source disappeared together."""

from __future__ import annotations

import logging
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler

from crawler.signals import state_changed
from pipelines.rows import State, StateChange
from pipelines.schedule import Schedule, later

#: Alarms are kept as the statistic `alarm/NAME`, the value says why.
ALARM_STATISTIC = "alarm/"
#: A document that nobody saw for longer than this, in days, may have disappeared at any time.
_LATELY = 2 * Schedule().longest

logger = logging.getLogger(__name__)


class MassRemoval:
    """Counts the documents that a run finds missing and that were there lately.

    Documents that only an old archive has shown do not count: when they disappeared, nobody knows.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._enough = crawler.settings.getint("MASS_REMOVAL_DOCUMENTS", 5)
        self._missing: list[str] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Reads MASS_REMOVAL_DOCUMENTS (5): from how many documents on it is an alarm."""
        extension = cls(crawler)
        crawler.signals.connect(extension.state_changed, signal=state_changed)
        crawler.signals.connect(extension.spider_closed, signal=signals.spider_closed)
        return extension

    def state_changed(self, change: StateChange) -> None:
        """Counts a document that is missing now."""
        is_lately = change.last_seen is not None and later(change.last_seen, _LATELY) >= change.date
        if change.state == State.MISSING and is_lately:
            self._missing.append(change.document)

    def spider_closed(self) -> None:
        """Raises the alarm."""
        if len(self._missing) >= self._enough:
            why = f"{len(self._missing)} documents disappeared together: {', '.join(self._missing[:5])}"
            why += " and others" if len(self._missing) > 5 else ""
            logger.error("mass-removal: %s", why)
            self._crawler.stats.set_value(f"{ALARM_STATISTIC}mass-removal", why)

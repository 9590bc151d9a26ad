"""Tells an operator, once, when a source is in trouble and when it is well again. Off unless a channel is named."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.settings import BaseSettings

from crawler.extensions.run_report import reports
from crawler.notification.channels import Delivery, split_urls
from crawler.notification.condition import occasion_of
from crawler.notification.message import message_of
from crawler.signals import run_reported

#: The environment variable that names the channels where the setting does not: no log and no list of processes has it.
ENVIRONMENT = "READOUTS_NOTIFY"


class Notify:
    """Sends a message when a run's result is failed, degraded or blocked and the run before was not so for the same
    reasons; when the first run after that is done; and whenever the alarm `mass-removal` is raised.

    It stands behind RunReport in EXTENSIONS: the report is written, and the message on its way, when it begins to wait.
    """

    def __init__(self, directory: Path, urls: Sequence[str], timeout_seconds: float) -> None:
        self._directory = directory
        self._urls = urls
        self._timeout_seconds = timeout_seconds
        self._delivery: Delivery | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Reads OUTPUT_DIR, NOTIFY_URLS (apprise URLs) and NOTIFY_TIMEOUT_SECONDS (30). Disabled without a URL, and,
        which is logged, without the package apprise."""
        settings = crawler.settings
        urls = _urls(settings)
        if not urls:
            raise NotConfigured
        if find_spec("apprise") is None:
            raise NotConfigured("nobody will be told: apprise is missing; pip install 'readouts[notify]'")
        extension = cls(
            Path(settings.get("OUTPUT_DIR", "output")), urls, settings.getfloat("NOTIFY_TIMEOUT_SECONDS", 30.0)
        )
        crawler.signals.connect(extension.run_reported, signal=run_reported)
        crawler.signals.connect(extension.spider_closed, signal=signals.spider_closed)
        return extension

    def run_reported(self, report: Mapping[str, Any]) -> None:
        """Sends what there is to tell after a run."""
        earlier = (
            one
            for one in reports(self._directory / "runs", report["source"])
            if "run" not in report or one["run"] != report["run"]
        )
        occasion = occasion_of(report, earlier)
        if occasion is not None:
            message = message_of(report, occasion, self._directory)
            self._delivery = Delivery(self._urls, message, self._timeout_seconds)

    async def spider_closed(self) -> None:
        """Waits for what was sent."""
        if self._delivery is not None:
            await asyncio.to_thread(self._delivery.wait)


def _urls(settings: BaseSettings) -> list[str]:
    named = settings.get("NOTIFY_URLS") or os.environ.get(ENVIRONMENT, "")
    return split_urls(named) if isinstance(named, str) else list(named)

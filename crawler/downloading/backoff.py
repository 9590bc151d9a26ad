"""A host that says "not now" is left alone for a while, and for longer each time.

Scrapy 2.19 asks again after the usual delay: neither its retries nor AutoThrottle look at Retry-After.
"""

from __future__ import annotations

import logging
from collections import Counter
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic

from scrapy import Request, signals
from scrapy.core.downloader import Downloader
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    NotConfigured,
    ResponseDataLossError,
)
from scrapy.http import Response

logger = logging.getLogger(__name__)

_FAILURES = (DownloadConnectionRefusedError, DownloadFailedError, DownloadTimeoutError, ResponseDataLossError)


class BackoffMiddleware:
    """Pauses a host, and no other, when it answers 429 or 503 or does not answer.

    The pause is what Retry-After says, at least `BACKOFF_SECONDS`, doubled with each refusal in a row, and at most
    `BACKOFF_MAX_SECONDS`. What is asked again, and how often, is for Scrapy's retries.

    Settings: `BACKOFF_ENABLED` (true), `BACKOFF_HTTP_CODES`, `BACKOFF_SECONDS`, `BACKOFF_MAX_SECONDS`.
    """

    def __init__(self, crawler: Crawler) -> None:
        if not crawler.settings.getbool("BACKOFF_ENABLED"):
            raise NotConfigured
        self._crawler = crawler
        self._codes = {int(code) for code in crawler.settings.getlist("BACKOFF_HTTP_CODES")}
        self._first = crawler.settings.getfloat("BACKOFF_SECONDS")
        self._longest = crawler.settings.getfloat("BACKOFF_MAX_SECONDS")
        self._refusals: Counter[str] = Counter()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> BackoffMiddleware:
        """Build it for a crawler. Raises NotConfigured unless `BACKOFF_ENABLED`."""
        middleware = cls(crawler)
        crawler.signals.connect(middleware.response_downloaded, signal=signals.response_downloaded)
        return middleware

    def response_downloaded(self, response: Response, request: Request) -> None:
        """Pause the host that refused. Called before the downloader takes the host's next request."""
        if response.status in self._codes:
            self._pause(request, retry_after(response.headers.get("Retry-After"), datetime.now(UTC)))
        else:
            self._refusals.pop(_slot_key(request), None)

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Pause the host that did not answer."""
        if isinstance(exception, _FAILURES):
            self._pause(request, None)

    def _pause(self, request: Request, asked: float | None) -> None:
        key = _slot_key(request)
        slot = self._crawler.engine.downloader.slots.get(key)
        if slot is None:
            return
        growing = self._first * 2 ** min(self._refusals[key], 30)
        self._refusals[key] += 1
        pause = min(max(growing, asked or 0.0), self._longest)
        logger.info("%s: pausing for %.0f seconds after %s", key, pause, request.url)
        # The downloader waits until the delay has passed since the slot was last seen.
        slot.lastseen = max(slot.lastseen, monotonic() + pause)
        slot.delay = max(slot.delay, 0.001)  # a delay of 0 is never waited for


def retry_after(value: bytes | None, now: datetime) -> float | None:
    """The seconds a Retry-After header asks for, as a number or an HTTP date (RFC 9110, 10.2.3).

    0 for a date that has passed; null where there is no header or where it is neither.
    """
    text = (value or b"").decode("latin-1").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, (date - now).total_seconds())


def _slot_key(request: Request) -> str:
    """The host as the downloader calls it."""
    return str(request.meta.get(Downloader.DOWNLOAD_SLOT, ""))

"""The last pipeline: records Articles batch by batch, and stops the run when that fails."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self, cast, get_args

from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, DropItem
from scrapy.settings import BaseSettings
from scrapy.utils.asyncio import CallLaterResult, call_later
from scrapy.utils.defer import deferred_from_coro

from crawler import signals
from crawler.items import Article
from pipelines.copies import NearDuplicates
from pipelines.failure import RecordError, SettingError
from pipelines.payloads import Payload
from pipelines.recording import Record, outcome_of
from pipelines.schedule import Schedule

#: The statistic of the latest publication date known of the run's source.
NEWEST_STATISTIC = "newest_known"

logger = logging.getLogger(__name__)


class RecordStopped(DropItem):
    """The run is being stopped because recording failed; the item will be met again by the next run."""


class RecordPipeline:
    """Records Articles batch by batch, and stops the run when that fails.

    On failure the statistic `failure` says why (`REASON: message`), the finish reason is that of the RecordError,
    and items still under way are dropped.

    A batch is committed when it holds RECORD_BATCH_SIZE lines or was open for RECORD_BATCH_SECONDS. Other runs on
    the same output directory wait while it is open, so it is short.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._record: Record | None = None
        self._failure: RecordError | None = None
        self._timer: CallLaterResult | None = None
        self._directory = Path(crawler.settings.get("OUTPUT_DIR", "output"))
        self._batch_size = crawler.settings.getint("RECORD_BATCH_SIZE", 100)
        self._batch_seconds = crawler.settings.getfloat("RECORD_BATCH_SECONDS", 0.5)
        self._timeout = crawler.settings.getfloat("LEDGER_TIMEOUT_SECONDS", 60.0)
        self._near_duplicates: NearDuplicates = near_duplicates_of(crawler.settings)
        self._schedule = schedule_of(crawler.settings)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Reads the settings.

        OUTPUT_DIR (default `output`) is where everything is written. RECORD_BATCH_SIZE (100 lines) and
        RECORD_BATCH_SECONDS (0.5) bound a batch: a sync for each item would cost many times the rest of its way.
        NEAR_DUPLICATES (separate) is `off`, `link` or `separate`: whether texts that are nearly the same are looked
        for, and whether their lines go to articles/ or copies/. Raises SettingError for another value.
        RECHECK_INTERVALS_DAYS, RECHECK_JITTER and REMOVAL_CONFIRMED_AFTER_DAYS say when a known document is visited
        again, see `Schedule`. LEDGER_TIMEOUT_SECONDS (60) is how long to wait for another run on the same output
        directory.
        """
        return cls(crawler)

    async def open_spider(self) -> None:
        """Opens the output directory; closes the spider where that fails."""
        assert self._crawler.spider is not None
        try:
            self._record = Record(
                self._directory, self._crawler.spider.name, self._timeout, self._near_duplicates, self._schedule
            )
        except RecordError as error:
            self._note(error)
            raise CloseSpider(error.reason) from error

    # --- for the spider

    @contextmanager
    def record(self) -> Iterator[Record]:
        """The record with a batch open, for a spider. Raises CloseSpider where recording fails or has failed."""
        try:
            with self.batch() as record:
                yield record
        except RecordStopped as error:
            raise CloseSpider(self._failure.reason if self._failure else RecordError.reason) from error

    def known(self, document_id: str) -> bool:
        """Whether the document was met before, in this run or an earlier one: where an incremental run may stop.

        Raises CloseSpider where recording fails or has failed.
        """
        if self._failure is not None or self._record is None:
            raise CloseSpider(self._failure.reason if self._failure else RecordError.reason)
        try:
            return self._record.ledger.documents.known(document_id)
        except RecordError as error:
            self._note(error)
            raise CloseSpider(error.reason) from error

    def begin_sections(self, slugs: Iterable[str]) -> dict[str, str]:
        """Which of these sections were complete, and when they were last walked to their end; from now on none is
        complete, until `complete_sections` says so."""
        with self.record() as record:
            known = record.ledger.complete_sections(record.source)
            complete = {slug: known[slug] for slug in slugs if slug in known}
            for slug in complete:
                record.ledger.set_section_incomplete(record.source, slug)
        return complete

    def complete_sections(self, walked: Mapping[str, str]) -> None:
        """Every document that these sections list was met and recorded; by slug, when each was walked to its end."""
        with self.record() as record:
            for slug, instant in walked.items():
                record.ledger.set_section_complete(record.source, slug, instant)

    # --- batches

    @contextmanager
    def batch(self) -> Iterator[Record]:
        """The record with a batch open. A RecordError within stops the run and becomes RecordStopped."""
        if self._failure is not None or self._record is None:
            raise RecordStopped(f"recording has stopped: {self._failure}", log_level="DEBUG")
        try:
            if not self._record.ledger.in_transaction:
                self._record.ledger.begin()
                self._timer = call_later(self._batch_seconds, self._commit_late)
            yield self._record
        except RecordError as error:
            self._stop(error)
            raise RecordStopped(str(error), log_level="DEBUG") from error

    # --- for the archive

    def find_payload(self, digest: str) -> Payload | None:
        """The stored response with this payload digest. Raises RecordStopped where the ledger fails."""
        with self.batch() as record:
            return record.ledger.payloads.find(digest)

    def add_response(
        self, url: str, payload: Payload, record_id: str, etag: str | None, last_modified: str | None
    ) -> None:
        """Remembers a stored response, see `Payloads.add_response`. Raises RecordStopped where the ledger fails."""
        with self.batch() as record:
            record.ledger.payloads.add_response(url, payload, record_id, etag, last_modified)

    def before_commit(self, sync: Callable[[], None]) -> None:
        """Have `sync` make durable what a batch refers to before it is committed; it may raise a RecordError."""
        if self._record is not None:
            self._record.before_commit(sync)

    def stop(self, error: RecordError) -> None:
        """Stops the run: what it reads can no longer be recorded."""
        if self._failure is None:
            self._stop(error)

    # --- items

    def process_item(self, item: Article) -> Article:
        """Adds a deduplicated Article to the batch. Raises RecordStopped where recording fails."""
        with self.batch() as record:
            item = record.add(item)
            if record.pending >= self._batch_size:
                self._commit(record)
        return item

    def close_spider(self) -> None:
        """Commits the last batch and closes the ledger."""
        if self._record is None or self._failure is not None:
            return
        try:
            self._commit(self._record)
            newest = self._record.ledger.documents.newest(self._record.source)
            self._crawler.stats.set_value(NEWEST_STATISTIC, newest)
            self._record.finish()
        except RecordError as error:
            self._note(error)

    def _commit_late(self) -> None:
        """Commits because the batch has been open for long enough."""
        if self._record is None or self._failure is not None:
            return
        try:
            self._commit(self._record)
        except RecordError as error:
            self._stop(error)

    def _commit(self, record: Record) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if not record.ledger.in_transaction:
            return
        committed = record.commit()
        for path, count in committed.lines.items():
            self._crawler.stats.inc_value(f"output/{path}", count)
        send = self._crawler.signals.send_catch_log
        for article in committed.articles:
            send(signal=signals.article_recorded, article=article, outcome=outcome_of(article))
        for change in committed.states:
            send(signal=signals.state_changed, change=change)

    def _stop(self, error: RecordError) -> None:
        self._note(error)
        deferred_from_coro(self._crawler.engine.close_spider_async(reason=error.reason))

    def _note(self, error: RecordError) -> None:
        self._failure = error
        logger.critical("Recording stops: %s", error)
        self._crawler.stats.set_value("failure", f"{error.reason}: {error}")
        if self._timer is not None:
            self._timer.cancel()
        if self._record is not None:
            self._record.abandon()


def near_duplicates_of(settings: BaseSettings) -> NearDuplicates:
    """What NEAR_DUPLICATES says. Raises SettingError."""
    value = settings.get("NEAR_DUPLICATES", "separate")
    if value not in get_args(NearDuplicates):
        raise SettingError(f"NEAR_DUPLICATES={value}: it is off, link or separate")
    return cast("NearDuplicates", value)


def schedule_of(settings: BaseSettings) -> Schedule:
    """What RECHECK_INTERVALS_DAYS, RECHECK_JITTER and REMOVAL_CONFIRMED_AFTER_DAYS say. Raises SettingError."""
    default = Schedule()
    try:
        return Schedule(
            tuple(map(float, settings.getlist("RECHECK_INTERVALS_DAYS", list(default.intervals)))),
            settings.getfloat("RECHECK_JITTER", default.jitter),
            settings.getfloat("REMOVAL_CONFIRMED_AFTER_DAYS", default.confirmed_after),
        )
    except ValueError as error:
        raise SettingError(f"RECHECK_INTERVALS_DAYS, RECHECK_JITTER, REMOVAL_CONFIRMED_AFTER_DAYS: {error}") from error

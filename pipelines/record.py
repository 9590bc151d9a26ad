"""Writes Articles as JSON Lines, so that they and the ledger agree at every instant a crash can choose.

A batch is one open transaction of the ledger and the lines that belong to it. To commit is to append and sync the
lines, then to commit the ledger with the new file lengths. A kill before that leaves bytes beyond the committed
length, which the next start cuts off; what was lost with them is not in the ledger, so it is fetched again.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Self, cast, get_args

import jsonlines
import orjson
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, DropItem
from scrapy.utils.asyncio import CallLaterResult, call_later
from scrapy.utils.defer import deferred_from_coro

from crawler import signals
from crawler.items import Article
from crawler.signals import Outcome
from pipelines.copies import Finding, NearDuplicates, find_copies
from pipelines.failure import RecordError, SettingError
from pipelines.ledger import Ledger, Line
from pipelines.output import ARTICLES, COPIES, OutputFiles
from pipelines.recorded import LEDGER

logger = logging.getLogger(__name__)


def outcome_of(article: Article) -> Outcome:
    """The outcome of an Article that deserves a line, read from the fields that deduplication set."""
    if article.relation is not None:
        return Outcome(article.relation)
    return Outcome.NEW if article.revision == 1 else Outcome.REVISION


def path_of(article: Article, near_duplicates: NearDuplicates = "separate") -> str:
    """The file below the output directory that the Article's line belongs to."""
    is_copy = article.relation == "identical" if near_duplicates == "link" else article.relation is not None
    return f"{COPIES if is_copy else ARTICLES}/{article.source}.jsonl"


class Record:
    """The ledger and the JSON Lines of one output directory, committed together. Knows nothing of Scrapy.

    Every method may raise a RecordError; after one, only `abandon` makes sense.
    """

    def __init__(
        self, directory: Path, source: str, timeout: float = 60.0, near_duplicates: NearDuplicates = "separate"
    ) -> None:
        """Opens the output directory for a run of `source`, and cuts off what a killed run left.

        `timeout` is for how many seconds to wait while another run has a batch open.
        """
        self._near_duplicates: NearDuplicates = near_duplicates
        self._pending: list[Article] = []
        #: The Article that was last looked up, and what was found: it is decided by one pipeline, written by the next.
        self._found: tuple[str, str | None, Finding] | None = None
        self._buffers = {f"{name}/{source}.jsonl": io.BytesIO() for name in (ARTICLES, COPIES)}
        self._writers = {path: jsonlines.Writer(buffer, dumps=orjson.dumps) for path, buffer in self._buffers.items()}
        self._files = OutputFiles(directory)
        self.ledger = Ledger(directory / LEDGER, timeout)
        try:
            self._start(source)
        except RecordError:
            self.ledger.close()
            raise

    def _start(self, source: str) -> None:
        self.ledger.begin()
        lengths = self.ledger.file_lengths()
        self._files.recover(lengths)
        for path in self._buffers:
            # Known before it exists, so that a file the ledger does not know is never one of ours.
            self.ledger.set_file_length(path, lengths.get(path, 0))
        self.ledger.start_run(source, _now())
        self.ledger.commit()

    @property
    def pending(self) -> int:
        """How many lines the open batch holds."""
        return len(self._pending)

    def find(self, article: Article) -> Finding:
        """The documents met before that the Article's text is linked with."""
        if self._found is None or self._found[:2] != (article.id, article.text_digest):
            finding = find_copies(article, self.ledger, self.body, near=self._near_duplicates != "off")
            self._found = (article.id, article.text_digest, finding)
        return self._found[2]

    def body(self, line: Line) -> str:
        """The text that was written on a line, committed or not."""
        committed = self.ledger.file_length(line.path)
        if line.position < committed:
            written = self._files.read_line(line.path, line.position)
        else:
            buffer = self._buffers[line.path]
            buffer.seek(line.position - committed)
            written = buffer.readline()
            buffer.seek(0, io.SEEK_END)
        return str(orjson.loads(written)["article_body"])

    def add(self, article: Article) -> Article:
        """Adds a deduplicated Article to the open batch: its line after all before it, its text to the ledger.

        Returns the Article as written, with its story. Raises ValueError for one of another source than the run's.
        """
        path = path_of(article, self._near_duplicates)
        if path not in self._writers:
            raise ValueError(f"{article.id} is of source {article.source}, the run is not")
        finding = self.find(article)
        story = self.ledger.stories.add(article.id, self.ledger.met(article.id), finding.links)
        article = article.model_copy(update={"story": story})
        line = Line(path, self.ledger.file_length(path) + self._buffers[path].tell())
        self._writers[path].write(article.model_dump(mode="json"))
        self.ledger.anchors.add(self.ledger.add_text(article, line), finding.anchors)
        self._pending.append(article)
        self._found = None
        return article

    def commit(self) -> list[Article]:
        """Makes the open batch durable; the Articles of its lines, in the order they came."""
        lines = {path: buffer.getvalue() for path, buffer in self._buffers.items() if buffer.tell()}
        if lines:
            for path, length in self._files.append(lines, self.ledger.file_lengths()).items():
                self.ledger.set_file_length(path, length)
        # Should this fail, the lines stay where they are: whether the ledger has them is known at the next start.
        self.ledger.commit()
        for path in lines:
            self._buffers[path].seek(0)
            self._buffers[path].truncate()
        committed, self._pending = self._pending, []
        return committed

    def abandon(self) -> None:
        """Gives the open batch up and closes the ledger."""
        self.ledger.close()

    def finish(self) -> None:
        """Notes the end of the run and closes the ledger. The last batch must have been committed."""
        self.ledger.begin()
        self.ledger.finish_run(_now())
        self.ledger.commit()
        self.ledger.close()


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
        self._near_duplicates: NearDuplicates = _near_duplicates(crawler.settings.get("NEAR_DUPLICATES", "separate"))

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Reads the settings.

        OUTPUT_DIR (default `output`) is where everything is written. RECORD_BATCH_SIZE (100 lines) and
        RECORD_BATCH_SECONDS (0.5) bound a batch: a sync for each item would cost many times the rest of its way.
        NEAR_DUPLICATES (separate) is `off`, `link` or `separate`: whether texts that are nearly the same are looked
        for, and whether their lines go to articles/ or copies/. Raises SettingError for another value.
        LEDGER_TIMEOUT_SECONDS (60) is how long to wait for another run on the same output directory.
        """
        return cls(crawler)

    async def open_spider(self) -> None:
        """Opens the output directory; closes the spider where that fails."""
        assert self._crawler.spider is not None
        try:
            self._record = Record(self._directory, self._crawler.spider.name, self._timeout, self._near_duplicates)
        except RecordError as error:
            self._note(error)
            raise CloseSpider(error.reason) from error

    def known(self, document_id: str) -> bool:
        """Whether the document was met before, in this run or an earlier one: where an incremental run may stop.

        Raises CloseSpider where recording fails or has failed.
        """
        if self._failure is not None or self._record is None:
            raise CloseSpider(self._failure.reason if self._failure else RecordError.reason)
        try:
            return self._record.ledger.known(document_id)
        except RecordError as error:
            self._note(error)
            raise CloseSpider(error.reason) from error

    def begin_sections(self, slugs: Iterable[str]) -> frozenset[str]:
        """Which of these sections were complete; from now on none is, until `complete_sections` says so."""
        assert self._crawler.spider is not None
        source = self._crawler.spider.name
        with self.batch() as record:
            complete = record.ledger.complete_sections(source).intersection(slugs)
            for slug in complete:
                record.ledger.set_section_incomplete(source, slug)
        return complete

    def complete_sections(self, slugs: Iterable[str]) -> None:
        """Every document that these sections list was met and recorded."""
        assert self._crawler.spider is not None
        with self.batch() as record:
            for slug in slugs:
                record.ledger.set_section_complete(self._crawler.spider.name, slug)

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
        for article in record.commit():
            self._crawler.stats.inc_value(f"output/{path_of(article, self._near_duplicates)}")
            self._crawler.signals.send_catch_log(
                signal=signals.article_recorded, article=article, outcome=outcome_of(article)
            )

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


def _near_duplicates(value: str) -> NearDuplicates:
    if value not in get_args(NearDuplicates):
        raise SettingError(f"NEAR_DUPLICATES={value}: it is off, link or separate")
    return cast("NearDuplicates", value)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

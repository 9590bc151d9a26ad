"""The live archive: every response of a crawl goes to a WARC file as it came, before anything reads it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Self
from urllib.parse import urldefrag

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Headers, Response

from crawler.archive.abandoned import close_abandoned
from crawler.archive.exchange import Exchange, request_block, response_head
from crawler.archive.reader import Header
from crawler.archive.writer import Place, WarcWriter
from crawler.downloading.refusal import Refusal
from crawler.extraction.problem import Code
from crawler.items import Capture
from pipelines.failure import RecordError, SettingError
from pipelines.payloads import Payload
from pipelines.record import RecordPipeline, RecordStopped

#: Key of `request.meta`: the Payload that a conditional request asks about. A 304 is then stored as its `revisit`.
REVISIT_OF = "revisit_of"

#: The directory below OUTPUT_DIR; a directory a source in it.
ARCHIVE = "archive"

#: fastwarc reads no record header of more than 32 KiB, which a `revisit` has two URLs in.
_LONGEST_URL = 8000
_CONDITIONS = ("If-None-Match", "If-Modified-Since")

logger = logging.getLogger(__name__)


class NotRecorded(Refusal):
    """A response came, but could not be written; or it is not asked for, because it could not be."""

    code = Code.NOT_RECORDED


class UnrecordableUrl(Refusal):
    """A URL too long for the header of a record."""

    code = Code.TOO_LARGE


class ArchiveMiddleware:
    """Writes every exchange with a server to `OUTPUT_DIR/archive/SOURCE/`, and names it in the request's meta.

    To be the middleware nearest to the network: it sees each hop of a redirect, each retry and each robots.txt, with
    the body in the coding it came in. `request.meta["capture"]` is then the Capture, and
    `request.meta["date_retrieved"]` its time, as in a replay of the archive.

    A body that the ledger knows is stored as a `revisit` of the response that brought it first, and so is a 304 to a
    request with `request.meta[REVISIT_OF]`. The archive is made durable before the ledger commits what refers to it.
    When it cannot be written, the run stops: what cannot be proved is not recorded, and not asked for.

    Without RecordPipeline there is no ledger to keep it in step with, and no archive.
    """

    def __init__(self, crawler: Crawler, directory: Path, max_bytes: int) -> None:
        self._crawler = crawler
        self._directory = directory
        self._max_bytes = max_bytes
        self._recording: RecordPipeline | None = None
        self._writer: WarcWriter | None = None
        self._failure: RecordError | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Reads the settings.

        ARCHIVE (`on`) may be `off`; raises SettingError for another value. ARCHIVE_FILE_BYTES (10^9) is how large a
        WARC file grows. OUTPUT_DIR (`output`) is where everything is written.
        """
        is_on = crawler.settings.get("ARCHIVE", "on")
        if is_on not in ("on", "off"):
            raise SettingError(f"ARCHIVE={is_on}: it is on or off")
        if is_on == "off":
            raise NotConfigured
        directory = Path(crawler.settings.get("OUTPUT_DIR", "output")) / ARCHIVE
        middleware = cls(crawler, directory, crawler.settings.getint("ARCHIVE_FILE_BYTES", 1_000_000_000))
        crawler.signals.connect(middleware.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(middleware.spider_closed, signal=signals.spider_closed)
        return middleware

    def spider_opened(self) -> None:
        """Closes what killed runs of any source left open, and gets ready."""
        for directory in sorted(self._directory.glob("*/")):
            close_abandoned(directory)
        assert self._crawler.spider is not None
        self._recording = self._crawler.get_item_pipeline(RecordPipeline)
        if self._recording is None:
            logger.info("No archive: there is no RecordPipeline to keep it in step with")
            return
        name = self._crawler.spider.name
        self._writer = WarcWriter(self._directory / name, name, self._max_bytes, _information(self._crawler))
        self._recording.before_commit(self._writer.sync)

    def spider_closed(self) -> None:
        """Closes the file in progress. Where that fails, the next run will."""
        if self._writer is not None:
            try:
                self._writer.close()
            except RecordError as error:
                self._fail(error)

    def process_request(self, request: Request) -> None:
        """Raises NotRecorded and UnrecordableUrl for a request whose response could not be written."""
        # A redirected request inherits the meta and the headers of the one before it.
        request.meta.pop("capture", None)
        request.meta.pop("date_retrieved", None)
        if "redirect_urls" in request.meta and request.meta.pop(REVISIT_OF, None) is not None:
            # What the first URL is asked is no question to the next: a 304 would speak of another page.
            for condition in _CONDITIONS:
                request.headers.pop(condition, None)
        if self._failure is not None:
            raise NotRecorded(request.url, str(self._failure))
        if self._writer is not None and len(request.url) > _LONGEST_URL:
            raise UnrecordableUrl(request.url[:_LONGEST_URL], f"a URL of {len(request.url)} bytes")

    def process_response(self, request: Request, response: Response) -> Response:
        """The response, once it is written. Raises NotRecorded where that fails."""
        # What Scrapy's HTTP cache answers was not said by the server now.
        if self._writer is None or self._recording is None or "cached" in response.flags:
            return response
        if self._failure is not None:
            raise NotRecorded(request.url, str(self._failure))
        exchange = _exchange(request, response)
        try:
            place = self._store(exchange, request, response, self._writer, self._recording)
        except RecordError as error:
            self._fail(error)
            raise NotRecorded(request.url, str(error)) from error
        except RecordStopped as error:
            raise NotRecorded(request.url, str(error)) from error
        request.meta["capture"] = Capture(file=place.file, record_id=place.record_id)
        request.meta["date_retrieved"] = exchange.date_retrieved
        # As crawler.extensions.run_report counts what is in a file.
        statistic = f"output/{ARCHIVE}/{self._writer.prefix}/{place.file}"
        self._crawler.stats.set_value(statistic, self._writer.records[place.file])
        return response

    def _store(
        self, exchange: Exchange, request: Request, response: Response, writer: WarcWriter, recording: RecordPipeline
    ) -> Place:
        if response.status == 304 and (asked := request.meta.get(REVISIT_OF)) is not None:
            return writer.write_not_modified(exchange, asked)
        if response.status != 200 or not exchange.body or exchange.is_cut:
            return writer.write_response(exchange)
        payload = recording.find_payload(exchange.payload_digest)
        if payload is None:
            place = writer.write_response(exchange)
            payload = Payload(exchange.payload_digest, exchange.url, exchange.date, place.record_id, place.file)
        else:
            place = writer.write_repeated(exchange, payload)
        etag, last_modified = (_text(response.headers.get(name)) for name in ("ETag", "Last-Modified"))
        recording.add_response(exchange.url, payload, place.record_id, etag, last_modified)
        return place

    def _fail(self, error: RecordError) -> None:
        self._failure = error
        if self._recording is not None:
            self._recording.stop(error)


def _exchange(request: Request, response: Response) -> Exchange:
    url = urldefrag(request.url).url
    return Exchange(
        url=url,
        # The response has just come; the latency is the time from the request to the response's header.
        began=datetime.now(UTC) - timedelta(seconds=request.meta.get("download_latency", 0.0)),
        request=request_block(request.method, url, _lines(request.headers), request.body),
        head=response_head(response.status, _lines(response.headers), response.body, response.protocol or ""),
        body=response.body,
        ip_address=str(response.ip_address) if response.ip_address is not None else None,
        is_cut="dataloss" in response.flags,
    )


def _lines(headers: Headers) -> Iterator[Header]:
    return ((name, value) for name, values in headers.items() for value in values)


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")


def _information(crawler: Crawler) -> dict[str, str]:
    """Fields of a `warcinfo` record (WARC 1.1, 6.2, and Dublin Core)."""
    assert crawler.spider is not None
    settings = crawler.settings
    software = {"Readouts": "readouts", "Scrapy": "scrapy", "FastWARC": "fastwarc"}
    arguments = "".join(f" -a {name}={value}" for name, value in getattr(crawler.spider, "arguments", {}).items())
    information = {
        "software": " ".join(f"{name}/{version(package)}" for name, package in software.items()),
        "isPartOf": crawler.spider.name,
        "description": f"scrapy crawl {crawler.spider.name}{arguments}",
        "robots": "classic" if settings.getbool("ROBOTSTXT_OBEY") else "ignore",
        "http-header-user-agent": settings.get("USER_AGENT"),
    }
    if settings.get("CONNECT_TO"):
        # Or it would pass for what the outlet said.
        information["description"] += f"; a rehearsal: {settings['CONNECT_TO']} answered for every host"
    return information

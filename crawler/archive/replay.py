"""Answering a crawl from WARC files, without network and without delay."""

from __future__ import annotations

from typing import Any

from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes

from crawler.archive.index import ReplayIndex
from crawler.archive.reader import ArchivedResponse
from crawler.downloading.refusal import Refusal
from crawler.extraction.problem import Code
from crawler.items import Capture
from crawler.settings import DOWNLOADER_MIDDLEWARES

_GUARD = "crawler.downloading.address_guard.AddressGuardMiddleware"
_ARCHIVE = "crawler.archive.capture.ArchiveMiddleware"
_HANDLER = "crawler.archive.replay.ReplayDownloadHandler"

#: What a replay changes of `crawler.settings`, for the priority of a spider.
REPLAY_SETTINGS: dict[str, Any] = {
    # Nothing but the archive answers.
    "DOWNLOAD_HANDLERS": {"http": _HANDLER, "https": _HANDLER, "data": None, "file": None, "ftp": None, "s3": None},
    # And so no host is forbidden: an archive answers for mirrors too, which the guard does not let through.
    # What comes from an archive is in one: it is not archived again.
    "DOWNLOADER_MIDDLEWARES": DOWNLOADER_MIDDLEWARES | {_GUARD: None, _ARCHIVE: None},
    # One after the other: the same archive gives the same requests in the same order, and so the same output.
    "CONCURRENT_REQUESTS": 1,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
    # There is no host to be polite to, or to ask again.
    "DOWNLOAD_DELAY": 0,
    "AUTOTHROTTLE_ENABLED": False,
    "BACKOFF_ENABLED": False,
    "RETRY_ENABLED": False,
    # Whether we may have a page was decided when it was fetched.
    "ROBOTSTXT_OBEY": False,
    "HTTPCACHE_ENABLED": False,
    # The reader has undone all codings.
    "COMPRESSION_ENABLED": False,
}

#: Key of `request.meta`: the one capture (an IndexedCapture, or null for the latest) a request wants of its URL.
ASKED_CAPTURE = "asked_capture"

_OF_THE_STORED_BODY = frozenset({b"content-encoding", b"transfer-encoding", b"content-length"})


class NotArchived(Refusal):
    """A replay was asked for a URL that its WARC files do not hold."""

    code = Code.NOT_ARCHIVED


class ReplayDownloadHandler(BaseDownloadHandler):
    """Answers http and https requests from `crawler.spider.replay_index`.

    `request.meta["capture"]` is then the Capture that was read, `request.meta["date_retrieved"]` its time. A redirect
    is answered as the redirect it was. `request.meta[ASKED_CAPTURE]` picks one of several captures of the URL, else the
    latest answers. Raises NotArchived for a URL the index does not hold.
    """

    async def download_request(self, request: Request) -> Response:
        """The archived response for this request, under the URL of the request."""
        # A redirected request inherits the meta of the redirect.
        request.meta.pop("capture", None)
        request.meta.pop("date_retrieved", None)
        index: ReplayIndex = self.crawler.spider.replay_index  # type: ignore[union-attr]
        # Taken out, so that a redirect to another URL does not ask for it again.
        asked = request.meta.pop(ASKED_CAPTURE, None)
        archived = index.read(asked) if asked is not None else index.lookup(request.url)
        if archived is None:
            raise NotArchived(request.url)
        request.meta["capture"] = Capture(file=archived.file, record_id=archived.record_id)
        request.meta["date_retrieved"] = archived.date_retrieved
        return to_scrapy(archived, request.url)


def to_scrapy(archived: ArchivedResponse, url: str) -> Response:
    """An archived response as Scrapy has it, its codings undone. Raises Problem `undecodable`."""
    headers = Headers([header for header in archived.headers if header[0].lower() not in _OF_THE_STORED_BODY])
    body = archived.body
    response_class = responsetypes.from_args(headers=headers, url=url, body=body)
    return response_class(url=url, status=archived.status, headers=headers, body=body)

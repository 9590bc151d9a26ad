"""The download handler of `CONNECT_TO`."""

from __future__ import annotations

from urllib.parse import urlsplit

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.downloading.connect_to import loopback_authority


class ConnectToDownloadHandler(HTTP11DownloadHandler):
    """Scrapy's HTTP/1.1 handler with every connection made to `CONNECT_TO`."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._authority = loopback_authority(crawler.settings["CONNECT_TO"])

    async def download_request(self, request: Request) -> Response:
        """Send the request to the local server; the response keeps the URL of the request."""
        parts = urlsplit(request.url)
        sent = request.replace(url=parts._replace(scheme="http", netloc=self._authority, fragment="").geturl())
        sent.headers["Host"] = parts.netloc.rpartition("@")[2]
        sent.meta.pop("proxy", None)
        response = await super().download_request(sent)
        request.meta["download_latency"] = sent.meta.get("download_latency")
        return response.replace(url=request.url)

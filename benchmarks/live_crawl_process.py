"""One crawl of the made-up site, timed from within: `python -m benchmarks.live_crawl_process WAY FILE ARGUMENT…`.

WAY `readouts` is `scrapy crawl` in this project, WAY `stock` is `scrapy runspider` without one. The arguments are those
of the command. When the spider has closed, FILE holds what the Stopwatch counted, as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from lxml import etree
from scrapy import Request, Spider, signals
from scrapy.cmdline import execute
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.settings import Settings
from scrapy.utils.project import get_project_settings

_FILE = "STOPWATCH_FILE"
#: The yardstick is laid on so often.
_RESPONSES_A_YARD = 10
_MARKUP = b"<html><body>" + b"<div class='a'><p>some <b>words</b> of a page</p></div>" * 300 + b"</body></html>"
#: Opens a port and keeps files in the user's home; what it costs is not worth either.
_STOCK = {"REMOTE_CONTROL_ENABLED": False}


class Stopwatch:
    """Seconds of wall clock and of the process's CPU from the first response until all is written.

    While it runs it lays a yardstick on the machine: a fixed piece of work, whose own time is taken off. How long that
    took says how fast the machine was just then.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._file = Path(crawler.settings[_FILE])
        self._responses = 0
        self._yards = 0
        self._yard_cpu = self._yard_wall = 0.0
        crawler.signals.connect(self.response_received, signal=signals.response_received)
        crawler.signals.connect(self.spider_closed, signal=signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def response_received(self) -> None:
        if not self._responses:
            self._begun = time.perf_counter(), time.process_time()
        self._responses += 1
        if self._responses % _RESPONSES_A_YARD == 0:
            wall, cpu = time.perf_counter(), time.process_time()
            yardstick()
            self._yard_wall += time.perf_counter() - wall
            self._yard_cpu += time.process_time() - cpu
            self._yards += 1

    def spider_closed(self) -> None:
        counted = {
            "responses": self._responses,
            "wall": time.perf_counter() - self._begun[0] - self._yard_wall,
            "cpu": time.process_time() - self._begun[1] - self._yard_cpu,
            "yard": self._yard_cpu / self._yards,
        }
        self._file.write_text(json.dumps(counted))


class StockSpider(Spider):
    """The spider that does nothing: the same walk, as Scrapy's tutorial would write it, and the URL as the item."""

    name = "stock"

    def __init__(self, listing: str, **arguments: str) -> None:
        super().__init__(**arguments)
        self.start_urls = [listing]

    def parse(self, response: Response) -> Iterator[Request]:
        for link in response.css("div.newsLst_mod li a::attr(href)").getall():
            yield response.follow(link, self.parse_article)
        script = response.css("#pages script::text")
        page, pages = (int(script.re_first(rf"{name} = (\d+)") or 0) for name in ("currentPage", "countPage"))
        if page + 1 < pages:
            yield response.follow(f"default_{page + 1}.shtml")

    def parse_article(self, response: Response) -> Iterator[dict[str, Any]]:
        yield {"url": response.url}


def yardstick() -> int:
    """Objects, text and markup, as a crawl has them; always the same. The result is of no use."""
    total = 0
    for number in range(1_000):
        entry = {"text": f"{number} words"}
        total += len(entry["text"].split())
    return total + len(etree.fromstring(_MARKUP, etree.HTMLParser()))


def main() -> None:
    """Run the command, which ends the process."""
    way, file, *arguments = sys.argv[1:]
    if way == "readouts":
        settings, command = get_project_settings(), ["crawl"]
    elif way == "stock":
        settings, command = Settings(_STOCK), ["runspider", __file__]
    else:
        raise SystemExit(f"no such way: {way}")
    settings["EXTENSIONS"].update({"benchmarks.live_crawl_process.Stopwatch": 1})
    settings[_FILE] = file
    execute(["scrapy", *command, *arguments], settings)


if __name__ == "__main__":
    main()

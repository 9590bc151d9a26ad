"""Crawls of given URLs with the project's settings, a ledger and an archive, each in a process of its own.

    crawled = crawl(tmp_path, site.authority, Ask("http://www.news.example/a"))

The spider is called `news` and owns every host; what it writes is below `tmp_path`.
"""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response
from scrapy.settings import Settings
from twisted.python.failure import Failure

from crawler.archive.capture import REVISIT_OF
from pipelines.payloads import Payload

REPOSITORY = Path(__file__).parents[2]
SETTINGS = {
    "EXTENSIONS": {},
    "ITEM_PIPELINES": {"pipelines.record.RecordPipeline": 300},
    "SPIDER_MODULES": [],
    "DOWNLOAD_DELAY": 0,
    "BACKOFF_ENABLED": False,
}


@dataclass
class Ask:
    """A request: with a `revisit_of` (the fields of a Payload) it is a conditional one."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)
    revisit_of: dict[str, str] | None = None


@dataclass
class Got:
    """What came of a request. `body` is undone from its codings."""

    asked: str
    url: str = ""
    status: int = 0
    body: str = ""
    capture: list[str] | None = None
    date_retrieved: str = ""
    problem: str = ""


@dataclass
class Crawled:
    got: list[Got]
    statistics: dict[str, Any]
    finish_reason: str
    log: str

    def of(self, url: str) -> Got:
        [got] = [got for got in self.got if got.asked == url]
        return got


class NewsSpider(Spider):
    name = "news"

    def __init__(self, asks: list[Ask]) -> None:
        super().__init__()
        self.asks = asks
        self.got: list[Got] = []
        self.arguments = {"section": "a\nb"}

    def allows(self, url: str) -> bool:
        return True

    async def start(self) -> AsyncIterator[Request]:
        for ask in self.asks:
            meta: dict[str, Any] = {"asked": ask.url}
            if ask.revisit_of is not None:
                meta[REVISIT_OF] = Payload(**ask.revisit_of)
            yield Request(ask.url, self.parse, headers=ask.headers, errback=self.failed, meta=meta, dont_filter=True)

    def parse(self, response: Response) -> None:
        capture = response.meta.get("capture")
        self.got.append(
            Got(
                asked=response.meta["asked"],
                url=response.url,
                status=response.status,
                body=response.body.decode("latin-1"),
                capture=[capture.file, capture.record_id] if capture else None,
                date_retrieved=response.meta.get("date_retrieved", ""),
            )
        )

    def failed(self, failure: Failure) -> None:
        problem = getattr(failure.value, "problem", None)
        self.got.append(Got(asked=failure.request.meta["asked"], problem=str(problem or failure.value)))  # type: ignore[attr-defined]


def command(directory: Path, authority: str, *asks: Ask, **settings: Any) -> list[str]:
    settings = {"OUTPUT_DIR": str(directory), "CONNECT_TO": authority} | settings
    task = json.dumps([[asdict(ask) for ask in asks], settings])
    return [sys.executable, "-W", "error", "-m", "tests.archive.archived_crawl", task]


def crawl(directory: Path, authority: str, *asks: Ask, **settings: Any) -> Crawled:
    """Run it to its end; it must not print a traceback. BROKEN_DISK=True is no setting: see `break_disk`."""
    done = subprocess.run(
        command(directory, authority, *asks, **settings),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    got, statistics, reason = json.loads(done.stdout)
    return Crawled([Got(**one) for one in got], statistics, reason, done.stderr)


def break_disk() -> None:
    """From now on no WARC file in progress can be made durable."""
    fsync = os.fsync

    def failing(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").readlink().name.endswith(".warc.gz.open"):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        fsync(descriptor)

    os.fsync = failing  # type: ignore[assignment]


def main(task: str) -> None:
    asks, of_this = json.loads(task)
    if of_this.pop("BROKEN_DISK", False):
        break_disk()
    settings = Settings()
    settings.setmodule("crawler.settings")
    settings.setdict(SETTINGS | of_this, priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(NewsSpider)
    process.crawl(crawler, asks=[Ask(**ask) for ask in asks])
    process.start()
    statistics = crawler.stats.get_stats()
    kept = {name: value for name, value in statistics.items() if name == "failure" or name.startswith("output/")}
    got = crawler.spider.got if crawler.spider is not None else []  # type: ignore[attr-defined]
    print(json.dumps([[asdict(one) for one in got], kept, statistics.get("finish_reason")]))


if __name__ == "__main__":
    main(sys.argv[1])

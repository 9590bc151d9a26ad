"""Crawls of a few URLs with the project's settings, all of a test module side by side in one process of its own.

    CRAWL = Crawl(["http://news.example/a"], hosts=["news.example"], settings={...})
    log = crawl_together([CRAWL, ...])

fills in `CRAWL.outcomes`: one Outcome a URL, in the order in which Scrapy delivered them. (A process, because a reactor
runs once a process; one, because starting it takes longer than most crawls.)
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.http import Response
from scrapy.settings import Settings
from twisted.python.failure import Failure

from crawler.archive.index import ReplayIndex
from crawler.archive.replay import REPLAY_SETTINGS

REPOSITORY = Path(__file__).parent.parent
# The pieces other modules' tests are about stay out.
BARE = {"EXTENSIONS": {}, "ITEM_PIPELINES": {}, "SPIDER_MODULES": [], "DOWNLOAD_DELAY": 0}


@dataclass
class Outcome:
    asked: str
    url: str = ""
    status: int = 0
    body: str = ""
    problem: str = ""
    error: str = ""
    capture: list[str] | None = None
    date_retrieved: str = ""
    seconds: float = 0.0


@dataclass
class Crawl:
    """What to ask for, which hosts the source has, the WARC files of a replay, and settings over the project's."""

    urls: list[str]
    hosts: list[str]
    replay: list[str] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def outcome(self) -> Outcome:
        """The outcome of the only URL."""
        [outcome] = self.outcomes
        return outcome

    def of(self, url: str) -> Outcome:
        """The outcome of this URL."""
        [outcome] = [outcome for outcome in self.outcomes if outcome.asked == url]
        return outcome


class OnceSpider(Spider):
    name = "once"

    def __init__(self, crawl: Crawl) -> None:
        super().__init__()
        self.crawl = crawl
        self.replay_index = ReplayIndex(map(Path, crawl.replay)) if crawl.replay else None
        self.started = monotonic()

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        if spider.replay_index is not None:
            crawler.settings.setdict(REPLAY_SETTINGS, priority="spider")
        return spider

    def allows(self, url: str) -> bool:
        return urlsplit(url).hostname in self.crawl.hosts

    async def start(self) -> AsyncIterator[Request]:
        for url in self.crawl.urls:
            yield Request(url, self.parse, errback=self.failed, meta={"asked": url}, dont_filter=True)

    def parse(self, response: Response) -> None:
        capture = response.meta.get("capture")
        self.crawl.outcomes.append(
            Outcome(
                asked=response.meta["asked"],
                url=response.url,
                status=response.status,
                body=response.body.decode("utf-8"),
                capture=[capture.file, capture.record_id] if capture else None,
                date_retrieved=response.meta.get("date_retrieved", ""),
                seconds=monotonic() - self.started,
            )
        )

    def failed(self, failure: Failure) -> None:
        problem = getattr(failure.value, "problem", None)
        self.crawl.outcomes.append(
            Outcome(
                asked=failure.request.meta["asked"],  # type: ignore[attr-defined]
                problem=str(problem) if problem else "",
                error=f"{type(failure.value).__name__}: {failure.value}",
                seconds=monotonic() - self.started,
            )
        )


def crawl_together(crawls: Sequence[Crawl], **of_all: Any) -> str:
    """Fill in the outcomes of each crawl. Returns what was logged. The keywords are settings of the whole process."""
    finished = run(crawls, **of_all)
    assert finished.returncode == 0, finished.stderr
    for crawl, outcomes in zip(crawls, json.loads(finished.stdout), strict=True):
        crawl.outcomes = [Outcome(**fields) for fields in outcomes]
    return finished.stderr


def run(crawls: Sequence[Crawl], **of_all: Any) -> subprocess.CompletedProcess[str]:
    """The finished process."""
    task = json.dumps([[asdict(crawl) for crawl in crawls], of_all])
    command = [sys.executable, "-W", "error", "-m", "tests.crawl_once", task]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False)


def main(task: str) -> None:
    all_fields, of_all = json.loads(task)
    crawls = [Crawl(**fields) for fields in all_fields]
    settings = Settings()
    settings.setmodule("crawler.settings")
    settings.setdict(BARE | of_all, priority="project")
    process = AsyncCrawlerProcess(settings)
    for crawl in crawls:
        crawler = process.create_crawler(OnceSpider)
        crawler.settings.setdict(crawl.settings, priority="cmdline")
        process.crawl(crawler, crawl=crawl)
    process.start()
    print(json.dumps([[asdict(outcome) for outcome in crawl.outcomes] for crawl in crawls]))


if __name__ == "__main__":
    main(sys.argv[1])

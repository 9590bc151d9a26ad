"""Who goes the round: a spider that asks the sites themselves, or a reader of WARC files."""

from __future__ import annotations

import datetime
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from functools import partial
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

from scrapy import Request, Spider, signals
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.http import Response
from scrapy.settings import Settings
from twisted.python.failure import Failure

from crawler.archive.index import ReplayIndex
from crawler.archive.reader import ArchivedResponse
from crawler.diagnosis.answer import Answer
from crawler.diagnosis.round import Round
from crawler.extraction.identity import Address
from crawler.extraction.problem import Code, Problem
from crawler.extraction.source import Source
from crawler.spiders.failures import problem_of

_REDIRECTS = 5
_ROBOTS = "/robots.txt"

#: What a visit changes of `crawler.settings`, unless the command line says otherwise: it records nothing, tries nothing
#: twice, and need not wait long.
VISIT_SETTINGS: dict[str, Any] = {
    "ITEM_PIPELINES": {},
    "EXTENSIONS": {},
    "ARCHIVE": "off",
    "RETRY_ENABLED": False,
    "DOWNLOAD_TIMEOUT": 30,
    # What goes wrong is what the examination tells.
    "LOG_LEVEL": "CRITICAL",
}


class Visitor(Spider):
    """Asks for the pages of a Round, with the project's own politeness."""

    name = "doctor"

    def __init__(self, source: Source, round_: Round) -> None:
        super().__init__()
        self._source = source
        self._round = round_
        self._walk = round_.walk()

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Scrapy's constructor; also listens for the robots.txt files, which no callback gets."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.response_received, signal=signals.response_received)
        return spider

    def allows(self, url: str) -> bool:
        """Whether a URL is on a host of the source."""
        address = Address.of(url)
        return address is not None and self._source.owns(address)

    def response_received(self, response: Response, request: Request) -> None:
        """Keeps what a robots.txt says."""
        parts = urlsplit(request.url)
        if parts.path == _ROBOTS and response.status == 200:
            self._round.robots[parts.netloc] = response.body.decode("utf-8", "replace")

    async def start(self) -> AsyncIterator[Any]:
        """The first page of the round."""
        for request in self._requests(None):
            yield request

    def parse(self, response: Response, asked: str) -> Iterator[Request]:
        """Hands in a page, asks for the next."""
        headers = {_text(name).lower(): _text(b", ".join(values)) for name, values in response.headers.items()}
        received = datetime.datetime.now(datetime.UTC)
        yield from self._requests(Answer(asked, response.url, response.status, headers, response.body, None, received))

    def failed(self, failure: Failure) -> Iterator[Request]:
        """Hands in why there is no page, asks for the next."""
        asked = failure.request.cb_kwargs["asked"]  # type: ignore[attr-defined]
        yield from self._requests(Answer(asked, asked, problem=problem_of(failure, asked)))

    def _requests(self, answer: Answer | None) -> Iterator[Request]:
        try:
            url = next(self._walk) if answer is None else self._walk.send(answer)
        except StopIteration:
            return
        yield Request(url, self.parse, errback=self.failed, cb_kwargs={"asked": url}, dont_filter=True)


def visit(settings: Settings, rounds: Sequence[tuple[Source, Round]]) -> None:
    """Go all rounds side by side. Returns when they are done; once in a process, as Scrapy's reactor wants it."""
    settings = settings.copy()
    settings.setdict(VISIT_SETTINGS, priority="spider")
    process = AsyncCrawlerProcess(settings)
    for source, round_ in rounds:
        process.crawl(process.create_crawler(Visitor), source=source, round_=round_)
    process.start()


def go(round_: Round, answer_of: Callable[[str], Answer]) -> None:
    """Go a round with whoever answers in the site's place."""
    walk = round_.walk()
    try:
        url = next(walk)
        while True:
            url = walk.send(answer_of(url))
    except StopIteration:
        return


def replay(index: ReplayIndex, round_: Round) -> None:
    """Go a round with an archive in the site's place."""
    go(round_, partial(_archived, index))


def _archived(index: ReplayIndex, asked: str) -> Answer:
    url = asked
    for _ in range(_REDIRECTS):
        found = index.lookup(url)
        if found is None:
            return Answer(asked, url, problem=Problem(Code.NOT_ARCHIVED, url))
        location = found.header("Location")
        if not (300 <= found.status < 400 and location):
            return _read(asked, url, found)
        url = urljoin(url, location)
    return Answer(asked, url, problem=Problem(Code.BLOCKED, asked, "redirected in a circle"))


def _read(asked: str, url: str, found: ArchivedResponse) -> Answer:
    try:
        body = found.body
    except Problem as problem:
        return Answer(asked, url, problem=problem)
    return Answer(asked, url, found.status, {_text(name).lower(): _text(value) for name, value in found.headers}, body)


def _text(header: bytes) -> str:
    return header.decode("latin-1")

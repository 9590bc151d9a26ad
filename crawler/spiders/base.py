"""The base of all spiders: which listing next, which page of it, when to stop.

A spider only walks. Pages are read by its source (`crawler.sources`), what happens to an Article is the pipelines'.
"""

from __future__ import annotations

import datetime
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, Self

from scrapy import Request, Spider
from scrapy import signals as scrapy_signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.archive.capture import REVISIT_OF
from crawler.archive.index import IndexedCapture, ReplayIndex
from crawler.archive.replay import ASKED_CAPTURE, REPLAY_SETTINGS
from crawler.archive.stored import StoredCaptures
from crawler.downloading.web_archive import ASKED_CANDIDATE
from crawler.extraction.dates import Published
from crawler.extraction.identity import Address, Identity, split
from crawler.extraction.page import Page
from crawler.extraction.problem import Code, Problem
from crawler.extraction.recognition import problem_of_status, refusal
from crawler.extraction.source import Link, Listing, Prefix, Section
from crawler.items import Article, Capture
from crawler.rereading import Rereading
from crawler.signals import listing_read, problem_found
from crawler.sources import sources
from crawler.spiders.arguments import ArgumentError, Scope
from crawler.spiders.backfill import Backfill, backfill_settings
from crawler.spiders.failures import problem_of
from crawler.spiders.replay import MayBeOf, Replay
from crawler.spiders.sameness import Sameness
from crawler.spiders.visits import Visit, Visits, sight_of
from crawler.spiders.walk import Walk
from crawler.webarchives.selection import Candidate
from pipelines.record import RecordPipeline
from pipelines.schedule import later, now
from pipelines.watch import Sight

#: What may be over by the next run.
_PASSING = frozenset(
    (Code.NETWORK, Code.BLOCKED, Code.HTTP_ERROR, Code.EMPTY_RESPONSE, Code.TRUNCATED, Code.NOT_RECORDED)
)
#: Requests of a replay that are in the queue at a time: an archive may hold more than memory.
_REST_AT_ONCE = 1_000
#: A page that will not come, however often it is asked for.
_GONE = frozenset((Code.NOT_ARCHIVED, Code.NOT_FOUND, Code.SOFT_404))


@dataclass(slots=True)
class Fetched:
    """An article on its way: the pages that are there, the URLs still to come, the capture of the first page, and the
    visit to a known document, or the candidate of a web archive, that asked for it."""

    pages: list[Page]
    coming: list[str]
    date_retrieved: str
    capture: Capture | None
    listed: Published | None
    visit: Visit | None = None
    candidate: Candidate | None = None


class SourceSpider(Spider):
    """Walks the sections of one source and reads every article they lead to.

    Without `since` and `until` a run is incremental: it walks each section from its newest page, asks only for
    documents the ledger does not know, and stops at the first page that shows nothing new.
    """

    #: Arguments that only this spider takes: name and meaning.
    own_arguments: ClassVar[dict[str, str]] = {}
    visits: Visits
    #: Reads from a web archive in place of the sites; null for a live run and for a replay.
    backfill: Backfill | None = None
    read_again: Callable[[Article], Article | None]

    def __init__(self, **arguments: str) -> None:
        super().__init__()
        self.source = sources()[self.name]
        #: As given with `-a`, for the run report.
        self.arguments = arguments
        self.scope = self.scope_of(arguments)
        self.replay_index = ReplayIndex(self.scope.replay, MayBeOf(self.name)) if self.scope.replay else None
        # An archive without a single response is empty, and false: it is a replay all the same.
        self.replay = None if self.replay_index is None else Replay(self.replay_index, self.source, self.scope)
        self._rest = self._requests_for_the_rest()
        self._sameness = Sameness()
        self._walks: list[Walk] = []
        self._complete: dict[str, str] = {}
        self._documents_asked: set[str] = set()
        self._may_come_yet = False
        self._listings_asked: set[str] = set()

    @classmethod
    def scope_of(cls, arguments: dict[str, str]) -> Scope:
        """What the arguments of a run ask for. Raises ArgumentError for one that is unknown or wrong."""
        unknown = sorted(set(arguments) - Scope.names() - set(cls.own_arguments))
        if unknown:
            offered = ", ".join(sorted(Scope.names() | set(cls.own_arguments)))
            raise ArgumentError(f"{cls.name} takes no argument {unknown[0]}; it takes {offered}")
        own = {name: arguments[name] for name in cls.own_arguments if name in arguments}
        shared = {name: value for name, value in arguments.items() if name not in own}
        return Scope.parse(sources()[cls.name], cls.sections_of(**own), **shared)

    @classmethod
    def sections_of(cls, **own: str) -> Sequence[Section]:
        """The sections a run may walk; a spider with arguments of its own narrows them. Raises ArgumentError."""
        return sources()[cls.name].sections

    @property
    def prefixes(self) -> Sequence[Prefix]:
        """What of a web archive the run may want; a spider with arguments of its own narrows it."""
        return self.source.archived

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Scrapy's constructor; turns on replay, which needs settings of its own."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        if spider.replay_index is not None:
            crawler.settings.setdict(REPLAY_SETTINGS, priority="spider")
            crawler.signals.connect(spider._replay_the_rest, signal=scrapy_signals.spider_idle)
            assert spider.replay is not None
            spider.replay.read_ahead(crawler.settings.getint("REPLAY_PROCESSES"))
        elif spider.scope.via is not None:
            crawler.settings.setdict(backfill_settings(spider.scope.via), priority="spider")
            spider.backfill = Backfill(spider, spider.scope.via, crawler.settings)
            crawler.signals.connect(spider._fill_back, signal=scrapy_signals.spider_idle)
            crawler.signals.connect(spider.backfill.close, signal=scrapy_signals.spider_closed)
        else:
            crawler.signals.connect(spider._after_the_walks, signal=scrapy_signals.spider_idle)
        directory = Path(crawler.settings.get("OUTPUT_DIR", "output"))
        budget = spider.scope.recheck
        spider.visits = Visits(spider, crawler.settings.getint("RECHECK_BUDGET") if budget is None else budget)
        #: Reads the capture of an Article once more, by today's rules: what differs then, the publisher did not change.
        spider.read_again = Rereading(StoredCaptures(directory / "archive")).read_again
        return spider

    def allows(self, url: str) -> bool:
        """Whether a URL is on a host of the source, or of the web archive that is asked in its place. Requests and
        redirects to any other are refused."""
        if self.scope.via is not None:
            parts = split(url)
            return parts is not None and parts.hostname in self.scope.via.hosts
        address = Address.of(url)
        return address is not None and self.source.owns(address)

    @property
    def named_hosts(self) -> frozenset[str]:
        """Hosts that whoever runs this has named, in whatever network they are."""
        return self.scope.via.hosts if self.scope.via is not None else frozenset()

    def knows(self, document_id: str) -> bool:
        """Whether an earlier run has this document, so that it need not be asked for again."""
        return self.recording.known(document_id)

    @property
    def recording(self) -> RecordPipeline:
        """The pipeline that knows what is known."""
        record = self.crawler.get_item_pipeline(RecordPipeline)
        if record is None:
            raise RuntimeError("a spider needs RecordPipeline in ITEM_PIPELINES: it knows what is known")
        return record

    # --- listings

    async def start(self) -> AsyncIterator[Any]:
        """The first page of each section, or every listing page that the archive holds."""
        if self.replay is not None and self.replay_index is not None:
            for problem in self.replay_index.problems:
                self.report(problem)
            for edition, count in self.replay.other_editions.items():
                self.logger.warning("%d pages of the archive are of another edition: -a edition=%s", count, edition)
            walks: dict[str, Walk] = {}
            for url, section in self.replay.listings():
                if self._is_new_listing(url):
                    yield self._listing_request(url, walks.setdefault(section.slug, Walk(section)))
        elif self.backfill is not None:
            for request in self.backfill.questions():
                yield request
        else:
            self._walks = [Walk(section) for section in self.scope.sections]
            self._complete = self.recording.begin_sections(walk.section.slug for walk in self._walks)
            for walk in self._walks:
                yield self._listing_request(walk.section.urls[0], walk)

    def parse_listing(self, response: Response, walk: Walk) -> Iterator[Request]:
        """Requests for the articles of a listing page, and for the next page."""
        try:
            listing = self._listing(self._page(response))
        except Problem as problem:
            yield from self._after_missing_page(problem, walk)
            return
        self.crawler.signals.send_catch_log(
            listing_read, url=response.url, section=walk.section.slug, articles=len(listing.links)
        )
        if not listing.links and not listing.following and walk.is_first_page:
            self.report(Problem(Code.EMPTY_LISTING, response.url))
        walk.members |= {identity.id: link.url for link in listing.links if (identity := self._identify(link.url))}
        fresh = [link for link in listing.links if self._is_fresh(link)]
        yield from self._article_requests(fresh)
        walk.advance(listing)
        if self._is_done(walk, listing, fresh):
            walk.has_ended = walk.has_stopped = True
        else:
            yield from self._next_page(walk)

    def _listing(self, page: Page) -> Listing:
        """Raises Problem; `blocked` and `soft-404` for a page that leads nowhere and says that it is no listing."""
        listing = self.source.listing(page)
        if not listing.links and not listing.following and (code := refusal(page, self.source.gone)) is not None:
            raise Problem(code, page.url, page.title)
        return listing

    def listing_failed(self, failure: Failure) -> Iterator[Request]:
        """A listing page that got no response."""
        request: Request = failure.request  # type: ignore[attr-defined]
        yield from self._after_missing_page(problem_of(failure, request.url), request.cb_kwargs["walk"])

    def _after_missing_page(self, problem: Problem, walk: Walk) -> Iterator[Request]:
        if walk.is_past_the_end(problem):
            self.logger.info("%s ends before %s", walk.section.slug, problem.url)
            walk.has_ended = True
        elif walk.is_first_page and problem.code in _GONE and (older := self._older_listing(walk)) is not None:
            self.logger.info("%s: %s; trying %s", walk.section.slug, problem, older)
            yield self._listing_request(older, walk)
        else:
            self.report(problem)
            walk.has_gap = True
            yield from self._next_page(walk)

    def _after_the_walks(self) -> None:
        """When nothing is left to read: visit known documents, unless only some days or a sample were asked for."""
        walks, self._walks = self._walks, []
        # Where no listing could be read, the site is not what it was: whatever a visit met would say little.
        if self.scope.is_partial or not any(walk.pages_read for walk in walks):
            return
        self._note_complete_sections(walks)
        requests = self.visits.requests(walks)
        for request in requests:
            self.crawler.engine.crawl(request)
        if requests:
            raise DontCloseSpider

    def _note_complete_sections(self, walks: Sequence[Walk]) -> None:
        """The sections of which every listed document was met."""
        has_failed = self._may_come_yet or self.crawler.stats.get_value("spider_exceptions/count")
        if not has_failed:
            ended = [walk for walk in walks if walk.has_ended and not walk.has_gap]
            # One that stopped early was walked to its end by an earlier run.
            slugs = {walk.section.slug: now() for walk in ended if not walk.has_stopped}
            slugs |= {walk.section.slug: self._complete[walk.section.slug] for walk in ended if walk.has_stopped}
            self.recording.complete_sections(slugs)

    def _older_listing(self, walk: Walk) -> str | None:
        """The section under an older URL: sites move. A replay starts from what its archive holds, and needs none."""
        return walk.older_generation() if self.replay is None else None

    def _next_page(self, walk: Walk) -> Iterator[Request]:
        while (url := walk.next_page()) is not None:
            if self._is_new_listing(url):
                yield self._listing_request(url, walk)
                return
        walk.has_ended = True

    def _is_done(self, walk: Walk, listing: Listing, fresh: Sequence[Link]) -> bool:
        """Whether the pages behind this one need not be asked for: older than `since`, or all known.

        That a page shows nothing new says so only where an earlier run has read the section without a gap: one that
        was killed, or took a sample, knows the newest documents and not those behind them. And from time to time a
        section is walked to its end all the same, to see what has left its middle.
        """
        if not self._may_ask():
            return True
        if self.replay is not None:
            return False
        if self.scope.since is not None:
            days = [link.published.day for link in listing.links if link.published is not None]
            return bool(days) and max(days) < self.scope.since
        walked = self._complete.get(walk.section.slug)
        is_recent = walked is not None and now() < later(walked, self.settings.getfloat("LISTING_WALK_DAYS"))
        return bool(listing.links) and not fresh and is_recent

    def _is_fresh(self, link: Link) -> bool:
        """Whether an article may be new to the ledger. A replay reads all: its captures may show another text."""
        if self.replay is not None:
            return True
        identity = self._identify(link.url)
        return identity is not None and not self.knows(identity.id)

    def _is_new_listing(self, url: str) -> bool:
        key = url.partition("://")[2]
        if key in self._listings_asked:
            return False
        self._listings_asked.add(key)
        return True

    def _listing_request(self, url: str, walk: Walk) -> Request:
        return Request(url, self.parse_listing, errback=self.listing_failed, cb_kwargs={"walk": walk}, dont_filter=True)

    # --- articles

    def _article_requests(self, links: Iterable[Link]) -> Iterator[Request]:
        for link in links:
            identity = self._identify(link.url)
            if identity is None or identity.id in self._documents_asked:
                continue
            if self._may_ask() and self.scope.covers(link.published.day if link.published else None):
                self._documents_asked.add(identity.id)
                yield from self._requests_for(identity.id, link)

    def _requests_for(self, document_id: str, link: Link) -> Iterator[Request]:
        """The request for a document; in a replay one for each of its captures, the earliest first."""
        captures: Sequence[IndexedCapture] = self.replay.captures(document_id) if self.replay is not None else ()
        for capture in captures or (None,):
            request = Request(
                link.url if capture is None else capture.url,
                self.parse_article,
                errback=self.article_failed,
                cb_kwargs={"listed": link.published},
                meta={ASKED_CAPTURE: capture},
                priority=1,  # before the next listing page, so that no queue grows
                dont_filter=True,
            )
            if self.replay is not None and capture is not None:
                self.replay.announce(request, capture, link.published)
            yield request

    def parse_article(
        self, response: Response, listed: Published | None, visit: Visit | None = None
    ) -> Iterator[Article | Request]:
        """The Article of a page, or the request for the article's second page."""
        if visit is not None and response.status == 304 and REVISIT_OF in response.meta:
            self.visits.unchanged(visit, response)
            return
        if self.replay is not None and (read := self.replay.take(response)) is not None:
            if isinstance(read, Problem):
                self.report(read)
                return
            read.date_retrieved, read.capture = response.meta["date_retrieved"], response.meta["capture"]
            if self._is_wanted(read):
                yield read
            return
        try:
            self._refuse_redirect_away(response)
            page = self._page(response)
            coming = list(self.source.continuations(page))
        except Problem as problem:
            yield from self._lost(problem, visit, sight_of(response, response.url))
            return
        if coming:
            with self.recording.record() as record:
                record.ledger.payloads.forget_validators(response.url)
        retrieved = response.meta.get("date_retrieved") or now()
        candidate = response.meta.get(ASKED_CANDIDATE)
        yield from self._read(
            Fetched([page], coming, retrieved, response.meta.get("capture"), listed, visit, candidate)
        )

    def _lost(self, problem: Problem, visit: Visit | None, sight: Sight) -> Iterator[Request]:
        """A page that gave no Article: a problem, or what a visit came for."""
        if visit is not None:
            yield from self.visits.lost(visit, problem, sight)
            return
        self.report(problem)
        if self.backfill is not None:
            self.backfill.lost(problem, sight)

    def parse_continuation(self, response: Response, fetched: Fetched) -> Iterator[Article | Request]:
        """The Article, or the request for its next page."""
        try:
            fetched.pages.append(self._page(response))
        except Problem as problem:
            yield from self._without_continuation(problem, fetched)
        else:
            yield from self._read(fetched)

    def article_failed(self, failure: Failure) -> Iterator[Request]:
        """An article's page that got no response."""
        request: Request = failure.request  # type: ignore[attr-defined]
        problem = problem_of(failure, request.url)
        yield from self._lost(problem, request.cb_kwargs.get("visit"), Sight(now(), request.url))

    def continuation_failed(self, failure: Failure) -> Iterator[Article | Request]:
        """A further page of an article that got no response."""
        request: Request = failure.request  # type: ignore[attr-defined]
        yield from self._without_continuation(problem_of(failure, request.url), request.cb_kwargs["fetched"])

    def _without_continuation(self, problem: Problem, fetched: Fetched) -> Iterator[Article | Request]:
        """A page that is gone for good leaves an article of the pages that are there. One that may come yet leaves
        none: the next run tries the document again. A visit then says nothing: half a text is no other text."""
        if fetched.visit is not None:
            yield from self.visits.lost(fetched.visit, _as_passing(problem), Sight(fetched.date_retrieved, problem.url))
            return
        self.report(problem)
        if problem.code in _GONE:
            yield from self._read(fetched)

    def _read(self, fetched: Fetched) -> Iterator[Article | Request]:
        if fetched.coming:
            yield from self._continuation_request(fetched.coming.pop(0), fetched)
            return
        try:
            article = self._article_of(fetched)
        except Problem as problem:
            sight = Sight(fetched.date_retrieved, fetched.pages[0].url, fetched.capture)
            yield from self._lost(problem, fetched.visit, sight)
            return
        article.date_retrieved = fetched.date_retrieved
        article.capture = fetched.capture
        if fetched.visit is not None:
            self.visits.found(fetched.visit, article)
        if self._is_wanted(article):
            yield article

    def _continuation_request(self, url: str, fetched: Fetched) -> Iterator[Article | Request]:
        request = Request(url)
        if self.backfill is not None and fetched.candidate is not None:
            found = self.backfill.further(url, fetched.candidate)
            if found is None:
                yield from self._without_continuation(Problem(Code.NOT_ARCHIVED, url), fetched)
                return
            request = found
        yield request.replace(
            callback=self.parse_continuation,
            errback=self.continuation_failed,
            cb_kwargs={"fetched": fetched},
            priority=2,  # before the next article
            dont_filter=True,
        )

    def _fill_back(self) -> None:
        """When nothing is under way: the next captures of the web archive."""
        assert self.backfill is not None
        requests = self.backfill.next_requests()
        for request in requests:
            self.crawler.engine.crawl(request)
        if requests:
            raise DontCloseSpider

    def _replay_the_rest(self) -> None:
        """When no listing leads any further: the next documents of the archive that none led to."""
        requests = list(islice(self._rest, _REST_AT_ONCE))
        for request in requests:
            self.crawler.engine.crawl(request)
        if requests:
            raise DontCloseSpider

    def _requests_for_the_rest(self) -> Iterator[Request]:
        assert self.replay is not None
        for document_id, url in self.replay.documents():
            if document_id not in self._documents_asked:
                yield from self._article_requests([Link(url)])

    def _is_wanted(self, article: Article) -> bool:
        """Whether the article's day is in the range asked for; the page may say another than the listing."""
        day = datetime.date.fromisoformat(article.date_published[:10]) if article.date_published else None
        if self.scope.covers(day):
            return True
        self.crawler.stats.inc_value("articles/out_of_range")
        return False

    def _may_ask(self) -> bool:
        return self.scope.sample is None or len(self._documents_asked) < self.scope.sample

    def _identify(self, url: str) -> Identity | None:
        address = Address.of(url)
        return None if address is None else self.source.identify(address)

    def _article_of(self, fetched: Fetched) -> Article:
        """Raises Problem; `blocked` for a page that is the answer to every URL, unless it says that they are gone. An
        archive shows what was met then, and in an order of its own."""
        try:
            article = self.source.read(*fetched.pages, listed=fetched.listed)
        except Problem as problem:
            if problem.code not in _GONE and self.scope.is_live:
                self._sameness.check(fetched.pages[0])
            raise
        if self.scope.is_live:
            self._sameness.check(fetched.pages[0])
        return article

    def _refuse_redirect_away(self, response: Response) -> None:
        """Removed pages redirect to the home or error page, which is then found with status 200. A redirect to a
        challenge, or to a page that cannot be had, says nothing."""
        asked = response.meta.get("redirect_urls")
        if asked and self._identify(response.url) is None:
            is_refused = refusal(self._page(response), self.source.gone) == Code.BLOCKED
            code = Code.BLOCKED if is_refused else Code.SOFT_404
            raise Problem(code, asked[0], f"redirected to {response.url}")

    # --- both

    def _page(self, response: Response) -> Page:
        if (problem := problem_of_status(response.status, response.url)) is not None:
            raise problem
        content_type = response.headers.get("Content-Type")
        return Page.from_bytes(response.url, response.body, content_type.decode("latin-1") if content_type else None)

    def report(self, problem: Problem) -> None:
        """A page, listing or file gave no article."""
        self._may_come_yet = self._may_come_yet or problem.code in _PASSING
        self.crawler.signals.send_catch_log(problem_found, problem=problem)


def _as_passing(problem: Problem) -> Problem:
    """A further page of an article that is missing does not make the document missing."""
    return Problem(Code.TRUNCATED, problem.url, f"a further page of the article: {problem.code}")

"""A run that reads a source from a web archive (`-a via=`): which captures there are, then the pages worth having."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.downloading.web_archive import ASKED_CANDIDATE
from crawler.extraction.problem import Code, Problem
from crawler.items import Capture
from crawler.signals import backfill_progress, listing_read
from crawler.spiders.failures import problem_of
from crawler.spiders.wanted import Wanted
from crawler.webarchives.archives import WebArchive
from crawler.webarchives.discovery import Discovery
from crawler.webarchives.plan import Plan
from crawler.webarchives.queries import Question
from crawler.webarchives.selection import Candidate
from pipelines.failure import OutputError
from pipelines.watch import Sight

if TYPE_CHECKING:
    from crawler.spiders.base import SourceSpider

#: Below OUTPUT_DIR: what archives have told of their captures. May be deleted; it is asked for again then.
DISCOVERIES = "discoveries"
#: So many pages wait for their turn at a time.
_CHUNK = 50
#: The log says each so many captures how far it is.
_TOLD_EVERY = 100
#: What a capture will say tomorrow, too. Whatever else goes wrong may be over by the next run.
_FOR_GOOD = frozenset(
    (
        Code.NO_LAYOUT,
        Code.NO_HEADLINE,
        Code.EMPTY_BODY,
        Code.TRUNCATED,
        Code.UNDECODABLE,
        Code.SOFT_404,
        Code.NOT_AN_ARTICLE,
        Code.NOT_HTML,
        Code.EMPTY_RESPONSE,
        Code.TOO_LARGE,
    )
)

logger = logging.getLogger(__name__)


class Backfill:
    """Asks an archive for the captures of a source, then for the pages of those worth having.

    What the archive told is kept in `OUTPUT_DIR/discoveries/`, so that a run that was stopped goes on where it was. A
    capture that the ledger has, or that gave no Article for good, is not asked for again.
    """

    def __init__(self, spider: SourceSpider, archive: WebArchive, settings: Any) -> None:
        """Reads OUTPUT_DIR, DISCOVERY_DAYS and CAPTURES_PER_DOCUMENT. Raises OutputError where it cannot write."""
        self._spider = spider
        self._archive = archive
        self._limit = settings.getint("CAPTURES_PER_DOCUMENT")
        self._wanted = Wanted(spider.source, spider.scope, spider.prefixes)
        directory = Path(settings.get("OUTPUT_DIR", "output")) / DISCOVERIES
        path = directory / f"{spider.source.name}-{archive.name.replace(':', '-')}.db"
        try:
            self._discovery = Discovery(
                path,
                archive,
                spider.source,
                self._wanted.prefixes(),
                since=spider.scope.since,
                valid_days=settings.getfloat("DISCOVERY_DAYS"),
                now=datetime.now(UTC),
            )
        except (OSError, sqlite3.Error) as error:
            raise OutputError(f"{path}: {error}") from error
        self._rest: Iterator[Candidate] | None = None
        self._at_hand: dict[tuple[str, str], Candidate] = {}
        self._done = 0
        self._total = 0
        #: What would be fetched, once the archive has told all; null before.
        self.plan: Plan | None = None

    def questions(self) -> Iterator[Request]:
        """What the archive has not told yet, or long ago."""
        for question in self._discovery.questions():
            yield self._question(question)

    def close(self) -> None:
        """Closes what the archive told."""
        self._discovery.close()

    def lost(self, problem: Problem, sight: Sight) -> None:
        """A capture that gave no Article: for good, or for now."""
        candidate = self._at_hand.pop((sight.url, sight.date), None)
        if candidate is not None and problem.code in _FOR_GOOD:
            self._give_up(candidate, problem.code)

    def _give_up(self, candidate: Candidate, code: Code) -> None:
        with self._stopping():
            self._discovery.give_up(candidate, code)

    @contextmanager
    def _stopping(self) -> Iterator[None]:
        """Where what the archive told cannot be kept, the run stops."""
        try:
            yield
        except sqlite3.Error as error:
            self._spider.recording.stop(OutputError(f"{DISCOVERIES}: {error}"))

    # --- what there is

    def _question(self, question: Question) -> Request:
        return Request(
            question.url,
            self._answered,
            errback=self._unanswered,
            cb_kwargs={"question": question},
            # The interface of an archive is made for programs, whatever its robots.txt says to crawlers of its pages.
            meta={"dont_obey_robotstxt": True, "handle_httpstatus_all": True},
            dont_filter=True,
        )

    def _answered(self, response: Response, question: Question) -> Iterator[Request]:
        following: list[Question] = []
        try:
            with self._stopping():
                following = self._discovery.answer(question, response.status, response.body)
        except Problem as problem:
            self._spider.report(problem)
            return
        while self._discovery.problems:
            self._spider.report(self._discovery.problems.pop())
        self._spider.crawler.signals.send_catch_log(
            listing_read, url=question.url, section=question.generation, articles=self._discovery.rows_told
        )
        for further in following:
            yield self._question(further)

    def _unanswered(self, failure: Failure) -> None:
        self._spider.report(problem_of(failure, failure.request.url))  # type: ignore[attr-defined]

    # --- what is worth having

    def next_requests(self) -> list[Request]:
        """The next pages, once the archive has told what there is; none where all were asked for, or only the plan was
        wanted."""
        self._at_hand.clear()
        if self._rest is None:
            self.plan = Plan(self._archive.name, is_complete=not self._discovery.questions())
            for candidate in self._worth_having():
                self.plan.add(candidate)
            self._total = self.plan.total
            logger.info("%s: %d captures to fetch from %s", self._spider.name, self._total, self._archive.name)
            if self._spider.scope.is_plan:
                Console().print(self.plan.table())
            self._rest = iter(()) if self._spider.scope.is_plan else self._worth_having()
        return [self._fetch(candidate) for candidate in islice(self._rest, _CHUNK)]

    def _worth_having(self) -> Iterator[Candidate]:
        documents: set[str] = set()
        for candidate in self._discovery.candidates(self._wanted, self._limit):
            if self._is_known(candidate):
                continue
            if self._spider.scope.sample is not None:
                documents.add(candidate.document_id)
                if len(documents) > self._spider.scope.sample:
                    return
            yield candidate

    def _is_known(self, candidate: Candidate) -> bool:
        """Whether the ledger has this capture."""
        with self._spider.recording.record() as record:
            return record.ledger.documents.has_sight(candidate.document_id, candidate.url, candidate.date_retrieved)

    def _fetch(self, candidate: Candidate) -> Request:
        self._at_hand[candidate.url, candidate.date_retrieved] = candidate
        return _request_for(candidate).replace(
            callback=self._fetched, errback=self._spider.article_failed, cb_kwargs={"candidate": candidate}
        )

    def _fetched(self, response: Response, candidate: Candidate) -> Iterator[Any]:
        self._done += 1
        if not self._done % _TOLD_EVERY:
            logger.info("%d of %d captures", self._done, self._total)
        self._spider.crawler.signals.send_catch_log(backfill_progress, done=self._done, total=self._total)
        capture: Capture | None = response.meta.get("capture")
        is_brought = capture is not None and capture.archive is not None
        if is_brought and response.meta["date_retrieved"] != candidate.date_retrieved:
            # The archive has sent what it has nearest to it: it will not send this one.
            self._give_up(candidate, Code.NOT_ARCHIVED)
        yield from self._spider.parse_article(response, None)

    def further(self, url: str, near: Candidate) -> Request | None:
        """The request for a further page of an article, as it was captured nearest to the first; null where the archive
        has none."""
        found = self._discovery.nearest(url, near.timestamp)
        return None if found is None else _request_for(found)


def backfill_settings(archive: WebArchive) -> dict[str, Any]:
    """What asking an archive changes of `crawler.settings`, for the priority of a spider."""
    return {
        # An archive serves the whole world: one request at a time, and its own pause between two. So the captures of a
        # document come in order, too.
        "DOWNLOAD_DELAY": archive.delay_seconds,
        "CONCURRENT_REQUESTS": 1,
        # Its index takes minutes to look a large prefix up.
        "DOWNLOAD_TIMEOUT": 300,
    }


def _request_for(candidate: Candidate) -> Request:
    headers = {}
    if candidate.byte_range is not None:
        first, last = candidate.byte_range
        headers["Range"] = f"bytes={first}-{last}"
    meta = {ASKED_CANDIDATE: candidate, "dont_obey_robotstxt": True}
    return Request(candidate.request_url, headers=headers, meta=meta, dont_filter=True)

"""Visiting known documents again: are they still there, and do they still say the same?

A visit asks under the URL a document was last read under, only if the page has changed where the site lets us ask so.
What a visit finds goes to the record; a text goes the way of any other Article.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.http import Response

from crawler import signals
from crawler.archive.capture import REVISIT_OF
from crawler.extraction.identity import Address
from crawler.extraction.problem import Code, Problem
from crawler.items import Article
from crawler.spiders.walk import Walk
from pipelines.normalise import normalise
from pipelines.payloads import Validators
from pipelines.schedule import now
from pipelines.watch import Sight

if TYPE_CHECKING:
    from crawler.spiders.base import SourceSpider

#: By these a site says that there is no such page. Everything else says nothing about the document.
_ABSENT = frozenset((Code.NOT_FOUND, Code.SOFT_404))


#: The statistic of visits that were told, without the page, that it has not changed.
NOT_MODIFIED = "visits/not_modified"


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit to one document. `elsewhere` are other URLs under which listings show it, to be tried where `url` gives
    nothing; `absence` is what the URLs tried before said."""

    document_id: str
    url: str
    elsewhere: tuple[str, ...] = ()
    absence: tuple[str, Sight] | None = field(default=None, compare=False)


class Visits:
    """The visits of one run of a spider."""

    def __init__(self, spider: SourceSpider, budget: float) -> None:
        """`budget` is how many documents a run may visit; all of them, due or not, where it is infinite."""
        self._spider = spider
        self._budget = budget

    def requests(self, walks: Iterable[Walk]) -> list[Request]:
        """Requests for the documents to visit now: those that left a listing from its middle first, then those due.

        What left a listing and is beyond the budget is due at the next run.
        """
        source = self._spider.name
        at = now()
        with self._spider.recording.record() as record:
            ledger = record.ledger
            suspects = {
                document_id
                for walk in walks
                if walk.pages_read and not walk.has_gap
                for document_id in ledger.listed.update(source, walk.section.slug, walk.members)
            }
            # What a listing shows again may be there again.
            suspects |= {document for walk in walks for document in walk.members if ledger.watch.is_absent(document)}
            ledger.watch.hasten(suspects, at)
            requests = []
            if self._budget == math.inf:
                chosen = ledger.watch.all(source)
            else:
                chosen = ledger.watch.due(source, at, int(self._budget), suspects)
            for document_id in chosen:
                visit = self._visit(document_id)
                if visit is None:
                    ledger.watch.postpone(document_id, at)
                else:
                    self._spider.crawler.signals.send_catch_log(signals.document_visited, document_id=document_id)
                    validators = ledger.payloads.validators(visit.url, document_id)
                    requests.append(self._request(visit, validators))
        return requests

    def unchanged(self, visit: Visit, response: Response) -> None:
        """The site says that the page is as it was (304)."""
        self._spider.crawler.stats.inc_value(NOT_MODIFIED)
        with self._spider.recording.record() as record:
            record.see_unchanged(visit.document_id, sight_of(response, visit.url))

    def found(self, visit: Visit, article: Article) -> None:
        """There is an Article where the visit was sent. If it is not where it was, it has moved, or something else
        stands in its place."""
        reason, asked = ("redirected", visit.url) if visit.absence is None else (visit.absence[0], visit.absence[1].url)
        sight = Sight(article.date_retrieved or now(), asked, article.capture)
        with self._spider.recording.record() as record:
            known = record.ledger.documents.document(visit.document_id)
            assert known is not None
            if article.id == visit.document_id:
                if article.canonical_url != self._canonical_url(asked):
                    record.move(visit.document_id, sight, article.url, None, reason)
            elif normalise(article).text_digest == known.text_digest:
                record.move(visit.document_id, sight, article.canonical_url, article.id, reason)
            else:
                record.miss(visit.document_id, *(visit.absence or (reason, sight)))

    def lost(self, visit: Visit, problem: Problem, sight: Sight) -> Iterator[Request]:
        """There is no Article where the visit was sent, and why: a request for the next URL to try, if there is one."""
        # Where a redirect ended is not where the document was.
        sight = replace(sight, url=visit.url)
        absence = visit.absence or ((problem.code.value, sight) if problem.code in _ABSENT else None)
        if problem.code in _ABSENT and visit.elsewhere:
            yield self._request(
                replace(visit, url=visit.elsewhere[0], elsewhere=visit.elsewhere[1:], absence=absence), None
            )
            return
        with self._spider.recording.record() as record:
            if absence is not None and problem.code in _ABSENT:
                record.miss(visit.document_id, *absence)
            else:
                record.ledger.watch.unsettled(visit.document_id, sight.date)
        if problem.code not in _ABSENT:
            self._spider.report(problem)

    def _canonical_url(self, url: str) -> str | None:
        address = Address.of(url)
        identity = self._spider.source.identify(address) if address is not None else None
        return identity.canonical_url if identity is not None else None

    def _visit(self, document_id: str) -> Visit | None:
        """Null for a document on a host that is not asked."""
        with self._spider.recording.record() as record:
            watched = record.ledger.watch.of(document_id)
            listed = record.ledger.listed.urls(document_id)
        assert watched is not None
        urls = [url for url in dict.fromkeys((watched.url, *listed)) if self._spider.allows(url)]
        return Visit(document_id, urls[0], tuple(urls[1:])) if urls else None

    def _request(self, visit: Visit, validators: Validators | None) -> Request:
        request = Request(
            visit.url,
            self._spider.parse_article,
            errback=self._spider.article_failed,
            cb_kwargs={"listed": None, "visit": visit},
            priority=1,
            dont_filter=True,
        )
        if validators is not None:
            request.meta[REVISIT_OF] = validators.payload
            if validators.etag is not None:
                request.headers["If-None-Match"] = validators.etag
            if validators.last_modified is not None:
                request.headers["If-Modified-Since"] = validators.last_modified
        return request


def sight_of(response: Response, url: str) -> Sight:
    """What a response to a request for `url` is evidence of."""
    return Sight(response.meta.get("date_retrieved") or now(), url, response.meta.get("capture"))

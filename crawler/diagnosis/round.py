"""The few pages that an examination asks for, one after the other, each depending on what the last one showed."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from urllib.parse import urlsplit

from crawler.diagnosis.answer import Answer, ArticleVisit, ListingVisit
from crawler.extraction.identity import Address
from crawler.extraction.problem import Code
from crawler.extraction.source import Section, Source

#: Yields the URL to ask for next, takes its Answer.
Walk = Generator[str, Answer, None]

#: Requests to a live site, robots.txt aside.
MOST_REQUESTS = 6
#: So many addresses of a section that has moved are tried.
_GENERATIONS = 3
_GONE = frozenset((Code.NOT_FOUND, Code.SOFT_404, Code.NOT_ARCHIVED))
#: After these, a host is left alone.
_WALLS = frozenset((Code.BLOCKED, Code.NETWORK))


class Round:
    """Visits listings, an article that they show, a second one where that could not be read, and other articles.

    `listings` are sections with the addresses to try, the living one first; `articles` and `known` are URLs of
    articles, `known` of some that were read well before, of which one is visited. Hosts in `closed` are not asked for
    anything; one that refuses a request is not asked for another.
    """

    def __init__(
        self,
        source: Source,
        listings: Sequence[tuple[Section, Sequence[str]]],
        *,
        articles: Sequence[str] = (),
        known: Sequence[str] = (),
        closed: frozenset[str] = frozenset(),
        limit: int = MOST_REQUESTS,
    ) -> None:
        self._source = source
        self._sections = listings
        self._articles = articles
        self._known = known
        self._closed = set(closed)
        self._limit = limit
        #: All that was asked for, in order; then by what it was.
        self.answers: list[Answer] = []
        self.listings: list[ListingVisit] = []
        self.articles: list[ArticleVisit] = []
        #: The robots.txt of each host that was asked for it.
        self.robots: dict[str, str] = {}

    @property
    def listed(self) -> list[ArticleVisit]:
        """The articles that were not known before."""
        return [visit for visit in self.articles if not visit.is_known]

    def walk(self) -> Walk:
        """Asks for the pages and keeps what they give."""
        generations = _GENERATIONS
        for section, urls in self._sections:
            yield from self._visit_section(section, urls[:generations])
            if len(self.listings) > 1:
                generations = 1
        yield from self._visit_listed()
        for url in self._articles:
            if (answer := (yield from self._ask(url))) is not None:
                self._keep(ArticleVisit.of(self._source, answer))
        for url in self._known:
            # One that a listing still shows was asked for already: it says nothing of older pages.
            if (answer := (yield from self._ask(url))) is not None:
                self._keep(ArticleVisit.of(self._source, answer, is_known=True))
                return

    def _visit_section(self, section: Section, urls: Sequence[str]) -> Walk:
        for url in urls:
            answer = yield from self._ask(url)
            if answer is None:
                return
            visit = ListingVisit.of(self._source, section, answer)
            self.listings.append(visit)
            self._close_after(visit)
            if visit.links or not (answer.is_redirected or (visit.problem and visit.problem.code in _GONE)):
                return

    def _visit_listed(self) -> Walk:
        """The newest article, and another where the first gives nothing: one page alone may be odd."""
        shown = {
            identity: link.url for visit in self.listings for link in visit.links if (identity := self._id(link.url))
        }
        for url in list(shown.values())[:2]:
            answer = yield from self._ask(url)
            if answer is None:
                continue
            visit = ArticleVisit.of(self._source, answer)
            self._keep(visit)
            if visit.is_dated and visit.article is not None and visit.article.layout != self._source.rendering:
                return

    def _keep(self, visit: ArticleVisit) -> None:
        self.articles.append(visit)
        self._close_after(visit)

    def _close_after(self, visit: ListingVisit | ArticleVisit) -> None:
        if visit.problem is not None and visit.problem.code in _WALLS:
            self._closed.add(_host(visit.answer.asked))

    def _ask(self, url: str) -> Generator[str, Answer, Answer | None]:
        is_asked = any(answer.asked == url for answer in self.answers)
        if is_asked or len(self.answers) >= self._limit or _host(url) in self._closed:
            return None
        answer = yield url
        self.answers.append(answer)
        return answer

    def _id(self, url: str) -> str | None:
        address = Address.of(url)
        identity = self._source.identify(address) if address is not None else None
        return identity.id if identity is not None else None


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""

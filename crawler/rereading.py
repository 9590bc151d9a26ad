"""Reading captures of an archive again, with the layouts and rules of today."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from crawler.archive.index import IndexedCapture, ReplayIndex
from crawler.archive.reader import ArchivedResponse
from crawler.archive.stored import StoredCaptures
from crawler.extraction.identity import Address
from crawler.extraction.page import Page
from crawler.extraction.problem import Code, Problem
from crawler.extraction.recognition import problem_of_status
from crawler.extraction.source import Source
from crawler.items import Article, Capture
from crawler.sources import source_of
from pipelines.normalise import normalise

#: Finds the capture of a URL that goes with the capture of an article's first page; null where there is none.
FindFurther = Callable[[str, ArchivedResponse], ArchivedResponse | None]


@dataclass(frozen=True, slots=True)
class Reread:
    """The Article of a capture, normalised, with `capture` and `date_retrieved`. `problems` are of its further pages,
    whose text it lacks."""

    article: Article
    problems: tuple[Problem, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether all is read that the archive can tell: a further page that was not there when it was asked for is
        no part of the article; one that is in no file may have been."""
        return all(problem.code is Code.NOT_FOUND for problem in self.problems)


class Rereading:
    """Reads the captures that Articles were read from once more."""

    def __init__(self, stored: StoredCaptures) -> None:
        self._stored = stored

    def read_again(self, known: Article) -> Article | None:
        """The Article that today's rules read from the capture of `known`, and from its further pages, as they were
        captured nearest to it. Null where the archive does not hold them, and where the rules give no Article."""
        response = self._stored.find(known.capture) if known.capture is not None else None
        if response is None:
            return None
        try:
            reread = read_capture(replace(response, url=known.url), source_of(known.url), self._stored.nearest)
        except Problem:
            return None
        return reread.article if reread.is_whole else None


def article_captures(index: ReplayIndex) -> Iterator[tuple[Source, str, IndexedCapture]]:
    """Every capture, whatever its status, of a URL that names a document: of which source, and its id. In the order in
    which the files first name the URLs; those of one URL from the earliest on."""
    for url, _ in index.urls():
        address = Address.of(url)
        try:
            source = source_of(url)
        except Problem:
            continue
        identity = source.identify(address) if address is not None else None
        if identity is not None:
            for capture in index.captures(url):
                yield source, identity.id, capture


def nearest_in(index: ReplayIndex) -> FindFurther:
    """Finds, of all captures of a URL in these files, the one nearest in time; redirects are passed over."""

    def nearest(url: str, to: ArchivedResponse) -> ArchivedResponse | None:
        captures = [capture for capture in index.captures(url) if not 300 <= capture.status < 400]
        if not captures:
            return None
        return index.read(min(captures, key=lambda capture: abs(capture.retrieved - to.retrieved)))

    return nearest


def read_capture(response: ArchivedResponse, source: Source, find_further: FindFurther) -> Reread:
    """The Article of a response under its URL, with its further pages as far as they are found. Raises Problem."""
    pages = [_page_of(response)]
    problems = []
    for url in source.continuations(pages[0]):
        further = find_further(url, response)
        try:
            if further is None:
                raise Problem(Code.NOT_ARCHIVED, url, f"a further page of {response.url}")
            pages.append(_page_of(further))
        except Problem as problem:
            problems.append(problem)
    article = source.read(*pages)
    article.date_retrieved = response.date_retrieved
    article.capture = Capture(file=response.file, record_id=response.record_id)
    return Reread(normalise(article), tuple(problems))


def _page_of(response: ArchivedResponse) -> Page:
    if (problem := problem_of_status(response.status, response.url)) is not None:
        raise problem
    return Page.from_bytes(response.url, response.body, response.header("Content-Type"))

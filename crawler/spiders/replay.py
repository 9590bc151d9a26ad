"""What of an archive a run shall read: which listings to start from, which captures show a document."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from scrapy import Request
from scrapy.http import Response

from crawler.archive.database import naming_errors
from crawler.archive.index import IndexedCapture, ReplayIndex
from crawler.archive.processes import cores
from crawler.extraction.dates import Published
from crawler.extraction.identity import Address
from crawler.extraction.problem import Problem
from crawler.extraction.source import Section, Source
from crawler.items import Article
from crawler.sources import source_of, sources
from crawler.spiders.arguments import Scope
from crawler.spiders.read_ahead import WORTH_PROCESSES, ReadAhead
from crawler.spiders.wanted import directory_of

#: `documents` has a row for each that the run wants, `addresses` one for each URL of all that the archive holds.
_TABLES = """
CREATE TABLE listings (number INTEGER PRIMARY KEY, url TEXT);
CREATE TABLE documents (number INTEGER PRIMARY KEY, id TEXT UNIQUE, url TEXT);
CREATE TABLE addresses (number INTEGER PRIMARY KEY, document TEXT, url TEXT);
"""


@dataclass(frozen=True, slots=True)
class MayBeOf:
    """Whether a URL may be one of a source: of a listing, of an article or its further pages, on whatever host. For an
    index, and the processes that make it."""

    source_name: str

    def __call__(self, url: str) -> bool:
        """True also for the home page and the pictures of its hosts."""
        source, address = sources()[self.source_name], Address.of(url)
        if address is None or address.path == "/robots.txt":
            return False
        return source.owns(address) or source.identify(address) is not None


class Replay:
    """The part of an archive that belongs to one source and one run.

    A document is met in an archive under any of its URLs: under an alias of its host, in another section, with
    `utm_*` behind it, on a mirror. All its captures are read, the earliest first, as a reader would have seen them.

    What it knows it keeps in a temporary file: an archive may hold more documents than memory.
    """

    def __init__(self, index: ReplayIndex, source: Source, scope: Scope) -> None:
        self._index = index
        self._source = source
        self._scope = scope
        self._sections = {directory_of(url): section for section in scope.sections for url in section.urls}
        self._ahead: ReadAhead | None = None
        #: How many documents are passed over, by edition.
        self.other_editions: Counter[str] = Counter()
        # A database without a name is a file that is gone with the connection.
        self._database = sqlite3.connect("", isolation_level=None)
        with naming_errors():
            self._database.executescript(_TABLES)
            self._database.execute("BEGIN")
            for url, _ in index.urls():
                self._sort_in(url)
            self._database.execute("CREATE INDEX by_document ON addresses (document, number)")
            self._database.execute("COMMIT")

    def listings(self) -> Iterator[tuple[str, Section]]:
        """The listing pages of the run's sections, in the archive's order."""
        for (url,) in self._database.execute("SELECT url FROM listings ORDER BY number"):
            section = self._section_of(url)
            assert section is not None
            yield url, section

    def captures(self, document_id: str) -> list[IndexedCapture]:
        """All captures of a document, the earliest first."""
        urls = self._database.execute("SELECT url FROM addresses WHERE document = ? ORDER BY number", (document_id,))
        captures = [capture for (url,) in urls.fetchall() for capture in self._index.captures(url)]
        return sorted(captures, key=lambda capture: capture.retrieved)

    def documents(self) -> Iterator[tuple[str, str]]:
        """Id and URL of every document of the run's sections and editions, whether or not a listing leads to it."""
        yield from self._database.execute("SELECT id, url FROM documents ORDER BY number")

    def read_ahead(self, jobs: int) -> None:
        """From now on, have `jobs` processes (0 for one a core) read the pages to come, where there are so many of
        them that this saves time."""
        jobs = jobs or cores()
        most = self._index.count_captures()
        if jobs > 1 and min(most, self._scope.sample or most) >= WORTH_PROCESSES:
            self._ahead = ReadAhead(self._source.name, jobs)

    def announce(self, request: Request, capture: IndexedCapture, listed: Published | None) -> None:
        """The request for a capture, when the spider hands it over; `listed` is the date that its listing shows."""
        if self._ahead is not None:
            self._ahead.announce(request, capture, listed)

    def take(self, response: Response) -> Article | Problem | None:
        """What was read ahead of an announced capture, as `Source.read` gives it; null where it is still to be read."""
        return None if self._ahead is None else self._ahead.take(response)

    def _sort_in(self, url: str) -> None:
        address = Address.of(url)
        if address is None or not self._is_ours(url):
            return
        identity = self._source.identify(address)
        if identity is not None:
            self._add("INTO addresses (document, url)", identity.id, url)
            edition = (identity.in_language or self._source.in_language)[:2]
            if edition not in self._scope.editions:
                self.other_editions[edition] += 1
            elif self._is_in_sections(identity.canonical_url, url):
                self._add("OR IGNORE INTO documents (id, url)", identity.id, url)
        elif self._source.is_listing(address) and self._section_of(url) is not None:
            self._database.execute("INSERT INTO listings (url) VALUES (?)", (url,))

    def _add(self, into: str, document_id: str, url: str) -> None:
        self._database.execute(f"INSERT {into} VALUES (?, ?)", (document_id, url))

    def _is_ours(self, url: str) -> bool:
        """Whether a URL belongs to the source: by its host, or as a mirror on a host that is nobody's."""
        try:
            return source_of(url) is self._source
        except Problem:
            return False

    def _section_of(self, url: str) -> Section | None:
        """The section a listing page is of. Where all sections are wanted, so is one that the source does not name."""
        directory = directory_of(url)
        if directory in self._sections or not self._scope.is_whole:
            return self._sections.get(directory)
        is_other = any(directory_of(first) == directory for one in self._source.sections for first in one.urls)
        return None if is_other else Section(directory, url, (url,))

    def _is_in_sections(self, *urls: str) -> bool:
        if self._scope.is_whole:
            return True
        return any(url.partition("://")[2].startswith(directory) for directory in self._sections for url in urls)

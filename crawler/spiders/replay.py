"""What of an archive a run shall read: which listings to start from, which captures show a document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from urllib.parse import urljoin

from crawler.archive.index import IndexedCapture, ReplayIndex
from crawler.extraction.identity import Address
from crawler.extraction.problem import Problem
from crawler.extraction.source import Section, Source
from crawler.sources import source_of
from crawler.spiders.arguments import Scope


class Replay:
    """The part of an archive that belongs to one source and one run.

    A document is met in an archive under any of its URLs: under an alias of its host, in another section, with
    `utm_*` behind it, on a mirror. All its captures are read, the earliest first, as a reader would have seen them.
    """

    def __init__(self, index: ReplayIndex, source: Source, scope: Scope) -> None:
        self._source = source
        self._scope = scope
        self._sections = {_directory(url): section for section in scope.sections for url in section.urls}
        self._listings: list[tuple[str, Section]] = []
        self._captures: dict[str, list[IndexedCapture]] = {}
        self._unasked: dict[str, str] = {}
        #: How many documents are passed over, by edition.
        self.other_editions: Counter[str] = Counter()
        for url, _ in index.urls():
            self._sort_in(url, index)
        for captures in self._captures.values():
            captures.sort(key=lambda capture: capture.retrieved)

    def listings(self) -> list[tuple[str, Section]]:
        """The listing pages of the run's sections, in the archive's order."""
        return self._listings

    def captures(self, document_id: str) -> list[IndexedCapture]:
        """All captures of a document, the earliest first."""
        return self._captures.get(document_id, [])

    def documents(self) -> Iterator[tuple[str, str]]:
        """Id and URL of every document of the run's sections and editions, whether or not a listing leads to it."""
        yield from self._unasked.items()

    def _sort_in(self, url: str, index: ReplayIndex) -> None:
        address = Address.of(url)
        if address is None or not self._is_ours(url):
            return
        identity = self._source.identify(address)
        if identity is not None:
            self._captures.setdefault(identity.id, []).extend(index.captures(url))
            edition = (identity.in_language or self._source.in_language)[:2]
            if edition not in self._scope.editions:
                self.other_editions[edition] += 1
            elif self._is_in_sections(identity.canonical_url, url):
                self._unasked.setdefault(identity.id, url)
        elif self._source.is_listing(address) and (section := self._section_of(url)) is not None:
            self._listings.append((url, section))

    def _is_ours(self, url: str) -> bool:
        """Whether a URL belongs to the source: by its host, or as a mirror on a host that is nobody's."""
        try:
            return source_of(url) is self._source
        except Problem:
            return False

    def _section_of(self, url: str) -> Section | None:
        """The section a listing page is of. Where all sections are wanted, so is one that the source does not name."""
        directory = _directory(url)
        if directory in self._sections or not self._scope.is_whole:
            return self._sections.get(directory)
        is_other = any(_directory(first) == directory for one in self._source.sections for first in one.urls)
        return None if is_other else Section(directory, url, (url,))

    def _is_in_sections(self, *urls: str) -> bool:
        if self._scope.is_whole:
            return True
        return any(url.partition("://")[2].startswith(directory) for directory in self._sections for url in urls)


def _directory(url: str) -> str:
    """Host and path of a URL up to the last slash, scheme dropped."""
    return urljoin(url, ".").partition("://")[2]

"""Which documents of an archive a run wants: an archive knows no sections, only URLs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import urljoin

from crawler.extraction.identity import Identity
from crawler.extraction.source import Prefix, Source
from crawler.spiders.arguments import Scope


class Wanted:
    """The documents of a run's editions and sections, told by their URLs."""

    def __init__(self, source: Source, scope: Scope, prefixes: Iterable[Prefix]) -> None:
        """`prefixes` are where all stands that the run may want."""
        self._source = source
        self._scope = scope
        self._whole = tuple(prefix for prefix in prefixes if prefix.edition in scope.editions)
        self._asked = self._whole if scope.is_whole else tuple(self._of_sections())

    def __call__(self, identity: Identity, url: str) -> bool:
        """Whether a document that was captured under `url` is wanted."""
        if (identity.in_language or self._source.in_language)[:2] not in self._scope.editions:
            return False
        places = [one.partition("://")[2] for one in (url, identity.canonical_url)]
        return any(prefix.covers(place) for prefix in self._asked for place in places)

    def prefixes(self) -> tuple[Prefix, ...]:
        """What to ask an archive for: all that the run may want, or the directories of the sections that were picked,
        each with the generation of the prefix that it lies in."""
        return self._asked

    def _of_sections(self) -> Iterator[Prefix]:
        seen: set[str] = set()
        for section in self._scope.sections:
            for place in (place for url in section.urls for place in self._places(url)):
                if place not in seen:
                    seen.add(place)
                    around = next((prefix for prefix in self._whole if prefix.covers(place)), None)
                    generation = around.generation if around is not None else section.slug
                    yield Prefix(place, generation, section.edition, section.grade)

    def _places(self, url: str) -> Iterator[str]:
        """The directory of a listing, and the same on the source's other hosts, as far as articles stand there."""
        directory = directory_of(url)
        yield directory
        path = directory.partition("/")[2]
        for host in dict.fromkeys(prefix.url.partition("/")[0] for prefix in self._whole):
            place = f"{host}/{path}"
            if "*" not in host and any(prefix.covers(place) for prefix in self._whole):
                yield place


def directory_of(url: str) -> str:
    """Host and path of a URL up to the last slash, scheme dropped."""
    return urljoin(url, ".").partition("://")[2]

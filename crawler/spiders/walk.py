"""A walk through one section: its pages from the newest, one after the other."""

from __future__ import annotations

from dataclasses import dataclass, field

from crawler.extraction.problem import Code, Problem
from crawler.extraction.source import Listing, Section

_ENDS = frozenset((Code.NOT_FOUND, Code.SOFT_404, Code.EMPTY_LISTING))


@dataclass
class Walk:
    """Where a walk stands: pages known to come, whether the section told how many there are, whether it is over."""

    section: Section
    generation: int = 0
    pages_read: int = 0
    is_counted: bool = False
    #: Whether nothing is left to walk; whether that is so because what is behind is known; whether a page was missing.
    has_ended: bool = False
    has_stopped: bool = False
    has_gap: bool = False
    #: The documents met so far, in the order of the listing, and the URL each is listed under.
    members: dict[str, str] = field(default_factory=dict)
    _coming: list[str] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)

    @property
    def is_first_page(self) -> bool:
        """Whether no page of the section was read yet."""
        return self.pages_read == 0

    def advance(self, listing: Listing) -> None:
        """Take note of a page that was read, and of the pages it names."""
        self.pages_read += 1
        self.is_counted = self.is_counted or listing.is_counted
        for url in listing.following:
            if url not in self._seen:
                self._seen.add(url)
                self._coming.append(url)

    def next_page(self) -> str | None:
        """The URL of the next page; null at the end."""
        return self._coming.pop(0) if self._coming else None

    def is_past_the_end(self, problem: Problem) -> bool:
        """Whether a missing page only means that the section has no more: it never said how many it has."""
        return problem.code in _ENDS and not self.is_first_page and not self.is_counted

    def older_generation(self) -> str | None:
        """The section's first page under its next older URL; null where all were tried."""
        self.generation += 1
        urls = self.section.urls
        return urls[self.generation] if self.generation < len(urls) else None

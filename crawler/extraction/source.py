"""A source: an outlet with its hosts, URL rules, sections, listings, layouts and rendering rule.

A source is data and a few methods; everything here works on a `Page` and knows no crawler. `read` is the way a page
takes: recognise, first layout that matches, else rendering, fields, dates, Article, or a named Problem.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from crawler.extraction.dates import Published
from crawler.extraction.health import Health
from crawler.extraction.identity import Address, Identity
from crawler.extraction.layout import Grade, Layout, Reading, read_layout
from crawler.extraction.mirror import without_injected
from crawler.extraction.page import Page
from crawler.extraction.problem import Code, Problem
from crawler.extraction.recognition import BLOCKED, refusal
from crawler.extraction.text import join_paragraphs
from crawler.items import Article


@dataclass(frozen=True, slots=True)
class Section:
    """A list of articles of a source. `urls` holds its first page in every generation, the living one first."""

    slug: str
    name: str
    urls: tuple[str, ...]
    edition: str = "en"
    grade: Grade = "A"


@dataclass(frozen=True, slots=True)
class Prefix:
    """Where a generation of a source's articles stands, for a web archive to be asked for its captures.

    `url` is host and path, without scheme: `www.fmprc.gov.cn/mfa_eng/` is everything below. `*.` in front stands for
    all hosts of a domain (`*.china-embassy.org/eng/`), a `*` in the path for anything (`archive.shine.cn/*/shdaily`).
    A host with `www.` stands for the bare one too, as archives keep them. `years` are the first and the last year of
    publication, the last null where it goes on.
    """

    url: str
    generation: str
    edition: str = "en"
    grade: Grade = "B"
    years: tuple[int, int | None] = (2000, None)

    def covers(self, place: str) -> bool:
        """Whether a host and path without scheme, such as a section's directory, lie within."""
        host, _, path = self.url.removeprefix("*.").partition("/")
        other_host, _, other_path = place.partition("/")
        bare, other = host.removeprefix("www."), other_host.removeprefix("www.")
        is_within = other == bare or (self.url.startswith("*.") and other.endswith(f".{bare}"))
        return is_within and other_path.startswith(path.partition("*")[0])


@dataclass(frozen=True, slots=True)
class Link:
    """An article as a listing shows it; `published` null where the listing shows no date."""

    url: str
    headline: str | None = None
    published: Published | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a section. `following` are the URLs of further pages, in order, as far as this page tells;
    `is_counted` says that it tells them all, so that one of them missing is a gap and not the end."""

    links: list[Link] = field(default_factory=list)
    following: tuple[str, ...] = ()
    is_counted: bool = False


class Source(ABC):
    """The contract of a source. Class attributes are its facts, each with its evidence beside it."""

    name: ClassVar[str]
    publisher: ClassVar[str]
    #: Hosts that are the source's own, lower case. Requests never leave them.
    hosts: ClassVar[frozenset[str]]
    sections: ClassVar[tuple[Section, ...]]
    #: Where the articles of all generations stand, for web archives; none contains another.
    archived: ClassVar[tuple[Prefix, ...]] = ()
    #: CSS selectors of a listing's items, generation by generation.
    items: ClassVar[tuple[str, ...]] = ()
    layouts: ClassVar[tuple[Layout, ...]]
    #: Name of the rendering rule, as it goes into `Article.layout`.
    rendering: ClassVar[str]
    in_language: ClassVar[str] = "en"
    #: What a run must show to be trusted.
    health: ClassVar[Health] = Health()
    #: What a removed page says while it answers 200, searched in the title and in short pages.
    gone: ClassVar[re.Pattern[str]]

    # --- documentation

    def documented_sections(self) -> Sequence[Section]:
        """The sections as the docs list them: all, unless there are thousands of one kind."""
        return self.sections

    def appendix(self) -> str:
        """What else the docs should tell of the source, as Markdown."""
        return ""

    # --- URLs

    def owns(self, address: Address) -> bool:
        """Whether this host (and path) is the source's own."""
        return address.host in self.hosts

    @abstractmethod
    def identify(self, address: Address) -> Identity | None:
        """The document an article URL names; null for a URL that is no article of this source.

        Must look at nothing but the path and query where the host is foreign: that is how a mirror is known.
        """

    @abstractmethod
    def is_listing(self, address: Address) -> bool:
        """Whether the URL is one of a section's pages, feeds or sitemaps."""

    # --- listings

    @abstractmethod
    def listing(self, page: Page) -> Listing:
        """Article links of a listing page, in the page's order, and its further pages."""

    def own_links(self, links: Iterable[Link]) -> Iterator[Link]:
        """The links to articles on the source's own hosts, each article once."""
        seen: set[str] = set()
        for link in links:
            address = Address.of(link.url)
            identity = self.identify(address) if address is not None and self.owns(address) else None
            if identity is not None and identity.id not in seen:
                seen.add(identity.id)
                yield link

    # --- articles

    def continuations(self, page: Page) -> tuple[str, ...]:
        """URLs of the article's further pages, in order. Most sites print an article on one page."""
        return ()

    def read(self, page: Page, *further: Page, listed: Published | None = None) -> Article:
        """The Article of a page; `further` are its continuation pages, `listed` is the date its listing shows.

        Raises Problem.
        """
        address = Address.of(page.url)
        identity = self.identify(address) if address is not None else None
        if identity is None:
            raise Problem(Code.UNKNOWN_URL, page.url, f"no article URL of {self.name}")
        reading = self._reading(page)
        for continuation in further:
            more = self._reading(continuation)
            reading.paragraphs += more.paragraphs
            reading.images += more.images
        if identity.is_mirror:
            reading.paragraphs = without_injected(reading.paragraphs, identity.in_language or self.in_language)
            if not reading.paragraphs:
                raise Problem(Code.EMPTY_BODY, page.url, "a mirror's page with nothing but injected text")
        return self._article(page, identity, reading, listed)

    def refine(self, page: Page, reading: Reading) -> None:
        """Mend what a layout read, in place: chrome in the body, glued fields, credits in the text."""

    @abstractmethod
    def read_rendering(self, page: Page) -> Reading | None:
        """Read the page's visible lines with the source's text patterns; null where they do not fit."""

    @abstractmethod
    def published(self, page: Page, identity: Identity, reading: Reading) -> Published | None:
        """The publication date by the source's order of trust."""

    def modified(self, page: Page, reading: Reading) -> Published | None:
        """When the page says it was changed."""
        return None

    # --- the way a page takes

    def _reading(self, page: Page) -> Reading:
        first: Reading | None = None
        if page.is_markup:
            for layout in self.layouts:
                reading = read_layout(layout, page)
                if reading is None:
                    continue
                first = first or reading
                self.refine(page, reading)
                if reading.headline and reading.paragraphs:
                    return self._checked(page, reading)
        if (code := refusal(page, self.gone)) is not None:
            raise Problem(code, page.url, page.title or " ".join(page.lines[:2])[:120])
        rendered = self.read_rendering(page)
        if rendered is not None and rendered.headline and rendered.paragraphs:
            rendered.layout = self.rendering
            return self._checked(page, rendered)
        raise self._unread(page, first or rendered)

    def _checked(self, page: Page, reading: Reading) -> Reading:
        """The reading, unless the page only looks like an article: a soft-404, a challenge, one cut in the middle."""
        if len(" ".join(reading.paragraphs)) < _SHORT:
            for code, pattern in ((Code.SOFT_404, self.gone), (Code.BLOCKED, BLOCKED)):
                if pattern.search("\n".join((reading.headline, *reading.paragraphs))):
                    raise Problem(code, page.url, reading.headline)
        if not page.is_closed and self._ends_in(page, reading):
            raise Problem(Code.TRUNCATED, page.url, f"ends in «{reading.paragraphs[-1][-60:]}»")
        return reading

    def _ends_in(self, page: Page, reading: Reading) -> bool:
        """Whether nothing follows the body in a page that was not closed. Of a rendering nobody can tell where the
        article should end, so an unclosed page read that way counts as cut."""
        element = reading.body_element
        if element is None:
            return True
        return all(
            node.getnext() is None and not (node.tail or "").strip() for node in (element, *element.iterancestors())
        )

    def _unread(self, page: Page, reading: Reading | None) -> Problem:
        if not page.is_closed:
            return Problem(Code.TRUNCATED, page.url, "the page ends before its article")
        if reading is None:
            return Problem(Code.NO_LAYOUT, page.url, page.title)
        if not reading.headline:
            return Problem(Code.NO_HEADLINE, page.url, f"layout {reading.layout}")
        return Problem(Code.EMPTY_BODY, page.url, f"layout {reading.layout}: {reading.headline}")

    def _article(self, page: Page, identity: Identity, reading: Reading, listed: Published | None) -> Article:
        published = self.published(page, identity, reading)
        if listed is not None and (published is None or _is_surer(listed, published)):
            published = listed
        modified = self.modified(page, reading)
        return Article(
            id=identity.id,
            url=page.url,
            canonical_url=identity.canonical_url,
            source=self.name,
            publisher=identity.publisher,
            headline=reading.headline,
            alternative_headline=reading.alternative_headline,
            date_published=published.value if published else None,
            date_published_raw=published.raw if published else None,
            date_precision=published.precision if published else None,
            date_origin=published.origin if published else None,
            date_modified=modified.value if modified else None,
            source_organization=reading.source_organization,
            author=reading.author,
            editor=reading.editor,
            dateline=reading.dateline,
            article_section=reading.section,
            breadcrumb=reading.breadcrumb,
            in_language=identity.in_language or self.in_language,
            article_body=join_paragraphs(reading.paragraphs),
            images=reading.images,
            keywords=reading.keywords,
            mirror_of=identity.canonical_url if identity.is_mirror else None,
            layout=reading.layout,
        )


def _is_surer(listed: Published, published: Published) -> bool:
    """Whether a listing's date goes before the page's: before a guess, before the day in a URL, which all sources trust
    last, and where it adds the time to the same day."""
    if published.precision == "estimated" or published.origin == "url":
        return True
    return published.precision == "day" and listed.precision != "day" and listed.day == published.day


#: A body below this many characters may be a refusal in the site's own frame.
_SHORT = 400

"""Layouts: one generation of a site's templates as a table of selectors, and what is read with one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import Literal, cast

from lxml import etree
from lxml.etree import _Element as Element
from parsel.csstranslator import HTMLTranslator

from crawler.extraction.page import Page
from crawler.extraction.text import clean_line, lines_of, text_of
from crawler.items import Image

#: How sure we are of a fact (SOURCES.md): A seen in real HTML, B used by two or more public scrapers, C one source,
#: or inferred.
Grade = Literal["A", "B", "C"]
#: The largest real page has 121 pictures, menus included. For each the text around it is read.
MAX_IMAGES = 200

#: From a context element to elements or strings: nearly always a compiled XPath, whose `path` is its expression.
Select = Callable[[Element], Sequence[Element | str]]


@cache
def xpath(expression: str) -> Select:
    """A compiled XPath. Relative expressions start at the layout's root, `//` and `id(…)` at the page's."""
    # Neither EXSLT functions nor strings that know their parents: both cost at every call.
    return cast(Select, etree.XPath(expression, regexp=False, smart_strings=False))


@cache
def css(query: str) -> Select:
    """A compiled CSS selector, matched below the layout's root (or the page's)."""
    return xpath(HTMLTranslator().css_to_xpath(query, prefix="descendant-or-self::"))


@cache
def by_id(name: str) -> Select:
    """The one element with this `id`, anywhere in the page. A hash look-up: a hundred times faster than `css`."""
    return xpath(f"id('{name}')")


@dataclass(frozen=True, slots=True)
class Layout:
    """One generation of templates. Each field is a tuple of selectors; the first that gives text counts.

    `name` goes into the Article, `years` and `grade` into the docs. `root` finds the element all other selectors start
    from (default: the page); a page without it has another layout. `without` selects, below the body, what is not body.
    """

    name: str
    years: str
    grade: Grade
    body: tuple[Select, ...]
    headline: tuple[Select, ...]
    root: Select | None = None
    without: tuple[Select, ...] = ()
    alternative_headline: tuple[Select, ...] = ()
    date: tuple[Select, ...] = ()
    source_organization: tuple[Select, ...] = ()
    author: tuple[Select, ...] = ()
    editor: tuple[Select, ...] = ()
    section: tuple[Select, ...] = ()
    breadcrumb: tuple[Select, ...] = ()
    keywords: tuple[Select, ...] = ()


@dataclass(slots=True)
class Reading:
    """What was read from a page, before dates are judged and the Article is made. All texts are clean lines.

    `paragraphs` is the body; `date` the words of the visible time; `body_element` the element the body was read from
    (null for a rendering).
    """

    layout: str
    headline: str = ""
    alternative_headline: str | None = None
    date: str | None = None
    paragraphs: list[str] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    source_organization: str | None = None
    author: str | None = None
    editor: str | None = None
    dateline: str | None = None
    section: str | None = None
    breadcrumb: list[str] = field(default_factory=list)
    keywords: list[str] = field(default_factory=list)
    body_element: Element | None = None
    root: Element | None = None


def read_layout(layout: Layout, page: Page) -> Reading | None:
    """Read a page with a layout. Null where the layout's root or body is not in the page."""
    root = page.tree if layout.root is None else next(elements(layout.root, page.tree), None)
    if root is None:
        return None
    body, paragraphs, excluded = _body(layout, root)
    if body is None:
        return None
    return Reading(
        layout=layout.name,
        headline=first_text(layout.headline, root) or "",
        alternative_headline=first_text(layout.alternative_headline, root),
        date=first_text(layout.date, root),
        paragraphs=paragraphs,
        images=images_of(body, page, excluded),
        source_organization=first_text(layout.source_organization, root),
        author=first_text(layout.author, root),
        editor=first_text(layout.editor, root),
        section=first_text(layout.section, root),
        breadcrumb=all_texts(layout.breadcrumb, root),
        keywords=all_texts(layout.keywords, root),
        body_element=body,
        root=root,
    )


def elements(select: Select, context: Element) -> Iterator[Element]:
    """The elements a selector gives, strings left out."""
    return (found for found in select(context) if isinstance(found, etree._Element))


def all_texts(selects: tuple[Select, ...], context: Element) -> list[str]:
    """The non-empty texts of the first selector that gives any."""
    for select in selects:
        texts = [text for found in select(context) if (text := _text(found))]
        if texts:
            return texts
    return []


def first_text(selects: tuple[Select, ...], context: Element) -> str | None:
    """The first non-empty text of the first selector that gives any; null where none does."""
    for select in selects:
        for found in select(context):
            if text := _text(found):
                return text
    return None


def images_of(body: Element, page: Page, excluded: frozenset[Element] = frozenset()) -> list[Image]:
    """The pictures below `body`, in order, each URL once; the caption is the `alt` or `title` text where there is."""
    images: dict[str, Image] = {}
    for element in pictures_in(body):
        source = (element.get("src") or element.get("data-original") or "").strip()
        if not source or source.startswith("data:"):
            continue
        if excluded and any(ancestor in excluded for ancestor in (element, *element.iterancestors())):
            continue
        if url := page.absolute(source):
            caption = clean_line(element.get("alt") or element.get("title") or "") or None
            images.setdefault(url, Image(url=url, caption=caption))
    return list(images.values())


def pictures_in(body: Element) -> Iterator[Element]:
    """The first `MAX_IMAGES` picture elements below `body`, in order."""
    return islice(body.iter("img"), MAX_IMAGES)


def _body(layout: Layout, root: Element) -> tuple[Element | None, list[str], frozenset[Element]]:
    """The body element, its paragraphs, and what below it is not body. The first selector that gives text counts."""
    first: Element | None = None
    for select in layout.body:
        for body in elements(select, root):
            excluded = frozenset(found for unwanted in layout.without for found in elements(unwanted, body))
            if paragraphs := lines_of(body, excluded):
                return body, paragraphs, excluded
            first = body if first is None else first
    return first, [], frozenset()


def _text(found: Element | str) -> str:
    return clean_line(found) if isinstance(found, str) else text_of(found)

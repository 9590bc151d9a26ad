"""Where things stand in a page, as CSS selectors: of links, and of what may be a headline, a body or a date."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml.etree import _Element as Element

from crawler.extraction.dates import first_moment
from crawler.extraction.layout import Select
from crawler.extraction.page import Page
from crawler.extraction.text import INVISIBLE, clean_line, text_of

#: So many elements at most make a path, the innermost last.
_DEPTH = 4
_CLASSES = 2
_CANDIDATES = 3
_NAME = re.compile(r"-?[A-Za-z_][\w-]*", re.ASCII)
#: An id or class with so many digits is that of one item.
_NUMBERED = re.compile(r"\d{3}")
_DIGITS = re.compile(r"\d+")

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_TEXT_HOLDERS = (*_HEADINGS, "div", "p", "span", "td", "strong", "b", "font", "time", "i", "em", "li")
_SHORTEST_HEADLINE = 8
_LONGEST_HEADLINE = 300
_LONGEST_DATE = 80
#: An element with more children is a part of the page, not a line of it.
_MOST_CHILDREN = 6
_COPYRIGHT = re.compile(r"©|copyright|all rights reserved|版权", re.IGNORECASE)

# How `crawler.extraction.layout.css` writes what was a CSS selector.
_PREFIX = re.compile(r"^descendant-or-self::(?:\*/)?")
_CLASS = re.compile(
    r"(?P<tag>\*|\b\w+)?\[(?:@class and )?(?:contains\(@class, ?'[\w-]+'\) and )?"
    r"contains\(concat\(' ', ?normalize-space\(@class\), ?' '\), ?' (?P<name>[\w-]+) '\)\]"
)
_ID = re.compile(r"(?:(?:\*|\b(?P<tag>\w+))\[@id = |\bid\()'(?P<name>[\w-]+)'[\])]")
_STEP = re.compile(r"/descendant(?:-or-self::\*/|::)")
_CHILD = re.compile(r"(?<=[\w\])])/(?=[\w*.#])")


@dataclass(frozen=True, slots=True)
class Candidate:
    """An element that may hold what was lost: its path, and words of it."""

    path: str
    words: str

    def __str__(self) -> str:
        words = self.words if len(self.words) <= 60 else self.words[:60].rstrip() + "…"
        return f"«{words}» in {self.path}"


def css_path(element: Element) -> str:
    """A CSS selector for elements that stand like this one: from the nearest id, or the fourth element, down."""
    steps: list[str] = []
    for node in (element, *element.iterancestors()):
        if node.tag in ("html", "body") or len(steps) == _DEPTH:
            break
        steps.append(_step(node))
        if "#" in steps[-1]:
            break
    return " > ".join(reversed(steps))


def containers(anchors: Iterable[Element]) -> list[str]:
    """Where links stand, the most frequent path first: `12 in ul.news > li > a`."""
    counts = Counter(css_path(anchor) for anchor in anchors)
    return [f"{count} in {path}" for path, count in counts.most_common(_CANDIDATES)]


def url_shape(url: str) -> str:
    """What the paths of like URLs share: `/news/N/N-N/detail-*.shtml`."""
    directory, _, name = urlsplit(url).path.rpartition("/")
    stem, dot, suffix = name.partition(".")
    shown = "*" if len(stem) > 12 else _DIGITS.sub("N", stem)
    return f"{_DIGITS.sub('N', directory)}/{shown}{dot}{suffix}"


def headlines(page: Page) -> list[Candidate]:
    """Elements whose text is the page's title, headings first; where none is, its first headings."""
    titles = [words for words in (page.meta("og:title"), page.meta("ArticleTitle"), page.title) if words]
    found = [candidate for candidate, _ in _lines(page, _LONGEST_HEADLINE) if _is_title(candidate.words, titles)]
    if not found:
        heads = (Candidate(css_path(one), text_of(one)) for one in page.tree.iter("h1", "h2") if text_of(one))
        return list(dict.fromkeys(heads))[:_CANDIDATES]
    return sorted(dict.fromkeys(found), key=_is_no_heading)[:_CANDIDATES]


def bodies(page: Page) -> list[Candidate]:
    """The element with the most text in paragraphs of its own, or directly in it, between line breaks."""
    best, most = None, 0
    for element in page.tree.iter():
        if isinstance(element.tag, str) and element.tag not in INVISIBLE:
            length = _own_text(element)
            if length > most:
                best, most = element, length
    return [] if best is None else [Candidate(css_path(best), text_of(best))]


def dates(page: Page) -> list[Candidate]:
    """Short elements with a date in them, those with a time of day first, links left out."""
    found: list[tuple[bool, Candidate]] = []
    for candidate, element in _lines(page, _LONGEST_DATE):
        moment = first_moment(candidate.words)
        if moment is None or moment.year is None or _COPYRIGHT.search(candidate.words):
            continue
        if next(element.iterancestors("a"), None) is None and next(element.iter("a"), None) is None:
            found.append((moment.hour is None, candidate))
    ordered = sorted(dict.fromkeys(found), key=lambda one: one[0])
    return [candidate for _, candidate in ordered][:_CANDIDATES]


def selector_name(select: Select) -> str:
    """A selector as its layout wrote it, as far as that can be told from what it was compiled to."""
    path = getattr(select, "path", None)
    if not isinstance(path, str):
        return str(getattr(select, "__name__", select))
    words = _CLASS.sub(lambda found: f"{_tag(found['tag'])}.{found['name']}", path)
    words = _ID.sub(lambda found: f"{_tag(found['tag'])}#{found['name']}", words)
    if _PREFIX.match(path):
        words = _CHILD.sub(" > ", _STEP.sub(" ", _PREFIX.sub("", words)))
    return words


def _tag(tag: str | None) -> str:
    return "" if tag in (None, "*") else str(tag)


def _step(element: Element) -> str:
    name = element.get("id") or ""
    if _NAME.fullmatch(name) and not _NUMBERED.search(name):
        return f"{element.tag}#{name}"
    classes = [
        one for one in (element.get("class") or "").split() if _NAME.fullmatch(one) and not _NUMBERED.search(one)
    ]
    return ".".join((str(element.tag), *classes[:_CLASSES]))


def _lines(page: Page, longest: int) -> Iterator[tuple[Candidate, Element]]:
    """The innermost elements that are a line of text no longer than this."""
    for element in page.tree.iter(*_TEXT_HOLDERS):
        if len(element) > _MOST_CHILDREN:
            continue
        words = text_of(element)
        if 0 < len(words) <= longest and all(text_of(child) != words for child in element):
            yield Candidate(css_path(element), words), element


def _is_title(words: str, titles: list[str]) -> bool:
    """Whether a line is the title, or the title without the site's name behind it."""
    if len(words) < _SHORTEST_HEADLINE:
        return words in titles
    return any(words == title or (title.startswith(words) and 2 * len(words) > len(title)) for title in titles)


def _is_no_heading(candidate: Candidate) -> bool:
    return candidate.path.rpartition(" > ")[2].partition(".")[0].partition("#")[0] not in _HEADINGS


def _own_text(element: Element) -> int:
    """Characters in paragraphs that are children, and directly between children."""
    paragraphs = sum(len(text_of(child)) for child in element.iterchildren("p"))
    return (
        paragraphs + len(clean_line(element.text or "")) + sum(len(clean_line(child.tail or "")) for child in element)
    )

"""Articles that a page carries as data in its scripts: schema.org JSON-LD, and the state of a Next.js page.

Pages made by scripts may hold their text nowhere else. Both forms are read into one StructuredArticle.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from crawler.extraction.layout import elements, xpath
from crawler.extraction.page import Page
from crawler.extraction.text import clean_line

_JSON_LD = xpath("//script[@type='application/ld+json']")
_NEXT_DATA = xpath("id('__NEXT_DATA__')")
_TYPE = re.compile(r"(?:News|Reportage|Analysis|Opinion|Blog)?(?:Article|Posting)$")
_MARKUP = re.compile(r"<(?:p|div|br|h\d|span|figure)\b", re.IGNORECASE)
#: Names that state objects of content systems use, besides schema.org's, the likeliest first.
_HEADLINES = ("headline", "title")
_BODIES = ("articleBody", "contentHtml", "content", "body", "html")
_PUBLISHED = ("datePublished", "publishedAt", "publishTime", "publishDate", "published_at", "publish_time")
_MODIFIED = ("dateModified", "updatedAt", "updateTime", "updated_at")
_SECTIONS = ("articleSection", "category", "section", "channel")
_IMAGES = ("image", "cover", "coverImage", "thumbnail")
#: A shorter text is a summary.
_SHORTEST_BODY = 80
#: State objects nest deeper than an article ever lies.
_DEEPEST = 12


@dataclass(frozen=True, slots=True)
class StructuredArticle:
    """What the data says; texts are clean, dates as written, null or empty where they say nothing."""

    headline: str
    paragraphs: tuple[str, ...]
    published: str | None
    modified: str | None
    authors: tuple[str, ...]
    section: str | None
    keywords: tuple[str, ...]
    images: tuple[str, ...]


def structured_article(page: Page) -> StructuredArticle | None:
    """The article in a page's data: the one of JSON-LD, its gaps filled from the Next.js state; null where none is."""
    found = [_article(candidate) for candidate in _linked_data(page)]
    if not found or not (found[0].paragraphs and found[0].published):
        found += [_article(candidate) for candidate in _state(page)]
    if not found:
        return None
    first = found[0]
    rest = [other for other in found[1:] if other.headline == first.headline] if first.headline else found[1:]
    for other in rest:
        first = StructuredArticle(
            **{name: getattr(first, name) or getattr(other, name) for name in StructuredArticle.__slots__}
        )
    return first


def _linked_data(page: Page) -> Iterator[dict[str, Any]]:
    for script in elements(_JSON_LD, page.tree):
        for candidate in _objects(_json(script.text or "")):
            kinds = candidate.get("@type")
            if any(
                isinstance(kind, str) and _TYPE.match(kind) for kind in (kinds if isinstance(kinds, list) else [kinds])
            ):
                yield candidate


def _state(page: Page) -> Iterator[dict[str, Any]]:
    for script in elements(_NEXT_DATA, page.tree):
        for candidate in _objects(_json(script.text or "")):
            if _first(candidate, _HEADLINES) and len(_first(candidate, _BODIES)) >= _SHORTEST_BODY:
                yield candidate
                return


def _json(text: str) -> object:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):  # no JSON, or nested deeper than Python counts
        return None


def _objects(value: object, depth: int = 0) -> Iterator[dict[str, Any]]:
    """All JSON objects in `value`, outer ones first."""
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _objects(item, depth + 1)


def _article(data: dict[str, Any]) -> StructuredArticle:
    return StructuredArticle(
        headline=clean_line(_first(data, _HEADLINES)),
        paragraphs=tuple(_paragraphs(_first(data, _BODIES))),
        published=_first(data, _PUBLISHED) or None,
        modified=_first(data, _MODIFIED) or None,
        authors=tuple(_names(data.get("author") or data.get("authors"))),
        section=next((name for key in _SECTIONS for name in _names(data.get(key))), None),
        keywords=tuple(_keywords(data.get("keywords") or data.get("tags"))),
        images=tuple(url for key in _IMAGES for url in _urls(data.get(key))),
    )


def _first(data: dict[str, Any], names: tuple[str, ...]) -> str:
    return next((value for name in names if isinstance(value := data.get(name), str) and value.strip()), "")


def _paragraphs(text: str) -> list[str]:
    if _MARKUP.search(text):
        return Page("", f"<html><body>{text}</body></html>", "utf-8").lines
    return [line for raw in text.splitlines() if (line := clean_line(raw))]


def _names(value: object, depth: int = 0) -> Iterator[str]:
    """Names of persons or things: a string, an object with a name, or a list of them."""
    if depth > _DEEPEST:
        return
    if isinstance(value, str) and (name := clean_line(value)):
        yield name
    elif isinstance(value, dict):
        yield from _names(value.get("name") or value.get("title"), depth + 1)
    elif isinstance(value, list):
        for item in value:
            yield from _names(item, depth + 1)


def _keywords(value: object) -> Iterator[str]:
    for name in _names(value):
        yield from (word for part in name.split(",") if (word := part.strip()))


def _urls(value: object, depth: int = 0) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(value, str) and value.strip():
        yield value.strip()
    elif isinstance(value, dict):
        yield from _urls(value.get("url") or value.get("src") or value.get("contentUrl"), depth + 1)
    elif isinstance(value, list):
        for item in value:
            yield from _urls(item, depth + 1)

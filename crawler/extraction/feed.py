"""Feeds and sitemaps: RSS 2.0, sitemaps, news sitemaps and indexes of sitemaps.

They come as a Page like any listing. Their text is parsed as XML without entities and without network.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from lxml import etree
from lxml.etree import _Element as Element

from crawler.extraction.dates import Moment, first_moment
from crawler.extraction.page import Page
from crawler.extraction.problem import Code, Problem
from crawler.extraction.text import clean_line

#: What the protocol allows in one file (sitemaps.org).
MAX_ITEMS = 50_000
_PARSER = etree.XMLParser(
    encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, recover=True, remove_comments=True
)
_FEED = re.compile(r"<(?:rss|feed|urlset|sitemapindex)\b")
_OFFSET = re.compile(r"(?:Z|GMT|UTC?|[+-]\d\d:?\d\d)\s*$")
_BEIJING_OFFSET = re.compile(r"\+08:?00\s*$")


@dataclass(frozen=True, slots=True)
class Entry:
    """One item: absolute `url`, `headline` where the feed has titles, `published` where it says a publication date.

    A sitemap's `lastmod` is no publication date and is not read.
    """

    url: str
    headline: str | None = None
    published: Moment | None = None


def is_feed(page: Page) -> bool:
    """Whether a page is a feed or sitemap, by its first element."""
    return _FEED.search(page.text, 0, 2000) is not None


def entries(page: Page) -> list[Entry]:
    """The items of a feed or sitemap in its order; none for a page that is none.

    Raises Problem `too-large` for more than `MAX_ITEMS`.
    """
    root = _root(page)
    if root is None:
        return []
    items = list(islice((element for element in root.iter() if _name(element) in ("item", "url")), MAX_ITEMS + 1))
    if len(items) > MAX_ITEMS:
        raise Problem(Code.TOO_LARGE, page.url, f"more than {MAX_ITEMS} items")
    return [entry for item in items if (entry := _entry(page, item)) is not None]


def sitemaps(page: Page) -> list[str]:
    """URLs of the sitemaps that an index of sitemaps lists."""
    root = _root(page)
    if root is None:
        return []
    found = (_child(element, "loc") for element in root.iter() if _name(element) == "sitemap")
    return [address for url in found if url and (address := page.absolute(url))]


def _root(page: Page) -> Element | None:
    try:
        return etree.fromstring(page.text.lstrip("\ufeff \r\n\t").encode("utf-8", "replace"), _PARSER)
    except etree.LxmlError:
        return None


def _entry(page: Page, item: Element) -> Entry | None:
    link = _child(item, "link") or _child(item, "loc")
    url = page.absolute(link) if link else ""
    if not url:
        return None
    words = _child(item, "pubDate") or _child(item, "publication_date")
    return Entry(url, _child(item, "title") or None, _moment(words) if words else None)


def _moment(words: str) -> Moment | None:
    """The date as printed. Another offset than Beijing's leaves the time of day unknown: these sites print Beijing
    time with `GMT` or `Z` behind it as often as not."""
    moment = first_moment(words)
    if moment is None or moment.year is None:
        return None
    return moment.without_time() if _OFFSET.search(words) and not _BEIJING_OFFSET.search(words) else moment


def _child(item: Element, name: str) -> str:
    """The text of the first element with this name, in any namespace."""
    return next((_words(element) for element in _parts(item) if _name(element) == name), "")


def _words(element: Element) -> str:
    try:
        return clean_line(element.text or "")
    except UnicodeDecodeError:  # of `&#xD800;` a parser that recovers makes half a character
        return ""


def _parts(item: Element) -> Iterator[Element]:
    """The children of an item, and theirs: `news:title` stands below `news:news`. Nothing deeper is the item's own, and
    items within items would be read once for each they stand in."""
    for child in item:
        yield child
        yield from child


def _name(element: Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""

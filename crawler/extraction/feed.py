"""Feeds and sitemaps: RSS 2.0, sitemaps, news sitemaps and indexes of sitemaps.

They come as a Page like any listing. Their text is parsed as XML without entities and without network.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree
from lxml.etree import _Element as Element

from crawler.extraction.dates import Moment, first_moment
from crawler.extraction.page import Page
from crawler.extraction.text import clean_line

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
    """The items of a feed or sitemap in its order; none for a page that is none."""
    root = _root(page)
    if root is None:
        return []
    items = (element for element in root.iter() if _name(element) in ("item", "url"))
    return [entry for item in items if (entry := _entry(page, item)) is not None]


def sitemaps(page: Page) -> list[str]:
    """URLs of the sitemaps that an index of sitemaps lists."""
    root = _root(page)
    if root is None:
        return []
    found = (_child(element, "loc") for element in root.iter() if _name(element) == "sitemap")
    return [page.absolute(url) for url in found if url]


def _root(page: Page) -> Element | None:
    try:
        return etree.fromstring(page.text.lstrip("\ufeff \r\n\t").encode("utf-8", "replace"), _PARSER)
    except etree.XMLSyntaxError:
        return None


def _entry(page: Page, item: Element) -> Entry | None:
    url = _child(item, "link") or _child(item, "loc")
    if not url:
        return None
    words = _child(item, "pubDate") or _child(item, "publication_date")
    return Entry(page.absolute(url), _child(item, "title") or None, _moment(words) if words else None)


def _moment(words: str) -> Moment | None:
    """The date as printed. Another offset than Beijing's leaves the time of day unknown: these sites print Beijing
    time with `GMT` or `Z` behind it as often as not."""
    moment = first_moment(words)
    if moment is None or moment.year is None:
        return None
    return moment.without_time() if _OFFSET.search(words) and not _BEIJING_OFFSET.search(words) else moment


def _child(item: Element, name: str) -> str:
    """The text of the first descendant with this name, in any namespace (`news:title` stands below `news:news`)."""
    return next((clean_line(element.text or "") for element in item.iter() if _name(element) == name), "")


def _name(element: Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""

"""What reads the same pages: each a function from a page as it came to what it reads, with its documented defaults.

All are offline, pictures are not fetched. Who wants text instead of bytes gets it decoded as Scrapy would. What is not
installed is left out of `competitors()`; Fundus needs an older lxml and has its own process (`fundus_parsers.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

import lxml.html
from lxml import etree
from parsel import Selector
from w3lib.encoding import html_to_unicode

from benchmarks.pages import ArticlePage
from benchmarks.quality import Extracted
from crawler.extraction.layout import Select
from crawler.extraction.page import Page
from crawler.extraction.problem import Problem
from crawler.sources import source_of

Read = Callable[[ArticlePage], Extracted | None]

_FIELDS = (
    "alternative_headline",
    "date",
    "source_organization",
    "author",
    "editor",
    "section",
    "breadcrumb",
    "keywords",
)


def bare_lxml(page: ArticlePage) -> None:
    """The baseline: parse the bytes and do nothing with the tree."""
    lxml.html.fromstring(page.body)


def readouts(page: ArticlePage) -> Extracted | None:
    """This project, all the way from the bytes to the validated Article."""
    try:
        article = source_of(page.url).read(Page.from_bytes(page.url, page.body, page.content_type))
    except Problem:
        return None
    return Extracted(article.headline, article.article_body)


def parsel_same_selectors(page: ArticlePage) -> Extracted | None:
    """Our layouts' selectors as a Scrapy spider would use them: every field is read, nothing is cleaned or dated."""
    selector = Selector(text=_decoded(page))
    for layout in source_of(page.url).layouts:
        root = _first(selector, (layout.root,)) if layout.root is not None else selector
        body = _first(root, layout.body) if root is not None else None
        if root is None or body is None:
            continue
        for select in layout.without:
            body.xpath(_expression(select)).drop()
        text = "\n".join(body.xpath(".//text()[not(parent::script or parent::style)]").getall())
        headline = _first_text(root, layout.headline)
        for field in _FIELDS:
            _first_text(root, getattr(layout, field))
        if headline and text.strip():
            return Extracted(headline, text)
    return None


def trafilatura(page: ArticlePage) -> Extracted | None:
    """With metadata (title, date, author), since the others read them too; without comments, which no page has."""
    document = import_module("trafilatura").bare_extraction(
        page.body, url=page.url, with_metadata=True, include_comments=False
    )
    return Extracted(document.title, document.text) if document is not None else None


def newspaper4k(page: ArticlePage) -> Extracted | None:
    """`newspaper.article` on markup at hand; without the pictures, which it would fetch."""
    article = import_module("newspaper").article(page.url, input_html=_decoded(page), fetch_images=False)
    return Extracted(article.title, article.text)


def news_please(page: ArticlePage) -> Extracted | None:
    """`NewsPlease.from_html`, without the pictures."""
    article = import_module("newsplease").NewsPlease.from_html(_decoded(page), url=page.url, fetch_images=False)
    return Extracted(article.title, article.maintext)


def resiliparse(page: ArticlePage) -> Extracted | None:
    """Main content as plain text, with detection of the encoding; its own parser, not lxml."""
    encoding = import_module("resiliparse.parse.encoding").detect_encoding(page.body)
    tree = import_module("resiliparse.parse.html").HTMLTree.parse_from_bytes(page.body, encoding)
    text = import_module("resiliparse.extract.html2text").extract_plain_text(tree, main_content=True)
    return Extracted(tree.title, text)


#: By name: the module it needs, and whether it is so slow that it only gets a sample of the pages, and one round.
_COMPETITORS: dict[str, tuple[str, Read, bool]] = {
    "parsel, same selectors": ("parsel", parsel_same_selectors, False),
    "resiliparse": ("resiliparse", resiliparse, False),
    "trafilatura": ("trafilatura", trafilatura, True),
    "newspaper4k": ("newspaper", newspaper4k, True),
    "news-please": ("newsplease", news_please, True),
}


def competitors(*, slow: bool) -> dict[str, Read]:
    """Those that are installed, by name."""
    return {
        name: read
        for name, (module, read, is_slow) in _COMPETITORS.items()
        if is_slow == slow and find_spec(module) is not None
    }


def missing() -> list[str]:
    """Those that are not installed."""
    return [name for name, (module, _, _) in _COMPETITORS.items() if find_spec(module) is None]


def _decoded(page: ArticlePage) -> str:
    """As `scrapy.http.HtmlResponse.text` decodes it."""
    return html_to_unicode(page.content_type, page.body)[1]


def _expression(select: Select) -> str:
    """The XPath of a selector; one that is written in Python selects nothing here."""
    return select.path if isinstance(select, etree.XPath) else "/.."


def _first(context: Selector, selects: tuple[Select, ...]) -> Selector | None:
    return next((found for select in selects for found in context.xpath(_expression(select))), None)


def _first_text(context: Selector, selects: tuple[Select, ...]) -> str | None:
    for select in selects:
        for found in context.xpath(_expression(select)):
            if text := (found.xpath("normalize-space()").get() if hasattr(found.root, "tag") else found.get()):
                return text
    return None

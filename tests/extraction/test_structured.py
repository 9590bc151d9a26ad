"""Articles in the scripts of a page."""

from __future__ import annotations

import json
from typing import Any

from crawler.extraction.page import Page
from crawler.extraction.structured import structured_article

BODY = "The first sentence of a report about the bakery. The second one, which says that it is open."


def page(*scripts: str) -> Page:
    return Page.from_bytes("https://news.example/a", f"<html><body>{''.join(scripts)}</body></html>".encode())


def linked(data: Any) -> str:
    return f'<script type="application/ld+json">{json.dumps(data)}</script>'


def state(data: Any) -> str:
    return f'<script id="__NEXT_DATA__" type="application/json">{json.dumps(data)}</script>'


def test_linked_data_in_a_graph() -> None:
    data = {
        "@graph": [
            {"@type": "Organization", "name": "Bakers"},
            {
                "@type": ["Thing", "NewsArticle"],
                "headline": " Night  bread ",
                "articleBody": "One.\n\nTwo.",
                "datePublished": "2025-07-09",
                "author": {"name": "Tan"},
                "keywords": ["bread", "night, city"],
                "image": {"url": "/b.jpg"},
            },
        ]
    }
    article = structured_article(page(linked(data)))
    assert article is not None
    assert (article.headline, article.paragraphs) == ("Night bread", ("One.", "Two."))
    assert (article.published, article.authors, article.section) == ("2025-07-09", ("Tan",), None)
    assert (article.keywords, article.images) == (("bread", "night", "city"), ("/b.jpg",))


def test_state_fills_what_linked_data_lacks() -> None:
    ld = linked({"@type": "Article", "headline": "Night bread"})
    nxt = state(
        {"props": {"a": [{"title": "Night bread", "content": f"<p>{BODY}</p><p>Third.</p>", "publishedAt": "x"}]}}
    )
    article = structured_article(page(ld, nxt))
    assert article is not None
    assert article.paragraphs == (BODY, "Third.")
    assert article.published == "x"


def test_state_of_another_article_fills_nothing() -> None:
    article = structured_article(
        page(linked({"@type": "Article", "headline": "Night bread"}), state({"title": "Day bread", "content": BODY}))
    )
    assert article is not None
    assert article.paragraphs == ()


def test_pages_without_an_article() -> None:
    assert structured_article(page()) is None
    assert structured_article(page(linked({"@type": "WebSite", "headline": "Bakers"}))) is None
    assert structured_article(page('<script type="application/ld+json">{broken</script>')) is None
    assert structured_article(page(state({"title": "Menu", "content": "short"}))) is None


def test_deep_nesting_ends_somewhere() -> None:
    deep: Any = {"title": "Night bread", "content": BODY}
    for _ in range(60):
        deep = {"next": deep}
    assert structured_article(page(state(deep))) is None

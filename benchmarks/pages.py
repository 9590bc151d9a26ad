"""The pages the extraction benchmark reads: the real ones beside the repository, else the saved pages of the tests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from crawler.archive.reader import read_responses
from crawler.extraction.identity import Address
from crawler.extraction.problem import Problem
from crawler.extraction.text import join_paragraphs
from crawler.fixtures import saved_pages
from crawler.sources import source_of

REAL = Path(__file__).parents[2] / "shared" / "real"


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """An article page as it came: its URL, the body of the response, the value of its Content-Type header."""

    url: str
    body: bytes
    content_type: str | None


@dataclass(frozen=True, slots=True)
class Truth:
    """What another reader read from a page."""

    headline: str
    body: str


@dataclass(frozen=True, slots=True)
class Collection:
    """Pages by archive, and the truth by URL for those pages that have one. `is_real` False for the saved pages."""

    name: str
    is_real: bool
    archives: Mapping[str, list[ArticlePage]]
    truths: Mapping[str, Truth]

    @property
    def with_truth(self) -> list[ArticlePage]:
        """The pages whose truth is known."""
        return [page for pages in self.archives.values() for page in pages if page.url in self.truths]


def collection() -> Collection:
    """The real pages where they are, else the saved pages with their expectations."""
    return _real() if REAL.is_dir() else _saved()


def _real() -> Collection:
    archives = {path.name.removesuffix(".warc.gz"): _articles(path) for path in sorted(REAL.glob("*.warc.gz"))}
    truths: dict[str, Truth] = {}
    for path in REAL.glob("*.truth.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            truths[row["url"]] = Truth(row["headline"], row["body"])
    return Collection("the real pages of ../shared/real", True, archives, truths)


def _articles(path: Path) -> list[ArticlePage]:
    """The responses with status 200 at an article's URL; listings, redirects and error pages are left out."""
    return [
        ArticlePage(response.url, response.body, response.header("Content-Type") or None)
        for response in read_responses(path, lambda _: None)
        if response.status == 200 and _is_article(response.url)
    ]


def _is_article(url: str) -> bool:
    address = Address.of(url)
    try:
        return address is not None and source_of(url).identify(address) is not None
    except Problem:
        return False


def _saved() -> Collection:
    archives: dict[str, list[ArticlePage]] = {}
    truths: dict[str, Truth] = {}
    for case in saved_pages():
        # Of an article on several pages the expectation is the whole.
        if case.kind == "article" and case.path.suffix == ".html" and not case.source.continuations(case.page):
            page = ArticlePage(case.url, case.path.read_bytes(), case.content_type)
            archives.setdefault(case.source.name, []).append(page)
            article = case.expectation["article"]
            truths[case.url] = Truth(article["headline"], join_paragraphs(article["article_body"]))
    return Collection("the saved pages of tests/fixtures (no real pages here)", False, archives, truths)

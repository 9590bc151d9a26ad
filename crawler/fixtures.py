"""Saved pages: real markup with invented news, and beside each page, as JSON, what it must give.

`tests/fixtures/SOURCE/CASE.html` (or .txt, .xml, .page.json) is the page, `CASE.json` the expectation: `url`,
`content_type` (the HTTP header, or null), `why` (what the case shows and where its markup is from), and one of
`article` (the fields that differ from their default, `article_body` as a list of paragraphs), `listing` or `problem`
(its code). Tests read them, `scrapy fixture` maintains them, and the sample archive is made of them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from crawler.extraction.identity import Address
from crawler.extraction.page import Page
from crawler.extraction.problem import Code, Problem
from crawler.extraction.source import Source
from crawler.extraction.text import join_paragraphs, split_paragraphs
from crawler.items import Article
from crawler.sources import sources

FIXTURES = Path(__file__).parents[1] / "tests" / "fixtures"


@dataclass
class SavedPage:
    """A page on disk with its expectation."""

    path: Path
    expectation: dict[str, Any]

    @property
    def name(self) -> str:
        """`xinhua/photo-page`."""
        return f"{self.source.name}/{self.path.name.partition('.')[0]}"

    @property
    def source(self) -> Source:
        """The source whose folder it lies in."""
        return sources()[self.path.parent.name]

    @property
    def kind(self) -> str:
        """`article`, `listing` or `problem`."""
        return next(kind for kind in ("article", "listing", "problem") if kind in self.expectation)

    @property
    def url(self) -> str:
        """Where the page was published."""
        return str(self.expectation["url"])

    @property
    def content_type(self) -> str | None:
        """The HTTP header's value."""
        return self.expectation.get("content_type")

    @cached_property
    def page(self) -> Page:
        """The page, decoded. Raises Problem."""
        return Page.from_bytes(self.url, self.path.read_bytes(), self.content_type)

    @cached_property
    def article(self) -> Article:
        """What the source reads from the page, continuation pages included. Raises Problem."""
        by_url = {case.url: case for case in saved_pages(self.source.name)}
        further = self.source.continuations(self.page)
        missing = [url for url in further if url not in by_url]
        if missing:
            raise Problem(Code.NOT_ARCHIVED, missing[0], f"a further page of {self.url}")
        return self.source.read(self.page, *(by_url[url].page for url in further))

    @property
    def listing(self) -> dict[str, Any]:
        """What the source reads from a listing, as plain data."""
        address = Address.of(self.url)
        if address is None or not self.source.is_listing(address):
            raise Problem(Code.UNKNOWN_URL, self.url, f"no listing of {self.source.name}")
        listing = self.source.listing(self.page)
        return {
            "links": [
                {"url": link.url, "headline": link.headline, "date": link.published and link.published.value}
                for link in listing.links
            ],
            "following": list(listing.following),
            "is_counted": listing.is_counted,
        }

    def actual(self) -> dict[str, Any]:
        """What the page gives now, in the form of an expectation."""
        head = {key: value for key, value in self.expectation.items() if key in ("url", "content_type", "why")}
        address = Address.of(self.url)
        try:
            if address is not None and self.source.identify(address) is None and self.source.is_listing(address):
                return {**head, "listing": self.listing}
            read = self.article.model_dump(exclude={"url"})
            fields = {name: value for name, value in read.items() if value != _default(name)}
            fields["article_body"] = split_paragraphs(self.article.article_body)
            return {**head, "article": fields}
        except Problem as problem:
            return {**head, "problem": str(problem.code)}

    def expected_field(self, name: str) -> Any:
        """What the Article's field must be."""
        expected = self.expectation["article"]
        if name == "url":
            return self.url
        if name == "article_body":
            return join_paragraphs(expected["article_body"])
        return expected.get(name, _default(name))

    def save(self, expectation: dict[str, Any]) -> None:
        """Write the expectation beside the page."""
        self.expectation = expectation
        text = json.dumps(expectation, ensure_ascii=False, indent=2)
        expectation_path(self.path).write_text(text + "\n", encoding="utf-8")


def _default(field: str) -> Any:
    return Article.model_fields[field].get_default(call_default_factory=True)


def expectation_path(page: Path) -> Path:
    """Where the expectation of a page lies: `photo.page.json` and `photo.html` have `photo.json`."""
    return page.with_name(page.name.partition(".")[0] + ".json")


def saved_pages(source: str = "*") -> list[SavedPage]:
    """All saved pages of a source, or of all, in the order of their names."""
    found = []
    for path in sorted(FIXTURES.glob(f"{source}/*")):
        expectation = expectation_path(path)
        if path != expectation and expectation.exists():
            found.append(SavedPage(path, json.loads(expectation.read_text(encoding="utf-8"))))
    return found

"""Reads pages with Fundus, in a process and an environment of its own, since Fundus wants lxml below 6.

Started by `fundus_process.py` as `python -m benchmarks.fundus_parsers`: a JSON object on standard input, one on
standard output. Nothing but Fundus, lxml and the standard library is imported. The ratio to bare lxml is taken in this
process, to the lxml that Fundus runs on.

Fundus 0.5 has no publisher for these sites (its one for China is people.com.cn). So it is given parsers in its own
style, one a layout, with our layouts' selectors: what is measured is its machinery, not its authors' selectors.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any

import lxml.html
from fundus.parser import ArticleBody, BaseParser, attribute
from fundus.parser.utility import extract_article_body_with_selector, generic_date_parsing
from lxml.etree import XPath

from benchmarks.measure import measure


@dataclass(frozen=True, slots=True)
class _Page:
    body: bytes
    encoding: str
    parser: BaseParser


def main() -> None:
    """Read the pages of each archive from standard input, print CPU seconds and what was read from each page."""
    task = json.load(sys.stdin)
    parsers = {name: _parser(**selectors) for name, selectors in task["layouts"].items()}
    archives = {
        name: [_Page(base64.b64decode(page["body"]), page["encoding"], parsers[page["layout"]]) for page in pages]
        for name, pages in task["archives"].items()
    }
    ways: dict[str, Callable[[_Page], object]] = {"bare": _bare, "fundus": _read}
    answer = {
        "versions": {name: version(name) for name in ("fundus", "lxml")},
        "rounds": {name: measure(ways, pages, task["rounds"]) for name, pages in archives.items()},
        "extracted": {
            row["url"]: _extracted(_read(page))
            for name, pages in archives.items()
            for row, page in zip(task["archives"][name], pages, strict=True)
        },
    }
    json.dump(answer, sys.stdout)


def _bare(page: _Page) -> None:
    lxml.html.fromstring(page.body)


def _read(page: _Page) -> dict[str, Any]:
    return page.parser.parse(page.body.decode(page.encoding, "replace"), error_handling="suppress")


def _extracted(fields: dict[str, Any]) -> dict[str, str | None]:
    body = fields["body"]
    return {"headline": fields["title"], "body": "\n".join(body.as_text_sequence()) if body else None}


def _parser(body: list[str], headline: list[str], date: list[str]) -> BaseParser:
    """A parser as Fundus's authors write them: body, title and publishing date."""
    paragraphs = [XPath(f"({path})//p") for path in body]
    titles, dates = [XPath(path) for path in headline], [XPath(path) for path in date]

    class Parser(BaseParser):
        @attribute
        def body(self) -> ArticleBody | None:
            for selector in paragraphs:
                found = extract_article_body_with_selector(self.precomputed.doc, paragraph_selector=selector)
                if found.sections:
                    return found
            return None

        @attribute
        def title(self) -> str | None:
            return _text(titles, self.precomputed.doc)

        @attribute
        def publishing_date(self) -> datetime | None:
            return generic_date_parsing(_text(dates, self.precomputed.doc))

    return Parser()


def _text(selectors: list[XPath], doc: lxml.html.HtmlElement) -> str | None:
    for selector in selectors:
        for found in selector(doc):
            if text := (found if isinstance(found, str) else found.text_content()).strip():
                return text
    return None


if __name__ == "__main__":
    main()

"""One form for every Article, whatever the page was like: clean text, tidy URLs, null for nothing, a text digest."""

from __future__ import annotations

import re
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

from pydantic import ValidationError
from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem
from w3lib.url import safe_url_string

from crawler import signals
from crawler.extraction.problem import Code, Problem
from crawler.extraction.text import clean_line, join_paragraphs, split_paragraphs
from crawler.items import Article
from pipelines.fingerprint import text_digest

#: Fields of one line. `id`, `in_language` and what has a pattern of its own in the model are not among them.
LINES = (
    "source",
    "publisher",
    "headline",
    "alternative_headline",
    "date_published_raw",
    "source_organization",
    "author",
    "editor",
    "dateline",
    "article_section",
    "layout",
)
#: Lists of lines; an empty line is no entry.
LISTS = ("breadcrumb", "keywords")
DEFAULT_PORTS = {"http": 80, "https": 443}
TRACKING = re.compile(r"utm_\w+(=|$)", re.IGNORECASE)
#: A URL that has its one form already, which to find out the long way costs more than most of an Article's fields.
TIDY = re.compile(r"https?://[a-z0-9.-]+/[A-Za-z0-9._~/+-]*")
#: Half of a UTF-16 pair: no character, and no UTF-8 can hold it.
SURROGATE = re.compile("[\ud800-\udfff]")


class NotNormalised(DropItem):
    """The Article has no form that the schema allows; the problem was reported."""


class NormalisePipeline:
    """Replaces each Article by its normalised form, or reports why it has none."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor. Reads no settings."""
        return cls(crawler)

    def process_item(self, item: Article) -> Article:
        """The normalised Article. Raises NotNormalised after sending `problem_found`."""
        try:
            return normalise(item)
        except Problem as problem:
            self._crawler.signals.send_catch_log(signal=signals.problem_found, problem=problem)
            raise NotNormalised(str(problem), log_level="DEBUG") from problem


def normalise(article: Article) -> Article:
    """The same Article in its one form; idempotent, and `article` itself stays as it is.

    Text becomes Unicode NFC with single spaces and nothing of zero width, empty strings become null, URLs lose
    fragment and default port (and `canonical_url` its `utm_*`), and `text_digest` is taken of the body.
    Raises Problem `no-headline`, `empty-body` or `invalid-item`.
    """
    fields: dict[str, Any] = article.model_dump()
    for name in LINES:
        fields[name] = _line(fields[name])
    for name in LISTS:
        fields[name] = [line for text in fields[name] if (line := _line(text))]
    fields["article_body"] = _paragraphs(article.article_body)
    fields["exchanges"] = [_exchange(exchange) for exchange in fields["exchanges"] or ()] or None
    if fields["headline"] is None:
        raise Problem(Code.NO_HEADLINE, article.url, "nothing but white space")
    if fields["article_body"] is None:
        raise Problem(Code.EMPTY_BODY, article.url, "nothing but white space")
    fields["text_digest"] = text_digest(fields["article_body"])
    try:
        fields["url"] = _tidy_url(article.url)
        fields["canonical_url"] = _without_tracking(_tidy_url(article.canonical_url))
        fields["mirror_of"] = _tidy_url(article.mirror_of) if article.mirror_of else None
        fields["images"] = [_image(image) for image in fields["images"]]
        return Article.model_validate(fields)
    except ValidationError as error:
        raise Problem(Code.INVALID_ITEM, article.url, str(error)) from error
    except ValueError as error:  # what w3lib and urllib raise for an address that is none
        raise Problem(Code.INVALID_ITEM, article.url, f"not a URL: {error}") from error


def _line(text: str | None) -> str | None:
    return clean_line(_without_surrogates(text)) or None if text else None


def _paragraphs(text: str | None) -> str | None:
    return join_paragraphs(split_paragraphs(_without_surrogates(text))) or None if text else None


def _without_surrogates(text: str) -> str:
    # Encoding finds one many times faster than the pattern does.
    try:
        text.encode()
    except UnicodeEncodeError:
        return SURROGATE.sub("\ufffd", text)
    return text


def _exchange(exchange: dict[str, Any]) -> dict[str, Any]:
    return {
        "outlet": _line(exchange["outlet"]),
        "question": _paragraphs(exchange["question"]),
        "speaker": _line(exchange["speaker"]),
        "answer": _paragraphs(exchange["answer"]),
    }


def _image(image: dict[str, Any]) -> dict[str, Any]:
    return {"url": _tidy_url(image["url"]), "caption": _line(image["caption"])}


def _tidy_url(url: str) -> str:
    """`url` percent-encoded, with host and scheme in lower case, without fragment and default port.

    Rules of RFC 3986 section 6.2 that never make two resources one. Path and query keep their order and spelling:
    `/ce/ceus//eng/` is not `/ce/ceus/eng/` to those servers.
    """
    if TIDY.fullmatch(url):
        return url
    parts = urlsplit(safe_url_string(url.strip()))
    host = parts.netloc
    if parts.port is not None and parts.port == DEFAULT_PORTS.get(parts.scheme):
        host = host.removesuffix(f":{parts.port}")
    return urlunsplit((parts.scheme, host, parts.path, parts.query, ""))


def _without_tracking(url: str) -> str:
    if "?" not in url:
        return url
    parts = urlsplit(url)
    kept = "&".join(pair for pair in parts.query.split("&") if not TRACKING.match(pair))
    return urlunsplit(parts._replace(query=kept))

"""Bytes to Article: whatever a page is like, an Article that validates or a named problem, and soon."""

from __future__ import annotations

import datetime
from time import process_time

import pytest
from hypothesis import given, strategies

from crawler.extraction.identity import Address
from crawler.extraction.page import Page
from crawler.extraction.problem import Code, Problem
from crawler.extraction.source import Source
from crawler.items import Article
from crawler.sources import source_of, sources
from pipelines.normalise import normalise
from tests.hostile.budget import budget
from tests.hostile.markup import Origin, Spoilt, origins, spoilt
from tests.hostile.poison import TEXTS, URLS

#: A page of the most tags and the most bytes that are read at all takes about two seconds of this.
MOST_SECONDS = 10


def read(source: Source, url: str, body: bytes, content_type: str | None) -> Article | Code:
    """As the spiders read a page. Anything but a Problem is an error of ours."""
    began = process_time()
    try:
        page = Page.from_bytes(url, body, content_type)
        source.continuations(page)
        return normalise(source.read(page))
    except Problem as problem:
        return problem.code
    finally:
        assert process_time() - began < MOST_SECONDS


def check(result: Article | Code) -> None:
    if isinstance(result, Article):
        line = result.model_dump_json()
        assert Article.model_validate_json(line) == result
        assert result.headline
        assert result.article_body
        assert all(image.url.startswith(("http://", "https://")) for image in result.images)
        for day in (result.date_published, result.date_modified):
            assert day is None or 1900 <= datetime.datetime.fromisoformat(day).year <= 2100
    else:
        assert result != Code.INVALID_ITEM, "an Article by halves"


@budget(400)
@given(
    spoilt(), strategies.sampled_from((None, "text/html", "text/html; charset=gbk", "text/html; charset=hex", "\x00"))
)
def test_a_spoilt_page_gives_an_article_or_a_problem(page: Spoilt, content_type: str | None) -> None:
    check(read(page.origin.source, page.origin.url, page.body, content_type))


@budget(150)
@given(strategies.sampled_from(origins()), strategies.binary(max_size=400), strategies.text(max_size=40))
def test_bytes_that_are_no_page(origin: Origin, body: bytes, content_type: str) -> None:
    check(read(origin.source, origin.url, body, content_type))


@budget(300)
@given(
    strategies.sampled_from(origins()),
    strategies.lists(strategies.sampled_from((*URLS, *TEXTS)) | strategies.binary(max_size=20), max_size=3),
    strategies.integers(0, 200),
)
def test_a_url_names_a_document_or_none(origin: Origin, pieces: list[bytes], place: int) -> None:
    place = min(place, len(origin.url))
    url = origin.url[:place] + b"".join(pieces).decode("utf-8", "surrogateescape") + origin.url[place:]
    address = Address.of(url)
    for source in sources().values():
        identity = source.identify(address) if address is not None else None
        if address is not None:
            source.is_listing(address)
        assert identity is None or identity.id.startswith(f"{source.name}:")
    try:
        source_of(url)
    except Problem as problem:
        assert problem.code == Code.UNKNOWN_URL  # noqa: PT017


# --- one page each


def page_of(source: str, body: bytes, name: str) -> Article | Code:
    origin = next(one for one in origins() if one.name == f"{source}/{name}")
    return read(origin.source, origin.url, origin.body.replace(b"</body>", body + b"</body>"), origin.content_type)


@pytest.mark.parametrize("charset", ["hex", "rot13", "idna", "punycode", "undefined", "raw_unicode_escape", "a\x00b"])
def test_a_charset_that_no_page_is_written_in_is_none(charset: str) -> None:
    body = b"<html><body><p>\xe9t\xe9 \\ud800</p></body></html>"
    assert Page.from_bytes("http://news.example/", body, f"text/html; charset={charset}").encoding == "cp1252"


@pytest.mark.parametrize("href", [url.decode("utf-8", "replace") for url in URLS])
def test_a_link_is_of_the_web_or_none(href: str) -> None:
    page = Page("https://www.ecns.cn/news/", "", "utf-8")
    assert page.absolute(href) == "" or page.absolute(href).startswith(("http://", "https://"))
    is_of_the_web = not href.lower().startswith(("javascript:", "data:", "file:", "ftp:", "mailto:", "http://["))
    assert is_of_the_web or page.absolute(href) == ""


def test_a_picture_whose_address_is_none_costs_the_picture_alone() -> None:
    origin = next(one for one in origins() if one.name == "ecns/e1-2019-society")
    body = origin.body.replace(
        b'id="yanse">', b'id="yanse"><img src="http://["><img src="http://a:b/"><img src="/c.jpg">'
    )
    assert body != origin.body
    article = read(origin.source, origin.url, body, origin.content_type)
    assert isinstance(article, Article)
    assert [image.url for image in article.images][:1] == ["http://ecns.cn/c.jpg"]


def test_data_in_a_script_nested_deeper_than_python_counts_is_no_data() -> None:
    script = b"<script type='application/ld+json'>" + b'{"a":' * 100_000 + b"</script>"
    check(page_of("shine", script, "s3-json-ld"))


def test_a_headline_with_half_a_character() -> None:
    script = b"""<script type="application/ld+json">{"@type": "NewsArticle", "headline": "A \\ud800 b",
        "articleBody": "The first paragraph of a text that somebody invented.", "image": "http://["}</script>"""
    origin = next(one for one in origins() if one.name == "shine/s3-json-ld")
    article = read(origin.source, origin.url, b"<html id='__next'><body>" + script + b"</body></html>", None)
    assert isinstance(article, Article)
    assert article.headline == "A \ufffd b"
    assert article.images == []

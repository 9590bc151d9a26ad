"""The invented captures are what their names say, in every way they are written."""

from __future__ import annotations

import gzip
from collections import defaultdict
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType

from crawler.extraction.page import Page
from crawler.extraction.problem import Problem
from crawler.items import Article
from crawler.sources import source_of
from tests.webarchives import captures
from tests.webarchives.archived_page import ArchivedPage
from tests.webarchives.captures import everything, write_crawls, write_warcs


def read(page: ArchivedPage) -> Article:
    """Raises Problem."""
    body = gzip.decompress(page.body) if ("Content-Encoding", "gzip") in page.headers else page.body
    return source_of(page.url).read(Page.from_bytes(page.url, body, page.mime))


def articles() -> dict[str, list[tuple[str, Article]]]:
    """What the captures with status 200 give, by document, each with its time."""
    found = defaultdict(list)
    for page in everything():
        if page.status == 200:
            try:
                article = read(page)
            except Problem:
                continue
            found[article.id].append((page.timestamp, article))
    return dict(found)


def test_every_document_can_be_read_and_no_other() -> None:
    assert articles().keys() == {*captures.DOCUMENTS, captures.HALF}


@pytest.mark.parametrize(
    ("document", "captured", "texts", "layouts"),
    [
        (captures.MOVED, 3, 1, ["mfa-en-2014"]),
        (captures.REVISED, 4, 3, ["mfa-en-2014"]),
        (captures.REDRESSED, 2, 1, ["mfa-en-2014", "mfa-en-2024"]),
        (captures.ENDED, 1, 1, ["mfa-en-2014"]),
        (captures.RECENT, 2, 1, ["mfa-en-2024"]),
        (captures.TWO_PAGES, 2, 1, ["xinhua-wide"]),
        (captures.TWO_HOSTS, 2, 1, ["xinhua-2017"]),
        (captures.COMMISSIONER, 1, 1, ["mission-news-body"]),
    ],
)
def test_a_document_has_so_many_captures_texts_and_layouts(
    document: str, captured: int, texts: int, layouts: list[str]
) -> None:
    found = [article for _, article in articles()[document]]
    assert len(found) == captured
    assert len({article.article_body for article in found}) == texts
    assert sorted({str(article.layout) for article in found}) == layouts


def test_no_document_is_captured_before_it_is_published() -> None:
    for document, found in articles().items():
        for timestamp, article in found:
            published = (article.date_published or "").replace("-", "")[:8]
            assert published, document
            assert published <= timestamp[:8], document


def test_one_document_is_under_an_old_and_a_new_host() -> None:
    assert {str(article.url).partition("/mfa_eng/")[0] for _, article in articles()[captures.MOVED]} == {
        "http://www.fmprc.gov.cn",
        "https://www.mfa.gov.cn",
    }


def test_an_article_of_two_pages_has_its_second_page() -> None:
    [first] = [page for page in captures.xinhua() if page.timestamp == "20160406000000"]
    [second] = [page for page in captures.xinhua() if page.timestamp == "20160406000107"]
    source, page = source_of(first.url), Page.from_bytes(first.url, first.body, first.mime)
    assert source.continuations(page) == (second.url,)
    article = source.read(page, Page.from_bytes(second.url, second.body, second.mime))
    assert "A lantern maker glues paper" in article.article_body


def test_the_warc_files_hold_every_capture_in_the_file_of_its_year(tmp_path: Path) -> None:
    found = []
    for path in write_warcs(tmp_path, everything()):
        with path.open("rb") as stream:
            for record in ArchiveIterator(stream, record_types=WarcRecordType.response):
                assert record.http_headers is not None
                url, status = record.headers["WARC-Target-URI"], record.http_headers.status_code
                found.append((path.name, url, status, record.reader.read()))
    expected = [(f"{page.timestamp[:4]}.warc.gz", page.url, page.status, page.body) for page in everything()]
    assert sorted(found) == sorted(expected)


def test_a_year_is_a_crawl(tmp_path: Path) -> None:
    crawls = write_crawls(tmp_path, captures.hk_commissioner())
    assert crawls == {"CC-MAIN-2014-26": [tmp_path / "2014.warc.gz"]}

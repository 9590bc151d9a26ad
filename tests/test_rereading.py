"""Reading captures again with today's rules."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.archive.stored import StoredCaptures
from crawler.commands.extract import articles_of_archive
from crawler.fixtures import FIXTURES, saved_pages
from crawler.items import Article, Capture
from crawler.rereading import Rereading
from tests.archive.warc_files import http, record, record_id, write

SAMPLE = FIXTURES / "sample.warc.gz"
ECNS = {case.name: case for case in saved_pages("ecns")}
FIRST, SECOND = ECNS["ecns/multi-page"], ECNS["ecns/multi-page-2"]


def of_sample() -> Iterator[Article]:
    return (one for one in articles_of_archive(SAMPLE) if isinstance(one, Article))


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    (tmp_path / "any").mkdir()
    shutil.copy(SAMPLE, tmp_path / "any")
    return tmp_path


def test_every_article_of_the_sample_is_read_again_as_it_was(archive: Path) -> None:
    read_again = Rereading(StoredCaptures(archive)).read_again
    articles = list(of_sample())
    assert len(articles) > 50
    assert [read_again(article) for article in articles] == articles


def test_what_an_older_reader_made_of_it_does_not_matter(archive: Path) -> None:
    article = next(one for one in of_sample() if one.editor)
    old = article.model_copy(update={"editor": None, "article_body": "Cut.", "layout": "old", "revision": 3})
    assert Rereading(StoredCaptures(archive)).read_again(old) == article


def test_the_url_is_that_of_the_article(archive: Path) -> None:
    """Under which it was asked for; the same resource may be archived under another spelling."""
    article = next(one for one in of_sample() if one.url.startswith("http://www.ecns.cn/"))
    url = article.url.replace("http:", "https:")
    again = Rereading(StoredCaptures(archive)).read_again(article.model_copy(update={"url": url}))
    assert again is not None
    assert (again.url, again.capture) == (url, article.capture)


def test_no_article_is_null(archive: Path) -> None:
    read_again = Rereading(StoredCaptures(archive)).read_again
    article = next(of_sample())
    for changed in (
        {"capture": None},
        {"capture": Capture(file="page.html")},
        {"capture": Capture(file="absent.warc.gz", record_id="urn:uuid:0")},
        {"url": "https://nobody.example/"},
    ):
        assert read_again(article.model_copy(update=changed)) is None
    write(archive / "any" / "refused.warc.gz", record(1, article.url, http(ECNS["ecns/refused-404"].path.read_bytes())))
    refused = article.model_copy(update={"capture": Capture(file="refused.warc.gz", record_id=record_id(1))})
    assert read_again(refused) is None


def further(number: int, day: int, text: bytes, status: str = "200 OK") -> bytes:
    page = SECOND.path.read_bytes()
    assert page.count(b"</p>") > 1
    page = page.replace(b"</p>", b" " + text + b"</p>", 1)
    return record(number, SECOND.url, http(page, status=status), date=f"2022-10-{day}T06:00:00Z")


def read_multi_page(archive: Path, *records: bytes) -> Article | None:
    first = record(1, FIRST.url, http(FIRST.path.read_bytes()), date="2022-10-20T06:00:00Z")
    write(archive / "any" / "pages.warc.gz", first, *records)
    known = next(of_sample()).model_copy(
        update={"url": FIRST.url, "capture": Capture(file="pages.warc.gz", record_id=record_id(1))}
    )
    return Rereading(StoredCaptures(archive)).read_again(known)


def test_further_pages_are_those_of_the_time(tmp_path: Path) -> None:
    (tmp_path / "any").mkdir()
    pages = [further(2, 10, b"before"), further(3, 21, b"meanwhile"), further(4, 30, b"after")]
    article = read_multi_page(tmp_path, *pages)
    assert article is not None
    assert "meanwhile" in article.article_body
    assert "before" not in article.article_body
    assert article.date_retrieved == "2022-10-20T06:00:00Z"
    assert article.capture == Capture(file="pages.warc.gz", record_id=record_id(1))


def test_a_further_page_that_was_removed_is_no_part_of_the_article(tmp_path: Path) -> None:
    (tmp_path / "any").mkdir()
    article = read_multi_page(tmp_path, further(2, 20, b"never", "404 Not Found"))
    assert article is not None
    assert "never" not in article.article_body


def test_half_an_article_is_none(tmp_path: Path) -> None:
    (tmp_path / "any").mkdir()
    assert read_multi_page(tmp_path) is None
    assert read_multi_page(tmp_path, further(2, 20, b"never", "503 Service Unavailable")) is None

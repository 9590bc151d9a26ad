"""The archives that `-a via=` may name."""

from __future__ import annotations

import pytest

from crawler.webarchives.archives import COMMON_CRAWL, WAYBACK, Dialect, archive_of


def test_the_known_archives_by_name() -> None:
    assert archive_of("wayback") is WAYBACK
    assert archive_of(" CommonCrawl ") is COMMON_CRAWL


@pytest.mark.parametrize(
    ("via", "replay"),
    [
        ("https://archive.example/news/cdx", "https://archive.example/news/{timestamp}id_/{url}"),
        ("https://archive.example/news/cdx/", "https://archive.example/news/{timestamp}id_/{url}"),
        ("http://archive.example:8080/a/news-cdx", "http://archive.example:8080/a/news/{timestamp}id_/{url}"),
        ("http://archive.example/news-index", "http://archive.example/news/{timestamp}id_/{url}"),
    ],
)
def test_a_pywb_collection_replays_beside_its_cdx_server(via: str, replay: str) -> None:
    archive = archive_of(via)
    assert archive.dialect is Dialect.PYWB
    assert archive.replay == replay
    assert archive.endpoint == via


def test_its_name_has_the_port_and_its_hosts_have_none() -> None:
    archive = archive_of("http://Archive.Example:8080/news/cdx")
    assert archive.name == "archive.example:8080"
    assert archive.hosts == {"archive.example"}


def test_only_an_archive_on_this_machine_is_asked_without_a_pause() -> None:
    assert archive_of("http://127.0.0.1:8080/news/cdx").delay_seconds == 0
    assert archive_of("http://localhost:8080/news/cdx").delay_seconds == 0
    assert archive_of("http://archive.example/news/cdx").delay_seconds > 0
    # 24 questions a minute are the most that Wayback answers.
    assert 60 / WAYBACK.delay_seconds < 24


def test_other_hosts_with_the_interfaces_of_the_known_archives() -> None:
    wayback = archive_of("http://archive.example/cdx/search/cdx")
    assert wayback.dialect is Dialect.WAYBACK
    assert wayback.replay == "http://archive.example/web/{timestamp}id_/{url}"
    crawls = archive_of("http://archive.example/collinfo.json")
    assert crawls.dialect is Dialect.COMMON_CRAWL
    assert crawls.replay == "http://archive.example/{filename}"


@pytest.mark.parametrize(
    ("via", "advice"),
    [
        ("waybak", "neither wayback nor commoncrawl"),
        ("", "neither wayback nor commoncrawl"),
        ("ftp://archive.example/news/cdx", "neither wayback nor commoncrawl"),
        ("https://archive.example/", "https://archive.example/COLLECTION/cdx"),
        ("https://archive.example/cdx", "https://archive.example/COLLECTION/cdx"),
        ("https://archive.example/news/cdx?url=a", "has a query"),
    ],
)
def test_what_names_no_archive_is_told_what_would_be_right(via: str, advice: str) -> None:
    with pytest.raises(ValueError, match="via=") as error:
        archive_of(via)
    assert advice in str(error.value)

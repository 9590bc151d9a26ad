"""RSS, sitemaps and indexes of sitemaps."""

from __future__ import annotations

import pytest

from crawler.extraction.feed import Entry, entries, is_feed, sitemaps
from crawler.extraction.page import Page

URL = "https://news.example/rss.xml"


def page(xml: str) -> Page:
    return Page.from_bytes(URL, xml.encode())


def rss(item: str) -> Page:
    return page(f'<?xml version="1.0" encoding="gb2312"?><rss><channel><title>All</title>{item}</channel></rss>')


@pytest.mark.parametrize(
    ("words", "day", "hour"),
    [
        ("Wed, 11 Mar 2026 11:20:09 +0800", "2026-03-11", 11),
        ("2026-03-11 11:20:09", "2026-03-11", 11),
        ("2026-03-11T11:20:09+08:00", "2026-03-11", 11),
        ("Wed, 11 Mar 2026 23:20:09 GMT", "2026-03-11", None),
        ("2026-03-11T23:20:09Z", "2026-03-11", None),
        ("Wed, 11 Mar 2026 11:20:09 -0500", "2026-03-11", None),
    ],
)
def test_publication_date(words: str, day: str, hour: int | None) -> None:
    (entry,) = entries(rss(f"<item><link>/a</link><pubDate>{words}</pubDate></item>"))
    assert entry.published is not None
    assert str(entry.published.date) == day
    assert entry.published.hour == hour


def test_relative_links_and_missing_parts() -> None:
    assert entries(rss("<item><title> A  b </title><link>/a</link></item><item><title>No link</title></item>")) == [
        Entry("https://news.example/a", "A b", None)
    ]


def test_lastmod_is_no_publication_date() -> None:
    xml = "<urlset><url><loc>https://news.example/a</loc><lastmod>2020-01-01</lastmod></url></urlset>"
    assert entries(page(xml)) == [Entry("https://news.example/a")]


def test_index_of_sitemaps() -> None:
    index = page("<sitemapindex><sitemap><loc>https://news.example/sitemap-1.xml</loc></sitemap></sitemapindex>")
    assert is_feed(index)
    assert sitemaps(index) == ["https://news.example/sitemap-1.xml"]
    assert entries(index) == []


def test_entities_are_not_expanded_and_nothing_is_loaded() -> None:
    xml = (
        '<!DOCTYPE rss [<!ENTITY file SYSTEM "file:///etc/hostname"><!ENTITY a "aaaa">]>'
        "<rss><channel><item><title>x&file;&a;</title><link>/a</link></item></channel></rss>"
    )
    (entry,) = entries(page(xml))
    assert entry.headline == "x"


@pytest.mark.parametrize("text", ["<html><body>rss</body></html>", "no markup at all", "<rss><channel"])
def test_what_is_no_feed_has_no_entries(text: str) -> None:
    assert entries(page(text)) == []

"""Listing pages, feeds and sitemaps: links of the source's own hosts, or a named problem."""

from __future__ import annotations

import re
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from hypothesis import given, strategies

from crawler.extraction import feed
from crawler.extraction.identity import Address
from crawler.extraction.page import MAX_BYTES, Page
from crawler.extraction.problem import Code, Problem
from crawler.extraction.source import Listing, Source
from crawler.sources import sources
from tests.hostile.budget import budget
from tests.hostile.markup import Origin, Spoilt, origins, spoilt
from tests.hostile.poison import URLS

MOST_SECONDS = 10
#: What stands before an address in the listings: of links, of feeds, of Xinhua's lists, of the state of a script.
_ADDRESS = re.compile(rb"href=[\"']?|<link>|<loc>|publishUrl\"\s*:\s*\"|\"(?=/(?:news|articles)/)")
_LISTINGS = [one for one in origins() if one.source.is_listing(Address.of(one.url) or Address("", "", ""))]


def read(source: Source, url: str, body: bytes, content_type: str | None = None) -> Listing | Code:
    """As the spiders read a listing. Anything but a Problem is an error of ours."""
    began = process_time()
    try:
        return source.listing(Page.from_bytes(url, body, content_type))
    except Problem as problem:
        return problem.code
    finally:
        assert process_time() - began < MOST_SECONDS


def check(source: Source, listing: Listing | Code) -> None:
    if isinstance(listing, Listing):
        assert len({link.url for link in listing.links}) == len(listing.links)
        for url in (*(link.url for link in listing.links), *listing.following):
            address = Address.of(url)
            assert address is not None, url
            assert source.owns(address), url


@budget(250)
@given(spoilt())
def test_a_spoilt_page_gives_links_or_a_problem(page: Spoilt) -> None:
    check(page.origin.source, read(page.origin.source, page.origin.url, page.body))


ITEMS = strategies.sampled_from(
    (
        "<item><link>{url}</link><title>{url}</title></item>",
        "<url><loc>{url}</loc><lastmod>2022-13-45</lastmod></url>",
        "<sitemap><loc>{url}</loc></sitemap>",
        "<item><item><item>",
        "<url><n:news><n:publication_date>{url}</n:publication_date></n:news><loc>{url}</loc></url>",
        "<link/>",
        "&x;",
        "<!--",
        "<![CDATA[",
        "</urlset>",
    )
)


@budget(250)
@given(
    strategies.sampled_from(("rss", "feed", "urlset", "sitemapindex")),
    strategies.lists(strategies.tuples(ITEMS, strategies.sampled_from(URLS)), max_size=6),
    strategies.sampled_from(("ecns", "shine", "xinhua")),
)
def test_a_made_up_feed(root: str, items: list[tuple[str, bytes]], source: str) -> None:
    parts = "".join(item.format(url=url.decode("latin-1")) for item, url in items)
    own = {"ecns": "https://www.ecns.cn/rss/rss.xml", "shine": "https://www.shine.cn/sitemap.xml"}
    body = f"<{root} xmlns:n='n'>{parts}</{root}>".encode()
    check(sources()[source], read(sources()[source], own.get(source, "https://english.news.cn/"), body))


# --- entities

_ENTITIES = "<!ENTITY a0 'ha'>" + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12))


def entries_of(document: str) -> list[Any]:
    page = Page.from_bytes("https://www.shine.cn/sitemap.xml", document.encode())
    assert feed.is_feed(page)
    return [*feed.entries(page), *feed.sitemaps(page)]


@pytest.mark.parametrize("place", ["<loc>&a11;</loc>", "<loc a='&a11;'>http://a/</loc>", "&a11;"])
def test_entities_of_entities_are_not_expanded(place: str) -> None:
    began = process_time()
    entries = entries_of(f"<!DOCTYPE urlset [{_ENTITIES}]><urlset><url>{place}</url></urlset>")
    assert "haha" not in repr(entries)
    assert process_time() - began < 1


@pytest.mark.parametrize("name", ["SYSTEM", "PUBLIC 'x'"])
def test_a_file_of_this_machine_does_not_get_into_a_link(name: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("https://www.shine.cn/news/metro/2210281963/", encoding="utf-8")
    document = (
        f"<!DOCTYPE urlset [<!ENTITY x {name} '{secret.as_uri()}'><!ENTITY % y {name} '{secret.as_uri()}'>%y;]>"
        "<urlset><url><loc>&x;</loc></url><url><loc>https://www.shine.cn/news/metro/2210281964/</loc></url></urlset>"
    )
    assert [entry.url for entry in entries_of(document)] == ["https://www.shine.cn/news/metro/2210281964/"]


# --- size


def test_a_sitemap_of_ten_million_elements_is_too_large() -> None:
    body = b"<urlset>" + b"<url/>" * 10_000_000 + b"</urlset>"
    assert read(sources()["shine"], "https://www.shine.cn/sitemap.xml", body) == Code.TOO_LARGE


@pytest.mark.parametrize("unit", [b"<url>", b"<url></url>", b"<url><loc>https://www.shine.cn/a</loc></url>"])
def test_the_largest_sitemap_that_is_read_takes_no_longer_than_a_page(unit: bytes) -> None:
    body = (b"<urlset>" + unit * (MAX_BYTES // len(unit)))[:MAX_BYTES]
    check(sources()["shine"], read(sources()["shine"], "https://www.shine.cn/sitemap.xml", body))


@pytest.mark.parametrize("origin", _LISTINGS, ids=repr)
def test_no_link_leads_out_of_the_web(origin: Origin) -> None:
    """Whatever stands in the place of an article's address."""
    for scheme in (b"javascript:", b"data:,", b"file://", b"ftp:", b"vbscript:"):
        body = _ADDRESS.sub(lambda found, scheme=scheme: found[0] + scheme, origin.body)  # type: ignore[misc]
        assert body != origin.body
        listing = read(origin.source, origin.url, body, origin.content_type)
        assert not isinstance(listing, Listing) or listing.links == []

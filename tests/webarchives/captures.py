"""Captures of documents of several generations, for tests of what is found in a web archive.

    warcs = write_warcs(tmp_path, everything())                    # one file a year: for pywb
    crawls = write_crawls(tmp_path, everything())                  # the same: for Common Crawl
    with wayback(everything()) as machine: ...

Markup is that of the saved pages, texts are drawn at random. What must come of each document stands beside its name.
"""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from crawler.fixtures import FIXTURES
from tests.spiders.changing_site import MFA_2014, MFA_2024, Frame, Text, invented
from tests.webarchives.archived_page import ArchivedPage, write_warc

#: A document under the old host and, later, under the new one, the same on every capture: one document, one revision.
MOVED = "mfa:t1243001"
#: Three texts, the second on two captures: one document, three revisions.
REVISED = "mfa:t1243002"
#: Captured in the frame of 2014 and in that of 2024, with one text: one revision, which the later capture confirms.
REDRESSED = "mfa:t1624803"
#: An article, years later a redirect to the page for errors, then a page that says so with 200: one revision, not gone.
ENDED = "mfa:t1325204"
#: Never anything but a redirect, a 404 and a page that says so with 200: no document, and none that was removed.
NEVER = "mfa:t1325205"
#: In the frame of 2024 and under a URL of that generation, stored compressed: one revision.
RECENT = "mfa:t20240711_11450006"
#: In the frame of 2010 to 2016, in two pages, both captured twice: one document with the text of both.
TWO_PAGES = "xinhua:c_135251777"
#: Another of two pages; the archive has only the first.
HALF = "xinhua:c_135251888"
#: Under the host of 2018 and under the one before, where that answered still: one document.
TWO_HOSTS = "xinhua:c_137440551"
#: Whose host no longer answers.
COMMISSIONER = "hk_commissioner:t1198103"

DOCUMENTS = (MOVED, REVISED, REDRESSED, ENDED, RECENT, TWO_PAGES, TWO_HOSTS, COMMISSIONER)

_OLD = "http://www.fmprc.gov.cn/mfa_eng/wjdt_665385/wshd_665389"
_NEW = "https://www.mfa.gov.cn/mfa_eng/wjdt_665385/wshd_665389"
_ERROR = "http://www.fmprc.gov.cn/error.htm"
_PHOTOS = "http://news.xinhuanet.com/english/photo/2016-04/05"
#: Number of the saved article in three pages that TWO_PAGES and HALF are made of.
_SAVED_NUMBER = "135251230"


def everything() -> list[ArchivedPage]:
    """All captures of all sources."""
    return [*mfa(), *xinhua(), *hk_commissioner()]


def mfa() -> list[ArchivedPage]:
    return [*_moved(), *_revised(), *_redressed(), *_ended(), *_never(), *_recent(), *_no_articles()]


def xinhua() -> list[ArchivedPage]:
    first, second = (_photo_page(TWO_PAGES, page) for page in ("", "_2"))
    half = _photo_page(HALF, "")
    half = replace(half, body=half.body.replace(b"lantern", b"kite"))
    hosts = _saved("xinhua/2018-content", "20180905010203")
    return [
        replace(first, timestamp="20160406000000"),
        replace(second, timestamp="20160406000107"),
        replace(first, timestamp="20170102000000"),
        replace(second, timestamp="20170102000211"),
        replace(half, timestamp="20160406000500"),
        hosts,
        replace(hosts, url=hosts.url.replace("www.", "news.", 1), timestamp="20181109040506"),
        ArchivedPage("http://www.xinhuanet.com/english/china/index.htm", "20180905000000", b"<p>A list.</p>"),
    ]


def hk_commissioner() -> list[ArchivedPage]:
    return [_saved("hk_commissioner/news-body-2014", "20141112101112")]


def by_year(pages: Iterable[ArchivedPage]) -> dict[str, list[ArchivedPage]]:
    """The captures of each year, in order of time."""
    years: dict[str, list[ArchivedPage]] = defaultdict(list)
    for page in sorted(pages, key=lambda page: page.timestamp):
        years[page.timestamp[:4]].append(page)
    return dict(years)


def write_warcs(directory: Path, pages: Iterable[ArchivedPage]) -> list[Path]:
    """A WARC file for each year."""
    return [write_warc(directory / f"{year}.warc.gz", found) for year, found in by_year(pages).items()]


def write_crawls(directory: Path, pages: Iterable[ArchivedPage]) -> dict[str, list[Path]]:
    """A crawl of Common Crawl for each year, of one WARC file."""
    return {f"CC-MAIN-{file.name[:4]}-26": [file] for file in write_warcs(directory, pages)}


# --- the ministry


def _published(number: int, day: str) -> Text:
    """A text of the ministry's, which tells its day in its first sentence: `March 10, 2015`."""
    text = invented(number)
    return replace(text, paragraphs=(f"On {day}, {text.paragraphs[0]}", *text.paragraphs[1:]))


def _page(frame: Frame, text: Text, url: str, timestamp: str) -> ArchivedPage:
    day = text.paragraphs[0].removeprefix("On ").partition(", ")
    update = f"Updated: {day[0]}, {day[2][:4]} 09:30"
    return ArchivedPage(url, timestamp, frame.around(text.parts() | {"update": update}))


def _moved() -> list[ArchivedPage]:
    text = _published(301, "March 10, 2015")
    return [
        _page(MFA_2014, text, f"{_OLD}/t1243001.shtml", "20150312010101"),
        _page(MFA_2014, text, f"{_OLD}/t1243001.shtml", "20180620113000"),
        _page(MFA_2014, text, f"{_NEW}/t1243001.shtml", "20210405060708"),
    ]


def _revised() -> list[ArchivedPage]:
    first = _published(302, "March 11, 2015")
    second = replace(first, paragraphs=(*first.paragraphs[:2], invented(402).paragraphs[2]))
    third = replace(second, paragraphs=second.paragraphs[:2])
    texts = {"20150312020202": first, "20160314000000": second, "20170720123456": second, "20190101000000": third}
    return [_page(MFA_2014, text, f"{_OLD}/t1243002.shtml", timestamp) for timestamp, text in texts.items()]


def _redressed() -> list[ArchivedPage]:
    text = _published(303, "December 28, 2018")
    return [
        _page(MFA_2014, text, f"{_NEW}/t1624803.shtml", "20190101020304"),
        _page(MFA_2024, text, f"{_NEW}/t1624803.shtml", "20240801020304"),
    ]


def _ended() -> list[ArchivedPage]:
    url = f"{_OLD}/t1325204.shtml"
    return [
        _page(MFA_2014, _published(304, "December 30, 2015"), url, "20160101000000"),
        _redirect(url, "20200705000000"),
        _sorry(url, "20210101000000"),
    ]


def _never() -> list[ArchivedPage]:
    url = f"{_OLD}/t1325205.shtml"
    missing = ArchivedPage(url, "20170101000000", b"<h1>404 Not Found</h1>", 404)
    return [_redirect(url, "20160101000000"), missing, _sorry(url, "20190101000000")]


def _recent() -> list[ArchivedPage]:
    url = "https://www.mfa.gov.cn/eng/xw/wjbxw/202407/t20240711_11450006.html"
    text = _published(306, "July 11, 2024")
    pages = [_page(MFA_2024, text, url, timestamp) for timestamp in ("20240712000000", "20250112000000")]
    return [
        replace(page, body=gzip.compress(page.body, mtime=0), headers=(("Content-Encoding", "gzip"),)) for page in pages
    ]


def _no_articles() -> list[ArchivedPage]:
    """What else lies below the ministry's prefixes: a listing, a picture, and an article of nobody's."""
    return [
        ArchivedPage(f"{_OLD}/default.shtml", "20160101000000", b"<p>A list.</p>"),
        ArchivedPage(f"{_OLD}/W020160101000000000001.jpg", "20160101000001", b"\xff\xd8\xff", mime="image/jpeg"),
        ArchivedPage(f"{_OLD}/t1325209.doc", "20160101000002", b"\xd0\xcf", mime="application/msword"),
    ]


def _redirect(url: str, timestamp: str) -> ArchivedPage:
    return ArchivedPage(url, timestamp, b"", 302, headers=(("Location", _ERROR),))


def _sorry(url: str, timestamp: str) -> ArchivedPage:
    return ArchivedPage(url, timestamp, (FIXTURES / "mfa/removed.html").read_bytes())


# --- saved pages


def _saved(name: str, timestamp: str) -> ArchivedPage:
    expectation = json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
    return ArchivedPage(expectation["url"], timestamp, (FIXTURES / f"{name}.html").read_bytes())


def _photo_page(document: str, page: str) -> ArchivedPage:
    """A page of the saved article under another number, without the third of its pages."""
    number = document.partition("c_")[2]
    body = (FIXTURES / f"xinhua/2016-photo-series{page.replace('_', '-')}.html").read_text(encoding="utf-8")
    third = f'<a href="{_PHOTOS}/c_{_SAVED_NUMBER}_3.htm" class="page-Article">3</a>'
    assert third in body
    body = body.replace(third, "").replace(f"{_SAVED_NUMBER}_3.htm", f"{_SAVED_NUMBER}_2.htm")
    return ArchivedPage(f"{_PHOTOS}/c_{number}{page}.htm", "", body.replace(_SAVED_NUMBER, number).encode())

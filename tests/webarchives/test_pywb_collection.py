"""What pywb 2.10 does, and what it does otherwise than the services it is run in place of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.webarchives.archived_page import write_warc
from tests.webarchives.asking import CAPTURES, HTML, PACKED, PLAIN, SITE, get
from tests.webarchives.captures import everything, write_warcs
from tests.webarchives.pywb_collection import PywbCollection, needs_pywb, pywb_collection

pytestmark = needs_pywb


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PywbCollection]:
    directory = tmp_path_factory.mktemp("pywb")
    warcs = write_warcs(directory, everything())
    warcs.append(write_warc(directory / "herons.warc.gz", [*CAPTURES, PACKED]))
    with pywb_collection(directory, *warcs) as collection:
        yield collection


def asked(collection: PywbCollection, **parameters: str) -> list[dict[str, Any]]:
    query = "&".join(f"{name.rstrip('_')}={quote(value)}" for name, value in parameters.items())
    return get(f"{collection.url}/cdx?{query}&output=json").rows


def test_its_index_has_every_capture_under_our_keys(collection: PywbCollection) -> None:
    for page in [*everything(), *CAPTURES, PACKED]:
        [row] = asked(collection, url=page.url, from_=page.timestamp, to=page.timestamp)
        assert row["urlkey"] == page.urlkey
        assert (row["url"], row["timestamp"], row["status"]) == (page.url, page.timestamp, str(page.status))
        assert row["digest"] == page.digest
        assert (row["mime"], bool(row["offset"]), bool(row["length"])) == (page.mime, True, True)


def test_its_replay_is_the_capture_byte_for_byte(collection: PywbCollection) -> None:
    for page in [*everything(), *CAPTURES]:
        if page.headers:
            continue
        got = get(f"{collection.url}/{page.timestamp}id_/{page.url}")
        assert (got.status, got.body) == (page.status, page.body)
        assert got.headers["Content-Type"] == page.mime
        assert got.headers["Memento-Datetime"] == page.moment.strftime("%a, %d %b %Y %H:%M:%S GMT")


@pytest.mark.parametrize(
    ("accepted", "body", "coding"), [("gzip", PACKED.body, "gzip"), ("", PLAIN, None)], ids=["taken", "not taken"]
)
def test_a_body_is_unpacked_only_for_who_does_not_take_it(
    collection: PywbCollection, accepted: str, body: bytes, coding: str | None
) -> None:
    headers = {"Accept-Encoding": accepted} if accepted else {}
    got = get(f"{collection.url}/{PACKED.timestamp}id_/{PACKED.url}", **headers)
    assert (got.body, got.headers["Content-Encoding"]) == (body, coding)


def test_a_prefix_a_time_and_a_filter_select(collection: PywbCollection) -> None:
    rows = asked(
        collection, url="www.news.example/a/", matchType="prefix", from_="2016", to="2016", filter="=status:200"
    )
    assert [row["url"] for row in rows] == [f"{SITE}/a/1.htm", f"{SITE}/a/2.htm"]


def test_what_it_does_not_have_is_an_empty_answer(collection: PywbCollection) -> None:
    got = get(f"{collection.url}/cdx?url=nothing.example&matchType=prefix&output=json")
    assert (got.status, got.body) == (200, b"")


@pytest.mark.parametrize("ignored", ["page=7", "showNumPages=true", "showResumeKey=true", "collapse=digest"])
def test_a_plain_index_has_no_pages_no_resume_key_and_is_not_collapsed(
    collection: PywbCollection, ignored: str
) -> None:
    question = f"{collection.url}/cdx?url=www.news.example/a/1.htm&output=json"
    assert len(get(question).rows) == 3
    assert get(f"{question}&{ignored}").body == get(question).body


def test_another_time_is_answered_with_the_nearest_capture_without_a_redirect(collection: PywbCollection) -> None:
    got = get(f"{collection.url}/20170101000000id_/{HTML.url}")
    assert (got.status, got.body) == (200, b"<p>Two herons.</p>")
    assert got.headers["Memento-Datetime"] == "Fri, 03 Feb 2017 04:05:06 GMT"


@pytest.mark.parametrize("lost", ["damaged", "gone"])
def test_for_a_capture_it_cannot_read_it_answers_with_another(tmp_path: Path, lost: str) -> None:
    """Of another time, even under another scheme: only the headers tell."""
    secure = replace(HTML, url=HTML.url.replace("http:", "https:"), body=b"<p>Another heron.</p>")
    warcs = [write_warc(tmp_path / "a.warc.gz", [CAPTURES[2]]), write_warc(tmp_path / "b.warc.gz", [secure])]
    with pywb_collection(tmp_path, *warcs) as collection:
        kept = collection.archive / "a.warc.gz"
        if lost == "gone":
            kept.unlink()
        else:
            kept.write_bytes(bytes(kept.stat().st_size))
        got = get(f"{collection.url}/{CAPTURES[2].timestamp}id_/{CAPTURES[2].url}")
        assert (got.status, got.body) == (200, secure.body)
        assert got.headers["Memento-Datetime"] == "Thu, 01 Jan 2015 00:00:00 GMT"
        assert got.headers["Content-Location"] == f"{collection.url}/{secure.timestamp}id_/{secure.url}"


def test_a_redirect_leads_where_it_led(collection: PywbCollection) -> None:
    got = get(f"{collection.url}/20160601000001id_/{SITE}/a/3.htm")
    assert (got.status, got.headers["Location"]) == (302, "/gone.htm")


def test_an_url_it_does_not_have_is_a_404_without_a_time(collection: PywbCollection) -> None:
    got = get(f"{collection.url}/20160601000001id_/{SITE}/none.htm")
    assert (got.status, got.headers["Memento-Datetime"]) == (404, None)


def test_what_it_was_asked_is_known(collection: PywbCollection) -> None:
    get(f"{collection.url}/cdx?url=a.example")
    get(f"{collection.url}/2016id_/http://a.example/")
    assert collection.paths()[-2:] == ["/news/cdx?url=a.example", "/news/2016id_/http://a.example/"]

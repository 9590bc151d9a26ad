"""Live crawls against a server on this machine."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from crawler.downloading.connect_to import InvalidConnectTo, loopback_authority
from tests.crawl_once import REPOSITORY, Crawl, run
from tests.downloading.local_site import Answer
from tests.downloading.rehearsal import HOST, Rehearsals

REHEARSALS = Rehearsals()


@pytest.fixture(scope="module", autouse=True)
def log() -> str:
    return REHEARSALS.run()


PAGES = REHEARSALS.add(
    {"/a.htm?x=1": Answer(b"a"), "/b.htm": Answer(b"b"), "/c.htm": Answer(b"c")},
    [f"http://{HOST}/a.htm?x=1#end", f"https://{HOST}/b.htm", f"https://{HOST}:8443/c.htm"],
    ROBOTSTXT_OBEY=False,
)


def test_every_request_goes_there_with_its_own_url_and_host(log: str) -> None:
    # Scrapy's responses have no fragment.
    assert {(outcome.url.partition("#")[0], outcome.body) for outcome in PAGES.outcomes} == {
        (f"http://{HOST}/a.htm?x=1", "a"),
        (f"https://{HOST}/b.htm", "b"),
        (f"https://{HOST}:8443/c.htm", "c"),
    }
    assert {(asked.host, asked.path) for asked in PAGES.site.asked} == {
        (HOST, "/a.htm?x=1"),
        (HOST, "/b.htm"),
        (f"{HOST}:8443", "/c.htm"),
    }
    assert "ERROR" not in log


REDIRECT = REHEARSALS.add(
    {"/a.htm": Answer(b"", 302, {"Location": "/b.htm"}), "/b.htm": Answer(b"b")}, [f"https://{HOST}/a.htm"]
)


def test_redirects_stay_under_the_outlets_url() -> None:
    assert (REDIRECT.outcome.url, REDIRECT.outcome.body) == (f"https://{HOST}/b.htm", "b")
    assert REDIRECT.site.paths() == ["/robots.txt", "/a.htm", "/b.htm"]


FOREIGN = REHEARSALS.add({"/": Answer(b"a")}, ["http://other.example/"])


def test_a_foreign_host_is_refused_there_too() -> None:
    assert FOREIGN.outcome.problem.startswith("forbidden-address http://other.example/")
    assert FOREIGN.site.asked == []


@pytest.mark.parametrize(
    ("value", "authority"),
    [
        ("127.0.0.1:8080", "127.0.0.1:8080"),
        ("127.8.9.10:1", "127.8.9.10:1"),
        ("[::1]:8080", "[::1]:8080"),
        ("127.0.0.1:08080", "127.0.0.1:8080"),
    ],
)
def test_loopback_addresses_are_accepted(value: str, authority: str) -> None:
    assert loopback_authority(value) == authority


def test_localhost_is_what_it_resolves_to() -> None:
    assert loopback_authority("LOCALHOST:80") in ("127.0.0.1:80", "[::1]:80")


@pytest.mark.parametrize(
    "value",
    [
        "192.0.2.1:80",
        "10.0.0.1:80",
        "0.0.0.0:80",
        "169.254.169.254:80",
        "[::]:80",
        "[2001:db8::1]:80",
        "news.example:80",
        "localhost.news.example:80",
        "127.0.0.1.news.example:80",
        "2130706433:80",
        "127.1:80",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:0",
        "127.0.0.1:65536",
        "127.0.0.1:80/path",
        "user@127.0.0.1:80",
        "http://127.0.0.1:80",
        "::1:80",
    ],
)
def test_all_else_is_refused(value: str) -> None:
    with pytest.raises(InvalidConnectTo):
        loopback_authority(value)


def test_a_wrong_address_stops_the_crawl_before_it_starts() -> None:
    finished = run([Crawl([f"http://{HOST}/"], [HOST])], CONNECT_TO="192.0.2.1:80")
    assert finished.returncode == 1
    assert finished.stdout == ""
    assert finished.stderr.splitlines()[-1] == (
        "CONNECT_TO: 192.0.2.1 is not a loopback address (127.0.0.1, [::1] or localhost)"
    )
    assert "Traceback" not in finished.stderr


def test_a_wrong_address_stops_scrapys_commands_too() -> None:
    command = [sys.executable, "-m", "scrapy", "fetch", "-s", "CONNECT_TO=192.0.2.1:80", "-s", "SPIDER_MODULES="]
    finished = subprocess.run(
        [*command, f"http://{HOST}/"], cwd=REPOSITORY, env=os.environ, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 1
    assert "CONNECT_TO: 192.0.2.1 is not a loopback address" in finished.stderr
    assert "Traceback" not in finished.stderr

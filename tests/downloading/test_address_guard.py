"""What is never fetched."""

from __future__ import annotations

import pytest

from crawler.downloading.address_guard import check_url, is_public
from crawler.downloading.refusal import ForbiddenAddress
from crawler.extraction.problem import Code
from tests.crawl_once import Crawl, crawl_together
from tests.downloading.local_site import Answer, local_site
from tests.downloading.rehearsal import HOST, Rehearsals

REHEARSALS = Rehearsals()


@pytest.fixture(scope="module", autouse=True)
def log() -> str:
    return REHEARSALS.run()


def allows(url: str) -> bool:
    """As lax as a source could be by mistake: any host that has the name in it, and any address."""
    return HOST in url or "//[" in url or any(character.isdigit() for character in url.split("/")[2])


@pytest.mark.parametrize("url", [f"http://{HOST}/", f"https://{HOST}/a?b=http://10.0.0.1/", "http://1.1.1.1/"])
def test_a_url_on_the_sources_hosts_passes(url: str) -> None:
    assert check_url(url, allows) in (HOST, "1.1.1.1")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://other.example/", "other.example is none of the source's hosts"),
        (f"file:///etc/passwd?{HOST}", "scheme file"),
        (f"ftp://{HOST}/", "scheme ftp"),
        (f"data:text/html,{HOST}", "scheme data"),
        ("http://127.0.0.1/", "127.0.0.1 is not a public address"),
        ("http://127.0.0.1:6379/", "127.0.0.1 is not a public address"),
        ("http://user@10.1.2.3/", "10.1.2.3 is not a public address"),
        ("http://172.16.0.1/", "172.16.0.1 is not a public address"),
        ("http://192.168.1.1/", "192.168.1.1 is not a public address"),
        ("http://169.254.169.254/latest/meta-data/", "169.254.169.254 is not a public address"),
        ("http://100.64.0.1/", "100.64.0.1 is not a public address"),
        ("http://0.0.0.0/", "0.0.0.0 is not a public address"),
        ("http://224.0.0.1/", "224.0.0.1 is not a public address"),
        ("http://[::1]/", "::1 is not a public address"),
        ("http://[fe80::1]/", "fe80::1 is not a public address"),
        ("http://[fd00::1]/", "fd00::1 is not a public address"),
        ("http://[::ffff:127.0.0.1]/", "::ffff:127.0.0.1 is not a public address"),
        ("http://[2002:7f00:1::]/", "2002:7f00:1:: is not a public address"),
        ("http://[::1/", "Invalid IPv6 URL"),
    ],
)
def test_a_forbidden_url_says_why(url: str, reason: str) -> None:
    with pytest.raises(ForbiddenAddress) as caught:
        check_url(url, allows)
    problem = caught.value.problem
    assert (problem.code, problem.url, problem.detail) == (Code.FORBIDDEN_ADDRESS, url, reason)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1"])
def test_public_addresses(address: str) -> None:
    assert is_public(address)


ADDRESS = REHEARSALS.add(
    {"/": Answer(b"secret"), "/robots.txt": Answer(b"")}, ["http://127.0.0.1:{port}/"], CONNECT_TO=""
)


def test_a_request_for_a_foreign_host_never_leaves_and_neither_does_its_robots_txt() -> None:
    url = f"http://{ADDRESS.site.authority}/"
    assert ADDRESS.outcome.problem == f"forbidden-address {url}: 127.0.0.1 is not a public address"
    assert ADDRESS.site.asked == []


NAME = REHEARSALS.add({"/": Answer(b"secret")}, ["http://localhost:{port}/"], ("localhost",), CONNECT_TO="")


def test_a_name_that_resolves_to_a_private_address_is_refused() -> None:
    [url] = NAME.crawl.urls
    assert NAME.outcome.problem.startswith(f"forbidden-address {url}: localhost resolves to 127.")
    assert NAME.site.asked == []


# As when a name resolves to another address a moment later: nothing looks at it before the connection is made.
UNCHECKED = {"CONNECT_TO": "", "RESOLVED_ADDRESS_CHECK": False, "ROBOTSTXT_OBEY": False, "RETRY_ENABLED": False}
REBOUND = REHEARSALS.add({"/": Answer(b"secret")}, ["http://localhost:{port}/"], ("localhost",), **UNCHECKED)


def test_the_connection_is_refused_even_when_the_name_was_not_checked_before() -> None:
    assert REBOUND.outcome.error.startswith("CannotResolveHostError")
    assert REBOUND.site.asked == []


def test_without_our_resolver_that_connection_is_made() -> None:
    """So it is the resolver that refuses. It is that of a process, hence a process of its own."""
    with local_site({"/": Answer(b"secret")}) as site:
        url = f"http://localhost:{site.authority.partition(':')[2]}/"
        reached = Crawl([url], ["localhost"], settings=UNCHECKED)
        crawl_together([reached], TWISTED_DNS_RESOLVER="scrapy.resolver.CachingThreadedResolver")
    assert reached.outcome.body == "secret"
    assert site.paths() == ["/"]


AWAY = REHEARSALS.add(
    {
        "/a": Answer(b"", 302, {"Location": "http://other.example/b"}),
        "/b": Answer(b"", 301, {"Location": "http://169.254.169.254/"}),
        "/c": Answer(b"", 302, {"Location": "file:///etc/passwd"}),
    },
    [f"http://{HOST}/{page}" for page in "abc"],
)


def test_a_redirect_off_the_sources_hosts_is_refused() -> None:
    by_host, by_address, by_scheme = (AWAY.crawl.of(f"http://{HOST}/{page}") for page in "abc")
    assert by_host.problem.startswith("forbidden-address http://other.example/b")
    assert by_address.problem.startswith("forbidden-address http://169.254.169.254/")
    # Scrapy follows redirects to web addresses only; this one stays a response.
    assert (by_scheme.status, by_scheme.body) == (302, "")
    assert sorted(AWAY.site.paths()) == ["/a", "/b", "/c", "/robots.txt"]


def test_none_of_this_is_an_error_of_ours(log: str) -> None:
    assert "Traceback" not in log

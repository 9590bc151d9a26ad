"""What a single answer may cost, and which doors are closed."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from tests.downloading.local_site import Answer
from tests.downloading.rehearsal import HOST, Rehearsal, Rehearsals

REHEARSALS = Rehearsals()


@pytest.fixture(scope="module", autouse=True)
def log() -> str:
    return REHEARSALS.run()


def answered(answer: Answer, **settings: Any) -> Rehearsal:
    """A crawl of one page that is answered like this."""
    return REHEARSALS.add({"/a": answer}, [f"http://{HOST}/a"], ROBOTSTXT_OBEY=False, **settings)


LARGE = answered(Answer(b"a" * 1025), DOWNLOAD_MAXSIZE=1024)


def test_a_body_over_the_limit_is_not_read() -> None:
    assert LARGE.outcome.error.startswith("DownloadCancelledError")
    assert LARGE.site.paths() == ["/a"]


BOMB = answered(Answer(gzip.compress(b"a" * 20_000_000), headers={"Content-Encoding": "gzip"}))


def test_a_body_that_unpacks_over_the_limit_is_not_read() -> None:
    assert BOMB.outcome.error.startswith("IgnoreRequest")
    assert "exceeded DOWNLOAD_MAXSIZE (16777216 B) during decompression" in BOMB.outcome.error


PACKED = answered(Answer(gzip.compress(b"page"), headers={"Content-Encoding": "gzip"}))


def test_a_packed_body_under_the_limit_is_unpacked() -> None:
    assert PACKED.outcome.body == "page"


LOOP = answered(Answer(b"", 302, {"Location": "/a"}))


def test_redirects_end_after_five() -> None:
    assert LOOP.outcome.error == "IgnoreRequest: max redirections reached"
    assert LOOP.site.paths() == ["/a"] * 6


COOKIE = answered(Answer(b"page", headers={"Set-Cookie": "visitor=1"}))


def test_nothing_listens_while_a_crawl_runs_and_no_cookie_is_kept(log: str) -> None:
    assert COOKIE.outcome.body == "page"
    enabled = log.partition("Enabled extensions")[2]
    assert "CoreStats" in enabled
    for closed in ("RemoteControl", "TelnetConsole", "CookiesMiddleware", "HttpProxyMiddleware", "OffsiteMiddleware"):
        assert closed not in enabled


def test_none_of_this_is_an_error_of_ours(log: str) -> None:
    assert "Traceback" not in log

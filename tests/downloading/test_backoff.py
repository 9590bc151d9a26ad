"""Pauses after a refusal."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from crawler.downloading.backoff import retry_after
from tests.downloading.local_site import Answer
from tests.downloading.rehearsal import HOST, Rehearsal, Rehearsals

REHEARSALS = Rehearsals()
NOW = datetime(2022, 10, 28, 8, 53, 0, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def log() -> str:
    return REHEARSALS.run()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (b"120", 120.0),
        (b" 0 ", 0.0),
        (b"Fri, 28 Oct 2022 08:53:30 GMT", 30.0),
        (b"Friday, 28-Oct-22 08:54:00 GMT", 60.0),
        (b"Fri Oct 28 08:53:05 2022", 5.0),
        (b"Fri, 28 Oct 2022 08:00:00 GMT", 0.0),
        (None, None),
        (b"", None),
        (b"-5", None),
        (b"1.5", None),
        (b"soon", None),
        ("２".encode(), None),
    ],
)
def test_the_forms_of_retry_after(value: bytes | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


def refused(status: int, **headers: str) -> Answer:
    return Answer(b"later", status, {name.replace("_", "-"): value for name, value in headers.items()})


def rehearse(answers: dict[str, Answer | list[Answer]], urls: list[str], **settings: Any) -> Rehearsal:
    """A crawl without robots.txt, and with short pauses."""
    return REHEARSALS.add(
        answers, urls, (HOST, "other.example"), **{"ROBOTSTXT_OBEY": False, "BACKOFF_SECONDS": 0.2} | settings
    )


def gaps(rehearsal: Rehearsal) -> list[float]:
    return [later.time - earlier.time for earlier, later in pairwise(rehearsal.site.asked)]


RETRY_AFTER = {
    status: rehearse(
        {"/a": [refused(status, Retry_After="1"), Answer(b"a")], "/b": Answer(b"b")},
        [f"http://{HOST}/a", f"http://{HOST}/b"],
    )
    for status in (429, 503)
}


@pytest.mark.parametrize("status", RETRY_AFTER)
def test_retry_after_holds_the_next_request_to_this_host_back(status: int) -> None:
    rehearsal = RETRY_AFTER[status]
    assert sorted(outcome.body for outcome in rehearsal.outcomes) == ["a", "b"]
    assert sorted(rehearsal.site.paths()) == ["/a", "/a", "/b"]
    assert gaps(rehearsal)[rehearsal.site.paths().index("/a")] > 0.95


OTHER_HOST = rehearse(
    {"/a": [refused(503, Retry_After="2"), Answer(b"a")], **{f"/{n}": Answer(b"n") for n in range(5)}},
    [f"http://{HOST}/a", *(f"http://other.example/{n}" for n in range(5))],
)


def test_other_hosts_do_not_wait() -> None:
    assert [outcome.body for outcome in OTHER_HOST.outcomes] == ["n", "n", "n", "n", "n", "a"]
    assert OTHER_HOST.outcomes[-1].seconds > 1.95


REFUSING = rehearse(
    {"/a": Answer(b"no", 429)}, [f"http://{HOST}/a"], RETRY_TIMES=4, BACKOFF_SECONDS=0.2, BACKOFF_MAX_SECONDS=0.7
)


def test_the_pauses_grow_with_each_refusal_up_to_the_cap() -> None:
    assert (REFUSING.outcome.status, REFUSING.outcome.body) == (429, "no")
    first, second, third, fourth = gaps(REFUSING)
    assert first > 0.19
    assert second > 0.39
    assert third > 0.69
    assert 0.69 < fourth < 1.5  # without the cap it would be 1.6


DAY = rehearse({"/a": [refused(503, Retry_After="86400"), Answer(b"a")]}, [f"http://{HOST}/a"], BACKOFF_MAX_SECONDS=0.5)


def test_the_cap_holds_for_retry_after_too() -> None:
    assert DAY.outcome.body == "a"
    assert gaps(DAY)[0] > 0.49


# Nothing listens on port 1.
SILENT = rehearse({}, [f"http://{HOST}/a"], CONNECT_TO="127.0.0.1:1", RETRY_TIMES=2, BACKOFF_SECONDS=0.5)


def test_a_host_that_does_not_answer_is_paused() -> None:
    assert SILENT.outcome.error.startswith("DownloadConnectionRefusedError")
    assert SILENT.outcome.seconds > 1.45


POLITE = rehearse(
    {f"/{n}": Answer(b"n") for n in range(4)}, [f"http://{HOST}/{n}" for n in range(4)], DOWNLOAD_DELAY=1.2
)


def test_one_request_at_a_time_with_a_pause_between() -> None:
    # Half of 1.2 at least, by the jitter. The server's clock runs from when it came round to a request, not from
    # when it was sent, so on a busy machine a pause can look shorter than it was.
    assert all(gap > 0.3 for gap in gaps(POLITE))
    assert len({round(gap, 2) for gap in gaps(POLITE)}) > 1

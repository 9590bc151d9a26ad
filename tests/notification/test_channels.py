from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from io import StringIO

import pytest

from crawler.notification.channels import Delivery, split_urls
from crawler.notification.message import Message
from tests.notification.webhook import webhook

# Of a module that one of its many services imports.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

MESSAGE = Message("readouts mfa: blocked", "Articles: 0", "failure")


@pytest.fixture
def log() -> Iterator[StringIO]:
    """What a log file of the level DEBUG would hold; `caplog` hears loggers that were silenced, too."""
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", []),
        (" , ", []),
        ("json://a.example/x", ["json://a.example/x"]),
        ("json://a.example/x,slack://T/B/C", ["json://a.example/x", "slack://T/B/C"]),
        ("json://a.example/x\n  tgram://t/c, ", ["json://a.example/x", "tgram://t/c"]),
        (
            "mailtos://me:word@a.example?to=one@a.example,two@b.example, json://c.example",
            ["mailtos://me:word@a.example?to=one@a.example,two@b.example", "json://c.example"],
        ),
    ],
)
def test_urls_are_listed_with_commas_or_white_space(value: str, expected: list[str]) -> None:
    assert split_urls(value) == expected


def test_every_channel_is_told(log: StringIO) -> None:
    with webhook() as first, webhook() as second:
        Delivery([first.url, second.url], MESSAGE, 30).wait()
    sent = {"title": "readouts mfa: blocked", "message": "Articles: 0", "type": "failure"}
    for hook in (first, second):
        (message,) = hook.messages
        assert message.items() >= sent.items()
    told = [line for line in log.getvalue().splitlines() if line.startswith("INFO Told")]
    assert told == [
        "INFO Told channel 1 (json): readouts mfa: blocked",
        "INFO Told channel 2 (json): readouts mfa: blocked",
    ]
    assert "hidden" not in log.getvalue()
    assert "opensesame" not in log.getvalue()


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("nonsense://hidden-path", "apprise knows no such service, or its URL lacks something"),
        ("slack://hidden-path", "apprise knows no such service, or its URL lacks something"),
        # Port 1 on this machine: nobody listens.
        ("json://127.0.0.1:1/hidden-path", "A Connection error occurred sending JSON notification to ****."),
    ],
)
def test_a_channel_that_fails_is_named_without_its_secrets(url: str, why: str, log: StringIO) -> None:
    with webhook() as other:
        Delivery([url, other.url], MESSAGE, 30).wait()
    assert other.titles() == ["readouts mfa: blocked"]
    scheme = url.partition(":")[0]
    assert f"ERROR Not told channel 1 ({scheme}): readouts mfa: blocked: {why}\n" in log.getvalue()
    assert "hidden" not in log.getvalue()


def test_a_refusal_is_told_with_its_status(log: StringIO) -> None:
    with webhook(403) as hook:
        Delivery([hook.url], MESSAGE, 30).wait()
    assert "error=403" in log.getvalue()
    assert "hidden" not in log.getvalue()


def test_a_channel_that_never_answers_is_left_alone(log: StringIO) -> None:
    with webhook(0) as silent, webhook() as other:
        delivery = Delivery([silent.url, other.url], MESSAGE, 2)
        began = time.monotonic()
        delivery.wait()
        waited = time.monotonic() - began
    assert 1.5 < waited < 4
    assert "Not told channel 1 (json): readouts mfa: blocked: no answer in 2 s" in log.getvalue()
    assert other.titles() == ["readouts mfa: blocked"]

"""The channels a message goes through: mail, Slack, Telegram, webhooks and whatever else apprise knows.

A channel is an apprise URL, which is a secret: nothing of it but its scheme is ever logged.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Sequence
from urllib.parse import unquote

from crawler.notification.message import Message

#: Between URLs. What is no scheme after a comma belongs to the URL before it: `mailto://…?to=one@a.example,two@b.example`.
_SEPARATOR = re.compile(r"[,\s]+(?=[a-zA-Z][a-zA-Z0-9+.-]*://)")
_URL_PART = re.compile(r"[:/@?&=,;#]+")
#: Shorter ones are `to`, `com`, a port: to mask them would spoil the text and protect nothing.
_SHORTEST_SECRET = 4
#: Loggers of what sends: at DEBUG they tell whole URLs.
_TALKATIVE = ("apprise", "urllib3", "requests")

logger = logging.getLogger(__name__)


def split_urls(value: str) -> list[str]:
    """The URLs of a value that lists them with commas or white space between."""
    return [url for part in _SEPARATOR.split(value) if (url := part.strip(", \t\r\n"))]


class Delivery:
    """One message on its way to every channel, each in a thread of its own.

    The threads die with the process: a channel that never answers holds nobody up for longer than the time-out.
    """

    def __init__(self, urls: Sequence[str], message: Message, timeout_seconds: float) -> None:
        """Sets off at once."""
        for name in _TALKATIVE:
            logging.getLogger(name).setLevel(logging.WARNING)
        # apprise keeps its warnings with the result; masked, they are told from there.
        logging.getLogger("apprise").propagate = False
        self._title = message.title
        self._timeout_seconds = timeout_seconds
        self._deadline = time.monotonic() + timeout_seconds
        self._channels = [_Channel(number, url, message) for number, url in enumerate(urls, start=1)]
        for channel in self._channels:
            channel.start()

    def wait(self) -> None:
        """Waits until each channel has answered or the time is up, and logs what came of it. Raises nothing."""
        for channel in self._channels:
            channel.join(max(0.0, self._deadline - time.monotonic()))
            if channel.is_alive():
                logger.error("Not told %s: %s: no answer in %g s", channel.name, self._title, self._timeout_seconds)
            elif channel.failure is not None:
                logger.error("Not told %s: %s: %s", channel.name, self._title, channel.failure)
            else:
                logger.info("Told %s: %s", channel.name, self._title)


class _Channel(threading.Thread):
    """`failure` is why the message could not be delivered, null when it was; valid once the thread has ended."""

    def __init__(self, number: int, url: str, message: Message) -> None:
        scheme, separator, _ = url.partition("://")
        super().__init__(name=f"channel {number} ({scheme if separator else 'no URL'})", daemon=True)
        self.failure: str | None = None
        self._url = url
        self._message = message

    def run(self) -> None:
        try:
            self.failure = _send(self._url, self._message)
        except Exception as error:
            # Code for a hundred services, of which none may break a run.
            self.failure = _masked(f"{type(error).__name__}: {error}", self._url)


def _send(url: str, message: Message) -> str | None:
    """Sends a message; why that failed, null when it did not."""
    from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType

    # Without a time-out of its own, apprise works in this thread, which nobody has to wait for.
    service = Apprise(asset=AppriseAsset(app_id="Readouts", app_desc="Readouts", async_mode=False, service_timeout=0))
    if not service.add([url]):
        return "apprise knows no such service, or its URL lacks something"
    result = service.notify(
        title=message.title,
        body=message.body,
        notify_type=NotifyType(message.kind),
        body_format=NotifyFormat.TEXT,
    )
    if result:
        return None
    return _masked("; ".join(entry.message for entry in result.logs()), url) or "it was refused"


def _masked(text: str, url: str) -> str:
    """A text without anything that stands in the URL behind its scheme."""
    parts = {part for part in _URL_PART.split(url.partition("://")[2]) if len(part) >= _SHORTEST_SECRET}
    for part in sorted(parts | {unquote(part) for part in parts}, key=len, reverse=True):
        text = text.replace(part, "****")
    return text

"""A ledger filled live and from a web archive ends the same in whatever order, also where a run was killed between."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from crawler.fixtures import FIXTURES
from pipelines.ledger import Ledger
from tests.command_line import REPOSITORY, scrapy
from tests.spiders.changing_site import MFA, UNJUDGED, ChangingSite, Text, changing, invented
from tests.webarchives.archived_page import ArchivedPage
from tests.webarchives.wayback import Wayback, wayback

#: Documents of the live site, by number, and one that only the archive has.
LIVE, ARCHIVED_ONLY = 5, 9
#: Live captures are of the day of the test.
_LIVE_FROM = "2026-10"


def _other(text: Text, line: int) -> Text:
    paragraphs = list(text.paragraphs)
    paragraphs[line] = invented(700 + line).paragraphs[0]
    return replace(text, paragraphs=tuple(paragraphs))


def _captures(site: ChangingSite) -> list[ArchivedPage]:
    def page(number: int, timestamp: str, text: Text | None = None) -> ArchivedPage:
        shown = text or invented(number)
        url = f"https://{MFA.host}{MFA.path(number)}"
        return ArchivedPage(url, timestamp, MFA.frame.around(shown.parts()))

    sorry = (FIXTURES / "mfa/removed.html").read_bytes()
    third = f"https://{MFA.host}{MFA.path(3)}"
    return [
        page(0, "20260312010000", _other(invented(0), 1)),
        page(0, "20260501010000"),
        page(1, "20260320010000"),
        page(1, "20260620010000"),
        page(2, "20260312010000", _other(invented(2), 0)),
        page(2, "20260401010000", _other(invented(2), 2)),
        page(2, "20260402010000", _other(invented(2), 0)),
        replace(page(3, "20260401010000"), status=404),
        ArchivedPage(third, "20260402010000", sorry),
        page(ARCHIVED_ONLY, "20260313010000"),
    ]


@dataclass
class World:
    site: ChangingSite
    machine: Wayback

    def live(self, directory: Path) -> None:
        """A run that visits every document that is known."""
        self.site.crawl(directory, *UNJUDGED, "-a", "recheck=all", "-s", "MASS_REMOVAL_DOCUMENTS=99")

    def archive(self, directory: Path) -> None:
        scrapy("crawl", *self._arguments(directory))

    def archive_stopped_by(self, number: int, directory: Path) -> None:
        """A run from the archive that gets this signal when it has asked for two captures, of nine."""
        self.machine.asked.clear()
        command = [sys.executable, "-m", "scrapy", "crawl", *self._arguments(directory), "-s", "DOWNLOAD_DELAY=0.3"]
        run = subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.DEVNULL)
        deadline = monotonic() + 120
        while len(self.machine.paths_below("/web/")) < 2:
            assert run.poll() is None
            assert monotonic() < deadline
            sleep(0.02)
        run.send_signal(number)
        assert run.wait(60) in (-number, 128 + number)

    def _arguments(self, directory: Path) -> list[str]:
        target = ("-s", f"CONNECT_TO={self.machine.authority}", "-s", f"OUTPUT_DIR={directory}")
        return ["mfa", "-a", "via=wayback", *target, "-s", "DOWNLOAD_DELAY=0"]


@contextmanager
def world() -> Iterator[World]:
    with changing(MFA, LIVE) as site, wayback(_captures(site)) as machine:
        yield World(site, machine)


def _killed(made: World, directory: Path) -> None:
    made.archive_stopped_by(signal.SIGKILL, directory)


def _stopped(made: World, directory: Path) -> None:
    made.archive_stopped_by(signal.SIGTERM, directory)


Step = Callable[[World, Path], None]
ORDERS: dict[str, tuple[Step, ...]] = {
    "archive-live": (World.archive, World.live),
    "killed-live-archive": (_killed, World.live, World.archive),
    "live-stopped-killed-archive": (World.live, _stopped, _killed, World.archive),
}


def view(directory: Path) -> dict[str, Any]:
    """What the ledger holds of each document, without what depends on the second of the live visit."""
    ledger = Ledger(directory / "ledger.db")
    try:
        return {number: _told(ledger, MFA_ID.format(number)) for number in (*range(LIVE), ARCHIVED_ONLY)}
    finally:
        ledger.close()


MFA_ID = "mfa:t20260311_11{:06}"


def _told(ledger: Ledger, document_id: str) -> dict[str, Any]:
    documents = ledger.documents
    document, watched = documents.document(document_id), ledger.watch.of(document_id)
    assert document is not None
    assert watched is not None
    captures = [
        (
            "live" if (one.date_retrieved or "") > _LIVE_FROM else one.date_retrieved,
            documents.text(one.text).text_digest,
        )
        for one in documents.captures(document_id)
    ]
    return {
        # How often a live run came by makes no difference.
        "captures": list(dict.fromkeys(captures)),
        "in force": document.text_digest,
        "headline": document.headline_digest,
        "published": document.date_published,
        # A text that came back is a revision of its own where it was met after the one between.
        "texts": {text.text_digest for text in documents.texts(document_id)},
        "copy of": document.duplicate_of,
        "state": watched.state,
    }


@pytest.fixture(scope="module")
def live_first(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    directory = tmp_path_factory.mktemp("live-archive")
    with world() as made:
        made.live(directory)
        made.archive(directory)
        made.live(directory)
    return view(directory)


def test_the_history_is_in_order_of_capture(live_first: dict[str, Any]) -> None:
    assert [when for when, _ in live_first[0]["captures"]] == ["2026-03-12T01:00:00Z", "2026-05-01T01:00:00Z", "live"]
    first, second, live = (digest for _, digest in live_first[0]["captures"])
    assert first != second == live == live_first[0]["in force"]
    assert [len(live_first[number]["texts"]) for number in range(3)] == [2, 1, 3]
    assert len(live_first[1]["captures"]) == 3
    assert {told["state"] for number, told in live_first.items() if number != ARCHIVED_ONLY} == {"live"}
    # Which the last live run did not find.
    assert live_first[ARCHIVED_ONLY]["state"] == "missing"
    assert [when for when, _ in live_first[3]["captures"]] == ["live"]
    assert [when for when, _ in live_first[ARCHIVED_ONLY]["captures"]] == ["2026-03-13T01:00:00Z"]


@pytest.mark.parametrize("name", ORDERS)
def test_it_ends_the_same(name: str, live_first: dict[str, Any], tmp_path: Path) -> None:
    with world() as made:
        for step in (*ORDERS[name], World.live):
            step(made, tmp_path)
    assert view(tmp_path) == live_first
    scrapy("ledger", "check", "-s", f"OUTPUT_DIR={tmp_path}")

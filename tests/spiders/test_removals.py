"""What was there and is not: missing, gone, moved, returned; and what says nothing about a document."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum, auto
from pathlib import Path
from typing import Any

import pytest

from crawler.fixtures import FIXTURES
from tests.command_line import report, written
from tests.downloading.local_site import Answer
from tests.spiders.changing_site import (
    CONFIRMED,
    DUE,
    ECNS,
    HTML,
    MFA,
    NO_ALARM,
    NO_VISITS,
    UNJUDGED,
    ChangingSite,
    Text,
    changing,
    invented,
)

BRIEFLY = ("-s", "DOWNLOAD_TIMEOUT=3")
#: What is refused is visited one after the other here, and is no wall.
NO_WALL = ("-s", "WALL_REFUSALS=0")
VISITS = (*DUE, *CONFIRMED, *NO_ALARM, *NO_WALL)


class Its(IntEnum):
    """What becomes of each document of the site, by number."""

    LIVES = 0
    DELETED = auto()
    WITHDRAWN = auto()  # 410
    SORRY = auto()  # 200, and a page that says that it is not there
    SORRY_IN_FRAME = auto()
    SENT_HOME = auto()
    SENT_TO_ERROR = auto()
    SENT_TO_TWIN = auto()  # another document with the same text
    SENT_TO_OTHER = auto()  # another document with another text
    OTHER_SECTION = auto()  # redirects to another path of the same document
    LISTED_ELSEWHERE = auto()  # deleted, and listed under another path of the same document
    PUBLISHED_ANEW = auto()  # deleted, and published as another document
    CAPTCHA = auto()
    SENT_TO_CAPTCHA = auto()
    SENT_TO_BUSY = auto()  # a redirect to a page that answers 503
    REFUSED = auto()
    BUSY = auto()
    BROKEN = auto()
    HANGS = auto()
    HANGS_UP = auto()
    FORBIDDEN = auto()
    DELETED_THEN_REFUSED = auto()


TWIN, OTHER, ANEW = 100, 101, 102
SAY_NOTHING = {
    Its.CAPTCHA,
    Its.SENT_TO_CAPTCHA,
    Its.SENT_TO_BUSY,
    Its.REFUSED,
    Its.BUSY,
    Its.BROKEN,
    Its.HANGS,
    Its.HANGS_UP,
    Its.FORBIDDEN,
}


@dataclass
class Lives:
    """The site, what the runs wrote, and the rows and the report of each run."""

    site: ChangingSite
    directory: Path
    rows: list[list[dict[str, Any]]] = field(default_factory=list)
    reports: list[dict[str, Any]] = field(default_factory=list)
    asked: list[set[int]] = field(default_factory=list)
    #: With a second run against a server that is down.
    down: Lives | None = None
    #: With a third run at once, where a removal is confirmed a day later.
    soon: Lives | None = None

    def run(self, *arguments: str, expect: int = 0) -> None:
        self.site.crawl(self.directory, *UNJUDGED, *arguments, expect=expect)
        known = sum(map(len, self.rows))
        self.rows.append(written(self.directory, "states", self.site.outlet.source)[known:])
        self.reports.append(report(self.directory))
        self.asked.append(self.site.visited())

    def copied(self) -> Lives:
        """What the runs so far wrote, for another run after them."""
        copy = self.directory.with_name(f"{self.directory.name}-after-{len(self.rows)}")
        shutil.copytree(self.directory, copy)
        return Lives(self.site, copy, [*self.rows], [*self.reports], [*self.asked])

    def of(self, number: int, run: int) -> list[dict[str, Any]]:
        """The rows of a document in a run; the first is number 0."""
        return [row for row in self.rows[run] if row["document"] == self.site.id(number)]

    def changes(self, run: int) -> dict[int, str]:
        """Which documents are in another state after a run."""
        numbers = {self.site.id(number): number for number in self.site.documents}
        return {numbers[row["document"]]: row["state"] for row in self.rows[run]}


def take_down(site: ChangingSite) -> None:
    site.delete(Its.DELETED)
    site.delete(Its.WITHDRAWN, 410)
    site.serve_saved(Its.SORRY, site.outlet.error)
    site.serve_saved(Its.SORRY_IN_FRAME, "ecns/refused-404-in-frame.html")
    site.answers["/"] = Answer(b"<html><body><p>All the news of the day</p></body></html>", 200, HTML)
    site.redirect(Its.SENT_HOME, "/", 302)
    site.answers["/error.htm"] = Answer(b"<html><body><p>An error has come up</p></body></html>", 200, HTML)
    site.redirect(Its.SENT_TO_ERROR, "/error.htm", 302)
    site.publish(TWIN, invented(Its.SENT_TO_TWIN))
    site.publish(OTHER)
    del site.listed[:2]
    site.redirect(Its.SENT_TO_TWIN, site.documents[TWIN].path)
    site.redirect(Its.SENT_TO_OTHER, site.documents[OTHER].path)
    site.move(Its.OTHER_SECTION, site.outlet.path(Its.OTHER_SECTION).replace("/news/", "/china/"))
    site.documents[Its.LISTED_ELSEWHERE].path = site.outlet.path(Its.LISTED_ELSEWHERE).replace("/news/", "/china/")
    site.delete(Its.PUBLISHED_ANEW)
    site.publish(ANEW, invented(Its.PUBLISHED_ANEW))


def disturb(site: ChangingSite) -> None:
    site.serve_saved(Its.CAPTCHA, "ecns/refused-blocked.html")
    site.answers["/verify.html"] = Answer(b"<html><body><p>Verify you are human</p></body></html>", 200, HTML)
    site.redirect(Its.SENT_TO_CAPTCHA, "/verify.html", 302)
    site.answers["/later.html"] = Answer(b"<html><body><p>Come back later</p></body></html>", 503, HTML)
    site.redirect(Its.SENT_TO_BUSY, "/later.html", 302)
    site.delete(Its.REFUSED, 403)
    site.delete(Its.BUSY, 503)
    site.delete(Its.BROKEN, 500)
    site.hang(Its.HANGS)
    site.hang_up(Its.HANGS_UP)
    site.forbid(site.documents[Its.FORBIDDEN].path)
    site.delete(Its.DELETED_THEN_REFUSED)


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lives]:
    """Four runs: all is well; pages are taken down; nothing changes; some come back."""
    with changing(ECNS, len(Its)) as site:
        lives = Lives(site, tmp_path_factory.mktemp("lives"))
        lives.run(*DUE, *NO_VISITS)
        lives.down = lives.copied()
        lives.down.run(*VISITS, "-s", "CONNECT_TO=127.0.0.1:1", "-s", "ROBOTSTXT_OBEY=False", expect=1)
        take_down(site)
        disturb(site)
        lives.run(*VISITS, *BRIEFLY)
        site.serve(Its.HANGS, None)
        lives.soon = lives.copied()
        lives.soon.run(*DUE, *NO_ALARM, *NO_WALL)
        site.delete(Its.DELETED_THEN_REFUSED, 403)
        lives.run(*VISITS)
        for number in (Its.DELETED, Its.SORRY, Its.SENT_TO_TWIN, Its.SENT_TO_OTHER, Its.BUSY):
            site.serve(number, None)
        site.delete(Its.DELETED_THEN_REFUSED)
        lives.run(*VISITS)
        yield lives


def test_all_is_well_at_first(lives: Lives) -> None:
    assert lives.rows[0] == []
    assert lives.reports[0]["outcomes"]["new"] == len(Its)


def test_what_the_site_says_it_does_not_have_is_missing(lives: Lives) -> None:
    [row] = lives.of(Its.DELETED, run=1)
    assert row["state"] == "missing"
    assert row["previous"] == "live"
    assert row["reason"] == "not-found"
    assert row["url"] == lives.site.url(Its.DELETED)
    assert row["moved_to"] is None
    [known] = [
        line for line in written(lives.directory, "articles", "ecns") if line["id"] == lives.site.id(Its.DELETED)
    ]
    assert row["last_seen"] == known["date_retrieved"] < row["date"]
    assert row["capture"]["file"].startswith("ecns-")


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (Its.WITHDRAWN, "not-found"),
        (Its.SORRY, "soft-404"),
        (Its.SORRY_IN_FRAME, "soft-404"),
        (Its.SENT_HOME, "soft-404"),
        (Its.SENT_TO_ERROR, "soft-404"),
        (Its.SENT_TO_OTHER, "redirected"),
    ],
)
def test_so_is_what_it_has_something_else_for(number: Its, reason: str, lives: Lives) -> None:
    [row] = lives.of(number, run=1)
    assert (row["state"], row["reason"], row["url"]) == ("missing", reason, lives.site.url(number))


def test_the_other_article_is_recorded(lives: Lives) -> None:
    [line] = [line for line in written(lives.directory, "articles", "ecns") if line["id"] == lives.site.id(OTHER)]
    assert line["article_body"] == "\n\n".join(invented(OTHER).paragraphs)


def test_a_page_that_redirects_to_its_text_has_moved(lives: Lives) -> None:
    [row] = lives.of(Its.SENT_TO_TWIN, run=1)
    assert (row["state"], row["reason"]) == ("moved", "redirected")
    assert (row["moved_to"], row["moved_to_document"]) == (lives.site.url(TWIN), lives.site.id(TWIN))
    [copy] = [line for line in written(lives.directory, "copies", "ecns") if line["id"] == lives.site.id(TWIN)]
    assert (copy["relation"], copy["duplicate_of"]) == ("identical", lives.site.id(Its.SENT_TO_TWIN))


def test_a_document_under_another_path_has_moved(lives: Lives) -> None:
    [row] = lives.of(Its.OTHER_SECTION, run=1)
    assert (row["state"], row["reason"]) == ("moved", "redirected")
    assert row["url"] == f"https://www.ecns.cn{lives.site.outlet.path(Its.OTHER_SECTION)}"
    assert (row["moved_to"], row["moved_to_document"]) == (lives.site.url(Its.OTHER_SECTION), None)


def test_a_document_that_is_listed_under_another_path_has_moved(lives: Lives) -> None:
    [row] = lives.of(Its.LISTED_ELSEWHERE, run=1)
    assert (row["state"], row["reason"]) == ("moved", "not-found")
    assert row["url"] == f"https://www.ecns.cn{lives.site.outlet.path(Its.LISTED_ELSEWHERE)}"
    assert (row["moved_to"], row["moved_to_document"]) == (lives.site.url(Its.LISTED_ELSEWHERE), None)


def test_a_text_that_is_published_anew_has_moved(lives: Lives) -> None:
    [row] = lives.of(Its.PUBLISHED_ANEW, run=1)
    assert (row["state"], row["reason"]) == ("moved", "same-text")
    assert (row["moved_to"], row["moved_to_document"]) == (lives.site.url(ANEW), lives.site.id(ANEW))


def test_trouble_says_nothing(lives: Lives) -> None:
    assert not SAY_NOTHING & {number for run in range(4) for number in lives.changes(run)}
    # But it is reported, each with its name.
    codes = lives.reports[1]["problem_counts"]
    assert codes == {"blocked": 5, "http-error": 1, "network": 2, "robots": 1}


def test_missing_twice_is_gone_and_nothing_else_happens(lives: Lives) -> None:
    missing = {number for number, state in lives.changes(1).items() if state == "missing"}
    assert lives.changes(2) == dict.fromkeys(missing - {Its.DELETED_THEN_REFUSED}, "gone")
    assert {row["previous"] for row in lives.rows[2]} == {"missing"}


def test_a_refusal_confirms_no_removal(lives: Lives) -> None:
    assert [row["state"] for run in (1, 2, 3) for row in lives.of(Its.DELETED_THEN_REFUSED, run)] == ["missing", "gone"]
    assert lives.of(Its.DELETED_THEN_REFUSED, run=2) == []


def test_what_comes_back_has_returned(lives: Lives) -> None:
    assert lives.changes(3) == {
        Its.DELETED: "returned",
        Its.SORRY: "returned",
        Its.SENT_TO_TWIN: "returned",
        Its.SENT_TO_OTHER: "returned",
        Its.DELETED_THEN_REFUSED: "gone",
    }
    [row] = lives.of(Its.DELETED, run=3)
    assert (row["previous"], row["reason"], row["moved_to"]) == ("gone", None, None)
    [was] = lives.of(Its.SENT_TO_TWIN, run=3)
    assert was["previous"] == "moved"


def test_no_removal_is_a_revision(lives: Lives) -> None:
    assert written(lives.directory, "revisions", "ecns") == []
    lines = written(lives.directory, "articles", "ecns") + written(lives.directory, "copies", "ecns")
    assert len({line["id"] for line in lines}) == len(lines) == len(Its) + 3


def test_the_run_report_counts_states(lives: Lives) -> None:
    assert [found["states"] for found in lives.reports] == [
        {},
        {"missing": 8, "moved": 4},
        {"gone": 7},
        {"gone": 1, "returned": 4},
    ]


def test_a_removal_is_confirmed_only_a_day_later(lives: Lives) -> None:
    assert lives.soon is not None
    assert Its.DELETED in lives.soon.asked[2]
    assert lives.soon.rows[2] == []


def test_a_server_that_is_down_says_nothing(lives: Lives) -> None:
    assert lives.down is not None
    assert lives.down.rows[1] == []
    # Where not even the listing can be read, no document is asked for.
    assert (lives.down.reports[1]["visits"], lives.down.reports[1]["problem_counts"]) == (0, {"network": 1})
    assert lives.down.reports[1]["failure"] == "nothing-read: 1 network"


# --- the ministry


class Ministry(IntEnum):
    LIVES = 0
    MOVED = auto()
    SENT_TO_ERROR = auto()
    SORRY = auto()
    OTHER_HOST = auto()  # redirects to the ministry's other host
    NOTICE = auto()  # deleted, and another notice says the same


NEW_NOTICE = 100
ELSEWHERE = "/eng/xw/zyxw/202603/t20260311_11000001.html"


@pytest.fixture(scope="module")
def ministry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lives]:
    with changing(MFA, len(Ministry)) as site:
        closed = ("The consular hall will be closed on Friday.",)
        site.set(Ministry.NOTICE, headline="Notice of March", paragraphs=closed)
        lives = Lives(site, tmp_path_factory.mktemp("ministry"))
        lives.run(*DUE, *NO_VISITS)
        site.move(Ministry.MOVED, ELSEWHERE)
        site.answers["/error.htm"] = Answer((FIXTURES / "mfa/removed.html").read_bytes(), 200, HTML)
        site.redirect(Ministry.SENT_TO_ERROR, "/error.htm", 302)
        site.serve_saved(Ministry.SORRY, "mfa/removed.html")
        site.redirect(Ministry.OTHER_HOST, f"https://www.fmprc.gov.cn{site.documents[Ministry.OTHER_HOST].path}")
        site.delete(Ministry.NOTICE)
        site.publish(NEW_NOTICE, Text("Notice of May", closed))
        lives.run(*VISITS)
        lives.run(*VISITS)
        yield lives


def test_a_release_in_another_directory_has_moved(ministry: Lives) -> None:
    [row] = ministry.of(Ministry.MOVED, run=1)
    assert (row["state"], row["reason"], row["moved_to_document"]) == ("moved", "redirected", None)
    assert row["moved_to"] == f"https://www.mfa.gov.cn{ELSEWHERE}"


def test_it_is_visited_where_it_is_now(ministry: Lives) -> None:
    assert Ministry.MOVED in ministry.asked[2]
    assert ministry.site.outlet.path(Ministry.MOVED) not in ministry.site.paths()


def test_the_ministry_says_sorry_in_its_own_way(ministry: Lives) -> None:
    for number in (Ministry.SENT_TO_ERROR, Ministry.SORRY):
        [row] = ministry.of(number, run=1)
        assert (row["state"], row["reason"], row["url"]) == ("missing", "soft-404", ministry.site.url(number))


def test_another_host_of_the_source_is_no_other_place(ministry: Lives) -> None:
    assert Ministry.OTHER_HOST in ministry.asked[1]
    assert [ministry.of(Ministry.OTHER_HOST, run) for run in (1, 2)] == [[], []]


def test_a_notice_that_says_the_same_is_another_notice(ministry: Lives) -> None:
    [row] = ministry.of(Ministry.NOTICE, run=1)
    assert (row["state"], row["reason"]) == ("missing", "not-found")


def test_missing_releases_are_gone_when_missing_again(ministry: Lives) -> None:
    gone = {Ministry.SENT_TO_ERROR, Ministry.SORRY, Ministry.NOTICE}
    assert ministry.changes(2) == dict.fromkeys(gone, "gone")


# --- the alarm


@pytest.fixture(scope="module")
def hundred(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lives]:
    with changing(ECNS, 100) as site:
        lives = Lives(site, tmp_path_factory.mktemp("hundred"))
        lives.run(*DUE, *NO_VISITS)
        yield lives


def test_four_of_a_hundred_raise_no_alarm(hundred: Lives) -> None:
    few = hundred.copied()
    for number in range(4):
        few.site.delete(number)
    few.run(*DUE)
    assert few.reports[1]["states"] == {"missing": 4}
    assert few.reports[1]["alarms"] == {}


def test_thirty_of_a_hundred_raise_the_alarm(hundred: Lives) -> None:
    for number in range(30):
        hundred.site.delete(number)
    done = hundred.site.crawl(hundred.directory, *UNJUDGED, *DUE, expect=3)
    found = report(hundred.directory)
    assert found["states"] == {"missing": 30}
    assert found["alarms"]["mass-removal"].startswith("30 documents disappeared together: ecns:ihfcrtwk")
    assert found["finish_reason"] == "finished"
    assert "ecns mass-removal: 30 documents disappeared together" in done.stderr

"""Each exit code of `scrapy crawl`, by real runs in processes of their own against a server on this machine."""

from __future__ import annotations

import itertools
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from crawler.fixtures import FIXTURES
from tests.command_line import REPOSITORY, report, written
from tests.diagnosis.daily_site import LISTING, DailySite, article_path, daily_site
from tests.downloading.local_site import Answer, local_site
from tests.pipelines.invented_texts import paragraph
from tests.spiders.changing_site import DUE, FAST, HTML, NO_VISITS, UNJUDGED

COUNT = 12
#: So many refusals in a row are a wall; what was on its way when it was met may have been asked for, too.
WALL, ON_ITS_WAY = 5, 2
CHALLENGE = Answer(
    b"<html><head><title>Just a moment</title></head><body>Verify you are human</body></html>", 200, HTML
)
SLOW = ("-s", "DOWNLOAD_DELAY=0.3")
RAISING = ("-s", "SPIDER_MODULES=tests.commands.raising_spiders")


@dataclass
class Ended:
    """How a run ended: its code, its log, and its report, which is empty where it left none."""

    code: int
    log: str
    report: dict[str, Any]

    @property
    def rules(self) -> list[str]:
        return [finding["rule"] for finding in self.report["findings"]]

    def check(self, code: int, result: str) -> None:
        """Exit code, report and summary say the same."""
        assert (self.code, self.report["exit_code"], self.report["result"]) == (code, code, result), self.log[-4000:]
        assert f"result: {result}\n" in self.log
        for rule in self.rules:
            assert f" {rule}: " in self.log


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-W", "error::DeprecationWarning:crawler", "-m", "scrapy", "crawl", *arguments]


def run(directory: Path, *arguments: str) -> Ended:
    done = subprocess.run(
        command(*arguments, "-s", f"OUTPUT_DIR={directory}"),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Ended(done.returncode, done.stderr, report(directory) if list(directory.glob("runs/*")) else {})


def crawl(site: DailySite, directory: Path, *arguments: str) -> Ended:
    """A run of the section; the arguments go before those of the site."""
    return run(directory, "ecns", *site.arguments(directory), *arguments)


def pages_asked(site: DailySite) -> int:
    """How many requests for articles the site had."""
    return len([path for path in site.paths() if "detail" in path])


@pytest.fixture
def site() -> Iterator[DailySite]:
    with daily_site(COUNT) as site:
        yield site


def answer_articles(site: DailySite, answer: Answer) -> None:
    """Every article is answered so; the listing is as it was."""
    site.answers |= {path: answer for path in site.answers if "detail" in path}


# --- 0


def test_new_articles_and_then_nothing_new(site: DailySite, tmp_path: Path) -> None:
    first = crawl(site, tmp_path)
    first.check(0, "done")
    assert (first.report["outcomes"]["new"], first.report["findings"]) == (COUNT, [])
    second = crawl(site, tmp_path)
    second.check(0, "done")
    assert second.report["articles"] == 0


# --- 4


def test_a_site_that_refuses_everything(site: DailySite, tmp_path: Path) -> None:
    site.wall = Answer(b"Forbidden", 403)
    ended = crawl(site, tmp_path)
    ended.check(4, "blocked")
    assert ended.report["blocked"] == f"nothing could be read: blocked https://www.ecns.cn{LISTING}: status 403"
    assert (ended.report["failure"], ended.rules) == (None, [])
    assert site.paths() == ["/robots.txt", LISTING]


def test_a_site_that_refuses_every_section_is_left_alone_early(site: DailySite, tmp_path: Path) -> None:
    site.wall = Answer(b"Forbidden", 403)
    target = ("-s", f"CONNECT_TO={site.authority}", *FAST)
    ended = run(tmp_path, "ecns", *target)
    ended.check(4, "blocked")
    # There are fifteen.
    assert WALL < len(site.asked) <= 1 + WALL + ON_ITS_WAY
    assert ended.report["finish_reason"] == "blocked"


def test_a_challenge_in_place_of_every_page(site: DailySite, tmp_path: Path) -> None:
    site.wall = CHALLENGE
    ended = crawl(site, tmp_path)
    ended.check(4, "blocked")
    assert ended.report["problem_counts"] == {"blocked": 1}


def test_a_challenge_in_place_of_every_article_is_met_a_few_times(site: DailySite, tmp_path: Path) -> None:
    answer_articles(site, CHALLENGE)
    ended = crawl(site, tmp_path)
    ended.check(4, "blocked")
    assert ended.report["blocked"].startswith("5 refusals in a row, the last one: blocked https://www.ecns.cn/")
    assert WALL <= pages_asked(site) <= WALL + ON_ITS_WAY
    assert written(tmp_path, "articles", "ecns") == []


def test_a_gateway_that_waits_for_a_cookie(site: DailySite, tmp_path: Path) -> None:
    gate = "https://www.ecns.cn/gate"
    site.wall = Answer(b"", 302, {"Location": gate, "Set-Cookie": "token=1"})
    ended = crawl(site, tmp_path)
    ended.check(4, "blocked")
    assert ended.report["problems"][0]["detail"] == "redirected in a circle"


def test_one_login_page_for_every_article(site: DailySite, tmp_path: Path) -> None:
    answer_articles(
        site, Answer(b"<html><title>Sign in</title><body><form>Name <input></form></body></html>", 200, HTML)
    )
    ended = crawl(site, tmp_path)
    ended.check(4, "blocked")
    assert "the same page as" in ended.report["blocked"]
    assert pages_asked(site) < COUNT


def test_a_site_that_is_busy_for_good_is_asked_with_growing_pauses(site: DailySite, tmp_path: Path) -> None:
    site.wall = Answer(b"Come back later", 503, {"Retry-After": "1"})
    pauses = ("-s", "BACKOFF_ENABLED=True", "-s", "BACKOFF_SECONDS=0.2", "-s", "BACKOFF_MAX_SECONDS=1.5")
    ended = crawl(site, tmp_path, *pauses, "-s", "RETRY_ENABLED=True", "-s", "RETRY_TIMES=2")
    ended.check(4, "blocked")
    asked = [asked.time for asked in site.asked if asked.path == LISTING]
    assert len(asked) == 3
    assert all(later - sooner >= 1 for sooner, later in itertools.pairwise(asked))


# --- 1


def test_a_site_that_is_broken(site: DailySite, tmp_path: Path) -> None:
    site.wall = Answer(b"oops", 500)
    ended = crawl(site, tmp_path)
    ended.check(1, "failed")
    assert ended.report["failure"] == "nothing-read: 1 http-error"


def test_a_server_that_is_down(site: DailySite, tmp_path: Path) -> None:
    ended = crawl(site, tmp_path, "-s", "CONNECT_TO=127.0.0.1:1", "-s", "ROBOTSTXT_OBEY=False")
    ended.check(1, "failed")
    assert ended.report["failure"] == "nothing-read: 1 network"


def test_an_error_of_ours_on_every_page(site: DailySite, tmp_path: Path) -> None:
    ended = crawl(site, tmp_path, *RAISING, "-s", "RAISES_ON=detail")
    ended.check(1, "failed")
    assert ended.report["failure"] == "spider-error: nothing was read, 12 errors of ours"


# --- 3


@pytest.mark.parametrize("extent", [(), ("-a", "sample=8"), UNJUDGED])
def test_an_error_of_ours_on_one_page(site: DailySite, tmp_path: Path, extent: tuple[str, ...]) -> None:
    ended = crawl(site, tmp_path, *RAISING, "-s", f"RAISES_ON={article_path(3)}", *extent)
    ended.check(3, "degraded")
    assert ended.report["findings"] == [{"rule": "errors-of-ours", "detail": "1 spider-error"}]


def test_a_listing_whose_markup_has_changed(site: DailySite, tmp_path: Path) -> None:
    site.redesign_listing("<h3><a href=", "<h3><a data-page=")
    ended = crawl(site, tmp_path)
    ended.check(3, "degraded")
    assert ended.rules == ["listing-links"]
    assert ended.report["findings"][0]["detail"].startswith("news/politics shows ")


def test_a_listing_without_a_link(site: DailySite, tmp_path: Path) -> None:
    site.answers[LISTING] = Answer(b"<html><body><p>Nothing today.</p></body></html>", 200, HTML)
    ended = crawl(site, tmp_path)
    ended.check(3, "degraded")
    assert ended.report["findings"] == [
        {"rule": "listing-links", "detail": "news/politics shows 0 articles on its first page, not 10"}
    ]
    assert ended.report["problem_counts"] == {"empty-listing": 1}


def test_articles_without_a_date(tmp_path: Path) -> None:
    page = (FIXTURES / "shine/s1-undated.html").read_text(encoding="utf-8")
    body = "<p>Venue: Tai pond, Cao'an Highway</p>"
    assert body in page
    paths = [f"/metro/Boats-of-class-{number}/shdaily.shtml" for number in range(COUNT)]
    stories = "".join(
        f'<div class="list-story"><a href="https://archive.shine.cn{path}">Boats</a></div>' for path in paths
    )
    pages: dict[str, Answer | list[Answer]] = {
        path: Answer(page.replace(body, f"<p>{paragraph(number)}</p>").encode(), 200, HTML)
        for number, path in enumerate(paths)
    }
    pages["/news/metro/"] = Answer(f"<html><body>{stories}</body></html>".encode(), 200, HTML)
    with local_site(pages) as site:
        target = ("-s", f"CONNECT_TO={site.authority}", *FAST)
        ended = run(tmp_path, "shine", "-a", "section=news/metro", *target)
    ended.check(3, "degraded")
    assert ended.report["articles"] == ended.report["undated"] == COUNT
    assert ended.report["findings"] == [
        {"rule": "field-fill", "detail": "date_published is filled in 0% of 12 articles, not 95%"},
        {"rule": "undated-share", "detail": "12 of 12 articles, more than 5%"},
    ]


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        (Answer(b"", 200, HTML), "empty-response: 12 of 12 pages, more than 10%"),
        # Every page says of itself that it is gone: none of them is a wall.
        (Answer((FIXTURES / "ecns/refused-404-in-frame.html").read_bytes(), 200, HTML), "soft-404: 12 of 12 pages, "),
        (Answer(b"", 302, {"Location": "/login.htm"}), "soft-404: 12 of 12 pages, more than 50%"),
        (Answer(b"not here", 404), "not-found: 12 of 12 pages, more than 50%"),
    ],
)
def test_pages_that_give_no_article(site: DailySite, tmp_path: Path, answer: Answer, detail: str) -> None:
    site.answers["/login.htm"] = Answer(b"<html><title>Sign in</title><body>Name, please</body></html>", 200, HTML)
    answer_articles(site, answer)
    ended = crawl(site, tmp_path)
    ended.check(3, "degraded")
    [finding] = ended.report["findings"]
    assert finding["rule"] == "problem-share"
    assert finding["detail"].startswith(detail)


def test_a_source_that_has_nothing_new_for_weeks(tmp_path: Path) -> None:
    with daily_site(COUNT + 8) as site:
        site.answers[LISTING] = Answer(old_listing(site), 200, HTML)
        ended = crawl(site, tmp_path)
    ended.check(3, "degraded")
    assert ended.rules == ["newest-too-old"]
    assert ended.report["findings"][0]["detail"].endswith(", 8 days ago")


def old_listing(site: DailySite) -> bytes:
    """The listing without the eight newest."""
    answer = site.answers[LISTING]
    assert isinstance(answer, Answer)
    items = answer.body.decode().split("<li><h3>")
    return "<li><h3>".join(items[:1] + items[9:]).encode()


def test_health_rules_can_be_turned_off(site: DailySite, tmp_path: Path) -> None:
    site.answers[LISTING] = Answer(b"<html><body><p>Nothing today.</p></body></html>", 200, HTML)
    crawl(site, tmp_path, *UNJUDGED).check(0, "done")
    wrong = crawl(site, tmp_path / "other", "-s", "HEALTH=maybe")
    assert (wrong.code, wrong.report) == (1, {})
    assert "HEALTH=maybe: it is on or off" in wrong.log


# --- 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-a", "since=soon"), "since=soon is no day"),
        (("-a", "color=red"), "takes no argument color"),
        (("-a", "sample=0"), "sample=0 is no number of articles"),
        (("--wait", "-1"), "argument --wait: -1 is no number of seconds"),
        (("--wait", "soon"), "argument --wait: soon is no number of seconds"),
        (("--wait", "inf"), "argument --wait: inf is no number of seconds"),
        (("shine",), "name one source"),
    ],
)
def test_wrong_arguments_ask_for_nothing(
    site: DailySite, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    ended = crawl(site, tmp_path, *arguments)
    assert ended.code == 2, ended.log
    assert message in ended.log
    assert "Traceback" not in ended.log
    assert site.asked == []
    assert list(tmp_path.iterdir()) == []


# --- 75


@contextmanager
def running(site: DailySite, directory: Path, *arguments: str, until: int) -> Iterator[subprocess.Popen[str]]:
    """A run in the background that has asked for so many articles."""
    site.asked.clear()
    whole = command("ecns", *site.arguments(directory), *arguments)
    with subprocess.Popen(whole, cwd=REPOSITORY, stderr=subprocess.PIPE, text=True) as process:
        try:
            deadline = time.monotonic() + 60
            while pages_asked(site) < until:
                assert process.poll() is None, process.stderr and process.stderr.read()
                assert time.monotonic() < deadline
                time.sleep(0.005)
            yield process
        finally:
            process.kill()


@contextmanager
def waiting(site: DailySite, directory: Path, holder: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """A run in the background that waits for the holder of the lock."""
    whole = command("ecns", *site.arguments(directory), *UNJUDGED, "--wait", "60")
    with subprocess.Popen(whole, cwd=REPOSITORY, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            said = next((line for line in process.stderr if "Waiting 60 seconds at most for" in line), "")
            assert f"process {holder.pid} on " in said
            assert process.poll() is None
            yield process
        finally:
            process.kill()


@pytest.fixture
def opened(site: DailySite) -> Iterator[threading.Event]:
    """The third article is not answered before this event."""
    opened = threading.Event()
    site.answers[article_path(2)] = Answer(status=0, when=opened)
    yield opened
    opened.set()


def test_another_run_holds_the_lock(site: DailySite, tmp_path: Path, opened: threading.Event) -> None:
    with running(site, tmp_path, *UNJUDGED, until=3) as holder:
        refused = crawl(site, tmp_path)
        assert (refused.code, refused.report) == (75, {})
        [line] = [line for line in refused.log.splitlines() if "another run of ecns holds" in line]
        since = json.loads((tmp_path / "locks" / "ecns.lock").read_text())["since"]
        assert f"process {holder.pid} on " in line
        assert line.endswith(f", since {since}")
        assert pages_asked(site) == 3

        with waiting(site, tmp_path, holder) as patient:
            assert site.paths().count(LISTING) == 1
            opened.set()
            assert holder.wait(timeout=60) == 0
            patient.communicate(timeout=60)
            assert patient.returncode == 0
    assert site.paths().count(LISTING) == 2


@pytest.mark.usefixtures("opened")
def test_waiting_has_an_end(site: DailySite, tmp_path: Path) -> None:
    with running(site, tmp_path, until=3):
        began = time.monotonic()
        assert crawl(site, tmp_path, "--wait", "2").code == 75
        assert time.monotonic() - began > 2


def test_the_lock_of_a_killed_run_is_free_at_once(site: DailySite, tmp_path: Path, opened: threading.Event) -> None:
    with running(site, tmp_path, until=3) as holder:
        holder.send_signal(signal.SIGKILL)
        assert holder.wait(timeout=10) == -signal.SIGKILL
    assert json.loads((tmp_path / "locks" / "ecns.lock").read_text())["pid"] == holder.pid
    opened.set()
    assert crawl(site, tmp_path, *UNJUDGED).code == 0


# --- 130 and 143


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_stops_a_run_and_keeps_what_was_read(
    site: DailySite, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    with running(site, tmp_path, *SLOW, until=4) as process:
        process.send_signal(number)
        _, log = process.communicate(timeout=20)
        ended = Ended(process.returncode, log, report(tmp_path))
    ended.check(code, "interrupted")
    assert (ended.report["finish_reason"], ended.report["findings"]) == ("shutdown", [])
    # What waited for its turn was not asked for.
    assert pages_asked(site) <= 4 + ON_ITS_WAY
    assert 3 <= ended.report["outcomes"]["new"] == len(written(tmp_path, "articles", "ecns"))
    assert ended.report["problems"] == []
    archives = list((tmp_path / "archive" / "ecns").iterdir())
    assert [path.name for path in archives if not path.name.endswith(".warc.gz")] == []
    checked = subprocess.run(
        [str(Path(sys.executable).with_name("warcio")), "check", *map(str, archives)], capture_output=True, check=False
    )
    assert (checked.returncode, checked.stdout) == (0, b"")
    # The next run reads the rest.
    crawl(site, tmp_path).check(0, "done")
    assert len(written(tmp_path, "articles", "ecns")) == COUNT


def test_a_signal_ends_a_pause(site: DailySite, tmp_path: Path) -> None:
    site.answers[article_path(3)] = Answer(b"Come back later", 503, {"Retry-After": "600"})
    pauses = ("-s", "BACKOFF_ENABLED=True", "-s", "BACKOFF_SECONDS=600")
    with running(site, tmp_path, *pauses, until=4) as process:
        time.sleep(1)
        assert pages_asked(site) == 4
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=20)
    Ended(process.returncode, log, report(tmp_path)).check(143, "interrupted")


@pytest.mark.usefixtures("opened")
def test_a_second_signal_waits_for_nothing(site: DailySite, tmp_path: Path) -> None:
    with running(site, tmp_path, until=3) as process:
        process.send_signal(signal.SIGTERM)
        time.sleep(1)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=20)
    assert process.returncode == 143
    assert "Traceback" not in log
    assert len(written(tmp_path, "articles", "ecns")) == 2


@pytest.mark.usefixtures("opened")
def test_a_signal_ends_the_wait_for_the_lock(site: DailySite, tmp_path: Path) -> None:
    with running(site, tmp_path, until=3) as holder, waiting(site, tmp_path, holder) as patient:
        patient.send_signal(signal.SIGINT)
        _, log = patient.communicate(timeout=20)
        assert patient.returncode == 130
        assert "Traceback" not in log


def test_visits_too_are_refused_by_a_wall(site: DailySite, tmp_path: Path) -> None:
    crawl(site, tmp_path, *DUE, *NO_VISITS).check(0, "done")
    answer_articles(site, Answer(b"Forbidden", 403))
    site.asked.clear()
    crawl(site, tmp_path, *DUE).check(4, "blocked")
    assert WALL <= pages_asked(site) <= WALL + ON_ITS_WAY
    assert written(tmp_path, "states", "ecns") == []

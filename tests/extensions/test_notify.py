"""Real runs that tell a real webhook how they ended."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command_line import REPOSITORY, report, scrapy
from tests.downloading.local_site import Answer, Asked, LocalSite, serving
from tests.notification.webhook import Webhook, webhook
from tests.spiders.changing_site import DUE, ECNS, FAST, ChangingSite, changing

SAMPLE = REPOSITORY / "tests" / "fixtures" / "sample.warc.gz"


class RefusingSite(LocalSite):
    """Answers 403, whatever it is asked for."""

    def answer(self, asked: Asked) -> Answer:
        return Answer(b"Forbidden", 403)


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Webhook]:
    with webhook() as hook:
        monkeypatch.setenv("READOUTS_NOTIFY", hook.url)
        yield hook


@pytest.fixture
def refusing() -> Iterator[LocalSite]:
    site = RefusingSite({})
    with serving(site):
        yield site


def refused(site: LocalSite, directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    target = ("-s", f"CONNECT_TO={site.authority}", "-s", f"OUTPUT_DIR={directory}")
    return scrapy("crawl", "ecns", "-a", f"section={ECNS.section}", *target, *FAST, *arguments, expect=4)


def test_blocked_is_told_once_and_so_is_the_recovery(hook: Webhook, refusing: LocalSite, tmp_path: Path) -> None:
    # A sample is under no health rule: it is done once a page can be read.
    sample = ("-a", "sample=2")
    refused(refusing, tmp_path, *sample)
    (message,) = hook.messages
    assert message["title"] == "readouts ecns: blocked"
    assert message["type"] == "failure"
    lines = message["message"].splitlines()
    assert lines[0].startswith("blocked: nothing could be read: blocked https://www.ecns.cn/")
    assert lines[1:3] == ["Articles: 0", "Problems: 1 (1 blocked)"]
    assert lines[3].startswith(f"Run: {report(tmp_path)['started']} on ")
    assert lines[3].endswith(", exit code 4")
    assert lines[4:] == [
        f"Report: {tmp_path}/runs/{report(tmp_path)['run']}.json",
        f"What to do: scrapy doctor ecns -s OUTPUT_DIR={tmp_path}",
    ]
    hook.messages.clear()

    refused(refusing, tmp_path, *sample)
    assert hook.titles() == []

    with changing(ECNS, count=3) as site:
        site.crawl(tmp_path, *sample)
        (message,) = hook.messages
        assert (message["title"], message["type"]) == ("readouts ecns: recovered", "success")
        assert message["message"].splitlines()[:2] == ["Articles: 2 (2 new)", "Problems: 0"]
        assert "What to do" not in message["message"]
        hook.messages.clear()

        site.crawl(tmp_path, *sample)
        assert hook.titles() == []


def test_degraded_is_told_with_its_rules_and_a_mass_removal_each_time(hook: Webhook, tmp_path: Path) -> None:
    alarm = (*DUE, "-s", "MASS_REMOVAL_DOCUMENTS=2")
    # Four links are fewer than a listing must show.
    with changing(ECNS, count=4) as site:
        site.crawl(tmp_path, *alarm, expect=3)
        (message,) = hook.messages
        assert (message["title"], message["type"]) == ("readouts ecns: degraded", "warning")
        assert "listing-links: news/politics shows 4 articles on its first page" in message["message"]
        hook.messages.clear()

        site.crawl(tmp_path, *alarm, expect=3)
        assert hook.titles() == []

        remove(site, 0, 1)
        site.crawl(tmp_path, *alarm, expect=3)
        (message,) = hook.messages
        assert message["title"] == "readouts ecns: mass-removal"
        assert "mass-removal: 2 documents disappeared together" in message["message"]
        hook.messages.clear()

        remove(site, 2, 3)
        site.crawl(tmp_path, *alarm, expect=3)
        assert hook.titles() == ["readouts ecns: mass-removal"]


def remove(site: ChangingSite, *numbers: int) -> None:
    for number in numbers:
        site.delete(number)


def test_a_run_that_cannot_open_its_ledger_is_told(hook: Webhook, tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_text("no database, whatever its name says")
    scrapy("crawl", "ecns", "-a", f"replay={SAMPLE}", "-s", f"OUTPUT_DIR={tmp_path}", expect=1)
    (message,) = hook.messages
    assert message["title"] == "readouts ecns: failed"
    assert message["message"].startswith("ledger-damaged: ")


def test_a_run_that_cannot_write_its_report_is_told(hook: Webhook, tmp_path: Path) -> None:
    (tmp_path / "runs").touch()
    scrapy("crawl", "ecns", "-a", f"replay={SAMPLE}", "-s", f"OUTPUT_DIR={tmp_path}", expect=1)
    (message,) = hook.messages
    assert message["title"] == "readouts ecns: failed"
    assert message["message"].startswith("no-report: ")
    assert "\nReport: it could not be written\n" in message["message"]


def test_channels_that_fail_change_nothing_but_the_log(
    refusing: LocalSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with webhook(500) as broken, webhook(0) as silent:
        monkeypatch.setenv("READOUTS_NOTIFY", f"{broken.url}, {silent.url}, nonsense://hidden-path")
        log = refused(refusing, tmp_path, "-L", "DEBUG", "-s", "NOTIFY_TIMEOUT_SECONDS=2").stderr
    assert [line.partition("] ")[2] for line in log.splitlines() if "Not told" in line] == [
        "ERROR: Not told channel 1 (json): readouts ecns: blocked: Failed to send JSON POST notification: Internal "
        "server error., error=500.",
        "ERROR: Not told channel 2 (json): readouts ecns: blocked: no answer in 2 s",
        "ERROR: Not told channel 3 (nonsense): readouts ecns: blocked: apprise knows no such service, or its URL lacks "
        "something",
    ]
    for secret in ("opensesame", "hidden-path", "hidden-token"):
        assert secret not in log
    assert report(tmp_path)["result"] == "blocked"


def test_the_setting_goes_before_the_environment(hook: Webhook, refusing: LocalSite, tmp_path: Path) -> None:
    with webhook() as other:
        refused(refusing, tmp_path, "-s", f"NOTIFY_URLS={other.url}")
        assert other.titles() == ["readouts ecns: blocked"]
    assert hook.titles() == []


@pytest.mark.usefixtures("hook")
def test_without_apprise_a_line_says_so(refusing: LocalSite, tmp_path: Path) -> None:
    arguments = ["scrapy", "crawl", "ecns", "-a", "sample=1", "-s", f"CONNECT_TO={refusing.authority}"]
    arguments += ["-s", f"OUTPUT_DIR={tmp_path}", *FAST]
    # What is null there cannot be imported, and counts as missing.
    program = f"import sys; sys.modules['apprise'] = None; from scrapy.cmdline import execute; execute({arguments!r})"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 4, done.stderr
    assert [line.partition("] ")[2] for line in done.stderr.splitlines() if "readouts[notify]" in line] == [
        "WARNING: Disabled crawler.extensions.notify.Notify: nobody will be told: apprise is missing; "
        "pip install 'readouts[notify]'"
    ]


def test_without_a_channel_nobody_is_told(refusing: LocalSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("READOUTS_NOTIFY", raising=False)
    log = refused(refusing, tmp_path).stderr
    assert "notify" not in log.lower()


def test_apprise_is_imported_when_there_is_something_to_tell() -> None:
    program = "import crawler.extensions.notify, sys; sys.exit('apprise' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, timeout=60, check=True)

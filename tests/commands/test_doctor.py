"""`scrapy doctor` on sites that fail, each in its own way: served on the loopback interface, or from an archive."""

from __future__ import annotations

import datetime
import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.fixtures import FIXTURES
from tests.command_line import scrapy
from tests.diagnosis.daily_site import (
    FAST,
    LISTING,
    SECTION,
    DailySite,
    article_page,
    article_path,
    daily_site,
    evidence,
    found,
    today,
)
from tests.diagnosis.past import past_report, write_reports
from tests.downloading.local_site import Answer, local_site
from tests.spiders.changing_site import HTML, MFA, MFA_2014, invented

SAMPLE = FIXTURES / "sample.warc.gz"


@pytest.fixture
def site() -> Iterator[DailySite]:
    with daily_site() as served:
        yield served


def test_a_healthy_source(site: DailySite, tmp_path: Path) -> None:
    site.crawl(tmp_path)
    written = sorted(path for path in tmp_path.rglob("*") if path.suffix not in (".db-shm", ".db-wal"))
    examined = site.doctor(tmp_path)
    assert (examined["is_healthy"], examined["diagnoses"], examined["notes"]) == (True, [], [])
    assert "reports of live runs (1)" in examined["checked"]
    # Nothing is written: no archive, no report.
    assert sorted(path for path in tmp_path.rglob("*") if path.suffix not in (".db-shm", ".db-wal")) == written
    # The listing, the newest article, and the newest that was known before.
    assert site.paths() == ["/robots.txt", LISTING, article_path(0), article_path(1)]
    assert {asked.user_agent.partition("/")[0] for asked in site.asked} == {"Readouts"}


def test_what_a_reader_sees(site: DailySite, tmp_path: Path) -> None:
    healthy = scrapy("doctor", "ecns", *site.arguments(tmp_path)).stdout
    assert "\necns: nothing is wrong.\n" in healthy
    site.wall = Answer(b"no", 403)
    shown = scrapy("doctor", "ecns", *site.arguments(tmp_path), expect=1).stdout
    assert "\necns: 1 thing is wrong.\n  1. The site refuses us.  [blocked]\n" in shown
    assert f"     - https://www.ecns.cn{LISTING}: status 403" in shown
    assert "     To do: Stop for a day" in shown


@pytest.mark.parametrize(
    ("wall", "ailment", "words"),
    [
        (Answer(b"no", 403), "blocked", "status 403"),
        (
            Answer(b"<html><title>Security check</title><body>Verify you are human</body></html>", 200, HTML),
            "blocked",
            "«Security check»",
        ),
    ],
    ids=["403", "captcha"],
)
def test_a_wall(site: DailySite, tmp_path: Path, wall: Answer, ailment: str, words: str) -> None:
    site.wall = wall
    examined = site.doctor(tmp_path, expect=1)
    assert found(examined)[0] == ailment
    assert words in evidence(examined)
    # Whom it refuses asks no more.
    assert site.paths() == ["/robots.txt", LISTING]


def test_robots_forbid(site: DailySite, tmp_path: Path) -> None:
    site.answers["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /news/\n", 200, {"Content-Type": "text/plain"})
    examined = site.doctor(tmp_path, expect=1)
    assert found(examined) == ["robots"]
    assert evidence(examined) == f"https://www.ecns.cn{LISTING}: robots.txt says «Disallow: /news/»"
    assert site.paths() == ["/robots.txt"]


def test_nobody_answers(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        authority = f"127.0.0.1:{free.getsockname()[1]}"
    target = ("-s", f"CONNECT_TO={authority}", "-s", f"OUTPUT_DIR={tmp_path}", *FAST)
    done = scrapy("doctor", "ecns", "-a", f"section={SECTION}", *target, "--json", expect=1)
    _, examined = json.loads(done.stdout)
    assert found(examined) == ["connection"]
    assert "Connection refused" in evidence(examined)


def test_a_listing_that_is_gone(site: DailySite, tmp_path: Path) -> None:
    site.crawl(tmp_path)
    del site.answers[LISTING]
    site.redesign("</body>", '<a href="/politics-news/">Politics</a></body>')
    examined = site.doctor(tmp_path, expect=1)
    assert found(examined) == ["listing-moved"]
    assert f"https://www.ecns.cn{LISTING}: not-found" in evidence(examined)
    # The menu of an article that was known knows where the section is.
    assert "a link «Politics» leads to https://www.ecns.cn/politics-news/" in evidence(examined)


def test_a_listing_whose_class_was_renamed(site: DailySite, tmp_path: Path) -> None:
    site.redesign_listing('<ul class="bizlst dashedlne mart5 overhid">', '<ul class="feed">')
    # The old class lives on beside the list, for one link.
    beside = f'<ul class="bizlst"><li><h3><a href="{article_path(3)}">A report that many have read</a></h3></li></ul>'
    site.redesign_listing('<div class="bdyrgt floatrgt">', f'<div class="bdyrgt floatrgt">{beside}')
    examined = site.doctor(tmp_path, expect=1)
    assert found(examined) == ["listing-selector"]
    assert f"https://www.ecns.cn{LISTING}: 1 articles found" in evidence(examined)
    assert "links to articles: 11 in ul.feed > li > h3 > a" in evidence(examined)


def test_a_headline_in_another_element(site: DailySite, tmp_path: Path) -> None:
    site.redesign('<h1 class="contitle" id="contitle">', '<h2 class="story-head">')
    site.redesign("</h1>", "</h2>")
    examined = site.doctor(tmp_path, expect=1)
    assert found(examined) == ["layout-changed"]
    (diagnosis,) = examined["diagnoses"]
    assert "headline is lost" in diagnosis["what"]
    assert "ecns-2013: headline no longer stands in #contitle or h1" in diagnosis["evidence"]
    assert f"«{invented(0).headline}» in div.bdybox > div.bdylft.floatlft > h2.story-head" in evidence(examined)
    assert f"scrapy fixture capture https://www.ecns.cn{article_path(0)}" in diagnosis["advice"]


def test_dates_in_the_future(site: DailySite, tmp_path: Path) -> None:
    site.answers[article_path(0)] = Answer(article_page(0, "2099-01-02 10:00:00"), 200, HTML)
    examined = site.doctor(tmp_path, expect=1)
    assert found(examined) == ["dates-wrong"]
    assert "2099-01-02T10:00:00+08:00 is in the future (read from «2099-01-02 10:00:00»)" in evidence(examined)


def test_articles_without_a_date(tmp_path: Path) -> None:
    """The ministry's pages of old had no day in their URLs."""
    paths = [f"/mfa_eng/wjdt_665385/wshd_665389/t19900{number:02}.shtml" for number in range(6)]
    page = re.sub(
        rb'(id="News_Body_Time">)[^<]*<', rb'\1<p class="stamp">Vol. 12</p><', MFA_2014.around(invented(0).parts())
    )
    items = "".join(MFA.item.format(path=path, headline="A headline") for path in paths)
    pages: dict[str, Answer | list[Answer]] = {path: Answer(page, 200, HTML) for path in paths}
    pages[MFA.listing] = Answer(MFA.list_frame.around({"items": items, "pages": "1"}), 200, HTML)
    with local_site(pages) as served:
        target = ("-s", f"CONNECT_TO={served.authority}", "-s", f"OUTPUT_DIR={tmp_path}", *FAST)
        done = scrapy("doctor", "mfa", "-a", "section=wjbxw", *target, "--json", expect=1)
    _, examined = json.loads(done.stdout)
    assert found(examined) == ["undated"]


def test_offline_from_the_reports_alone(tmp_path: Path) -> None:
    lost = {"findings": [{"rule": "field-lost", "detail": "editor is filled in 0% of the articles, usually 97%"}]}
    good, bad = past_report("ecns"), past_report("ecns", result="degraded", exit_code=3, **lost)
    write_reports(tmp_path, good, good, bad, bad, bad)
    done = scrapy("doctor", "--offline", "--json", "-s", f"OUTPUT_DIR={tmp_path}", expect=1)
    # The only source that has run here.
    _, examined = json.loads(done.stdout)
    assert examined["subject"] == "ecns"
    assert found(examined) == ["health-rule"]
    (diagnosis,) = examined["diagnoses"]
    assert diagnosis["what"] == "The health rule field-lost fails."
    days = [today() - datetime.timedelta(days=number) for number in (2, 3)]
    assert diagnosis["evidence"] == [
        "editor is filled in 0% of the articles, usually 97%",
        f"so since {days[0]}T06:00:00Z (run {days[0]:%Y%m%d}T060000Z-ecns), 3 runs in a row; "
        f"the run before, {days[1]:%Y%m%d}T060000Z-ecns, was not so",
    ]


def test_the_sample_archive_in_place_of_the_site(tmp_path: Path) -> None:
    done = scrapy(
        "doctor", "mfa", "hk_commissioner", "-a", f"replay={SAMPLE}", "--json", "-s", f"OUTPUT_DIR={tmp_path}"
    )
    _, mfa, office = json.loads(done.stdout)
    assert (mfa["subject"], office["subject"]) == ("mfa", "hk_commissioner")
    # Its two pages that must be refused are no sign of anything.
    assert mfa["is_healthy"]
    assert sum("t1785554" in note or "t1785701" in note for note in mfa["notes"]) == 2
    assert "articles (10)" in mfa["checked"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("ministry",), "there is no source ministry"),
        (("ecns", "-a", "sample=3"), "doctor takes no argument sample"),
        (("ecns", "-a", "section=nowhere"), "section=nowhere is not known"),
        (("mfa", "-a", "replay=nothing.warc.gz"), "there is no such file"),
        (("mfa", "-s", "CONNECT_TO=198.51.100.7:80"), "loopback"),
    ],
)
def test_wrong_arguments(arguments: tuple[str, ...], message: str, tmp_path: Path) -> None:
    done = scrapy("doctor", *arguments, "-s", f"OUTPUT_DIR={tmp_path}", expect=2)
    assert message in done.stderr

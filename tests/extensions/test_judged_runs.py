"""Which runs are judged, and compared with which. What the rules are, tests/extraction/test_health.py shows."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crawler.extensions.run_report import reports
from crawler.extensions.summary import summary
from tests.command_line import REPOSITORY, report, scrapy
from tests.diagnosis.daily_site import LISTING, SECTION, DailySite, article_path, daily_site, listing_page
from tests.downloading.local_site import Answer
from tests.spiders.changing_site import HTML

MANY, FEW = 26, 11
SAMPLE = REPOSITORY / "tests" / "fixtures" / "sample.warc.gz"


def crawl(site: DailySite, directory: Path, *arguments: str, expect: int = 0) -> dict[str, Any]:
    scrapy("crawl", "ecns", *site.arguments(directory), *arguments, expect=expect)
    return report(directory)


def show(site: DailySite, count: int) -> None:
    """The listing shows so many of the articles."""
    site.answers[LISTING] = Answer(listing_page(count), 200, HTML)


@pytest.fixture(scope="module")
def site() -> Iterator[DailySite]:
    with daily_site(MANY) as site:
        yield site


@pytest.fixture(scope="module")
def thrice(site: DailySite, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What three runs of all articles left: one that was, and its report twice more."""
    directory = tmp_path_factory.mktemp("thrice")
    show(site, MANY)
    first = crawl(site, directory)
    assert (first["result"], first["articles"]) == ("done", MANY)
    for name in ("20200101T000000Z-ecns", "20200102T000000Z-ecns"):
        (directory / "runs" / f"{name}.json").write_text(json.dumps(first | {"run": name}))
    return directory


@pytest.fixture
def after(thrice: Path, tmp_path: Path) -> Path:
    shutil.copytree(thrice, tmp_path / "output")
    return tmp_path / "output"


def test_a_listing_is_compared_with_what_it_used_to_show(site: DailySite, after: Path) -> None:
    show(site, FEW)
    judged = crawl(site, after, expect=3)
    assert judged["findings"] == [
        {"rule": "listing-shrunk", "detail": f"news/politics shows {FEW} articles, usually {MANY}"}
    ]


def test_a_run_with_other_arguments_is_another_thing(site: DailySite, after: Path) -> None:
    show(site, FEW)
    assert crawl(site, after, "-a", "edition=en")["findings"] == []


def test_two_runs_are_too_few(site: DailySite, after: Path) -> None:
    (after / "runs" / "20200101T000000Z-ecns.json").unlink()
    show(site, FEW)
    assert crawl(site, after)["findings"] == []


def test_runs_that_did_not_end_are_no_measure(site: DailySite, after: Path) -> None:
    path = after / "runs" / "20200101T000000Z-ecns.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"finish_reason": "shutdown"}))
    show(site, FEW)
    assert crawl(site, after)["findings"] == []


def test_reports_of_an_earlier_release_are_no_measure(site: DailySite, after: Path) -> None:
    path = after / "runs" / "20200101T000000Z-ecns.json"
    path.write_text(json.dumps({"run": path.stem, "source": "ecns", "articles": 3}))
    show(site, FEW)
    assert crawl(site, after)["findings"] == []


@pytest.mark.parametrize("extent", [("sample=2",), ("since=2020-01-01",), ("until=2099-01-01",)])
def test_a_part_is_not_judged(site: DailySite, tmp_path: Path, extent: tuple[str]) -> None:
    show(site, 3)
    judged = crawl(site, tmp_path, "-a", *extent)
    assert (judged["is_full"], judged["findings"], judged["result"]) == (False, [], "done")
    assert judged["sections"][SECTION]["first_page_links"] == 3


def test_a_replay_is_not_judged(tmp_path: Path) -> None:
    scrapy("crawl", "ecns", "-a", f"replay={SAMPLE}", "-s", f"OUTPUT_DIR={tmp_path}")
    judged = report(tmp_path)
    assert judged["problem_counts"]
    assert (judged["is_full"], judged["findings"]) == (False, [])


def test_problems_of_listings_are_told_apart(site: DailySite, tmp_path: Path) -> None:
    show(site, MANY)
    gone = Answer(b"not here", 404)
    site.answers |= {article_path(0): gone}
    scrapy("crawl", "ecns", *site.arguments(tmp_path), "-a", f"section={SECTION},world,travel", expect=3)
    site.answers[article_path(0)] = site.answers[article_path(1)]
    judged = report(tmp_path)
    assert judged["problem_counts"] == {"not-found": 3}
    assert judged["listing_problem_counts"] == {"not-found": 2}
    assert judged["sections_asked"] == [SECTION, "world", "travel"]
    assert [finding["rule"] for finding in judged["findings"]] == ["sections-read"]


# --- reports


def write(directory: Path, name: str, **fields: Any) -> None:
    directory.mkdir(exist_ok=True)
    (directory / f"{name}.json").write_text(json.dumps({"run": name, "source": "mfa"} | fields))


def test_reports_come_the_latest_first(tmp_path: Path) -> None:
    second = "20261122T012345Z-mfa"
    names = [f"{second}-{number}" for number in (2, 10, 9)]
    for name in (second, *names, "20261121T235959Z-mfa", "20261122T012346Z-mfa"):
        write(tmp_path, name)
    assert [found["run"] for found in reports(tmp_path, "mfa")] == [
        "20261122T012346Z-mfa",
        f"{second}-10",
        f"{second}-9",
        f"{second}-2",
        second,
        "20261121T235959Z-mfa",
    ]


def test_what_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, "20261122T000001Z-mfa")
    write(tmp_path, "20261122T000002Z-mfa-other", source="mfa-other")
    (tmp_path / "20261122T000003Z-mfa.json").write_text('{"run": "20261122T00')
    (tmp_path / "20261122T000004Z-mfa.json").write_text('["mfa"]')
    (tmp_path / "20261122T000005Z-mfa.json").mkdir()
    (tmp_path / ".20261122T000006Z-mfa.77.draft").write_text("{}")
    assert [found["run"] for found in reports(tmp_path, "mfa")] == ["20261122T000001Z-mfa"]
    assert list(reports(tmp_path / "nowhere", "mfa")) == []


def test_a_summary_does_not_list_hundreds_of_sections(thrice: Path) -> None:
    findings = [{"rule": "listing-links", "detail": f"post/{number} shows 0 articles"} for number in range(400)]
    findings.append({"rule": "newest-too-old", "detail": "the newest document is of 2026-01-01"})
    run = next(reports(thrice / "runs", "ecns")) | {"findings": findings}
    lines = [(name, value) for name, value in summary(run) if name in ("listing-links", "newest-too-old")]
    assert lines == [
        *(("listing-links", f"post/{number} shows 0 articles") for number in range(5)),
        ("listing-links", "and 395 more"),
        ("newest-too-old", "the newest document is of 2026-01-01"),
    ]

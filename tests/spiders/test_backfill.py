"""`scrapy crawl SOURCE -a via=`: a source read from a web archive; three of them, and what refuses and stops a run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.command_line import report, scrapy, written
from tests.webarchives.captures import (
    COMMISSIONER,
    DOCUMENTS,
    ENDED,
    HALF,
    MOVED,
    NEVER,
    RECENT,
    REVISED,
    TWO_HOSTS,
    TWO_PAGES,
    everything,
    mfa,
    write_crawls,
    write_warcs,
)
from tests.webarchives.common_crawl import common_crawl
from tests.webarchives.pywb_collection import PywbCollection, needs_pywb, pywb_collection
from tests.webarchives.wayback import Wayback, wayback

SOURCES = ("mfa", "xinhua", "hk_commissioner")
#: Captures to fetch, by source: all pages of documents but further ones, and what a document shows a third time.
CAPTURES = {"mfa": 13, "xinhua": 5, "hk_commissioner": 1}
FAST = ("-s", "DOWNLOAD_DELAY=0", "-s", "BACKOFF_SECONDS=0.01", "-s", "RETRY_TIMES=1")


def fill_back(source: str, directory: Path, *arguments: str, expect: int = 0) -> str:
    return scrapy("crawl", source, *arguments, "-s", f"OUTPUT_DIR={directory}", *FAST, expect=expect).stdout


def articles(directory: Path) -> dict[str, list[dict[str, Any]]]:
    """By document, in the order of the lines."""
    found: dict[str, list[dict[str, Any]]] = {}
    for source in SOURCES:
        for kind in ("articles", "copies"):
            for line in written(directory, kind, source):
                found.setdefault(line["id"], []).append(line)
    return found


@dataclass
class Filled:
    """What pywb was asked by a plan, by a run after it, and by another run after that; and what was written."""

    collection: PywbCollection
    directory: Path
    plans: dict[str, str]
    asked: dict[str, list[str]]

    @property
    def articles(self) -> dict[str, list[dict[str, Any]]]:
        return articles(self.directory)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    place = tmp_path_factory.mktemp("pywb")
    with pywb_collection(place, *write_warcs(place, everything())) as collection:
        one = Filled(collection, place / "output", {}, {})
        via = f"via={collection.url}/cdx"
        for step, arguments in (("plan", ["--plan"]), ("run", []), ("again", [])):
            before = len(collection.paths())
            for source in SOURCES:
                said = fill_back(source, one.directory, "-a", via, *arguments)
                if arguments:
                    one.plans[source] = said
            one.asked[step] = collection.paths()[before:]
        yield one


def captures(paths: list[str]) -> list[str]:
    """The articles' first pages among what was asked for."""
    return [path for path in paths if "id_/" in path and not path.endswith("_2.htm")]


@needs_pywb
def test_every_document_is_found_once(filled: Filled) -> None:
    assert sorted(filled.articles) == sorted((*DOCUMENTS, HALF))
    assert NEVER not in filled.articles
    revisions = {document: len(lines) for document, lines in filled.articles.items()}
    assert revisions.pop(REVISED) == 3
    assert set(revisions.values()) == {1}


@needs_pywb
def test_an_article_is_the_origin_s_and_names_the_capture(filled: Filled) -> None:
    article = filled.articles[RECENT][0]
    assert article["url"] == "https://www.mfa.gov.cn/eng/xw/wjbxw/202407/t20240711_11450006.html"
    assert article["date_retrieved"] in ("2024-07-12T00:00:00Z", "2025-01-12T00:00:00Z")
    assert article["date_published"][:10] == "2024-07-11"
    capture = article["capture"]
    assert capture["archive"] == filled.collection.authority
    assert capture["timestamp"] == re.sub(r"\D", "", article["date_retrieved"])
    assert re.fullmatch(r"[A-Z2-7]{32}", capture["digest"])
    # And the record in our own archive that has what was answered.
    assert (filled.directory / "archive" / "mfa" / capture["file"]).exists()
    assert capture["record_id"].startswith("urn:uuid:")


@needs_pywb
def test_each_page_is_read_with_the_layout_of_its_day(filled: Filled) -> None:
    assert {document: filled.articles[document][0]["layout"] for document in (MOVED, RECENT, TWO_PAGES)} == {
        MOVED: "mfa-en-2014",
        RECENT: "mfa-en-2024",
        TWO_PAGES: "xinhua-wide",
    }
    assert len(filled.articles[COMMISSIONER]) == 1


@needs_pywb
def test_an_article_of_two_pages_has_both_texts(filled: Filled) -> None:
    whole, half = filled.articles[TWO_PAGES][0]["article_body"], filled.articles[HALF][0]["article_body"]
    assert len(whole) > len(half)
    first = report_of(filled, "xinhua")
    assert first["problem_counts"] == {"not-archived": 1}


def report_of(filled: Filled, source: str) -> dict[str, Any]:
    """Of the first run that fetched anything."""
    reports = [json.loads(path.read_text()) for path in sorted((filled.directory / "runs").glob(f"*-{source}*.json"))]
    return next(one for one in reports if one["articles"])


@needs_pywb
def test_what_an_archive_has_of_a_removal_is_none(filled: Filled) -> None:
    assert not list((filled.directory / "states").glob("*.jsonl")) or not written(filled.directory, "states", "mfa")
    assert report_of(filled, "mfa")["problem_counts"] == {"soft-404": 2}
    history = scrapy("history", ENDED, "-s", f"OUTPUT_DIR={filled.directory}").stdout
    assert "gone" not in history
    assert "missing" not in history


@needs_pywb
def test_two_hosts_of_one_document_are_two_captures_of_it(filled: Filled) -> None:
    history = scrapy("history", TWO_HOSTS, "-s", f"OUTPUT_DIR={filled.directory}").stdout
    assert "2018-09-05" in history
    assert "2018-11-09" in history


@needs_pywb
def test_a_plan_is_what_is_fetched(filled: Filled) -> None:
    assert captures(filled.asked["plan"]) == []
    for source, count in CAPTURES.items():
        assert re.search(rf"\bdocuments?\b.*\b{count}\b", filled.plans[source]), filled.plans[source]
    assert len(captures(filled.asked["run"])) == sum(CAPTURES.values())
    # What the plan was told was not asked for again.
    assert not [path for path in filled.asked["run"] if "/cdx?" in path]


@needs_pywb
def test_what_is_known_is_not_asked_for_again(filled: Filled) -> None:
    assert filled.asked["again"] == []


@needs_pywb
def test_the_run_s_own_archive_reads_the_same(filled: Filled, tmp_path: Path) -> None:
    assert "Nothing changes." in scrapy("reextract", "-s", f"OUTPUT_DIR={filled.directory}").stdout
    assert "The record is whole." in scrapy("ledger", "check", "-s", f"OUTPUT_DIR={filled.directory}").stdout
    for source in SOURCES:
        scrapy("crawl", source, "-a", f"replay={filled.directory}/archive", "-s", f"OUTPUT_DIR={tmp_path}")
    # But for what only the web archive's own index has told.
    assert shown(articles(tmp_path)) == shown(filled.articles)


def shown(found: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    places = ("file", "record_id")
    return {
        document: [line | {"capture": {name: line["capture"][name] for name in places}} for line in lines]
        for document, lines in found.items()
    }


# --- the other archives


@pytest.fixture
def machine() -> Iterator[Wayback]:
    with wayback(mfa()) as site:
        yield site


def known(document: str) -> bool:
    return document.startswith("mfa:")


def test_the_wayback_machine(machine: Wayback, tmp_path: Path) -> None:
    fill_back("mfa", tmp_path, "-a", "via=wayback", "-s", f"CONNECT_TO={machine.authority}")
    found = articles(tmp_path)
    assert sorted(found) == sorted(filter(known, DOCUMENTS))
    assert {line["capture"]["archive"] for lines in found.values() for line in lines} == {"wayback"}
    assert len(machine.paths_below("/web/")) == CAPTURES["mfa"]


def test_common_crawl(tmp_path: Path) -> None:
    with common_crawl(write_crawls(tmp_path, mfa()), lines_per_block=3) as crawls:
        fill_back("mfa", tmp_path / "output", "-a", "via=commoncrawl", "-s", f"CONNECT_TO={crawls.authority}")
    found = articles(tmp_path / "output")
    assert sorted(found) == sorted(filter(known, DOCUMENTS))
    assert len(found[REVISED]) == 3
    assert {line["capture"]["archive"] for lines in found.values() for line in lines} == {"commoncrawl"}


def test_some_days_one_section_a_sample(machine: Wayback, tmp_path: Path) -> None:
    via = ("-a", "via=wayback", "-s", f"CONNECT_TO={machine.authority}")
    fill_back("mfa", tmp_path / "days", *via, "-a", "since=2015-03-11", "-a", "until=2015-12-31")
    assert sorted(articles(tmp_path / "days")) == [REVISED, ENDED]
    # Today's section, and the directory that it had before.
    fill_back("mfa", tmp_path / "section", *via, "-a", "section=wjbxw")
    assert sorted(articles(tmp_path / "section")) == sorted(filter(known, DOCUMENTS))
    fill_back("mfa", tmp_path / "other", *via, "-a", "section=zyjh")
    assert articles(tmp_path / "other") == {}
    fill_back("mfa", tmp_path / "sample", *via, "-a", "sample=2")
    assert len(articles(tmp_path / "sample")) == 2


# --- refused, and stopped


def test_a_refusal_stops_the_run_and_the_next_goes_on(machine: Wayback, tmp_path: Path) -> None:
    via = ("-a", "via=wayback", "-s", f"CONNECT_TO={machine.authority}")
    machine.refuse(429, path="/web/", after=3, times=100, retry_after=0)
    fill_back("mfa", tmp_path, *via, expect=4)
    assert report(tmp_path)["result"] == "blocked"
    machine.refusals.clear()
    machine.asked.clear()
    fill_back("mfa", tmp_path, *via)
    assert sorted(articles(tmp_path)) == sorted(filter(known, DOCUMENTS))
    # Neither what the index told nor the three captures that came were asked for again.
    assert machine.paths_below("/cdx/") == []
    assert len(machine.paths_below("/web/")) == CAPTURES["mfa"] - 3


def test_an_index_that_refuses(machine: Wayback, tmp_path: Path) -> None:
    via = ("-a", "via=wayback", "-s", f"CONNECT_TO={machine.authority}", "-s", "WALL_REFUSALS=2")
    machine.refuse(403, path="/cdx/", times=100)
    fill_back("mfa", tmp_path, *via, expect=4)
    assert articles(tmp_path) == {}
    machine.refusals.clear()
    fill_back("mfa", tmp_path, *via)
    assert sorted(articles(tmp_path)) == sorted(filter(known, DOCUMENTS))


def test_an_archive_that_is_not_there(tmp_path: Path) -> None:
    fill_back("mfa", tmp_path, "-a", "via=http://127.0.0.1:1/news/cdx", expect=1)
    assert report(tmp_path)["failure"].startswith("nothing-read: ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-a", "via=nowhere"), "neither wayback nor commoncrawl nor the URL of a CDX server"),
        (
            ("-a", "via=wayback", "-a", "replay=tests/fixtures/sample.warc.gz"),
            "replay= and via=wayback exclude each other",
        ),
        (("-a", "via=wayback", "-a", "recheck=all"), "recheck= and via=wayback exclude each other"),
        (("--plan",), "a plan is of what a web archive has"),
        (("-a", "via=live", "--plan"), "a plan is of what a web archive has"),
        (("-a", "via=wayback", "-a", "plan=maybe"), "plan=maybe"),
    ],
)
def test_wrong_arguments(arguments: tuple[str, ...], words: str, tmp_path: Path) -> None:
    done = scrapy("crawl", "mfa", *arguments, "-s", f"OUTPUT_DIR={tmp_path}", expect=2)
    assert words in done.stderr + done.stdout
    assert not list(tmp_path.iterdir())

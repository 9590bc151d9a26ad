"""Known documents are visited again: which, when, and without storing a body for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from tests.command_line import report, written
from tests.downloading.local_site import Answer, Asked
from tests.spiders.changing_site import DUE, ECNS, HTML, NO_VISITS, UNJUDGED, ChangingSite, changing, invented

STAMP = 1_700_000_000
#: These pages have an ETag and a Last-Modified.
VALIDATED = {3, 4, 5}
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
IDENTICAL = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"


@dataclass
class Unchanged:
    """What two runs over a site that stays as it is did and wrote."""

    site: ChangingSite
    directory: Path
    first: dict[str, bytes]
    second: dict[str, bytes]
    asked: list[Asked]
    report: dict[str, Any]

    def of(self, number: int) -> Asked:
        """What the second run asked of a document."""
        [asked] = [asked for asked in self.asked if asked.path == self.site.documents[number].path]
        return asked


def lines_of(directory: Path) -> dict[str, bytes]:
    """The contents of all JSON Lines by path."""
    return {str(path.relative_to(directory)): path.read_bytes() for path in sorted(directory.rglob("*.jsonl"))}


def records(directory: Path) -> Iterator[WarcRecord]:
    """The records that the last run added to the archive."""
    newest = max((directory / "archive" / "ecns").glob("*.warc.gz"), key=lambda path: path.name)
    with newest.open("rb") as stream:
        for record in ArchiveIterator(stream, parse_http=False):
            record.freeze()
            yield record


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Unchanged]:
    directory = tmp_path_factory.mktemp("unchanged")
    with changing(ECNS, 6) as site:
        for number in VALIDATED:
            site.documents[number].stamp = STAMP
        site.crawl(directory, *UNJUDGED, *DUE, *NO_VISITS)
        first = lines_of(directory)
        site.crawl(directory, *UNJUDGED, *DUE)
        yield Unchanged(site, directory, first, lines_of(directory), [*site.asked], report(directory))


def test_what_is_unchanged_gives_no_line(unchanged: Unchanged) -> None:
    assert unchanged.first["articles/ecns.jsonl"].count(b"\n") == 6
    assert unchanged.second == unchanged.first
    assert not any(data for path, data in unchanged.second.items() if not path.startswith("articles/"))


def test_every_document_is_visited_once(unchanged: Unchanged) -> None:
    pages = Counter(asked.path for asked in unchanged.asked if "detail" in asked.path)
    assert pages == {document.path: 1 for document in unchanged.site.documents.values()}
    assert unchanged.report["visits"] == 6
    assert unchanged.report["problems"] == []


@pytest.mark.parametrize("number", sorted(VALIDATED))
def test_validators_are_sent_where_the_site_gave_them(number: int, unchanged: Unchanged) -> None:
    headers = unchanged.of(number).headers
    assert headers["If-None-Match"] == unchanged.site.etag(number)
    assert headers["If-Modified-Since"] == formatdate(STAMP, usegmt=True)


def test_and_nowhere_else(unchanged: Unchanged) -> None:
    others = [asked for asked in unchanged.asked if asked not in [unchanged.of(number) for number in VALIDATED]]
    assert not [asked for asked in others if asked.headers["If-None-Match"] or asked.headers["If-Modified-Since"]]


def test_no_body_is_stored_again(unchanged: Unchanged) -> None:
    stored = [record for record in records(unchanged.directory) if record.record_type != WarcRecordType.request]
    assert [record.record_type for record in stored] == [WarcRecordType.warcinfo] + [WarcRecordType.revisit] * 8
    profiles = {record.headers["WARC-Target-URI"]: record.headers["WARC-Profile"] for record in stored[1:]}
    assert profiles == {
        "https://www.ecns.cn/robots.txt": IDENTICAL,
        "https://www.ecns.cn/news/politics/index.shtml": IDENTICAL,
    } | {unchanged.site.url(number): NOT_MODIFIED if number in VALIDATED else IDENTICAL for number in range(6)}
    # The header of the response, and no body behind it.
    assert all(record.reader.read().endswith(b"\r\n\r\n") for record in stored[1:])


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        (("-s", "RECHECK_BUDGET=2"), 2),
        (("-a", "sample=1"), 0),
        (("-a", "since=2026-03-01", "-a", "until=2026-04-01"), 0),
    ],
)
def test_visits_are_bounded(arguments: tuple[str, ...], count: int, unchanged: Unchanged) -> None:
    unchanged.site.crawl(unchanged.directory, *UNJUDGED, *DUE, *arguments)
    assert len(unchanged.site.visited()) == count
    assert report(unchanged.directory)["visits"] == count


def test_a_first_page_says_nothing_of_the_second(tmp_path: Path) -> None:
    """An article of two pages, the first of which has an ETag, is changed on the second."""
    with changing(ECNS, 1) as site:
        site.documents[0].stamp = STAMP
        second = site.documents[0].path.replace(".shtml", "_2.shtml")
        first_page = site.documents[0].text.paragraphs
        site.set(0, paragraphs=(*first_page, f'<a href="{second}">2</a>'))
        for line in ("The second page.", "The second page, with more to say."):
            page = ECNS.frame.around(invented(7).parts() | {"body": f"<p>{line}</p>"})
            site.answers[second] = Answer(page, 200, HTML)
            site.crawl(tmp_path, *UNJUDGED, *DUE)
    revisions = [(line["revision"], line["article_body"]) for line in written(tmp_path, "articles", "ecns")]
    shown = "\n\n".join(first_page)
    assert revisions == [(1, f"{shown}\n\nThe second page."), (2, f"{shown}\n\nThe second page, with more to say.")]


# --- listings


@dataclass
class Listed:
    """What each run visited, and the states it found. Nothing is due: all was read a moment ago."""

    site: ChangingSite
    directory: Path
    visited: list[set[int]]
    reports: list[dict[str, Any]]

    def run(self) -> None:
        self.site.crawl(self.directory, *UNJUDGED)
        self.visited.append(self.site.visited())
        self.reports.append(report(self.directory))


TAKEN_OUT, TAKEN_DOWN, LAST, NEWEST = 3, 5, 7, 8


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listed]:
    """Items leave the listing from its middle, one with its page, and from its end; then the one comes back."""
    with changing(ECNS, 8) as site:
        listed = Listed(site, tmp_path_factory.mktemp("listed"), [], [])
        listed.run()
        for number in (TAKEN_OUT, TAKEN_DOWN, LAST):
            site.listed.remove(number)
        site.delete(TAKEN_DOWN)
        site.publish(NEWEST)
        listed.run()
        listed.run()
        site.serve(TAKEN_DOWN, None)
        site.listed.insert(4, TAKEN_DOWN)
        listed.run()
        yield listed


def test_nothing_is_visited_before_its_day(listed: Listed) -> None:
    assert [found["visits"] for found in listed.reports] == [0, 2, 0, 1]
    assert listed.visited[2] == set()


def test_what_left_the_listing_from_its_middle_is_visited_at_once(listed: Listed) -> None:
    assert listed.visited[1] == {TAKEN_OUT, TAKEN_DOWN, NEWEST}
    assert listed.reports[1]["outcomes"]["new"] == 1


def test_that_it_left_the_listing_does_not_make_it_missing(listed: Listed) -> None:
    rows = written(listed.directory, "states", "ecns")
    assert [(row["document"], row["state"]) for row in rows] == [
        (listed.site.id(TAKEN_DOWN), "missing"),
        (listed.site.id(TAKEN_DOWN), "returned"),
    ]


def test_what_is_listed_again_is_visited_at_once(listed: Listed) -> None:
    assert listed.visited[3] == {TAKEN_DOWN}
    assert listed.reports[3]["states"] == {"returned": 1}

"""The page, as a browser and a reader get it."""

from __future__ import annotations

import datetime
from html.parser import HTMLParser

import pytest
from lxml import html

from crawler.coverage.chart import chart
from crawler.coverage.page import page
from crawler.coverage.reckoning import Coverage, Reckoning
from tests.coverage.examples import conference, day, document, weekdays

MADE = datetime.datetime(2026, 11, 22, 6, 0, tzinfo=datetime.UTC)
HOSTILE = "</script><script>alert(1)</script><b>&"
#: Elements that have no end tag.
_VOID = frozenset(("meta", "link", "br", "img", "hr", "input"))


class Balance(HTMLParser):
    """Raises where an end tag closes another element than the last one open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, self.getpos()


def coverage(section: str = "Regular Press Conference") -> Coverage:
    """Three months of press conferences with a day missing, and a month with few speeches."""
    counted = Reckoning()
    for number, on in enumerate(weekdays("2021-03-01", "2021-05-31")):
        if on != "2021-04-14":
            counted.add(conference(on, id=f"mfa:t{1_900_000 + number * 40}", section=section))
    for month, count in ((2, 6), (3, 6), (4, 1), (5, 6), (6, 6)):
        for _ in range(count):
            counted.add(document(on=f"2021-{month:02}-02", section="Speeches", found="wayback"))
    return counted.coverage("mfa", "month", sections=[], since=None, until=None, today=day("2026-11-22"))


def written(covered: Coverage) -> str:
    return "".join(page(covered, chart(covered), MADE))


@pytest.fixture(scope="module")
def text() -> str:
    return written(coverage())


def test_well_formed(text: str) -> None:
    assert text.startswith("<!DOCTYPE html>\n")
    balance = Balance()
    balance.feed(text)
    assert balance.open == []


def test_it_needs_nothing_from_elsewhere(text: str) -> None:
    tree = html.document_fromstring(text)
    assert tree.xpath("//link | //img | //iframe | //@src | //@href") == []


def test_tables(text: str) -> None:
    tree = html.document_fromstring(text)
    rows = [[cell.text_content() for cell in row] for row in tree.iter("tr")]
    assert ["month", "section", "documents", "live", "wayback"] in rows
    assert ["2021-03", "Regular Press Conference", "23", "23", ""] in rows
    assert ["2021-04", "Speeches", "1", "", "1"] in rows
    assert ["Speeches", "2021-04", "2021-04", "1", "6 a month"] in rows
    assert ["en", "2021-04-14", "2021-04-14", "1", "missing", ""] in rows
    assert tree.findtext(".//h1") == "Coverage of mfa"
    assert "2026-11-22 06:00 UTC" in tree.text_content()


def test_the_chart_is_drawn_from_the_counts(text: str) -> None:
    # What plotly is called with; how it looks in a browser was seen by a human.
    call = text[text.rindex("Plotly.newPlot(") :]
    assert '"name":"Speeches","x":["2021-02-01","2021-03-01","2021-04-01","2021-05-01","2021-06-01"]' in call
    assert '"y":[6,6,1,6,6]' in call


def test_names_are_text() -> None:
    text = written(coverage(HOSTILE))
    assert HOSTILE not in text
    tree = html.document_fromstring(text)
    assert ["2021-03", HOSTILE, "23", "23", ""] in [[cell.text_content() for cell in row] for row in tree.iter("tr")]
    assert not [script for script in tree.iter("script") if (script.text or "").startswith("alert")]


def test_chart_by_years() -> None:
    counted = Reckoning()
    for number in range(20):
        counted.add(document(on="2021-03-02", section=f"section {number:02}"))
    covered = counted.coverage("mfa", "year", sections=[], since=None, until=None, today=day("2026-11-22"))
    call = chart(covered).rpartition("Plotly.newPlot(")[2]
    assert '"name":"section 11","x":["2021-01-01"],"y":[1]' in call
    # A legend must be readable.
    assert '"name":"all other sections","x":["2021-01-01"],"y":[8]' in call

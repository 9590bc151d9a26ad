"""What a publisher changes is a revision; what changes around a text is none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum, auto
from pathlib import Path
from typing import Any

import pytest

from tests.command_line import report, scrapy, written
from tests.spiders.changing_site import (
    DUE,
    ECNS,
    ECNS_2017,
    MFA,
    MFA_2024,
    NO_VISITS,
    UNJUDGED,
    ChangingSite,
    changing,
)

BEFORE = "A grey heron stood on the pier. The ferry left at noon with nine goats. Nobody waved."
SENTENCE = "The ferry left at dusk with nine goats and a piano."
AFTER = BEFORE.replace("The ferry left at noon with nine goats.", SENTENCE)


class Its(IntEnum):
    """What is changed of each document of the site, by number."""

    NOTHING = 0
    SENTENCE = auto()
    HEADLINE = auto()
    WHITE_SPACE = auto()
    TYPOGRAPHY = auto()
    SURROUNDINGS = auto()  # the count of comments, the related list, the ticker
    FRAME = auto()
    VALIDATED_SENTENCE = auto()  # on a page with an ETag
    EDITED_BACK = auto()


@dataclass
class Runs:
    """The site, what the runs wrote, and the new lines of each run."""

    site: ChangingSite
    directory: Path
    articles: list[list[dict[str, Any]]] = field(default_factory=list)
    revisions: list[list[dict[str, Any]]] = field(default_factory=list)
    reports: list[dict[str, Any]] = field(default_factory=list)

    def run(self, *arguments: str) -> None:
        self.site.crawl(self.directory, *UNJUDGED, *DUE, *arguments)
        for runs, kind in ((self.articles, "articles"), (self.revisions, "revisions")):
            known = sum(map(len, runs))
            runs.append(written(self.directory, kind, self.site.outlet.source)[known:])
        self.reports.append(report(self.directory))

    def article(self, number: int, run: int) -> dict[str, Any]:
        """The one line of a document in a run; the first is number 0."""
        [line] = [line for line in self.articles[run] if line["id"] == self.site.id(number)]
        return line

    def revision(self, number: int, run: int) -> dict[str, Any]:
        [row] = [row for row in self.revisions[run] if row["document"] == self.site.id(number)]
        return row

    def history(self, number: int) -> str:
        return scrapy("history", self.site.id(number), "-s", f"OUTPUT_DIR={self.directory}").stdout


def prepare(site: ChangingSite) -> None:
    herons = f"{BEFORE} “Not even I,” said the keeper — he had his hands full…"
    for number in (Its.SENTENCE, Its.VALIDATED_SENTENCE, Its.TYPOGRAPHY, Its.EDITED_BACK):
        first, *others = site.documents[number].text.paragraphs
        site.set(number, paragraphs=(first, herons, *others))
    site.documents[Its.VALIDATED_SENTENCE].stamp = 1_700_000_000


def change(site: ChangingSite) -> None:
    for number in (Its.SENTENCE, Its.VALIDATED_SENTENCE, Its.EDITED_BACK):
        site.edit(number, BEFORE, AFTER)
    site.set(Its.HEADLINE, headline="Herons are told to wave")
    first, second, third = site.documents[Its.WHITE_SPACE].text.paragraphs
    site.set(Its.WHITE_SPACE, paragraphs=(f"\u3000\u3000{first} ", second.replace(" ", "&nbsp; ", 5), "&nbsp;", third))
    for curly, straight in (("“", '"'), ("”", '"'), ("—", "--"), ("…", "...")):
        site.edit(Its.TYPOGRAPHY, curly, straight)
    site.set(Its.SURROUNDINGS, comments=1207, related="Goats at sea", ticker="Piano found in the bay")
    site.redesign(Its.FRAME, ECNS_2017)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """Three runs: all is new; much has changed; one text is changed back."""
    with changing(ECNS, len(Its)) as site:
        prepare(site)
        runs = Runs(site, tmp_path_factory.mktemp("revisions"))
        runs.run(*NO_VISITS)
        change(site)
        runs.run()
        site.edit(Its.EDITED_BACK, AFTER, BEFORE)
        runs.run()
        yield runs


@pytest.mark.parametrize("number", [Its.SENTENCE, Its.VALIDATED_SENTENCE])
def test_a_sentence_that_is_edited_is_one_revision(number: Its, runs: Runs) -> None:
    line = runs.article(number, run=1)
    assert (line["revision"], line["correction"], line["relation"]) == (2, None, None)
    assert SENTENCE in line["article_body"]
    row, first = runs.revision(number, run=1), runs.article(number, run=0)
    assert (row["kind"], row["changed"], row["fields"]) == ("revision", ["article_body"], {})
    assert (row["date"], row["url"], row["headline"]) == (line["date_retrieved"], line["url"], line["headline"])
    for side, of in (("before", first), ("after", line)):
        assert {
            name: row[side][name] for name in ("revision", "text_digest", "capture", "date_retrieved", "layout")
        } == {name: of[name] for name in ("revision", "text_digest", "capture", "date_retrieved", "layout")}
    # Three paragraphs of forty words, and the herons' with 28; `noon` and `goats.` give way to `dusk`, `goats`, `and`,
    # `a`, `piano.`.
    assert row["size"] == {"words_before": 148, "words_after": 151, "removed": 2, "added": 5, "similarity": 0.9766}


def test_it_is_read_in_the_history(runs: Runs) -> None:
    history = runs.history(Its.SENTENCE)
    assert "[-noon-]{+dusk+} with nine" in " ".join(history.split())
    assert "{+goats and a piano.+}" in " ".join(history.split())


def test_a_headline_that_is_edited_is_a_revision(runs: Runs) -> None:
    line, row = runs.article(Its.HEADLINE, run=1), runs.revision(Its.HEADLINE, run=1)
    assert (line["revision"], line["headline"]) == (2, "Herons are told to wave")
    before = runs.article(Its.HEADLINE, run=0)["headline"]
    assert row["changed"] == ["headline"]
    assert row["fields"] == {"headline": {"before": before, "after": "Herons are told to wave"}}
    assert (row["size"]["removed"], row["size"]["added"], row["size"]["similarity"]) == (0, 0, 1)


def test_a_text_that_is_changed_back_is_another_revision(runs: Runs) -> None:
    line, row = runs.article(Its.EDITED_BACK, run=2), runs.revision(Its.EDITED_BACK, run=2)
    assert line["revision"] == row["after"]["revision"] == 3
    assert line["text_digest"] == runs.article(Its.EDITED_BACK, run=0)["text_digest"]


def test_nothing_else_is_a_revision(runs: Runs) -> None:
    revised = {Its.SENTENCE, Its.VALIDATED_SENTENCE, Its.HEADLINE, Its.EDITED_BACK}
    for lines, name in ((runs.articles[1], "id"), (runs.revisions[1], "document")):
        assert sorted(line[name] for line in lines) == sorted(map(runs.site.id, revised))
    assert runs.reports[1]["outcomes"]["revision"] == 4
    assert runs.reports[1]["outcomes"]["unchanged"] == len(Its) - 4
    assert written(runs.directory, "states", "ecns") == []


def test_no_change_is_told_twice(runs: Runs) -> None:
    assert [row["document"] for row in runs.revisions[2]] == [runs.site.id(Its.EDITED_BACK)]
    assert len(runs.articles[2]) == 1


# --- a new layout


class Release(IntEnum):
    STAYS = 0
    NEW_LAYOUT = auto()
    NEW_LAYOUT_AND_TEXT = auto()


@pytest.fixture(scope="module")
def ministry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    with changing(MFA, len(Release)) as site:
        runs = Runs(site, tmp_path_factory.mktemp("ministry"))
        runs.run(*NO_VISITS)
        for number in (Release.NEW_LAYOUT, Release.NEW_LAYOUT_AND_TEXT):
            site.redesign(number, MFA_2024)
        first, *others = site.documents[Release.NEW_LAYOUT_AND_TEXT].text.paragraphs
        site.set(Release.NEW_LAYOUT_AND_TEXT, paragraphs=(f"{first} {SENTENCE}", *others))
        runs.run()
        runs.run()
        yield runs


def test_a_new_layout_around_the_same_words_is_told_once(ministry: Runs) -> None:
    row = ministry.revision(Release.NEW_LAYOUT, run=1)
    assert row["kind"] == "layout-changed"
    assert (row["before"]["layout"], row["after"]["layout"]) == ("mfa-en-2014", "mfa-en-2024")
    assert row["before"]["text_digest"] == row["after"]["text_digest"]
    assert (row["before"]["revision"], row["after"]["revision"]) == (1, 1)
    assert row["before"]["capture"] != row["after"]["capture"]
    # The new template shows the time, and another path to the page.
    assert not {"headline", "article_body"} & set(row["changed"])
    assert row["fields"]["date_published"] == {"before": "2026-03-11", "after": "2026-03-11T11:20:00+08:00"}
    assert ministry.revisions[2] == []


def test_it_gives_no_article(ministry: Runs) -> None:
    assert [line["id"] for line in ministry.articles[1]] == [ministry.site.id(Release.NEW_LAYOUT_AND_TEXT)]
    assert ministry.articles[2] == []


def test_new_words_in_a_new_layout_are_a_revision(ministry: Runs) -> None:
    row = ministry.revision(Release.NEW_LAYOUT_AND_TEXT, run=1)
    assert row["kind"] == "revision"
    assert "article_body" in row["changed"]
    assert (row["size"]["removed"], row["size"]["added"]) == (0, 11)

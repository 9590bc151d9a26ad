"""`scrapy stories`, `compare` and `deduplicate`, on a record of two stories and a document of its own."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.command_line import json_lines, scrapy
from tests.pipelines.examples import article, contents, record_all
from tests.pipelines.invented_texts import paragraph, text

#: Eight paragraphs of forty words.
RELEASE = text(1, 2, 3, 4, 5, 6, 7, 8)
WIRE = text(21, 22, 23, 24, 25, 26, 27, 28)
WORDS = paragraph(2).split()
#: The second paragraph with another word in the middle, the last paragraph left out, and one of the mission's own.
EDITED_PARAGRAPH = " ".join([*WORDS[:20], "sundry", *WORDS[21:]])
EDITED = "\n\n".join((paragraph(1), EDITED_PARAGRAPH, text(3, 4, 5, 6, 7), paragraph(9)))

#: The mission's copy is met first, and dated first; the ministry's release is met later.
COPY, MINISTRY, REPOST, CUT = "missions:gh/t7", "mfa:t7", "hk_commissioner:t7", "missions:ke/t7"
SHINE, XINHUA, ECNS = "shine:2211", "xinhua:c_31", "ecns:h4"
LONER = "mfa:t99"
RELEASE_MEMBERS = [COPY, MINISTRY, REPOST, CUT]
WIRE_MEMBERS = [SHINE, XINHUA, ECNS]

TABLES = ("anchors", "anchored_texts", "links", "members", "parents")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The record, to be read only."""
    directory = tmp_path_factory.mktemp("recorded")
    runs: dict[str, list[dict[str, Any]]] = {
        "missions": [
            {"document_id": COPY, "article_body": EDITED, "date_published": "2022-10-27", "publisher": "Gold Mission"},
            {"document_id": CUT, "article_body": text(2, 3, 4), "date_published": "2022-10-30", "publisher": "Mission"},
        ],
        "mfa": [
            {"document_id": MINISTRY, "article_body": RELEASE, "headline": "Envoy Opens a Fair"},
            {"document_id": LONER, "article_body": text(41, 42, 43, 44), "headline": "Envoy Closes a Fair"},
        ],
        "hk_commissioner": [
            {
                "document_id": REPOST,
                "article_body": RELEASE,
                "date_published": "2022-10-29",
                "publisher": "Harbour Office",
            }
        ],
        "ecns": [
            {
                "document_id": ECNS,
                "article_body": text(21, 22, 23),
                "date_published": "2022-11-04T09:00:00+08:00",
                "publisher": "China Example News",
            }
        ],
        "shine": [
            {
                "document_id": SHINE,
                "article_body": f"{WIRE}\n\n{paragraph(29)}",
                "date_published": "2022-11-03T08:00:00+08:00",
                "source_organization": "Xinhua",
                "publisher": "Shine Example",
            }
        ],
        "xinhua": [
            {
                "document_id": XINHUA,
                "article_body": f"EXAMPLETON, Nov. 3 (Xinhua) -- {WIRE} Enditem",
                "date_published": "2022-11-03T09:30:00+08:00",
                "publisher": "Xinhua News Agency",
            }
        ],
    }
    for source, items in runs.items():
        record_all(directory, *(article(**{"headline": "A Fair", **item}) for item in items), source=source)
    return directory


@pytest.fixture
def directory(recorded: Path, tmp_path: Path) -> Path:
    """A copy of the record, to be changed."""
    return Path(shutil.copytree(recorded, tmp_path / "output"))


def run(command: str, directory: Path, *arguments: str, expect: int = 0) -> str:
    """What the command prints; where it has to fail, what it says then."""
    done = scrapy(command, *arguments, "-s", f"OUTPUT_DIR={directory}", expect=expect)
    return done.stderr if expect else done.stdout


def ids(story: dict[str, Any]) -> list[str]:
    return [member["id"] for member in story["members"]]


# scrapy stories


def test_stories_as_json_the_latest_first(recorded: Path) -> None:
    wire, release = json_lines(run("stories", recorded, "--json"))
    assert ids(wire) == WIRE_MEMBERS
    assert ids(release) == RELEASE_MEMBERS
    # What was met first gives the name; but ECNS, met first, holds a part of the text only.
    assert (release["id"], release["first"]) == (COPY, COPY)
    assert (wire["id"], wire["first"]) == (SHINE, SHINE)


def test_the_ministry_leads_its_missions(recorded: Path) -> None:
    _, release = json_lines(run("stories", recorded, "--json"))
    assert (release["lead"], release["headline"], release["credited"]) == (MINISTRY, "Envoy Opens a Fair", None)


def test_the_credited_agency_leads_who_carried_its_wire_earlier(recorded: Path) -> None:
    wire, _ = json_lines(run("stories", recorded, "--json"))
    assert (wire["lead"], wire["credited"]) == (XINHUA, "Xinhua")


def test_how_each_member_is_related_to_the_lead(recorded: Path) -> None:
    wire, release = json_lines(run("stories", recorded, "--json"))
    relations = {member["id"]: member["relation"] for member in (*wire["members"], *release["members"])}
    assert relations == {
        MINISTRY: None,
        COPY: "near",
        REPOST: "identical",
        CUT: "excerpt",
        XINHUA: None,
        SHINE: "near",
        ECNS: "excerpt",
    }
    similarity = {member["id"]: member["similarity"] for member in release["members"]}
    assert (similarity[REPOST], similarity[CUT], similarity[MINISTRY]) == (1.0, 1.0, None)
    # Of 288 shingles, the changed word is in five and the lost paragraph has 36; as many and 36 others are new.
    assert similarity[COPY] == pytest.approx(247 / 329, abs=0.0001)


def test_paragraphs_added_and_dropped(recorded: Path) -> None:
    wire, release = json_lines(run("stories", recorded, "--json"))
    members = {member["id"]: member for member in (*wire["members"], *release["members"])}
    # A paragraph in which one word was changed is neither.
    assert (members[COPY]["added"], members[COPY]["dropped"]) == ([paragraph(9)], [paragraph(8)])
    assert (members[SHINE]["added"], members[SHINE]["dropped"]) == ([paragraph(29)], [])
    assert (members[CUT]["added"], members[CUT]["dropped"]) == ([], [paragraph(seed) for seed in (1, 5, 6, 7, 8)])
    assert (members[REPOST]["added"], members[REPOST]["dropped"]) == ([], [])


def test_stories_as_text(recorded: Path) -> None:
    shown = run("stories", recorded).splitlines()
    heads = [line for line in shown if line and not line.startswith(" ")]
    assert heads == [f"{SHINE}  A Fair", f"{COPY}  Envoy Opens a Fair"]
    assert "  credited to Xinhua" in shown
    assert [line for line in shown if line.startswith("  20")] == [
        f"  2022-11-03 08:00  near 89%         {SHINE}  Shine Example",
        f"  2022-11-03 09:30  lead             {XINHUA}  Xinhua News Agency",
        f"  2022-11-04 09:00  excerpt 100%     {ECNS}  China Example News",
        f"  2022-10-27        near 75%         {COPY}  Gold Mission",
        f"  2022-10-28        lead             {MINISTRY}  Ministry of Examples",
        f"  2022-10-29        identical 100%   {REPOST}  Harbour Office",
        f"  2022-10-30        excerpt 100%     {CUT}  Mission",
    ]
    assert f"      + {paragraph(9)[:95]}…" in shown
    assert f"      - {paragraph(8)[:95]}…" in shown


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (("--since", "2022-10-30"), [SHINE, COPY]),
        (("--since", "2022-10-31"), [SHINE]),
        (("--since", "2022-11-05"), []),
        (("--source", "shine"), [SHINE]),
        (("--source", "hk_commissioner"), [COPY]),
        (("--source", "mfa", "--since", "2022-11-01"), []),
    ],
)
def test_stories_since_a_day_and_of_a_source(recorded: Path, arguments: tuple[str, ...], found: list[str]) -> None:
    assert [story["id"] for story in json_lines(run("stories", recorded, "--json", *arguments))] == found


@pytest.mark.parametrize("name", RELEASE_MEMBERS)
def test_a_story_by_the_id_of_any_member(recorded: Path, name: str) -> None:
    (story,) = json_lines(run("stories", recorded, "--json", "--id", name))
    assert (story["id"], story["lead"], ids(story)) == (COPY, MINISTRY, RELEASE_MEMBERS)


def test_a_document_without_copies_is_shown_by_its_id_only(recorded: Path) -> None:
    assert LONER not in run("stories", recorded)
    (story,) = json_lines(run("stories", recorded, "--json", "--id", LONER))
    assert (story["id"], story["lead"], ids(story)) == (LONER, LONER, [LONER])


def test_stories_asked_for_wrongly(recorded: Path, tmp_path: Path) -> None:
    assert "mfa:t404 was never met" in run("stories", recorded, "--id", "mfa:t404", expect=2)
    assert "--since yesterday is no day" in run("stories", recorded, "--since", "yesterday", expect=2)
    assert "nothing was recorded there yet" in run("stories", tmp_path, expect=2)
    assert list(tmp_path.iterdir()) == []


# scrapy compare


def test_compare_marks_words_as_wdiff_does(recorded: Path) -> None:
    shown = run("compare", recorded, MINISTRY, COPY)
    lines = shown.splitlines()
    assert lines[0] == f"--- {MINISTRY}  2022-10-28  Ministry of Examples: Envoy Opens a Fair"
    assert lines[1] == f"+++ {COPY}  2022-10-27  Gold Mission: A Fair"
    assert lines[2] == "near: 75% of the wording is common to both"
    edited = " ".join([*WORDS[:20], f"[-{WORDS[20]}-]", "{+sundry+}", *WORDS[21:]])
    assert "\n".join(lines[3:]).startswith(f"{paragraph(1)}\n\n{edited}\n\n{text(3, 4, 5, 6, 7)}\n\n[-")


def test_compare_the_other_way_round(recorded: Path) -> None:
    assert f"{WORDS[19]} [-sundry-] {{+{WORDS[20]}+}} {WORDS[21]}" in run("compare", recorded, COPY, MINISTRY)


@pytest.mark.parametrize(
    ("other", "relation"),
    [
        (REPOST, "identical: the same text"),
        (CUT, "excerpt: 100% of the shorter text stands in the longer"),
        (LONER, "no copies"),
    ],
)
def test_compare_tells_the_relation(recorded: Path, other: str, relation: str) -> None:
    assert run("compare", recorded, MINISTRY, other).splitlines()[2] == relation


def test_compare_identical_texts_marks_nothing(recorded: Path) -> None:
    _, _, _, body = run("compare", recorded, MINISTRY, REPOST).split("\n", 3)
    assert body == RELEASE + "\n"


def test_compare_called_wrongly(recorded: Path, tmp_path: Path) -> None:
    assert "mfa:t404 was never met" in run("compare", recorded, MINISTRY, "mfa:t404", expect=2)
    assert "name two documents" in run("compare", recorded, MINISTRY, expect=2)
    assert "nothing was recorded there yet" in run("compare", tmp_path, MINISTRY, COPY, expect=2)


# scrapy deduplicate


def rows(directory: Path) -> dict[str, list[tuple[Any, ...]]]:
    """What the ledger holds of stories."""
    connection = sqlite3.connect(directory / "ledger.db")
    try:
        return {table: connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in TABLES}
    finally:
        connection.close()


def forget_stories(directory: Path) -> None:
    """As by rules that find no copies: every document is a story of its own."""
    connection = sqlite3.connect(directory / "ledger.db", isolation_level=None)
    connection.executescript(
        "DELETE FROM links; DELETE FROM parents; DELETE FROM anchors; UPDATE members SET story_group = document"
    )
    connection.close()


def test_nothing_changes_where_the_rules_are_the_same(directory: Path) -> None:
    before = rows(directory)
    assert run("deduplicate", directory) == "in another story would be: 0\n"
    assert run("deduplicate", directory, "--apply") == "in another story now: 0\n"
    assert rows(directory) == before


def test_a_change_is_shown_before_it_is_made(directory: Path) -> None:
    right, written = rows(directory), contents(directory)
    forget_stories(directory)
    forgotten = rows(directory)
    # Here a story is named by the document of it that was met first, if that is an excerpt.
    changes = [
        f"{CUT}: {CUT} -> {COPY}",
        f"{MINISTRY}: {MINISTRY} -> {COPY}",
        f"{REPOST}: {REPOST} -> {COPY}",
        f"{SHINE}: {SHINE} -> {ECNS}",
        f"{XINHUA}: {XINHUA} -> {ECNS}",
    ]
    for _ in range(2):
        shown = run("deduplicate", directory).splitlines()
        assert shown == [*changes, "in another story would be: 5"]
        assert rows(directory) == forgotten
        assert (directory / "deduplicate.db").exists()
    shown = run("deduplicate", directory, "--apply").splitlines()
    assert shown == [*changes, "in another story now: 5"]
    assert rows(directory) == right
    assert not list(directory.glob("deduplicate.db*"))
    assert run("deduplicate", directory) == "in another story would be: 0\n"
    assert contents(directory) == written


def test_deduplicating_an_empty_directory(tmp_path: Path) -> None:
    assert "nothing was recorded there yet" in run("deduplicate", tmp_path, expect=2)
    assert list(tmp_path.iterdir()) == []


def test_a_later_run_joins_a_story_that_was_found_anew(directory: Path) -> None:
    forget_stories(directory)
    run("deduplicate", directory, "--apply")
    later = article("shine:2299", article_body=RELEASE, headline="A Fair", date_published="2022-12-01")
    record_all(directory, later, source="shine")
    (story,) = json_lines(run("stories", directory, "--json", "--id", "shine:2299"))
    assert ids(story) == [*RELEASE_MEMBERS, "shine:2299"]

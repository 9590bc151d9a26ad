"""What becomes of an Article, in one run and across runs. Each test is a little history of captures."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.items import Article, Capture
from pipelines.copies import SHORT_TEXT
from tests.pipelines.examples import (
    EVENING,
    MORNING,
    NIGHT,
    NOON,
    article,
    contents,
    lines,
    long_text,
    record_all,
)

A, B, C = (long_text(subject) for subject in ("river ferries", "mountain roads", "tea gardens"))
ORIGIN = "http://www.example.cn/eng/t1.htm"


def capture(text: str, when: str | None, **fields: Any) -> Article:
    """One capture of the document `mfa:t1`."""
    return article(article_body=text, date_retrieved=when, **fields)


def mirrored(text: str, when: str | None, **fields: Any) -> Article:
    """One capture of the same document on a mirror."""
    return capture(text, when, url="http://mirror.example.com/t1.htm", mirror_of=ORIGIN, **fields)


def titled(headline: str, when: str | None, **fields: Any) -> Article:
    """One capture of the same document with a headline of its own."""
    return capture(fields.pop("article_body", A), when, headline=headline, **fields)


def reframed(headline: str, when: str | None, **fields: Any) -> Article:
    """The same in another layout."""
    return titled(headline, when, layout="redesigned", **fields)


def read_from(item: Article, number: int) -> Article:
    """The Article with the WARC record it was read from."""
    return item.model_copy(update={"capture": Capture(file="a.warc.gz", record_id=f"urn:uuid:{number}")})


def test_a_new_document_leads_its_own_story(tmp_path: Path) -> None:
    assert record_all(tmp_path, article()) == ["new"]
    (line,) = lines(tmp_path, "articles/mfa.jsonl")
    assert (line["revision"], line["story"], line["duplicate_of"], line["relation"], line["similarity"]) == (
        1,
        "mfa:t1",
        None,
        None,
        None,
    )


HISTORIES = [
    # the same document and text again
    ([capture(A, MORNING), capture(A, MORNING)], ["new", "unchanged"]),
    ([capture(A, MORNING), capture(A, NOON)], ["new", "unchanged"]),
    ([capture(A, NOON), capture(A, MORNING)], ["new", "unchanged"]),
    ([capture(A, None), capture(A, None)], ["new", "unchanged"]),
    # noise is no revision: neither in the text nor in the headline
    ([capture(A, MORNING), capture(A.replace(" ", "\u00a0 "), NOON)], ["new", "unchanged"]),
    ([titled("The Envoy’s Ferries", MORNING), titled("The\u00a0Envoy's  Ferries", NOON)], ["new", "unchanged"]),
    # another headline is a revision
    ([titled("On Ferries", MORNING), titled("On Boats", NOON)], ["new", "revision"]),
    (
        [titled("On Ferries", MORNING), titled("On Boats", NOON), titled("On Ferries", EVENING)],
        ["new", "revision", "revision"],
    ),
    # of another layout it may be the frame's doing; then, too, where the page is met again in that layout
    (
        [titled("On Ferries", MORNING), reframed("On Ferries – Home", NOON), reframed("On Ferries – Home", EVENING)],
        ["new", "unchanged", "unchanged"],
    ),
    # what the new layout calls it counts from then on
    (
        [titled("On Ferries", MORNING), reframed("On Ferries – Home", NOON), reframed("On Boats", EVENING)],
        ["new", "unchanged", "revision"],
    ),
    # another layout with another text is a revision
    ([titled("On Ferries", MORNING), reframed("On Ferries – Home", NOON, article_body=B)], ["new", "revision"]),
    # a headline of the same time, or of unknown age, tells nothing new
    ([titled("On Ferries", NOON), titled("On Boats", NOON)], ["new", "unchanged"]),
    ([titled("On Ferries", None), titled("On Boats", None)], ["new", "unchanged"]),
    ([titled("On Ferries", NOON), titled("On Boats", None)], ["new", "unchanged"]),
    # a mirror's headline never counts
    ([titled("On Ferries", MORNING), mirrored(A, NOON, headline="On Boats")], ["new", "unchanged"]),
    ([mirrored(A, MORNING, headline="On Ferries"), mirrored(A, NOON, headline="On Boats")], ["new", "unchanged"]),
    # another text
    ([capture(A, MORNING), capture(B, NOON)], ["new", "revision"]),
    ([capture(B, NOON), capture(A, MORNING)], ["new", "revision"]),
    ([capture(A, None), capture(B, None), capture(A, None)], ["new", "revision", "unchanged"]),
    # an older capture of a known text tells nothing new; a newer one says that it was changed back
    ([capture(A, NOON), capture(B, EVENING), capture(A, MORNING)], ["new", "revision", "unchanged"]),
    ([capture(A, MORNING), capture(B, NOON), capture(A, NOON)], ["new", "revision", "unchanged"]),
    ([capture(A, MORNING), capture(B, NOON), capture(A, EVENING)], ["new", "revision", "revision"]),
    # the text in force is that of the latest capture, not of the latest line
    ([capture(B, EVENING), capture(A, MORNING), capture(B, NIGHT)], ["new", "revision", "unchanged"]),
    # seen unchanged in the evening, so at noon there was no change back
    (
        [capture(A, MORNING), capture(B, NOON), capture(B, NIGHT), capture(A, EVENING)],
        ["new", "revision", "unchanged", "unchanged"],
    ),
    # mirrors: the origin's text is kept
    ([capture(A, MORNING), mirrored(A, NOON)], ["new", "unchanged"]),
    ([capture(A, MORNING), mirrored(B, NOON)], ["new", "mirror-differs"]),
    ([mirrored(A, NOON), capture(A, MORNING)], ["new", "unchanged"]),
    ([mirrored(A, NOON), capture(B, MORNING)], ["new", "revision"]),
    ([mirrored(A, MORNING), mirrored(B, NOON)], ["new", "revision"]),
    # mirrors that disagree are no changes back
    ([mirrored(A, MORNING), mirrored(B, NOON), mirrored(A, EVENING)], ["new", "revision", "unchanged"]),
    # once the origin was read, no mirror makes a revision: neither with a new text nor with an old one
    ([mirrored(A, MORNING), capture(A, NOON), mirrored(B, EVENING)], ["new", "unchanged", "mirror-differs"]),
    ([mirrored(A, EVENING), capture(A, MORNING), mirrored(B, NIGHT)], ["new", "unchanged", "mirror-differs"]),
    ([capture(A, MORNING), capture(B, NOON), mirrored(A, EVENING)], ["new", "revision", "unchanged"]),
    # the origin seen in the morning and again at noon, between them a mirror that was read later
    (
        [mirrored(A, EVENING), capture(B, MORNING), capture(B, NOON), mirrored(A, NIGHT)],
        ["new", "revision", "unchanged", "unchanged"],
    ),
]


#: What depends on whether captures are archived, so that it is known what stands before and after them: the outcomes
#: of either, first without an archive.
OLDER_HEADLINES = [
    (
        [titled("On Ferries", NOON), titled("On Boats", MORNING)],
        ["new", "unchanged"],
        ["new", "revision"],
    ),
    # in another layout it may be the frame's doing
    (
        [titled("On Ferries", NOON), reframed("On Boats", MORNING)],
        ["new", "unchanged"],
        ["new", "unchanged"],
    ),
    # between two captures of a headline another: told once, then known
    (
        [titled("On Ferries", NOON), titled("On Ferries", NIGHT), titled("On Boats", EVENING)],
        ["new", "unchanged", "unchanged"],
        ["new", "unchanged", "revision"],
    ),
    (
        [capture(B, NIGHT), titled("On Ferries", NOON), titled("On Boats", MORNING), titled("On Boats", EVENING)],
        ["new", "revision", "unchanged", "unchanged"],
        ["new", "revision", "revision", "unchanged"],
    ),
]


@pytest.mark.parametrize(("history", "unarchived", "archived"), OLDER_HEADLINES)
def test_an_older_headline_is_a_revision_where_its_place_is_known(
    history: list[Article], unarchived: list[str], archived: list[str], tmp_path: Path
) -> None:
    for name, items, expected in (
        ("without an archive", history, unarchived),
        ("with one", [read_from(item, number) for number, item in enumerate(history)], archived),
    ):
        (directory := tmp_path / name).mkdir()
        assert record_all(directory, *items) == expected
        before = contents(directory)
        assert set(record_all(directory, *items)) == {"unchanged"}
        assert contents(directory) == before


@pytest.mark.parametrize(("history", "expected"), HISTORIES)
def test_histories_of_one_document(history: list[Article], expected: list[str], tmp_path: Path) -> None:
    (together := tmp_path / "one run").mkdir()
    (apart := tmp_path / "a run each").mkdir()
    assert record_all(together, *history) == expected
    assert [record_all(apart, item)[0] for item in history] == expected
    written = [line["revision"] for line in lines(together, "articles/mfa.jsonl")]
    assert written == list(range(1, 1 + len(written)))
    assert contents(together) == contents(apart)


@pytest.mark.parametrize(("history", "expected"), HISTORIES)
def test_histories_of_one_document_from_an_archive(history: list[Article], expected: list[str], tmp_path: Path) -> None:
    """Each capture is a record of its own, and the archive is read twice."""
    captures = [read_from(item, number) for number, item in enumerate(history)]
    assert record_all(tmp_path, *captures) == expected
    before = contents(tmp_path)
    again = record_all(tmp_path, *captures)
    assert set(again) <= {"unchanged", "mirror-differs"}
    assert contents(tmp_path) == before


@pytest.mark.parametrize(("history", "expected"), HISTORIES)
def test_the_same_history_again_writes_nothing(history: list[Article], expected: list[str], tmp_path: Path) -> None:
    record_all(tmp_path, *history)
    before = contents(tmp_path)
    again = record_all(tmp_path, *history)
    assert set(again) <= {"unchanged", "mirror-differs"}
    assert contents(tmp_path) == before


@settings(deadline=None)
@given(
    st.lists(
        st.builds(
            lambda make, text, when, headline, layout: make(text, when, headline=headline, layout=layout),
            st.sampled_from([capture, mirrored]),
            st.sampled_from([A, B, C]),
            st.sampled_from([None, MORNING, NOON, EVENING, NIGHT]),
            st.sampled_from(["On Ferries", "On Boats"]),
            st.sampled_from(["example", "redesigned"]),
        ),
        max_size=8,
    ),
    st.booleans(),
)
def test_any_history_again_writes_nothing(
    tmp_path_factory: pytest.TempPathFactory, history: list[Article], is_archived: bool
) -> None:
    directory = tmp_path_factory.mktemp("history")
    if is_archived:
        history = [read_from(item, number) for number, item in enumerate(history)]
    record_all(directory, *history)
    before = contents(directory)
    record_all(directory, *history)
    assert contents(directory) == before


def test_a_revision_keeps_the_story(tmp_path: Path) -> None:
    record_all(tmp_path, capture(A, MORNING), capture(B, NOON))
    first, second = lines(tmp_path, "articles/mfa.jsonl")
    assert (first["revision"], first["story"]) == (1, "mfa:t1")
    assert (second["revision"], second["story"], second["article_body"]) == (2, "mfa:t1", B)


def test_a_revision_keeps_the_date_its_listing_gave(tmp_path: Path) -> None:
    """A document visited again comes from no listing; its page tells the day only."""
    listed = {"date_published": "2022-10-28T08:53:00+08:00", "date_precision": "minute", "date_origin": "listing"}
    of_page = {"date_published": "2022-10-28", "date_precision": "day", "date_origin": "page"}
    other_day = of_page | {"date_published": "2022-10-29"}
    record_all(tmp_path, capture(A, MORNING, **listed), capture(B, NOON, **of_page), capture(C, EVENING, **other_day))
    written = lines(tmp_path, "articles/mfa.jsonl")
    assert [(line["date_published"], line["date_origin"]) for line in written] == [
        ("2022-10-28T08:53:00+08:00", "listing"),
        ("2022-10-28T08:53:00+08:00", "listing"),
        ("2022-10-29", "page"),  # the page says another day: no listing knows better
    ]


def test_captures_are_noted_once(tmp_path: Path) -> None:
    first = {"file": "a.warc.gz", "record_id": "urn:uuid:1"}
    second = {"file": "b.warc.gz", "record_id": "urn:uuid:2"}
    history = [capture(A, NOON, capture=first), capture(A, MORNING, capture=second), capture(A, NOON, capture=first)]
    record_all(tmp_path, *history)
    record_all(tmp_path, *history)
    connection = sqlite3.connect(tmp_path / "ledger.db")
    noted = connection.execute("SELECT file, record_id, date_retrieved FROM captures ORDER BY file").fetchall()
    seen = connection.execute("SELECT first_seen, last_seen FROM documents").fetchall()
    connection.close()
    assert noted == [("a.warc.gz", "urn:uuid:1", NOON), ("b.warc.gz", "urn:uuid:2", MORNING)]
    assert seen == [(MORNING, NOON)]


# copies


def test_the_same_text_under_another_id_is_an_identical_copy(tmp_path: Path) -> None:
    retitled = article("mfa:t2", headline="Quite Another Headline")
    assert record_all(tmp_path, article("mfa:t1"), retitled) == ["new", "identical"]
    (line,) = lines(tmp_path, "copies/mfa.jsonl")
    assert line["id"] == "mfa:t2"
    assert (line["duplicate_of"], line["story"], line["relation"]) == ("mfa:t1", "mfa:t1", "identical")
    assert line["similarity"] == 1.0
    assert line["revision"] == 1
    assert line["article_body"] == A
    assert [line["id"] for line in lines(tmp_path, "articles/mfa.jsonl")] == ["mfa:t1"]


def test_copies_point_to_the_first_document_across_runs_and_sources(tmp_path: Path) -> None:
    assert record_all(tmp_path, article("mfa:t1")) == ["new"]
    assert record_all(tmp_path, article("ecns:t2"), source="ecns") == ["identical"]
    assert record_all(tmp_path, article("missions:no/t3"), source="missions") == ["identical"]
    (line,) = lines(tmp_path, "copies/missions.jsonl")
    assert (line["duplicate_of"], line["story"]) == ("mfa:t1", "mfa:t1")


def test_a_copy_of_a_text_that_was_revised_since_is_a_copy(tmp_path: Path) -> None:
    history = [capture(A, MORNING), capture(B, NOON), article("mfa:t2", article_body=A)]
    assert record_all(tmp_path, *history) == ["new", "revision", "identical"]


def test_a_copy_met_again_is_unchanged(tmp_path: Path) -> None:
    copy = article("mfa:t2", date_retrieved=NOON)
    assert record_all(tmp_path, article("mfa:t1"), copy, copy) == ["new", "identical", "unchanged"]


def test_a_copy_that_gets_a_text_of_its_own_stays_in_its_story(tmp_path: Path) -> None:
    revised = article("mfa:t2", article_body=B, date_retrieved=NOON)
    assert record_all(tmp_path, article("mfa:t1"), article("mfa:t2"), revised) == ["new", "identical", "revision"]
    line = lines(tmp_path, "articles/mfa.jsonl")[-1]
    assert (line["id"], line["revision"], line["story"]) == ("mfa:t2", 2, "mfa:t1")
    assert (line["duplicate_of"], line["relation"], line["similarity"]) == (None, None, None)


def test_a_copy_that_follows_its_original_is_a_copy_again(tmp_path: Path) -> None:
    history = [
        article("mfa:t1"),
        article("mfa:t2"),
        article("mfa:t1", article_body=B, date_retrieved=NOON),
        article("mfa:t2", article_body=B, date_retrieved=NOON),
    ]
    assert record_all(tmp_path, *history) == ["new", "identical", "revision", "identical"]
    line = lines(tmp_path, "copies/mfa.jsonl")[-1]
    assert (line["id"], line["revision"], line["duplicate_of"]) == ("mfa:t2", 2, "mfa:t1")


def test_the_lead_of_a_story_never_becomes_a_copy(tmp_path: Path) -> None:
    history = [
        article("mfa:t1"),
        article("mfa:t2", "mountain roads"),
        article("mfa:t1", article_body=B, date_retrieved=NOON),
    ]
    assert record_all(tmp_path, *history) == ["new", "new", "revision"]
    line = lines(tmp_path, "articles/mfa.jsonl")[-1]
    assert (line["id"], line["story"], line["duplicate_of"]) == ("mfa:t1", "mfa:t1", None)


SHORT = "The office is closed today."
#: One character short of being compared by its text alone, and just long enough.
ALMOST, ENOUGH = ("x" * length for length in (SHORT_TEXT - 1, SHORT_TEXT))


@pytest.mark.parametrize(
    ("text", "one", "other", "expected"),
    [
        (SHORT, "Notice of 1 May", "Notice of 1 October", "new"),
        (SHORT, "Notice of 1 May", "Notice  of\u00a01 May", "identical"),
        (SHORT, "The Envoy’s Notice", "The Envoy's Notice", "identical"),
        (ALMOST, "One", "Other", "new"),
        (ENOUGH, "One", "Other", "identical"),
        # what counts is what can be told apart
        (SHORT + " " * SHORT_TEXT, "Notice of 1 May", "Notice of 1 October", "new"),
    ],
)
def test_short_texts_are_copies_only_with_their_headline(
    text: str, one: str, other: str, expected: str, tmp_path: Path
) -> None:
    first = article("mfa:t1", headline=one, article_body=text)
    second = article("mfa:t2", headline=other, article_body=text)
    assert record_all(tmp_path, first, second) == ["new", expected]


def test_a_short_copy_finds_the_one_with_its_headline(tmp_path: Path) -> None:
    notices = [
        article(f"mfa:t{number}", headline=headline, article_body=SHORT)
        for number, headline in enumerate(("May", "October", "October"))
    ]
    assert record_all(tmp_path, *notices) == ["new", "new", "identical"]
    (line,) = lines(tmp_path, "copies/mfa.jsonl")
    assert line["duplicate_of"] == "mfa:t1"

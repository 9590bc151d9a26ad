"""A text that differs because it is read better than before is no revision of the publisher's."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.items import Article
from pipelines.deduplicate import ReadAgain
from pipelines.normalise import normalise
from pipelines.recorded import Recorded
from tests.pipelines.examples import EVENING, MORNING, NIGHT, NOON, article, contents, lines, record_all
from tests.pipelines.test_deduplicate import A, B, C, capture, mirrored, read_from, reframed, titled


def reading(**texts: str) -> ReadAgain:
    """Today's rules: of the capture made at such a time they read such a text."""
    by_time = {"morning": MORNING, "noon": NOON, "evening": EVENING}
    today = {by_time[name]: text for name, text in texts.items()}

    def read_again(known: Article) -> Article | None:
        assert known.date_retrieved is not None
        text = today.get(known.date_retrieved)
        return normalise(known.model_copy(update={"article_body": text})) if text is not None else None

    return read_again


def numbers(directory: Path) -> list[tuple[int, int | None]]:
    return [(line["revision"], line["correction"]) for line in lines(directory, "articles/mfa.jsonl")]


def in_force(directory: Path) -> tuple[int, int, str]:
    """Revision, correction and text of `mfa:t1` as it stands."""
    with Recorded(directory) as recorded:
        document, known = recorded.ledger.documents.document("mfa:t1"), recorded.article("mfa:t1")
    assert document is not None
    assert known is not None
    return document.revision, document.correction, known.article_body


def test_a_text_that_differs_by_our_rules_only_is_a_correction(tmp_path: Path) -> None:
    history = [capture(A, MORNING), capture(B, NOON)]
    assert record_all(tmp_path, *history, read_again=reading(morning=B)) == ["new", "correction"]
    assert numbers(tmp_path) == [(1, None), (1, 1)]
    assert in_force(tmp_path) == (1, 1, B)


@pytest.mark.parametrize(
    "read_again",
    [reading(), reading(morning=A), reading(morning=C), lambda known: known.model_copy(update={"headline": "Other"})],
    ids=["unreadable", "as before", "neither", "another headline"],
)
def test_a_text_that_today_s_rules_do_not_explain_is_a_revision(read_again: ReadAgain, tmp_path: Path) -> None:
    assert record_all(tmp_path, capture(A, MORNING), capture(B, NOON), read_again=read_again) == ["new", "revision"]
    assert numbers(tmp_path) == [(1, None), (2, None)]


def test_a_corrected_text_is_then_known(tmp_path: Path) -> None:
    history = [capture(A, MORNING), capture(B, NOON), capture(B, EVENING), capture(C, NIGHT)]
    today = reading(morning=B, noon=B, evening=B)
    assert record_all(tmp_path, *history, read_again=today) == ["new", "correction", "unchanged", "revision"]
    assert numbers(tmp_path) == [(1, None), (1, 1), (2, None)]


def test_a_text_is_corrected_again_and_again(tmp_path: Path) -> None:
    record_all(tmp_path, capture(A, MORNING))
    assert record_all(tmp_path, capture(B, NOON), read_again=reading(morning=B)) == ["correction"]
    assert record_all(tmp_path, capture(C, EVENING), read_again=reading(noon=C)) == ["correction"]
    assert numbers(tmp_path) == [(1, None), (1, 1), (1, 2)]
    assert in_force(tmp_path) == (1, 2, C)


def test_what_follows_a_revision_is_read_beside_that_revision(tmp_path: Path) -> None:
    history = [capture(A, MORNING), capture(B, NOON), capture(C, EVENING)]
    assert record_all(tmp_path, *history, read_again=reading(noon=C)) == ["new", "revision", "correction"]
    assert numbers(tmp_path) == [(1, None), (2, None), (2, 1)]
    assert in_force(tmp_path) == (2, 1, C)


def test_a_headline_that_differs_by_our_rules_only_is_a_correction(tmp_path: Path) -> None:
    def read_again(known: Article) -> Article:
        return known.model_copy(update={"headline": "On Ferries"})

    history = [titled("Home: On Ferries", MORNING), titled("On Ferries", NOON), titled("On Ferries", EVENING)]
    assert record_all(tmp_path, *history, read_again=read_again) == ["new", "correction", "unchanged"]


def test_a_correction_is_marked_in_its_line_and_no_revision_of_the_publisher(tmp_path: Path) -> None:
    record_all(tmp_path, capture(A, MORNING), capture(B, NOON), read_again=reading(morning=B))
    (row,) = lines(tmp_path, "revisions/mfa.jsonl")
    assert row["kind"] == "correction"
    assert (row["before"]["revision"], row["before"]["correction"]) == (1, None)
    assert (row["after"]["revision"], row["after"]["correction"]) == (1, 1)
    with Recorded(tmp_path) as recorded:
        (totals,) = recorded.ledger.documents.totals()
    assert (totals.documents, totals.revisions) == (1, 0)


def test_the_same_capture_read_otherwise_is_a_correction(tmp_path: Path) -> None:
    """A capture cannot change, only how it is read."""
    history = [read_from(capture(A, MORNING), 1), read_from(capture(B, NOON), 2), read_from(capture(C, MORNING), 1)]
    assert record_all(tmp_path, *history) == ["new", "revision", "correction"]
    assert numbers(tmp_path) == [(1, None), (2, None), (1, 1)]
    assert in_force(tmp_path) == (2, 0, B)  # what was corrected is no longer in force
    assert record_all(tmp_path, read_from(capture(C, MORNING), 1)) == ["unchanged"]
    assert record_all(tmp_path, read_from(capture(A, NOON), 2)) == ["correction"]
    assert in_force(tmp_path) == (2, 1, A)


def test_a_correction_of_an_older_revision_changes_nothing_of_the_latest(tmp_path: Path) -> None:
    older = capture(A, MORNING, date_published="2021-01-01")
    latest = capture(B, NOON, date_published="2022-10-28")
    record_all(tmp_path, read_from(older, 1), read_from(latest, 2))
    corrected = older.model_copy(update={"article_body": C})
    assert record_all(tmp_path, read_from(corrected, 1)) == ["correction"]
    with Recorded(tmp_path) as recorded:
        (totals,) = recorded.ledger.documents.totals()
    assert (totals.oldest, totals.newest) == ("2022-10-28", "2022-10-28")
    # The next visit is compared with the text in force, as before.
    assert record_all(tmp_path, capture(B, EVENING)) == ["unchanged"]
    assert record_all(tmp_path, capture(C, NIGHT)) == ["revision"]
    assert numbers(tmp_path)[-1] == (3, None)


def test_a_headline_in_another_layout_read_again_from_its_capture_is_no_correction(tmp_path: Path) -> None:
    history = [read_from(titled("On Ferries", MORNING), 1), read_from(reframed("On Ferries – Home", NOON), 2)]
    assert record_all(tmp_path, *history) == ["new", "unchanged"]
    assert record_all(tmp_path, *history) == ["unchanged", "unchanged"]
    better = read_from(titled("On Ferries and Quays", MORNING), 1)
    assert record_all(tmp_path, better) == ["correction"]


def test_a_mirror_never_corrects_the_origin(tmp_path: Path) -> None:
    history = [
        read_from(capture(A, MORNING), 1),
        read_from(mirrored(A, NOON), 2),
        read_from(mirrored(B, NOON), 2),
        read_from(mirrored(A, NOON, headline="Of the Mirror"), 2),
    ]
    assert record_all(tmp_path, *history) == ["new", "unchanged", "mirror-differs", "unchanged"]
    assert record_all(tmp_path, mirrored(B, EVENING), read_again=reading(morning=A)) == ["mirror-differs"]
    assert numbers(tmp_path) == [(1, None)]


def test_a_mirror_met_first_does_not_correct_what_the_origin_has_shown_since(tmp_path: Path) -> None:
    record_all(tmp_path, read_from(mirrored(A, NOON), 1), read_from(capture(A, MORNING), 2))
    assert record_all(tmp_path, read_from(mirrored(B, NOON), 1)) == ["mirror-differs"]
    assert in_force(tmp_path) == (1, 0, A)


def test_two_captures_that_today_s_rules_tell_apart_do_not_correct_each_other_for_ever(tmp_path: Path) -> None:
    record_all(tmp_path, read_from(capture(A, MORNING), 1), read_from(capture(A, NOON), 2))
    today = [read_from(capture(B, MORNING), 1), read_from(capture(C, NOON), 2)]
    record_all(tmp_path, *today)
    settled = contents(tmp_path)
    for _ in range(2):
        assert record_all(tmp_path, *today) == ["unchanged", "unchanged"]
    assert contents(tmp_path) == settled


def test_a_mirror_s_text_is_corrected_by_the_mirror(tmp_path: Path) -> None:
    history = [read_from(mirrored(A, MORNING), 1), read_from(mirrored(B, MORNING), 1)]
    assert record_all(tmp_path, *history) == ["new", "correction"]
    assert in_force(tmp_path) == (1, 1, B)


def test_where_the_origin_shows_what_was_corrected_the_corrections_are_counted_on(tmp_path: Path) -> None:
    """What is in force then is the first reading, but it is not the last one."""
    history = [
        read_from(mirrored(A, NOON), 1),
        read_from(mirrored(B, NOON), 1),
        capture(A, MORNING),
        capture(C, EVENING),
    ]
    assert record_all(tmp_path, *history, read_again=reading(noon=C)) == [
        "new",
        "correction",
        "unchanged",
        "correction",
    ]
    assert numbers(tmp_path) == [(1, None), (1, 1), (1, 2)]
    assert in_force(tmp_path) == (1, 2, C)


def test_a_correction_of_a_copy_stays_a_copy_where_its_text_is_one(tmp_path: Path) -> None:
    copy = read_from(article("mfa:t2", article_body=A), 7)
    assert record_all(tmp_path, capture(A, MORNING), copy) == ["new", "identical"]
    retitled = copy.model_copy(update={"headline": "A Better Headline"})
    assert record_all(tmp_path, retitled) == ["correction"]
    line = lines(tmp_path, "copies/mfa.jsonl")[-1]
    assert (line["id"], line["correction"], line["duplicate_of"]) == ("mfa:t2", 1, "mfa:t1")
    own = copy.model_copy(update={"article_body": B})
    assert record_all(tmp_path, own) == ["correction"]
    line = lines(tmp_path, "articles/mfa.jsonl")[-1]
    assert (line["id"], line["correction"], line["duplicate_of"]) == ("mfa:t2", 2, None)

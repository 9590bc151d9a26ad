"""What two texts share and where they differ."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.fingerprint import fold
from pipelines.word_diff import Piece, count_words, word_diff

#: Words as they stand in releases, in both languages, with the punctuation that clings to them.
WORDS = st.sampled_from(
    ["envoy", "envoy,", "ferry", "Ferry.", '"pier"', "“pier”", "–", "-", "3-year", "5", "渡", "船。"]
)
PARAGRAPHS = st.lists(WORDS, min_size=1, max_size=8).map(" ".join)
TEXTS = st.lists(PARAGRAPHS, max_size=4).map("\n\n".join)

VERSE = "The ferry left at noon.\n\nNobody waved.\n\nThe pier was empty."


def of_kinds(pieces: list[Piece], *kinds: str) -> str:
    return "".join(piece.text for piece in pieces if piece.kind in kinds)


def words(text: str) -> list[str]:
    """The words of a text with one typography; white space does not matter."""
    return [fold(word) for word in text.split()]


@given(st.text(), st.text())
@example("", "")
@example("a\n\n", "\n\na")
def test_what_is_same_or_added_makes_the_text_after(before: str, after: str) -> None:
    assert of_kinds(word_diff(before, after), "same", "added").rstrip("\n") == after.rstrip("\n")


@given(TEXTS, TEXTS)
def test_what_is_same_or_removed_has_the_words_before(before: str, after: str) -> None:
    assert fold(of_kinds(word_diff(before, after), "same", "removed")) == fold(before)


@given(st.text(min_size=1))
def test_identical_texts_are_one_piece(text: str) -> None:
    assert word_diff(text, text) == [Piece("same", text)]


@given(st.text(), st.text())
def test_neighbours_are_of_different_kinds_and_none_is_empty(before: str, after: str) -> None:
    pieces = word_diff(before, after)
    assert all(piece.text for piece in pieces)
    assert all(one.kind != other.kind for one, other in pairwise(pieces))


@given(TEXTS)
def test_typography_alone_is_no_change(text: str) -> None:
    reset = text.replace('"', "”").replace("-", "—").replace(" ", "\u00a0\u2009").replace("\n\n", "\n\n\n")
    assert {piece.kind for piece in word_diff(text, reset)} <= {"same"}


@pytest.mark.parametrize(
    ("before", "after", "removed", "added"),
    [
        ("The ferry left at noon.", "The ferry left at dawn.", ["noon."], ["dawn."]),
        ("The old ferry left.", "The ferry left.", ["old"], []),
        ("The ferry left.", "The old ferry left.", [], ["old"]),
        ("The ferry left.", "the ferry left.", ["The"], ["the"]),
        (VERSE, VERSE.replace("Nobody", "Somebody"), ["Nobody"], ["Somebody"]),
        ("", "The ferry left.", [], ["The", "ferry", "left."]),
        ("The ferry left.", "", ["The", "ferry", "left."], []),
    ],
)
def test_changed_words(before: str, after: str, removed: list[str], added: list[str]) -> None:
    pieces = word_diff(before, after)
    assert of_kinds(pieces, "removed").split() == removed
    assert of_kinds(pieces, "added").split() == added


def test_in_chinese_a_character_is_a_word() -> None:
    pieces = word_diff("渡船中午离开了旧码头。", "渡船清晨离开旧码头。")
    assert [(piece.kind, piece.text) for piece in pieces] == [
        ("same", "渡船"),
        ("removed", "中午"),
        ("added", "清晨"),
        ("same", "离开"),
        ("removed", "了"),
        ("same", "旧码头。"),
    ]


def test_a_paragraph_that_moved_is_taken_out_and_put_in_whole() -> None:
    before = ["The ferry left at noon.", "Nobody waved at all on the pier that day.", "The pier was empty."]
    after = [before[0], before[2], before[1]]
    pieces = word_diff("\n\n".join([*before, ""]), "\n\n".join([*after, ""]))
    changed = [piece.text.strip() for piece in pieces if piece.kind != "same"]
    assert len(set(changed)) == 1
    assert changed[0] in (before[1], before[2])


def test_a_paragraph_split_in_two_is_no_change() -> None:
    pieces = word_diff("The ferry left. Nobody waved.", "The ferry left.\n\nNobody waved.")
    assert {piece.kind for piece in pieces} == {"same"}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("The ferry left – at noon …", 5),
        ("渡船离开。", 4),
        ("渡船 7 点离开 pier", 7),
    ],
)
def test_words_are_counted_without_punctuation(text: str, count: int) -> None:
    assert count_words(text) == count

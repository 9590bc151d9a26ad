"""A document's life as it was recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.history import Difference, History, read_history
from pipelines.recorded import Recorded
from pipelines.rows import StateChange
from tests.pipelines.examples import EVENING, MORNING, NOON, article, record_all
from tests.pipelines.lives import (
    CORRECTED,
    DAYS,
    ELSEWHERE,
    FIRST,
    LIFE,
    PLACE,
    SECOND,
    URL,
    capture_of,
    correct_text,
    record_life,
    record_move,
    seen,
)


def history_of(directory: Path, document_id: str = LIFE) -> History:
    with Recorded(directory) as recorded:
        history = read_history(recorded, document_id)
    assert history is not None
    return history


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> History:
    directory = tmp_path_factory.mktemp("life")
    record_life(directory)
    return history_of(directory)


def named(event: StateChange | Difference) -> str:
    return event.state if isinstance(event, StateChange) else event.line.kind


def words(difference: Difference, kind: str) -> str:
    """The words that were taken out, or put in, without the spaces between them."""
    return "".join("".join(piece.text for piece in difference.words if piece.kind == kind).split())


def test_what_was_never_met_has_no_history(tmp_path: Path) -> None:
    record_all(tmp_path, article())
    with Recorded(tmp_path) as recorded:
        assert read_history(recorded, "mfa:t404") is None


def test_a_life_in_the_order_of_time(life: History) -> None:
    assert [(event.date, named(event)) for event in life.events()] == [
        (DAYS[2], "revision"),
        (DAYS[3], "layout-changed"),
        (DAYS[4], "missing"),
        (DAYS[6], "gone"),
        (DAYS[7], "returned"),
        (DAYS[9], "moved"),
    ]
    assert (life.first_seen, life.first_revision) == (DAYS[0], 1)


def test_each_capture_and_the_revision_it_showed(life: History) -> None:
    assert [(showing.date, showing.capture, showing.revision) for showing in life.captures] == [
        (DAYS[day - 1], capture_of(day), revision) for day, revision in ((1, 1), (2, 1), (3, 2), (4, 2), (8, 2))
    ]


def test_a_revision_has_its_fields_and_its_words(life: History) -> None:
    (revision,) = life.of_kind("revision")
    assert revision.line.changed == ["headline", "editor", "article_body"]
    assert (revision.before.article_body, revision.after and revision.after.article_body) == (FIRST, SECOND)
    assert words(revision, "removed") == "twohundredlanternswerelit."
    assert words(revision, "added") == "nolanternwaslitthatnight."


def test_a_correction_is_no_event_of_the_publisher(life: History) -> None:
    (correction,) = life.of_kind("correction")
    assert correction not in life.events()
    assert (correction.line.before.correction, correction.line.after.correction) == (None, 1)
    assert correction.before.article_body == SECOND
    assert life.article.article_body == CORRECTED
    # It is the second revision still.
    assert (life.article.revision, life.article.correction) == (2, 1)


def test_a_new_layout_has_no_words(life: History) -> None:
    (new_layout,) = life.of_kind("layout-changed")
    assert (new_layout.line.before.layout, new_layout.line.after.layout) == ("example", "example-2024")
    assert (new_layout.after, new_layout.words) == (None, ())


def test_states_name_their_evidence(life: History) -> None:
    assert [(change.reason, change.capture, change.last_seen) for change in life.states] == [
        ("not-found", capture_of(5), DAYS[3]),
        ("not-found", capture_of(7), DAYS[3]),
        (None, capture_of(8), DAYS[3]),
        ("redirected", capture_of(10), DAYS[7]),
    ]
    assert life.watched is not None
    assert life.watched.state == "moved"


def test_a_text_that_turns_up_elsewhere(tmp_path: Path) -> None:
    record_move(tmp_path)
    history = history_of(tmp_path, PLACE)
    assert [change.state for change in history.states] == ["missing", "moved"]
    assert history.states[1].moved_to_document == ELSEWHERE
    assert history.story is not None
    assert [member.article.id for member in history.story.members] == [PLACE, ELSEWHERE]


def test_an_archive_may_show_the_older_text_later(tmp_path: Path) -> None:
    record_all(tmp_path, seen(3, SECOND), seen(1, FIRST))
    history = history_of(tmp_path)
    assert (history.first_seen, history.first_revision) == (DAYS[0], 2)
    assert [showing.revision for showing in history.captures] == [2, 1]
    (revision,) = history.of_kind("revision")
    assert (revision.date, revision.before.article_body) == (DAYS[2], FIRST)


def test_a_text_met_between_two_others_supersedes_what_was_told_of_them(tmp_path: Path) -> None:
    third = FIRST.replace("nine guests", "two geese")
    record_all(tmp_path, seen(1, FIRST), seen(9, SECOND))
    record_all(tmp_path, seen(5, third))
    history = history_of(tmp_path)
    assert [
        (one.date, one.before.article_body, one.after and one.after.article_body) for one in history.differences
    ] == [
        (DAYS[4], FIRST, third),
        (DAYS[8], third, SECOND),
    ]
    (superseded,) = history.superseded
    assert (superseded.date, superseded.before.article_body) == (DAYS[8], FIRST)
    told = history.as_dict()
    assert [len(told[name]) for name in ("revisions", "superseded")] == [2, 1]


def test_a_known_text_met_between_two_others_is_a_change_back(tmp_path: Path) -> None:
    record_all(tmp_path, seen(1, FIRST), seen(5, SECOND), seen(9, SECOND))
    assert record_all(tmp_path, seen(7, FIRST)) == ["unchanged"]
    history = history_of(tmp_path)
    assert [(one.date, one.before.article_body) for one in history.of_kind("revision")] == [
        (DAYS[4], FIRST),
        (DAYS[6], SECOND),
        (DAYS[8], FIRST),
    ]
    # The third capture shows the revision that was written of it.
    assert [showing.revision for showing in history.captures] == [1, 2, 1, 2]
    assert record_all(tmp_path, seen(7, FIRST)) == ["unchanged"]
    assert history_of(tmp_path) == history


def test_once_the_origin_was_read_a_mirror_says_nothing_of_the_beginning(tmp_path: Path) -> None:
    mirror = {"url": "http://mirror.example.com/t1.htm", "mirror_of": URL}
    record_all(tmp_path, seen(1, FIRST, **mirror))
    history = history_of(tmp_path)
    assert (history.first_seen, history.as_dict()["mirror_of"]) == (DAYS[0], URL)
    record_all(tmp_path, seen(2, FIRST), seen(3, FIRST, **mirror))
    history = history_of(tmp_path)
    assert (history.first_seen, history.as_dict()["mirror_of"]) == (DAYS[1], None)
    assert [showing.from_mirror for showing in history.captures] == [True, False, True]


def test_a_capture_of_a_web_archive_is_named_with_the_archive(tmp_path: Path) -> None:
    archived = capture_of(1).model_copy(update={"archive": "wayback", "timestamp": "20240301060000", "digest": "ABC"})
    record_all(tmp_path, seen(2, FIRST), seen(1, FIRST, capture=archived.model_dump()))
    assert [showing.capture for showing in history_of(tmp_path).captures] == [archived, capture_of(2)]


def test_a_text_seen_earlier_than_it_was_met(tmp_path: Path) -> None:
    record_all(tmp_path, seen(3, FIRST), seen(2, FIRST))
    assert history_of(tmp_path).first_seen == DAYS[1]


def test_without_captures_the_texts_tell_when(tmp_path: Path) -> None:
    record_all(tmp_path, seen(2, FIRST, capture=None), seen(3, SECOND, capture=None))
    history = history_of(tmp_path)
    assert (history.captures, history.first_seen, history.first_revision) == ((), DAYS[1], 1)


def test_without_any_time_the_history_is_in_the_order_of_meeting(tmp_path: Path) -> None:
    times = {"date_retrieved": None, "capture": None}
    record_all(tmp_path, seen(1, FIRST, **times), seen(2, SECOND, **times))
    history = history_of(tmp_path)
    assert (history.first_seen, history.first_revision) == (None, 1)
    assert [revision.line.after.revision for revision in history.of_kind("revision")] == [2]


def test_what_a_mirror_showed_is_named(tmp_path: Path) -> None:
    mirror = {"url": "http://mirror.example.com/t1.htm", "mirror_of": "http://www.example.cn/eng/t1.htm"}
    record_all(tmp_path, seen(1, FIRST, **mirror), seen(2, SECOND))
    (revision,) = history_of(tmp_path).of_kind("revision")
    assert revision.mirrors == ["http://mirror.example.com/t1.htm"]


def test_a_correction_of_a_correction(tmp_path: Path) -> None:
    record_all(tmp_path, seen(1, FIRST))
    correct_text(tmp_path, LIFE, article_body=SECOND)
    correct_text(tmp_path, LIFE, article_body=CORRECTED)
    corrections = history_of(tmp_path).of_kind("correction")
    assert [(one.line.before.correction, one.line.after.correction) for one in corrections] == [(None, 1), (1, 2)]
    assert [one.before.article_body for one in corrections] == [FIRST, SECOND]


def test_returning_with_another_text_returns_first(tmp_path: Path) -> None:
    record_move(tmp_path)
    record_all(tmp_path, seen(9, SECOND, PLACE))
    assert [named(event) for event in history_of(tmp_path, PLACE).events()][-2:] == ["returned", "revision"]


@pytest.mark.parametrize(
    ("asked", "suggested"),
    [
        ("t1706373", ["missions:cebu/t1706373"]),
        ("mfa:t1706373", ["missions:cebu/t1706373", "mfa:t1706374"]),
        ("mfa:t1706375", ["mfa:t1706374"]),
        ("shine:2210281963", []),
    ],
)
def test_ids_that_may_be_meant(asked: str, suggested: list[str], tmp_path: Path) -> None:
    record_all(tmp_path, article("mfa:t1706374", date_retrieved=MORNING))
    record_all(tmp_path, article("missions:cebu/t1706373", "tea", date_retrieved=NOON), source="missions")
    record_all(tmp_path, article("ecns:ihckmzxh9366878", "salt", date_retrieved=EVENING), source="ecns")
    with Recorded(tmp_path) as recorded:
        assert recorded.nearest(asked) == suggested

"""The lines of revisions/: what of a document changed, from which capture to which."""

from __future__ import annotations

from pathlib import Path

import jsonschema

from crawler.items import Capture
from pipelines.recorded import Recorded
from pipelines.rows import Revision, StateChange
from tests.pipelines.examples import (
    EDITED,
    EVENING,
    MORNING,
    NIGHT,
    NOON,
    STILLS,
    article,
    captured,
    lines,
    opened,
    record_all,
    settle,
    sight,
)

ARTICLES, REVISIONS, STATES = "articles/mfa.jsonl", "revisions/mfa.jsonl", "states/mfa.jsonl"


def test_a_revision_tells_what_changed_from_which_capture_to_which(tmp_path: Path) -> None:
    before = captured(1, STILLS, MORNING, headline="Evening in the Harbour", author="Li")
    after = captured(
        2, EDITED, NOON, headline="Evening in the Harbor", author="Li", url="https://www.example.cn/t1.htm"
    )
    assert record_all(tmp_path, before, after) == ["new", "revision"]
    first, second = lines(tmp_path, ARTICLES)
    assert lines(tmp_path, REVISIONS) == [
        {
            "document": "mfa:t1",
            "source": "mfa",
            "kind": "revision",
            "date": NOON,
            "url": "https://www.example.cn/t1.htm",
            "headline": "Evening in the Harbor",
            "changed": ["headline", "article_body"],
            "fields": {"headline": {"before": "Evening in the Harbour", "after": "Evening in the Harbor"}},
            "before": {
                "revision": 1,
                "correction": None,
                "text_digest": first["text_digest"],
                "capture": Capture(file="a.warc.gz", record_id="urn:uuid:1").model_dump(),
                "date_retrieved": MORNING,
                "mirror_of": None,
                "layout": "example",
            },
            "after": {
                "revision": 2,
                "correction": None,
                "text_digest": second["text_digest"],
                "capture": Capture(file="a.warc.gz", record_id="urn:uuid:2").model_dump(),
                "date_retrieved": NOON,
                "mirror_of": None,
                "layout": "example",
            },
            # "by the quay" was put in: 3 of 19 words on both sides are not common
            "size": {"words_before": 8, "words_after": 11, "removed": 0, "added": 3, "similarity": 0.8421},
        }
    ]


def test_an_older_capture_after_a_younger_one_gives_a_row_in_order_of_time(tmp_path: Path) -> None:
    assert record_all(tmp_path, captured(1, EDITED, NOON), captured(2, STILLS, MORNING)) == ["new", "revision"]
    (row,) = lines(tmp_path, REVISIONS)
    assert (row["date"], row["before"]["date_retrieved"], row["after"]["date_retrieved"]) == (NOON, MORNING, NOON)
    # The numbers are of the order in which we met the texts.
    assert (row["before"]["revision"], row["after"]["revision"]) == (2, 1)
    assert (row["before"]["capture"]["record_id"], row["after"]["capture"]["record_id"]) == ("urn:uuid:2", "urn:uuid:1")
    assert (row["size"]["removed"], row["size"]["added"]) == (0, 3)


def test_a_new_document_and_an_unchanged_one_give_no_row(tmp_path: Path) -> None:
    record_all(tmp_path, captured(1, STILLS, MORNING), captured(2, STILLS, NOON), article("mfa:t2"))
    assert lines(tmp_path, REVISIONS) == []
    assert not (tmp_path / REVISIONS).exists()


def test_a_new_layout_around_the_same_words_gives_one_row_and_no_article(tmp_path: Path) -> None:
    redesigned = {"layout": "redesigned", "headline": "Harbour News: The Envoy on River Ferries"}
    history = [
        captured(1, STILLS, MORNING),
        captured(2, STILLS, NOON, **redesigned),
        captured(3, STILLS, EVENING, **redesigned),
    ]
    assert record_all(tmp_path, *history) == ["new", "unchanged", "unchanged"]
    record_all(tmp_path, *history)
    assert len(lines(tmp_path, ARTICLES)) == 1
    (row,) = lines(tmp_path, REVISIONS)
    assert (row["kind"], row["date"]) == ("layout-changed", NOON)
    assert (row["before"]["layout"], row["after"]["layout"]) == ("example", "redesigned")
    assert (row["before"]["revision"], row["after"]["revision"]) == (1, 1)
    assert row["before"]["text_digest"] == row["after"]["text_digest"]
    assert row["after"]["capture"]["record_id"] == "urn:uuid:2"
    assert row["size"] == {"words_before": 8, "words_after": 8, "removed": 0, "added": 0, "similarity": 1.0}


def test_each_new_layout_gives_a_row_an_older_one_none(tmp_path: Path) -> None:
    history = [
        captured(1, STILLS, MORNING),
        captured(2, STILLS, EVENING, layout="redesigned"),
        captured(3, STILLS, NOON, layout="for phones"),
        captured(4, STILLS, NIGHT),
    ]
    record_all(tmp_path, *history)
    rows = lines(tmp_path, REVISIONS)
    assert [(row["before"]["layout"], row["after"]["layout"]) for row in rows] == [
        ("example", "redesigned"),
        ("redesigned", "example"),
    ]


def test_a_mirror_s_layout_is_none_of_the_document(tmp_path: Path) -> None:
    origin = "http://www.example.cn/eng/t1.htm"
    record_all(tmp_path, captured(1, STILLS, MORNING), captured(2, STILLS, NOON, layout="mirror", mirror_of=origin))
    assert lines(tmp_path, REVISIONS) == []


def test_the_listing_s_date_is_not_lost_with_the_layout(tmp_path: Path) -> None:
    listed = {"date_published": "2022-10-28T08:53:00+08:00", "date_precision": "minute", "date_origin": "listing"}
    of_page = {"date_published": "2022-10-28", "date_precision": "day", "date_origin": "page"}
    record_all(tmp_path, captured(1, STILLS, MORNING, **listed), captured(2, STILLS, NOON, layout="new", **of_page))
    (row,) = lines(tmp_path, REVISIONS)
    assert (row["kind"], row["changed"]) == ("layout-changed", [])


def test_rows_validate_against_their_schemas(tmp_path: Path) -> None:
    record = opened(tmp_path)
    for item in (captured(1, STILLS, MORNING), captured(2, EDITED, NOON), captured(3, EDITED, EVENING, layout="new")):
        settle(record, item)
    record.miss("mfa:t1", "not-found", sight(NIGHT))
    record.commit()
    record.finish()
    for path, model, count in ((REVISIONS, Revision, 2), (STATES, StateChange, 1)):
        validator = jsonschema.Draft202012Validator(model.model_json_schema(mode="serialization"))
        assert len(lines(tmp_path, path)) == count
        for row in lines(tmp_path, path):
            validator.validate(row)
            assert list(row) == list(model.model_fields)


def test_the_rows_of_a_document_are_found_by_its_id(tmp_path: Path) -> None:
    record = opened(tmp_path)
    for item in (captured(1, STILLS, MORNING), article("mfa:t2", "mountain roads"), captured(2, EDITED, NOON)):
        settle(record, item)
    record.miss("mfa:t2", "not-found", sight(NIGHT, "t2"))
    record.miss("mfa:t1", "soft-404", sight(NIGHT))
    record.commit()
    record.finish()
    with Recorded(tmp_path) as recorded:
        assert [row.document for row in recorded.revisions("mfa:t1")] == ["mfa:t1"]
        assert [row.reason for row in recorded.states("mfa:t1")] == ["soft-404"]
        assert recorded.revisions("mfa:t2") == []
        assert [row.reason for row in recorded.states("mfa:t2")] == ["not-found"]

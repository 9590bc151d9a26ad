"""What counts as a change between two readings of a document, and how large it is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.items import Article
from pipelines.changes import CONTENT_FIELDS, change, changed_fields, size, with_listed_date
from pipelines.normalise import normalise
from tests.pipelines.examples import NOON, article

#: A date as a listing gave it: its time of day is no part of the page.
LISTED = {
    "date_published": "2022-10-28T09:30:00+08:00",
    "date_published_raw": "2022-10-28 09:30",
    "date_precision": "minute",
    "date_origin": "listing",
}
WORDS = st.lists(st.sampled_from("ferry pier noon dawn envoy captain 渡 船".split()), max_size=12).map(" ".join)


def dated(date: str | None, precision: str | None, origin: str | None = "body") -> Article:
    return article(date_published=date, date_published_raw=date, date_precision=precision, date_origin=origin)


# the date of a listing


@pytest.mark.parametrize(
    ("date", "precision"),
    [
        (None, None),
        ("2022-11-02", "estimated"),  # a guess, even of another day
        ("2022-10-28", "day"),  # the same day, without a time
    ],
)
def test_a_page_that_knows_no_better_keeps_the_listed_date(date: str | None, precision: str | None) -> None:
    kept = with_listed_date(dated(date, precision), article(**LISTED))
    assert {name: getattr(kept, name) for name in LISTED} == LISTED


@pytest.mark.parametrize(
    ("date", "precision"),
    [
        ("2022-10-29", "day"),  # another day: the page says so
        ("2022-10-28T09:31:00+08:00", "minute"),
        ("2022-10-28T09:30:12+08:00", "second"),
    ],
)
def test_a_page_that_says_another_date_is_believed(date: str, precision: str) -> None:
    read = dated(date, precision)
    assert with_listed_date(read, article(**LISTED)) == read


def test_a_date_that_was_never_listed_is_not_kept() -> None:
    read = dated(None, None, None)
    assert with_listed_date(read, dated("2022-10-28", "day", "page")) == read


def test_a_new_listing_is_believed() -> None:
    read = dated("2022-10-28", "day", "listing")
    assert with_listed_date(read, article(**LISTED)) == read


# fields


def test_what_tells_of_the_capture_is_no_content() -> None:
    other = article(
        url="https://www.example.cn/eng/t1.htm",
        date_retrieved=NOON,
        layout="example-2024",
        capture={"file": "a.warc.gz", "record_id": "urn:uuid:1"},
        revision=2,
        story="mfa:t7",
    )
    assert changed_fields(article(), other) == []


@pytest.mark.parametrize(
    ("field", "before", "after"),
    [
        ("headline", "The Envoy’s Ferry – at Last", "The Envoy's  Ferry - at Last"),
        ("article_body", "“The ferry” left.\n\nNobody waved.", '"The ferry" left. Nobody waved.'),
        ("author", "Li\u00a0Shu", "Li Shu"),
    ],
)
def test_white_space_and_typography_are_no_change(field: str, before: str, after: str) -> None:
    assert changed_fields(article(**{field: before}), article(**{field: after})) == []


@pytest.mark.parametrize(
    ("field", "after"),
    [
        ("headline", "The Envoy on river ferries"),
        ("editor", "Li Shu"),
        ("date_published", None),
        ("keywords", ["ferries"]),
        ("images", [{"url": "http://www.example.cn/ferry.jpg"}]),
        ("article_body", "The ferry left."),
    ],
)
def test_a_field_that_differs_is_named(field: str, after: Any) -> None:
    assert field in CONTENT_FIELDS
    assert changed_fields(article(), article(**{field: after})) == [field]


def test_fields_are_named_in_the_order_of_the_article() -> None:
    after = article(article_body="The ferry left.", headline="The Ferry", keywords=["ferries"])
    assert changed_fields(article(), after) == ["headline", "article_body", "keywords"]


# the line


def test_a_revision_says_what_was_and_what_is() -> None:
    before = normalise(article(article_body="The ferry left at noon.", revision=1))
    after = normalise(article(article_body="The ferry left at dawn.", revision=2, editor="Li", date_retrieved=NOON))
    line = change("revision", before, after)
    assert (line.document, line.source, line.kind, line.date) == ("mfa:t1", "mfa", "revision", NOON)
    assert line.changed == ["editor", "article_body"]
    # Texts are in the Article lines.
    assert {name: (field.before, field.after) for name, field in line.fields.items()} == {"editor": (None, "Li")}
    assert (line.before.revision, line.after.revision) == (1, 2)
    assert (line.before.text_digest, line.after.text_digest) == (before.text_digest, after.text_digest)


def test_a_new_layout_has_the_numbers_of_the_text_it_shows() -> None:
    before = normalise(article(revision=3, correction=2))
    line = change("layout-changed", before, normalise(article(layout="example-2024")))
    assert (line.after.revision, line.after.correction, line.after.layout) == (3, 2, "example-2024")
    assert line.changed == []


# size


def test_size_in_words() -> None:
    measured = size("The old ferry left at noon.", "The ferry left at dawn, in fog.")
    assert (measured.words_before, measured.words_after) == (6, 7)
    # "old" and "noon." are gone, "dawn," "in" and "fog." are new.
    assert (measured.removed, measured.added) == (2, 3)
    assert measured.similarity == pytest.approx(1 - 5 / 13, abs=0.0001)


def test_size_in_characters() -> None:
    measured = size("渡船离开。", "渡船昨天离开。")
    assert (measured.words_before, measured.words_after, measured.removed, measured.added) == (4, 6, 0, 2)


@pytest.mark.parametrize(
    ("before", "after", "similarity"),
    [("", "", 1), ("The ferry left.", "The  ferry\nleft.", 1), ("The ferry left.", "渡船离开。", 0)],
)
def test_similarity_at_its_ends(before: str, after: str, similarity: float) -> None:
    assert size(before, after).similarity == similarity


@given(WORDS, WORDS)
def test_what_is_not_taken_out_is_what_is_not_put_in(before: str, after: str) -> None:
    measured = size(before, after)
    assert measured.words_before - measured.removed == measured.words_after - measured.added
    assert 0 <= measured.similarity <= 1

"""Walks of listings, newest first. A letter is an item; what a walk shows is a word."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.listed import LISTED, Listed


def opened(connection: sqlite3.Connection) -> Listed:
    for statement in LISTED:
        connection.execute(statement)
    return Listed(lambda statement, *parameters: connection.execute(statement, parameters).fetchall())


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    yield connection
    connection.close()


@pytest.fixture
def listed(connection: sqlite3.Connection) -> Listed:
    return opened(connection)


def walk(listed: Listed, shown: str, section: str = "news", source: str = "mfa") -> str:
    """The items that left from the middle."""
    members = {name: f"http://www.example.cn/{section}/{name}.htm" for name in shown}
    return "".join(listed.update(source, section, members))


def standing(connection: sqlite3.Connection, section: str = "news") -> str:
    """The items that are known, from the newest on."""
    rows = connection.execute("SELECT document FROM listed WHERE section = ? ORDER BY position", (section,))
    return "".join(document for (document,) in rows)


@pytest.mark.parametrize(
    ("first", "second", "missed", "known"),
    [
        # nothing happened
        ("abcd", "abcd", "", "abcd"),
        # new items at the top; the oldest leave by age
        ("abcd", "xabcd", "", "xabcd"),
        ("abcd", "xabc", "", "xabcd"),
        ("abcd", "xyab", "", "xyabcd"),
        # all are new: nothing is known of what lies behind
        ("abcd", "wxyz", "", "wxyzabcd"),
        # taken out: of the middle, of the top, several, and the last but one
        ("abcd", "abd", "c", "abd"),
        ("abcd", "bcd", "a", "bcd"),
        ("abcde", "ace", "bd", "ace"),
        ("abcd", "xad", "bc", "xad"),
        # the last one may have left by age
        ("abcd", "abc", "", "abcd"),
        # a walk that stopped early says nothing of what lies behind
        ("abcdefgh", "xab", "", "xabcdefgh"),
        ("abcdefgh", "xac", "b", "xacdefgh"),
        # an item pinned to the top stays there while others come below it
        ("pabc", "pxab", "", "pxabc"),
        ("pabc", "pxya", "", "pxyabc"),
        # pinned, it stood further down before
        ("abcd", "dabc", "", "dabc"),
        ("abcd", "cxab", "", "cxabd"),
        # a walk of two pages on which items moved
        ("abcd", "bacd", "", "bacd"),
        # nothing was known, or nothing is shown
        ("", "abc", "", "abc"),
        ("abc", "", "", "abc"),
    ],
)
def test_what_left_from_the_middle(
    first: str, second: str, missed: str, known: str, listed: Listed, connection: sqlite3.Connection
) -> None:
    assert walk(listed, first) == ""
    assert walk(listed, second) == missed
    assert standing(connection) == known
    assert walk(listed, second) == ""  # told once


def test_an_item_that_returns_can_be_missed_again(listed: Listed, connection: sqlite3.Connection) -> None:
    walk(listed, "abcd")
    assert walk(listed, "acd") == "b"
    assert walk(listed, "abcd") == ""
    assert standing(connection) == "abcd"
    assert walk(listed, "acd") == "b"


def test_an_item_that_is_no_longer_pinned_is_a_reason_to_look(listed: Listed) -> None:
    walk(listed, "abcd")
    walk(listed, "dxab")
    assert walk(listed, "xabc") == "d"


def test_short_walks_and_a_long_one(listed: Listed, connection: sqlite3.Connection) -> None:
    """Each day two of the items are new, and only the first page is walked; then all pages are."""
    walk(listed, "efghij")
    assert walk(listed, "cdef") == ""
    assert walk(listed, "abcd") == ""
    assert standing(connection) == "abcdefghij"
    assert walk(listed, "abcdefhij") == "g"


def test_two_sections_are_two_listings(listed: Listed, connection: sqlite3.Connection) -> None:
    assert walk(listed, "abc") == ""
    assert walk(listed, "cba", section="speeches") == ""
    assert walk(listed, "ac") == "b"
    assert standing(connection, "speeches") == "cba"
    assert walk(listed, "cba", section="speeches") == ""
    assert listed.urls("b") == ["http://www.example.cn/speeches/b.htm"]


def test_sections_of_two_sources_may_have_one_name(listed: Listed) -> None:
    walk(listed, "abc")
    assert walk(listed, "ac", source="ecns") == ""
    assert walk(listed, "ac") == "b"


def test_the_urls_under_which_a_document_is_listed(listed: Listed) -> None:
    walk(listed, "ab")
    walk(listed, "ba", section="speeches")
    assert listed.urls("a") == ["http://www.example.cn/news/a.htm", "http://www.example.cn/speeches/a.htm"]
    listed.update("mfa", "news", {"a": "http://www.example.cn/speeches/a.htm", "b": "http://www.example.cn/b.htm"})
    assert listed.urls("a") == ["http://www.example.cn/speeches/a.htm"]
    assert listed.urls("never listed") == []


ITEMS = "abcdefghijklmnopqrstuvwxyz"


@settings(deadline=None)
@given(st.data(), st.integers(3, 6))
def test_a_site_that_only_adds_and_takes_out(data: st.DataObject, page: int) -> None:
    """Walked in full first, then by a page or two: what was taken out above the last item shown is missed, all of it
    and nothing else."""
    connection = sqlite3.connect(":memory:")
    listed = opened(connection)
    names = iter(ITEMS)
    site = [next(names) for _ in range(8)][::-1]
    known = set(site)
    assert walk(listed, "".join(site)) == ""
    for _ in range(8):
        site = [next(names) for _ in range(data.draw(st.integers(0, 2)))][::-1] + site
        taken = data.draw(st.lists(st.sampled_from(site), max_size=2, unique=True)) if len(site) > page else []
        site = [item for item in site if item not in taken]
        shown = site[: page * data.draw(st.integers(1, 2))]
        missed = walk(listed, "".join(shown))
        # Names rise with time, so what is older than the oldest item shown lies beyond the walk.
        reached = min((item for item in shown if item in known), default="~")
        expected = {item for item in known - set(site) if item > reached}
        assert set(missed) == expected
        assert missed == "".join(sorted(missed, reverse=True))
        known = known - expected | set(shown)
        assert set(standing(connection)) == known
    connection.close()

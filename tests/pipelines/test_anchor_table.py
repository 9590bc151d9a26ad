from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from pipelines.anchor_table import ANCHORS, MOST_HOLDERS, AnchorTable, Candidate


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    for statement in ANCHORS:
        connection.execute(statement)
    yield connection
    connection.close()


@pytest.fixture
def table(connection: sqlite3.Connection) -> AnchorTable:
    return AnchorTable(lambda statement, *parameters: connection.execute(statement, parameters).fetchall())


def test_texts_that_share_anchors_are_candidates_those_with_most_first_then_the_earliest(table: AnchorTable) -> None:
    table.add(3, [-5, 1, 2, 3])
    table.add(1, [1, 2, 7, 8])
    table.add(2, [1, 2, 3, 9])
    table.add(4, [10, 11, 12, 13])
    assert table.candidates([1, 2, 3, 4]) == [Candidate(2, 3, 4), Candidate(3, 3, 4), Candidate(1, 2, 4)]


def test_a_fifth_of_the_fewer_anchors_is_wanted(table: AnchorTable) -> None:
    table.add(1, [*range(10)])
    table.add(2, [0, 1, *range(20, 28)])
    table.add(3, [0, *range(30, 34)])
    assert table.candidates([0, 1, *range(40, 49)]) == [Candidate(1, 2, 10), Candidate(2, 2, 10), Candidate(3, 1, 5)]
    assert table.candidates([0, *range(40, 49)]) == [Candidate(3, 1, 5)]


def test_a_text_without_anchors_is_neither_entered_nor_found(
    table: AnchorTable, connection: sqlite3.Connection
) -> None:
    table.add(1, [])
    assert table.candidates([]) == []
    assert connection.execute("SELECT count(*) FROM anchored_texts").fetchone() == (0,)


def test_of_many_holders_the_first_are_enough(table: AnchorTable, connection: sqlite3.Connection) -> None:
    for text in range(MOST_HOLDERS + 5):
        table.add(text, [-1, 1000 + text])
    assert connection.execute("SELECT count(*) FROM anchors WHERE anchor = -1").fetchone() == (MOST_HOLDERS,)
    found = table.candidates([-1, 1000 + MOST_HOLDERS])
    assert len(found) == MOST_HOLDERS + 1
    assert found[0] == Candidate(0, 1, 2)
    assert Candidate(MOST_HOLDERS, 1, 2) in found


def test_every_statement_goes_by_the_key(connection: sqlite3.Connection) -> None:
    """A table scan would cost the more the larger the ledger is."""
    plans: list[str] = []

    def explain(statement: str, *parameters: object) -> list[tuple[object, ...]]:
        plans.extend(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))
        return []

    table = AnchorTable(explain)
    table.add(1, [1])
    table.candidates([1])
    assert any("SEARCH anchors USING PRIMARY KEY (anchor=?)" in plan for plan in plans)
    assert not [
        plan for plan in plans if plan.startswith("SCAN") and not plan.startswith(("SCAN json_each", "SCAN shared"))
    ]

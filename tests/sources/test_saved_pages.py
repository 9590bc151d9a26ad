"""Every saved page in `tests/fixtures`, read with its source: one test a field, so that a failure names the field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from crawler.extraction.problem import Problem
from crawler.fixtures import SavedPage, saved_pages
from crawler.items import Article

CASES = saved_pages()


def of_kind(kind: str) -> list[Any]:
    return [pytest.param(case, id=case.name) for case in CASES if case.kind == kind]


def fields() -> Iterator[Any]:
    for case in CASES:
        if case.kind == "article":
            for name in Article.model_fields:
                yield pytest.param(case, name, id=f"{case.name}-{name}")


def test_every_source_has_saved_pages_of_every_kind() -> None:
    kinds: dict[str, set[str]] = {}
    for case in CASES:
        kinds.setdefault(case.source.name, set()).add(case.kind)
    assert set(kinds) == {"ecns", "hk_commissioner", "mfa", "missions", "shine", "xinhua"}
    assert all(found == {"article", "listing", "problem"} for found in kinds.values()), kinds


@pytest.mark.parametrize(("case", "field"), list(fields()))
def test_field(case: SavedPage, field: str) -> None:
    assert case.article.model_dump()[field] == case.expected_field(field)


@pytest.mark.parametrize("case", of_kind("problem"))
def test_refused(case: SavedPage) -> None:
    with pytest.raises(Problem) as caught:
        _ = case.article
    assert caught.value.code == case.expectation["problem"]


@pytest.mark.parametrize("case", of_kind("listing"))
def test_listing(case: SavedPage) -> None:
    assert case.listing == case.expectation["listing"]

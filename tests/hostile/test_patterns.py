"""No regular expression of the project takes the square of its text's length, or worse."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.hostile.patterns import Pattern, attacks, growth, patterns

#: Twice the text may take twice the time, and a bit; a square takes four times.
MOST_GROWTH = 3
#: What never reads a text from outside.
OWN_TEXTS = {
    "crawler.commands.history._BREAK": "the record's texts, in which no two white spaces follow each other",
    "crawler.notification.channels._SEPARATOR": "the operator's own setting",
}


def cases() -> list[Any]:
    return [
        pytest.param(pattern, id=f"{pattern.name}.{pattern.method}")
        for pattern in patterns()
        if pattern.name not in OWN_TEXTS
    ]


def test_the_patterns_are_found() -> None:
    names = {pattern.name for pattern in patterns()}
    assert len(names) > 100
    # A constant, one of a tuple, an attribute of a class, one of the pipelines.
    assert {
        "crawler.extraction.dates._DATE",
        "crawler.extraction.wire._DATELINES",
        "crawler.sources.ecns.Ecns.gone",
        "pipelines.normalise.TRACKING",
    } <= names


def test_a_pattern_is_tried_as_the_code_calls_it() -> None:
    methods = {(pattern.name, pattern.method) for pattern in patterns()}
    assert ("crawler.extraction.wire._DATELINES", "match") in methods
    assert ("crawler.extraction.wire._DATELINES", "search") not in methods


@pytest.mark.parametrize(
    ("expression", "method"),
    [(r"\s*x", "search"), (r"(?:a|ab|b)+$", "match"), (r"(?:\d{1,2}\s*)+$", "match"), (r"<(.*?)>.*?</", "search")],
)
def test_a_catastrophic_pattern_is_noticed(expression: str, method: str) -> None:
    pattern = Pattern("catastrophic", re.compile(expression), method)
    assert max(growth(pattern, attack) for attack in attacks(pattern.compiled)) >= MOST_GROWTH


@pytest.mark.parametrize("pattern", cases())
def test_the_time_grows_as_the_text(pattern: Pattern) -> None:
    for attack in attacks(pattern.compiled):
        assert growth(pattern, attack) < MOST_GROWTH, attack

"""How well a text was read: token F1 of the body against a truth, and whether the headline is the same."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean

from benchmarks.pages import ArticlePage, Truth
from crawler.extraction.text import clean_line

_TOKEN = re.compile(r"\w+")
#: Below this a body counts as misread.
_MISREAD = 0.9


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a program read from a page; null what it does not give."""

    headline: str | None
    body: str | None


@dataclass(frozen=True, slots=True)
class Quality:
    """Over `pages` pages: mean token F1, bodies below 0.9, and headlines equal to the truth."""

    pages: int
    body_f1: float
    misread: int
    same_headlines: int


def token_f1(body: str, truth: str) -> float:
    """Harmonic mean of precision and recall over the multisets of lower-case words (`\\w+`); 1 where both are empty."""
    found, expected = (Counter(_TOKEN.findall(text.lower())) for text in (body, truth))
    if not found and not expected:
        return 1.0
    return 2 * (found & expected).total() / (found.total() + expected.total())


def quality(
    read: Callable[[ArticlePage], Extracted | None], pages: Sequence[ArticlePage], truths: Mapping[str, Truth]
) -> Quality:
    """Read every page and compare. A page that gives nothing counts with F1 0."""
    return compared([read(page) for page in pages], [truths[page.url] for page in pages])


def compared(results: Sequence[Extracted | None], truths: Sequence[Truth]) -> Quality:
    """Results and truths of the same pages in the same order."""
    scores = [
        token_f1(result.body or "" if result else "", truth.body) for result, truth in zip(results, truths, strict=True)
    ]
    same = sum(
        result is not None and clean_line(result.headline or "") == clean_line(truth.headline)
        for result, truth in zip(results, truths, strict=True)
    )
    return Quality(len(scores), mean(scores), sum(score < _MISREAD for score in scores), same)

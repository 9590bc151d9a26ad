"""One page in the place of many."""

from __future__ import annotations

import pytest

from crawler.extraction.page import Page
from crawler.extraction.problem import Code, Problem
from crawler.spiders.sameness import Sameness

LOGIN = "<html><title>Sign in</title><body>Name and password, please</body></html>"


def page(number: int, text: str = LOGIN) -> Page:
    return Page.from_bytes(f"https://www.ecns.cn/{number}.shtml", text.encode())


def test_the_third_url_with_one_page_is_a_refusal() -> None:
    sameness = Sameness()
    sameness.check(page(1))
    sameness.check(page(2))
    with pytest.raises(Problem, match="the same page as 2 other URLs: Sign in") as raised:
        sameness.check(page(3))
    assert (raised.value.code, raised.value.url) == (Code.BLOCKED, "https://www.ecns.cn/3.shtml")
    with pytest.raises(Problem, match="the same page as 3 other URLs"):
        sameness.check(page(4))


def test_one_url_may_be_asked_again_and_again() -> None:
    sameness = Sameness()
    for _ in range(5):
        sameness.check(page(1))


def test_another_page_in_between_begins_anew() -> None:
    sameness = Sameness()
    for number in (1, 2):
        sameness.check(page(number))
    sameness.check(page(3, "<html><body>A ferry</body></html>"))
    for number in (4, 5):
        sameness.check(page(number))


def test_pages_that_differ_in_a_word_are_different() -> None:
    sameness = Sameness()
    for number in range(9):
        sameness.check(page(number, f"<html><body>You asked for {number}</body></html>"))

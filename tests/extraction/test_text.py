"""Paragraphs as a reader sees them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from crawler.extraction.text import clean_line, join_paragraphs, lines_of, split_paragraphs


def lines(html: str) -> list[str]:
    return lines_of(etree.fromstring(f"<div>{html}</div>", etree.HTMLParser(remove_comments=True)))


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>one</p><p>two</p>", ["one", "two"]),
        ("<P ALIGN=justify>ONE</P><P>two</P>", ["ONE", "two"]),
        ("<p>one<br><br>two<br>three</p>", ["one", "two", "three"]),
        ("<p>warm<span>ly</span> <b>wel</b>comed</p>", ["warmly welcomed"]),
        ("<p>&nbsp;</p><p>\u3000\u3000one</p><p> </p>", ["one"]),
        ("<p>a&nbsp;&nbsp;b\n   c</p>", ["a b c"]),
        ("<p>zero\u200bwidth\ufeff</p>", ["zerowidth"]),
        ("<p>cafe\u0301</p>", ["caf\u00e9"]),
        ("one<p>two</p>three", ["one", "two", "three"]),
        ("<p>a<script>x()</script>b<style>p{}</style></p>", ["ab"]),
        ("<p style='DISPLAY: none'>gone</p><p>here</p>", ["here"]),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", ["a b", "c"]),
        ("<ul><li>one<li>two</ul>", ["one", "two"]),
        ("<p>a<!-- not this -->b</p>", ["ab"]),
    ],
)
def test_lines(html: str, expected: list[str]) -> None:
    assert lines(html) == expected


def test_what_is_left_out_keeps_its_tail() -> None:
    tree = etree.fromstring("<div><p>a<span>x</span>b</p><div>c</div>d</div>", etree.HTMLParser())
    unwanted = [tree.find(".//span"), tree.find(".//div/div")]
    assert lines_of(tree, [element for element in unwanted if element is not None]) == ["ab", "d"]


def test_depth_is_no_matter() -> None:
    depth = 200
    assert lines("<div>" * depth + "deep" + "</div>" * depth) == ["deep"]


@given(st.text())
def test_cleaning_is_idempotent(text: str) -> None:
    assert clean_line(clean_line(text)) == clean_line(text)


@given(st.lists(st.text().map(clean_line).filter(bool)))
def test_paragraphs_survive_joining(paragraphs: list[str]) -> None:
    assert split_paragraphs(join_paragraphs(paragraphs)) == paragraphs

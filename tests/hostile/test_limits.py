"""What one page may cost: time that grows as the page does, and a bound to both."""

from __future__ import annotations

import re
from time import process_time
from typing import Any

import pytest

from crawler.extraction.identity import Address
from crawler.extraction.page import MAX_BYTES, MAX_LINES, MAX_TAGS, Page
from crawler.extraction.problem import Code, Problem
from crawler.extraction.text import clean_line
from crawler.sources import sources
from pipelines.normalise import normalise
from tests.hostile.limited import MEGABYTE, run_limited
from tests.hostile.markup import Origin, origins

# --- pieces of pages, again and again

#: Where articles and items stand.
_INSIDE = re.compile(
    rb"id=[\"']?(?:Content|content|detail|yanse|News_Body_Txt_A)\b[^>]*>|<ul[^>]*>|<div class=\"content\"[^>]*>|</h1>"
)
PIECES = (
    b"<img src=a.jpg>",
    b"<p><img src=a.jpg></p>",
    b"<p align=center><img src=a.jpg></p><p align=center>(Xinhua/Li Ming)</p>",
    b"<img src='/dian1.gif'>",
    b"<p>",
    b"<p>A line.</p>",
    b"<br>A line.",
    b"<p>2020-01-01 10:00</p>",
    b"<p>Source: Xinhua</p>",
    b"<p>By Li Ming</p>",
    b"<h1>A</h1>",
    b"<a href='t1558711.shtml'></a>",
    b"<li><a href='/news/politics/2026-10-03/detail-ihfkteqw7941628.shtml'>A</a>",
    b"<td>Home <a>Home</a>",
    b"<tr><td>A",
    b"<span class=time>2020-01-01 10:00</span>",
    b"<div class=TRS_Editor>A</div>",
    b"<div class=content><p>A</p></div>",
    b"<div class=list-story><a href='/news/metro/2210281963/'>A</a></div>",
    b"<article><p>A</p>",
    b"<meta name=ContStart>",
    b"<!--ContStart-->",
    b"<font>A</font>",
    b"<div><span>A",
)
TIMES = 2000
#: A piece of a page takes some ten microseconds; a thousand pieces that look at each other, seconds.
MEASURABLE = 0.2


def cases() -> list[Any]:
    """One article and one listing of each source, in each of the pieces."""
    found: dict[tuple[str, bool], Origin] = {}
    for origin in origins():
        address = Address.of(origin.url)
        assert address is not None
        if _INSIDE.search(origin.body):
            found.setdefault((origin.source.name, origin.source.is_listing(address)), origin)
    return [pytest.param(origin, id=origin.name) for origin in found.values()]


def seconds(origin: Origin, piece: bytes, times: int) -> float:
    place = _INSIDE.search(origin.body)
    assert place is not None
    body = origin.body[: place.end()] + piece * times + origin.body[place.end() :]
    began = process_time()
    try:
        page = Page.from_bytes(origin.url, body, origin.content_type)
        if origin.source.is_listing(Address.of(origin.url) or Address("", "", "")):
            origin.source.listing(page)
        else:
            origin.source.continuations(page)
            origin.source.read(page)
    except Problem:
        pass
    return process_time() - began


@pytest.mark.parametrize("origin", cases())
def test_the_time_grows_as_the_page(origin: Origin) -> None:
    for piece in PIECES:
        if seconds(origin, piece, TIMES) > MEASURABLE:
            growth = min(seconds(origin, piece, TIMES) / seconds(origin, piece, TIMES // 2) for _ in range(3))
            assert growth < 3, piece


# --- the largest pages that are read, and larger ones

_READ = """
from crawler.extraction.page import Page
from crawler.extraction.problem import Problem
from crawler.sources import source_of

url, unit, count = sys.argv[1], sys.argv[2].encode(), int(sys.argv[3])
body = b"<html><head><title>A</title></head><body><h1>A</h1><div id=Content>" + unit * count + b"</div></body></html>"
try:
    result = source_of(url).read(Page.from_bytes(url, body)).layout
except Problem as problem:
    result = problem.code
"""
URLS = {
    origin.source.name: origin.url
    for origin in origins()
    if origin.source.identify(Address.of(origin.url) or Address("", "", ""))
}


@pytest.mark.parametrize("source", sorted(sources()))
def test_ten_million_nodes(source: str) -> None:
    finished = run_limited(_READ, URLS[source], "<b>a</b>", "10000000", memory=1024 * MEGABYTE, cpu=5)
    assert finished.result == "too-large"


@pytest.mark.parametrize("unit", ["<b>", "<p>a", "<a b c d e f g h>"])
def test_as_many_nodes_as_the_bytes_allow(unit: str) -> None:
    count = (MAX_BYTES - 1000) // len(unit)
    finished = run_limited(_READ, URLS["xinhua"], unit, str(count), memory=1024 * MEGABYTE, cpu=5)
    assert finished.result == "too-large"


@pytest.mark.parametrize("source", sorted(sources()))
def test_the_most_tags_that_are_read(source: str) -> None:
    unit = "<p>" + "word " * 60 + "</p>"
    count = min(MAX_TAGS // 2 - 10, MAX_BYTES // len(unit) - 10)
    finished = run_limited(_READ, URLS[source], unit, str(count), memory=1024 * MEGABYTE, cpu=20)
    assert finished.result != "too-large"


@pytest.mark.parametrize(
    "attribute", [" a%d=x", " a%d", "/a%d", " a%d='>'", ' a%d = "<p>"', " a%d==", ' a%d\'=""', "\n=a%d"]
)
def test_attributes_without_end(attribute: str) -> None:
    attributes = "".join(attribute % number for number in range(300_000)).encode()
    began = process_time()
    with pytest.raises(Problem) as caught:
        _ = Page.from_bytes("http://a/", b"<html><body" + attributes + b"><p>A</p></body></html>").tree
    assert process_time() - began < 5
    assert caught.value.code == Code.TOO_LARGE


@pytest.mark.parametrize(
    "between", [" a='%s'", ' a="%s"', " a>%s", "><script>if (a < b) %s</script", "><!-- <b> %s --", " a=>%s"]
)
def test_words_that_are_no_attributes(between: str) -> None:
    words = " ".join(f"w{number}" for number in range(50_000))
    page = Page.from_bytes("http://a/", f"<html><body{between % words}><p>A</p></body></html>".encode())
    assert "A" in page.lines[-1]


def test_a_nest_of_a_hundred_thousand_tags() -> None:
    page = Page.from_bytes("http://a/", b"<html><body>" + b"<div>" * 100_000 + b"deep")
    with pytest.raises(Problem) as caught:
        _ = page.lines
    assert caught.value.code == Code.TOO_LARGE


def test_a_text_of_more_lines_than_a_page_has() -> None:
    assert len(Page("http://a/", "a\n" * MAX_LINES, "utf-8", is_markup=False).lines) == MAX_LINES
    with pytest.raises(Problem) as caught:
        _ = Page("http://a/", "a\n" * (MAX_LINES + 1), "utf-8", is_markup=False).lines
    assert caught.value.code == Code.TOO_LARGE


# --- accents

#: Two whose order NFC turns round, a letter's width apart in no font.
ACCENTS = "\u0301\u0327"


@pytest.mark.parametrize("pile", [ACCENTS, "\u0344", "\u0f73\u0f71", f"{ACCENTS} "], ids=ascii)
def test_a_pile_of_accents_is_cleaned_in_time(pile: str) -> None:
    began = process_time()
    cleaned = clean_line("e" + pile * 200_000 + "f")
    assert process_time() - began < 2
    assert cleaned[-1] == "f"
    assert sum(character not in " ef" for character in cleaned) <= 30
    assert clean_line(cleaned) == cleaned


@pytest.mark.parametrize("line", ["\u0301", ACCENTS * 9, f"{ACCENTS} \u0301"])
def test_accents_without_a_letter_are_none(line: str) -> None:
    assert clean_line(line) == ""
    assert clean_line(line + "é") == "é"


def test_the_accents_of_a_language_stay() -> None:
    vietnamese, hebrew = "Việt Nam ẵ", "שָׁלוֹם עֲלֵיכֶם"
    assert clean_line(vietnamese) == vietnamese
    assert [len(word) for word in clean_line(hebrew * 90).split()] == [len(word) for word in (hebrew * 90).split()]


def test_paragraphs_of_nothing_but_accents_are_normalised_in_time() -> None:
    """Their texts are compared without the white space between them."""
    origin = next(one for one in origins() if one.name == "ecns/e1-2019-society")
    piles = "".join(f"<p>{ACCENTS * 15}</p>" for _ in range(10_000)).encode()
    body = origin.body.replace(b'id="yanse">', b'id="yanse">' + piles)
    began = process_time()
    article = normalise(origin.source.read(Page.from_bytes(origin.url, body, origin.content_type)))
    assert process_time() - began < 5
    assert "\u0327" not in article.article_body

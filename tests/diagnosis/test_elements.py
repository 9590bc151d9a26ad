"""Naming places in a page, and what may stand there."""

from __future__ import annotations

import pytest
from lxml.etree import _Element as Element

from crawler.diagnosis.elements import bodies, containers, css_path, dates, headlines, selector_name, url_shape
from crawler.extraction.layout import Select, by_id, css, elements, xpath
from crawler.extraction.page import Page


def page(body: str, head: str = "") -> Page:
    markup = f"<html><head>{head}</head><body>{body}</body></html>"
    return Page.from_bytes("https://www.ecns.cn/a.shtml", markup.encode())


def only(shown: Page, query: str) -> Element:
    (found,) = elements(css(query), shown.tree)
    return found


def test_a_path_begins_at_the_nearest_id() -> None:
    shown = page('<div class="a"><div id="main"><ul class="news big wide"><li><a>x</a></li></ul></div></div>')
    assert css_path(only(shown, "a")) == "div#main > ul.news.big > li > a"
    assert list(elements(css(css_path(only(shown, "a"))), shown.tree)) == [only(shown, "a")]


def test_a_path_is_four_elements_long_and_knows_no_numbers() -> None:
    shown = page('<div><section><div class="col post-12345"><p id="p20261122"><span>x</span></p></div></section></div>')
    assert css_path(only(shown, "span")) == "section > div.col > p > span"


def test_places_of_links_by_how_many_there_are() -> None:
    shown = page('<ul class="a"><li><a>1</a></li><li><a>2</a></li></ul><p><a>3</a></p>')
    assert containers(elements(css("a"), shown.tree)) == ["2 in ul.a > li > a", "1 in p > a"]


@pytest.mark.parametrize(
    ("url", "shape"),
    [
        ("https://a.cn/news/2026/11-22/123456.shtml", "/news/N/N-N/N.shtml"),
        ("https://a.cn/news/2026-11-22/detail-ihabcdef0000001.shtml", "/news/N-N-N/*.shtml"),
        ("https://a.cn/news/", "/news/"),
    ],
)
def test_the_shape_of_a_url(url: str, shape: str) -> None:
    assert url_shape(url) == shape


def test_a_headline_is_what_the_title_says() -> None:
    shown = page(
        '<h1>Ministry News</h1><div class="top"><div class="head"><b>Ferry talks reopen in Kunming</b></div></div>',
        "<title>Ferry talks reopen in Kunming_Ministry of News</title>",
    )
    assert [str(one) for one in headlines(shown)] == ["«Ferry talks reopen in Kunming» in div.top > div.head > b"]
    assert [str(one) for one in headlines(page("<h1>Ministry News</h1>"))] == ["«Ministry News» in h1"]


def test_a_body_is_where_the_text_is() -> None:
    text = "The ferry sails at noon. " * 8
    assert [
        one.path for one in bodies(page(f'<div id="menu"><p>Home</p></div><div class="text"><p>{text}</p></div>'))
    ] == ["div.text"]
    # Broken lines in place of paragraphs.
    assert [one.path for one in bodies(page(f'<p>Home</p><div class="text">{text}<br>{text}</div>'))] == ["div.text"]


def test_a_date_is_a_line_of_its_own() -> None:
    shown = page(
        '<a href="/"><span>2026-11-01</span></a><div class="foot">Copyright © 2020-01-01 Osterland</div>'
        '<p class="day">Nov 3, 2026</p><p class="time">2026-11-04 09:30</p>'
    )
    assert [str(one) for one in dates(shown)] == ["«2026-11-04 09:30» in p.time", "«Nov 3, 2026» in p.day"]


def first_paragraph(root: Element) -> list[Element]:
    return list(root.iter("p"))[:1]


@pytest.mark.parametrize(
    ("select", "name"),
    [
        (by_id("contitle"), "#contitle"),
        (css("div.downinfo > span"), "div.downinfo > span"),
        (css("div.bdylft div.content"), "div.bdylft div.content"),
        (css("#main h1"), "#main h1"),
        (css(".xltime"), ".xltime"),
        (xpath("h2[contains(@class, 'title')]"), "h2[contains(@class, 'title')]"),
        (first_paragraph, "first_paragraph"),
    ],
)
def test_a_selector_as_it_was_written(select: Select, name: str) -> None:
    assert selector_name(select) == name

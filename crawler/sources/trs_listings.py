"""Listing pages of the TRS network: their items with a date each, and the pager, which is a script.

| date beside the link | where | grade |
|---|---|---|
| none | EN 2014: from the title | A |
| `(2020-06-12)` behind it | ZH 2015 | A |
| `（2024-03-23）` behind it | ZH 2021 | B |
| `December 24, 2025` | EN 2024 | C |
| `(2020-07-01)`, `(2020/07/01)`, `（…）`, beside or inside the link | missions | A inside, else B |
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin

from lxml.etree import _Element as Element

from crawler.extraction.dates import Published, first_moment
from crawler.extraction.page import Page
from crawler.extraction.text import SPACE_BEFORE, clean_line, text_of

#: `default_3.shtml`, `index.html`: the page's number is null on the first.
PAGE_NAME = re.compile(r"(?P<stem>default|index)(?:_(?P<number>\d{1,6}))?\.(?P<suffix>s?html?)$")
#: `var countPage = 13//共多少页` (A).
_COUNT = re.compile(r"\bcountPage\s*=\s*['\"]?(\d{1,6})\b")
#: `createPageHTML(13, 0, "index", "htm")`, and with the pager's element before (C).
_CREATE = re.compile(
    r"createPageHTML\s*\(\s*(?:['\"][^'\"]*['\"]\s*,\s*)?['\"]?(?P<count>\d{1,6})['\"]?\s*,\s*['\"]?\d+['\"]?\s*,"
    r"\s*['\"](?P<stem>\w+)['\"]\s*,\s*['\"](?P<suffix>s?html?)['\"]"
)
#: The first page's name as the pager's script writes it: `<a href=\"default.shtml\"`.
_NAME_IN_SCRIPT = re.compile(r"['\"](?P<stem>default|index)\.(?P<suffix>s?html?)\b")
_MOST_PAGES = 5000
#: A date in brackets at the end of a link: `Some headline..（2024-03-14）`.
_DATE_IN_LINK = re.compile(
    SPACE_BEFORE + r"[(（\[【]\s*+((?:19|20)\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}日?(?: \d\d:\d\d)?)\s*+[)）\]】]\s*+$"
)
#: A headline that was cut: the link's `title` has the rest.
_CUT = re.compile(r"(?:(?<!\.)\.{2,}+|(?<!…)…++)$")
_LINE_BREAK = re.compile(
    r"(?P<chinese>(?<=[\u3000-\u9fff\uff00-\uffef]))?" + SPACE_BEFORE + r"<\s*+br\s*+(?:/\s*+)?>\s*+", re.IGNORECASE
)
#: What holds an item with its date at most.
_ITEMS = frozenset(("li", "tr", "dd", "dl", "p"))


def following_pages(page: Page) -> tuple[tuple[str, ...], bool]:
    """The URLs of the pages behind this one, and whether the page's script counts them all."""
    path = page.url.split("?")[0].split("#")[0]
    here = PAGE_NAME.search(path)
    number = int(here["number"] or 0) if here else 0
    if created := _CREATE.search(page.text):
        count, name = int(created["count"]), created
    elif counted := _COUNT.search(page.text):
        count = int(counted[1])
        in_script = _NAME_IN_SCRIPT.search(page.text, counted.end()) or _NAME_IN_SCRIPT.search(page.text)
        if (known := here or in_script) is None:
            return (), False
        name = known
    else:
        return _linked_pages(page, path, number), False
    names = (f"{name['stem']}_{index}.{name['suffix']}" for index in range(number + 1, min(count, _MOST_PAGES)))
    return tuple(urljoin(path, name) for name in names), True


def _linked_pages(page: Page, path: str, number: int) -> tuple[str, ...]:
    """Pages that real links lead to, where no script counts them."""
    directory = path.rpartition("/")[0]
    linked: dict[int, str] = {}
    for anchor in page.tree.iter("a"):
        url = page.absolute(anchor.get("href") or "")
        found = PAGE_NAME.search(url)
        if found and found["number"] and url.rpartition("/")[0] == directory and int(found["number"]) > number:
            linked.setdefault(int(found["number"]), url)
    return tuple(linked[index] for index in sorted(linked))


def without_line_breaks(headline: str) -> str:
    """A headline without a literal `<br>` in it: a space stands for it, but in Chinese nothing."""
    return _LINE_BREAK.sub(lambda found: "" if found["chinese"] is not None else " ", headline).strip()


def headline_of(anchor: Element) -> str | None:
    """The headline of a link, the cut end from its `title`, without a date in brackets; null for a picture."""
    shown = without_line_breaks(_DATE_IN_LINK.sub("", text_of(anchor)))
    whole = without_line_breaks(clean_line(anchor.get("title") or ""))
    if _CUT.search(shown) and whole.startswith(_CUT.sub("", shown).strip()):
        return whole
    return shown or None


def date_beside(anchor: Element) -> Published | None:
    """The date printed with a link: inside it, behind it, or elsewhere in its item."""
    for words in _words_beside(anchor):
        moment = first_moment(words)
        if moment is not None and moment.year is not None:
            return Published.of(moment.without_midnight(), "listing")
    return None


def _words_beside(anchor: Element) -> Iterator[str]:
    if inside := _DATE_IN_LINK.search(text_of(anchor)):
        yield inside[1]
    yield clean_line(anchor.tail or "")
    # Siblings up to the next link, then the item as far as it holds this link alone.
    for sibling in anchor.itersiblings():
        if sibling.tag == "a":
            break
        yield text_of(sibling)
        yield clean_line(sibling.tail or "")
    element: Element | None = anchor
    while element is not None and element.tag not in _ITEMS:
        element = element.getparent()
        if element is None or _has_several_links(element):
            return
    if element is not None:
        yield text_of(element).replace(text_of(anchor), " ")


def _has_several_links(element: Element) -> bool:
    links = (href for anchor in element.iter("a") if (href := anchor.get("href")))
    first = next(links, None)
    return any(href != first for href in links)

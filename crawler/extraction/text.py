"""Text as a reader sees it: from elements to clean paragraphs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator

from lxml.etree import _Element as Element

#: Elements that begin and end a line of their own in a browser. `tr` is one and `td` is not: cells of a row stand
#: side by side.
BLOCKS = frozenset(
    "address article aside blockquote body br caption center dd details div dl dt fieldset figcaption figure footer "
    "form h1 h2 h3 h4 h5 h6 header hr html legend li main nav ol option p pre section summary table tbody tfoot thead "
    "title tr ul".split()
)
#: Elements whose text no reader sees.
INVISIBLE = frozenset(
    "applet audio canvas datalist embed head iframe input map math noscript object script select style svg template "
    "textarea video".split()
)
CELLS = frozenset(("td", "th"))

#: Characters of no width: zero-width space, joiners, directional marks, word joiner, byte order mark, soft hyphen.
_ZERO_WIDTH = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
#: Stands for a line break while pieces are joined: a separator that Unicode calls white space and no page uses.
_LINE_BREAK = "\x1e"


def clean_line(text: str) -> str:
    """One line of text: Unicode NFC, nothing of zero width, every run of white space one space, none at the ends.

    White space is all Unicode calls so: U+00A0, U+3000 and the line breaks of the HTML source too. Idempotent.
    """
    text = text.strip()
    # Of all white space only the space is printable, and nothing of zero width is: most lines need no more than this.
    if not text.isprintable() or "  " in text:
        text = " ".join(text.split())
        if not text.isprintable():
            text = " ".join(_ZERO_WIDTH.sub("", text).split())
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def join_paragraphs(paragraphs: Iterable[str]) -> str:
    """The body of an Article: paragraphs joined by a blank line."""
    return "\n\n".join(paragraphs)


def split_paragraphs(body: str) -> list[str]:
    """The paragraphs of an Article's body, cleaned; the inverse of `join_paragraphs` on clean paragraphs."""
    return [line for paragraph in body.split("\n\n") if (line := clean_line(paragraph))]


def lines_of(element: Element, without: Collection[Element] = ()) -> list[str]:
    """The visible text below `element`, line by line, empty lines dropped.

    Block elements and `<br>` break lines, inline ones join what they split. Scripts, styles, form fields, what is
    hidden by `display: none` and the elements in `without` (with all below them) give no text.
    """
    return list(_lines(element, without))


def text_of(element: Element) -> str:
    """All visible text below `element` as one line."""
    if len(element) == 0:
        return clean_line(element.text or "")
    return " ".join(lines_of(element))


def _lines(top: Element, without: Collection[Element]) -> Iterator[str]:
    # Depth-first without recursion: a page may nest deeper than Python's stack. `parents` are the elements begun: their
    # remaining children, and the text behind them. Attribute access is what lxml charges for: once each.
    pieces: list[str] = []
    parents: list[tuple[Iterator[Element], str]] = []
    children = iter((top,))
    while True:
        for element in children:
            tag = element.tag
            tail = (element.tail or "") if element is not top else ""
            style = element.get("style")
            if tag in INVISIBLE or (style and _hides(style)) or (without and element in without):
                pieces.append(tail)
                continue
            if tag in BLOCKS:
                pieces.append(_LINE_BREAK)
                tail = _LINE_BREAK + tail
            elif tag in CELLS:
                tail = " " + tail
            if text := element.text:
                pieces.append(text)
            if len(element):
                parents.append((children, tail))
                children = iter(element)
                break
            pieces.append(tail)
        else:
            if not parents:
                break
            children, tail = parents.pop()
            pieces.append(tail)
    # U+00A0 is on nearly every page: replaced at once, it spares each line the slow way.
    for line in "".join(pieces).replace("\u00a0", " ").split(_LINE_BREAK):
        if cleaned := clean_line(line):
            yield cleaned


def _hides(style: str) -> bool:
    """Whether a `style` attribute hides its element. Few have the word in them, and looking for it costs nothing."""
    return "none" in style.lower() and _HIDDEN.search(style) is not None

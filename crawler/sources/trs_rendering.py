"""The rendering rule of the TRS network: an article in the visible lines of a page.

All its templates show, one below the other: menus, a breadcrumb, the headline, perhaps a subtitle, the date, the text,
buttons, the footer. The headline is told by what stands beside it: the date line, else the breadcrumb, else the
page's `<title>`, else the form of a press conference's title; a saved text may also simply begin with it. The end is
told by buttons or footer; a saved text may also end with the article.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from crawler.extraction.layout import Reading
from crawler.extraction.page import Page
from crawler.extraction.text import text_of
from crawler.sources.trs_chrome import breadcrumb_of, date_line, is_chrome, is_end
from crawler.sources.trs_dates import title_moment

_SENTENCE_END = re.compile(r"[.!?。！？…:：;；][\"'”’»)\]）】]*$")
#: The longest real headline has 240 characters.
_LONGEST_HEADLINE = 300
#: A line of so many characters is prose, not a menu; Chinese says it in fewer.
_PROSE, _CHINESE_PROSE = 60, 20
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_DATED_HEADLINE = re.compile(
    r"(?P<headline>\S.{10,280}?)\s*+(?:[(（\[【]\s*+)?"
    r"(?P<date>20\d\d[-/.]\d{1,2}[-/.]\d{1,2}(?:\s+\d{1,2}:\d\d)?)\s*+[)）\]】]?"
)
#: Lines at the end that are no sentence: a signature with place and day. More of them are a menu.
_MOST_SIGNATURE_LINES = 4
#: From each the rest of the page is read; an article does not begin in so many places.
_MOST_STARTS = 50


@dataclass(slots=True)
class _Start:
    """Where an article begins: its headline, the first line of its text, and what stands between."""

    headline: str
    text: int
    subtitle: str | None = None
    date: str | None = None
    credit: str | None = None


def read_lines(page: Page) -> Reading | None:
    """The article of a page's lines; null where its start or its end cannot be told."""
    lines = page.lines
    for start in islice(_starts(page, lines), _MOST_STARTS):
        while start.text < len(lines) and is_chrome(lines[start.text]):
            start.text += 1
        end = _end(lines, start.text, is_cut=page.is_markup)
        if end is None:
            continue
        paragraphs = [line for line in lines[start.text : end] if not is_chrome(line)]
        if not paragraphs or not any(_is_prose(line) for line in paragraphs):
            continue
        crumbs = next((found for line in lines[: start.text] if (found := breadcrumb_of(line))), [])
        return Reading(
            layout="",
            headline=start.headline,
            alternative_headline=start.subtitle,
            date=start.date,
            source_organization=start.credit,
            paragraphs=paragraphs,
            breadcrumb=crumbs,
            section=crumbs[-1] if crumbs else None,
        )
    return None


def _starts(page: Page, lines: list[str]) -> Iterator[_Start]:
    """Places where the article may begin, the surest first."""
    yield from _before_dates(page, lines)
    yield from _beside_dates(lines)
    yield from _behind_breadcrumbs(lines)
    title = page.title
    for index, line in enumerate(lines):
        if _is_headline(line) and ((len(line) > 15 and title.startswith(line)) or _is_conference_title(line)):
            yield _Start(line, index + 1)
    if not page.is_markup:
        first = next((index for index, line in enumerate(lines) if not is_chrome(line)), None)
        if first is not None and _is_headline(lines[first]) and not _SENTENCE_END.search(lines[first]):
            yield _Start(lines[first], first + 1)


def _before_dates(page: Page, lines: list[str]) -> Iterator[_Start]:
    for index, line in enumerate(lines):
        dated = date_line(line)
        if dated is None:
            continue
        text = index + 1
        if index == 0 or not _is_headline(lines[index - 1]) or not _begins_text(lines, text):
            continue
        above = lines[index - 1]
        if index >= 2 and _is_headline(lines[index - 2]):
            both = (lines[index - 2], above)
            if _same(page.title, both):
                yield _Start(_joined(both), text, None, *dated)
                continue
            # Between the breadcrumb and the date there may be a subtitle too.
            if index >= 3 and breadcrumb_of(lines[index - 3]):
                if _CHINESE.match(above):
                    yield _Start(_joined(both), text, None, *dated)
                else:
                    yield _Start(both[0], text, above, *dated)
                continue
        yield _Start(above, text, None, *dated)


def _same(title: str, headline: tuple[str, str]) -> bool:
    """Whether `<title>` begins with a headline that a line break parts."""
    whole = "".join("".join(headline).split())
    return "".join(title.split()).startswith(whole)


def _joined(headline: tuple[str, str]) -> str:
    first, second = headline
    return first + second if _CHINESE.match(second) else f"{first} {second}"


def _beside_dates(lines: list[str]) -> Iterator[_Start]:
    """Table rows with the headline in one cell and the date in the next."""
    for index, line in enumerate(lines):
        found = _DATED_HEADLINE.fullmatch(line)
        if found and _is_headline(line) and _begins_text(lines, index + 1):
            yield _Start(found["headline"], index + 1, None, found["date"])


def _behind_breadcrumbs(lines: list[str]) -> Iterator[_Start]:
    for index, line in enumerate(lines[:-2]):
        if breadcrumb_of(line) and _is_headline(lines[index + 1]) and _begins_text(lines, index + 2):
            yield _Start(lines[index + 1], index + 2)


def _begins_text(lines: list[str], start: int) -> bool:
    """Whether one of the next lines that is not chrome is prose: after a listing's date it is a headline."""
    texts = [line for line in lines[start : start + 8] if not is_chrome(line)]
    return any(_is_prose(line) or _SENTENCE_END.search(line) for line in texts[:2])


def _end(lines: list[str], start: int, *, is_cut: bool) -> int | None:
    """The line behind the text. Only a text that was saved as such (`is_cut` False) may end without a sign of it."""
    for index in range(start, len(lines)):
        if is_end(lines[index]):
            return index
    if is_cut:
        return None
    tail = lines[start:]
    while tail and is_chrome(tail[-1]):
        tail.pop()
    unfinished = 0
    for line in reversed(tail):
        if _SENTENCE_END.search(line) or _is_prose(line):
            break
        unfinished += 1
    return start + len(tail) if unfinished <= _MOST_SIGNATURE_LINES else None


def _is_headline(line: str) -> bool:
    return 4 <= len(line) <= _LONGEST_HEADLINE and not is_chrome(line) and not is_end(line) and date_line(line) is None


def _is_conference_title(line: str) -> bool:
    return title_moment(line) is not None and not _SENTENCE_END.search(line)


def _is_prose(line: str) -> bool:
    return len(line) >= (_CHINESE_PROSE if len(_CHINESE.findall(line)) * 2 > len(line) else _PROSE)


def body_between_marks(page: Page) -> list[str]:
    """The lines between the marks that the oldest templates set around the body, as comments of the CMS
    (`TRSWCM.ContStart`, `TRSWCM.ContEnd`, grade C); empty where the page has none."""
    start = _BODY_START.search(page.text) if page.is_markup else None
    end = _BODY_END.search(page.text, start.end()) if start is not None else None
    if start is None or end is None:
        return []
    body = page.text[start.end() : end.start()]
    marked = Page(page.url, f"<html><body>{body}</body></html>", page.encoding)
    return [line for line in marked.lines if not is_chrome(line)]


_BODY_START = re.compile(r"<!--[^>]{0,40}ContStart[^>]{0,40}-->", re.IGNORECASE)
_BODY_END = re.compile(r"<!--[^>]{0,40}ContEnd[^>]{0,40}-->", re.IGNORECASE)


def read_marked(page: Page) -> Reading | None:
    """An article whose body lies between marks: the headline is the heading or table cell before it, or `<title>`."""
    paragraphs = body_between_marks(page)
    headings = [text for element in page.tree.iter("h1", "h2") if (text := text_of(element))] if paragraphs else []
    headline = next((text for text in headings if _is_headline(text)), page.title)
    if not paragraphs or not headline:
        return None
    before = page.lines[: page.lines.index(paragraphs[0])] if paragraphs[0] in page.lines else []
    dated = next((found for line in reversed(before[-6:]) if (found := date_line(line))), (None, None))
    return Reading(layout="", headline=headline, paragraphs=paragraphs, date=dated[0], source_organization=dated[1])

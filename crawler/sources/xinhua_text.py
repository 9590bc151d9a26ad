"""What a Xinhua page says around and inside its text: facts, chrome, credits, pictures; and the rendering rule."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.etree import _Element as Element

from crawler.extraction.dates import first_moment
from crawler.extraction.layout import MAX_IMAGES, Reading
from crawler.extraction.page import Page
from crawler.extraction.text import SPACE_BEFORE, clean_line, text_of
from crawler.extraction.wire import agency_of, byline_of, credit_of, dateline_of, is_caption
from crawler.items import Image

#: What `<title>` has behind the headline, all years.
TITLE_SUFFIX = re.compile(
    SPACE_BEFORE
    + r"(?:[-_|]\s*+English\.news\.cn|_English_Xinhua|[-_|]\s*+Xinhua(?:\s*+[|_-]\s*+English\.news\.cn)?)\s*+$",
    re.IGNORECASE,
)
#: `Source: Xinhua | 2016-05-08 12:44:45 | Editor: Mengjie`, `新华社 2016-06-30 15:40:33`, `[Editor: huaxia ]`.
_EDITOR = re.compile(r"\[?\bEditors?\s*[:：]\s*(?P<editor>[^|\[\]()]*)", re.IGNORECASE)
_SOURCE = re.compile(r"\bSource\s*[:：]\s*(?P<source>[^|]*?)\s*(?:$|\||\d{4}-|\[?Editor\b)", re.IGNORECASE)
_BEFORE_TIME = re.compile(r"^(?P<source>[^|\d:]{2,40}?)[\s|]*\d{4}-\d")
#: The site's own names stand where a credit stands, and are none.
_SITE_NAME = re.compile(r"^(?:(?:www|news|english)\.)*(?:news\.cn|chinaview\.cn|xinhuanet\.com)$", re.IGNORECASE)
#: From here on a body is a list of other articles, or the foot of the page. A bare `Related:` is no such mark: in 17 of
#: 203 pages (A) the editors wrote it into the article, with teasers in full sentences below it. They are published as
#: part of the text and under that label, and what follows a label may be text again, so they stay.
_TAIL = re.compile(
    r"Related\s+(?:news|stor(?:y|ies)|readings?|articles?|reports?|links?)\s*[:：]?|Read more\s*[:：]|"
    r"KEY\s?WORDS\s*[:：].*|EXPLORE XINHUANET|Back to Top(?: Close)?|Copyright\s*©.*|•|\d{24,}",
    re.IGNORECASE,
)
_PAGE_NUMBER = r"(?:\[\s*\d{1,2}\s*\]|\d{1,2})"
#: Lines that are no text wherever they stand: editor, player, share and print lines, page numbers (never one alone
#: without brackets, which may be a figure).
_CHROME = re.compile(
    r"\[?Editors?\s*[:：].{0,60}|Video\s?Player\s?(?:Close)?|Share(?:\s+this(?: story)?.{0,40})?|"
    rf"Print|Feedback|RSS|Adjust font size\s*:?|{_PAGE_NUMBER}(?:\s+{_PAGE_NUMBER}){{1,30}}(?:\s+(?:>>|Next.{{0,8}}))?|"
    r"\[\s*\d{1,2}\s*\]|(?:<<|>>|Previous|Next)(?:\s*Page)?(?:\s*>>)?",
    re.IGNORECASE,
)
_KEYWORD_BREAK = re.compile(r"[,;，；、|]|</?\w+>")
#: An editor's file name in place of a picture's description: `PHILIPPINES-MANILA-CANDIDATE`.
_SLUG = re.compile(r"[^a-z]*")
#: Icons, arrows and QR codes.
_ICON = re.compile(r"/static/|/imgs?/|zxcode_|sharelogo|\.cur$", re.IGNORECASE)
#: A link around a picture that opens nothing, or the picture itself.
_LEADS_NOWHERE_ELSE = re.compile(r"^(?:#.*|javascript:.*)?$|\.(?:jpe?g|png|gif)$", re.IGNORECASE)
#: How far the dateline may stand from the top: behind a byline, and captions of the pictures.
_OPENING = 6


def mend(reading: Reading, page: Page) -> None:
    """Mend what a layout or the rendering gave, in place: chrome out of the body, facts into their fields."""
    lines, reading.paragraphs = reading.paragraphs, _body(reading.paragraphs)
    if not reading.headline and TITLE_SUFFIX.search(page.title):
        reading.headline = TITLE_SUFFIX.sub("", page.title)
    facts = reading.date or ""
    reading.editor = (
        _editor(reading.editor or "")
        or _editor(facts)
        or _first(_editor(line) for line in reversed(lines) if _CHROME.fullmatch(line))
    )
    opening = reading.paragraphs[:_OPENING]
    # The report's own dateline before that of a picture's caption.
    reading.dateline = _first(dateline_of(paragraph) for paragraph in sorted(opening, key=is_caption))
    reading.author = reading.author or _first(byline_of(paragraph) for paragraph in opening)
    reading.source_organization = (
        _source(reading.source_organization or "")
        or _source(facts)
        or _first(credit_of(paragraph) for paragraph in reversed(reading.paragraphs))
        or _first(agency_of(paragraph) for paragraph in opening)
    )
    reading.keywords = keywords(page.meta("keywords") or "") if page.is_markup else []


def keywords(content: str) -> list[str]:
    """The words of `<meta name="keywords">`: separated by commas or semicolons, with a stray `</head>` among them. Ends
    where a broken attribute swallowed the next tag."""
    if "<meta" in content:
        content = content[: content.index("<meta")]
    return list(dict.fromkeys(word for part in _KEYWORD_BREAK.split(content) if (word := clean_line(part))))


def pictures(body: Element, page: Page, key: str) -> list[Image]:
    """The article's pictures with captions, each URL once; not icons, nor banners that lead to other pages.

    `key` is the part of the URL that all pages of the article share: a picture of a series leads to the next one.
    """
    images: dict[str, Image] = {}
    for element in body.iter("img", "p", "b", "strong"):
        if element.tag != "img":
            if _TAIL.fullmatch(clean_line(element.text or "")):
                break
            continue
        source = (element.get("src") or "").strip()
        if not source or source.startswith("data:") or _ICON.search(source):
            continue
        link = next(element.iterancestors("a"), None)
        href = link.get("href") or "" if link is not None else ""
        if not _LEADS_NOWHERE_ELSE.search(href) and key not in href:
            continue
        url = page.absolute(source)
        if url and url not in images:
            images[url] = Image(url=url, caption=_caption(element, body))
        if len(images) == MAX_IMAGES:
            break
    return list(images.values())


def read_rendering(page: Page) -> Reading | None:
    """Title, time line, body, up to an end mark; null where the start or the end cannot be told.

    The first line with a time of day is the time line, the nearest line above it that is no fact or chrome the title.
    Facts between the time and the text (`Source: Xinhua`, `Editor: huaxia`, in either order) are gathered.
    """
    lines = page.lines
    start = next((number for number, line in enumerate(lines) if _is_time_line(line)), None)
    if start is None:
        return None
    title = next((line for line in reversed(lines[:start]) if not _is_fact(line)), None)
    if title is None:
        return None
    first = start + 1
    while first < len(lines) and _is_fact(lines[first]):
        first += 1
    facts = [line for line in lines[lines.index(title) + 1 : first] if _is_fact(line)]
    end = next((number for number in range(first, len(lines)) if _is_end(lines[number])), None)
    # A page that holds its article twice begins again with the title; the text of a flash is its title.
    if title in lines[first + 1 : end]:
        end = lines.index(title, first + 1)
    if end is None:
        if page.is_markup or not lines[-1].endswith((".", '"', "”", "Enditem", ")")):
            return None
        end = len(lines)
    sources = [line for line in facts if _SOURCE.search(line)]
    editors = [line for line in (*facts, *lines[end : end + 1]) if _EDITOR.search(line)]
    return Reading(
        layout="",
        headline=TITLE_SUFFIX.sub("", title),
        date=lines[start],
        paragraphs=lines[first:end],
        source_organization=_first(sources),
        editor=_first(editors),
    )


def _body(lines: list[str]) -> list[str]:
    """Up to the first line of a tail, without chrome."""
    end = next((number for number, line in enumerate(lines) if number and _TAIL.fullmatch(line)), len(lines))
    return [line for line in lines[:end] if not _CHROME.fullmatch(line)]


def _editor(words: str) -> str | None:
    match = _EDITOR.search(words)
    return clean_line(match["editor"]) or None if match else None


def _source(facts: str) -> str | None:
    match = _SOURCE.search(facts) or _BEFORE_TIME.search(facts)
    name = clean_line(match["source"]) if match else ""
    return name if name and not _SITE_NAME.match(name) else None


def _caption(image: Element, body: Element) -> str | None:
    """The text under a picture where it ends in a picture credit, else its description; null where that is a slug."""
    block = next((ancestor for ancestor in image.iterancestors("p", "div", "td") if ancestor is not body), image)
    beneath = text_of(block) or _first(text_of(sibling) for sibling in block.itersiblings() if sibling.tag != "img")
    if beneath and is_caption(beneath):
        return beneath
    description = clean_line(image.get("alt") or image.get("title") or "")
    return None if _SLUG.fullmatch(description) else description


def _is_time_line(line: str) -> bool:
    """Whether the line is a time of publication with little beside it: `Source: Xinhua | 2016-05-08 12:44:45 | …`."""
    moment = first_moment(line) if len(line) < 120 else None
    return (
        moment is not None and moment.year is not None and moment.hour is not None and len(line) - len(moment.raw) < 60
    )


def _is_fact(line: str) -> bool:
    """Whether a line beside the time line is neither title nor text."""
    return (
        _CHROME.fullmatch(line) is not None
        or _is_time_line(line)
        or (len(line) < 80 and (_SOURCE.match(line) or _EDITOR.match(line)) is not None)
        or _SITE_NAME.match(line) is not None
        or not any(character.isalpha() for character in line)
        or line == "Xinhua"
    )


def _is_end(line: str) -> bool:
    return _TAIL.fullmatch(line) is not None or (_EDITOR.match(line) is not None and len(line) < 80)


def _first(values: Iterator[str | None] | list[str]) -> str | None:
    return next((value for value in values if value), None)

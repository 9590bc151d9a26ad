"""The visible text of a SHINE page (2018-2025), which is the best evidence there is of its order.

    News / Nation                               breadcrumb
    Headline
    Xinhua                                      byline: a wire, or one or more writers; missing on short news
      08:53 UTC+8, 2022-10-28       0           time, number of comments
    Abstract                                    the article's first sentence, or a teaser
    Xinhua                                      byline and time again
      08:53 UTC+8, 2022-10-28       0
    Edited by Li Qian.                          credits of a video
    Paragraphs; between them pictures:          the headline (as alternative text), `Ti Gong` (credit), the caption
    Source: Xinhua   Editor: Wang Qingchu
    CPC                                         tags
    Special Reports, EXPLORE SHINE              the menu

Evidence: A a rendering in `seeds/`; B two further renderings of 2022 and 2024 in a public text collection (byline
twice, picture block; no byline and no abstract).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from crawler.extraction.layout import Reading
from crawler.extraction.wire import byline_of

_TIME = re.compile(r"^(?P<time>\d{1,2}:\d\d\s*UTC\+8,\s*(?:19|20)\d\d-\d\d?-\d\d?)(?:\s+\d+)?$")
_BREADCRUMB = re.compile(r"^[A-Z][^/.!?]{1,30}(?: ?/ ?[A-Z][^/.!?]{1,30}){1,3}$")
#: What some collections of texts write before a page's first line.
_STAMP = re.compile(r"^date \d{4}-\d\d-\d\d ")
_SOURCE = re.compile(r"^Source:\s*(?P<source>[^:]{2,60}?)(?:\s+Editor:\s*(?P<editor>\S.{0,60}))?$")
_EDITOR = re.compile(r"^Editor:\s*(?P<editor>\S.{0,60})$")
_FRAME = re.compile(
    r"^(?:Special Reports|EXPLORE SHINE|Follow Us|Related (?:News|Stories|Articles)|About Us\b.*|Copyright \d{4}\b.*)$",
    re.IGNORECASE,
)
_VIDEO_CREDITS = re.compile(
    r"^(?:(?>(?:Shot|Filmed|Edited|Subtitles?|Subtitled|Produced|Reported|Written|Videos?|Directed|Translated|Narrated|"
    r"Hosted)(?:,? (?:and )?[a-z]+){0,3} by [^.]{2,80}\.)\s*+)+$"
)
_NAME = r"[A-Z][\w.'’-]*(?: [A-Za-z][\w.'’-]*){0,3}"
_PHOTO_CREDIT = re.compile(
    rf"^(?:{_NAME}(?:(?:,| and|;|/) {_NAME}){{0,4}} ?/ ?(?:SHINE|Shanghai Daily|Xinhua|AFP|Reuters|AP|IC|CFP)|"
    r"Ti Gong(?: / .+)?|Imaginechina|CFP|IC(?: photo)?|VCG|HelloRF|Shutterstock|Xinhua|AFP|Reuters|AP|EPA|SHINE|"
    rf"(?:Photos?|Pictures?|Videos?) (?:by|courtesy of) {_NAME}.*|Courtesy of .{{2,60}}|Provided to .{{2,60}})$"
)
#: Bylines that are no writer.
_WIRES = frozenset(
    "xinhua,afp,reuters,ap,epa,dpa,ic,cfp,cgtn,shine,shanghai daily,china daily,global times,people's daily,cns,"
    "agencies,bloomberg,kyodo,imaginechina,the paper,ap/afp,reuters/afp".split(",")
)
_WORD = re.compile(r"\w+")
#: So far above the time stand headline and bylines; so far below stands the second time.
_HEAD_LINES = 7
#: A longer line behind a picture's credit is a paragraph.
_LONGEST_CAPTION = 240
_LONGEST_TAG = 40
_MOST_TAGS = 10
#: No article has more paragraphs that could stand twice.
_MOST_REPEATED = 500


@dataclass(frozen=True, slots=True)
class Head:
    """Where the parts above the body stand: lines before `body` are head, `headline` is one of them."""

    headline: int
    bylines: list[str]
    abstract: str
    time: str
    body: int


def read_lines(lines: list[str], layout: str, title: str = "") -> Reading | None:
    """Read an article from a page's lines; `title` is the headline where markup tells it.

    Null where the head, or the end of the body, cannot be told.
    """
    lines = [_STAMP.sub("", line) for line in lines]
    head = _head(lines, title)
    if head is None:
        return None
    end, tags = _end(lines, head.body)
    if end is None:
        return None
    reading = Reading(layout=layout, headline=lines[head.headline], date=head.time)
    if head.headline > 0 and _BREADCRUMB.match(lines[head.headline - 1]):
        reading.breadcrumb = [part.strip() for part in lines[head.headline - 1].split("/")]
    credit_lines = _read_credits(reading, lines[head.body : end])
    body = lines[head.body : end - credit_lines]
    if not tags and not credit_lines:
        body, tags = _trailing_tags(body)
    reading.keywords = tags
    reading.paragraphs = without_pictures(body, reading.headline)
    _read_bylines(reading, head.bylines)
    _read_abstract(reading, head.abstract)
    return reading


def without_pictures(paragraphs: list[str], headline: str) -> list[str]:
    """The body without picture blocks and video credits."""
    blocks = {index for start, end in _picture_blocks(paragraphs, headline) for index in range(start, end)}
    return [
        paragraph
        for index, paragraph in enumerate(paragraphs)
        if index not in blocks and not _VIDEO_CREDITS.match(paragraph)
    ]


def pictures(paragraphs: list[str], headline: str) -> list[str]:
    """The caption of each picture with its credit in brackets, in the page's order."""
    captions = []
    for start, end in _picture_blocks(paragraphs, headline):
        match [line for line in paragraphs[start:end] if line != headline]:
            case [credit, caption, *_]:
                captions.append(f"{caption} ({credit})")
            case [credit]:
                captions.append(credit)
    return captions


def body_of(reading: Reading, paragraphs: list[str]) -> list[str]:
    """The body a layout found, without pictures and credit lines, which are read; empty where it is no body but a frame
    of the page: it holds the headline or the menu."""
    if reading.headline in paragraphs[:3] or any(_FRAME.match(paragraph) for paragraph in paragraphs):
        return []
    end, tags = _end(paragraphs, 0)
    if end is not None:
        paragraphs = paragraphs[: end - _read_credits(reading, paragraphs[:end])]
        reading.keywords = reading.keywords or tags
    return without_pictures(paragraphs, reading.headline)


def _picture_blocks(paragraphs: list[str], headline: str) -> Iterator[tuple[int, int]]:
    """Start and end of each picture's lines: the headline as alternative text (or not), the credit, the caption. A
    caption is known by the credit before it; what stands behind a credit and is as long as a paragraph is none."""
    index = 0
    while index < len(paragraphs):
        start = index
        if paragraphs[index] == headline and index + 1 < len(paragraphs) and _is_short(paragraphs[index + 1]):
            index += 2
        elif _PHOTO_CREDIT.match(paragraphs[index]):
            index += 1
        else:
            index += 1
            continue
        if index < len(paragraphs) and _is_caption(paragraphs[index], headline):
            index += 1
        yield start, index


def _is_caption(line: str, headline: str) -> bool:
    return len(line) <= _LONGEST_CAPTION and line != headline and not _PHOTO_CREDIT.match(line)


def without_repeat(paragraphs: list[str]) -> list[str]:
    """The paragraphs without a repetition of the last ones: the archive prints the last three to six twice (C)."""
    for count in range(min(len(paragraphs) // 2, _MOST_REPEATED), 0, -1):
        repeat = paragraphs[-count:]
        if repeat == paragraphs[-2 * count : -count] and (count > 1 or not _is_short(repeat[0])):
            return paragraphs[:-count]
    return paragraphs


def is_wire(name: str) -> bool:
    """Whether a byline names an agency or the paper itself."""
    return name.strip().lower() in _WIRES


def _head(lines: list[str], title: str) -> Head | None:
    times = [index for index, line in enumerate(lines) if _TIME.match(line)]
    if not times:
        return None
    first = times[0]
    again = next((index for index in times[1:] if lines[index] == lines[first] and index - first <= _HEAD_LINES), None)
    between = lines[first + 1 : again] if again is not None else None
    bylines = _common_end(lines[max(0, first - _HEAD_LINES) : first], between) if between is not None else 0
    headline = _headline(lines, first, title, None if between is None else bylines)
    if headline is None:
        return None
    names = list(dict.fromkeys(lines[headline + 1 : first]))
    abstract = " ".join(between[: len(between) - bylines]) if between is not None else ""
    time = _TIME.match(lines[first])
    return Head(headline, names, abstract, time["time"] if time else "", (again if again is not None else first) + 1)


def _common_end(above: list[str], between: list[str]) -> int:
    """How many lines `above` and `between` end with alike: the bylines. One line above at least is the headline."""
    count = 0
    while count < min(len(above) - 1, len(between)) and above[-count - 1] == between[-count - 1]:
        count += 1
    return count


def _headline(lines: list[str], first: int, title: str, bylines: int | None) -> int | None:
    """Index of the headline above the time: by the page's title, by the bylines that stand twice, behind the
    breadcrumb, or as the very first line."""
    near = range(first - 1, max(-1, first - 1 - _HEAD_LINES), -1)
    for index in near:
        if title and lines[index] == title:
            return index
    if bylines is not None and first - 1 - bylines >= 0:
        return first - 1 - bylines
    for index in near[1:]:
        if _BREADCRUMB.match(lines[index]):
            return index + 1
    return 0 if 1 <= first <= 2 else None


def _end(lines: list[str], start: int) -> tuple[int | None, list[str]]:
    """Index behind the body and its credit lines, and the tags that follow; null where neither the credits nor the
    menu show where the article ends."""
    frame = next((index for index in range(start, len(lines)) if _FRAME.match(lines[index])), None)
    limit = frame if frame is not None else len(lines)
    for index in range(limit - 1, start - 1, -1):
        source = _SOURCE.match(lines[index])
        is_last = limit - index <= _MOST_TAGS + 1
        if _EDITOR.match(lines[index]) or (source and (source["editor"] or is_last)):
            following = lines[index + 1 : limit]
            return index + 1, following if is_last and all(len(tag) <= _LONGEST_TAG for tag in following) else []
    return frame, []


def _read_credits(reading: Reading, body: list[str]) -> int:
    """Read the credit lines at the end of the body; their number."""
    count = 0
    while count < min(2, len(body)):
        match = _SOURCE.match(body[-count - 1]) or _EDITOR.match(body[-count - 1])
        if match is None:
            break
        found = match.groupdict()
        reading.source_organization = found.get("source") or reading.source_organization
        reading.editor = found.get("editor") or reading.editor
        count += 1
    return count


def _trailing_tags(body: list[str]) -> tuple[list[str], list[str]]:
    """An article without credit lines ends in its tags: short lines without a full stop."""
    count = 0
    while count < min(_MOST_TAGS, len(body) - 1) and _is_short(body[-count - 1]) and body[-count - 1][-1].isalnum():
        count += 1
    return (body[:-count], body[-count:]) if count else (body, [])


def _read_bylines(reading: Reading, bylines: list[str]) -> None:
    writers = []
    for byline in bylines:
        if is_wire(byline) or byline == reading.source_organization:
            reading.source_organization = reading.source_organization or byline
        else:
            writers.append(byline_of(byline) or byline.removeprefix("By ").strip())
    reading.author = ", ".join(dict.fromkeys(writers)) or None


def _read_abstract(reading: Reading, abstract: str) -> None:
    """The abstract is dropped where the body has it, is the body of a page that has no other, else a second title."""
    if not abstract or is_repeated(abstract, reading.paragraphs):
        return
    if reading.paragraphs:
        reading.alternative_headline = abstract
    else:
        reading.paragraphs = [abstract]


def is_repeated(abstract: str, paragraphs: list[str]) -> bool:
    """Whether one of the first paragraphs begins with the abstract, or has nearly all of its words."""
    shortened = abstract.rstrip(" .…")
    words = set(_WORD.findall(shortened.lower()))
    for paragraph in paragraphs[:4]:
        if paragraph.startswith(shortened):
            return True
        if len(words) >= 6 and len(words & set(_WORD.findall(paragraph.lower()))) >= 0.85 * len(words):
            return True
    return False


def _is_short(line: str) -> bool:
    return len(line) <= _LONGEST_TAG

"""The article pages of ECNS: one template since 2013, and how each field is read.

    h3.itemtit.bitemblue > span             section; since 2026 `Home /` before it
    h1#contitle                             headline
    div.downinfo > span                     time, source, editor, link to the app; video pages print no source
    div#yanse                               body, closed by a paragraph of share pictures

Evidence: A the pages of 2018 and 2026 in `real/`, and a rendering of 2023 in `seeds/`, where time and source are
glued: `2023-02-04 15:13:19CGTN Editor : Chen Tianhao ECNS App Download`.
"""

from __future__ import annotations

import re

from lxml.etree import _Element as Element

from crawler.extraction import wire
from crawler.extraction.layout import Layout, Reading, all_texts, by_id, css, pictures_in, xpath
from crawler.extraction.mirror import without_injected
from crawler.extraction.page import Page
from crawler.extraction.text import SPACE_BEFORE, text_of
from crawler.items import Image

_INFO = (
    xpath("id('contitle')/following-sibling::div[contains(@class,'downinfo')][1]/span"),
    css("div.downinfo > span"),
)
_BREADCRUMB = (
    xpath("id('contitle')/preceding-sibling::h3[contains(@class,'itemtit')]/span"),
    css("h3.itemtit.bitemblue > span"),
)
#: The paragraph of share pictures that ends the body, and the links to the article's pages.
_SHARE = xpath(
    "*[a[img and (contains(@href,'facebook.com/') or contains(@href,'twitter.com/') or contains(@href,'/x.com/'))]]"
)
_PAGES = xpath("descendant::*[@id='function_code_page']")

_EDITOR = re.compile(
    r"^[(（\[]?\s*Editors?\s*[:：]\s*(?P<name>[^\s()（）\[\]]++(?:\s++[^\s()（）\[\]]++)*+)\s*[)）\]]?$"
)
_APP = "ECNS App Download"
#: `上一页 [1] [2] 下一页`, `1 2 Next`.
_PAGER = re.compile(r"^(?:\[?\d++\]?|Previous|Prev|Next|Page|上一页|下一页|首页|尾页|[<>|\s]++)++$", re.IGNORECASE)
_TITLE_SUFFIX = re.compile(SPACE_BEFORE + r"[-_|]\s*+(?:ecns(?:\.cn)?|china ?news(?:\.com)?)\s*+$", re.IGNORECASE)
#: Keywords that say nothing of the article.
_OWN_NAMES = frozenset(("ecns", "ecns.cn", "chinanews", "chinanews.com", "china news", "china news service"))

# --- rendering (A: seeds and both real pages)

_INFO_LINE = re.compile(
    r"^(?P<time>(?:19|20)\d\d-\d\d-\d\d\s+\d\d?:\d\d(?::\d\d)?) ?(?P<source>.*?) ?"
    r"(?:Editors? ?[:：] ?(?P<editor>.*?) ?)?(?P<app>ECNS App Download)?$"
)
#: So many lines of an article's info may stand below the time where each has its own.
_INFO_LINES = 4
#: What stands between headline and info line: the count of shares.
_SHARES = re.compile(r"^(?:\d+|Share|Facebook|Twitter|Reddit)$", re.IGNORECASE)
_TEXT_SIZE = re.compile(r"^Text:\s*+(?:A++\s*+)?(?:Print)?$")
_END = re.compile(
    r"^(?:(?:More)?\s*(?:Photo|Top news|Video)|More|Most popular in 24h|Related news|LINE|Back to top\b.*|"
    r"Media partners:.*|Copyright\s*©.*)$",
    re.IGNORECASE,
)

LAYOUT = Layout(
    name="ecns-2013",
    years="2013-",
    grade="A",
    headline=(by_id("contitle"), css("h1")),
    body=(by_id("yanse"), css("div.bdylft div.content")),
    without=(_SHARE, _PAGES),
    date=_INFO,
    breadcrumb=_BREADCRUMB,
)


def refine(page: Page, reading: Reading) -> None:
    """Mend what the layout read, in place."""
    if not reading.headline:
        reading.headline = _TITLE_SUFFIX.sub("", page.meta("og:title") or page.title)
    _read_info(reading, all_texts(_INFO, page.tree))
    _read_breadcrumb(reading)
    if reading.body_element is not None and reading.images:
        _read_captions(page, reading, reading.body_element)
    _read_body(reading)
    words = re.split(r"[,，;；|、]", page.meta("keywords") or "")
    reading.keywords = [word for raw in words if (word := raw.strip()) and word.lower() not in _OWN_NAMES]


def read_rendering(page: Page, layout: str) -> Reading | None:
    """Read the page's lines from the info line on; null where there is none, or nothing shows the article's end."""
    lines = without_injected(page.lines)
    for index, line in enumerate(lines):
        info = _info_at(lines, index) if line[:2] in ("19", "20") else None
        if info is not None and index > 0:
            return _between(lines, index, *info, layout)
    return None


def _read_info(reading: Reading, words: list[str]) -> None:
    """Time, source and editor from the texts below the headline. Video pages print no source."""
    for text in words:
        if (editor := _EDITOR.match(text)) is not None:
            reading.editor = editor["name"]
        elif (info := _INFO_LINE.match(text)) is not None:
            reading.date = info["time"]
            # Where a page glues all into one element.
            reading.source_organization = info["source"] or reading.source_organization
            reading.editor = info["editor"] or reading.editor
        elif text != _APP and not text.startswith("Editor"):
            reading.source_organization = text


def _read_breadcrumb(reading: Reading) -> None:
    parts = [part.strip() for text in reading.breadcrumb for part in text.split("/")]
    reading.breadcrumb = [part for part in parts if part and part.lower() != "home"]
    reading.section = reading.breadcrumb[-1] if reading.breadcrumb else None


def _read_body(reading: Reading) -> None:
    """Drop page navigation and editor lines from the body; read what the text itself credits."""
    kept = []
    for paragraph in reading.paragraphs:
        if (editor := _EDITOR.match(paragraph)) is not None:
            reading.editor = reading.editor or editor["name"]
        elif not _PAGER.match(paragraph):
            kept.append(paragraph)
    reading.paragraphs = kept
    if kept:
        reading.dateline = wire.dateline_of(kept[0])
        reading.author = wire.byline_of(kept[0])
        reading.source_organization = reading.source_organization or wire.agency_of(kept[0]) or wire.credit_of(kept[-1])


def _read_captions(page: Page, reading: Reading, body: Element) -> None:
    """Give a picture the caption that follows it, known by its credit `(Photo/Xinhua)`. A caption is no body text,
    except where the page has nothing else: picture pages."""
    captions: dict[str, str] = {}
    texts: dict[Element, str] = {}
    for picture in pictures_in(body):
        block = next((node for node in (picture, *picture.iterancestors()) if node.getparent() is body), picture)
        if block not in texts:  # many pictures may stand in one
            texts[block] = _text_from(block)
        if wire.is_caption(texts[block]):
            captions.setdefault(page.absolute((picture.get("src") or "").strip()), texts[block])
    reading.images = [Image(url=image.url, caption=captions.get(image.url, image.caption)) for image in reading.images]
    text_alone = [paragraph for paragraph in reading.paragraphs if paragraph not in captions.values()]
    reading.paragraphs = text_alone or reading.paragraphs


def _text_from(picture_block: Element) -> str:
    """The text in a picture's paragraph, else in the next one that has any, as far as the next picture."""
    block: Element | None = picture_block
    while block is not None:
        if text := text_of(block):
            return text
        block = block.getnext()
        if block is not None and next(block.iter("img"), None) is not None:
            break
    return ""


def _info_at(lines: list[str], index: int) -> tuple[re.Match[str], int] | None:
    """The info line at `index` and the index behind it, its parts in one line or in several. A time alone is none."""
    for count in range(1, _INFO_LINES + 1):
        match = _INFO_LINE.match(" ".join(lines[index : index + count]))
        if match is None:
            return None
        if match["app"] or (match["editor"] and lines[index + count : index + count + 1] != [_APP]):
            return match, index + count
    return None


def _between(lines: list[str], index: int, info: re.Match[str], start: int, layout: str) -> Reading | None:
    """The article whose info line is at `index`, from `start` to the first line of the page's lower frame."""
    end = next((number for number in range(start, len(lines)) if _END.match(lines[number])), None)
    if end is None:
        return None
    while index > 1 and _SHARES.match(lines[index - 1]):
        index -= 1
    reading = Reading(
        layout=layout,
        headline=lines[index - 1],
        date=info["time"],
        source_organization=info["source"] or None,
        editor=info["editor"] or None,
        paragraphs=lines[start:end],
    )
    above = lines[max(0, index - 3) : index - 1]
    if above and (above[-1].startswith("Home") or (len(above) == 2 and _TEXT_SIZE.match(above[0]))):
        reading.breadcrumb = [above[-1]]
    _read_breadcrumb(reading)
    _read_body(reading)
    return reading

"""A made-up site: a section of the ministry in English, its listing pages and its press conferences.

The markup, and how much text is in it, is that of real pages; the words are drawn anew for each article, so that no
two are copies and no sentence is anybody's.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.pages import collection
from crawler.fixtures import FIXTURES

_DIRECTORY = "/mfa_eng/xwfw_665399/s2510_665401/2511_665403/"
_ARCHIVE = "mfa-en-2020-07"
_SAVED = FIXTURES / "mfa" / "en-2014-conference.html"
#: Saved pages are abridged: so often their menu and their text are repeated to have the size of real ones.
_MENU_ENTRIES, _TEXTS = 120, 6
_LINKS_A_PAGE = 40

_BODY_BEGIN, _BODY_END = b'<div class="content">', b'<div class="tool"'
_HEADLINE = re.compile(rb'<title>|<h2 class="title">')
_MENU_ENTRY = re.compile(rb"<dd>.*?</dd>", re.DOTALL)
_TAG = re.compile(rb"(<[^>]*>)")
#: What a text is mostly made of; names, numbers and entities stay, and with them questions and answers.
_WORD = re.compile(rb"(?<![&\w])[a-z]{4,}\b")
_SYLLABLES = [first + second for first in "bcdfglmnprstvw" for second in "aeiou"]

_LISTING = """<!DOCTYPE html>
<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8" /><title>Press Conferences</title></head>
<body><div class="main fl"><div class="newsLst_mod"><ul>
{items}
</ul></div><div id="pages"><script type="text/javascript">
var currentPage = {page};
var countPage = {pages}
document.write("<a href=\\"default.shtml\\" class='fy'>First</a>");
</script></div></div></body></html>
"""


@dataclass(frozen=True, slots=True)
class Site:
    """Bodies by path. `listing` is the path of the first listing page.

    `is_real` is False where the markup is that of a saved page, enlarged.
    """

    bodies: Mapping[str, bytes]
    listing: str
    listings: int
    articles: int
    is_real: bool


def made_up_site(articles: int) -> Site:
    """A site of so many articles. The same number gives the same bytes."""
    found = collection()
    templates = [page.body for page in found.archives[_ARCHIVE]] if found.is_real else [_enlarged(_SAVED.read_bytes())]
    chosen = random.Random(articles)
    vocabulary = ["".join(chosen.choices(_SYLLABLES, k=chosen.randint(2, 4))).encode() for _ in range(4000)]
    bodies = {"/robots.txt": b"User-agent: *\nDisallow: /mfa_eng/search/\nDisallow: /wjb/\n"}
    for number in range(articles):
        bodies[_path(number)] = _article(templates[number % len(templates)], number, vocabulary, chosen)
    pages = -(-articles // _LINKS_A_PAGE)
    for page in range(pages):
        bodies[_DIRECTORY + _listing_name(page)] = _listing(page, pages, articles)
    return Site(bodies, _DIRECTORY + _listing_name(0), pages, articles, found.is_real)


def _path(number: int) -> str:
    return f"{_DIRECTORY}t{1_500_000 + number}.shtml"


def _listing_name(page: int) -> str:
    return f"default_{page}.shtml" if page else "default.shtml"


def _listing(page: int, pages: int, articles: int) -> bytes:
    numbers = range(page * _LINKS_A_PAGE, min(articles, (page + 1) * _LINKS_A_PAGE))
    items = "\n".join(
        f'<li><a href="./t{1_500_000 + number}.shtml" target="_blank">Press Conference {number}</a></li>'
        for number in numbers
    )
    return _LISTING.format(items=items, page=page, pages=pages).encode()


def _article(template: bytes, number: int, vocabulary: list[bytes], chosen: random.Random) -> bytes:
    frame, _, rest = template.partition(_BODY_BEGIN)
    body, _, foot = rest.partition(_BODY_END)
    frame = _HEADLINE.sub(lambda found: b"%s%d: " % (found[0], number), frame)
    # Tags are the odd parts.
    parts = _TAG.split(body)
    parts[::2] = [_WORD.sub(lambda _: chosen.choice(vocabulary), text) for text in parts[::2]]
    return b"".join((frame, _BODY_BEGIN, *parts, _BODY_END, foot))


def _enlarged(page: bytes) -> bytes:
    frame, _, rest = page.partition(_BODY_BEGIN)
    body, _, foot = rest.partition(_BODY_END)
    frame = _MENU_ENTRY.sub(lambda found: found[0] * _MENU_ENTRIES, frame, count=1)
    return b"".join((frame, _BODY_BEGIN, body * _TEXTS, _BODY_END, foot))

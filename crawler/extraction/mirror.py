"""What mirrors inject into the pages they copy, and the text without it.

Unrelated hosts serve these sites under the origin's own path (SOURCES.md, 6). Most inject nothing visible; the others
add link spam before or after the article, footers turned into traditional characters, and readings in brackets behind
Chinese characters. Everything here only takes away: a `?` in place of another character stays, nobody can know it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
#: `主站蜘蛛池模板: 茂名市| 绵竹市|…`: the name of the spamming software, or five or more Chinese names between bars.
_SPAM = re.compile(rf"主站蜘蛛池|蜘蛛池模板|(?:[{_CJK}]{{1,12}}\s*[|｜]\s*){{4,}}[{_CJK}]{{1,12}}")
#: `[京ICP證040655號]`, `京公網安備 11010202009201號`, `網上傳播視聽節目許可證(0106168)`, simplified or traditional.
_REGISTRATION = re.compile(
    r"ICP[证證备備]{1,2}\s*\d{5,}|公[网網]安[备備]\s*\d{8,}|[网網]上[传傳]播[视視][听聽][节節]目[许許]可[证證]"
)
#: What a Chinese sentence has and a footer or a list of search words has not.
_SENTENCE = re.compile("[。；！？]")
#: Chinese words joined as a list for search engines: `久久精品_亚洲视频,免费 | 在线`.
_JOINED = re.compile(rf"^[{_CJK}\d\s，、·-]+(?:[_,|｜]+[{_CJK}\d\s，、·-]+){{2,}}[_,|｜]*$")
#: Four or more characters lost in a row: `??? | ????`. A question mark of the text stands behind a word.
_LOST = re.compile(r"^(?=.*\?{4})(?:[?\s\[\]()|_,.:/\d-]|ICP)+$")
#: `過(guò)`, `的(de)`: a reading behind its character.
_READING = re.compile(rf"(?<=[{_CJK}])[(（][a-zāáǎàēéěèīíǐìōóǒòūúǔùüǖǘǚǜńňǹ]{{1,6}}[)）]")
#: So many readings in a page are no gloss on a rare character.
_READINGS = 3
#: So many characters before the spam of a line are text.
_TEXT = 20


def without_injected(lines: Iterable[str], in_language: str = "en") -> list[str]:
    """The lines of a page (or paragraphs of a body) without what a mirror injected.

    Dropped wherever they stand: spam that names its software, runs of Chinese names between bars, registration numbers
    of the footer, lines of lost characters. Dropped at the beginning and the end of an English text only: lists of
    Chinese search words. Readings in brackets are cut out of their lines, and spam off the end of a line that begins as
    text. A sentence stays, also one that has a Chinese name in it or is a Chinese quotation.
    """
    kept = [clean for line in lines if (clean := _without_spam(line))]
    if in_language.startswith("en"):
        kept = _without_joined_words(kept)
    if sum(len(_READING.findall(line)) for line in kept) >= _READINGS:
        kept = [_READING.sub("", line) for line in kept]
    return kept


def _without_spam(line: str) -> str:
    """The line, what stands before the spam in it, or nothing."""
    if line.isascii():
        return "" if _LOST.match(line) else line
    if (spam := _SPAM.search(line)) is not None:
        line = line[: spam.start()].rstrip(" ：:|")
        return line if len(line) >= _TEXT else ""
    return "" if _REGISTRATION.search(line) and not _SENTENCE.search(line) else line


def _without_joined_words(lines: list[str]) -> list[str]:
    first, last = 0, len(lines)
    while first < last and _is_joined_words(lines[first]):
        first += 1
    while last > first and _is_joined_words(lines[last - 1]):
        last -= 1
    return lines[first:last]


def _is_joined_words(line: str) -> bool:
    return not line.isascii() and _JOINED.match(line) is not None

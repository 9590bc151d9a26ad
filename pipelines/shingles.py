"""Shingles: what two texts are compared by when they may differ a little, or one may hold the other.

A text becomes the runs of SHINGLE_WORDS words (SHINGLE_CHARACTERS Chinese characters) within each of its paragraphs, as
64-bit numbers. `fingerprint.fold` keeps all that a reader of the record would call the text; here less counts: not
case, not punctuation, not the settings in SOURCES.md section 5 that an outlet drops or adds when it carries a wire.

From the shingles come a few anchors, small enough to be remembered for every text ever met: two texts that share a
paragraph share its anchor, whatever else they hold. Everything is computed by numpy over whole texts, for speed.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from crawler.extraction.wire import is_caption
from pipelines.fingerprint import TYPOGRAPHY

Hashes = NDArray[np.uint64]
Indices = NDArray[np.intp]
#: What each character counts as: a letter in lower case, _SPACE or _BREAK.
Codes = NDArray[np.uint8] | NDArray[np.uint16]

#: Words of a shingle in text of letters. Five is what deduplication of the web uses; of three, chance finds many.
SHINGLE_WORDS = 5
#: Characters of a shingle in Chinese text: about four words.
SHINGLE_CHARACTERS = 8
#: A paragraph of fewer shingles is a courtesy ("Thank you, and see you tomorrow"): nothing is found by it, unless the
#: text has none but such. From 24 on, copies were missed.
ANCHORED_SHINGLES = 16
#: A text of fewer shingles, a headline at most, is found by nothing but its digest.
SHORTEST_TEXT = 8
#: A text of few paragraphs gets so many anchors in all, that one changed word may not hide it.
FEWEST_ANCHORS = 4

#: A dateline opens a text, perhaps below a picture and its caption.
DATELINE_PARAGRAPHS = 3
#: `MANILA, June 30 (Xinhua) -- `: the agency in brackets within so many characters, and the dash if there is one.
AGENCIES = ("(Xinhua)", "(ECNS)", "(CNS)")
LONGEST_DATELINE = 100
DATELINE_END = re.compile(r"[\s\-–—]*")
#: `BEIJING -- `, `BEIJING, Oct. 20 -- `: what an outlet leaves of a dateline. A dash of one hyphen is none.
CITY_DATELINE = re.compile(r"[A-Z][A-Z.'’/-]{2,}(?: [A-Z][A-Z.'’/-]+){0,3}(?:, [^-–—]{1,40}?)? ?(?:--+|[–—]) ?")
#: `新华社北京7月3日电（记者 某某）`
CHINESE_DATELINE = re.compile(r"(?:新华社|中新社|中新网)[^，。（）]{1,24}电\s*(?:（[^）]{1,30}）)?")
#: What ends a wire, and stands in few copies: `Enditem`, `(Source: Xinhua)`, `（完）`. In the last so many paragraphs.
ENDING_PARAGRAPHS, LONGEST_ENDING, ENDING_LETTERS = 3, 75, "m)]）"
ENDING = re.compile(
    r"(?:\bEnditem|[(\[（]\s*Source ?[:：][^()\[\]]{2,60}[)\]]|（完）|（来源：[^（）]{2,40}）)[.。]?\s*$"
    r"|^Source ?[:：].{2,60}$",
    re.IGNORECASE,
)
#: What a picture credit ends in, looked at before the pattern for it.
CAPTION_ENDS = (")", "]", "）", ").", "].")
#: `12:13 p.m.` and `12:13pm` are one.
HALF_DAYS = ((" a.m.", "am"), (" p.m.", "pm"))

_DROPPED, _BREAK, _SPACE = 0, ord("\n"), ord(" ")
#: Within a word: `U.S.` is `US`, `6,000` is `6000`, `China's` is `Chinas`. `?` stands for any character that was lost.
_DROPPED_CHARACTERS = "'\"`´.,?!，。？！" + "".join(TYPOGRAPHY)
_DASHES = "‐‑‒–—―⸺⸻−﹘﹣－…⋯"
_BASIC_PLANE = 0x10000
_CHINESE = (0x3400, 0x9FFF)
_WORD = re.compile("[\u3400-\u9fff]|[^\\s\u3400-\u9fff]+")
#: Odd multipliers of 64 bits: of the first and of the second eight letters of a word, of a word in a shingle.
_OF_HEAD, _OF_TAIL = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_OF_WORD = np.uint64(0xD1342543DE82EF95)
#: Of the finisher of SplitMix64 (Steele, Lea, Flood 2014).
_FINISH = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
#: The n lowest bytes of a number of eight.
_MASKS = np.array([(1 << 8 * count) - 1 for count in range(9)], np.uint64)
#: A word is read in whole numbers: sixteen letters beyond the last.
_PADDING = " " * 16
_EMPTY = np.zeros(0, np.intp)
#: An anchor is a signed number of 48 bits, which SQLite stores in six bytes.
_ANCHOR_BITS = 48


@dataclass(frozen=True, slots=True, eq=False)
class Shingles:
    """The shingles of a text in its order, `hashes`; the i-th is of `paragraphs[paragraph_of[i]]`.

    `paragraphs` are those of `without_settings`; one shorter than a shingle has none. `width` tells the kind of text:
    SHINGLE_WORDS or SHINGLE_CHARACTERS.
    """

    width: int
    paragraphs: tuple[str, ...]
    hashes: Hashes
    paragraph_of: Indices

    def __len__(self) -> int:
        """How many shingles there are, repeated ones counted."""
        return len(self.hashes)

    @property
    def distinct(self) -> Hashes:
        """Each shingle once, sorted."""
        return distinct(self.hashes)


def distinct(hashes: Hashes) -> Hashes:
    """Each number once, sorted."""
    ordered: Hashes = np.sort(hashes)
    is_new = np.ones(len(ordered), np.bool_)
    is_new[1:] = ordered[1:] != ordered[:-1]
    return ordered[is_new]


def shingles(text: str) -> Shingles:
    """The shingles of a text, whose paragraphs stand on lines of their own."""
    paragraphs = tuple(without_settings(text))
    tokens, paragraph_of, is_chinese = _tokens("\n".join(paragraphs))
    width = SHINGLE_CHARACTERS if is_chinese else SHINGLE_WORDS
    return Shingles(width, paragraphs, *_hash_runs(tokens, paragraph_of, width))


def words(text: str) -> list[str]:
    """The words of a text as they are compared: lower case, without punctuation; a Chinese character is a word."""
    codes = _codes(text)
    folded = codes.astype(np.uint16).tobytes().decode("utf-16-le", "replace")
    return _WORD.findall(folded)


def without_settings(text: str) -> list[str]:
    """The paragraphs of a text without what its wire or its page sets around it: datelines, credits, captions.

    Captions stay where they are half of the text or more: of a photo story.
    """
    if ".m." in text:
        for spaced, joined in HALF_DAYS:
            text = text.replace(spaced, joined)
    paragraphs = [line for line in text.split("\n") if line]
    paragraphs[:DATELINE_PARAGRAPHS] = map(_without_dateline, paragraphs[:DATELINE_PARAGRAPHS])
    paragraphs[-ENDING_PARAGRAPHS:] = map(_without_ending, paragraphs[-ENDING_PARAGRAPHS:])
    uncaptioned = [line for line in paragraphs if not _is_caption(line)]
    if len(uncaptioned) < len(paragraphs) and 2 * sum(map(len, uncaptioned)) > sum(map(len, paragraphs)):
        return uncaptioned
    return paragraphs


def anchors(text: Shingles) -> list[int]:
    """What the text is looked up by: signed integers of 48 bits, sorted, each once; none for the shortest texts.

    Of every paragraph the smallest hash: the chance that a changed paragraph keeps it is the share of shingles it
    keeps (Broder 1997). Joining or splitting paragraphs keeps half of them or more, and cutting the text keeps those
    of what is left. A text of few paragraphs has several of each, by other orders of the same shingles.
    """
    if len(text) < SHORTEST_TEXT:
        return []
    lengths = np.bincount(text.paragraph_of)
    lengths = lengths[lengths > 0]
    starts = np.cumsum(lengths) - lengths
    is_anchored = lengths >= ANCHORED_SHINGLES
    if not is_anchored.any():
        is_anchored[:] = True
    count = int(np.count_nonzero(is_anchored))
    found: set[int] = set()
    hashes = text.hashes
    for _ in range(-(-FEWEST_ANCHORS // count)):
        least = np.minimum.reduceat(hashes, starts)[is_anchored]
        found.update((least & np.uint64((1 << _ANCHOR_BITS) - 1)).tolist())
        hashes = hashes * _OF_WORD
    return sorted(anchor - (1 << _ANCHOR_BITS - 1) for anchor in found)


def _without_dateline(paragraph: str) -> str:
    bracket = paragraph.find("(", 0, LONGEST_DATELINE)
    if bracket > 0 and paragraph.startswith(AGENCIES, bracket):
        return DATELINE_END.sub("", paragraph[paragraph.index(")", bracket) + 1 :], count=1)
    if paragraph[1:3].isupper() and (dateline := CITY_DATELINE.match(paragraph)):
        return paragraph[dateline.end() :]
    if paragraph[0] in "新中" and (dateline := CHINESE_DATELINE.match(paragraph)):
        return paragraph[dateline.end() :]
    return paragraph


def _without_ending(paragraph: str) -> str:
    if paragraph[-2:].strip(". ")[-1:] not in ENDING_LETTERS and not paragraph.startswith(("Source", "SOURCE")):
        return paragraph
    return paragraph[:-LONGEST_ENDING] + ENDING.sub("", paragraph[-LONGEST_ENDING:])


def _is_caption(paragraph: str) -> bool:
    return paragraph[-2:].endswith(CAPTION_ENDS) and is_caption(paragraph)


def _tokens(text: str) -> tuple[Hashes, Indices, bool]:
    """The hash of every word, the number of the line it stands on, and whether most of them are Chinese characters.

    A word is a run of letters and digits, or one Chinese character.
    """
    codes = _codes(f"\n{text}\n{_PADDING}")
    is_letter = codes > _SPACE
    chinese = _EMPTY
    if codes.dtype != np.uint8 and codes.max() >= _CHINESE[0]:
        is_chinese = (codes >= _CHINESE[0]) & (codes <= _CHINESE[1])
        chinese = np.flatnonzero(is_chinese)
        is_letter &= ~is_chinese
    edges = np.flatnonzero(is_letter[1:] != is_letter[:-1])
    edges += 1
    starts = edges[::2].copy()
    hashes = _hash_words(codes, starts, edges[1::2] - starts)
    if len(chinese):
        starts, order = _merged(starts, chinese)
        hashes = np.concatenate((hashes, codes[chinese] * _OF_HEAD))[order]
    breaks = np.searchsorted(starts, np.flatnonzero(codes == _BREAK)[1:])
    words = breaks.copy()
    words[1:] -= breaks[:-1]
    return hashes, np.repeat(np.arange(len(words)), words), 2 * len(chinese) > len(starts)


def _hash_words(codes: Codes, starts: Indices, lengths: Indices) -> Hashes:
    """By the first sixteen letters of each word, read as two numbers of eight bytes."""
    letters = codes.astype(np.uint8, copy=False)
    eights = np.ndarray(len(letters) - 7, np.dtype("<u8"), letters, strides=(1,))
    lengths = np.minimum(lengths, 16)
    hashes = (eights[starts] & _MASKS[np.minimum(lengths, 8)]) * _OF_HEAD
    hashes += (eights[starts + 8] & _MASKS[np.maximum(lengths, 8) - 8]) * _OF_TAIL
    hashes ^= hashes >> np.uint64(32)
    return hashes


def _merged(first: Indices, second: Indices) -> tuple[Indices, Indices]:
    """The positions of both in order, and where each stands among them, one behind the other."""
    both = np.concatenate((first, second))
    order = np.argsort(both, kind="stable")
    return both[order], order


def _codes(text: str) -> Codes:
    """What the characters of the text count as, without those that do not count."""
    if text.isascii():
        table, dropped = _ascii_folding()
        return np.frombuffer(text.encode("ascii").translate(table, dropped), np.uint8)
    codes = _folding().take(np.frombuffer(text.encode("utf-16-le", "replace"), np.uint16))
    kept: NDArray[np.uint16] = codes[codes != _DROPPED]
    return kept


def _hash_runs(tokens: Hashes, line_of: Indices, width: int) -> tuple[Hashes, Indices]:
    """The hash of every run of `width` words on one line, and that line."""
    last = len(tokens) - width
    if last < 0:
        return tokens[:0], line_of[:0]
    hashes = tokens[: last + 1].copy()
    for step in range(1, width):
        hashes *= _OF_WORD
        hashes += tokens[step : last + step + 1]
    is_run = line_of[: last + 1] == line_of[width - 1 :]
    return _mixed(hashes[is_run]), line_of[: last + 1][is_run]


def _mixed(hashes: Hashes) -> Hashes:
    """Every bit of the result depends on every bit (SplitMix64): the smallest of several is one by chance."""
    hashes = (hashes ^ (hashes >> np.uint64(30))) * _FINISH[0]
    hashes ^= hashes >> np.uint64(27)
    hashes *= _FINISH[1]
    hashes ^= hashes >> np.uint64(31)
    return hashes


@cache
def _folding() -> NDArray[np.uint16]:
    """What each character of the Basic Multilingual Plane counts as; made once, at the first text."""
    table = np.full(_BASIC_PLANE, _SPACE, np.uint16)
    for code in range(_BASIC_PLANE):
        character = chr(code)
        if character.isalnum():
            if unicodedata.decomposition(character):
                character = unicodedata.normalize("NFKD", character)[0]
            table[code] = min(ord(character.lower()[0]), _BASIC_PLANE - 1)
        elif unicodedata.category(character) in ("Mn", "Cf"):
            table[code] = _DROPPED
    for character in _DROPPED_CHARACTERS:
        table[ord(character)] = _DROPPED
    for character in _DASHES:
        table[ord(character)] = _SPACE
    table[_BREAK] = _BREAK
    return table


@cache
def _ascii_folding() -> tuple[bytes, bytes]:
    """The same for ASCII, as `bytes.translate` wants it: what each byte becomes, and which are dropped."""
    table = np.resize(_folding()[:128], 256).astype(np.uint8)
    return table.tobytes(), bytes(np.flatnonzero(table == _DROPPED).tolist())

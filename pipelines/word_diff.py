"""What two texts share and where they differ, word by word. In Chinese a word is a character."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from pipelines.fingerprint import fold

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
#: A word with the white space behind it: spaces of their own would match anywhere, and cost the most.
_TOKEN = re.compile(rf"[{_CJK}]\s*|[^\s{_CJK}]+\s*|\s+")
_PARAGRAPH = re.compile(r"[^\n]+\n*|\n+")
#: Two runs of words whose lengths multiply to more are different as a whole: to compare them would hold up a crawl.
_MOST_COMPARED = 4_000_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text that both have, or only the text before (`removed`), or only the text after (`added`)."""

    kind: Literal["same", "removed", "added"]
    text: str


def word_diff(before: str, after: str) -> list[Piece]:
    """The pieces in reading order, without breaks at the end. What is `same` and `added` makes the text after; words
    that differ in nothing but typography are the same. Paragraphs are compared first, so that a long text costs no more
    than its changed ones."""
    if before == after:
        return [Piece("same", after)] if after else []
    pieces: list[Piece] = []
    # Each paragraph with its break, the last one too, so that it is a paragraph like any other.
    old, new = (_PARAGRAPH.findall(text.rstrip("\n") + "\n\n") if text.strip("\n") else [] for text in (before, after))
    for piece in _compared(old, new, _words):
        if pieces and pieces[-1].kind == piece.kind:
            piece = Piece(piece.kind, pieces.pop().text + piece.text)
        pieces.append(piece)
    return [Piece(piece.kind, piece.text.rstrip("\n") if piece is pieces[-1] else piece.text) for piece in pieces]


def count_words(text: str) -> int:
    """How many words a text has, in Chinese how many characters; punctuation by itself is none."""
    return sum(any(map(str.isalnum, token)) for token in _TOKEN.findall(text))


def _words(before: Sequence[str], after: Sequence[str]) -> Iterator[Piece]:
    if len(before) == len(after) > 1:
        for old, new in zip(before, after, strict=True):
            yield from _words((old,), (new,))
        return
    old_words, new_words = (_TOKEN.findall("".join(paragraphs)) for paragraphs in (before, after))
    if len(old_words) * len(new_words) > _MOST_COMPARED:
        yield from _replaced(before, after)
    else:
        yield from _compared(old_words, new_words, _replaced)


def _replaced(before: Sequence[str], after: Sequence[str]) -> Iterator[Piece]:
    yield Piece("removed", "".join(before))
    yield Piece("added", "".join(after))


def _compared(
    before: Sequence[str],
    after: Sequence[str],
    replaced: Callable[[Sequence[str], Sequence[str]], Iterator[Piece]],
) -> Iterator[Piece]:
    matcher = SequenceMatcher(None, [_key(part) for part in before], [_key(part) for part in after], autojunk=False)
    for tag, start, end, other_start, other_end in matcher.get_opcodes():
        if tag == "equal":
            yield Piece("same", "".join(after[other_start:other_end]))
        elif tag == "replace":
            yield from replaced(before[start:end], after[other_start:other_end])
        elif tag == "delete":
            yield Piece("removed", "".join(before[start:end]))
        else:
            yield Piece("added", "".join(after[other_start:other_end]))


def _key(part: str) -> str:
    return fold(part) or " "

"""Whether one text is a copy of another: an exact comparison of their shingles, and the rules for what misleads it.

Only texts are compared: no headline, date or number decides. The thresholds are measured on real pages
(`python -m benchmarks duplicates`, docs/duplicates.md). There, different texts share at most 0.48 of their shingles
(announcements of one wording) and at most 0.72 of the shorter one (a position repeated months later).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pipelines.shingles import SHINGLE_CHARACTERS, Hashes, Shingles, words

#: Jaccard from which two texts are light edits of each other. One word in twenty changed leaves about 0.6.
NEAR = 0.55
#: Share of a text's shingles that another text has to hold for the first to be an excerpt of it.
EXCERPT = 0.8
#: An excerpt is shorter than this part of the whole; what lost less was lightly edited.
CUT = 0.75
#: A text edited throughout keeps less (t1659619 and t1660057, one press conference published twice, keep just 0.56),
#: but every paragraph keeps something, while texts that share paragraphs word for word have others that are new.
REEDITED = 0.4
REEDITED_PARAGRAPHS = 0.9
#: A paragraph is in another text when that holds such a share of its shingles.
HELD = 0.25
#: Candidates share at least this part of the anchors of the one that has fewer.
ANCHORS_SHARED = 0.2

#: What is said in fewer shingles follows a form: texts that differ in one word are two texts. By shingle width.
FORMULAIC = {False: 40, True: 100}
#: So long are announcements that follow a form, with other names and numbers in it.
TEMPLATE = {False: 150, True: 300}
#: An edited text is longer than this, in shingles.
LONG = {False: 250, True: 500}
#: Of a formulaic text, this share of the shingles has to stand in the other; the rest is additions or cuts.
FORMULAIC_EXCERPT = 0.9
#: A name or number is exchanged for another of at most so many words.
LONGEST_NAME = 3

_NUMBER = re.compile(r"\d")
#: A capital within a sentence: after a letter, a comma or a bracket, not after a full stop.
_NAME = re.compile(r"(?<=[\w,;(] )[A-Z][\w'’-]+")


@dataclass(frozen=True, slots=True)
class Decision:
    """That two texts are one story, and how.

    `similarity` is the Jaccard index of the shingles for `near`, and for `excerpt` the share of the part's shingles
    that the whole holds. `part` says which of the two texts stands in the other: null for `near`.
    """

    relation: Literal["near", "excerpt"]
    similarity: float
    reason: str
    part: Literal["first", "second"] | None = None


@dataclass(frozen=True, slots=True)
class Overlap:
    """What two texts have in common: `shared` distinct shingles of `first` and of `second`."""

    shared: Hashes
    first: int
    second: int

    @classmethod
    def of(cls, first: Shingles, second: Shingles) -> Overlap:
        """Texts of different scripts share nothing."""
        ours, theirs = first.distinct, second.distinct
        if first.width != second.width:
            return cls(ours[:0], len(ours), len(theirs))
        return cls(np.intersect1d(ours, theirs, assume_unique=True), len(ours), len(theirs))

    @property
    def jaccard(self) -> float:
        """Shared shingles by all shingles."""
        return len(self.shared) / max(1, self.first + self.second - len(self.shared))

    @property
    def containment(self) -> float:
        """Shared shingles by those of the text that has fewer."""
        return len(self.shared) / max(1, min(self.first, self.second))


def share_enough(shared: int, first: int, second: int) -> bool:
    """Whether texts of `first` and `second` anchors that share `shared` of them may be copies, and need comparing."""
    return shared > 0 and shared >= ANCHORS_SHARED * min(first, second)


def decide(first: Shingles, second: Shingles) -> Decision | None:
    """Whether the texts are copies; symmetric but for `part`. Null: they are two texts, or too short to tell.

    Texts that are identical but for what shingles do not count (case, punctuation, dateline) are `near` with 1.0.
    """
    overlap = Overlap.of(first, second)
    decision = _by_measure(first, second, overlap)
    if decision is None or _is_another_text(first, second, overlap):
        return None
    return decision


def held(text: Shingles, shared: Hashes) -> NDArray[np.float64]:
    """Of every paragraph of `text` the share of shingles that are among `shared`; 0 where it has none."""
    count = len(text.paragraphs)
    total = np.bincount(text.paragraph_of, minlength=count)
    found = np.bincount(text.paragraph_of, weights=np.isin(text.hashes, shared), minlength=count)
    return found / np.maximum(total, 1)


def _by_measure(first: Shingles, second: Shingles, overlap: Overlap) -> Decision | None:
    jaccard, containment = overlap.jaccard, overlap.containment
    is_cut = min(overlap.first, overlap.second) < CUT * max(overlap.first, overlap.second)
    if not is_cut and (jaccard >= NEAR or containment >= EXCERPT):
        return Decision("near", jaccard, f"{jaccard:.0%} of the wording is common to both")
    if is_cut and containment >= EXCERPT:
        part: Literal["first", "second"] = "first" if overlap.first <= overlap.second else "second"
        return Decision("excerpt", containment, f"{containment:.0%} of the shorter text stands in the longer", part)
    if jaccard >= REEDITED and min(overlap.first, overlap.second) >= LONG[_is_chinese(first)]:
        common = min(_in_held_paragraphs(first, overlap.shared), _in_held_paragraphs(second, overlap.shared))
        if common >= REEDITED_PARAGRAPHS:
            reason = f"{jaccard:.0%} of the wording is common, and {common:.0%} of the paragraphs, each of them edited"
            return Decision("near", jaccard, reason)
    return None


def _in_held_paragraphs(text: Shingles, shared: Hashes) -> float:
    """The share of a text's shingles that are in paragraphs the other text holds, if in other words."""
    return float(np.mean((held(text, shared) >= HELD)[text.paragraph_of]))


def _is_another_text(first: Shingles, second: Shingles, overlap: Overlap) -> bool:
    """Whether the likeness is that of a form, filled in with other names, dates or numbers."""
    is_chinese = _is_chinese(first)
    size = min(overlap.first, overlap.second)
    if size >= TEMPLATE[is_chinese]:
        return False
    ours, theirs = _shared_paragraphs(first, overlap.shared), _shared_paragraphs(second, overlap.shared)
    if size < FORMULAIC[is_chinese]:
        if overlap.containment < FORMULAIC_EXCERPT:
            return True
        lacking = Counter(words(ours)) - Counter(words(theirs)), Counter(words(theirs)) - Counter(words(ours))
        return all(lacking)
    return _exchanged(ours, theirs)


def _shared_paragraphs(text: Shingles, shared: Hashes) -> str:
    return "\n".join(
        paragraph for paragraph, share in zip(text.paragraphs, held(text, shared), strict=True) if share > 0
    )


def _exchanged(first: str, second: str) -> bool:
    """Whether a name, or two numbers, of one text stand as others in the same places of the other text."""
    names = {word for name in _NAME.findall(first + "\n" + second) for word in words(name)}
    ours, theirs = words(first), words(second)
    numbers = set()
    for kind, start, end, begin, stop in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if kind != "replace" or max(end - start, stop - begin) > LONGEST_NAME:
            continue
        old, new = ours[start:end], theirs[begin:stop]
        if names.intersection(old) and names.intersection(new):
            return True
        if any(map(_NUMBER.search, old)) and any(map(_NUMBER.search, new)):
            numbers.add((*old, *new))
    return len(numbers) > 1


def _is_chinese(text: Shingles) -> bool:
    return text.width == SHINGLE_CHARACTERS

"""Fingerprints of texts: what two texts are compared by without keeping either.

`fold` decides what of a text counts. Every fingerprint is taken of the folded text, the exact digest here as well as
any that tolerates edits, so that they can never disagree about noise.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

#: Soft hyphen, zero-width space and joiners, directional marks, invisible operators, variation selectors, BOM.
INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
WHITE_SPACE = re.compile(r"\s+")
DASHES = re.compile(r"-{2,}")
ELLIPSIS = re.compile(r"\.{3,}")
TYPOGRAPHY = str.maketrans(
    dict.fromkeys("‘’‚‛′‵ʹʼ`´", "'")
    | dict.fromkeys("“”„‟″‶«»", '"')
    | dict.fromkeys("‐‑‒–—―⸺⸻−﹘﹣－", "-")
    | {"…": "...", "⋯": "..."}
)


def fold(text: str) -> str:
    """`text` without its noise; equal for two settings of one text, and idempotent.

    White space (of any kind, and how much of it), the style of quotation marks and dashes, the ellipsis as one
    character or as dots, characters of no width and the compatibility forms of NFKC (full-width letters, ligatures)
    do not count. Case, accents and all other punctuation do.
    """
    if not text.isascii():
        # Typography first: NFKC would take some of its characters apart into a space and an accent.
        text = INVISIBLE.sub("", text).translate(TYPOGRAPHY)
        text = unicodedata.normalize("NFKC", text).translate(TYPOGRAPHY)
        # Taking characters out can bring a letter and its accent together.
        text = unicodedata.normalize("NFKC", INVISIBLE.sub("", WHITE_SPACE.sub("", text)))
    text = WHITE_SPACE.sub("", text).replace("`", "'").replace("''", '"')
    return ELLIPSIS.sub("...", DASHES.sub("-", text))


def text_digest(text: str) -> str:
    """`sha256:` and 64 hexadecimal digits over the folded text in UTF-8."""
    return "sha256:" + hashlib.sha256(fold(text).encode("utf-8", "surrogatepass")).hexdigest()

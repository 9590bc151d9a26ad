"""Fingerprints of texts: what two texts are compared by without keeping either.

`fold` decides what of a text counts. Every fingerprint is taken of the folded text, the exact digest here as well as
any that tolerates edits, so that they can never disagree about noise.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

#: Soft hyphen, zero-width space and joiners, directional marks, invisible operators, variation selectors, BOM.
_INVISIBLE_RANGES = (range(0x200B, 0x2010), range(0x202A, 0x202F), range(0x2060, 0x2070), range(0xFE00, 0xFE10))
INVISIBLE = "\u00ad\u034f\u061c\u180e\ufeff" + "".join(chr(code) for codes in _INVISIBLE_RANGES for code in codes)
DASHES = re.compile(r"-{2,}")
ELLIPSIS = re.compile(r"\.{4,}")
TYPOGRAPHY = (
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
    text = _without_white_space(text)
    if not text.isascii():
        # Typography first: NFKC would take some of its characters apart into a space and an accent.
        text = unicodedata.normalize("NFKC", _typewritten(_visible(text)))
        # Taking characters out can bring a letter and its accent together.
        text = unicodedata.normalize("NFKC", _visible(_without_white_space(_typewritten(text))))
        text = _without_white_space(text)
    text = text.replace("`", "'").replace("''", '"')
    if "--" in text:
        text = DASHES.sub("-", text)
    return ELLIPSIS.sub("...", text) if "...." in text else text


# To look for one character is so fast that to look for fifty takes a fraction of one walk over the text by a pattern.


def _without_white_space(text: str) -> str:
    text = text.replace(" ", "").replace("\n", "")
    # All other white space is not printable.
    return text if text.isprintable() else "".join(text.split())


def _visible(text: str) -> str:
    for character in INVISIBLE:
        text = text.replace(character, "")
    return text


def _typewritten(text: str) -> str:
    for character, plain in TYPOGRAPHY.items():
        text = text.replace(character, plain)
    return text


def text_digest(text: str) -> str:
    """`sha256:` and 64 hexadecimal digits over the folded text in UTF-8."""
    return "sha256:" + hashlib.sha256(fold(text).encode("utf-8", "surrogatepass")).hexdigest()

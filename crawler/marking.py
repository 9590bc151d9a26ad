"""A word diff for a terminal, or for a file that is read without colours."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rich.text import Text

from pipelines.word_diff import Piece

_BREAK = re.compile(r"(\n+)")


def marked(pieces: Iterable[Piece], *, is_coloured: bool) -> Text:
    """The pieces one after the other. What was taken out is red and what was put in is green; without colours they
    stand in `[-…-]` and `{+…+}`, as wdiff marks them. Marks close around words, not around spaces or breaks."""
    text = Text()
    for piece in pieces:
        if piece.kind == "same":
            text.append(piece.text)
            continue
        for words in _BREAK.split(piece.text):
            bare = words.strip()
            before, _, after = words.partition(bare) if bare else (words, "", "")
            text.append(before)
            if bare and is_coloured:
                text.append(bare, style="red strike" if piece.kind == "removed" else "green")
            elif bare:
                text.append(f"[-{bare}-]" if piece.kind == "removed" else f"{{+{bare}+}}")
            text.append(after)
    return text

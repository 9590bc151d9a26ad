"""The lines of `revisions/SOURCE.jsonl` and `states/SOURCE.jsonl`, and their only definition.

`docs/revision.schema.json` and `docs/state.schema.json` are generated from this module (`scrapy docs`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from crawler.items import Capture, Instant, NonEmpty, Part

DocumentId = Annotated[str, Field(pattern=r"^[a-z_]+:\S+$")]

#: `revision`: the publisher changed the text. `layout-changed`: a new layout around the same words.
#: `correction`: the text is read better than before; the publisher changed nothing.
ChangeKind = Literal["revision", "layout-changed", "correction"]


class State(StrEnum):
    """Where a document stands on its site, as far as our visits tell."""

    LIVE = "live"
    MISSING = "missing"  # one visit, or several within a day, did not find it
    GONE = "gone"  # a visit at least a day later did not find it either
    MOVED = "moved"  # found elsewhere with the same text
    RETURNED = "returned"  # found again after it was missing, gone or moved


class Side(Part):
    """One side of a change: which text, as read from which capture, with which layout. `mirror_of` is the origin's URL
    where a mirror showed it: what the origin itself then shows may differ without a change of the publisher's."""

    revision: Annotated[int, Field(ge=1)]
    correction: Annotated[int | None, Field(ge=1)] = None
    text_digest: NonEmpty
    capture: Capture | None = None
    date_retrieved: Instant | None = None
    mirror_of: str | None = None
    layout: NonEmpty


class FieldChange(Part):
    """A field's value before and after."""

    before: Any = None
    after: Any = None


class Size(Part):
    """How large a change of the text is, in words (in Chinese, characters): of the text before, of the text after, and
    how many were taken out and put in. `similarity` is their share of common words: 1 for the same words."""

    words_before: Annotated[int, Field(ge=0)]
    words_after: Annotated[int, Field(ge=0)]
    removed: Annotated[int, Field(ge=0)]
    added: Annotated[int, Field(ge=0)]
    similarity: Annotated[float, Field(ge=0, le=1)]


class Revision(Part):
    """A line of `revisions/`: one change of one document.

    `date` is when the capture with the new text was made. `changed` names the Article's fields that differ; `fields`
    holds their values, but for the texts (`article_body`, `exchanges`), which are in the Article lines.
    """

    document: DocumentId
    source: NonEmpty
    kind: ChangeKind
    date: Instant | None = None
    url: NonEmpty
    headline: NonEmpty
    changed: list[str]
    fields: dict[str, FieldChange] = Field(default_factory=dict)
    before: Side
    after: Side
    size: Size


class StateChange(Part):
    """A line of `states/`: a document left one state for another.

    `date` is that of the visit, `last_seen` when the document was last found before it. `reason` is what the visit
    met: the code of a problem (`not-found`, `soft-404`), `redirected`, `same-text` for a text found elsewhere, or null
    for the page itself. `capture` is the evidence. Removed does not mean retracted: see docs/record.md.
    """

    document: DocumentId
    source: NonEmpty
    state: State
    previous: State
    date: Instant
    reason: str | None = None
    url: NonEmpty
    moved_to: str | None = None
    moved_to_document: str | None = None
    last_seen: Instant | None = None
    capture: Capture | None = None

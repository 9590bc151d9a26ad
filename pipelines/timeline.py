"""A document's captures in the order of time: where its text changed between two of them, and whether that was told.

Captures come in any order. Whenever one comes, the two pairs it makes with the captures before and after it are looked
at, so that in the end every pair of neighbours with different texts has a line in `revisions/`.
"""

from __future__ import annotations

from crawler.items import Article
from pipelines.documents import Sighting
from pipelines.fingerprint import fold
from pipelines.rows import Revision, Side


def as_seen(sighting: Sighting, known: Article) -> Article:
    """The text `known` as a capture showed it that was not necessarily the one it was read from."""
    return known.model_copy(
        update={
            "capture": known.capture if _is_of(sighting, known) else sighting.capture,
            "date_retrieved": sighting.date_retrieved,
            "url": sighting.url,
            "mirror_of": known.mirror_of if sighting.from_mirror else None,
            "layout": sighting.layout or known.layout,
        }
    )


def is_changed(before: Article, after: Article) -> bool:
    """Whether the publisher changed the text from one capture to the next. A headline that differs in another layout
    may be the frame's doing."""
    if before.text_digest != after.text_digest:
        return True
    return before.layout == after.layout and fold(before.headline) != fold(after.headline)


def tells(row: Revision, before: Article, after: Article) -> bool:
    """Whether a line of `revisions/` tells of this change, perhaps from an earlier capture of the text before."""
    return (
        row.kind == "revision"
        and row.date == after.date_retrieved
        and _shows(row.before, before)
        and _shows(row.after, after)
        and fold(row.headline) == fold(after.headline)
        and fold(_headline_before(row)) == fold(before.headline)
    )


def _shows(side: Side, article: Article) -> bool:
    if (side.mirror_of is None) != (article.mirror_of is None):
        return False
    return side.revision == article.revision or side.text_digest == article.text_digest


def _headline_before(row: Revision) -> str:
    changed = row.fields.get("headline")
    return row.headline if changed is None else str(changed.before)


def _is_of(sighting: Sighting, article: Article) -> bool:
    capture = article.capture
    return capture is not None and (capture.file, capture.record_id or "") == (sighting.file, sighting.record_id)

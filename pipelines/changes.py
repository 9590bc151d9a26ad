"""What changed between two Articles of one document."""

from __future__ import annotations

from pydantic import BaseModel

from crawler.items import Article
from pipelines.fingerprint import fold
from pipelines.rows import ChangeKind, FieldChange, Revision, Side, Size
from pipelines.word_diff import count_words, word_diff

#: Fields that tell of the capture, or that the pipelines fill: no part of what the document says.
_OF_THE_CAPTURE = frozenset(
    "id url source date_retrieved capture layout text_digest revision correction story duplicate_of relation similarity"
    " mirror_of".split()
)
#: Texts too long to stand in a row; the Article lines hold them.
_TEXTS = frozenset(("article_body", "exchanges"))
CONTENT_FIELDS = tuple(name for name in Article.model_fields if name not in _OF_THE_CAPTURE)
_DATE_FIELDS = ("date_published", "date_published_raw", "date_precision", "date_origin")


def with_listed_date(article: Article, known: Article) -> Article:
    """The Article with the date that a listing gave it when it was first read, where its page tells no more.

    A document visited again, or read again from the archive, comes from no listing.
    """
    if known.date_origin != "listing" or article.date_origin == "listing":
        return article
    day, known_day = (article.date_published or "")[:10], (known.date_published or "")[:10]
    is_surer = article.date_precision in (None, "estimated") or (article.date_precision == "day" and day == known_day)
    return article.model_copy(update={name: getattr(known, name) for name in _DATE_FIELDS}) if is_surer else article


def changed_fields(before: Article, after: Article) -> list[str]:
    """The fields of the document that differ, in the order of the Article; white space and typography do not count."""
    return [name for name in CONTENT_FIELDS if not _is_same(getattr(before, name), getattr(after, name))]


def change(kind: ChangeKind, before: Article, after: Article) -> Revision:
    """The line of `revisions/` for a change of one document."""
    changed = changed_fields(before, after)
    return Revision(
        document=after.id,
        source=after.source,
        kind=kind,
        date=after.date_retrieved,
        url=after.url,
        headline=after.headline,
        changed=changed,
        fields={
            name: FieldChange(before=before.model_dump()[name], after=after.model_dump()[name])
            for name in changed
            if name not in _TEXTS
        },
        before=_side(before),
        after=_side(after, number_of=after if after.revision else before),
        size=size(before.article_body, after.article_body),
    )


def size(before: str, after: str) -> Size:
    """How large the change from one text to another is, in words."""
    removed = added = 0
    for piece in word_diff(before, after):
        if piece.kind == "removed":
            removed += count_words(piece.text)
        elif piece.kind == "added":
            added += count_words(piece.text)
    words_before, words_after = count_words(before), count_words(after)
    total = words_before + words_after
    similarity = 1 - (removed + added) / total if total else 1.0
    return Size(
        words_before=words_before,
        words_after=words_after,
        removed=removed,
        added=added,
        similarity=round(max(0.0, similarity), 4),
    )


def _side(article: Article, number_of: Article | None = None) -> Side:
    numbered = number_of or article
    return Side(
        revision=numbered.revision or 1,
        correction=numbered.correction,
        text_digest=article.text_digest or "",
        capture=article.capture,
        date_retrieved=article.date_retrieved,
        mirror_of=article.mirror_of,
        layout=article.layout,
    )


def _is_same(before: object, after: object) -> bool:
    return before == after or _folded(before) == _folded(after)


def _folded(value: object) -> object:
    if isinstance(value, str):
        return fold(value)
    if isinstance(value, BaseModel):
        return {name: _folded(part) for name, part in value}
    return [_folded(part) for part in value] if isinstance(value, list) else value

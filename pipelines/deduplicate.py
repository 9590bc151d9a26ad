"""Decides what an Article is: a new document, a new revision, a copy, or nothing new. Writes no line itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from crawler import signals
from crawler.extraction.problem import Code, Problem
from crawler.items import Article
from crawler.signals import Outcome
from pipelines.changes import with_listed_date
from pipelines.documents import Document
from pipelines.fingerprint import fold, text_digest
from pipelines.record import RecordPipeline
from pipelines.recording import Record
from pipelines.stories import Link


class Unchanged(DropItem):
    """The document and this text of it are known: there is nothing to write."""


class MirrorDiffers(DropItem):
    """A mirror shows another text than the origin, whose text is the one that is kept."""


class DeduplicatePipeline:
    """Passes on what deserves a line, with `revision`, `story` and the copy's fields set; drops the rest quietly."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor. Reads no settings; ledger and transaction are RecordPipeline's."""
        return cls(crawler)

    def process_item(self, item: Article) -> Article:
        """The Article to record. Raises Unchanged, MirrorDiffers, or RecordStopped where the ledger fails."""
        recording = self._crawler.get_item_pipeline(RecordPipeline)
        if recording is None:
            raise RuntimeError("DeduplicatePipeline needs RecordPipeline in ITEM_PIPELINES")
        with recording.batch() as record:
            try:
                return deduplicate(item, record, getattr(self._crawler.spider, "read_again", None))
            except Unchanged:
                record.see(item)
                self._tell(item, Outcome.UNCHANGED)
                raise
            except MirrorDiffers as difference:
                problem = Problem(Code.MIRROR_DIFFERS, item.url, str(difference))
                self._crawler.signals.send_catch_log(signal=signals.problem_found, problem=problem)
                self._tell(item, Outcome.MIRROR_DIFFERS)
                raise

    def _tell(self, article: Article, outcome: Outcome) -> None:
        self._crawler.signals.send_catch_log(signal=signals.article_recorded, article=article, outcome=outcome)


#: Where a page tells its date in so many words.
_SAID_BY_PAGE = frozenset(("page", "title", "meta"))

#: Reads the capture an Article was read from once more, by today's rules; null where that gives no article.
ReadAgain = Callable[[Article], Article | None]


def deduplicate(article: Article, record: Record, read_again: ReadAgain | None = None) -> Article:
    """The normalised Article with `revision`, `correction`, `duplicate_of`, `relation` and `similarity` decided.

    With `read_again`, a text that differs only because it was read by other rules is a correction. So is another text
    of the same capture. Writes nothing. Raises Unchanged or MirrorDiffers where there is no line to write.
    """
    document = record.ledger.documents.document(article.id)
    if document is None:
        return _decided(article, record.find(article).original(article.id), revision=1)
    misread = _misread(article, document, record)
    if misread is not None:
        return correct(with_listed_date(article, misread), misread, record)
    try:
        _refuse_what_is_not_new(article, document, record)
    except Unchanged:
        undated = _undated(article, document, record)
        if undated is None:
            raise
        return correct(article, undated, record)
    known = record.article(document.line)
    article = with_listed_date(article, known)
    # What was met as a text of its own stays one: copies point to it, even where its new text was met elsewhere before.
    original = None if document.duplicate_of is None else record.find(article).original(article.id)
    if read_again is not None and _is_same_text(article, read_again(known)):
        return correct(article, known, record)
    return _decided(article, original, revision=document.revisions + 1)


def correct(article: Article, known: Article, record: Record) -> Article:
    """A better reading of what `known` is a reading of, as `deduplicate` decides an Article."""
    sighting = record.ledger.documents.sighting(article.id, article.capture) if article.capture is not None else None
    if sighting is not None:
        article = article.model_copy(update={"capture": sighting.capture})
    original = None if known.duplicate_of is None else record.find(article).original(article.id)
    readings = [text for text in record.ledger.documents.texts(article.id) if text.revision == known.revision]
    return _decided(article, original, revision=known.revision, correction=readings[-1].correction + 1)


def _misread(article: Article, document: Document, record: Record) -> Article | None:
    """What the same capture was read as before, where that is another text: a capture cannot change, only how it is
    read. Null for a new capture, and for a mirror's where the origin is known."""
    if article.capture is None or article.capture.record_id is None:
        return None
    if article.mirror_of is not None and not document.from_mirror:
        return None
    text = record.ledger.documents.shown_by(article.id, article.capture.file, article.capture.record_id)
    if text is None:
        return None
    known = record.article(text.line)
    if article.capture.is_at(known.capture):
        return None if _is_same_text(article, known) else known
    # Of a capture that only showed a known text again, the headline may have differed already. A text that was met is
    # no news of it: two captures that today's rules tell apart would correct each other for ever.
    return None if record.ledger.documents.has_text(article.id, article.text_digest or "") else known


def _undated(article: Article, document: Document, record: Record) -> Article | None:
    """The known text of which this capture, and none before, tells the day of publication: the day is ours to correct,
    the publisher changed nothing. Null where there is none, and for a mirror's capture where the origin is known."""
    if not article.date_published or article.date_precision == "estimated" or article.capture is None:
        return None
    if article.mirror_of is not None and not document.from_mirror:
        return None
    documents = record.ledger.documents
    if documents.sighting(article.id, article.capture) is not None:
        return None
    known = record.article(documents.reading(documents.text_of(article)).line)
    is_undated = known.date_published is None or known.date_precision == "estimated"
    return known if is_undated and _is_same_text(article, known) else None


def _is_same_text(article: Article, other: Article | None) -> bool:
    return (
        other is not None
        and text_digest(other.article_body) == article.text_digest
        and fold(other.headline) == fold(article.headline)
    )


def _refuse_what_is_not_new(article: Article, document: Document, record: Record) -> None:
    """Raises Unchanged or MirrorDiffers unless the Article holds a new revision of `document`.

    The text is the headline and the body; the day of publication counts like them. A headline or a day that differs in
    another layout, or on a mirror, may be the frame's doing. A text met again is a revision only when the publisher
    changed it back: the origin shows it, later than it showed the text in force. An older capture may fill a gap: with
    a text, or with a headline, that was not met yet.
    """
    is_mirror = article.mirror_of is not None
    is_later = article.date_retrieved is not None and article.date_retrieved > (document.seen or "")
    if article.text_digest == document.text_digest:
        is_same_setting = not is_mirror and is_later and article.layout == document.layout
        is_headline_new = text_digest(article.headline) != document.headline_digest
        is_news = is_same_setting and (is_headline_new or _is_dated_anew(article, document, record))
        if not is_news and not _has_older_headline(article, document, record):
            raise Unchanged(f"{article.id} is unchanged", log_level="DEBUG")
        return
    if (is_mirror or not is_later) and record.ledger.documents.has_text(article.id, article.text_digest or ""):
        if _has_older_headline(article, document, record):
            return
        raise Unchanged(f"{article.id} has shown this text before", log_level="DEBUG")
    if is_mirror and not document.from_mirror:
        raise MirrorDiffers(
            f"the text of {article.id} is {article.text_digest} here and {document.text_digest} at the origin",
            log_level="DEBUG",
        )


def _has_older_headline(article: Article, document: Document, record: Record) -> bool:
    """Whether an older capture of a known text has a headline of its own, where the capture before or after it has
    another in the same layout. Captures that are not archived are in no order of time."""
    if article.mirror_of is not None or article.capture is None or document.from_mirror:
        return False
    documents = record.ledger.documents
    if documents.sighting(article.id, article.capture) is not None or documents.has_text_under(article):
        return False
    return any(
        neighbour is not None
        and neighbour.layout == article.layout
        and neighbour.headline_digest != text_digest(article.headline)
        and documents.reading(neighbour.text).text_digest == article.text_digest
        for neighbour in documents.neighbours(article.id, article.date_retrieved)
    )


def _is_dated_anew(article: Article, document: Document, record: Record) -> bool:
    """Whether the page itself says another day than it said: not a guess, and not what a listing or the URL told."""
    day, known_day = (article.date_published or "")[:10], (document.date_published or "")[:10]
    if not day or day == known_day or article.date_precision == "estimated" or article.date_origin not in _SAID_BY_PAGE:
        return False
    return record.article(document.line).date_origin == article.date_origin


def _decided(article: Article, original: Link | None, **numbers: int | None) -> Article:
    return article.model_copy(
        update={
            **numbers,
            "duplicate_of": original.other(article.id) if original else None,
            "relation": original.relation if original else None,
            "similarity": original.similarity if original else None,
        }
    )

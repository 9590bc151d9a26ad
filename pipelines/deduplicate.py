"""Decides what an Article is: a new document, a new revision, a copy, or nothing new. Writes no line itself."""

from __future__ import annotations

from typing import Self

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from crawler import signals
from crawler.extraction.problem import Code, Problem
from crawler.items import Article
from crawler.signals import Outcome
from pipelines.ledger import Document, Ledger
from pipelines.record import Record, RecordPipeline
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
                return deduplicate(item, record)
            except Unchanged:
                record.ledger.add_capture(item)
                self._tell(item, Outcome.UNCHANGED)
                raise
            except MirrorDiffers as difference:
                problem = Problem(Code.MIRROR_DIFFERS, item.url, str(difference))
                self._crawler.signals.send_catch_log(signal=signals.problem_found, problem=problem)
                self._tell(item, Outcome.MIRROR_DIFFERS)
                raise

    def _tell(self, article: Article, outcome: Outcome) -> None:
        self._crawler.signals.send_catch_log(signal=signals.article_recorded, article=article, outcome=outcome)


def deduplicate(article: Article, record: Record) -> Article:
    """The normalised Article with `revision`, `duplicate_of`, `relation` and `similarity` decided.

    Writes nothing. Raises Unchanged or MirrorDiffers where there is no line to write.
    """
    document = record.ledger.document(article.id)
    if document is None:
        return _decided(article, 1, record.find(article).original(article.id))
    _refuse_what_is_not_new(article, document, record.ledger)
    # What was met as a text of its own stays one: copies point to it, even where its new text was met elsewhere before.
    original = None if document.duplicate_of is None else record.find(article).original(article.id)
    return _decided(article, document.revisions + 1, original)


def _refuse_what_is_not_new(article: Article, document: Document, ledger: Ledger) -> None:
    """Raises Unchanged or MirrorDiffers unless the Article holds a new revision of `document`.

    A text met again is a revision only when the publisher changed it back: the origin shows it, later than it
    showed the text in force.
    """
    if article.text_digest == document.text_digest:
        raise Unchanged(f"{article.id} is unchanged", log_level="DEBUG")
    is_mirror = article.mirror_of is not None
    is_later = article.date_retrieved is not None and article.date_retrieved > (document.seen or "")
    if (is_mirror or not is_later) and ledger.has_text(article.id, article.text_digest or ""):
        raise Unchanged(f"{article.id} has shown this text before", log_level="DEBUG")
    if is_mirror and not document.from_mirror:
        raise MirrorDiffers(
            f"the text of {article.id} is {article.text_digest} here and {document.text_digest} at the origin",
            log_level="DEBUG",
        )


def _decided(article: Article, revision: int, original: Link | None) -> Article:
    return article.model_copy(
        update={
            "revision": revision,
            "duplicate_of": original.other(article.id) if original else None,
            "relation": original.relation if original else None,
            "similarity": original.similarity if original else None,
        }
    )

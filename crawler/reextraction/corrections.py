"""Writing what reading an archive again has shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from crawler.extraction.problem import Code, Problem
from crawler.items import Article
from crawler.reextraction.findings import APPLICABLE, Finding
from crawler.signals import Outcome
from pipelines.changes import changed_fields, with_listed_date
from pipelines.deduplicate import MirrorDiffers, ReadAgain, Unchanged, correct, deduplicate
from pipelines.recording import Record, outcome_of

#: Opens the record of an output directory for a run of a source.
OpenRecord = Callable[[str], Record]


class Corrections:
    """Writes findings, batch by batch: a kill loses at most the batch that was open, which is found again.

    Every method may raise a RecordError; after one, only `abandon` makes sense.
    """

    def __init__(self, open_record: OpenRecord, batch_size: int, read_again: ReadAgain) -> None:
        """A batch is committed when `batch_size` findings are in it. `read_again` is for `deduplicate`."""
        self._open_record = open_record
        self._batch_size = batch_size
        self._read_again = read_again
        self._record: Record | None = None
        self._source: str | None = None
        self._waiting: list[Finding] = []
        #: What became of the Articles that were written, or were found to be known.
        self.outcomes: Counter[Outcome] = Counter()
        #: Why others were not written.
        self.problems: list[Problem] = []

    def add(self, finding: Finding) -> None:
        """Writes a finding, sooner or later, if it is one to write. Wants those of one source one after the other."""
        if finding.kind not in APPLICABLE:
            return
        if self._source not in (None, finding.candidate.source):
            self.finish()
        self._source = finding.candidate.source
        self._waiting.append(finding)
        if len(self._waiting) >= self._batch_size:
            self._write()

    def finish(self) -> None:
        """Writes the rest."""
        self._write()
        if self._record is not None:
            record, self._record = self._record, None
            record.finish()

    def abandon(self) -> None:
        """Gives up the batch that is open, if any."""
        if self._record is not None:
            self._record.abandon()
            self._record = None

    def _write(self) -> None:
        if not self._waiting:
            return
        if self._record is None:
            self._record = self._open_record(self._waiting[0].candidate.source)
        # Opened only now: others on the same output directory wait while a batch is open.
        self._record.ledger.begin()
        outcomes = [self._settle(finding, self._record) for finding in self._waiting]
        self._record.commit()
        self.outcomes.update(outcome for outcome in outcomes if outcome is not None)
        self._waiting = []

    def _settle(self, finding: Finding, record: Record) -> Outcome | None:
        assert finding.after is not None
        return (
            self._decide(finding.after, record)
            if finding.candidate.line is None
            else self._correct(finding.after, record)
        )

    def _correct(self, article: Article, record: Record) -> Outcome | None:
        """Writes the Article as a correction of what its capture was read as before. Null where it is that by now."""
        assert article.capture is not None
        text = record.ledger.documents.shown_by(article.id, article.capture.file, article.capture.record_id or "")
        assert text is not None
        known = record.article(text.line)
        article = with_listed_date(article, known)
        if not changed_fields(known, article):
            return None
        return outcome_of(record.add(correct(article, known, record)))

    def _decide(self, article: Article, record: Record) -> Outcome:
        """Takes the Article of a capture that is not known the way of any Article."""
        try:
            return outcome_of(record.add(deduplicate(article, record, self._read_again)))
        except Unchanged:
            record.see(article)
            return Outcome.UNCHANGED
        except MirrorDiffers as difference:
            self.problems.append(Problem(Code.MIRROR_DIFFERS, article.url, str(difference)))
            return Outcome.MIRROR_DIFFERS

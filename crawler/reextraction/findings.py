"""What reading a capture again has shown, beside what the ledger has for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from crawler.extraction.problem import Code, Problem
from crawler.items import Article
from crawler.reextraction.plan import Candidate
from crawler.rereading import Reread
from pipelines.changes import changed_fields, with_listed_date
from pipelines.document_lines import Line
from pipelines.recorded import Recorded


class Kind(StrEnum):
    """What became of one capture."""

    SAME = "same"  # as recorded
    LAYOUT = "layout"  # as recorded, by another layout
    CHANGED = "changed"  # the recorded Article is to be corrected
    LOST = "lost"  # recorded, but today's rules give no Article
    # The ledger does not know the capture:
    NEW = "new"  # of a document that is not known either
    REVISION = "revision"  # with a text that is not known
    KNOWN = "known"  # with a text that is
    REFUSED = "refused"  # and today's rules give no Article
    # Whether or not it does:
    INCOMPLETE = "incomplete"  # a further page is in no file, and what there is is not what is recorded


@dataclass(frozen=True, slots=True)
class Finding:
    """One capture: the Article as recorded and as read today, each null where there is none, with the fields that
    differ; and the problems of reading it."""

    kind: Kind
    candidate: Candidate
    before: Article | None = None
    after: Article | None = None
    changed: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


#: Findings that --apply writes.
APPLICABLE = frozenset((Kind.CHANGED, Kind.NEW, Kind.REVISION, Kind.KNOWN))


class Judge:
    """Says what was found. Writes nothing. Wants the captures that the ledger knows first. May raise a RecordError."""

    def __init__(self, recorded: Recorded) -> None:
        self._recorded = recorded
        #: By document, the digests of texts that were found and that the ledger does not have.
        self._found: dict[str, set[str]] = {}

    def judge(self, candidate: Candidate, read: Reread | Problem) -> Finding:
        """The finding for one capture."""
        if isinstance(read, Problem):
            return Finding(Kind.REFUSED if candidate.line is None else Kind.LOST, candidate, problems=(read,))
        finding = (
            self._unknown(candidate, read) if candidate.line is None else self._known(candidate, candidate.line, read)
        )
        if finding.after is not None and finding.kind in APPLICABLE:
            self._found.setdefault(candidate.document, set()).add(finding.after.text_digest or "")
        return finding

    def _known(self, candidate: Candidate, line: Line, read: Reread) -> Finding:
        before = self._recorded.written(line)
        after = with_listed_date(read.article, before)
        changed = tuple(changed_fields(before, after))
        if changed:
            kind = Kind.CHANGED if read.is_whole else Kind.INCOMPLETE
        else:
            kind = Kind.SAME if before.layout == after.layout else Kind.LAYOUT
        return Finding(kind, candidate, before, after, changed, read.problems)

    def _unknown(self, candidate: Candidate, read: Reread) -> Finding:
        """What is likely to become of it; deduplication has the last word."""
        if not read.is_whole:
            return Finding(Kind.INCOMPLETE, candidate, after=read.article, problems=read.problems)
        documents = self._recorded.ledger.documents
        document, digest = documents.document(candidate.document), read.article.text_digest or ""
        found = self._found.get(candidate.document, ())
        if digest in found or documents.has_text(candidate.document, digest):
            kind = Kind.KNOWN
        elif document is None and not found:
            kind = Kind.NEW
        elif document is not None and not document.from_mirror and read.article.mirror_of is not None:
            problem = Problem(
                Code.MIRROR_DIFFERS, candidate.url, f"another text of {candidate.document} than the origin's"
            )
            return Finding(Kind.REFUSED, candidate, problems=(*read.problems, problem))
        else:
            kind = Kind.REVISION
        return Finding(kind, candidate, after=read.article, problems=read.problems)

"""Entering what the lines and the archive tell into a new ledger, as it was entered when it was met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from crawler.archive.files import final_name
from crawler.extraction.problem import Problem
from crawler.items import Article
from crawler.restoration.draft import DraftLedger
from crawler.restoration.events import CaptureEvent, Event, LineEvent
from crawler.restoration.pages import Pages
from pipelines.copies import NearDuplicates, find_copies
from pipelines.document_lines import Line
from pipelines.documents import Text
from pipelines.output import OutputFiles
from pipelines.rows import Revision, Side, State, StateChange
from pipelines.watch import Sight


class Restoration:
    """Enters events, one after the other. Every method may raise a RecordError."""

    def __init__(self, directory: Path, draft: DraftLedger, pages: Pages, near_duplicates: NearDuplicates) -> None:
        self._files = OutputFiles(directory)
        self._draft = draft
        self._pages = pages
        self._looks_for_near = near_duplicates != "off"
        #: Lines that tell of a document of which there is no text, by their file: no row can stand for them.
        self.orphans: Counter[str] = Counter()
        #: Captures of documents that show no recorded text, or cannot be read: what a killed run had not committed,
        #: further pages of an article, pages of a document before it was first read.
        self.unexplained = 0

    def is_ready(self, event: Event, heads: Sequence[Event]) -> bool:
        """Whether all is entered that an event builds on; a second text is entered when the line about it is next."""
        if isinstance(event, CaptureEvent):
            return True
        documents, row = self._draft.documents, event.row
        if isinstance(row, StateChange):
            return documents.known(row.document) and documents.known(row.moved_to_document or row.document)
        if isinstance(row, Revision):
            return _number(row.after) in map(_number, documents.texts(row.document))
        if row.duplicate_of is not None and not documents.known(row.duplicate_of):
            return False
        return _is_first(row) or (documents.known(row.id) and any(_is_about(head, row) for head in heads))

    def enter(self, event: Event) -> None:
        """Enters an event."""
        if isinstance(event, CaptureEvent):
            self._enter_capture(event)
        elif isinstance(event.row, Article):
            self._enter_text(event.row, event.line)
        elif not self._draft.documents.known(event.row.document):
            self.orphans[event.line.path] += 1
        else:
            self._draft.document_lines.add(event.row.document, event.line)
            if isinstance(event.row, StateChange):
                self._enter_state(event.row)
            elif event.row.kind == "layout-changed":
                self._see(self._shown_in(event.row))

    # --- lines

    def _enter_text(self, article: Article, line: Line) -> None:
        """As `Record.add` enters a text; its line is there."""
        draft = self._draft
        finding = find_copies(article, draft, self._body, near=self._looks_for_near)
        is_text_known = draft.documents.has_text(article.id, article.text_digest or "")
        draft.stories.add(article.id, draft.documents.met(article.id), finding.links)
        sequence = draft.documents.add_text(article, line)
        if not is_text_known:
            draft.anchors.add(sequence, finding.anchors)
        self._note_sight(article, changed=article.correction is None)

    def _enter_state(self, change: StateChange) -> None:
        watch, sight = self._draft.watch, Sight(change.date, change.url, change.capture)
        if change.state in (State.MISSING, State.GONE):
            watch.absent(change.document, change.reason or "", sight)
        elif change.state == State.MOVED:
            to_url = change.moved_to or change.url
            watch.moved(change.document, change.reason or "", sight, to_url, change.moved_to_document)
        else:
            watch.seen(change.document, change.source, sight, changed=False)
        self._draft.force_state(change)

    def _shown_in(self, revision: Revision) -> Article:
        """The Article around whose words a new layout was met; it has no line."""
        known = self._written(self._draft.documents.line(revision.document))
        after = revision.after
        told = {"layout": after.layout, "capture": after.capture, "date_retrieved": after.date_retrieved}
        told |= {"text_digest": after.text_digest, "mirror_of": after.mirror_of}
        return known.model_copy(update=told | {"headline": revision.headline, "url": revision.url})

    # --- captures

    def _enter_capture(self, event: CaptureEvent) -> None:
        """A page that showed a known text again."""
        cited = (final_name(event.capture.path), event.capture.record_id)
        if self._draft.has_capture(event.document, *cited):
            return
        try:
            article = self._pages.read(event)
        except Problem:
            self.unexplained += 1
            return
        if self._draft.documents.has_text(event.document, article.text_digest or ""):
            self._see(article)
        else:
            self.unexplained += 1

    def _see(self, article: Article) -> None:
        """As `Record.see` enters another sight of a known text; where its layout changed, there is a line."""
        documents = self._draft.documents
        document = documents.document(article.id)
        assert document is not None
        is_later = article.date_retrieved is not None and article.date_retrieved > (document.seen or "")
        is_in_force = article.mirror_of is None and article.text_digest == document.text_digest
        if is_later and is_in_force and article.layout != document.layout:
            documents.set_layout(article)
        documents.add_capture(article)
        self._note_sight(article, changed=False)

    def _note_sight(self, article: Article, *, changed: bool) -> None:
        self._draft.watch.shown(article, changed=changed)

    def _body(self, line: Line) -> str:
        return self._written(line).article_body

    def _written(self, line: Line) -> Article:
        return Article.model_validate_json(self._files.read_line(line.path, line.position))


def _is_first(article: Article) -> bool:
    return article.revision == 1 and article.correction is None


def _is_about(event: Event, article: Article) -> bool:
    """Whether it is a line of `revisions/` that was written with the Article's: of one met late, both neighbours'."""
    row = event.row if isinstance(event, LineEvent) else None
    if not isinstance(row, Revision) or row.document != article.id:
        return False
    return _number(article) in (_number(row.before), _number(row.after))


def _number(text: Text | Side | Article) -> tuple[int | None, int]:
    return text.revision, text.correction or 0

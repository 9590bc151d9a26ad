"""Writes Articles as JSON Lines, so that they and the ledger agree at every instant a crash can choose.

A batch is one open transaction of the ledger and the lines that belong to it. To commit is to append and sync the
lines, then to commit the ledger with the new file lengths. A kill before that leaves bytes beyond the committed
length, which the next start cuts off; what was lost with them is not in the ledger, so it is fetched again.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import jsonlines
import orjson
from pydantic import BaseModel

from crawler.items import Article
from crawler.signals import Outcome
from pipelines.changes import change, with_listed_date
from pipelines.copies import Finding, NearDuplicates, find_copies, is_short
from pipelines.document_lines import Line
from pipelines.documents import Document, Sighting
from pipelines.failure import RecordError
from pipelines.ledger import Ledger
from pipelines.output import ARTICLES, COPIES, KINDS, REVISIONS, STATES, OutputFiles
from pipelines.recorded import LEDGER
from pipelines.rows import ChangeKind, Revision, StateChange
from pipelines.schedule import Schedule, now
from pipelines.timeline import as_seen, is_changed, tells
from pipelines.watch import Sight, is_visit


def outcome_of(article: Article) -> Outcome:
    """The outcome of an Article that deserves a line, read from the fields that deduplication set."""
    if article.correction is not None:
        return Outcome.CORRECTION
    if article.relation is not None:
        return Outcome(article.relation)
    return Outcome.NEW if article.revision == 1 else Outcome.REVISION


def path_of(article: Article, near_duplicates: NearDuplicates = "separate") -> str:
    """The file below the output directory that the Article's line belongs to."""
    is_copy = article.relation == "identical" if near_duplicates == "link" else article.relation is not None
    return f"{COPIES if is_copy else ARTICLES}/{article.source}.jsonl"


@dataclass(frozen=True, slots=True)
class Committed:
    """What a batch has made durable: the Articles of its lines and the changes of state, in the order they came, and
    how many lines each file got."""

    articles: list[Article] = field(default_factory=list)
    states: list[StateChange] = field(default_factory=list)
    lines: Counter[str] = field(default_factory=Counter)


class Record:
    """The ledger and the JSON Lines of one output directory, committed together. Knows nothing of Scrapy.

    Every method may raise a RecordError; after one, only `abandon` makes sense.
    """

    def __init__(
        self,
        directory: Path,
        source: str,
        timeout: float = 60.0,
        near_duplicates: NearDuplicates = "separate",
        schedule: Schedule | None = None,
    ) -> None:
        """Opens the output directory for a run of `source`, and cuts off what a killed run left.

        `timeout` is for how many seconds to wait while another run has a batch open.
        """
        #: The source of the run.
        self.source = source
        self._near_duplicates: NearDuplicates = near_duplicates
        self._pending = Committed()
        self._before_commit: list[Callable[[], None]] = []
        #: The Article that was last looked up, and what was found: it is decided by one pipeline, written by the next.
        self._found: tuple[str, str | None, Finding] | None = None
        self._buffers = {f"{kind}/{source}.jsonl": io.BytesIO() for kind in KINDS}
        self._writers = {path: jsonlines.Writer(buffer, dumps=orjson.dumps) for path, buffer in self._buffers.items()}
        self._files = OutputFiles(directory)
        self.ledger = Ledger(directory / LEDGER, timeout, schedule)
        try:
            self._start(source)
        except RecordError:
            self.ledger.close()
            raise

    def _start(self, source: str) -> None:
        self.ledger.begin()
        lengths = self.ledger.file_lengths()
        self._files.recover(lengths)
        for path in self._buffers:
            # Known before it exists, so that a file the ledger does not know is never one of ours.
            self.ledger.set_file_length(path, lengths.get(path, 0))
        self.ledger.start_run(source, now())
        self.ledger.commit()

    @property
    def pending(self) -> int:
        """How many lines the open batch holds."""
        return self._pending.lines.total()

    def find(self, article: Article) -> Finding:
        """The documents met before that the Article's text is linked with."""
        if self._found is None or self._found[:2] != (article.id, article.text_digest):
            finding = find_copies(article, self.ledger, self.body, near=self._near_duplicates != "off")
            self._found = (article.id, article.text_digest, finding)
        return self._found[2]

    def body(self, line: Line) -> str:
        """The text that was written on a line, committed or not."""
        return str(orjson.loads(self._line(line))["article_body"])

    def article(self, line: Line) -> Article:
        """The Article that was written on a line, committed or not."""
        return Article.model_validate_json(self._line(line))

    def add(self, article: Article) -> Article:
        """Adds a deduplicated Article to the open batch: its line after all before it, its text to the ledger.

        A revision or a correction gets its line in revisions/, too; a text that was seen between two others, two.
        Returns the Article as written, with its story. Raises ValueError for one of another source than the run's.
        """
        if article.source != self.source:
            raise ValueError(f"{article.id} is of source {article.source}, the run is not")
        known = self._superseded(article)
        finding = self.find(article)
        story = self.ledger.stories.add(article.id, self.ledger.documents.met(article.id), finding.links)
        article = article.model_copy(update={"story": story})
        is_text_known = known is not None and self.ledger.documents.has_text(article.id, article.text_digest or "")
        around = self.ledger.documents.neighbours(article.id, article.date_retrieved)
        is_of_timeline = self._is_of_timeline(article)
        line = self._write(path_of(article, self._near_duplicates), article)
        sequence = self.ledger.documents.add_text(article, line)
        if not is_text_known:
            self.ledger.anchors.add(sequence, finding.anchors)
        if known is not None and article.correction is None:
            self._note_revision(known, article, around)
        elif known is not None:
            self._note_change("correction", known, article)
        if is_of_timeline:
            self._note_around(article)
        self._note_sight(article, changed=article.correction is None)
        if known is None and is_visit(article):
            self._note_moves(article)
        self._pending.articles.append(article)
        self._found = None
        return article

    def see(self, article: Article) -> None:
        """Another sight of a text that is known: its capture to the ledger, a line where its layout has changed, and a
        line for each change that it shows between the captures before and after it."""
        document = self.ledger.documents.document(article.id)
        assert document is not None
        is_later = article.date_retrieved is not None and article.date_retrieved > (document.seen or "")
        is_in_force = article.mirror_of is None and article.text_digest == document.text_digest
        if is_later and is_in_force and article.layout != document.layout:
            known = self.article(document.line).model_copy(update={"layout": document.layout})
            self._note_change("layout-changed", known, with_listed_date(article, known))
            self.ledger.documents.set_layout(article)
        is_of_timeline = self._is_of_timeline(article)
        self.ledger.documents.add_capture(article)
        if is_of_timeline:
            self._note_around(article)
        self._note_sight(article, changed=False)

    def see_unchanged(self, document_id: str, sight: Sight) -> None:
        """The site says, without showing it, that the text in force is unchanged (304, Not Modified)."""
        if sight.capture is not None:
            self.ledger.documents.add_sight(document_id, sight.capture, sight.url, sight.date)
        self._note_state(self.ledger.watch.seen(document_id, self.source, sight, changed=False))

    def miss(self, document_id: str, reason: str, sight: Sight) -> None:
        """The site says that there is no such page. Where its text has turned up as another document, it has moved."""
        found = self._later_twin(document_id)
        if found is not None:
            self.move(document_id, sight, found.canonical_url, found.id, "same-text")
        else:
            self._note_state(self.ledger.watch.absent(document_id, reason, sight))

    def move(
        self, document_id: str, sight: Sight, to_url: str, to_document: str | None, reason: str = "redirected"
    ) -> None:
        """The site sends the reader of a document on to its text under another URL, or says that it is not where it was
        (`reason`) and lists it there."""
        self._note_state(self.ledger.watch.moved(document_id, reason, sight, to_url, to_document))

    def before_commit(self, sync: Callable[[], None]) -> None:
        """Have `sync` make durable what the batch refers to, whenever a batch is about to be committed."""
        self._before_commit.append(sync)

    def commit(self) -> Committed:
        """Makes the open batch durable, and says what it held."""
        for sync in self._before_commit:
            sync()
        lines = {path: buffer.getvalue() for path, buffer in self._buffers.items() if buffer.tell()}
        if lines:
            for path, length in self._files.append(lines, self.ledger.file_lengths()).items():
                self.ledger.set_file_length(path, length)
        # Should this fail, the lines stay where they are: whether the ledger has them is known at the next start.
        self.ledger.commit()
        for path in lines:
            self._buffers[path].seek(0)
            self._buffers[path].truncate()
        committed, self._pending = self._pending, Committed()
        return committed

    def abandon(self) -> None:
        """Gives the open batch up and closes the ledger."""
        self.ledger.close()

    def finish(self) -> None:
        """Notes the end of the run and closes the ledger. The last batch must have been committed."""
        self.ledger.begin()
        self.ledger.finish_run(now())
        self.ledger.commit()
        self.ledger.close()

    # --- within a batch

    def _write(self, path: str, row: BaseModel) -> Line:
        line = Line(path, self.ledger.file_length(path) + self._buffers[path].tell())
        self._writers[path].write(row.model_dump(mode="json"))
        self._pending.lines[path] += 1
        return line

    def _line(self, line: Line) -> bytes:
        committed = self.ledger.file_length(line.path)
        if line.position < committed:
            return self._files.read_line(line.path, line.position)
        buffer = self._buffers[line.path]
        buffer.seek(line.position - committed)
        written = buffer.readline()
        buffer.seek(0, io.SEEK_END)
        return written

    def _superseded(self, article: Article) -> Article | None:
        """The text that a revision or a correction follows; null for a new document."""
        if article.revision == 1 and article.correction is None:
            return None
        if article.correction is None:
            return self.article(self.ledger.documents.line(article.id))
        texts = self.ledger.documents.texts(article.id)
        return self.article([text for text in texts if text.revision == article.revision][-1].line)

    def _note_revision(self, known: Article, article: Article, around: tuple[Sighting | None, Sighting | None]) -> None:
        """The line of a revision: from the text of the capture before it, as far as captures are known. An archive may
        show an older text after a younger one; the oldest of all is what the next was changed from."""
        before, after = around
        if before is not None:
            earlier, later = self._read_before(before), article
        elif after is not None:
            earlier, later = article, self._seen(after)
        elif (article.date_retrieved or "9") < (known.date_retrieved or ""):
            earlier, later = article, known
        else:
            earlier, later = known, article
        self._note_change("revision", earlier, later)

    def _is_of_timeline(self, article: Article) -> bool:
        """Whether a capture that is about to be noted stands between others: it is the origin's, as others are, and has
        a time, and is not known yet."""
        documents = self.ledger.documents
        document = documents.document(article.id)
        if article.mirror_of is not None or article.capture is None or article.date_retrieved is None:
            return False
        if document is None or document.from_mirror:
            return False
        return documents.sighting(article.id, article.capture) is None

    def _note_around(self, article: Article) -> None:
        """Lines for the changes to a capture that has just been noted, and from it, that were not told yet."""
        assert article.capture is not None
        own = self.ledger.documents.sighting(article.id, article.capture)
        before, after = self.ledger.documents.neighbours(article.id, article.date_retrieved)
        assert own is not None
        for earlier, later in ((before, own), (own, after)):
            if earlier is not None and later is not None and earlier.text != later.text:
                self._tell(earlier, later)

    def _tell(self, earlier: Sighting, later: Sighting) -> None:
        before, after = self._seen(earlier), self._seen(later)
        if not is_changed(before, after):
            return
        lines = self.ledger.document_lines.of(after.id, REVISIONS)
        if not any(tells(Revision.model_validate_json(self._line(line)), before, after) for line in lines):
            self._note_change("revision", self._read_before(earlier), after)

    def _read_before(self, sighting: Sighting) -> Article:
        """The Article that a capture showed, as it was read from that one or from one before it."""
        seen = self._seen(sighting)
        known = self.article(self.ledger.documents.reading(sighting.text).line)
        is_before = known.date_retrieved is not None and known.date_retrieved <= (sighting.date_retrieved or "")
        return known if is_before and known.mirror_of == seen.mirror_of else seen

    def _seen(self, sighting: Sighting) -> Article:
        """The Article that a capture showed, by the last correction of its text."""
        return as_seen(sighting, self.article(self.ledger.documents.reading(sighting.text).line))

    def _note_change(self, kind: ChangeKind, before: Article, after: Article) -> None:
        line = self._write(f"{REVISIONS}/{self.source}.jsonl", change(kind, before, after))
        self.ledger.document_lines.add(after.id, line)

    def _note_sight(self, article: Article, *, changed: bool) -> None:
        self._note_state(self.ledger.watch.shown(article, changed=changed))

    def _note_moves(self, article: Article) -> None:
        """A new document with the text of others of the same source that had disappeared: those have moved."""
        with_headline = is_short(article.article_body)
        for document_id in self.ledger.documents.absent_twins(article, with_headline=with_headline):
            watched = self.ledger.watch.of(document_id)
            assert watched is not None
            sight = Sight(article.date_retrieved or now(), watched.url, article.capture)
            self.move(document_id, sight, article.canonical_url, article.id, "same-text")

    def _later_twin(self, document_id: str) -> Document | None:
        """Where the text of a document has gone; of a short text the headline says whether it is the same."""
        documents = self.ledger.documents
        own, twin = documents.document(document_id), documents.later_twin(document_id)
        found = documents.document(twin) if twin is not None else None
        if own is None or found is None or own.headline_digest == found.headline_digest:
            return found
        return None if is_short(self.body(own.line)) else found

    def _note_state(self, change_of_state: StateChange | None) -> None:
        if change_of_state is not None:
            line = self._write(f"{STATES}/{self.source}.jsonl", change_of_state)
            self.ledger.document_lines.add(change_of_state.document, line)
            self._pending.states.append(change_of_state)

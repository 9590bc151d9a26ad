"""The ledger's tables of documents: their texts, and the captures that showed them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from crawler.items import Article, Capture
from pipelines.document_lines import Line
from pipelines.fingerprint import text_digest

DOCUMENTS = (
    # The text in force is what the document said last, as far as we know: `current_*` tell which text that is (its
    # sequence number), when it was last seen, whether only a mirror has shown it, and the headline and layout it was
    # last seen with.
    """
    CREATE TABLE documents (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        source TEXT NOT NULL,
        canonical_url TEXT NOT NULL,
        headline TEXT NOT NULL,
        date_published TEXT,
        first_seen TEXT,
        last_seen TEXT,
        revisions INTEGER NOT NULL,
        current_text INTEGER,
        current_seen TEXT,
        current_from_mirror INTEGER NOT NULL,
        current_headline TEXT NOT NULL,
        current_layout TEXT NOT NULL,
        duplicate_of TEXT,
        relation TEXT,
        similarity REAL
    ) WITHOUT ROWID
    """,
    # The last part of an id: on TRS sites the release number, which all hosts that repost a release share.
    "CREATE INDEX documents_by_name ON documents (name)",
    # `sequence` is the order in which texts were met, over all documents. The line with the text begins at byte
    # `position` of the file `path`, below the output directory. A `correction` is the same revision of the publisher's,
    # read better: 0 for the first reading.
    """
    CREATE TABLE revisions (
        sequence INTEGER PRIMARY KEY,
        document TEXT NOT NULL REFERENCES documents (id),
        revision INTEGER NOT NULL,
        correction INTEGER NOT NULL,
        text_digest TEXT NOT NULL,
        headline_digest TEXT NOT NULL,
        date_retrieved TEXT,
        capture_file TEXT,
        capture_record_id TEXT,
        run INTEGER REFERENCES runs (id),
        path TEXT NOT NULL,
        position INTEGER NOT NULL,
        UNIQUE (document, revision, correction)
    )
    """,
    "CREATE INDEX revisions_by_text ON revisions (text_digest, headline_digest)",
    "CREATE INDEX revisions_by_headline ON revisions (headline_digest)",
    # `text` is the text a capture showed, `headline_digest` and `layout` are as it was read, `archive`, `timestamp` and
    # `digest` of the web archive it came from. Saved pages have no record id; the empty string stands for it, since
    # NULLs would all count as different.
    """
    CREATE TABLE captures (
        document TEXT NOT NULL REFERENCES documents (id),
        file TEXT NOT NULL,
        record_id TEXT NOT NULL,
        url TEXT NOT NULL,
        date_retrieved TEXT,
        text INTEGER NOT NULL REFERENCES revisions (sequence),
        from_mirror INTEGER NOT NULL DEFAULT 0,
        headline_digest TEXT,
        layout TEXT,
        archive TEXT,
        timestamp TEXT,
        digest TEXT,
        PRIMARY KEY (document, file, record_id)
    ) WITHOUT ROWID
    """,
)

#: Brings the table of captures of a ledger of version 1 to version 2.
CAPTURES_OF_VERSION_2 = (
    "ALTER TABLE captures ADD COLUMN from_mirror INTEGER NOT NULL DEFAULT 0",
    *(
        f"ALTER TABLE captures ADD COLUMN {name} TEXT"
        for name in ("headline_digest", "layout", "archive", "timestamp", "digest")
    ),
)

_SIGHTING = (
    "file, record_id, url, date_retrieved, text, from_mirror, headline_digest, layout, archive, timestamp, digest"
)

#: Runs a statement with its parameters and gives all its rows.
Query = Callable[..., list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Document:
    """What the ledger knows of one document.

    `revisions` is how many there are. The rest is of the text in force: the origin's latest capture, or the latest of
    any mirror while the origin was never read. `revision` and `correction` (0 for none) are its numbers, `seen` (UTC)
    when it was last seen, `headline_digest` and `layout` of how it was last seen, `line` where it is written.
    """

    id: str
    canonical_url: str
    date_published: str | None
    duplicate_of: str | None
    revisions: int
    revision: int
    correction: int
    text_digest: str
    headline_digest: str
    layout: str
    seen: str | None
    from_mirror: bool
    line: Line


@dataclass(frozen=True, slots=True)
class Sighting:
    """A capture of a document, and the number of the text it showed.

    `headline_digest` and `layout` are as it was read; null where an older release noted the capture. `archive`,
    `timestamp` and `digest` are as in `Capture`.
    """

    file: str
    record_id: str
    url: str
    date_retrieved: str | None
    text: int
    from_mirror: bool
    headline_digest: str | None
    layout: str | None
    archive: str | None
    timestamp: str | None
    digest: str | None

    @property
    def capture(self) -> Capture:
        """The capture as an Article names it."""
        return Capture(
            file=self.file,
            record_id=self.record_id or None,
            archive=self.archive,
            timestamp=self.timestamp,
            digest=self.digest,
        )


@dataclass(frozen=True, slots=True)
class Text:
    """A text that was met: whose it is, its numbers (`correction` 0 for none), its digest, where it is written."""

    document: str
    revision: int
    correction: int
    text_digest: str
    line: Line


@dataclass(frozen=True, slots=True)
class Totals:
    """What the ledger holds of one source. `copies` are among the `documents`; `revisions` are texts after the first.

    `oldest` and `newest` are publication dates, `seen` is when a document was last seen (UTC).
    """

    source: str
    documents: int
    copies: int
    revisions: int
    oldest: str | None
    newest: str | None
    seen: str | None


class Documents:
    """The tables of documents in an open database. Errors are those of its `query`."""

    def __init__(self, query: Query) -> None:
        self._query = query
        #: The run that texts added from now on belong to.
        self.run: int | None = None

    # --- reading

    def known(self, document_id: str) -> bool:
        """Whether the document was met before."""
        return bool(self._query("SELECT 1 FROM documents WHERE id = ?", document_id))

    def document(self, document_id: str) -> Document | None:
        """What is known of the document, None where it was never met."""
        rows = self._query(
            "SELECT d.id, d.canonical_url, d.date_published, d.duplicate_of, d.revisions, r.revision, r.correction,"
            " r.text_digest, d.current_headline, d.current_layout, d.current_seen, d.current_from_mirror, r.path,"
            " r.position FROM documents d JOIN revisions r ON r.sequence = d.current_text WHERE d.id = ?",
            document_id,
        )
        if not rows:
            return None
        *fields, path, position = rows[0]
        names = (field.name for field in dataclasses.fields(Document))
        return Document(**dict(zip(names, (*fields, Line(path, position)), strict=True)))

    def has_text(self, document_id: str, digest: str, before: int | None = None) -> bool:
        """Whether any revision of the document has this text digest; with `before`, any met before that number."""
        bound = "" if before is None else f" AND sequence < {before:d}"
        return bool(
            self._query(f"SELECT 1 FROM revisions WHERE document = ? AND text_digest = ?{bound}", document_id, digest)
        )

    def has_text_under(self, article: Article) -> bool:
        """Whether any revision of the document has the text of this Article under its headline."""
        return bool(
            self._query(
                "SELECT 1 FROM revisions WHERE document = ? AND text_digest = ? AND headline_digest = ?",
                article.id,
                article.text_digest,
                text_digest(article.headline),
            )
        )

    def first_with_text(self, digest: str, other_than: str, before: int | None = None) -> str | None:
        """The first document met with this text digest, in any of its revisions; never `other_than` itself.

        With `before`, only texts that were met before that number.
        """
        return self._first("text_digest = ? AND document != ?", before, digest, other_than)

    def first_with_text_and_headline(
        self, digest: str, headline: str, other_than: str, before: int | None = None
    ) -> str | None:
        """As `first_with_text`, and the headline is the same but for noise."""
        condition = "text_digest = ? AND headline_digest = ? AND document != ?"
        return self._first(condition, before, digest, text_digest(headline), other_than)

    def _first(self, condition: str, before: int | None, *parameters: str) -> str | None:
        if before is not None:
            condition += f" AND sequence < {before:d}"
        rows = self._query(f"SELECT document FROM revisions WHERE {condition} ORDER BY sequence LIMIT 1", *parameters)
        return str(rows[0][0]) if rows else None

    def namesakes(self, article: Article, before: int | None, limit: int) -> list[int]:
        """Numbers of texts that may be copies by their release number or their headline, at most `limit` of each.

        With `before`, only texts that were met before that number.
        """
        bound = "" if before is None else f" AND r.sequence < {before:d}"
        by_name = self._query(
            "SELECT r.sequence FROM documents d JOIN revisions r ON r.document = d.id"
            f" WHERE d.name = ? AND d.id != ?{bound} ORDER BY 1 LIMIT {limit:d}",
            _name(article.id),
            article.id,
        )
        by_headline = self._query(
            "SELECT r.sequence FROM revisions r WHERE r.headline_digest = ? AND r.document != ?"
            f"{bound} ORDER BY 1 LIMIT {limit:d}",
            text_digest(article.headline),
            article.id,
        )
        return [sequence for (sequence,) in (*by_name, *by_headline)]

    def texts_after(self, sequence: int, limit: int) -> list[tuple[int, Line]]:
        """Numbers and lines of the texts met after number `sequence`, in their order, at most `limit`."""
        rows = self._query(
            "SELECT sequence, path, position FROM revisions WHERE sequence > ? ORDER BY sequence LIMIT ?",
            sequence,
            limit,
        )
        return [(number, Line(path, position)) for number, path, position in rows]

    def newest_text(self) -> int:
        """The number of the text that was met last; 0 where none was."""
        return int(self._query("SELECT coalesce(max(sequence), 0) FROM revisions")[0][0])

    def text(self, sequence: int) -> Text:
        """The text that was met as number `sequence`."""
        return self._texts("sequence = ?", sequence)[0]

    def texts(self, document_id: str) -> list[Text]:
        """All texts of a document, revision by revision, each followed by its corrections."""
        return self._texts("document = ? ORDER BY revision, correction", document_id)

    def _texts(self, condition: str, *parameters: object) -> list[Text]:
        rows = self._query(
            f"SELECT document, revision, correction, text_digest, path, position FROM revisions WHERE {condition}",
            *parameters,
        )
        return [
            Text(document, revision, correction, digest, Line(path, position))
            for document, revision, correction, digest, path, position in rows
        ]

    def line(self, document_id: str) -> Line:
        """Where the document's text in force is written."""
        rows = self._query(
            "SELECT r.path, r.position FROM documents d JOIN revisions r ON r.sequence = d.current_text WHERE d.id = ?",
            document_id,
        )
        return Line(*rows[0])

    def captures(self, document_id: str) -> list[Sighting]:
        """The captures of a document in the order of their time."""
        rows = self._query(
            f"SELECT {_SIGHTING} FROM captures WHERE document = ? ORDER BY date_retrieved, file, record_id",
            document_id,
        )
        return [Sighting(*row) for row in rows]

    def sighting(self, document_id: str, capture: Capture) -> Sighting | None:
        """What is known of one capture of a document; null where it is not known."""
        rows = self._query(
            f"SELECT {_SIGHTING} FROM captures WHERE document = ? AND file = ? AND record_id = ?",
            document_id,
            capture.file,
            capture.record_id or "",
        )
        return Sighting(*rows[0]) if rows else None

    def neighbours(self, document_id: str, at: str | None) -> tuple[Sighting | None, Sighting | None]:
        """The captures before and after an instant; null where there is none, or no instant. Once the origin was read,
        only its own count, else those of mirrors."""
        before, after = (
            self._query(
                f"SELECT {_SIGHTING} FROM captures WHERE document = ?1 AND date_retrieved {relation} ?2 AND from_mirror"
                " <= (SELECT current_from_mirror FROM documents WHERE id = ?1)"
                f" ORDER BY date_retrieved {order}, file, record_id LIMIT 1",
                document_id,
                at,
            )
            for relation, order in (("<", "DESC"), (">", "ASC"))
        )
        return (Sighting(*before[0]) if before else None, Sighting(*after[0]) if after else None)

    def has_sight(self, document_id: str, url: str, date: str) -> bool:
        """Whether a capture of the document under this URL, made at this instant (UTC), is known."""
        return bool(
            self._query(
                "SELECT 1 FROM captures WHERE document = ? AND url = ? AND date_retrieved = ?", document_id, url, date
            )
        )

    def reading(self, sequence: int) -> Text:
        """The text that was met as number `sequence`, in its last correction."""
        return self._texts(
            "(document, revision) = (SELECT document, revision FROM revisions WHERE sequence = ?)"
            " ORDER BY correction DESC LIMIT 1",
            sequence,
        )[0]

    def shown_by(self, document_id: str, file: str, record_id: str) -> Text | None:
        """The text that a capture showed, in its last correction; null for a capture that is not known."""
        texts = self._texts(
            "document = ?1 AND revision = (SELECT r.revision FROM captures c JOIN revisions r ON r.sequence = c.text"
            " WHERE c.document = ?1 AND c.file = ?2 AND c.record_id = ?3) ORDER BY correction DESC LIMIT 1",
            document_id,
            file,
            record_id,
        )
        return texts[0] if texts else None

    def later_twin(self, document_id: str) -> str | None:
        """Another document of the same source that has the text in force of this one, was first seen after this was
        last found, and is not missing itself: where the text has gone."""
        rows = self._query(
            "SELECT other.id FROM documents d JOIN revisions r ON r.sequence = d.current_text"
            " JOIN watched w ON w.document = d.id"
            " JOIN revisions same ON same.text_digest = r.text_digest AND same.document != d.id"
            " JOIN documents other ON other.id = same.document AND other.source = d.source"
            " JOIN watched there ON there.document = other.id AND there.state NOT IN ('missing', 'gone')"
            " WHERE d.id = ? AND w.seen != '' AND other.first_seen > w.seen ORDER BY same.sequence LIMIT 1",
            document_id,
        )
        return str(rows[0][0]) if rows else None

    def met(self, document_id: str) -> int:
        """The number as which the document's first text was met; for a new document, that of the next text."""
        rows = self._query(
            "SELECT sequence FROM revisions WHERE document = ? AND revision = 1 AND correction = 0", document_id
        )
        return int((rows or self._query("SELECT coalesce(max(sequence), 0) + 1 FROM revisions"))[0][0])

    def newest(self, source: str) -> str | None:
        """The latest publication date of a source's documents, null where none has one. Reads every document."""
        return self._query("SELECT max(date_published) FROM documents WHERE source = ?", source)[0][0]  # type: ignore[no-any-return]

    def totals(self) -> list[Totals]:
        """What the ledger holds of each source, by name. Reads every document."""
        rows = self._query(
            "SELECT source, count(*), count(relation), sum(revisions - 1), min(date_published), max(date_published),"
            " max(last_seen) FROM documents GROUP BY source ORDER BY source"
        )
        return [Totals(*row) for row in rows]

    def absent_twins(self, article: Article, *, with_headline: bool) -> list[str]:
        """The documents of the same source whose text in force is this one (`with_headline`: under this headline) and
        that are missing or gone."""
        rows = self._query(
            "SELECT d.id FROM revisions r JOIN documents d ON d.current_text = r.sequence AND d.id = r.document"
            " JOIN watched w ON w.document = d.id AND w.state IN ('missing', 'gone')"
            " WHERE r.text_digest = ? AND r.document != ? AND w.source = ?"
            " AND r.headline_digest = coalesce(?, r.headline_digest) ORDER BY d.id",
            article.text_digest,
            article.id,
            article.source,
            text_digest(article.headline) if with_headline else None,
        )
        return [document for (document,) in rows]

    def text_of(self, article: Article) -> int:
        """The number of the text that a capture of a known text shows: under its headline, if the text was met under
        it, and of several spells of one text the one that its time belongs to."""
        rows = self._query(
            "SELECT sequence FROM revisions WHERE document = ?1 AND text_digest = ?2"
            " ORDER BY headline_digest = ?3 DESC, date_retrieved <= ?4 DESC,"
            " CASE WHEN date_retrieved <= ?4 THEN date_retrieved END DESC, date_retrieved, sequence DESC LIMIT 1",
            article.id,
            article.text_digest,
            text_digest(article.headline),
            article.date_retrieved or "9",
        )
        return int(rows[0][0])

    # --- writing

    def add_text(self, article: Article, line: Line) -> int:
        """A new document (`revision` 1), a new text of a known one, or a correction of a text, with its capture.
        Returns its sequence number.

        The Article is one that was deduplicated: `text_digest`, `revision` and `story` are set.
        """
        self._query(
            "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, NULL, NULL, ?, NULL, NULL, ?, '', '', ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET revisions = max(revisions, excluded.revisions)",
            article.id,
            _name(article.id),
            article.source,
            article.canonical_url,
            article.headline,
            article.date_published,
            article.revision,
            article.mirror_of is not None,
            article.duplicate_of,
            article.relation,
            article.similarity,
        )
        self._query(
            "INSERT INTO revisions VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            article.id,
            article.revision,
            article.correction or 0,
            article.text_digest,
            text_digest(article.headline),
            article.date_retrieved,
            article.capture and article.capture.file,
            article.capture and article.capture.record_id,
            self.run,
            line.path,
            line.position,
        )
        sequence = int(self._query("SELECT last_insert_rowid()")[0][0])
        if article.correction is not None:
            self._correct_in_force(article, sequence)
        self._add_sighting(article, sequence)
        self._query(
            "UPDATE documents SET duplicate_of = ?1, relation = ?2, similarity = ?3 WHERE id = ?4"
            " AND current_text = ?5",
            article.duplicate_of,
            article.relation,
            article.similarity,
            article.id,
            sequence,
        )
        return sequence

    def _correct_in_force(self, article: Article, sequence: int) -> None:
        """Where what was in force was this revision as it was read before, it is so no longer."""
        is_in_force = "id = ?1 AND (SELECT revision FROM revisions WHERE sequence = current_text) = ?2"
        if article.capture is None or self.sighting(article.id, article.capture) is not None:
            is_older = "0"
        else:
            # What another, older capture tells better says nothing of how the document was last seen.
            is_older = "coalesce(?4 < current_seen, 0)"
        self._query(
            f"UPDATE documents SET current_text = ?3, headline = ?5, date_published = ?6,"
            f" current_headline = CASE WHEN {is_older} THEN current_headline ELSE ?7 END,"
            f" current_layout = CASE WHEN {is_older} THEN current_layout ELSE ?8 END WHERE {is_in_force}",
            article.id,
            article.revision,
            sequence,
            article.date_retrieved,
            article.headline,
            article.date_published,
            text_digest(article.headline),
            article.layout,
        )

    def add_capture(self, article: Article) -> None:
        """Another sight of a text that is known of the document; changes nothing for a known capture."""
        self._add_sighting(article, self.text_of(article))

    def add_sight(self, document_id: str, capture: Capture, url: str, at: str) -> None:
        """A capture that says, without showing it, that the text in force is unchanged (304, Not Modified)."""
        self._query(
            "INSERT OR IGNORE INTO captures SELECT ?1, ?2, ?3, ?4, ?5, current_text, 0, current_headline,"
            " current_layout, ?6, ?7, ?8 FROM documents WHERE id = ?1",
            document_id,
            capture.file,
            capture.record_id or "",
            url,
            at,
            capture.archive,
            capture.timestamp,
            capture.digest,
        )
        self._query(
            "UPDATE documents SET last_seen = max(last_seen, ?1), current_seen = max(current_seen, ?1) WHERE id = ?2",
            at,
            document_id,
        )

    def set_layout(self, article: Article) -> None:
        """The document's words are set in another layout now."""
        self._query(
            "UPDATE documents SET current_headline = ?, current_layout = ? WHERE id = ?",
            text_digest(article.headline),
            article.layout,
            article.id,
        )

    def _add_sighting(self, article: Article, text: int) -> None:
        if article.capture is not None:
            self._query(
                "INSERT OR IGNORE INTO captures VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                article.id,
                article.capture.file,
                article.capture.record_id or "",
                article.url,
                article.date_retrieved,
                text,
                article.mirror_of is not None,
                text_digest(article.headline),
                article.layout,
                article.capture.archive,
                article.capture.timestamp,
                article.capture.digest,
            )
        if article.date_retrieved is not None:
            # What mirrors have shown is forgotten when the origin is read: whether it was noted depends on the order.
            self._query(
                "UPDATE documents SET"
                " first_seen = iif(current_from_mirror > ?3, ?1, min(coalesce(first_seen, ?1), ?1)),"
                " last_seen = iif(current_from_mirror > ?3, ?1, max(coalesce(last_seen, ?1), ?1))"
                " WHERE id = ?2 AND current_from_mirror >= ?3",
                article.date_retrieved,
                article.id,
                article.mirror_of is not None,
            )
        self._put_in_force(article, text)

    def _put_in_force(self, article: Article, text: int) -> None:
        """The text is what the document says now, if it is the latest of the best authority.

        The origin has more authority than any mirror. Of one authority, the later capture counts.
        """
        self._query(
            "UPDATE documents SET current_seen = ?1, current_from_mirror = ?2, current_text = ?3,"
            " headline = CASE WHEN current_text = ?3 THEN headline ELSE ?7 END,"
            " date_published = CASE WHEN current_text = ?3 THEN date_published ELSE ?8 END,"
            " current_headline = CASE WHEN current_text = ?3 THEN current_headline ELSE ?4 END,"
            " current_layout = CASE WHEN current_text = ?3 THEN current_layout ELSE ?5 END"
            " WHERE id = ?6 AND (current_text IS NULL OR current_from_mirror > ?2 OR"
            " (current_from_mirror = ?2 AND (?1 > current_seen OR (current_seen IS NULL AND ?1 IS NOT NULL))))",
            article.date_retrieved,
            article.mirror_of is not None,
            text,
            text_digest(article.headline),
            article.layout,
            article.id,
            article.headline,
            article.date_published,
        )


def _name(document_id: str) -> str:
    return document_id.rpartition(":")[2].rpartition("/")[2]

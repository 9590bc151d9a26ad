"""Which rows are asked for, and the rows that were."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from crawler.extraction.dates import beijing_day
from pipelines.document_lines import Line
from pipelines.failure import OutputError, OutputIncompleteError
from pipelines.output import ARTICLES, COPIES, OutputFiles
from pipelines.snapshot import Snapshot
from pipelines.story import read_story

#: Kinds whose lines are Articles.
TEXTS = (ARTICLES, COPIES)

#: How many stories to remember the chosen document of.
_STORIES = 1 << 16


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the record: as it was written, without its end, and read."""

    line: bytes
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked for. `since` and `until` are Beijing days such as `2022-10-28`, both included; "" is no bound.

    `kinds` are directories of JSON Lines: `articles`, `copies`, `revisions`, `states`. An empty `sources` means all.
    Of articles and copies, `all_revisions` takes every line, not only the text in force of each document, and `unique`
    one document a story: its lead, or, where the lead is not asked for, the first whole text of those that are.
    """

    kinds: tuple[str, ...] = TEXTS
    sources: frozenset[str] = frozenset()
    since: str = ""
    until: str = ""
    all_revisions: bool = False
    unique: bool = False

    @property
    def is_bounded(self) -> bool:
        """Whether undated rows are left out."""
        return bool(self.since or self.until)

    def has_source(self, source: str) -> bool:
        """Whether rows of this source are asked for."""
        return not self.sources or source in self.sources

    def has_date(self, date: str | None) -> bool:
        """Whether rows of this day, time or instant are asked for."""
        if not self.is_bounded:
            return True
        return date is not None and self.since <= _day(date) <= (self.until or "~")


class Selected:
    """The rows of an output directory that a selection asks for, in the order of files and lines. Where all texts of a
    document are, they come together, in order of capture: an archive may have shown an older one later.

    Iterate once; memory does not grow with the record. Then `rows` is how many there were, and `undated` how many were
    left out only because they have no date. Iteration may raise a RecordError.
    """

    def __init__(self, directory: Path, snapshot: Snapshot, selection: Selection) -> None:
        self._directory = directory
        self._snapshot = snapshot
        self._selection = selection
        self._chosen = lru_cache(_STORIES)(self._choose)
        self.rows = 0
        self.undated = 0

    def __iter__(self) -> Iterator[Row]:
        for path, length in sorted(self._snapshot.lengths.items()):
            kind, _, name = path.partition("/")
            if length and kind in self._selection.kinds and self._selection.has_source(name.removesuffix(".jsonl")):
                for position, line in _lines(self._directory / path, length):
                    for row, place in self._in_order(Row(line, orjson.loads(line)), Line(path, position)):
                        if self._is_wanted(row, place):
                            self.rows += 1
                            yield row

    def _in_order(self, row: Row, place: Line) -> Iterable[tuple[Row, Line]]:
        """The row; of a document with several texts in the file all of them in place of the first."""
        if place.kind not in TEXTS or not self._selection.all_revisions:
            return [(row, place)]
        texts = self._snapshot.ledger.documents.texts(row.fields["id"])
        places = [text.line for text in texts if text.line.path == place.path]
        if len(places) < 2:
            return [(row, place)]
        if place.position != min(one.position for one in places):
            return []
        files = OutputFiles(self._directory)
        lines = ((files.read_line(one.path, one.position).rstrip(b"\n"), one) for one in places)
        found = [(Row(line, orjson.loads(line)), one) for line, one in lines]
        return sorted(found, key=lambda one: (one[0].fields["date_retrieved"] or "", one[1].position))

    def _is_wanted(self, row: Row, line: Line) -> bool:
        fields = row.fields
        is_text = line.kind in TEXTS
        if is_text and not self._selection.all_revisions and self._line_in_force(fields["id"]) != line:
            return False
        date = fields["date_published" if is_text else "date"]
        if not self._selection.has_date(date):
            self.undated += date is None
            return False
        return not self._selection.unique or self._is_chosen(fields["id"])

    def _line_in_force(self, document: str) -> Line:
        return self._snapshot.ledger.documents.line(document)

    def _is_chosen(self, document: str) -> bool:
        stories = self._snapshot.ledger.stories
        story = stories.resolve(document)
        return story is None or len(stories.members(story)) == 1 or self._chosen(story) == document

    def _choose(self, story: str) -> str | None:
        """The document that stands for a story; null where none of it is asked for."""
        found = read_story(self._snapshot, story)
        if found is None:
            return None
        asked_for = [
            member
            for member in found.members
            if self._selection.has_source(member.article.source)
            and self._selection.has_date(member.article.date_published)
            and self._line_in_force(member.article.id).kind in self._selection.kinds
        ]
        # Members come in the order of publication.
        best = min(
            asked_for,
            key=lambda member: (member.article.id != found.lead.id, member.relation == "excerpt"),
            default=None,
        )
        return best.article.id if best is not None else None


def _lines(path: Path, length: int) -> Iterator[tuple[int, bytes]]:
    """Where each committed line begins, and the line without its end."""
    position = 0
    try:
        with path.open("rb") as file:
            while position < length:
                line = file.readline()
                if not line.endswith(b"\n"):
                    raise OutputIncompleteError(f"{path} has less than the {length} bytes that were committed")
                yield position, line[:-1]
                position += len(line)
    except OSError as error:
        raise OutputError(f"{path}: {error.strerror}") from error


def _day(date: str) -> str:
    """The Beijing day of a day, a time with its offset, or an instant."""
    return date if len(date) == len("2022-10-28") else beijing_day(datetime.fromisoformat(date)).isoformat()

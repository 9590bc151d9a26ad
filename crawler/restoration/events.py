"""What the lines and the archive tell, in the order in which it happened, as far as that can still be told.

Each JSON Lines file is in the order in which it was written. Between two files there is none but time: that of the
capture a line was read from, to the microsecond where the archive has it. A line that builds on another comes after it,
whatever the clock said: a copy after its original, a second text after the first, a state after the text. And a second
text, or a correction, has a line in revisions/, written with it: the order of those lines is that of the texts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from crawler.archive.index import IndexedCapture
from crawler.extraction.source import Source
from crawler.integrity.lines import json_lines_files, parse, written_lines
from crawler.items import Article
from pipelines.document_lines import Line
from pipelines.failure import RecordError
from pipelines.rows import Revision, StateChange

_NEVER = datetime.min.replace(tzinfo=UTC)


class UnreadableLineError(RecordError):
    """A line in the middle of a file cannot be read: what it held is lost, and only its reader can say what to do."""

    reason = "line-damaged"


@dataclass(frozen=True, slots=True)
class LineEvent:
    """A line was written. `at` is when what it tells was met."""

    at: datetime
    line: Line
    row: Article | Revision | StateChange


@dataclass(frozen=True, slots=True)
class CaptureEvent:
    """A page of a document was captured. Whether it showed anything new, a line says."""

    at: datetime
    document: str
    source: Source
    capture: IndexedCapture


Event = LineEvent | CaptureEvent

#: Of one instant: a document returns, then has another text, then what changed is noted, then it is seen again.
_RANKS = {StateChange: 0, Article: 1, Revision: 2}


@dataclass(frozen=True, slots=True)
class Files:
    """The JSON Lines of an output directory: how many bytes of each are whole lines, and how many are behind them."""

    directory: Path
    lengths: dict[str, int]
    cut: dict[str, int]

    @classmethod
    def of(cls, directory: Path) -> Files:
        """Measures them. What is behind the last line feed of a file was cut, and is left out. Raises OSError."""
        sizes = json_lines_files(directory)
        lengths = {path: _whole_length(directory / path, size) for path, size in sizes.items()}
        return cls(
            directory, lengths, {path: size - lengths[path] for path, size in sizes.items() if size > lengths[path]}
        )

    @property
    def sources(self) -> list[str]:
        """The sources that have files."""
        return sorted({path.partition("/")[2].removesuffix(".jsonl") for path in self.lengths})

    def events(self, path: str, instants: dict[str, datetime]) -> Iterator[LineEvent]:
        """The lines of a file, in their order. `instants` are those of the archive's captures, by record id.

        Raises UnreadableLineError.
        """
        for written in written_lines(self.directory / path, self.lengths[path]):
            try:
                row = parse(path, written)
            except ValueError as error:
                raise UnreadableLineError(
                    f"{self.directory / path} at byte {written.position}: {error}; restore the file from a backup, or "
                    "remove the line: what it tells is then met again, as far as the sites still show it"
                ) from error
            assert isinstance(row, Article | Revision | StateChange)
            yield LineEvent(_instant(row, instants), Line(path, written.position), row)


#: Whether all that an event builds on has come, and, of those that are next in their streams, none is to come first.
IsReady = Callable[[Event, Sequence[Event]], bool]


def in_order(streams: Iterable[Iterator[Event]], is_ready: IsReady) -> Iterator[Event]:
    """Merges streams by time, as far as events are ready. Where none is, what the earliest builds on is lost, and it
    comes nevertheless."""
    coming = [(event, stream) for stream in streams if (event := next(stream, None)) is not None]
    while coming:
        coming.sort(key=lambda head: _key(head[0]))
        heads = [event for event, _ in coming]
        place = next((place for place, event in enumerate(heads) if is_ready(event, heads)), 0)
        event, stream = coming.pop(place)
        yield event
        following = next(stream, None)
        if following is not None:
            coming.append((following, stream))


def _key(event: Event) -> tuple[datetime, int, str]:
    if isinstance(event, CaptureEvent):
        return event.at, len(_RANKS), ""
    return event.at, _RANKS[type(event.row)], event.line.path


def _instant(row: Article | Revision | StateChange, instants: dict[str, datetime]) -> datetime:
    capture = row.after.capture if isinstance(row, Revision) else row.capture
    if capture is not None and capture.record_id in instants:
        return instants[capture.record_id]
    date = row.date_retrieved if isinstance(row, Article) else row.date
    return _NEVER if date is None else datetime.fromisoformat(date)


def _whole_length(path: Path, size: int) -> int:
    with path.open("rb") as file:
        end = size
        while end:
            start = max(0, end - 65536)
            file.seek(start)
            found = file.read(end - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
    return 0

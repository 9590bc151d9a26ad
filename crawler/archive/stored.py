"""Finding the captures that Articles name in the archive of an output directory.

An Article says which file its capture is in, and as which record; the archive has a directory a source. A file is
indexed when it is first asked for. What is damaged, or not there, is not found: these methods raise nothing for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from crawler.archive.files import final_name, is_warc
from crawler.archive.reader import ArchivedResponse, is_response, is_revisit, to_response
from crawler.archive.record import Record, read_record, read_records
from crawler.archive.spelling import url_key
from crawler.archive.writer import OPEN
from crawler.extraction.problem import Problem
from crawler.items import Capture
from crawler.webarchives.unwrap import brought_by, origin_of, unwrap


@dataclass(frozen=True, slots=True)
class _Stored:
    """Where a record lies in its file. `original` is the id of the record with the body of a revisit, else null."""

    record_id: str
    offset: int
    url: str
    retrieved: datetime
    original: str | None


@dataclass(slots=True)
class _Index:
    """The responses and revisits of a file that had `size` bytes when it was read."""

    size: int
    by_id: dict[str, _Stored] = field(default_factory=dict)
    by_url: dict[str, list[_Stored]] = field(default_factory=dict)


class StoredCaptures:
    """The captures of an archive, by file and record, and by URL.

    Memory grows with the records of the files that were asked for, by a few hundred bytes each.
    """

    def __init__(self, directory: Path) -> None:
        """`directory` is `OUTPUT_DIR/archive`; it need not be there."""
        self._directory = directory
        self._indices: dict[str, _Index] = {}

    def find(self, capture: Capture) -> ArchivedResponse | None:
        """The response of a capture; null where the archive does not hold it whole.

        A revisit is its original, which may lie in another file, at its own URL and date. A file still in progress is
        read as far as it is written.
        """
        path = self._path(capture.file)
        stored = self._index(path).by_id.get(capture.record_id or "") if path is not None else None
        return None if path is None or stored is None else self._read(path, stored)

    def nearest(self, url: str, to: ArchivedResponse) -> ArchivedResponse | None:
        """The capture of a URL that goes with another capture: of the same file, or of the file nearest to it that has
        one, the nearest in time. Redirects are passed over. Null where there is none.

        A file holds what one run met, so what belongs together is in one file, or in the next.
        """
        path = self._path(to.file)
        for other in self._outwards(path) if path is not None else ():
            captures = self._index(other).by_url.get(url_key(url), ())
            for stored in sorted(captures, key=lambda one: abs(one.retrieved - to.retrieved)):
                response = self._read(other, stored)
                if response is not None and not 300 <= response.status < 400:
                    return response
        return None

    def _read(self, path: Path, stored: _Stored) -> ArchivedResponse | None:
        if stored.original is not None:
            return self._read_original(path, stored)
        try:
            response = to_response(read_record(path, stored.offset, stored.record_id), path)
            response = unwrap(response) or response
        except Problem:
            return None
        return replace(response, file=final_name(path))

    def _read_original(self, path: Path, revisit: _Stored) -> ArchivedResponse | None:
        """A revisit by the id it refers to, as this project and most others write it."""
        for other in self._outwards(path) if revisit.original else ():
            original = self._index(other).by_id.get(revisit.original or "")
            if original is not None and original.original is None:
                found = self._read(other, original)
                return found and replace(
                    found,
                    url=revisit.url,
                    retrieved=revisit.retrieved,
                    file=final_name(path),
                    record_id=revisit.record_id,
                )
        return None

    def _path(self, name: str) -> Path | None:
        """The file of a name: closed, or still in progress."""
        if Path(name).name != name:
            return None
        for directory in self._directories():
            for path in (directory / name, directory / f"{name}{OPEN}"):
                if path.is_file():
                    return path
        return None

    def _outwards(self, path: Path) -> Iterator[Path]:
        """All files of the archive: this one, those of its directory from the nearest on, then the others. Names hold
        the time, so that their order is that of the captures."""
        beside = _files(path.parent)
        place = beside.index(path) if path in beside else 0
        yield from (beside[other] for other in sorted(range(len(beside)), key=lambda other: abs(other - place)))
        for directory in self._directories():
            if directory != path.parent:
                yield from reversed(_files(directory))

    def _directories(self) -> list[Path]:
        return sorted(self._directory.glob("*/"))

    def _index(self, path: Path) -> _Index:
        """The index of a file; made anew where the file has grown."""
        try:
            size = path.stat().st_size
        except OSError:
            size = 0
        known = self._indices.get(final_name(path))
        if known is None or known.size != size:
            known = self._indices[final_name(path)] = _index_of(path, size)
        return known


def _index_of(path: Path, size: int) -> _Index:
    index = _Index(size)
    try:
        for record in read_records(path, lambda _: None):
            if record.id and record.warc.record_date is not None and (is_response(record) or is_revisit(record)):
                stored = _stored(record, path)
                index.by_id[stored.record_id] = stored
                index.by_url.setdefault(url_key(stored.url), []).append(stored)
    except Problem:
        return index
    return index


def _stored(record: Record, path: Path) -> _Stored:
    original = record.header("WARC-Refers-To").strip("<>") if is_revisit(record) else None
    try:
        brought = brought_by(record, path)
    except Problem:
        brought = None
    url, retrieved = origin_of(record, brought)
    return _Stored(record.id, record.offset, url, retrieved, original)


def _files(directory: Path) -> list[Path]:
    """The WARC files of a directory, those in progress too, by name."""
    return sorted(path for path in directory.iterdir() if is_warc(path)) if directory.is_dir() else []

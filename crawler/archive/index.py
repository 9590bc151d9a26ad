"""An index of WARC files: which URL was captured when, and where the capture lies. Bodies stay in the files.

The captures of a URL are found under any of its spellings that name the same resource everywhere: http and https,
host in any case, default port or none, with or without fragment. The query, the path and their case are kept.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from crawler.archive import database
from crawler.archive.indexing import Wanted, instant, read_into
from crawler.archive.reader import ArchivedResponse, to_response
from crawler.archive.record import WarcFile, read_record
from crawler.archive.remote import RemoteFile
from crawler.archive.spelling import redirect_target, url_key
from crawler.extraction.problem import Problem
from crawler.webarchives.unwrap import unwrap


@dataclass(frozen=True, slots=True)
class IndexedCapture:
    """Where one response lies. `original` is the capture that holds the body of a `revisit` record."""

    url: str
    status: int
    retrieved: datetime
    path: WarcFile
    offset: int
    record_id: str
    original: IndexedCapture | None = None


class ReplayIndex:
    """The captures of several WARC files, by URL, in a temporary file that goes with it: memory holds little of it.

    `problems` says what could not be read, with the stable codes: a file that ends early, a damaged or cut record, a
    `revisit` whose original is in none of the files. Raises Problem `unreadable-file` for a file that is none.

    Can be sent to other processes, and is good there as long as it lives here.
    """

    problems: list[Problem]

    def __init__(self, paths: Iterable[WarcFile], wanted: Wanted | None = None) -> None:
        """Reads the files, several at a time where they are large. Where `wanted` is given, captures of other URLs are
        left out, but for those that wanted ones redirect to; it has to be picklable. Raises ArchiveError where the
        temporary file cannot be written."""
        files = [path.found() if isinstance(path, RemoteFile) else path for path in dict.fromkeys(paths)]
        with database.naming_errors():
            directory = tempfile.mkdtemp(prefix="readouts-index-")
            self._remove = weakref.finalize(self, shutil.rmtree, directory, ignore_errors=True)
            path = Path(directory) / "index.db"
            problems = read_into(path, files, wanted)
        self.__setstate__((path, files, problems))

    def __getstate__(self) -> tuple[Path, Sequence[WarcFile], list[Problem]]:
        return self._path, self._files, self.problems

    def __setstate__(self, state: tuple[Path, Sequence[WarcFile], list[Problem]]) -> None:
        self._path, self._files, self.problems = state
        self._database = database.reopen(self._path)

    def __len__(self) -> int:
        """How many different URLs there are."""
        return database.count(self._database, "urls")

    def __contains__(self, url: str) -> bool:
        return database.is_known(self._database, url_key(url))

    def count_captures(self) -> int:
        """How many captures of all URLs there are."""
        return database.count(self._database, "captures")

    def urls(self) -> Iterator[tuple[str, int]]:
        """Each URL once, as its latest capture spells it, with that capture's status.

        In the order the files first name them; last the URLs that only `revisit` records name.
        """
        yield from database.latest_of_each(self._database)

    def captures(self, url: str) -> list[IndexedCapture]:
        """All captures of a URL, the earliest first; those of one second in the order of the files."""
        return [self._capture(row) for row in database.captures_of(self._database, url_key(url))]

    def lookup(self, url: str) -> ArchivedResponse | None:
        """The latest capture of a URL whatever its status, or null where there is none.

        A redirect of a URL to itself (http to https) says nothing once the two are one URL: it is passed over for the
        latest capture that is more than that. Raises Problem `unreadable-file` where the file has changed meanwhile.
        """
        for capture in reversed(self.captures(url)):
            response = self.read(capture)
            if not _redirects_to_itself(response):
                return response
        return None

    def read(self, capture: IndexedCapture) -> ArchivedResponse:
        """The response of a capture. A revisit is its original, with status and headers, at its own URL and date."""
        return read_indexed(capture)

    def _capture(self, row: Sequence[Any]) -> IndexedCapture:
        url, status, retrieved, file, offset, record_id, original = row[:7]
        body = None if original is None else self._capture((*row[7:], None))
        return IndexedCapture(url, status, instant(retrieved), self._files[file], offset, record_id, body)


def read_indexed(capture: IndexedCapture) -> ArchivedResponse:
    """What `ReplayIndex.read` gives, without the index."""
    stored = capture.original or capture
    response = to_response(read_record(stored.path, stored.offset, stored.record_id), stored.path)
    response = unwrap(response) or response
    if stored is capture:
        return response
    return replace(
        response,
        url=capture.url,
        retrieved=capture.retrieved,
        file=capture.path.name,
        record_id=capture.record_id,
    )


def _redirects_to_itself(response: ArchivedResponse) -> bool:
    target = redirect_target(response.url, response.status, response.header("Location"))
    return target is not None and url_key(target) == url_key(response.url)

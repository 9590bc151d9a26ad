"""The captures of documents that the archive holds, and what they say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from crawler.archive.capture import ARCHIVE
from crawler.archive.files import final_name, warc_files
from crawler.archive.index import ReplayIndex
from crawler.extraction.page import Page
from crawler.extraction.problem import Problem
from crawler.items import Article, Capture
from crawler.reextraction.plan import index_of
from crawler.rereading import article_captures, nearest_in, read_capture
from crawler.restoration.events import CaptureEvent


class Pages:
    """The pages of documents in an archive. Memory grows with its records, by a few hundred bytes each."""

    def __init__(self, directory: Path) -> None:
        """`directory` is the output directory; where there is no archive in it, there are no pages."""
        #: The archive's files, those in progress too.
        self.files: list[Path]
        self.files, _ = warc_files([str(directory / ARCHIVE)])
        self._index: ReplayIndex
        self._index, self.problems = index_of(self.files)
        self._captures = sorted(
            (
                CaptureEvent(capture.retrieved, document, source, capture)
                for source, document, capture in article_captures(self._index)
                if capture.status == 200
            ),
            key=lambda event: event.at,
        )
        self._latest = {event.capture.url: event for event in self._captures}
        self._find_further = nearest_in(self._index)

    def __len__(self) -> int:
        """How many captures of documents there are."""
        return len(self._captures)

    def events(self) -> Iterator[CaptureEvent]:
        """Every capture of a document that was answered 200, or 304 to a question about one, the earliest first."""
        yield from self._captures

    def instants(self) -> dict[str, datetime]:
        """When the captures of documents, and of what stood in their place, were made, by record id."""
        captures = (capture for _, _, capture in article_captures(self._index))
        return {capture.record_id: capture.retrieved for capture in captures}

    def read(self, event: CaptureEvent) -> Article:
        """The Article of a capture by today's rules. Raises Problem."""
        response = self._index.read(event.capture)
        article = read_capture(response, event.source, self._find_further).article
        capture = Capture(file=final_name(event.capture.path), record_id=event.capture.record_id)
        return article.model_copy(update={"capture": capture})

    def is_continued(self, url: str) -> bool:
        """Whether the page of a URL, as it was captured last, is not all of its document."""
        event = self._latest.get(url)
        if event is None:
            return False
        response = self._index.read(event.capture)
        try:
            page = Page.from_bytes(response.url, response.body, response.header("Content-Type"))
            return bool(list(event.source.continuations(page)))
        except Problem:
            return False

"""What a web archive has of a source: asked piece by piece, kept in a file, and chosen from.

    with Discovery(path, archive, source, source.archived, since=None, valid_days=7.0, now=now) as discovery:
        questions = discovery.questions()
        while questions:
            question = questions.pop()
            questions += discovery.answer(question, *fetch(question.url))
        for candidate in discovery.candidates(lambda identity, url: True, 4):
            fetch(candidate.request_url)

It asks nothing itself. Each answer is stored at once: a run that ends in between goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from types import TracebackType
from typing import Self

from crawler.extraction.identity import Address, Identity
from crawler.extraction.problem import Code, Problem
from crawler.extraction.source import Prefix, Source
from crawler.webarchives.archives import Dialect, WebArchive
from crawler.webarchives.cdx import Row, read_answer, read_indexes
from crawler.webarchives.queries import Question, first_questions, following_questions, list_of_indexes
from crawler.webarchives.selection import Candidate, is_page, worth_having
from crawler.webarchives.store import Store

#: Is a capture of this document, at this URL of the origin, wanted?
IsWanted = Callable[[Identity, str], bool]

_TIME = "%Y-%m-%dT%H:%M:%SZ"
#: A crawl of Common Crawl is over when its index is published: what was answered about it stays true.
_FINAL_PARTS = "CC-MAIN-%"


class Discovery:
    """The captures an archive has of a source, as far as it has told.

    `problems` says what of the answers could not be read: rows left out, and what an archive cannot tell. `rows_told`
    is how many captures the last answer told of.
    """

    def __init__(
        self,
        path: Path,
        archive: WebArchive,
        source: Source,
        prefixes: Sequence[Prefix],
        *,
        since: date | None,
        valid_days: float,
        now: datetime,
    ) -> None:
        """`since` leaves out what was captured before that (Beijing) day. An answer older than `valid_days` at `now`
        (UTC) is asked for again. Raises Problem `unreadable-file` where the file cannot be opened or written."""
        self.problems: list[Problem] = []
        self.rows_told = 0
        self._archive = archive
        self._source = source
        self._prefixes = tuple(prefixes)
        # Timestamps are in UTC, eight hours behind.
        self._since = since - timedelta(days=1) if since is not None else None
        self._cutoff = (now - timedelta(days=valid_days)).astimezone(UTC).strftime(_TIME)
        self._now = now.astimezone(UTC)
        self._store = Store(path, f"{archive.endpoint} {source.name}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._store.close()

    # --- asking

    def questions(self) -> list[Question]:
        """What is still to be asked at the beginning; nothing that was answered within `valid_days`."""
        with self._store.transaction():
            self._store.expire(self._cutoff, _FINAL_PARTS)
            roots = self._roots()
            self._store.add_questions(roots)
        return [question for root in roots for question in self._store.open_questions(root.url)]

    def answer(self, question: Question, status: int, body: bytes) -> list[Question]:
        """Store what an answer tells, and say what is to be asked next. `body` is without content coding.

        Raises Problem for an answer that is none: blocked, http-error, not-found, empty-response, truncated, no-layout,
        forbidden-address. What was stored before stays, and the question is asked again by the next run.
        """
        if self._archive.dialect is Dialect.COMMON_CRAWL and not question.prefix:
            return self._answer_indexes(question, status, body)
        answer = read_answer(self._archive.dialect, question.url, status, body)
        self.rows_told = len(answer.rows)
        following, untold = following_questions(self._archive, question, answer, self._now)
        goes_back = any(one == question or self._store.is_answered(one) for one in following)
        with self._store.transaction():
            self._store.add_captures(filter(is_page, answer.rows), question.generation)
            if not goes_back:
                self._store.add_questions((question, *following))
                self._store.set_answered(question, self._now.strftime(_TIME))
        if goes_back:
            raise Problem(Code.NO_LAYOUT, question.url, "the answer leads back to one that was given before")
        if answer.flaws:
            detail = f"{len(answer.flaws)} of {answer.count} rows left out, the first: {answer.flaws[0]}"
            self.problems.append(Problem(Code.NO_LAYOUT, question.url, detail))
        if untold is not None:
            self.problems.append(Problem(Code.TOO_LARGE, question.url, untold))
        return following

    def _answer_indexes(self, question: Question, status: int, body: bytes) -> list[Question]:
        indexes = read_indexes(question.url, status, body, self._archive.hosts)
        self.rows_told = 0
        with self._store.transaction():
            self._store.set_indexes(indexes)
            self._store.set_answered(question, self._now.strftime(_TIME))
        return self.questions()

    def _roots(self) -> list[Question]:
        """The first questions of the chains that matter to this run."""
        if self._archive.dialect is Dialect.COMMON_CRAWL:
            listing = list_of_indexes(self._archive)
            if not self._store.is_answered(listing):
                return [listing]
        return [root for prefix in self._prefixes for root in self._roots_of(prefix)]

    def _roots_of(self, prefix: Prefix) -> Iterable[Question]:
        """A prefix's first questions; that about all years, where it was asked before and told everything."""
        indexes = self._store.indexes()
        everything = first_questions(self._archive, [prefix], None, indexes)
        if self._since is None or all(self._store.is_complete(root.url) for root in everything):
            return everything
        return first_questions(self._archive, [prefix], self._since.year, indexes)

    # --- choosing

    def candidates(self, is_wanted: IsWanted, limit_per_document: int) -> Iterator[Candidate]:
        """The captures worth having, document by document, each document's in order of time.

        Those on the source's own hosts at a URL of a document, and wanted; of each document the first and the last of
        each digest, at most `limit_per_document`. The order is the same each time.
        """
        in_order = self._store.in_order(self._wanted(is_wanted))
        for _, captures in groupby((self._candidate(*capture) for capture in in_order), attrgetter("document_id")):
            yield from worth_having(captures, limit_per_document)

    def nearest(self, url: str, timestamp: str) -> Candidate | None:
        """The capture of a URL next in time to a timestamp, before or after it; null where the archive told of none."""
        captures = list(self._store.captures_of(url))
        if not captures:
            return None
        moment = _moment(timestamp)
        row, generation = min(captures, key=lambda one: (abs(_moment(one[0].timestamp) - moment), one[0].url))
        identity = self._identity(row.url)
        return self._candidate(identity.id if identity is not None else "", row, generation)

    def give_up(self, candidate: Candidate, code: Code) -> None:
        """Note that a capture was fetched and gives no article, for good: it is no candidate again."""
        self._store.give_up(candidate.url, candidate.timestamp, code.value)

    def _wanted(self, is_wanted: IsWanted) -> Iterator[tuple[str, Row, str]]:
        """All captures of documents that are wanted: document id, capture, generation."""
        since = self._since.strftime("%Y%m%d") if self._since is not None else ""
        for row, generation in self._store.captures(since):
            identity = self._identity(row.url)
            if identity is not None and is_wanted(identity, row.url):
                yield identity.id, row, generation

    def _identity(self, url: str) -> Identity | None:
        """The document a captured URL names; null for any other, and on a host that is none of the source's."""
        address = Address.of(url)
        if address is None or not self._source.owns(address):
            return None
        identity = self._source.identify(address)
        return None if identity is None or identity.is_mirror else identity

    def _candidate(self, document_id: str, row: Row, generation: str) -> Candidate:
        address = Address.of(row.url)
        assert address is not None  # or it would have no document
        byte_range = None
        if self._archive.dialect is Dialect.COMMON_CRAWL and row.offset is not None and row.length is not None:
            byte_range = (row.offset, row.offset + row.length - 1)
        return Candidate(
            document_id=document_id,
            archive=self._archive.name,
            url=row.url,
            timestamp=row.timestamp,
            digest=row.digest,
            generation=generation,
            host=address.host,
            request_url=self._archive.replay.format(timestamp=row.timestamp, url=row.url, filename=row.filename),
            byte_range=byte_range,
        )


def _moment(timestamp: str) -> datetime:
    return datetime.strptime(timestamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)

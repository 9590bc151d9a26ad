"""Which captures are to be read again, and what the ledger has for them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from crawler.archive.files import final_name
from crawler.archive.index import IndexedCapture, ReplayIndex
from crawler.extraction.problem import Code, Problem
from crawler.items import Capture
from crawler.rereading import article_captures
from pipelines.document_lines import Line
from pipelines.recorded import Recorded


@dataclass(frozen=True, slots=True)
class Candidate:
    """A capture to read again: of which document and source, and under which URL, that of the recorded Article.

    `line` is where the text that the capture showed is written, null where the ledger does not know the capture.
    """

    document: str
    source: str
    capture: IndexedCapture
    url: str
    line: Line | None = None

    @property
    def cited(self) -> Capture:
        """The capture as an Article names it."""
        return Capture(file=final_name(self.capture.path), record_id=self.capture.record_id)


@dataclass(slots=True)
class Plan:
    """The captures to read: those the ledger knows source by source and oldest first, then those it does not know.

    `captures` is how many there are of articles. A text that several of them showed is read from one of them.
    """

    captures: int = 0
    candidates: list[Candidate] = field(default_factory=list)


def index_of(paths: Iterable[Path]) -> tuple[ReplayIndex, list[Problem]]:
    """An index of the files that can be read, and why the others cannot, beside what is wrong within a file."""
    readable = list(dict.fromkeys(paths))
    unreadable = [Problem(Code.UNREADABLE_FILE, str(path), "no WARC record") for path in readable if _is_empty(path)]
    while True:
        refused = {problem.url for problem in unreadable}
        readable = [path for path in readable if str(path) not in refused]
        try:
            index = ReplayIndex(readable)
        except Problem as problem:
            unreadable.append(problem)
        else:
            return index, unreadable + index.problems


def make_plan(
    index: ReplayIndex, recorded: Recorded, source: str | None = None, since: datetime.date | None = None
) -> Plan:
    """The captures of one source, or of all, made on the day `since` (UTC) or later."""
    plan = Plan()
    for document, candidates in _by_document(index, source):
        plan.captures += sum(_is_since(candidate, since) for candidate in candidates)
        chosen = _chosen(_with_lines(document, candidates, recorded), recorded)
        plan.candidates += [candidate for candidate in chosen if _is_since(candidate, since)]
    plan.candidates.sort(key=lambda one: (one.source, one.line is None, one.capture.retrieved))
    return plan


def _by_document(index: ReplayIndex, source: str | None) -> Iterator[tuple[str, list[Candidate]]]:
    """Every document of the archive with its captures of status 200, each once, the earliest first."""
    found: dict[str, dict[tuple[str, str], Candidate]] = {}
    for its_source, document, capture in article_captures(index):
        if capture.status == 200 and source in (None, its_source.name):
            candidate = Candidate(document, its_source.name, capture, capture.url)
            found.setdefault(document, {}).setdefault(_key(candidate.cited), candidate)
    for document, captures in found.items():
        yield document, sorted(captures.values(), key=lambda one: one.capture.retrieved)


def _with_lines(document: str, candidates: list[Candidate], recorded: Recorded) -> Iterator[Candidate]:
    """The candidates with what the ledger has for them."""
    documents = recorded.ledger.documents
    urls = {(sighting.file, sighting.record_id): sighting.url for sighting in documents.captures(document)}
    for candidate in candidates:
        url = urls.get(_key(candidate.cited))
        text = documents.shown_by(document, *_key(candidate.cited)) if url is not None else None
        yield candidate if url is None or text is None else replace(candidate, url=url, line=text.line)


def _chosen(candidates: Iterable[Candidate], recorded: Recorded) -> Iterator[Candidate]:
    """All that are not known; and of those with one line, the capture that it was read from, else the first."""
    shown: dict[Line, list[Candidate]] = {}
    for candidate in candidates:
        if candidate.line is None:
            yield candidate
        else:
            shown.setdefault(candidate.line, []).append(candidate)
    for line, those in shown.items():
        read_from = recorded.written(line).capture if len(those) > 1 else None
        yield next((one for one in those if one.cited == read_from), those[0])


def _key(capture: Capture) -> tuple[str, str]:
    return capture.file, capture.record_id or ""


def _is_since(candidate: Candidate, since: datetime.date | None) -> bool:
    return since is None or candidate.capture.retrieved.date() >= since


def _is_empty(path: Path) -> bool:
    """A file that a crawl has just begun."""
    return path.is_file() and not path.stat().st_size

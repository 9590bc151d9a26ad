"""Reading captures again on all cores."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace

from crawler.archive.files import final_name
from crawler.archive.index import ReplayIndex
from crawler.archive.processes import worker_pool
from crawler.extraction.problem import Code, Problem
from crawler.reextraction.plan import Candidate
from crawler.rereading import Reread, nearest_in, read_capture
from crawler.sources import sources

#: Captures a process is given at once: few enough that all processes end at nearly the same time.
_CHUNK = 32
#: Chunks under way for each process. What is read waits for whoever asked for it, in memory.
_AHEAD = 3


class Reader:
    """Reads captures of the files of an index with today's rules."""

    def __init__(self, index: ReplayIndex) -> None:
        self._index = index
        self._find_further = nearest_in(index)

    def read(self, candidate: Candidate) -> Reread | Problem:
        """What a capture gives today. Never raises: what goes wrong with one page is no reason to leave the others."""
        try:
            response = self._index.read(candidate.capture)
            response = replace(response, url=candidate.url, file=final_name(candidate.capture.path))
            return read_capture(response, sources()[candidate.source], self._find_further)
        except Problem as problem:
            return problem
        except Exception as error:  # an error of ours, which a page we have not seen before may well bring out
            return Problem(Code.SPIDER_ERROR, candidate.url, f"{type(error).__name__}: {error}")


def read_all(index: ReplayIndex, candidates: Sequence[Candidate], jobs: int) -> Iterator[Reread | Problem]:
    """What each candidate gives, in their order, read by at most `jobs` processes."""
    chunks = [candidates[start : start + _CHUNK] for start in range(0, len(candidates), _CHUNK)]
    # No more processes than there is work for: each has to import everything first.
    jobs = min(jobs, len(chunks))
    return _in_processes(index, chunks, jobs) if jobs > 1 else map(Reader(index).read, candidates)


def _in_processes(index: ReplayIndex, chunks: Sequence[Sequence[Candidate]], jobs: int) -> Iterator[Reread | Problem]:
    executor = worker_pool(jobs, __name__, _start, index)
    under_way: deque[Future[list[Reread | Problem]]] = deque()
    try:
        for chunk in chunks:
            if len(under_way) == jobs * _AHEAD:
                yield from under_way.popleft().result()
            under_way.append(executor.submit(_read_chunk, chunk))
        while under_way:
            yield from under_way.popleft().result()
    finally:
        executor.shutdown(cancel_futures=True)


def _start(index: ReplayIndex) -> None:
    """What each process begins with."""
    global _reader
    _reader = Reader(index)


def _read_chunk(candidates: Sequence[Candidate]) -> list[Reread | Problem]:
    assert _reader is not None
    return [_reader.read(candidate) for candidate in candidates]


#: The reader of this process, where it is one that `_start` was called in.
_reader: Reader | None = None

"""Reading the pages of a replay before their turn comes, on all cores.

Reading a page costs more than all that a crawl does with its Article. The spider says which captures it will ask for,
in their order; processes read them, and when one's turn comes, its Article is there. What is handed over, and in which
order, is what the spider would have read itself. All that is out of the ordinary it does read itself.
"""

from __future__ import annotations

import logging
import weakref
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from scrapy import Request
from scrapy.http import Response

from crawler.archive.index import IndexedCapture, read_indexed
from crawler.archive.processes import worker_pool
from crawler.archive.reader import ArchivedResponse
from crawler.extraction.dates import Published
from crawler.extraction.page import Page
from crawler.extraction.problem import Problem
from crawler.items import Article
from crawler.sources import sources

#: Key of `request.meta`: the number under which a capture was announced.
ANNOUNCED = "announced"

#: Captures from which on processes are worth their start: it takes as long as reading some hundred pages.
WORTH_PROCESSES = 1_000

#: Captures a process is given at once, and such pieces under way for each process: what is read and not yet asked for
#: waits in memory.
_CHUNK = 16
_AHEAD = 3

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Task:
    """A capture to read, under the URL of its request, for a source; `listed` is the date that its listing shows."""

    capture: IndexedCapture
    url: str
    source_name: str
    listed: Published | None


@dataclass(slots=True)
class _Chunk:
    """Tasks under way. `first` is the number of the first of them."""

    first: int
    size: int
    future: Future[list[Article | Problem | None]]


class ReadAhead:
    """Hands out what processes have read, in the order in which it was announced."""

    def __init__(self, source_name: str, jobs: int) -> None:
        """Starts `jobs` processes as soon as the first page is asked for."""
        self._source_name = source_name
        self._jobs = jobs
        self._announced = 0
        self._waiting: deque[tuple[int, Task]] = deque()
        self._under_way: deque[_Chunk] = deque()
        self._pool: ProcessPoolExecutor | None = worker_pool(jobs, __name__)
        weakref.finalize(self, self._pool.shutdown, wait=False, cancel_futures=True)

    def announce(self, request: Request, capture: IndexedCapture, listed: Published | None) -> None:
        """This request will be the next one of those announced. Those that are no plain pages are not announced."""
        if self._pool is not None and capture.status == 200:
            request.meta[ANNOUNCED] = self._announced
            self._waiting.append((self._announced, Task(capture, request.url, self._source_name, listed)))
            self._announced += 1

    def take(self, response: Response) -> Article | Problem | None:
        """What was read from a response; null where it has to be read now."""
        number = response.meta.pop(ANNOUNCED, None)
        if number is None or self._pool is None:
            return None
        try:
            return self._result(number, self._pool)
        except BrokenProcessPool:
            logger.warning(
                "The processes that read ahead are gone, killed perhaps for want of memory; reading on alone"
            )
            self._stop()
            return None

    def _result(self, number: int, pool: ProcessPoolExecutor) -> Article | Problem | None:
        # What was announced before it and never asked for, as when its record could not be read, is of no use any more.
        while self._under_way and self._under_way[0].first + self._under_way[0].size <= number:
            self._under_way.popleft()
        while not self._under_way and self._waiting and self._waiting[0][0] < number:
            self._waiting.popleft()
        self._submit(pool)
        chunk = self._under_way[0] if self._under_way else None
        return None if chunk is None or number < chunk.first else chunk.future.result()[number - chunk.first]

    def _submit(self, pool: ProcessPoolExecutor) -> None:
        while self._waiting and len(self._under_way) < self._jobs * _AHEAD:
            # So many at a time as leave some for every process.
            size = max(1, min(_CHUNK, len(self._waiting) // self._jobs))
            pieces = [self._waiting.popleft() for _ in range(size)]
            future = pool.submit(read_tasks, [task for _, task in pieces])
            self._under_way.append(_Chunk(pieces[0][0], size, future))

    def _stop(self) -> None:
        self._waiting.clear()
        self._under_way.clear()
        self._pool = None


def read_tasks(tasks: list[Task]) -> list[Article | Problem | None]:
    """What each gives: its Article, the Problem of reading it, or null where the spider has to see to it."""
    return [_read(task) for task in tasks]


def _read(task: Task) -> Article | Problem | None:
    source = sources()[task.source_name]
    try:
        response = read_indexed(task.capture)
        page = Page.from_bytes(task.url, response.body, _content_type(response))
        return None if source.continuations(page) else source.read(page, listed=task.listed)
    except Problem as problem:
        return problem
    except Exception:  # an error of ours: the spider meets it too, and tells of it
        return None


def _content_type(response: ArchivedResponse) -> str | None:
    """Of several, the last, as Scrapy has it."""
    values = [value.decode("latin-1") for name, value in response.headers if name.lower() == b"content-type"]
    return values[-1] if values else None

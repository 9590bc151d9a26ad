"""Being the only one that writes to an output directory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from crawler.sources import sources
from pipelines.lock import SourceLock


@contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Holds the locks of all sources: no run is under way, and none begins.

    Raises LockedError, which names the run that is, and OutputError where the directory cannot be written.
    """
    with ExitStack() as locks:
        for source in sources():
            locks.enter_context(SourceLock(directory, source)).acquire()
        yield

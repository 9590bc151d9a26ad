"""One publication at a time from an output directory."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crawler.publishing.failure import PublicationLockedError


@contextmanager
def only_publication(directory: Path) -> Iterator[None]:
    """Makes this the only process that publishes from an output directory. Raises PublicationLockedError.

    The kernel locks the directory itself, so that nothing is left when the process dies, and nothing is written to it.
    """
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise PublicationLockedError(f"{directory} is being published by another process") from error
        yield
    finally:
        os.close(descriptor)

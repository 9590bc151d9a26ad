"""One run a source and output directory at a time.

The lock is the kernel's (flock): it is free the instant its process dies, however it dies, and no file need be removed.
What the file holds only says who has it.
"""

from __future__ import annotations

import fcntl
import logging
import os
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

import orjson

from pipelines.failure import OutputError, RecordError
from pipelines.schedule import now

LOCKS = "locks"
_PAUSE_SECONDS = 0.2

logger = logging.getLogger(__name__)


class LockedError(RecordError):
    """Another run of the source holds the lock of the output directory."""

    reason = "locked"


class SourceLock:
    """The lock of one source in one output directory. Use it as a context manager, or leave it to the process's end."""

    def __init__(self, directory: Path, source: str) -> None:
        """Nothing is locked yet. Raises OutputError where the lock's file cannot be made."""
        self._source = source
        self._path = directory / LOCKS / f"{source}.lock"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # Close-on-exec is Python's default: a child process does not inherit the lock.
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise OutputError(f"{self._path}: {error.strerror}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def acquire(self, wait_seconds: float = 0.0) -> None:
        """Take the lock, waiting so long for another run to end. Raises LockedError, which names the holder, and
        OutputError where the file system knows no locks."""
        if not self._try():
            self._wait(wait_seconds)
        holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": now()}
        # The lock is had all the same, where a full disk does not let its holder be named.
        with suppress(OSError):
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, orjson.dumps(holder, option=orjson.OPT_APPEND_NEWLINE), 0)

    def holder(self) -> str:
        """Who has the lock, or had it last, in words."""
        try:
            holder = orjson.loads(os.pread(self._descriptor, 4096, 0))
            return f"process {holder['pid']} on {holder['host']}, since {holder['since']}"
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return "a process that has just begun"

    def release(self) -> None:
        """Let the lock go. The file stays: to remove it would let two runs lock two files of one name."""
        os.close(self._descriptor)

    def _wait(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        if seconds:
            logger.info("Waiting %g seconds at most for %s: %s", seconds, self._path, self.holder())
        while not self._try():
            if time.monotonic() >= deadline:
                raise LockedError(f"another run of {self._source} holds {self._path}: {self.holder()}")
            time.sleep(_PAUSE_SECONDS)

    def _try(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            raise OutputError(f"{self._path} cannot be locked: {error.strerror}") from error
        return True

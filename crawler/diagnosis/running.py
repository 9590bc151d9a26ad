"""Whether a run of a source is going on, without getting in its way."""

from __future__ import annotations

import fcntl
import os
import socket
from dataclasses import dataclass
from pathlib import Path

import orjson

from pipelines.lock import LOCKS


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that holds a source's lock: its number, its host, and since when (UTC)."""

    pid: int
    host: str
    since: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, since {self.since}"


def holder_of(directory: Path, source: str) -> Holder | None:
    """Who runs a crawl of the source in this output directory now; null for nobody, or nobody who may be asked about.

    The lock is tried only where its last holder may still live: to try it is to have it for an instant, and a run that
    begins in that instant would find it taken.
    """
    try:
        descriptor = os.open(directory / LOCKS / f"{source}.lock", os.O_RDONLY)
    except OSError:
        return None
    try:
        holder = _named(os.pread(descriptor, 4096, 0))
        return holder if holder is not None and _may_live(holder) and not _is_free(descriptor) else None
    finally:
        os.close(descriptor)


def _named(content: bytes) -> Holder | None:
    try:
        found = orjson.loads(content)
        return Holder(int(found["pid"]), str(found["host"]), str(found["since"]))
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return None


def _may_live(holder: Holder) -> bool:
    if holder.host != socket.gethostname():
        return True
    try:
        os.kill(holder.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_free(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    return True

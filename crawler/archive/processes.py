"""Processes that work for this one, and end with it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import Any


def cores() -> int:
    """How many processes can work at a time on this machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def worker_pool(jobs: int, module: str, start: Callable[..., object] | None = None, *given: Any) -> ProcessPoolExecutor:
    """A pool of `jobs` processes that work with `module`; each begins with `start(*given)`.

    Not forks of this process, which would take open databases along: SQLite forbids that. A server that has imported
    the module once makes the processes at no cost.
    """
    context = get_context("forkserver")
    context.set_forkserver_preload([module])
    return ProcessPoolExecutor(jobs, context, _begin, (start, given))


def _begin(start: Callable[..., object] | None, given: tuple[Any, ...]) -> None:
    # Ctrl-C goes to all processes of a terminal; what it means is for the one that started the others to say.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    if start is not None:
        start(*given)


def _end_with_parent() -> None:
    """A process that is killed tells its pool nothing."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)

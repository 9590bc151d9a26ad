"""Whether a run is going on, told from its lock."""

from __future__ import annotations

import datetime
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crawler.diagnosis.examination import Ailment
from crawler.diagnosis.premises import long_run
from crawler.diagnosis.running import Holder, holder_of
from pipelines.lock import SourceLock
from tests.command_line import REPOSITORY

_HOLD = (
    "import sys, pathlib; from pipelines.lock import SourceLock; "
    "lock = SourceLock(pathlib.Path(sys.argv[1]), 'ecns'); lock.acquire(); print('held', flush=True); sys.stdin.read()"
)


@contextmanager
def held(directory: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process has the lock of ecns."""
    command = [sys.executable, "-c", _HOLD, str(directory)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_nobody_has_run(tmp_path: Path) -> None:
    assert holder_of(tmp_path, "ecns") is None
    # To look leaves nothing behind.
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_is_going_on(tmp_path: Path) -> None:
    with held(tmp_path) as process:
        holder = holder_of(tmp_path, "ecns")
        assert holder is not None
        assert (holder.pid, holder.host) == (process.pid, socket.gethostname())
        assert holder_of(tmp_path, "mfa") is None
    assert holder_of(tmp_path, "ecns") is None  # it was killed, and its file still names it


def test_a_run_that_has_ended_within_a_process_that_lives(tmp_path: Path) -> None:
    lock = SourceLock(tmp_path, "ecns")
    lock.acquire()
    lock.release()
    assert holder_of(tmp_path, "ecns") is None
    with SourceLock(tmp_path, "ecns") as again:
        again.acquire()  # looking has not taken it
        holder = holder_of(tmp_path, "ecns")
        assert holder is not None
        assert holder.pid == os.getpid()


def test_a_lock_that_names_nobody(tmp_path: Path) -> None:
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks" / "ecns.lock").write_bytes(b"{")
    assert holder_of(tmp_path, "ecns") is None


def test_a_run_of_two_days_hangs() -> None:
    now = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.UTC)
    (diagnosis,) = long_run(Holder(4711, "news", "2026-11-20T11:00:00Z"), now)
    assert diagnosis.ailment == Ailment.RUN_HANGS
    assert "kill 4711" in diagnosis.advice
    assert list(long_run(Holder(4711, "news", "2026-11-22T01:00:00Z"), now)) == []

"""The lock of a source: who has it, who waits, and that no death leaves it behind."""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipelines.failure import OutputError, RecordError
from pipelines.lock import LockedError, SourceLock

HOLDER = """
import sys, subprocess
from pathlib import Path
from pipelines.lock import SourceLock

lock = SourceLock(Path(sys.argv[1]), "mfa")
lock.acquire()
{then}
print("locked", flush=True)
sys.stdin.read()
"""


@contextmanager
def held(directory: Path, then: str = "") -> Iterator[subprocess.Popen[str]]:
    """Another process has the lock of `mfa` until its standard input is closed, or it dies."""
    command = [sys.executable, "-c", HOLDER.format(then=then), str(directory)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "locked\n"
            yield process
        finally:
            process.kill()


def acquire(directory: Path, source: str = "mfa", wait_seconds: float = 0.0) -> None:
    with SourceLock(directory, source) as lock:
        lock.acquire(wait_seconds)


def test_the_file_names_the_holder(tmp_path: Path) -> None:
    with SourceLock(tmp_path, "mfa") as lock:
        lock.acquire()
        holder = json.loads((tmp_path / "locks" / "mfa.lock").read_text())
        assert (holder["pid"], holder["host"]) == (os.getpid(), socket.gethostname())
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", holder["since"])


def test_who_is_refused_learns_who_has_it(tmp_path: Path) -> None:
    with held(tmp_path) as holder, pytest.raises(LockedError) as raised:
        acquire(tmp_path)
    pattern = (
        rf"another run of mfa holds .*mfa\.lock: process {holder.pid} on {re.escape(socket.gethostname())}, since .*Z"
    )
    assert re.fullmatch(pattern, str(raised.value))
    assert isinstance(raised.value, RecordError)
    assert raised.value.reason == "locked"


def test_one_process_can_lock_once(tmp_path: Path) -> None:
    """A second run within one process is a second run, too."""
    with SourceLock(tmp_path, "mfa") as lock:
        lock.acquire()
        with pytest.raises(LockedError):
            acquire(tmp_path)
    acquire(tmp_path)


def test_sources_and_directories_do_not_block_each_other(tmp_path: Path) -> None:
    with held(tmp_path / "one"):
        acquire(tmp_path / "one", "ecns")
        acquire(tmp_path / "two", "mfa")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGABRT])
def test_it_is_free_when_its_holder_dies(tmp_path: Path, number: signal.Signals) -> None:
    with held(tmp_path) as holder:
        holder.send_signal(number)
        assert holder.wait(timeout=10) == -number
        acquire(tmp_path)
    assert json.loads((tmp_path / "locks" / "mfa.lock").read_text())["pid"] == os.getpid()


def test_a_child_of_the_holder_does_not_have_it(tmp_path: Path) -> None:
    # What is inheritable, it inherits.
    sleeper = 'child = subprocess.Popen(["sleep", "60"], close_fds=False)\n'
    sleeper += '(Path(sys.argv[1]) / "child").write_text(str(child.pid))'
    with held(tmp_path, then=sleeper) as holder:
        holder.kill()
        holder.wait(timeout=10)
        child = int((tmp_path / "child").read_text())
        try:
            os.kill(child, 0)  # it lives
            acquire(tmp_path)
        finally:
            os.kill(child, signal.SIGKILL)


def test_who_waits_gets_it_when_the_holder_ends(tmp_path: Path) -> None:
    with held(tmp_path) as holder:
        assert holder.stdin is not None
        threading.Timer(0.5, holder.stdin.close).start()
        began = time.monotonic()
        acquire(tmp_path, wait_seconds=30)
        assert 0.3 < time.monotonic() - began < 10


def test_waiting_has_an_end(tmp_path: Path) -> None:
    with held(tmp_path):
        began = time.monotonic()
        with pytest.raises(LockedError):
            acquire(tmp_path, wait_seconds=0.5)
        assert time.monotonic() - began >= 0.5


@pytest.mark.parametrize("content", [b"", b'{"pid": 1', b"\xff\xfe", b"[]", b'{"pid": 1}', b"null", b"17"])
def test_a_file_that_says_nothing_is_a_process_that_has_just_begun(tmp_path: Path, content: bytes) -> None:
    with held(tmp_path):
        (tmp_path / "locks" / "mfa.lock").write_bytes(content)
        with pytest.raises(LockedError, match="a process that has just begun"):
            acquire(tmp_path)


def test_a_longer_name_of_the_holder_before_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks" / "mfa.lock").write_text('{"pid": 1, "host": "' + "h" * 500 + '"}')
    acquire(tmp_path)
    assert json.loads((tmp_path / "locks" / "mfa.lock").read_text())["pid"] == os.getpid()


def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "locks").touch()
    with pytest.raises(OutputError, match=r"mfa\.lock: "):
        SourceLock(tmp_path, "mfa")


def _count(directory: Path, times: int) -> None:
    """Adds to a number in a file, in the way that loses additions unless it is locked."""
    for _ in range(times):
        with SourceLock(directory, "mfa") as lock:
            lock.acquire(60)
            number = int((directory / "number").read_text())
            time.sleep(0.002)
            (directory / "number").write_text(str(number + 1))


def test_only_one_has_it_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.lock._PAUSE_SECONDS", 0.001)
    (tmp_path / "number").write_text("0")
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_count, args=(tmp_path, 20)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * 4
    assert (tmp_path / "number").read_text() == "80"

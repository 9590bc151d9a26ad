"""`scrapy crawl` in child processes that start at once: what a crawl imports is imported before they are forked.

`python -m tests.kills.crawls` reads an Order a line, forks a child that crawls, and answers with how it ended.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from scrapy import cmdline

from crawler.fixtures import FIXTURES
from crawler.sources import sources
from tests.command_line import REPOSITORY
from tests.kills.deadly import Deadly, Point

SAMPLE = FIXTURES / "sample.warc.gz"
_REACTOR = "twisted.internet.reactor"


@dataclass(frozen=True)
class Order:
    """A crawl: the arguments behind `scrapy crawl`, where it dies by itself, or after how many seconds it is killed."""

    arguments: list[str]
    log: str
    point: Point | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class Ended:
    """How a crawl ended: the exit code, -9 for a kill; how long it took. Of one that was not killed, how much it did to
    its disk, by kind, and which modules it imported."""

    code: int
    seconds: float
    counts: dict[str, int] = field(default_factory=dict)
    imported: list[str] = field(default_factory=list)

    @property
    def was_killed(self) -> bool:
        return self.code == -signal.SIGKILL


class Crawls:
    """Crawls of one process after the other. Use it as a context manager."""

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.kills.crawls"]
        self._server = subprocess.Popen(
            command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.close()
        self._server.wait(60)
        self._server.stdout.close()

    def run(self, order: Order) -> Ended:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(asdict(order)) + "\n")
        self._server.stdin.flush()
        return Ended(**json.loads(self._server.stdout.readline()))


def serve() -> None:
    """Answers orders until there are no more."""
    _import_all()
    for line in sys.stdin:
        fields = json.loads(line)
        point = Point(**fields.pop("point")) if fields["point"] else fields.pop("point")
        print(json.dumps(asdict(_run(Order(point=point, **fields)))), flush=True)


def _import_all() -> None:
    """Imports what a first crawl has imported, except the reactor, which each process has to install for itself, and
    what cannot be imported without."""
    with tempfile.TemporaryDirectory() as directory:
        arguments = ["mfa", "-a", f"replay={SAMPLE}", "-s", f"OUTPUT_DIR={directory}/output"]
        imported = _run(Order(arguments, f"{directory}/log")).imported
    # Whoever asks for it now gets an ImportError.
    cast("dict[str, object]", sys.modules)[_REACTOR] = None
    for name in imported:
        with suppress(ImportError):
            importlib.import_module(name)
    del sys.modules[_REACTOR]
    sources()


def _run(order: Order) -> Ended:
    receiver, sender = os.pipe()
    started = time.monotonic()
    pid = os.fork()
    if not pid:
        os.close(receiver)
        _crawl(order, sender)
    os.close(sender)
    if order.seconds is not None:
        # It may be ready first.
        select.select([receiver], [], [], order.seconds)
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    seconds = time.monotonic() - started
    with os.fdopen(receiver) as stream:
        told = stream.read()
    return Ended(os.waitstatus_to_exitcode(status), seconds, **json.loads(told or "{}"))


def _crawl(order: Order, teller: int) -> None:
    """In the child: crawls, tells what it did, and ends."""
    known = set(sys.modules)
    log = os.open(order.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, sys.stdout.fileno())
    os.dup2(log, sys.stderr.fileno())
    deadly, write = Deadly(order.point), os.write
    deadly.arm()
    code = 70
    try:
        cmdline.execute(["scrapy", "crawl", *order.arguments])
    except SystemExit as ended:
        code = int(ended.code or 0)
    finally:
        imported = [name for name in sys.modules if name not in known and name != _REACTOR]
        write(teller, json.dumps({"counts": deadly.counts, "imported": imported}).encode())
        os._exit(code)


if __name__ == "__main__":
    os.chdir(Path(REPOSITORY))
    serve()

"""A real child process records Articles and is killed with SIGKILL: nothing committed is lost, nothing comes twice."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import pytest

from crawler.items import Article
from pipelines.ledger import Ledger
from pipelines.output import KINDS
from pipelines.recording import Record
from pipelines.watch import Sight
from tests.pipelines.examples import NOON, article, lines, settle

FILES = ARTICLES, COPIES, REVISIONS, STATES = [f"{kind}/mfa.jsonl" for kind in KINDS]
TOTAL = 300
BATCH = 7

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["pipelines.record"])


def everything() -> list[Article]:
    """Every fifth is a copy of the one before; every ninth is a second text of the one before."""
    items: list[Article] = []
    for number in range(TOTAL):
        if number % 9 == 8:
            last = items[-1]
            items.append(last.model_copy(update={"article_body": f"{last.article_body} Corrected {number}."}))
        else:
            items.append(article(f"mfa:t{number}", f"ferry {number - number % 5 // 4}"))
    return items


def record_everything(directory: Path, after_batch: Callable[[], object] = lambda: None) -> None:
    """Every eleventh is found missing at noon."""
    record = Record(directory, "mfa")
    for number, item in enumerate(everything()):
        if not record.ledger.in_transaction:
            record.ledger.begin()
        settle(record, item)
        if number % 11 == 10:
            record.miss(item.id, "not-found", Sight(NOON, item.url))
        if record.pending >= BATCH:
            record.commit()
            after_batch()
    if record.ledger.in_transaction:
        record.commit()
    record.finish()


def telling(directory: Path, progress: Connection) -> None:
    """In a child process: says when a batch is committed."""
    record_everything(directory, lambda: progress.send_bytes(b"committed"))


def killing_itself(directory: Path, name: str, count: int, moment: str) -> None:
    """In a child process: dies at the `count`th call of `os.fsync` or `Ledger.commit`."""
    owner: Any = Ledger if name == "commit" else os
    function = getattr(owner, name)
    calls = 0

    def deadly(*arguments: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == count and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        function(*arguments)
        if calls == count:
            os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, deadly)
    record_everything(directory)


def start(target: Callable[..., None], *arguments: object) -> ForkServerProcess:
    process = PROCESSES.Process(target=target, args=arguments)
    process.start()
    return process


def keys(directory: Path) -> list[tuple[str, int]]:
    """Document and revision of every line, articles first."""
    return [(line["id"], line["revision"]) for path in (ARTICLES, COPIES) for line in lines(directory, path)]


def committed(directory: Path) -> dict[str, bytes]:
    """What the ledger has committed of each file; checks that the files hold it, and that the ledger knows it."""
    if not (directory / "ledger.db").exists():
        return {}
    ledger = Ledger(directory / "ledger.db")
    parts = {}
    for path, length in ledger.file_lengths().items():
        data = (directory / path).read_bytes() if (directory / path).exists() else b""
        assert len(data) >= length
        assert data[:length] == b"" or data[:length].endswith(b"\n")
        parts[path] = data[:length]
    ledger.close()
    return parts


def assert_the_end(directory: Path, undisturbed: Path) -> None:
    """A last run, left alone, ends where a run that nobody killed ends."""
    record_everything(directory)
    for path in FILES:
        assert (directory / path).read_bytes() == (undisturbed / path).read_bytes()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("undisturbed")
    record_everything(directory)
    assert len(keys(directory)) == len(set(keys(directory))) == TOTAL
    assert [line["kind"] for line in lines(directory, REVISIONS)] == ["revision"] * (TOTAL // 9)
    assert [line["state"] for line in lines(directory, STATES)] == ["missing"] * (TOTAL // 11)
    return directory


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(
    "point",
    [
        "commit 1",  # the ledger's tables
        "commit 2",  # the start of the run
        "fsync 1",  # the first lines of articles/
        "fsync 2",  # the directory they are in
        "fsync 4",  # the first lines of copies/
        "fsync 5",
        "fsync 6",
        "commit 3",  # the first batch
        "fsync 7",  # the second: articles/, revisions/, states/
        "fsync 8",
        "fsync 9",  # the directory of revisions/
        "fsync 11",
        "commit 4",
        "fsync 15",  # the third: between articles/ and copies/, which are there
        "commit 5",
    ],
)
def test_killed_at_a_point(point: str, moment: str, tmp_path: Path, undisturbed: Path) -> None:
    name, count = point.split()
    child = start(killing_itself, tmp_path, name, int(count), moment)
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    before = committed(tmp_path)
    assert_the_end(tmp_path, undisturbed)
    after = committed(tmp_path)
    for path, data in before.items():
        assert after[path].startswith(data)


def test_killed_twenty_times_at_random(tmp_path: Path, undisturbed: Path) -> None:
    chance = random.Random(1949)
    kills = 0
    for _ in range(20):
        before = committed(tmp_path)
        receiver, sender = PROCESSES.Pipe(duplex=False)
        child = start(telling, tmp_path, sender)
        sender.close()
        with suppress(EOFError):  # a child that was ready first
            for _ in range(chance.randint(0, 1)):  # so many batches, and then some part of the next
                receiver.recv_bytes()
        time.sleep(chance.random() * 0.005)
        child.kill()
        child.join(60)
        receiver.close()
        kills += child.exitcode == -signal.SIGKILL
        for path, data in committed(tmp_path).items():
            assert data.startswith(before.get(path, b""))
    assert kills >= 10  # or this has tested nothing
    assert_the_end(tmp_path, undisturbed)

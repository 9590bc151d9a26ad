"""A disk that is full or cannot be written, a ledger that is locked, of another release, damaged or empty: the run says
so in one line, and nothing is lost."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from crawler.integrity.check import check
from crawler.restoration.rebuild import rebuild, replace_ledger
from pipelines.schedule import Schedule
from tests.command_line import REPOSITORY
from tests.kills.crawls import SAMPLE, Crawls, Order
from tests.pipelines.examples import contents

CRAWL = ("xinhua", "-a", f"replay={SAMPLE}", "-s", "RECORD_BATCH_SIZE=2", "-s", "LEDGER_TIMEOUT_SECONDS=1")
CRITICAL = re.compile(r"CRITICAL: (.*)")

#: As `scrapy`, where no file may grow beyond so many bytes.
LIMITED = """
import resource, sys
from scrapy.cmdline import execute
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
execute(["scrapy", *sys.argv[2:]])
"""


@dataclass
class Output:
    """An output directory, crawls into it, and where they log."""

    directory: Path
    crawls: Crawls
    log: Path

    @property
    def ledger(self) -> Path:
        return self.directory / "ledger.db"

    def crawl(self, expect: int = 0) -> str:
        """What a run logged that ended so."""
        self.log.unlink(missing_ok=True)
        ended = self.crawls.run(Order([*CRAWL, "-s", f"OUTPUT_DIR={self.directory}"], str(self.log)))
        logged = self.log.read_text()
        assert ended.code == expect, logged[-3000:]
        assert "Traceback" not in logged, logged[-3000:]
        return logged

    def failure(self) -> str:
        """The line by which a run says why it failed; another may say that it has no report for the same reason."""
        line, *others = CRITICAL.findall(self.crawl(expect=1))
        assert all(other.startswith("No run report: ") for other in others), others
        return str(line)


@pytest.fixture(scope="module")
def crawls() -> Iterator[Crawls]:
    with Crawls() as crawls:
        yield crawls


@pytest.fixture(scope="module")
def undisturbed(crawls: Crawls, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a run writes that nothing disturbs."""
    directory = tmp_path_factory.mktemp("undisturbed")
    Output(directory / "output", crawls, directory / "log").crawl()
    found = contents(directory / "output")
    assert found["articles/xinhua.jsonl"].count(b"\n") == 15
    return found


@pytest.fixture
def fresh(crawls: Crawls, tmp_path: Path) -> Output:
    """Nothing was recorded in it."""
    return Output(tmp_path / "output", crawls, tmp_path / "log")


@pytest.fixture
def recorded(fresh: Output) -> Output:
    """A run has recorded in it."""
    fresh.crawl()
    return fresh


@pytest.fixture
def disk(crawls: Crawls, tmp_path: Path) -> Iterator[Output]:
    """On a file system of its own, to be made smaller, larger or read-only."""
    mount = tmp_path / "disk"
    mount.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(mount)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a tmpfs needs root")
    yield Output(mount / "output", crawls, tmp_path / "log")
    subprocess.run(["umount", str(mount)], check=True)


def remount(disk: Output, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(disk.directory.parent)], check=True)


# --- a full disk


@pytest.mark.parametrize("pages", [2, 4, 16, 32, 48, 64, 72, 80, 88])
def test_a_full_disk(pages: int, disk: Output, undisturbed: dict[str, bytes]) -> None:
    remount(disk, f"size={pages * 4096}")
    assert "make room and run again" in disk.failure()
    before = contents(disk.directory)
    remount(disk, "size=4m")
    disk.crawl()
    after = contents(disk.directory)
    assert after == undisturbed
    assert all(after[path].startswith(data) for path, data in before.items())
    assert check(disk.directory).is_whole


@pytest.mark.parametrize("limit", [3_000, 40_000, 90_000])
def test_a_file_that_may_not_grow(limit: int, fresh: Output, undisturbed: dict[str, bytes]) -> None:
    command = [sys.executable, "-c", LIMITED, str(limit), "crawl", *CRAWL, "-s", f"OUTPUT_DIR={fresh.directory}"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "make room and run again" in CRITICAL.findall(done.stderr)[0]
    fresh.crawl()
    assert contents(fresh.directory) == undisturbed


# --- a directory that cannot be written


def test_a_disk_that_is_read_only_from_the_start(disk: Output) -> None:
    remount(disk, "ro")
    assert "Read-only file system" in disk.failure()


def test_a_disk_that_has_become_read_only(disk: Output, undisturbed: dict[str, bytes]) -> None:
    disk.crawl()
    remount(disk, "ro")
    assert "Read-only file system" in disk.failure()
    assert check(disk.directory).is_whole  # it can still be read
    assert contents(disk.directory) == undisturbed


# --- a ledger that cannot be used


@contextmanager
def held_open(output: Output) -> Iterator[None]:
    """Another process, as far as SQLite can tell, writes to the ledger."""
    with closing(sqlite3.connect(output.ledger, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield


def test_a_ledger_that_is_locked(recorded: Output, undisturbed: dict[str, bytes]) -> None:
    with held_open(recorded):
        line = recorded.failure()
    assert "is locked by another process" in line
    assert "LEDGER_TIMEOUT_SECONDS" in line
    recorded.crawl()
    assert contents(recorded.directory) == undisturbed


def of_a_newer_release(ledger: Path) -> None:
    with closing(sqlite3.connect(ledger)) as connection:
        connection.execute("PRAGMA user_version = 99")


def overwritten(ledger: Path) -> None:
    with ledger.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))


def no_database(ledger: Path) -> None:
    with ledger.open("r+b") as file:
        file.write(b"no database, by any means")


def emptied(ledger: Path) -> None:
    ledger.write_bytes(b"")


def of_another_program(ledger: Path) -> None:
    ledger.unlink()
    with closing(sqlite3.connect(ledger)) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")


@pytest.mark.parametrize(
    ("spoil", "cause"),
    [
        (of_a_newer_release, "has version 99"),
        (overwritten, "is damaged"),
        (no_database, "is damaged"),
        (emptied, "the ledger does not know"),
        (of_another_program, "is a database, but no ledger"),
        (Path.unlink, "the ledger does not know"),
    ],
)
def test_a_ledger_that_is_none(
    spoil: Callable[[Path], None], cause: str, recorded: Output, undisturbed: dict[str, bytes]
) -> None:
    spoil(recorded.ledger)
    line = recorded.failure()
    assert cause in line
    assert "scrapy ledger rebuild" in line
    assert contents(recorded.directory) == undisturbed
    assert not check(recorded.directory).is_whole
    rebuild(recorded.directory, "separate", Schedule())
    replace_ledger(recorded.directory)
    recorded.crawl()
    assert contents(recorded.directory) == undisturbed
    assert check(recorded.directory).is_whole

"""Commands that write to all of a record do so while no run does."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.fixtures import FIXTURES
from crawler.verdict import ExitCode
from pipelines.lock import SourceLock
from tests.command_line import scrapy
from tests.pipelines.lives import record_life

REEXTRACT = ("reextract", "--source", "shine", str(FIXTURES / "sample.warc.gz"))


@pytest.mark.parametrize(
    "command",
    [("ledger", "repair"), ("ledger", "rebuild"), (*REEXTRACT, "--apply"), ("deduplicate", "--apply")],
    ids=["repair", "rebuild", "reextract", "deduplicate"],
)
def test_while_a_run_is_under_way(command: tuple[str, ...], tmp_path: Path) -> None:
    record_life(tmp_path)
    with SourceLock(tmp_path, "missions") as lock:
        lock.acquire()
        ended = scrapy(*command, "-s", f"OUTPUT_DIR={tmp_path}", expect=ExitCode.LOCKED)
        assert f"another run of missions holds {tmp_path}/locks/missions.lock: process " in ended.stderr
    scrapy(*command, "-s", f"OUTPUT_DIR={tmp_path}")


@pytest.mark.parametrize("command", [REEXTRACT, ("deduplicate",)], ids=["reextract", "deduplicate"])
def test_what_only_shows_does_not_wait(command: tuple[str, ...], tmp_path: Path) -> None:
    record_life(tmp_path)
    with SourceLock(tmp_path, "missions") as lock:
        lock.acquire()
        scrapy(*command, "-s", f"OUTPUT_DIR={tmp_path}")

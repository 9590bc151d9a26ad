"""Real crawls, killed with SIGKILL at 200 moments, lose nothing that was committed and write nothing twice.

KILLS=20 kills fewer. `python -m tests.kills 1000` kills more.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kills.__main__ import kill
from tests.kills.crawls import SAMPLE, Crawls, Order
from tests.kills.deadly import Point
from tests.kills.states import Tally, Watched

KILLS = int(os.environ.get("KILLS", "200"))


def test_kills(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tally = kill(KILLS, tmp_path)
    with capsys.disabled():
        print(f"\n{tally}")
    assert (tally.lost, tally.doubled, tally.torn) == ([], [], [])
    assert tally.kills.total() == KILLS
    if KILLS >= 100:
        assert {at.partition(",")[0] for at in tally.kills} >= {"commit", "statement", "sync", "time", "write"}


# --- what kills is told from what does not


def replay(directory: Path, log: Path, point: Point | None = None) -> Order:
    arguments = ["ecns", "-a", f"replay={SAMPLE}", "-s", f"OUTPUT_DIR={directory}", "-s", "RECORD_BATCH_SIZE=2"]
    return Order(arguments, str(log), point)


@pytest.fixture(scope="module")
def crawls() -> Iterator[Crawls]:
    with Crawls() as crawls:
        yield crawls


def test_a_crawl_dies_where_it_is_told_to(crawls: Crawls, tmp_path: Path) -> None:
    spared = crawls.run(replay(tmp_path / "spared", tmp_path / "log"))
    assert spared.code in (0, 3)
    assert spared.counts["commit"] > 4
    half = crawls.run(replay(tmp_path / "half", tmp_path / "log", Point("write", 1, "middle")))
    assert half.was_killed
    written = (tmp_path / "half" / "articles" / "ecns.jsonl").read_bytes()
    assert written
    assert not written.endswith(b"\n")
    assert crawls.run(replay(tmp_path / "spared", tmp_path / "log", Point("commit", 99))).code in (0, 3)


def test_what_is_lost_doubled_or_torn_is_seen(crawls: Crawls, tmp_path: Path) -> None:
    directory, other = tmp_path / "output", tmp_path / "other"
    for one in (directory, other):
        crawls.run(replay(one, tmp_path / "log"))
    tally = Tally()
    watched = Watched(directory, tally)
    watched.look("before")
    watched.compare(other, "before")
    assert (tally.lost, tally.doubled, tally.torn) == ([], [], [])
    path = directory / "articles" / "ecns.jsonl"
    _, *rest = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*rest[:-1], rest[0], rest[-1][:40]]))
    watched.look("after")
    assert len(tally.lost) == 1
    assert tally.torn
    path.write_bytes(b"".join([*rest, rest[0]]))
    tally.lost.clear()
    watched.compare(other, "after")
    assert (len(tally.lost), len(tally.doubled)) == (1, 1)

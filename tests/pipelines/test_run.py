"""The pipelines and extensions in real runs of Scrapy, each in a process of its own."""

from __future__ import annotations

import sqlite3
import subprocess
from pathlib import Path

import pytest

from pipelines.ledger_schema import VERSION
from pipelines.recording import Record
from tests.pipelines.examples import MORNING, NOON, article, contents, lines, long_text
from tests.pipelines.runs import ITEMS, command, run


def test_a_run_and_the_same_run_again(tmp_path: Path) -> None:
    first = run(tmp_path, *ITEMS, RECORD_BATCH_SIZE=2)
    output = tmp_path / "output"
    assert [(line["id"], line["revision"]) for line in lines(output, "articles/mfa.jsonl")] == [
        ("mfa:t1", 1),
        ("mfa:t3", 1),
        ("mfa:t1", 2),
    ]
    assert [line["id"] for line in lines(output, "copies/mfa.jsonl")] == ["mfa:t2"]
    assert [(line["document"], line["kind"]) for line in lines(output, "revisions/mfa.jsonl")] == [
        ("mfa:t1", "revision")
    ]
    assert first.failure == "None"
    assert first.report["outcomes"] == {
        "new": 2,
        "revision": 1,
        "unchanged": 0,
        "correction": 0,
        "identical": 1,
        "near": 0,
        "excerpt": 0,
        "mirror-differs": 0,
    }
    before = contents(output)

    second = run(tmp_path, *ITEMS)
    assert contents(output) == before
    assert second.report["outcomes"]["unchanged"] == second.report["articles"] == 4
    assert second.report["files"] == {}
    assert "Dropped" not in second.log


@pytest.mark.parametrize(
    ("size", "seconds", "written"),
    [(1000, 60, (0, 0, 0)), (2, 60, (0, 2, 2)), (1000, 0.001, (1, 2, 3))],
)
def test_a_document_is_known_before_its_batch_is_written(
    size: int, seconds: float, written: tuple[int, int, int], tmp_path: Path
) -> None:
    done = run(tmp_path, *ITEMS[:3], RECORD_BATCH_SIZE=size, RECORD_BATCH_SECONDS=seconds)
    assert done.printed[:3] == [
        f"known mfa:t{number} True written {count}" for number, count in zip((1, 2, 3), written, strict=True)
    ]
    assert done.report["files"] == {"articles/mfa.jsonl": 2, "copies/mfa.jsonl": 1}


def test_a_mirror_that_differs_is_a_problem(tmp_path: Path) -> None:
    mirrored = article(
        url="http://mirror.example.com/t1.htm",
        mirror_of="http://www.example.cn/eng/t1.htm",
        article_body=long_text("tea gardens"),
        date_retrieved=NOON,
    )
    report = run(tmp_path, article(), mirrored).report
    assert report["outcomes"]["mirror-differs"] == 1
    (problem,) = (problem for problem in report["problems"] if problem["code"] == "mirror-differs")
    assert problem["url"] == "http://mirror.example.com/t1.htm"
    assert problem["detail"].startswith("the text of mfa:t1 is sha256:")
    assert len(lines(tmp_path / "output", "articles/mfa.jsonl")) == 1


# failures: the run stops, says why, and leaves its report


def test_a_newer_ledger_stops_the_run_at_its_start(tmp_path: Path) -> None:
    run(tmp_path, article())
    connection = sqlite3.connect(tmp_path / "output" / "ledger.db")
    connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    before = contents(tmp_path / "output")
    stopped = run(tmp_path, article("mfa:t2", "tea gardens"))
    assert stopped.failure.startswith("ledger-too-new: ")
    assert stopped.report["finish_reason"] == "ledger-too-new"
    assert stopped.report["failure"] == stopped.failure
    assert stopped.report["articles"] == 0
    assert contents(tmp_path / "output") == before


def test_a_file_that_lost_lines_stops_the_run_at_its_start(tmp_path: Path) -> None:
    run(tmp_path, article())
    (tmp_path / "output" / "articles" / "mfa.jsonl").write_bytes(b"")
    stopped = run(tmp_path, article("mfa:t2", "tea gardens"))
    assert stopped.report["finish_reason"] == "output-incomplete"
    assert "mfa.jsonl has 0 bytes where" in stopped.failure


@pytest.mark.parametrize("batch_size", [1, 2, 1000])
def test_a_failure_in_the_middle_stops_the_run(batch_size: int, tmp_path: Path) -> None:
    """Met at once, after a while, or only when the spider is closed; one way or the other nothing is half."""
    (tmp_path / "output").mkdir()
    (tmp_path / "output" / "articles").touch()
    items = [article(f"mfa:t{number}", f"ferry {number}") for number in range(5)]
    stopped = run(tmp_path, *items, RECORD_BATCH_SIZE=batch_size, RECORD_BATCH_SECONDS=60)
    assert stopped.failure.startswith("output-error: ")
    assert stopped.failure.endswith("mfa.jsonl: File exists")
    assert stopped.report["finish_reason"] == ("finished" if batch_size == 1000 else "output-error")
    assert stopped.report["failure"] == stopped.failure
    assert stopped.report["articles"] == 0  # nothing was recorded, so nothing is told
    assert stopped.log.count("Recording stops") == 1
    assert "Traceback" not in stopped.log


def test_a_locked_ledger_stops_the_run(tmp_path: Path) -> None:
    other = Record(tmp_path / "output", "ecns")
    other.ledger.begin()
    stopped = run(tmp_path, article(), LEDGER_TIMEOUT_SECONDS=0.1)
    assert stopped.failure.startswith("ledger-locked: ")
    other.abandon()
    assert run(tmp_path, article()).failure == "None"


def test_two_runs_at_once_on_one_directory(tmp_path: Path) -> None:
    """They wait for each other's batches: every document once, every copy linked."""
    directories = []
    for name in ("one", "other"):
        (directory := tmp_path / name).mkdir()
        directories.append(directory)
    shared = {f"ferry {number}" for number in range(40)}
    processes = [
        subprocess.Popen(
            command(
                directory,
                *(article(f"mfa:{directory.name}{subject[6:]}", subject) for subject in sorted(shared)),
                OUTPUT_DIR=tmp_path / "output",
                RECORD_BATCH_SIZE=3,
            ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for directory in directories
    ]
    for process in processes:
        printed, log = process.communicate(timeout=120)
        assert printed.endswith("failure None\n"), log
    articles = lines(tmp_path / "output", "articles/mfa.jsonl")
    copies = lines(tmp_path / "output", "copies/mfa.jsonl")
    assert len(articles) == len(copies) == len(shared)
    assert {line["duplicate_of"] for line in copies} == {line["id"] for line in articles}
    assert {line["date_retrieved"] for line in copies} == {MORNING}
    assert len(list((tmp_path / "output" / "runs").iterdir())) == 2

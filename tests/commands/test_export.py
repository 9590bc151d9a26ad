"""`scrapy export`, as a user calls it."""

from __future__ import annotations

import csv
import io
import os
import resource
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.command_line import REPOSITORY, json_lines, scrapy
from tests.exporting.recorded import DOCUMENTS, FORMULA, LAST_SECOND, LEAD, MIDNIGHT, record
from tests.pipelines.examples import article, record_all


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The record, to be read only."""
    directory = tmp_path_factory.mktemp("recorded")
    record(directory)
    return directory


def export(directory: Path, *arguments: str | Path, expect: int = 0) -> subprocess.CompletedProcess[str]:
    return scrapy("export", *arguments, "-s", f"OUTPUT_DIR={directory}", expect=expect)


def files(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_parquet(recorded: Path, tmp_path: Path) -> None:
    path = tmp_path / "articles.parquet"
    path.write_bytes(b"an older one")
    done = export(recorded, "--parquet", path, "--since", "2022-10-29", "--until", "2022-10-29")
    assert pq.read_table(path).column("id").to_pylist() == [MIDNIGHT, LAST_SECOND]
    assert (done.stdout, done.stderr) == ("", f"{path}: 2 rows; 1 undated left out\n")
    assert files(tmp_path) == ["articles.parquet"]


def test_csv_to_a_file(recorded: Path, tmp_path: Path) -> None:
    path = tmp_path / "articles.csv"
    assert export(recorded, "--csv", path).stderr == f"{path}: 9 rows\n"
    assert path.read_bytes().startswith(b"\xef\xbb\xbfid,url,")
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert [row["id"] for row in csv.DictReader(file)] == DOCUMENTS


def test_csv_to_standard_output(recorded: Path) -> None:
    (row,) = csv.DictReader(io.StringIO(export(recorded, "--csv", "-", "--source", "xinhua").stdout))
    assert row["id"] == FORMULA


def test_json_lines_to_standard_output(recorded: Path) -> None:
    done = export(recorded, "--jsonl", "-", "--unique", "--since", "2022-10-30")
    assert [line["id"] for line in json_lines(done.stdout)] == [LEAD]
    assert done.stderr == "standard output: 1 rows; 1 undated left out\n"


def test_other_kinds(recorded: Path) -> None:
    done = export(recorded, "--jsonl", "-", "--kind", "revisions")
    assert [line["kind"] for line in json_lines(done.stdout)] == ["revision", "correction"]
    assert len(json_lines(export(recorded, "--jsonl", "-", "--all-revisions").stdout)) == len(DOCUMENTS) + 2


def test_a_reader_who_has_seen_enough(recorded: Path) -> None:
    # As `scrapy export … | head -0`: the other end is closed before anything is written.
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "scrapy", "export", "--csv", "-", "-s", f"OUTPUT_DIR={recorded}"]
    done = subprocess.run(command, cwd=REPOSITORY, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("option", ["--parquet", "--csv", "--jsonl"])
def test_a_full_disk_leaves_the_file_that_was_there(recorded: Path, tmp_path: Path, option: str) -> None:
    def limit() -> None:
        # More than SQLite needs, less than the export.
        resource.setrlimit(resource.RLIMIT_FSIZE, (80_000, 80_000))

    directory = tmp_path / "output"
    record_large(directory)
    path = tmp_path / "articles.data"
    path.write_bytes(b"an older one")
    command = [sys.executable, "-m", "scrapy", "export", option, str(path), "-s", f"OUTPUT_DIR={directory}"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False, preexec_fn=limit)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"{path}: File too large\n")
    assert path.read_bytes() == b"an older one"
    assert files(tmp_path) == ["articles.data", "output"]


def record_large(directory: Path) -> None:
    """Documents of half a megabyte that does not compress well."""
    noise = [os.urandom(60_000).hex() for _ in range(4)]
    record_all(directory, *(article(f"mfa:t{number}", article_body=body) for number, body in enumerate(noise)))


def test_parquet_without_pyarrow(recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyarrow.py").write_text("raise ImportError('not installed')", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    done = export(recorded, "--parquet", tmp_path / "articles.parquet", expect=1)
    assert done.stderr == "--parquet needs pyarrow: pip install 'readouts[export]'\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "one of the arguments --parquet --csv --jsonl is required"),
        (("--csv", "a.csv", "--jsonl", "a.jsonl"), "not allowed with argument"),
        (("--parquet", "-"), "--parquet -: Parquet needs a file"),
        (("--csv", "-", "--since", "yesterday"), "--since yesterday is no day"),
        (("--csv", "-", "--since", "2022-10-02", "--until", "2022-10-01"), "--until 2022-10-01 is before"),
        (("--csv", "-", "--source", "mfa,gazette"), "--source gazette: no such source"),
        (("--csv", "-", "--kind", "states", "--unique"), "not for --kind states"),
        (("--csv", "-", "--all-revisions", "--unique"), "choose one"),
        (("--csv", "-", "mfa"), "mfa: what is it?"),
    ],
)
def test_wrong_arguments(recorded: Path, arguments: tuple[str, ...], said: str) -> None:
    assert said in export(recorded, *arguments, expect=2).stderr


def test_nothing_recorded(tmp_path: Path) -> None:
    assert "nothing was recorded there yet" in export(tmp_path, "--csv", "-", expect=2).stderr


def test_where_no_file_can_be(recorded: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in recorded.rglob("*.jsonl")}
    for path, said in (
        (tmp_path, "is no file"),
        (Path(os.devnull), "is no file"),
        (recorded / "articles" / "mfa.jsonl", "is where the record itself is kept"),
        (recorded / "ledger.db", "is where the record itself is kept"),
    ):
        assert export(recorded, "--jsonl", path, expect=1).stderr == f"{path} {said}\n"
    missing = tmp_path / "no" / "a.jsonl"
    assert export(recorded, "--jsonl", missing, expect=1).stderr == f"{missing}: No such file or directory\n"
    assert {path: path.read_bytes() for path in recorded.rglob("*.jsonl")} == before

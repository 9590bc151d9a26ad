"""What can be wrong with an output directory."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from crawler.diagnosis import premises
from crawler.diagnosis.examination import Ailment, Examination
from crawler.diagnosis.premises import disk_trouble, examine_premises, last_recorded
from pipelines.ledger_schema import VERSION
from tests.pipelines.examples import article, record_all


def ailments(examination: Examination) -> list[Ailment]:
    return [diagnosis.ailment for diagnosis in examination.diagnoses]


def test_a_directory_that_is_fine(tmp_path: Path) -> None:
    record_all(tmp_path, article())
    examination = examine_premises(tmp_path)
    assert examination.is_healthy
    assert "the ledger" in examination.checked


def test_a_directory_that_is_not_there_yet(tmp_path: Path) -> None:
    examination = examine_premises(tmp_path / "new" / "output")
    assert examination.is_healthy
    assert examination.notes == ["It does not exist yet: nothing was recorded there."]
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "output").touch()
    assert ailments(examine_premises(tmp_path / "output")) == [Ailment.OUTPUT_ERROR]


def test_a_damaged_ledger(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"no database" * 100)
    (diagnosis,) = examine_premises(tmp_path).diagnoses
    assert diagnosis.ailment == Ailment.LEDGER_DAMAGED
    assert "scrapy ledger" in diagnosis.advice


def test_a_ledger_of_a_newer_release(tmp_path: Path) -> None:
    record_all(tmp_path, article())
    connection = sqlite3.connect(tmp_path / "ledger.db")
    connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    assert ailments(examine_premises(tmp_path)) == [Ailment.LEDGER_TOO_NEW]


def test_a_ledger_that_somebody_works_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(premises, "_LOCKED_SECONDS", 0.1)
    record_all(tmp_path, article())
    connection = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    assert ailments(examine_premises(tmp_path)) == [Ailment.LEDGER_LOCKED]
    connection.close()


def test_a_file_that_was_cut(tmp_path: Path) -> None:
    record_all(tmp_path, article())
    path = tmp_path / "articles" / "mfa.jsonl"
    committed = path.stat().st_size
    path.write_bytes(path.read_bytes()[:-7])
    (diagnosis,) = examine_premises(tmp_path).diagnoses
    assert diagnosis.ailment == Ailment.OUTPUT_INCOMPLETE
    assert diagnosis.evidence == (f"articles/mfa.jsonl has {committed - 7} bytes, {committed} are committed",)


def test_a_disk_that_is_nearly_full(tmp_path: Path) -> None:
    (diagnosis,) = disk_trouble(tmp_path, 120_000_000)
    assert diagnosis.ailment == Ailment.DISK_FULL
    assert diagnosis.evidence[0].startswith("0.12 GB are free")
    assert list(disk_trouble(tmp_path, 20_000_000_000)) == []


def test_the_articles_recorded_last(tmp_path: Path) -> None:
    record_all(tmp_path, *(article(f"mfa:t{number}", article_body=f"Text {number}.") for number in range(50)))
    with (tmp_path / "articles" / "mfa.jsonl").open("ab") as file:
        file.write(b'{"id": "mfa:t51", "url')  # a run is writing it
    recorded = last_recorded(tmp_path, "mfa")
    assert [one["id"] for one in recorded[:2]] == ["mfa:t49", "mfa:t48"]
    assert len(recorded) == 29
    assert last_recorded(tmp_path, "ecns") == []

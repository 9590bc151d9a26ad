"""`scrapy ledger check`, `repair` and `rebuild`: what they print, and how they exit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command_line import scrapy
from tests.pipelines.examples import article, contents, record_all
from tests.pipelines.lives import record_life


@pytest.fixture
def life(tmp_path: Path) -> Path:
    record_life(tmp_path)
    return tmp_path


def ledger(directory: Path, *arguments: str, expect: int = 0) -> tuple[str, str]:
    """What was printed, and what was said on standard error."""
    done = scrapy("ledger", *arguments, "-s", f"OUTPUT_DIR={directory}", expect=expect)
    return done.stdout, done.stderr


def test_check_of_a_whole_record(life: Path) -> None:
    shown, _ = ledger(life, "check")
    first, *_, last = shown.splitlines()
    assert first == "1 documents, 3 texts, 5 captures, 3 files, 10 lines"
    assert last == "The record is whole."


def test_check_names_what_is_wrong(life: Path) -> None:
    path = life / "states" / "mfa.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"gone"', b'"gore"', 1))
    shown, _ = ledger(life, "check", expect=1)
    assert "WRONG line-damaged: 1\n  states/mfa.jsonl at byte " in shown
    assert "can only come from a backup" in shown
    described = json.loads(ledger(life, "check", "--json", expect=1)[0])
    assert described["whole"] is False
    assert described["faults"]["line-damaged"]["count"] == 1
    assert described["seen"]["lines"] == 10


def test_repair(life: Path) -> None:
    whole = contents(life)
    with (life / "states" / "mfa.jsonl").open("ab") as file:
        file.write(b'{"document": "mfa:t1", "sou')
    shown, _ = ledger(life, "repair")
    assert "cut 27 uncommitted bytes off states/mfa.jsonl" in shown
    assert shown.endswith("The record is whole.\n")
    assert contents(life) == whole


def test_repair_says_what_it_cannot(life: Path) -> None:
    (life / "states" / "mfa.jsonl").unlink()
    _, said = ledger(life, "repair", expect=1)
    (line,) = [line for line in said.splitlines() if "committed" in line]
    assert "states/mfa.jsonl has 0 bytes where" in line
    assert "`scrapy ledger rebuild`" in line


def test_rebuild(life: Path) -> None:
    whole = contents(life)
    (life / "ledger.db").unlink()
    assert "WRONG ledger-missing: 1" in ledger(life, "check", expect=1)[0]
    shown, _ = ledger(life, "rebuild")
    assert shown.startswith("restored: 1 documents, 3 texts, ")
    assert "Not restored: " in shown
    assert shown.endswith("The new ledger is ledger.db.rebuilt; --apply puts it in the place of ledger.db.\n")
    assert not (life / "ledger.db").exists()
    shown, _ = ledger(life, "rebuild", "--apply")
    assert shown.endswith("ledger.db is the new one.\n")
    assert "The record is whole." in ledger(life, "check")[0]
    assert record_all(life, article("mfa:t2", "tea gardens")) == ["new"]
    after = contents(life)
    assert after.pop("articles/mfa.jsonl").startswith(whole.pop("articles/mfa.jsonl"))
    assert after == whole


def test_the_old_ledger_is_kept(life: Path) -> None:
    old = (life / "ledger.db").read_bytes()
    shown, _ = ledger(life, "rebuild", "--apply")
    (kept,) = life.glob("ledger.db.before-*")
    assert f"the old one is {kept.name}." in shown
    assert len(kept.read_bytes()) == len(old)


def test_a_draft_that_does_not_fit_the_lines_replaces_nothing(life: Path) -> None:
    old = (life / "ledger.db").read_bytes()
    (life / "articles" / "mfa.jsonl").write_bytes(b"")
    shown, _ = ledger(life, "rebuild", "--apply", expect=1)
    assert "states/mfa.jsonl: 4 lines tell of documents of which there is no text" in shown
    assert shown.endswith("ledger.db.rebuilt cannot replace ledger.db.\n")
    assert (life / "ledger.db").read_bytes() == old


def test_nothing_was_recorded(tmp_path: Path) -> None:
    for action in ("check", "repair", "rebuild"):
        _, said = ledger(tmp_path / "nowhere", action, expect=1)
        assert said.strip().endswith("nowhere does not exist: nothing was recorded there")


def test_one_of_three() -> None:
    done = scrapy("ledger", "mend", expect=2)
    assert "one of check, repair, rebuild" in done.stderr

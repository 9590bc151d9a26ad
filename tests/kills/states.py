"""What an output directory holds after a kill, and whether that is what it may hold."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from crawler.integrity.check import check
from crawler.integrity.ledger_file import opened_for_reading
from pipelines.output import KINDS

#: What differs between two runs that met the same pages at different times, in a line or in a side of a change.
_OF_THE_VISIT = frozenset(("capture", "date", "date_retrieved", "last_seen"))


@dataclass
class Tally:
    """How many kills there were, by what they were at, and what they did. `lost` counts committed bytes or lines that
    were not there afterwards, `doubled` lines that stand twice, `torn` whatever was not whole, with what it was."""

    kills: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        counts = f"{len(self.lost)} lost, {len(self.doubled)} doubled, {len(self.torn)} torn"
        return f"{self.kills.total()} kills: {counts}"


class Watched:
    """An output directory while runs on it are killed."""

    def __init__(self, directory: Path, tally: Tally) -> None:
        self.directory = directory
        self._tally = tally
        self._committed: dict[str, bytes] = {}

    def look(self, when: str) -> None:
        """After a kill, or a run: all that was committed before is there, and what is there is whole."""
        committed = self._read_committed()
        for path, data in self._committed.items():
            if not committed.get(path, b"").startswith(data):
                self._tally.lost.append(f"{when}: {path} of {len(data)} bytes")
        self._committed = committed
        if (self.directory / "ledger.db").exists() and committed:
            findings = check(self.directory)
            self._tally.torn += [f"{when}: {code} {findings.examples[code]}" for code in findings.faults]

    def look_at_the_end(self, when: str) -> None:
        """After a run that nobody killed: nothing is left open or half done, and others can read the archive."""
        self.look(when)
        findings = check(self.directory)
        self._tally.torn += [
            f"{when}: {code} {findings.examples[code]}" for code in findings.notes if code != "captures-elsewhere"
        ]
        left = [
            str(path)
            for pattern in ("*.open", "*-wal")
            for path in self.directory.rglob(pattern)
            if path.stat().st_size
        ]
        self._tally.torn += [f"{when}: {path} is left" for path in left]
        if message := _warcio(self.directory):
            self._tally.torn.append(f"{when}: warcio says {message}")

    def compare(self, undisturbed: Path, when: str) -> None:
        """All lines are those of a run that nobody killed, each once."""
        here, there = lines(self.directory), lines(undisturbed)
        self._tally.lost += [f"{when}: {line}" for line in (there - here).elements()]
        self._tally.doubled += [f"{when}: {line}" for line in (here - there).elements()]

    def _read_committed(self) -> dict[str, bytes]:
        path = self.directory / "ledger.db"
        if not path.exists() or not path.stat().st_size:
            return {}
        with opened_for_reading(path) as connection:
            if not connection.execute("PRAGMA user_version").fetchone()[0]:
                return {}
            lengths = connection.execute("SELECT path, length FROM files").fetchall()
        return {name: _first(self.directory / name, length) for name, length in lengths}


def _first(path: Path, length: int) -> bytes:
    return path.read_bytes()[:length] if path.exists() else b""


def lines(directory: Path) -> Counter[str]:
    """Every line of an output directory, without what depends on when the pages were met."""
    return Counter(
        f"{kind} {_told(line)}"
        for kind in KINDS
        for path in (directory / kind).glob("*.jsonl")
        for line in path.read_bytes().splitlines()
    )


def _told(line: bytes) -> str:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        return f"no JSON: {line!r}"
    return orjson.dumps(_without_visit(row), option=orjson.OPT_SORT_KEYS).decode()


def _without_visit(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_visit(part) for name, part in value.items() if name not in _OF_THE_VISIT}
    return value


def _warcio(directory: Path) -> str:
    files = sorted(str(path) for path in (directory / "archive").rglob("*.warc.gz"))
    if not files:
        return ""
    command = [str(Path(sys.executable).with_name("warcio")), "check", *files]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    return done.stdout + done.stderr if done.returncode or done.stdout else ""

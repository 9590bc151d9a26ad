"""One index at one size, in a process of its own: `python -m benchmarks.ledger_scale_process NAME SIZE DIRECTORY STEP`.

STEP `build` fills what lives on disk, STEP `measure` opens or fills it and prints CPU milliseconds as JSON.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from benchmarks.duplicates import read_articles
from benchmarks.pages import collection
from pipelines.anchor_table import ANCHORS, AnchorTable
from pipelines.shingles import anchors, shingles

#: What a wire has (9.0 on average over those of Xinhua).
_ANCHORS = 9
_PERMUTATIONS, _THRESHOLD = 128, 0.8
_LENGTHS = (6_000, 8_000)
_MEASURED, _BATCH = 1_000, 100
#: Known texts are entered in so large runs, sorted, as a rebuild of the ledger does it.
_RUN = 50_000


class Index(Protocol):
    """What holds `size` texts."""

    def open(self) -> None:
        """Make ready what `build` left, or build it."""

    def fingerprint(self, text: str) -> Any:
        """What a text is known by."""

    def enter(self, number: int, fingerprint: Any) -> None:
        """Look a text up, then enter one like it under a new number."""


class Ledger:
    """This project's table of anchors, in a file."""

    def __init__(self, size: int, directory: Path) -> None:
        self._size = size
        self._path = directory / "ledger.db"
        self._random = np.random.default_rng(size)

    def build(self) -> None:
        connection = self._connect()
        for statement in ANCHORS:
            connection.execute(statement)
        connection.execute("BEGIN")
        for start in range(0, self._size, _RUN):
            count = min(_RUN, self._size - start)
            values = self._drawn(count * _ANCHORS)
            texts = np.repeat(np.arange(start, start + count), _ANCHORS)
            order = np.argsort(values)
            rows = zip(values[order].tolist(), texts[order].tolist(), strict=True)
            connection.executemany("INSERT OR IGNORE INTO anchors VALUES (?, ?)", rows)
            known = ((text, _ANCHORS) for text in range(start, start + count))
            connection.executemany("INSERT INTO anchored_texts VALUES (?, ?)", known)
        connection.execute("COMMIT")
        connection.close()

    def open(self) -> None:
        self._connection = self._connect()
        self._table = AnchorTable(lambda statement, *given: self._connection.execute(statement, given).fetchall())
        self._table.candidates([0])
        self._random = np.random.default_rng()

    def fingerprint(self, text: str) -> list[int]:
        return anchors(shingles(text))

    def enter(self, number: int, fingerprint: list[int]) -> None:
        if not self._connection.in_transaction:
            self._connection.execute("BEGIN IMMEDIATE")
        drawn = self._drawn(_ANCHORS).tolist()
        self._table.candidates(drawn)
        self._table.add(self._size + number, drawn)
        if number % _BATCH == _BATCH - 1:
            self._connection.execute("COMMIT")

    def _drawn(self, count: int) -> np.typing.NDArray[np.int64]:
        return self._random.integers(-(1 << 47), 1 << 47, count)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        return connection


class Datasketch:
    """`datasketch.MinHashLSH` in memory."""

    def __init__(self, size: int, _: Path) -> None:
        self._library: Any = import_module("datasketch")
        self._size = size
        self._random = np.random.default_rng(size)

    def open(self) -> None:
        self._index = self._library.MinHashLSH(threshold=_THRESHOLD, num_perm=_PERMUTATIONS)
        for number in range(self._size):
            self._index.insert(number, self._drawn(), check_duplication=False)

    def fingerprint(self, text: str) -> Any:
        signature = self._library.MinHash(num_perm=_PERMUTATIONS, scheme="affine32")
        signature.update_batch([run.encode() for run in _runs(text)])
        return signature

    def enter(self, number: int, fingerprint: Any) -> None:
        self._index.query(fingerprint)
        self._index.insert(self._size + number, self._drawn())

    def _drawn(self) -> Any:
        values = self._random.integers(0, 1 << 32, _PERMUTATIONS, dtype=np.uint64)
        return self._library.MinHash(num_perm=_PERMUTATIONS, hashvalues=values, scheme="affine32")


class Rensa:
    """`rensa.RMinHashLSH` in memory."""

    _BANDS = 16

    def __init__(self, size: int, _: Path) -> None:
        self._library: Any = import_module("rensa")
        self._size = size
        self._random = np.random.default_rng(size)

    def open(self) -> None:
        self._index = self._library.RMinHashLSH(_THRESHOLD, _PERMUTATIONS, self._BANDS)
        for number in range(self._size):
            self._index.insert(number, self._drawn())

    def fingerprint(self, text: str) -> Any:
        signature = self._library.RMinHash(num_perm=_PERMUTATIONS, seed=1)
        signature.update(_runs(text))
        return signature

    def enter(self, number: int, fingerprint: Any) -> None:
        self._index.query(fingerprint)
        self._index.insert(self._size + number, self._drawn())

    def _drawn(self) -> Any:
        signature = self._library.RMinHash(num_perm=_PERMUTATIONS, seed=1)
        signature.update(self._random.bytes(8))
        return signature


INDEXES: dict[str, tuple[str, Callable[[int, Path], Any]]] = {
    "readouts": ("pipelines", Ledger),
    "datasketch, in memory": ("datasketch", Datasketch),
    "rensa, in memory": ("rensa", Rensa),
}


def missing() -> list[str]:
    """Those that are not installed."""
    return [name for name, (module, _) in INDEXES.items() if find_spec(module) is None]


def main() -> None:
    """Do what the command line says."""
    name, size, directory, step = sys.argv[1:]
    index = INDEXES[name][1](int(size), Path(directory))
    if step == "build":
        if hasattr(index, "build"):
            index.build()
        return
    texts = _texts()
    before = _memory()
    started = time.perf_counter()
    index.open()
    opened = time.perf_counter() - started
    print(json.dumps(_measured(index, texts) | {"opened": 1e3 * opened} | _sizes(Path(directory), before)))


def _measured(index: Index, texts: list[str]) -> dict[str, float]:
    """CPU milliseconds a text: in all, and for the fingerprint alone. Texts beyond the last are the first again."""
    for text in texts[:10]:
        index.fingerprint(text)
    fingerprints, total = 0.0, 0.0
    for number in range(_MEASURED):
        start = time.process_time()
        fingerprint = index.fingerprint(texts[number % len(texts)])
        middle = time.process_time()
        index.enter(number, fingerprint)
        total += time.process_time() - start
        fingerprints += middle - start
    return {"total": 1e3 * total / _MEASURED, "fingerprint": 1e3 * fingerprints / _MEASURED}


def _sizes(directory: Path, before: float) -> dict[str, float]:
    on_disk = sum(path.stat().st_size for path in directory.iterdir() if path.suffix == ".db")
    return {"on_disk": on_disk / 1e6, "in_memory": _memory() - before}


def _memory() -> float:
    """Resident megabytes of this process; Linux only."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


def _texts() -> list[str]:
    """Texts of about 7 KB, of the first archive that holds any; else of any length."""
    bodies: list[str] = []
    for archive in collection().archives.values():
        bodies = [article.article_body for article in read_articles(archive)]
        if chosen := [body for body in bodies if _LENGTHS[0] < len(body) < _LENGTHS[1]]:
            return chosen
    return bodies


def _runs(text: str) -> list[str]:
    words = text.lower().split()
    return [" ".join(words[start : start + 5]) for start in range(max(1, len(words) - 4))]


if __name__ == "__main__":
    main()

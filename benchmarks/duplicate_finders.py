"""What finds duplicates: this project and others, each with the settings it is usually run with."""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol

from pipelines.anchor_table import ANCHORS, AnchorTable
from pipelines.shingles import Shingles, anchors, shingles
from pipelines.similarity import decide

_WORD = re.compile(r"\w+")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
#: Words (Chinese: characters) of a shingle, as datatrove has it.
_SHINGLE = 5


class Finder(Protocol):
    """Knows the texts it was given, by id."""

    def add(self, document: str, text: str) -> None:
        """Remember a text."""

    def find(self, text: str) -> dict[str, str]:
        """The documents a text is a copy of, with the relation; who knows but one relation says `near`."""


class Readouts:
    """This project: candidates from the ledger's table of anchors, then the exact comparison."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect(":memory:", isolation_level=None)
        for statement in ANCHORS:
            self._connection.execute(statement)
        self._table = AnchorTable(
            lambda statement, *parameters: self._connection.execute(statement, parameters).fetchall()
        )
        self._texts: list[tuple[str, Shingles]] = []
        self.candidates = 0
        self.lookups = 0

    def add(self, document: str, text: str) -> None:
        known = shingles(text)
        self._table.add(len(self._texts), anchors(known))
        self._texts.append((document, known))

    def find(self, text: str) -> dict[str, str]:
        sought = shingles(text)
        self.lookups += 1
        found = {}
        for candidate in self._table.candidates(anchors(sought)):
            self.candidates += 1
            document, known = self._texts[candidate.text]
            if (decision := decide(sought, known)) is not None:
                found[document] = str(decision.relation)
        return found


class Datasketch:
    """`datasketch.MinHashLSH` with 128 permutations."""

    def __init__(self, threshold: float) -> None:
        self._library: Any = import_module("datasketch")
        self._index = self._library.MinHashLSH(threshold=threshold, num_perm=128)

    def add(self, document: str, text: str) -> None:
        self._index.insert(document, self._signature(text))

    def find(self, text: str) -> dict[str, str]:
        return dict.fromkeys(self._index.query(self._signature(text)), "near")

    def _signature(self, text: str) -> Any:
        signature = self._library.MinHash(num_perm=128)
        signature.update_batch([shingle.encode() for shingle in _runs(text)])
        return signature


class Simhash:
    """`simhash.SimhashIndex`: 64 bits, of which three may differ."""

    def __init__(self) -> None:
        self._library: Any = import_module("simhash")
        self._index = self._library.SimhashIndex([], k=3)

    def add(self, document: str, text: str) -> None:
        self._index.add(document, self._library.Simhash(_runs(text)))

    def find(self, text: str) -> dict[str, str]:
        return dict.fromkeys(self._index.get_near_dups(self._library.Simhash(_runs(text))), "near")


class Datatrove:
    """The settings of datatrove's MinHash: 14 buckets of 8 hashes over runs of 5 words. The hashes are rensa's."""

    _BUCKETS, _HASHES = 14, 8

    def __init__(self) -> None:
        self._library: Any = import_module("rensa")
        self._buckets: defaultdict[tuple[int, ...], list[str]] = defaultdict(list)

    def add(self, document: str, text: str) -> None:
        for bucket in self._signature(text):
            self._buckets[bucket].append(document)

    def find(self, text: str) -> dict[str, str]:
        return {document: "near" for bucket in self._signature(text) for document in self._buckets.get(bucket, ())}

    def _signature(self, text: str) -> Iterator[tuple[int, ...]]:
        minhash = self._library.RMinHash(num_perm=self._BUCKETS * self._HASHES, seed=1)
        minhash.update(_runs(text))
        digest = minhash.digest()
        for bucket in range(self._BUCKETS):
            yield (bucket, *digest[bucket * self._HASHES : (bucket + 1) * self._HASHES])


#: By name: the module it needs, and how to make it.
_FINDERS: dict[str, tuple[str, Callable[[], Finder]]] = {
    "readouts": ("pipelines", Readouts),
    "datasketch, 0.9 (its default)": ("datasketch", lambda: Datasketch(0.9)),
    "datasketch, 0.5 (its documentation)": ("datasketch", lambda: Datasketch(0.5)),
    "simhash, 3 bits of 64": ("simhash", Simhash),
    "datatrove's 14 x 8": ("rensa", Datatrove),
}


def finders() -> dict[str, Finder]:
    """Those that are installed, empty."""
    return {name: make() for name, (module, make) in _FINDERS.items() if find_spec(module) is not None}


def missing() -> list[str]:
    """Those that are not installed."""
    return [name for name, (module, _) in _FINDERS.items() if find_spec(module) is None]


def _runs(text: str) -> list[str]:
    words = (_CHINESE if len(_CHINESE.findall(text)) > len(text) / 4 else _WORD).findall(text.lower())
    return [" ".join(words[start : start + _SHINGLE]) for start in range(max(1, len(words) - _SHINGLE + 1))]

"""Makes a process kill itself with SIGKILL at the n-th of what it does to its disk."""

from __future__ import annotations

import io
import os
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pipelines.ledger import Ledger

#: Functions of `os`, and what each counts as. A `name` is a file renamed, linked or removed, or a directory made.
_OF_OS = {
    "fsync": "sync",
    "ftruncate": "cut",
    "truncate": "cut",
    "rename": "name",
    "replace": "name",
    "link": "name",
    "unlink": "name",
    "mkdir": "name",
}


@dataclass(frozen=True)
class Point:
    """The `count`-th of a kind, `before` it is done, `after` it, or in the `middle` of a write, half of it written."""

    kind: str
    count: int
    moment: str = "before"


class Deadly:
    """Counts what a process does by kind: `write`, `cut`, `sync`, `name`, `statement` (of SQL) and `commit`. Kills it
    at the point, if there is one."""

    def __init__(self, point: Point | None) -> None:
        self._point = point
        self.counts: Counter[str] = Counter()

    def arm(self) -> None:
        """Counts in this process from now on."""
        for name, kind in _OF_OS.items():
            setattr(os, name, self._counted(kind, getattr(os, name)))
        write, open_file, query = os.write, io.open, Ledger._query
        counted_statement, counted_commit = self._counted("statement", query), self._counted("commit", query)

        def counted_write(descriptor: int, data: Any) -> Any:
            return self.write(data, lambda octets: write(descriptor, octets))

        def counted_open(file: Any, mode: str = "r", buffering: int = -1, *others: Any, **named: Any) -> Any:
            # So are the JSON Lines written, and nothing else.
            if buffering == 0 and mode in ("xb", "r+b"):
                return _DeadlyFile(self, file, mode.replace("b", ""))
            return open_file(file, mode, buffering, *others, **named)

        def counted_query(ledger: Ledger, statement: str, *parameters: object) -> Any:
            return (counted_commit if statement == "COMMIT" else counted_statement)(ledger, statement, *parameters)

        for owner, name, function in (
            (os, "write", counted_write),
            (io, "open", counted_open),
            (Ledger, "_query", counted_query),
        ):
            setattr(owner, name, function)

    def write(self, data: Any, write: Callable[[Any], Any]) -> Any:
        """Writes, or dies."""
        if self._is_reached("write", "middle"):
            write(data[: len(data) // 2])
            _die()
        return self._counted("write", write)(data)

    def _counted(self, kind: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **named: Any) -> Any:
            if self._is_reached(kind, "before"):
                _die()
            result = function(*arguments, **named)
            if self._is_reached(kind, "after"):
                _die()
            self.counts[kind] += 1
            return result

        return counted

    def _is_reached(self, kind: str, moment: str) -> bool:
        return self._point == Point(kind, self.counts[kind] + 1, moment)


class _DeadlyFile(io.FileIO):
    """A file without a buffer."""

    def __init__(self, deadly: Deadly, path: Any, mode: str) -> None:
        super().__init__(path, mode)
        self._deadly = deadly

    def write(self, data: Any) -> Any:
        return self._deadly.write(data, super().write)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)

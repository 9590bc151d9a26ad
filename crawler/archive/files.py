"""WARC files by their names: which files are some, and what they are called once they are closed."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable
from pathlib import Path

from crawler.archive.record import WarcFile
from crawler.archive.writer import OPEN
from crawler.extraction.problem import Code, Problem

_WARC = re.compile(rf"\.warc(?:\.gz|\.zst)?(?:{re.escape(OPEN)})?\Z", re.IGNORECASE)


def is_warc(path: Path) -> bool:
    """Whether a file is called as a WARC file is, closed or still in progress."""
    return _WARC.search(path.name) is not None


def final_name(path: WarcFile) -> str:
    """The name of a WARC file as captures name it, whether or not it is still in progress."""
    return path.name.removesuffix(OPEN)


def warc_files(patterns: Iterable[str]) -> tuple[list[Path], list[Problem]]:
    """The files that paths, globs and directories name, each once, in the order of their naming; of a directory all
    WARC files below it, by name. And a Problem `unreadable-file` for each that names none."""
    found: dict[Path, None] = {}
    problems = []
    for pattern in patterns:
        files = [file for path in _matches(pattern) for file in _below(path)]
        if not files:
            problems.append(Problem(Code.UNREADABLE_FILE, pattern, "no WARC file there"))
        found |= dict.fromkeys(files)
    return list(found), problems


def _matches(pattern: str) -> list[Path]:
    return [Path(path) for path in sorted(glob.glob(pattern))] or [Path(pattern)]  # noqa: PTH207  absolute too


def _below(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(one for one in path.rglob("*") if is_warc(one) and one.is_file())
    return [path] if path.is_file() else []

"""Running `scrapy` as a user does, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[1]


def scrapy(*arguments: str | Path, expect: int = 0) -> subprocess.CompletedProcess[str]:
    """Run a command of the project; its exit code must be `expect`, and it must not print a traceback."""
    command = [sys.executable, "-W", "error::DeprecationWarning:crawler", "-m", "scrapy", *map(str, arguments)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == expect, f"exit {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}"
    assert "Traceback" not in done.stderr, done.stderr[-6000:]
    return done


def json_lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def written(directory: Path, kind: str, source: str) -> list[dict[str, Any]]:
    """The lines of `articles/SOURCE.jsonl` or `copies/SOURCE.jsonl`."""
    path = directory / kind / f"{source}.jsonl"
    return json_lines(path.read_text(encoding="utf-8")) if path.exists() else []


def report(directory: Path) -> dict[str, Any]:
    """The newest run report."""
    newest = max((directory / "runs").glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    return dict(json.loads(newest.read_text(encoding="utf-8")))

"""What a text costs on a small and on a large ledger: CPU, time to open, bytes on disk and in memory.

The known texts are synthetic: anchors, for the others signatures, drawn at random. The texts measured are real, of
about 7 KB each, and their fingerprint is part of the cost; what is looked up and entered for each is drawn again, as
much as for a known one. Every index lives in a process of its own (`ledger_scale_process.py`).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.ledger_scale_process import INDEXES, missing

_SIZES = (10_000, 100_000, 1_000_000)
#: What costs too long, or needs too much memory, to be built at these sizes.
_TOO_LARGE = {"datasketch, in memory": 100_000}
_AIM_MILLISECONDS = 0.35


def run(console: Console) -> None:
    """Measure and print. Nothing is written outside a temporary directory."""
    table = Table(title="Fingerprint of a 7 KB text, look-up and entry")
    table.add_column("")
    for column in ("texts", "CPU, ms a text", "of it fingerprint", "opened, ms", "MB on disk", "MB in memory"):
        table.add_column(column, justify="right")
    largest = 0.0
    for name in INDEXES:
        for size in _SIZES:
            if name in missing() or size > _TOO_LARGE.get(name, size):
                continue
            found = _measured(name, size)
            table.add_row(name, f"{size:,}", *(f"{found[key]:.2f}" for key in found))
            if name == "readouts":
                largest = found["total"]
    console.print("[bold]ledger scale[/bold]")
    console.print(table)
    met = "met" if largest <= _AIM_MILLISECONDS else "NOT met"
    console.print(f"Aim at most {_AIM_MILLISECONDS} ms a text on the largest ledger: {met} ({largest:.2f}).")
    if missing():
        console.print(f"Not installed, not measured: {', '.join(missing())} (make bench installs them).")


def _measured(name: str, size: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as directory:
        command = [sys.executable, "-m", "benchmarks.ledger_scale_process", name, str(size), directory]
        for step in ("build", "measure"):
            done = subprocess.run([*command, step], check=True, capture_output=True, cwd=Path(__file__).parents[1])
        measured: dict[str, Any] = json.loads(done.stdout)
        return measured

"""A piece of Python in a process of its own that may use so much memory and processor time, and no more."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
MEGABYTE = 2**20
#: The kernel kills a process that goes on beyond this many seconds of processor time.
CPU_SECONDS = 30

_BEFORE = """
import json, os, resource, sys
resource.setrlimit(resource.RLIMIT_CPU, ({cpu}, {cpu}))
resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
"""
#: Not `ru_maxrss`, which a process takes over from the one that starts it.
_AFTER = """
with open("/proc/self/status") as status:
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) * 1024
print(json.dumps([result, peak, sum(os.times()[:2])]))
"""


@dataclass(frozen=True)
class Finished:
    """What the piece left in its variable `result`, the most memory it held at a time, and its processor time."""

    result: Any
    peak_bytes: int
    seconds: float


def run_limited(piece: str, *arguments: str, memory: int = 2048 * MEGABYTE, cpu: int = CPU_SECONDS) -> Finished:
    """Run it with `sys.argv[1:]` as given. It is an error that it fails, or is killed by its limits."""
    script = _BEFORE.format(cpu=cpu, memory=memory) + piece + _AFTER
    finished = subprocess.run(
        [sys.executable, "-c", script, *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, f"exit {finished.returncode}\n{finished.stderr}"
    return Finished(*json.loads(finished.stdout))

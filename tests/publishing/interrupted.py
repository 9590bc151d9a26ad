"""A publication that ends before it is done: `python -m tests.publishing.interrupted DIRECTORY TARGET HOW CHUNK`.

HOW is `kill`, for SIGKILL, or `fail`, for an error; that happens when so many chunks were copied.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from itertools import count
from pathlib import Path

from crawler.publishing.finished import FinishedFile
from crawler.publishing.publication import Publication
from crawler.publishing.target import Target
from pipelines.failure import OutputError


def interrupt(directory: Path, target: str, how: str, chunk: int) -> None:
    """Runs one, and sees to it that it ended as it should."""
    command = [sys.executable, "-m", __name__, str(directory), target, how, str(chunk)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    expected = (-signal.SIGKILL, "") if how == "kill" else (0, "OutputError\n")
    assert (done.returncode, done.stdout) == expected, done.stderr


def _main(directory: str, target: str, how: str, chunk: str) -> None:
    copied = count(1)

    def progress(file: FinishedFile, size: int) -> None:
        if next(copied) < int(chunk):
            return
        if how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        raise OutputError(file.path)

    try:
        Publication(Path(directory), Target(target)).copy(progress)
    except OutputError as error:
        print(type(error).__name__)


if __name__ == "__main__":
    _main(*sys.argv[1:])

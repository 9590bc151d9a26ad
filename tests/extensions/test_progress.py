"""On a terminal: a real pseudo-terminal as the standard error of a real run."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

from tests.pipelines.runs import ITEMS, command, run


def on_a_terminal(directory: Path) -> str:
    """Everything the run wrote to its terminal."""
    ours, theirs = os.openpty()
    received = bytearray()

    def read() -> None:
        try:
            while data := os.read(ours, 4096):
                received.extend(data)
        except OSError:  # the other end was closed
            return

    reader = threading.Thread(target=read)
    reader.start()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "160"}
    subprocess.run(
        command(directory, *ITEMS, LOG_LEVEL="ERROR"),
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env=environment,
        timeout=120,
        check=True,
    )
    os.close(theirs)
    reader.join(30)
    os.close(ours)
    return received.decode()


def test_a_terminal_shows_progress_and_a_table(tmp_path: Path) -> None:
    shown = on_a_terminal(tmp_path)
    progress, table = shown.split("\x1b[?25h")  # the cursor is shown again
    assert "4 articles" in progress
    assert "2 problems" in progress
    assert "1 listings" in progress
    assert "known mfa:t1" not in progress  # what was printed went to standard output
    assert "2022-10-01 to 2022-10-28" in table
    assert "no-headline" in table
    assert "problems\x1b" not in table


def test_elsewhere_there_is_no_progress(tmp_path: Path) -> None:
    done = run(tmp_path, *ITEMS)
    assert "crawler.extensions.run_report.RunReport" in done.log
    assert "crawler.extensions.progress.Progress" not in done.log
    assert "\x1b[" not in done.log

"""A replay of a large WARC file beside fastwarc's bare reading of it, and the memory of replays of two sizes.

    python -m benchmarks.large_replay [MEGABYTES]

The file has the Ministry's articles again and again, under URLs of their own. A replay reads it twice, for its index
and page by page, extracts every article, looks for duplicates and writes the record; fastwarc unpacks each record and
parses its HTTP header. Both are measured by the wall clock, in turns, as pages a second and core.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fastwarc.warc import ArchiveIterator
from rich.console import Console
from rich.table import Table

from benchmarks.large_archive import LargeArchive, write_large_archive
from benchmarks.pages import REAL
from crawler.archive.processes import cores

_REPOSITORY = Path(__file__).parents[1]
_REAL_PAGES = REAL / "mfa-en-2020-07.warc.gz"
_SAVED_PAGES = _REPOSITORY / "tests" / "fixtures" / "sample.warc.gz"
_MEGABYTES = 200
_MEGABYTE = 10**6
#: How much smaller the other file is, for the memory.
_SMALLER = 4
#: Memory a process may take more for the larger file.
_AIM_GROWTH_MEGABYTES = 30
_WATCHED_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Replayed:
    """Seconds of a whole crawl, and the most memory of the crawl's process and of the largest that helps it, in
    megabytes; null where the system does not tell."""

    seconds: float
    peak: float | None
    peak_of_others: float | None


def run(console: Console, megabytes: int = _MEGABYTES) -> None:
    """Measure and print. Nothing is written outside a temporary directory."""
    sample = _REAL_PAGES if _REAL_PAGES.exists() else _SAVED_PAGES
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        small, large = (
            write_large_archive(directory / f"{size}.warc.gz", sample, size * _MEGABYTE)
            for size in (megabytes // _SMALLER, megabytes)
        )
        bare = [_read_bare(large)]
        replays = [_replay(archive, directory / f"output-{archive.path.stem}") for archive in (small, large)]
        bare.append(_read_bare(large))
    console.print("[bold]large replay[/bold]")
    console.print(_table(small, large, sum(bare) / len(bare), replays))
    _print_growth(console, replays)
    if sample == _SAVED_PAGES:
        console.print("The pages are the saved ones of tests/fixtures (no real pages here): smaller than real ones.")


def _read_bare(archive: LargeArchive) -> float:
    begun = time.perf_counter()
    with archive.path.open("rb") as stream:
        pages = sum(1 for record in ArchiveIterator(stream) if record.reader.read())
    assert pages == archive.articles
    return time.perf_counter() - begun


def _replay(archive: LargeArchive, output: Path) -> Replayed:
    command = [sys.executable, "-m", "scrapy", "crawl", "mfa", "-L", "ERROR", "-s", "HEALTH=off"]
    command += ["-a", f"replay={archive.path}", "-s", f"OUTPUT_DIR={output}"]
    begun = time.perf_counter()
    with subprocess.Popen(command, cwd=_REPOSITORY) as process:
        peaks: dict[int, float] = {}
        while process.poll() is None:
            peaks |= {pid: peak for pid in _tree(process.pid) if (peak := _peak(pid)) is not None}
            time.sleep(_WATCHED_SECONDS)
    seconds = time.perf_counter() - begun
    written = sum(_lines(path) for path in output.glob("*/mfa.jsonl"))
    if process.returncode or written != archive.articles:
        raise RuntimeError(f"exit {process.returncode}: {written} of {archive.articles} articles were written")
    own = peaks.pop(process.pid, None)
    return Replayed(seconds, own, max(peaks.values(), default=None))


def _lines(path: Path) -> int:
    with path.open("rb") as stream:
        return sum(1 for _ in stream)


def _tree(pid: int) -> Iterator[int]:
    """A process and all that it has begun, as far as the system tells."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            begun = children.read_text().split()
        except OSError:  # it has just ended
            continue
        for child in begun:
            yield from _tree(int(child))


def _peak(pid: int) -> float | None:
    """The most memory a process has held, in megabytes."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")), None)


def _table(small: LargeArchive, large: LargeArchive, bare: float, replays: Sequence[Replayed]) -> Table:
    table = Table(title=f"{large.articles:,} pages, {large.megabytes} MB of WARC; {cores()} cores")
    table.add_column("")
    for column in ("MB of WARC", "pages", "pages a second and core", "of bare", "MB in memory", "MB of a helper"):
        table.add_column(column, justify="right")
    fastest = large.articles / bare
    table.add_row("fastwarc, bare", str(large.megabytes), f"{large.articles:,}", f"{fastest:.0f}", "1.000", "", "")
    for archive, replay in zip((small, large), replays, strict=True):
        speed = archive.articles / replay.seconds / cores()
        memory = (_shown(replay.peak), _shown(replay.peak_of_others))
        figures = (str(archive.megabytes), f"{archive.articles:,}", f"{speed:.0f}", f"{speed / fastest:.3f}")
        table.add_row("scrapy crawl, replay=", *figures, *memory)
    return table


def _print_growth(console: Console, replays: Sequence[Replayed]) -> None:
    small, large = (replay.peak for replay in replays)
    if small is None or large is None:
        console.print("How much memory a process takes, this system does not tell.")
        return
    met = "met" if large - small <= _AIM_GROWTH_MEGABYTES else "NOT met"
    console.print(
        f"Aim at most {_AIM_GROWTH_MEGABYTES} MB more memory for {_SMALLER} times as much: {met} ({large - small:.0f})."
    )


def _shown(megabytes: float | None) -> str:
    return "" if megabytes is None else f"{megabytes:.0f}"


if __name__ == "__main__":
    run(Console(width=150), int(sys.argv[1]) if len(sys.argv) > 1 else _MEGABYTES)

"""A full live crawl beside Scrapy with a spider that does nothing: pages a second, and CPU a page.

Both crawl the made-up site of `live_site.py` from a server on this machine, each crawl in a process of its own, in
turns. Ours does all it always does: robots.txt, extraction, archive, duplicates, ledger, JSON Lines; the other yields
the URL of each article, and writes nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.measure import Ratio

_REPOSITORY = Path(__file__).parents[1]
_ARTICLES, _ROUNDS = 1_000, 5
_AIM = 1.3
_HOST = "https://www.fmprc.gov.cn"
_STOCK, _READOUTS = "stock Scrapy", "readouts"
#: What both are told: no pause between requests, and as many at a time.
_BOTH = {"DOWNLOAD_DELAY": "0", "CONCURRENT_REQUESTS_PER_DOMAIN": "16"}


@dataclass(frozen=True, slots=True)
class Way:
    """A program of `live_crawl_process.py`, and the settings it gets beside those that all get."""

    name: str
    program: str
    settings: Mapping[str, str] = field(default_factory=dict)


WAYS = (
    Way(_STOCK, "stock"),
    # What Scrapy alone costs at our settings: nobody who does something with a page is faster.
    Way("stock, our settings", "stock", {"CONCURRENT_ITEMS": "1", "LOG_LEVEL": "INFO"}),
    Way(_READOUTS, "readouts"),
    Way("readouts, ARCHIVE=off", "readouts", {"ARCHIVE": "off"}),
    Way("readouts, NEAR_DUPLICATES=off", "readouts", {"NEAR_DUPLICATES": "off"}),
)


@dataclass(frozen=True, slots=True)
class Crawl:
    """What one crawl took, in seconds: from its first response until all was written, and as a whole process.

    `yards` is the CPU of the first as a multiple of the yardstick: how fast the machine was just then cancels out.
    """

    wall: float
    yards: float
    whole_wall: float
    whole_cpu: float


#: Crawls by the name of their way.
Round = Mapping[str, Crawl]
_COLUMNS: Mapping[str, Callable[[Crawl], float]] = {
    "pages a second": lambda crawl: 1 / crawl.wall,
    "CPU a page": lambda crawl: crawl.yards,
    "with start and end: pages a second": lambda crawl: 1 / crawl.whole_wall,
    "CPU a page ": lambda crawl: crawl.whole_cpu,
}


def run(console: Console, articles: int = _ARTICLES, rounds: int = _ROUNDS, ways: Sequence[Way] = WAYS) -> None:
    """Measure and print. Nothing is written outside temporary directories."""
    with _server(articles) as site:
        measured = [{way.name: _crawl(way, site) for way in _in_turn(ways, number)} for number in range(rounds)]
    console.print("[bold]live crawl[/bold]")
    console.print(_table(measured, ways, site))
    throughput = _ratio(measured, _READOUTS, _COLUMNS["pages a second"])
    met = "met" if throughput.median >= _AIM else "NOT met"
    console.print(f"Aim at least {_AIM} times the pages a second of {_STOCK}: {met} ({throughput}).")
    if not site["is_real"]:
        console.print(
            "The markup is that of saved pages, enlarged (no real pages here); the aim is set on real markup."
        )


def _in_turn(ways: Sequence[Way], number: int) -> Sequence[Way]:
    """In an order that moves on from round to round."""
    start = number % len(ways)
    return (*ways[start:], *ways[:start])


@contextmanager
def _server(articles: int) -> Iterator[dict[str, Any]]:
    """What `live_server.py` says of the site it serves, while it serves it."""
    command = [sys.executable, "-m", "benchmarks.live_server", str(articles)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=_REPOSITORY, stdin=pipe, stdout=pipe, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            yield json.loads(server.stdout.readline())
        finally:
            server.stdin.close()


def _crawl(way: Way, site: Mapping[str, Any]) -> Crawl:
    with tempfile.TemporaryDirectory() as directory:
        file, log = Path(directory) / "stopwatch.json", Path(directory) / "log"
        command = [sys.executable, "-m", "benchmarks.live_crawl_process", way.program, str(file)]
        command += _arguments(way, site, directory)
        begun = time.perf_counter()
        with log.open("wb") as output:
            process = subprocess.Popen(command, cwd=_REPOSITORY, stdout=output, stderr=output)
            # The usage of this one child; that of the server is no part of it.
            _, status, usage = os.wait4(process.pid, 0)
        whole_wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        counted = json.loads(file.read_text()) if file.exists() else {}
        # 3 (degraded): the pages are years old, and a health rule says so.
        if process.returncode not in (0, 3) or counted.get("responses", 0) < site["pages"]:
            raise RuntimeError(f"{way.name}: no whole crawl, but {counted}\n{log.read_text()[-3000:]}")
        whole_cpu = usage.ru_utime + usage.ru_stime
        return Crawl(counted["wall"], counted["cpu"] / counted["yard"], whole_wall, whole_cpu)


def _arguments(way: Way, site: Mapping[str, Any], directory: str) -> list[str]:
    settings = {**_BOTH, **way.settings}
    if way.program == "readouts":
        arguments = ["mfa", "-a", f"section={_HOST}{site['listing']}"]
        settings |= {"CONNECT_TO": site["authority"], "OUTPUT_DIR": f"{directory}/output"}
    else:
        arguments = ["-a", f"listing=http://{site['authority']}{site['listing']}"]
    return arguments + [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]


def _table(measured: Sequence[Round], ways: Sequence[Way], site: Mapping[str, Any]) -> Table:
    listings = site["pages"] - site["articles"]
    table = Table(title=f"{site['articles']:,} articles, {listings} listing pages; {_STOCK} = 1.00")
    table.add_column("")
    for column in _COLUMNS:
        table.add_column(column, justify="right")
    for way in ways:
        table.add_row(way.name, *(str(_ratio(measured, way.name, figure)) for figure in _COLUMNS.values()))
    return table


def _ratio(measured: Sequence[Round], name: str, figure: Callable[[Crawl], float]) -> Ratio:
    return Ratio.of(name, _STOCK, [{way: figure(crawl) for way, crawl in one.items()} for one in measured])

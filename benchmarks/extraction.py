"""From the bytes of a page to its article: CPU beside bare lxml and other extractors, and how well it is read."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version

from lxml import etree
from rich.console import Console
from rich.table import Table

from benchmarks import fundus_process
from benchmarks.competitors import bare_lxml, competitors, missing, readouts
from benchmarks.measure import Ratio, Round, added, measure
from benchmarks.pages import ArticlePage, Collection, collection
from benchmarks.quality import Extracted, Quality, compared, quality

_BARE, _OURS = "bare lxml.html", "readouts"
_ROUNDS = 5
#: Slow extractors read so many pages of each archive, spread evenly, in one round.
_SAMPLE = 10
#: What we aim at: at most so many times the CPU of bare parsing.
_AIM = 2.0

#: CPU seconds by archive and round.
Measured = Mapping[str, list[Round]]


def run(console: Console) -> None:
    """Measure and print. Nothing is written."""
    deny_network()
    pages = collection()
    _print_conditions(console, pages)
    fast: dict[str, Callable[[ArticlePage], object]] = {
        _BARE: bare_lxml,
        _OURS: readouts,
        **competitors(slow=False),
    }
    slow: dict[str, Callable[[ArticlePage], object]] = {_BARE: bare_lxml, **competitors(slow=True)}
    sample = {name: archive[:: max(1, len(archive) // _SAMPLE)] for name, archive in pages.archives.items()}
    of_fast = {name: measure(fast, archive, _ROUNDS) for name, archive in pages.archives.items()}
    of_slow = {name: measure(slow, archive, 1) for name, archive in sample.items()}
    fundus = _fundus(console, pages)

    table = _ratio_table(pages)
    _add_ratios(table, of_fast, list(fast), _BARE, pages.archives)
    if fundus is not None:
        _add_ratios(table, fundus.rounds, ["fundus"], "bare", pages.archives)
    _add_ratios(table, of_slow, list(slow)[1:], _BARE, sample)
    console.print(table)
    qualities = _qualities(pages, fundus)
    console.print(_quality_table(qualities))
    if pages.is_real:
        _print_verdict(console, Ratio.of(_OURS, _BARE, added(list(of_fast.values()))), qualities)
    else:
        console.print("Saved pages are abridged to what is read from them: no aim is measured on them.")
    _print_absent(console, fundus)


def _fundus(console: Console, pages: Collection) -> fundus_process.FundusAnswer | None:
    if not fundus_process.is_installed():
        console.print(f"Not measured: fundus (no {fundus_process.PYTHON}; make bench installs it).")
        return None
    try:
        return fundus_process.run_fundus(pages.archives, _ROUNDS)
    except subprocess.CalledProcessError as error:
        console.print(f"Not measured: fundus ({error}).")
        return None


def deny_network() -> None:
    """Make every connection of this process an OSError: some extractors would fetch lists and pictures."""

    def refuse(event: str, _: object) -> None:
        if event in ("socket.connect", "socket.getaddrinfo"):
            raise OSError("benchmarks use no network")

    sys.addaudithook(refuse)


def _print_conditions(console: Console, pages: Collection) -> None:
    libxml2 = ".".join(map(str, etree.LIBXML_VERSION))
    console.print(
        f"[bold]extraction[/bold]: {pages.name}\n"
        f"Python {platform.python_version()}, lxml {version('lxml')} on libxml2 {libxml2}, {platform.machine()}"
    )


def _ratio_table(pages: Collection) -> Table:
    table = Table(
        title="CPU per page as a multiple of bare lxml.html.fromstring(bytes): median of rounds (lowest-highest)"
    )
    table.add_column("", overflow="fold")
    for column in ("all", *pages.archives, "pages", "rounds"):
        table.add_column(column, justify="right")
    return table


def _add_ratios(
    table: Table, measured: Measured, names: Sequence[str], baseline: str, pages: Mapping[str, Sequence[ArticlePage]]
) -> None:
    count = str(sum(map(len, pages.values())))
    rounds = added(list(measured.values()))
    for name in names:
        ratios = [Ratio.of(name, baseline, each) for each in (rounds, *measured.values())]
        table.add_row(name, *map(str, ratios), count, str(len(rounds)))


def _qualities(pages: Collection, fundus: fundus_process.FundusAnswer | None) -> dict[str, Quality]:
    """By name, the best body first."""
    readers: dict[str, Callable[[ArticlePage], Extracted | None]] = {
        _OURS: readouts,
        **competitors(slow=False),
        **competitors(slow=True),
    }
    found = {name: quality(read, pages.with_truth, pages.truths) for name, read in readers.items()}
    if fundus is not None:
        results = [fundus.extracted.get(page.url) for page in pages.with_truth]
        found["fundus"] = compared(results, [pages.truths[page.url] for page in pages.with_truth])
    return dict(sorted(found.items(), key=lambda item: -item[1].body_f1))


def _quality_table(qualities: Mapping[str, Quality]) -> Table:
    table = Table(title="Body and headline beside the truth")
    for column in ("", "pages", "mean token F1", "bodies below 0.9", "same headline"):
        table.add_column(column, justify="right" if column else "left")
    for name, found in qualities.items():
        table.add_row(
            name, str(found.pages), f"{found.body_f1:.4f}", str(found.misread), f"{found.same_headlines}/{found.pages}"
        )
    return table


def _print_verdict(console: Console, ratio: Ratio, qualities: Mapping[str, Quality]) -> None:
    others = max(found.body_f1 for name, found in qualities.items() if name != _OURS)
    ours = qualities[_OURS].body_f1
    console.print(f"Aim at most {_AIM} times bare lxml: {'met' if ratio.median <= _AIM else 'NOT met'} ({ratio}).")
    console.print(
        f"Aim body F1 ahead of all others: {'met' if ours > others else 'NOT met'} ({ours:.4f}, {others:.4f})."
    )


def _print_absent(console: Console, fundus: fundus_process.FundusAnswer | None) -> None:
    if absent := missing():
        console.print(f"Not installed, not measured: {', '.join(absent)} (make bench installs them).")
    if fundus is not None:
        console.print(
            f"fundus {fundus.versions['fundus']} ran on lxml {fundus.versions['lxml']}, beside that lxml's parsing, "
            "with parsers made of our selectors: it has no publisher for these sites."
        )

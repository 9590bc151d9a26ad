"""`scrapy coverage SOURCE`: what the record holds of a source, and where something may be missing."""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

if TYPE_CHECKING:
    # What Scrapy would load for every command, while only `run` needs it.
    from crawler.coverage.reckoning import Coverage
    from crawler.coverage.tables import Table
    from crawler.extraction.source import Source

_PERIODS = ("year", "month")
#: So many rows of a table are printed.
_MOST_ROWS = 60
_PAGES = (".html", ".htm")


class CoverageError(Exception):
    """The page cannot be written; the message says why, on one line."""


class Command(ScrapyCommand):
    """Tables on a terminal; elsewhere plain columns, titles and notes after `#`.

    Exits 0, 1 when the record cannot be read or the page not be written, 2 for wrong arguments or when nothing of the
    source is recorded.
    """

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        """How it is called."""
        return (
            "SOURCE [--by year|month] [--since DAY] [--until DAY] [--section NAME,…] [--json] [--html FILE]"
            " [-s OUTPUT_DIR=DIR]"
        )

    def short_desc(self) -> str:
        """One line for `scrapy -h`."""
        return "Count a source's documents by time and section, and show where some may be missing"

    def long_desc(self) -> str:
        """What `scrapy coverage -h` adds."""
        return (
            "Counts the text in force of every document. Days are Beijing days of publication, both included. Gaps are "
            "months far below their neighbours, stretches of the network's document numbers with few known documents, "
            "and working days without a regular press conference; docs/coverage.md says what they do not prove."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """The options of this command."""
        super().add_options(parser)
        parser.add_argument("--by", choices=_PERIODS, default="year", help="rows of the table (default: year)")
        parser.add_argument("--since", metavar="DAY", help="of this day (Beijing) or later; leaves the undated out")
        parser.add_argument("--until", metavar="DAY", help="of this day (Beijing) or earlier; leaves the undated out")
        parser.add_argument(
            "--section", metavar="NAME,…", help="of these sections only, by their slugs or by their names"
        )
        parser.add_argument("--json", action="store_true", help="as one JSON object, with every gap")
        parser.add_argument("--html", metavar="FILE", help="write a page with a chart too; needs readouts[charts]")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print the coverage."""
        assert self.settings is not None
        from crawler.sources import sources
        from pipelines.failure import RecordError
        from pipelines.recorded import LEDGER

        directory = Path(self.settings["OUTPUT_DIR"])
        if len(args) != 1 or args[0] not in sources():
            raise UsageError("name one source; `scrapy sources` lists them", print_help=False)
        source = sources()[args[0]]
        since, until = _day("--since", opts.since), _day("--until", opts.until)
        if since and until and until < since:
            raise UsageError(f"--until {until} is before --since {since}", print_help=False)
        if not (directory / LEDGER).exists():
            raise UsageError(f"{directory / LEDGER} does not exist: nothing was recorded there yet", print_help=False)
        try:
            write_page = _page_writer(opts.html, directory) if opts.html is not None else None
            coverage = _reckon(directory, source, opts, since, until)
            if write_page is not None:
                write_page(coverage)
        except (CoverageError, RecordError) as error:
            print(error, file=sys.stderr)
            self.exitcode = 1
        except OSError as error:
            print(f"{opts.html}: {error.strerror or error}", file=sys.stderr)
            self.exitcode = 1
        else:
            _show(coverage, opts)


def _reckon(
    directory: Path,
    source: Source,
    opts: argparse.Namespace,
    since: datetime.date | None,
    until: datetime.date | None,
) -> Coverage:
    """Raises UsageError where no document is asked for, RecordError."""
    from crawler.coverage.documents import Sections, document_of
    from crawler.coverage.reckoning import Reckoning
    from crawler.exporting.selection import Selected, Selection
    from crawler.extraction.dates import beijing_day
    from pipelines.snapshot import Snapshot

    sections = Sections(source)
    wanted = [sections.name(one) for one in opts.section.split(",")] if opts.section is not None else []
    bounds = [day.isoformat() if day is not None else "" for day in (since, until)]
    selection = Selection(sources=frozenset((source.name,)), since=bounds[0], until=bounds[1])
    reckoning = Reckoning()
    with Snapshot(directory) as snapshot:
        for row in Selected(directory, snapshot, selection):
            document = document_of(row.fields, sections)
            if not wanted or document.section in wanted:
                reckoning.add(document)
    if not reckoning.documents:
        asked = " that is asked for" if wanted or selection.is_bounded else ""
        raise UsageError(f"{directory} holds no document of {source.name}{asked}", print_help=False)
    today = beijing_day(datetime.datetime.now(datetime.UTC))
    return reckoning.coverage(source.name, opts.by, sections=wanted, since=since, until=until, today=today)


# --- output


def _show(coverage: Coverage, opts: argparse.Namespace) -> None:
    import orjson
    from rich.console import Console

    from crawler.coverage.tables import plain, tables

    if opts.json:
        print(orjson.dumps(coverage, option=orjson.OPT_INDENT_2).decode())
        return
    console = Console()
    for number, table in enumerate(tables(coverage)):
        shown = table.cut(_MOST_ROWS) if number else table
        if console.is_terminal:
            _print_rich(console, shown)
        else:
            print("\n".join(plain(shown)))


def _print_rich(console: object, table: Table) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    assert isinstance(console, Console)
    if table.rows:
        rich = RichTable(title=Text(table.title), title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
        for column in table.columns:
            justify = "right" if column in table.numbers else "left"
            rich.add_column(Text(column), justify=justify, overflow="fold")  # type: ignore[arg-type]
        for row in table.rows:
            rich.add_row(*map(Text, row))
        console.print(rich)
    else:
        console.print(Text(table.title, style="italic"))
    if table.note:
        console.print(Text(table.note, style="dim"))


def _page_writer(name: str, directory: Path) -> Callable[[Coverage], None]:
    """Raises CoverageError at once for what would only be known after the record was read."""
    path = Path(name).resolve()
    if path.exists() and not path.is_file():
        raise CoverageError(f"{name} is no file")
    if path.is_relative_to(directory.resolve()) and path.suffix not in _PAGES:
        raise CoverageError(f"{name} is where the record itself is kept; pages there end in .html")
    try:
        from crawler.coverage.chart import chart
    except ImportError as error:
        raise CoverageError("--html needs plotly: pip install 'readouts[charts]'") from error
    from crawler.coverage.page import page
    from crawler.exporting.draft import draft

    def write(coverage: Coverage) -> None:
        made = datetime.datetime.now(datetime.UTC)
        with draft(path) as stream:
            for piece in page(coverage, chart(coverage), made):
                stream.write(piece.encode())
        print(f"{name}: written", file=sys.stderr)

    return write


def _day(option: str, value: str | None) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(value) if value is not None else None
    except ValueError:
        raise UsageError(f"{option} {value} is no day; write it like 2022-10-01", print_help=False) from None

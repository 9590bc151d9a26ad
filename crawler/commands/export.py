"""`scrapy export`: what was recorded, as one data file."""

from __future__ import annotations

import argparse
import datetime
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO

from pydantic import BaseModel
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from crawler.exporting.draft import draft
from crawler.exporting.formats import Csv, Format, JsonLines
from crawler.exporting.selection import TEXTS, Selected, Selection
from crawler.items import Article
from crawler.sources import sources
from pipelines.failure import RecordError
from pipelines.output import KINDS, REVISIONS, STATES
from pipelines.recorded import LEDGER
from pipelines.rows import Revision, StateChange
from pipelines.snapshot import Snapshot

#: What a line of each kind is; of all others, an Article.
_MODELS: dict[str, type[BaseModel]] = {REVISIONS: Revision, STATES: StateChange}
_STANDARD_OUTPUT = "-"
#: What a run writes below OUTPUT_DIR, where no export may go.
_OWN = (*KINDS, "archive", "runs")

#: Makes a format on a stream, for the lines of a model.
MakeFormat = Callable[[BinaryIO, type[BaseModel]], Format]


class ExportError(Exception):
    """The file cannot be written; the message says why, on one line."""


class Command(ScrapyCommand):
    """Exits 0 when the file is whole, 1 when it could not be written, which leaves what was there, 2 for wrong
    arguments."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        """How it is called."""
        return (
            "(--parquet | --csv | --jsonl) FILE [--since DAY] [--until DAY] [--source NAME,…] [--kind KIND] [--unique]"
            " [--all-revisions] [-s OUTPUT_DIR=DIR]"
        )

    def short_desc(self) -> str:
        """One line for `scrapy -h`."""
        return "Write what was recorded as Parquet, CSV or JSON Lines"

    def long_desc(self) -> str:
        """What `scrapy export -h` adds."""
        return (
            "By default, the text in force of every document, from articles/ and copies/. Days are Beijing days, both "
            "included, of publication; of revisions and states, of the visit. FILE is replaced once the new one is "
            "whole; - is standard output. CSV is for spreadsheets: a text that begins with = + - @ gets an apostrophe "
            "before it. JSON Lines are as recorded, byte for byte."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """The options of this command."""
        super().add_options(parser)
        formats = parser.add_mutually_exclusive_group(required=True)
        formats.add_argument("--parquet", metavar="FILE", help="for pandas, DuckDB; typed and compressed")
        formats.add_argument("--csv", metavar="FILE", help="for spreadsheets; lists are JSON")
        formats.add_argument("--jsonl", metavar="FILE", help="the lines as they were recorded")
        parser.add_argument("--since", metavar="DAY", help="of this day (Beijing) or later; leaves the undated out")
        parser.add_argument("--until", metavar="DAY", help="of this day (Beijing) or earlier; leaves the undated out")
        parser.add_argument("--source", metavar="NAME,…", help="of these sources only")
        parser.add_argument("--kind", choices=KINDS, help="by default, articles and copies")
        parser.add_argument("--unique", action="store_true", help="one document a story: its lead, or its first")
        parser.add_argument("--all-revisions", action="store_true", help="every text of a document, not the last only")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Write the file."""
        assert self.settings is not None
        directory = Path(self.settings["OUTPUT_DIR"])
        if args:
            raise UsageError(f"{args[0]}: what is it? Name one file, after its format", print_help=False)
        selection = _selection(opts)
        name = next(name for name in (opts.parquet, opts.csv, opts.jsonl) if name is not None)
        shown = "standard output" if name == _STANDARD_OUTPUT else name
        if opts.parquet == _STANDARD_OUTPUT:
            raise UsageError("--parquet -: Parquet needs a file", print_help=False)
        if not (directory / LEDGER).exists():
            raise UsageError(f"{directory / LEDGER} does not exist: nothing was recorded there yet", print_help=False)
        try:
            selected = _export(directory, selection, name, _format(opts))
        except BrokenPipeError:
            # Who reads has seen enough. What Python still holds must not be written either.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except OSError as error:
            self._fail(f"{shown}: {error.strerror or error}")
        except (ExportError, RecordError) as error:
            self._fail(str(error))
        except KeyboardInterrupt:
            self._fail(f"stopped: {shown} was not written")
            self.exitcode = 130
        else:
            undated = f"; {selected.undated} undated left out" if selection.is_bounded else ""
            print(f"{shown}: {selected.rows} rows{undated}", file=sys.stderr)

    def _fail(self, message: str) -> None:
        print(message, file=sys.stderr)
        self.exitcode = 1


def _export(directory: Path, selection: Selection, name: str, make_format: MakeFormat) -> Selected:
    model = _MODELS.get(selection.kinds[0], Article)
    with Snapshot(directory) as snapshot, _stream(name, directory) as stream:
        selected = Selected(directory, snapshot, selection)
        with closing(make_format(stream, model)) as written:
            for row in selected:
                written.write(row)
    return selected


def _format(opts: argparse.Namespace) -> MakeFormat:
    if opts.jsonl is not None:
        return lambda stream, _: JsonLines(stream)
    if opts.csv is not None:
        # Who reads a pipe is a program, to which a byte order mark is the first letters of the first column.
        encoding = "utf-8" if opts.csv == _STANDARD_OUTPUT else "utf-8-sig"
        return lambda stream, model: Csv(stream, list(model.model_fields), encoding)
    try:
        from crawler.exporting.parquet import Parquet
    except ImportError as error:
        raise ExportError("--parquet needs pyarrow: pip install 'readouts[export]'") from error
    return Parquet


# --- arguments


def _selection(opts: argparse.Namespace) -> Selection:
    kinds = (opts.kind,) if opts.kind else TEXTS
    if kinds[0] not in TEXTS and (opts.unique or opts.all_revisions):
        raise UsageError(f"--unique and --all-revisions are for texts, not for --kind {opts.kind}", print_help=False)
    if opts.unique and opts.all_revisions:
        raise UsageError("--unique takes one text of a story, --all-revisions all: choose one", print_help=False)
    since, until = _day("--since", opts.since), _day("--until", opts.until)
    if since and until and until < since:
        raise UsageError(f"--until {until} is before --since {since}", print_help=False)
    names = frozenset(opts.source.split(",")) if opts.source is not None else frozenset()
    if unknown := sorted(names - sources().keys()):
        raise UsageError(f"--source {unknown[0]}: no such source; `scrapy sources` lists them", print_help=False)
    return Selection(kinds, names, since, until, opts.all_revisions, opts.unique)


def _day(option: str, value: str | None) -> str:
    try:
        return datetime.date.fromisoformat(value).isoformat() if value is not None else ""
    except ValueError:
        raise UsageError(f"{option} {value} is no day; write it like 2022-10-01", print_help=False) from None


@contextmanager
def _stream(name: str, directory: Path) -> Iterator[BinaryIO]:
    if name == _STANDARD_OUTPUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(name).resolve()
    if path.exists() and not path.is_file():
        raise ExportError(f"{name} is no file")
    if _is_own(path, directory.resolve()):
        raise ExportError(f"{name} is where the record itself is kept")
    with draft(path) as stream:
        yield stream


def _is_own(path: Path, directory: Path) -> bool:
    return any(path.is_relative_to(directory / name) for name in _OWN) or (
        path.parent == directory and path.name.startswith(LEDGER)
    )

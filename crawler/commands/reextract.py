"""`scrapy reextract [--apply] [ARCHIVE…]`: captures read again with today's layouts, beside what is recorded."""

from __future__ import annotations

import argparse
import datetime
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path

import orjson
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError
from scrapy.settings import BaseSettings

from crawler.alone import alone
from crawler.archive.capture import ARCHIVE
from crawler.archive.files import warc_files
from crawler.archive.stored import StoredCaptures
from crawler.extraction.problem import Code, Problem
from crawler.reextraction.corrections import Corrections
from crawler.reextraction.findings import APPLICABLE, Judge, Kind
from crawler.reextraction.plan import Plan, index_of, make_plan
from crawler.reextraction.reading import read_all
from crawler.reextraction.tally import LAYOUT, Tally
from crawler.rereading import Reread, Rereading
from crawler.signals import Outcome
from crawler.sources import sources
from crawler.verdict import ExitCode
from pipelines.failure import RecordError
from pipelines.lock import LockedError
from pipelines.record import near_duplicates_of, schedule_of
from pipelines.recorded import Recorded
from pipelines.recording import Record

#: Texts and problems that are listed on a terminal; --json lists all texts.
_LISTED = 20


class Command(ScrapyCommand):
    """Shows what today's rules would change, and corrects it with --apply. Written lines are never rewritten."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        """How it is called."""
        return "[--source NAME] [--since DAY] [--apply] [--jobs N] [--json] [-s OUTPUT_DIR=DIR] [ARCHIVE ...]"

    def short_desc(self) -> str:
        """One line for `scrapy -h`."""
        return "Read captures again with today's layouts; show what would change, or correct it"

    def long_desc(self) -> str:
        """What `scrapy reextract -h` adds."""
        return (
            "ARCHIVE is a WARC file, a glob or a directory; by default, the archive of OUTPUT_DIR. What is not as "
            "recorded is shown field by field. With --apply it is written as a correction, which is never "
            "counted as a revision of the publisher's, and captures that are not recorded go the way of any Article. "
            "Exits 1 where a recorded text can no longer be read, which is never applied, and where a file cannot be. "
            "With --apply no run may be under way: exits 75 where one is."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """The options of this command."""
        super().add_options(parser)
        parser.add_argument("--source", metavar="NAME", choices=sorted(sources()), help="captures of this source only")
        parser.add_argument("--since", metavar="DAY", help="captures made on this day (UTC) or later")
        parser.add_argument("--apply", action="store_true", help="write the corrections")
        parser.add_argument("--jobs", metavar="N", type=int, default=os.cpu_count() or 1, help="processes that read")
        parser.add_argument("--json", action="store_true", help="as one JSON object")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Read, show, and apply where asked."""
        assert self.settings is not None
        directory = Path(self.settings["OUTPUT_DIR"])
        if opts.jobs < 1:
            raise UsageError(f"--jobs {opts.jobs}: at least one process has to read", print_help=False)
        since = _day(opts.since)
        paths, unnamed = warc_files(args or [str(directory / ARCHIVE)])
        try:
            with Recorded(directory) as recorded, alone(directory) if opts.apply else nullcontext():
                index, problems = index_of(paths)
                plan = make_plan(index, recorded, opts.source, since)
                tally = Tally(plan.captures, unnamed + problems)
                corrections = _corrections(self.settings, directory) if opts.apply else None
                reads = read_all(index, plan.candidates, opts.jobs)
                _settle(plan, _with_progress(reads, len(plan.candidates)), Judge(recorded), tally, corrections)
        except LockedError as error:
            print(error, file=sys.stderr)
            self.exitcode = ExitCode.LOCKED
            return
        except RecordError as error:
            raise UsageError(str(error), print_help=False) from error
        written = corrections.outcomes if corrections is not None else None
        _print_json(tally, written) if opts.json else _print(tally, written)
        if tally.lost or tally.problems[Code.UNREADABLE_FILE]:
            self.exitcode = 1


def _settle(
    plan: Plan, reads: Iterable[Reread | Problem], judge: Judge, tally: Tally, corrections: Corrections | None
) -> None:
    """Judge, count, and write what each candidate of the plan gives. Raises RecordError."""
    try:
        for candidate, read in zip(plan.candidates, reads, strict=True):
            finding = judge.judge(candidate, read)
            tally.add(finding)
            if corrections is not None:
                corrections.add(finding)
        if corrections is not None:
            corrections.finish()
    except RecordError:
        if corrections is not None:
            corrections.abandon()
        raise
    for problem in corrections.problems if corrections is not None else ():
        tally.add_problem(problem)


def _corrections(settings: BaseSettings, directory: Path) -> Corrections:
    near_duplicates, schedule = near_duplicates_of(settings), schedule_of(settings)
    timeout = settings.getfloat("LEDGER_TIMEOUT_SECONDS")

    def open_record(source: str) -> Record:
        return Record(directory, source, timeout, near_duplicates, schedule)

    read_again = Rereading(StoredCaptures(directory / ARCHIVE)).read_again
    return Corrections(open_record, settings.getint("RECORD_BATCH_SIZE"), read_again)


def _with_progress(reads: Iterable[Reread | Problem], total: int) -> Iterator[Reread | Problem]:
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        yield from progress.track(reads, total, description="captures")


def _day(value: str | None) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(value) if value else None
    except ValueError:
        raise UsageError(f"--since {value} is no day; write it like 2022-10-01", print_help=False) from None


# --- what is printed


def _print_json(tally: Tally, written: Counter[Outcome] | None) -> None:
    described = tally.described() | {"written": None if written is None else _in_words(written)}
    print(orjson.dumps(described, option=orjson.OPT_SORT_KEYS).decode())


def _print(tally: Tally, written: Counter[Outcome] | None) -> None:
    console = Console(highlight=False, soft_wrap=True)
    repeats = tally.captures - tally.read
    console.print(
        f"{tally.captures} captures of articles, {tally.read} read again"
        + (f" ({repeats} show what another shows): " if repeats else ": ")
        + f"{tally.kinds[Kind.SAME]} give what is recorded"
    )
    if tally.documents:
        _print_fields(console, tally)
    _print_texts(
        console,
        "new: the ledger does not know these captures",
        [f"{one['kind']} {one['document']}  {one['headline']}" for one in tally.new],
    )
    _print_texts(
        console,
        "incomplete: differs, but a further page is in none of the files; nothing is done about it",
        [f"{one['document']}  {one['problem']}" for one in tally.incomplete],
    )
    _print_texts(
        console,
        "lost: recorded, but not to be read by today's rules; nothing is done about it",
        [f"{one['document']}  {one['problem']}" for one in tally.lost],
    )
    _print_problems(console, tally)
    console.print(_conclusion(tally, written))


def _print_fields(console: Console, tally: Tally) -> None:
    table = Table("field", "documents")
    for name, count in tally.fields():
        table.add_row(f"{name} alone (no correction)" if name == LAYOUT else name, str(count))
    console.print(table)
    for name, _ in tally.fields():
        console.print(name, style="bold")
        for example in tally.examples[name]:
            console.print(Text(f"  {example['document']}"))
            for sign, side, style in (("-", "before", "red"), ("+", "after", "green")):
                if example[side]:
                    console.print(Text(f"    {sign} {example[side]}", style=style))


def _print_texts(console: Console, title: str, lines: list[str]) -> None:
    if not lines:
        return
    console.print(title, style="bold")
    for line in lines[:_LISTED]:
        console.print(Text(f"  {line}"))
    if len(lines) > _LISTED:
        console.print(f"  … and {len(lines) - _LISTED} more")


def _print_problems(console: Console, tally: Tally) -> None:
    for code, count in sorted(tally.problems.items()):
        console.print(f"{code}: {count}", style="bold")
        for example in tally.problem_examples[code]:
            console.print(Text(f"  {example}"))


def _conclusion(tally: Tally, written: Counter[Outcome] | None) -> str:
    if written is not None:
        counts = ", ".join(f"{count} {outcome}" for outcome, count in _in_words(written).items())
        return f"Written: {counts}." if counts else "Nothing was to be written."
    applicable = sum(tally.kinds[kind] for kind in APPLICABLE)
    return f"{applicable} captures to apply; nothing was written." if applicable else "Nothing changes."


def _in_words(written: Counter[Outcome]) -> dict[str, int]:
    return {outcome.value: count for outcome, count in sorted(written.items()) if count}

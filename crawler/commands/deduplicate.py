"""`scrapy deduplicate [--apply]`: all stories of a ledger anew, as after a rule has changed."""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from crawler.alone import alone
from crawler.verdict import ExitCode
from pipelines.failure import RecordError
from pipelines.lock import LockedError
from pipelines.rebuild import Rebuild
from pipelines.recorded import Recorded

_EXAMPLES = 20


class Command(ScrapyCommand):
    """Shows what would change, and changes it with --apply. Lines that were written are never rewritten."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        """How it is called."""
        return "[--apply] [-s OUTPUT_DIR=DIR]"

    def short_desc(self) -> str:
        """One line for `scrapy -h`."""
        return "Find all stories of a ledger anew; show what would change, or change it"

    def long_desc(self) -> str:
        """What `scrapy deduplicate -h` adds."""
        return (
            "Works in batches and goes on where it was broken off. Without --apply the ledger stays as it is, and a "
            "later --apply has nothing left to compute. A story is named here by the document of it that was met "
            "first. With --apply no run may be under way: exits 75 where one is."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """The options of this command."""
        super().add_options(parser)
        parser.add_argument("--apply", action="store_true", help="make the change")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Compute, show, and apply where asked."""
        assert self.settings is not None
        directory = Path(self.settings["OUTPUT_DIR"])
        try:
            with (
                Recorded(directory) as recorded,
                alone(directory) if opts.apply else nullcontext(),
                Rebuild(directory, recorded) as rebuild,
            ):
                _compute(rebuild)
                changes = list(rebuild.changes())
                for change in islice(changes, _EXAMPLES):
                    print(f"{change.document}: {change.before or 'in no story'} -> {change.after}")
                if len(changes) > _EXAMPLES:
                    print(f"… and {len(changes) - _EXAMPLES} more")
                if opts.apply:
                    rebuild.apply()
                print(f"in another story {'now' if opts.apply else 'would be'}: {len(changes)}")
        except LockedError as error:
            print(error, file=sys.stderr)
            self.exitcode = ExitCode.LOCKED
        except RecordError as error:
            raise UsageError(str(error), print_help=False) from error


def _compute(rebuild: Rebuild) -> None:
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("texts", total=None)
        for count in rebuild.steps():
            progress.update(task, advance=count)

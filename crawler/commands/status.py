"""`scrapy status [--json]`: what an output directory holds."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from pipelines.documents import Totals
from pipelines.failure import RecordError
from pipelines.recorded import Recorded
from pipelines.rows import State

#: States of documents that are not where they were.
_AWAY = (State.MISSING, State.GONE, State.MOVED)


class Command(ScrapyCommand):
    """Counts documents, copies and revisions of each source in the ledger of OUTPUT_DIR, and those that are away."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        """How it is called."""
        return "[--json] [-s OUTPUT_DIR=DIR]"

    def short_desc(self) -> str:
        """One line for `scrapy -h`."""
        return "Show what an output directory holds: documents, copies, revisions, dates, removals"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """The options of this command."""
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="as one JSON array")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print the totals."""
        assert self.settings is not None
        directory = Path(self.settings["OUTPUT_DIR"])
        try:
            with Recorded(directory) as recorded:
                totals = recorded.ledger.documents.totals()
                states = recorded.ledger.watch.counts()
        except RecordError as error:
            raise UsageError(str(error), print_help=False) from error
        if opts.json:
            described = [asdict(one) | {"states": _all_states(states.get(one.source, {}))} for one in totals]
            print(orjson.dumps(described, option=orjson.OPT_INDENT_2).decode())
        else:
            Console().print(_table(totals))
            for source, counts in sorted(states.items()):
                if any(counts.get(state) for state in _AWAY):
                    print(f"{source}: {', '.join(f'{counts.get(state, 0)} {state}' for state in _AWAY)}")
            print(f"Articles in {directory}/articles/, copies in {directory}/copies/, reports in {directory}/runs/")


def _all_states(counts: Mapping[str, int]) -> dict[str, int]:
    return {state.value: counts.get(state, 0) for state in State}


def _table(totals: list[Totals]) -> Table:
    table = Table("source", "documents", "copies", "revisions", "oldest", "newest")
    for one in totals:
        counts = (str(one.documents), str(one.copies), str(one.revisions))
        table.add_row(one.source, *counts, (one.oldest or "")[:10], (one.newest or "")[:10])
    return table

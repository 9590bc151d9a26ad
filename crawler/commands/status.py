"""`scrapy status [--json]`: what an output directory holds."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from pipelines.failure import RecordError
from pipelines.ledger import Ledger, Totals
from pipelines.recorded import LEDGER


class Command(ScrapyCommand):
    """Counts documents, copies and revisions of each source in the ledger of OUTPUT_DIR."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        """How it is called."""
        return "[--json] [-s OUTPUT_DIR=DIR]"

    def short_desc(self) -> str:
        """One line for `scrapy -h`."""
        return "Show what an output directory holds: documents, copies, revisions, dates"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """The options of this command."""
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="as one JSON array")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print the totals."""
        assert self.settings is not None
        directory = Path(self.settings["OUTPUT_DIR"])
        path = directory / LEDGER
        if not path.exists():
            raise UsageError(f"{path} does not exist: nothing was recorded there yet", print_help=False)
        try:
            ledger = Ledger(path)
            totals = ledger.totals()
            ledger.close()
        except RecordError as error:
            raise UsageError(str(error), print_help=False) from error
        if opts.json:
            print(orjson.dumps([asdict(one) for one in totals], option=orjson.OPT_INDENT_2).decode())
        else:
            Console().print(_table(totals))
            print(f"Articles in {directory}/articles/, copies in {directory}/copies/, reports in {directory}/runs/")


def _table(totals: list[Totals]) -> Table:
    table = Table("source", "documents", "copies", "revisions", "oldest", "newest")
    for one in totals:
        counts = (str(one.documents), str(one.copies), str(one.revisions))
        table.add_row(one.source, *counts, (one.oldest or "")[:10], (one.newest or "")[:10])
    return table

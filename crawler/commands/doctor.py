"""`scrapy doctor [SOURCE…]`: why a source fails, and what to do."""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson
from rich.console import Console
from rich.text import Text
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError
from scrapy.spiderloader import get_spider_loader
from scrapy.utils.conf import arglist_to_dict

from crawler.archive.index import ReplayIndex
from crawler.diagnosis.case import Case
from crawler.diagnosis.examination import Diagnosis, Examination
from crawler.diagnosis.premises import examine_premises
from crawler.diagnosis.visitor import visit
from crawler.downloading.connect_to import InvalidConnectTo
from crawler.extraction.problem import Problem
from crawler.sources import sources
from crawler.spiders.arguments import ArgumentError, Scope
from crawler.spiders.base import SourceSpider

#: Arguments of a crawl that say which pages to look at; the others ask for documents.
_ARGUMENTS = frozenset(("section", "edition", "replay", "post"))


class Command(ScrapyCommand):
    """Exits 0 where nothing is wrong, 1 where something is, 2 for wrong arguments."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        """How it is called."""
        return "[SOURCE ...] [-a replay=FILE] [-a section=SLUG] [--offline] [--json] [-s OUTPUT_DIR=DIR]"

    def short_desc(self) -> str:
        """One line for `scrapy -h`."""
        return "Say why a source fails, and what to do"

    def long_desc(self) -> str:
        """What `scrapy doctor -h` adds."""
        return (
            "Looks at the output directory, the reports of the last runs, and asks each source for at most six pages, "
            "as politely as a crawl: listings, an article of today, one that was read well. Records nothing. Without a "
            "SOURCE, all that have run in the output directory; where none has, all."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """The options of this command."""
        super().add_options(parser)
        parser.add_argument(
            "-a",
            dest="spargs",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="as of scrapy crawl: replay= WARC files in place of the site, section=, edition=, post=",
        )
        parser.add_argument("--offline", action="store_true", help="ask for nothing: reports and records only")
        parser.add_argument("--json", action="store_true", help="everything, as one JSON array")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Examine, and tell."""
        assert self.settings is not None
        directory = Path(self.settings["OUTPUT_DIR"])
        arguments = _arguments(opts.spargs)
        names = args or _known(directory)
        scopes = {name: self._scope(name, arguments) for name in dict.fromkeys(names)}
        now = datetime.datetime.now(datetime.UTC)
        premises = examine_premises(directory)
        cases = [Case(sources()[name], scope, directory, now) for name, scope in scopes.items()]
        if "replay" in arguments:
            self._replay(cases, scopes)
        elif not opts.offline:
            self._visit(cases)
        examinations = [premises, *(case.conclude() for case in cases)]
        if opts.json:
            print(orjson.dumps([one.as_dict() for one in examinations], option=orjson.OPT_INDENT_2).decode())
        else:
            _print(examinations)
        self.exitcode = 0 if all(one.is_healthy for one in examinations) else 1

    def _scope(self, name: str, arguments: dict[str, str]) -> Scope:
        """Which pages of a source to look at. Raises UsageError."""
        assert self.settings is not None
        if name not in sources():
            raise UsageError(f"there is no source {name}; `scrapy sources` lists them", print_help=False)
        spider = get_spider_loader(self.settings).load(name)
        assert issubclass(spider, SourceSpider)
        try:
            return spider.scope_of(arguments)
        except ArgumentError as error:
            raise UsageError(str(error), print_help=False) from error

    def _visit(self, cases: Sequence[Case]) -> None:
        assert self.settings is not None
        try:
            rounds = [(case.source, case.prepare_visit(self.settings["CONNECT_TO"])) for case in cases]
        except InvalidConnectTo as error:
            raise UsageError(f"CONNECT_TO: {error}", print_help=False) from error
        visit(self.settings, rounds)

    def _replay(self, cases: Sequence[Case], scopes: dict[str, Scope]) -> None:
        try:
            for case in cases:
                case.visit_archive(ReplayIndex(scopes[case.source.name].replay))
        except Problem as error:
            raise UsageError(str(error), print_help=False) from error


def _arguments(given: list[str]) -> dict[str, str]:
    try:
        arguments = arglist_to_dict(given)
    except ValueError as error:
        raise UsageError("Invalid -a value, use -a NAME=VALUE", print_help=False) from error
    if unknown := sorted(set(arguments) - _ARGUMENTS):
        raise UsageError(f"doctor takes no argument {unknown[0]}; it takes {', '.join(sorted(_ARGUMENTS))}", False)
    return arguments


def _known(directory: Path) -> list[str]:
    """The sources that have run in the output directory; all, where none has."""
    ran = [name for name in sources() if next((directory / "runs").glob(f"*Z-{name}*.json"), None) is not None]
    return ran or list(sources())


def _print(examinations: Sequence[Examination]) -> None:
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    for number, examination in enumerate(examinations):
        if number:
            console.print()
        for line in _lines(examination):
            console.print(line)


def _lines(examination: Examination) -> Iterator[Text]:
    count = len(examination.diagnoses)
    if examination.is_healthy:
        yield Text(f"{examination.subject}: nothing is wrong.", style="bold green")
    else:
        yield Text(
            f"{examination.subject}: {count} {'thing is' if count == 1 else 'things are'} wrong.", style="bold red"
        )
    for number, diagnosis in enumerate(examination.diagnoses, 1):
        yield from _of(number, diagnosis)
    for note in examination.notes:
        yield Text(f"  Note: {note}")
    if examination.checked:
        yield Text(f"  Checked: {', '.join(dict.fromkeys(examination.checked))}.", style="dim")


def _of(number: int, diagnosis: Diagnosis) -> Iterator[Text]:
    yield Text.assemble((f"  {number}. {diagnosis.what}", "bold"), f"  [{diagnosis.ailment}]")
    for evidence in diagnosis.evidence:
        yield Text(f"     - {evidence}")
    yield Text.assemble("     ", ("To do: ", "bold"), diagnosis.advice)

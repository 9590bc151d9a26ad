"""`scrapy ledger check|repair|rebuild`: is the record whole, and what can be done where it is not."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import orjson
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from crawler.alone import alone
from crawler.integrity.check import check
from crawler.integrity.findings import FROM_BACKUP, REBUILDABLE, Code, Findings
from crawler.integrity.repair import repair
from crawler.restoration.draft import DRAFT
from crawler.restoration.rebuild import Rebuilt, rebuild, replace_ledger
from crawler.verdict import ExitCode
from pipelines.failure import OutputError, RecordError
from pipelines.lock import LockedError
from pipelines.record import near_duplicates_of, schedule_of
from pipelines.recorded import LEDGER

#: What no line and no capture tells, and what follows from that.
_NOT_RESTORED = (
    "Not restored: which sections were read to their end, and what stood in their listings (the next run walks each "
    "section to its end); visits that changed nothing and are not in the archive (their documents are visited sooner); "
    "the numbers of runs (runs/ has their reports)."
)


class Command(ScrapyCommand):
    """Exits 0 where the record is whole, or was mended; 1 where it is not, and where it could not be; 75 where a run is
    under way."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        """How it is called."""
        return "check [--json] | repair | rebuild [--apply]  [-s OUTPUT_DIR=DIR]"

    def short_desc(self) -> str:
        """One line for `scrapy -h`."""
        return "Check that ledger, JSON Lines and archive agree; mend what can be mended"

    def long_desc(self) -> str:
        """What `scrapy ledger -h` adds."""
        return (
            "`check` reads everything and changes nothing; runs may go on. `repair` cuts off what killed runs left, "
            "closes their WARC files, and makes the ledger's indices anew. `rebuild` makes a new ledger from the JSON "
            f"Lines and the archive, beside the old one ({DRAFT}); with --apply it takes its place, and the old one is "
            f"kept as {LEDGER}.before-TIME. No run may be under way for repair and rebuild. Exits 1 where the record "
            "is not whole, 75 where one is."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """The options of this command."""
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="check: as one JSON object")
        parser.add_argument("--apply", action="store_true", help="rebuild: put the new ledger in the place of the old")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check, repair or rebuild."""
        assert self.settings is not None
        actions: dict[str, Callable[[Path, argparse.Namespace], bool]] = {
            "check": self._check,
            "repair": self._repair,
            "rebuild": self._rebuild,
        }
        if len(args) != 1 or args[0] not in actions:
            raise UsageError(f"one of {', '.join(actions)}", print_help=False)
        directory = Path(self.settings["OUTPUT_DIR"])
        try:
            if not directory.is_dir():
                raise OutputError(f"{directory} does not exist: nothing was recorded there")
            is_whole = actions[args[0]](directory, opts)
        except LockedError as error:
            print(error, file=sys.stderr)
            self.exitcode = ExitCode.LOCKED
        except RecordError as error:
            print(error, file=sys.stderr)
            self.exitcode = 1
        else:
            self.exitcode = 0 if is_whole else 1

    def _check(self, directory: Path, opts: argparse.Namespace) -> bool:
        findings = check(directory)
        if opts.json:
            print(orjson.dumps(findings.as_dict(), option=orjson.OPT_INDENT_2).decode())
        else:
            _print(findings)
        return findings.is_whole

    def _repair(self, directory: Path, opts: argparse.Namespace) -> bool:
        assert self.settings is not None
        for done in repair(directory, self.settings.getfloat("LEDGER_TIMEOUT_SECONDS")):
            print(done)
        findings = check(directory)
        _print(findings)
        return findings.is_whole

    def _rebuild(self, directory: Path, opts: argparse.Namespace) -> bool:
        assert self.settings is not None
        with alone(directory):
            rebuilt = rebuild(directory, near_duplicates_of(self.settings), schedule_of(self.settings))
            _print_rebuilt(rebuilt)
            is_usable = not set(rebuilt.findings.faults) & _FATAL
            if not is_usable:
                print(f"{DRAFT} cannot replace {LEDGER}.")
            elif opts.apply:
                kept = replace_ledger(directory)
                print(f"{LEDGER} is the new one" + (f"; the old one is {kept.name}" if kept else "") + ".")
            else:
                print(f"The new ledger is {DRAFT}; --apply puts it in the place of {LEDGER}.")
        return is_usable


#: A draft that does not agree with the lines it was made from is no ledger. What the archive lacks, it lacks anyhow.
_FATAL = frozenset(Code) - FROM_BACKUP - {Code.BODY_LOST}


def _print(findings: Findings) -> None:
    print(", ".join(f"{count} {what}" for what, count in findings.seen.items()) or "nothing recorded")
    for heading, codes in (("", findings.notes), ("WRONG ", findings.faults)):
        for code, count in codes.items():
            print(f"{heading}{code}: {count}")
            for example in findings.examples[code]:
                print(f"  {example}")
    if findings.is_whole:
        print("The record is whole.")
        return
    if set(findings.faults) & REBUILDABLE:
        print("`scrapy ledger rebuild` makes a new ledger from the JSON Lines and the archive.")
    if set(findings.faults) & FROM_BACKUP:
        print("What is wrong within JSON Lines and WARC files can only come from a backup.")


def _print_rebuilt(rebuilt: Rebuilt) -> None:
    print("restored: " + ", ".join(f"{count} {what}" for what, count in rebuilt.counts.items()))
    for path, count in rebuilt.cut.items():
        print(f"{path}: {count} bytes of a line that was cut are left out")
    for path, count in rebuilt.orphans.items():
        print(f"{path}: {count} lines tell of documents of which there is no text: restore it, or remove them")
    if rebuilt.unexplained:
        print(
            f"{rebuilt.unexplained} captures of documents show no text that was recorded; "
            "`scrapy reextract` shows what they say"
        )
    print(_NOT_RESTORED)
    _print(rebuilt.findings)

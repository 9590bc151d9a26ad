"""`scrapy publish TARGET`: the finished files of an output directory, copied to another place."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from crawler.publishing.failure import PublicationLockedError, TargetError
from crawler.publishing.lock import only_publication
from pipelines.failure import RecordError
from pipelines.recorded import LEDGER

if TYPE_CHECKING:
    from crawler.publishing.finished import FinishedFile
    from crawler.publishing.publication import Publication
    from crawler.publishing.target import Target

#: Exit codes: sysexits.h's EX_TEMPFAIL, as of a run that finds the lock taken; and 128 + SIGINT.
_LOCKED, _INTERRUPTED = 75, 130


class Command(ScrapyCommand):
    """Exits 0 when all that is finished is at the target, 1 when it is not, 2 for wrong arguments, and 75 while another
    process publishes from the same directory."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        """How it is called."""
        return "TARGET [--dry-run] [--json] [-s OUTPUT_DIR=DIR]"

    def short_desc(self) -> str:
        """One line for `scrapy -h`."""
        return "Copy what was recorded, as far as it is finished, to a folder, S3, GCS or SFTP"

    def long_desc(self) -> str:
        """What `scrapy publish -h` adds."""
        return (
            "TARGET is a folder or a URL: s3://bucket/prefix, gs://bucket/prefix, sftp://user@host/path. JSON Lines as "
            "far as they are committed, closed WARC files and run reports are copied, where they are not there yet; a "
            "crawl may go on meanwhile. A file there that is not the beginning of ours is never overwritten. "
            "TARGET/manifest.jsonl and TARGET/SHA256SUMS say what was published. An interrupted publication is "
            "resumed by the next."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """The options of this command."""
        super().add_options(parser)
        parser.add_argument("--dry-run", action="store_true", help="say what would be copied; write nothing")
        parser.add_argument("--json", action="store_true", help="the summary as one JSON object")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Compare, and copy."""
        assert self.settings is not None
        directory = Path(self.settings["OUTPUT_DIR"])
        if len(args) != 1:
            raise UsageError("name one target: a folder, or a URL such as s3://bucket/prefix", print_help=False)
        if not (directory / LEDGER).exists():
            raise UsageError(f"{directory / LEDGER} does not exist: nothing was recorded there yet", print_help=False)
        try:
            with only_publication(directory):
                self._publish(directory, args[0], opts)
        except PublicationLockedError as error:
            self._fail(str(error), _LOCKED)
        except (TargetError, RecordError) as error:
            self._fail(str(error), 1)
        except KeyboardInterrupt:
            self._fail("stopped: what was copied is whole, and the next publication goes on from there", _INTERRUPTED)

    def _publish(self, directory: Path, url: str, opts: argparse.Namespace) -> None:
        # Scrapy imports every command before it runs one, and fsspec takes its time.
        from crawler.publishing.publication import Publication
        from crawler.publishing.target import Target

        target = Target(url)
        if target.folder is not None and target.folder.resolve().is_relative_to(directory.resolve()):
            raise UsageError(f"{url} is within the output directory itself", print_help=False)
        publication = Publication(directory, target)
        plan = publication.plan
        for conflict in plan.conflicts:
            self._fail(f"{conflict.code}: {conflict.path}: {conflict.detail}", 1)
        if not plan.conflicts and not opts.dry_run:
            _copy(publication)
        described = _described(publication, target, is_dry_run=opts.dry_run)
        print(orjson.dumps(described).decode() if opts.json else _summary(publication, target, described))

    def _fail(self, message: str, exitcode: int) -> None:
        print(message, file=sys.stderr)
        self.exitcode = exitcode


def _copy(publication: Publication) -> None:
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("", total=publication.plan.bytes)

        def advance(file: FinishedFile, size: int) -> None:
            bar.update(task, advance=size, description=file.path)

        publication.copy(advance)


def _described(publication: Publication, target: Target, *, is_dry_run: bool) -> dict[str, Any]:
    plan = publication.plan
    files = [{"path": file.path, "bytes": file.length} for file in plan.to_copy]
    return {
        "target": target.name,
        "dry_run": is_dry_run,
        "to_copy" if is_dry_run or plan.conflicts else "copied": files,
        "bytes": plan.bytes,
        "there": len(plan.there),
        "conflicts": [{"code": one.code, "path": one.path, "detail": one.detail} for one in plan.conflicts],
    }


def _summary(publication: Publication, target: Target, described: dict[str, Any]) -> str:
    plan = publication.plan
    if plan.conflicts:
        return f"{target.name}: nothing was copied; {len(plan.conflicts)} files there are not ours"
    listed = [f"{file.path}  {decimal(file.length)}" for file in plan.to_copy] if described["dry_run"] else []
    verb = "would be copied" if described["dry_run"] else "copied"
    total = f"{target.name}: {len(plan.to_copy)} files ({decimal(plan.bytes)}) {verb}, {len(plan.there)} there already"
    return "\n".join((*listed, total))

"""`scrapy fixture capture|update|archive`: maintain the saved pages and the sample archive made of them."""

from __future__ import annotations

import argparse
import difflib
import json
from pathlib import Path
from typing import Any, ClassVar

from scrapy import Spider
from scrapy.commands import ScrapyCommand
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.exceptions import UsageError
from scrapy.http import Response

from crawler.archive.sample import write_sample
from crawler.commands.extract import own_url
from crawler.extraction.page import Page
from crawler.extraction.problem import Problem
from crawler.fixtures import FIXTURES, SavedPage, expectation_path, saved_pages
from crawler.sources import source_of

#: The bundled archive that `make demo` crawls.
SAMPLE = FIXTURES / "sample.warc.gz"


class Command(ScrapyCommand):
    """Captures a page, shows how expectations drift, packs the sample archive."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        """How it is called."""
        return "capture [--url URL] [--name CASE] URL|FILE | update [SOURCE/CASE ...] [--write] | archive [--check]"

    def short_desc(self) -> str:
        """One line for `scrapy -h`."""
        return "Maintain the saved pages of the tests"

    def long_desc(self) -> str:
        """What `scrapy fixture -h` adds."""
        return (
            "capture saves a page and what it gives now, for you to read, replace its sentences by invented ones, and "
            "correct. update shows, field by field, where pages give something else than expected; --write accepts. "
            "archive packs all saved pages into the sample archive; --check only tells whether it is up to date."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """The options of this command."""
        super().add_options(parser)
        parser.add_argument("--url", metavar="URL", help="capture: where the file was published")
        parser.add_argument("--name", metavar="CASE", help="capture: name of the case, such as photo-page")
        parser.add_argument("--why", metavar="TEXT", default="", help="capture: what the case shows")
        parser.add_argument("--write", action="store_true", help="update: accept what the pages give now")
        parser.add_argument("--check", action="store_true", help="archive: exit 1 if it is out of date")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Do what the first argument says."""
        match args:
            case ["capture", target]:
                self._capture(target, opts)
            case ["update", *names]:
                self._update(names, write=opts.write)
            case ["archive"]:
                self._archive(check=opts.check)
            case _:
                raise UsageError(f"scrapy fixture {self.syntax()}", print_help=False)

    def _capture(self, target: str, opts: argparse.Namespace) -> None:
        try:
            if "://" in target:
                url, body, content_type = self._fetch(target)
            else:
                body, content_type = Path(target).read_bytes(), None
                url = opts.url or own_url(Page.from_bytes(target, body))
            source = source_of(url)
        except (Problem, OSError) as error:
            raise UsageError(str(error), print_help=False) from error
        name = opts.name or url.rstrip("/").rpartition("/")[2].partition(".")[0]
        path = FIXTURES / source.name / f"{name}{_ending(url, body)}"
        if path.exists() or expectation_path(path).exists():
            raise UsageError(f"{source.name}/{name} exists; give another --name", print_help=False)
        path.write_bytes(body)
        case = SavedPage(path, {"url": url, "content_type": content_type, "why": opts.why})
        case.save(case.actual())
        print(
            f"{case.name}: read {case.kind}. Replace the sentences of the page, then correct {expectation_path(path)}"
        )

    def _fetch(self, url: str) -> tuple[str, bytes, str | None]:
        """Get one page as a crawl would, politely. Raises Problem."""
        source = source_of(url)
        got: list[Response] = []

        class OnePage(Spider):
            name = source.name
            start_urls: ClassVar[list[str]] = [url]  # type: ignore[misc]

            def allows(self, url: str) -> bool:
                return source_of(url) is source

            def parse(self, response: Response, **_: Any) -> None:
                got.append(response)

        assert self.settings is not None
        settings = self.settings.copy()
        settings.setdict({"ITEM_PIPELINES": {}, "EXTENSIONS": {}}, priority="cmdline")
        process = AsyncCrawlerProcess(settings)
        process.crawl(OnePage)
        process.start()
        if not got:
            raise UsageError(f"{url} gave no response; the log says why", print_help=False)
        content_type = got[0].headers.get("Content-Type")
        return got[0].url, got[0].body, content_type.decode("latin-1") if content_type else None

    def _update(self, names: list[str], *, write: bool) -> None:
        cases = [case for case in saved_pages() if not names or case.name in names]
        if unknown := set(names) - {case.name for case in cases}:
            raise UsageError(f"there is no saved page {', '.join(sorted(unknown))}", print_help=False)
        for case in cases:
            before, actual = case.expectation, case.actual()
            if _as_compared(case, before) == _as_compared(case, actual):
                continue
            self.exitcode = 0 if write else 1
            print(f"{case.name} ({case.url})")
            print("\n".join(_difference(before, actual)))
            if write:
                case.save(actual)

    def _archive(self, *, check: bool) -> None:
        packed = write_sample(
            (case.url, case.path.read_bytes(), case.content_type or "text/html") for case in saved_pages()
        )
        if check:
            if not SAMPLE.exists() or SAMPLE.read_bytes() != packed:
                print(f"{SAMPLE.name} is out of date: run `scrapy fixture archive`")
                self.exitcode = 1
            return
        SAMPLE.write_bytes(packed)
        print(f"{SAMPLE}: {len(packed):,} bytes")


def _ending(url: str, body: bytes) -> str:
    start = body.lstrip()[:1]
    if start in (b"{", b"["):
        return ".page.json"
    if body.lstrip().startswith(b"<?xml"):
        return ".xml"
    return ".html" if b"<" in body[:2000] else ".txt"


def _as_compared(case: SavedPage, expectation: dict[str, Any]) -> dict[str, Any]:
    """An expectation with every field of the Article, so that a default written out is no difference."""
    if "article" not in expectation:
        return expectation
    held = SavedPage(case.path, expectation)
    return {
        "article": {
            name: held.expected_field(name) for name in expectation["article"] | case.expectation.get("article", {})
        }
    }


def _difference(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What changed, field by field, as unified lines without context."""
    old, new = before.get("article", before), after.get("article", after)
    lines = []
    for name in dict.fromkeys((*old, *new)):
        if old.get(name) != new.get(name):
            lines.append(f"  {name}")
            was, now = (json.dumps(one.get(name), ensure_ascii=False, indent=1).splitlines() for one in (old, new))
            changes = list(difflib.unified_diff(was, now, lineterm="", n=0))[2:]
            lines += [f"    {line}" for line in changes if not line.startswith("@@")]
    return lines

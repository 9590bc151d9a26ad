"""`scrapy extract [--url URL] FILE…`: Articles of saved pages, text renderings and WARC files, as JSON Lines."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from crawler.archive.index import ReplayIndex
from crawler.extraction.page import Page
from crawler.extraction.problem import Code, Problem
from crawler.items import Article, Capture
from crawler.rereading import article_captures, nearest_in, read_capture
from crawler.sources import source_of
from pipelines.normalise import normalise

_WARC = re.compile(r"\.warc(?:\.gz|\.zst)?$", re.IGNORECASE)
#: What browsers write into a page they save: `<!-- saved from url=(0035)https://www.mfa.gov.cn/… -->`
_SAVED_FROM = re.compile(r"<!--\s*saved from url=\(\d+\)(\S+)\s*-->")


class Command(ScrapyCommand):
    """Reads files with the same code a crawl uses, without network, ledger or output directory."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        """How it is called."""
        return "[--url URL] FILE [FILE ...]"

    def short_desc(self) -> str:
        """One line for `scrapy -h`."""
        return "Print the Articles of saved pages, text renderings (.txt) and WARC files as JSON Lines"

    def long_desc(self) -> str:
        """What `scrapy extract -h` adds."""
        return (
            "Articles go to standard output, problems to standard error. A page's URL decides how it is read: give "
            "it with --url, or leave it to the page (canonical link, or the mark a browser leaves in a saved page). "
            "Exits 1 if any file gave no article."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """The options of this command."""
        super().add_options(parser)
        parser.add_argument("--url", metavar="URL", help="where the page was published (for one page)")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print what each file gives."""
        if not args:
            raise UsageError("name a file to read", print_help=False)
        if opts.url and (len(args) > 1 or _WARC.search(args[0])):
            raise UsageError("--url goes with one page", print_help=False)
        for name in args:
            if not self._print(Path(name), opts.url):
                self.exitcode = 1

    def _print(self, path: Path, url: str | None) -> int:
        """Print a file's Articles and problems; how many Articles there were."""
        printed = 0
        try:
            found = articles_of_archive(path) if _WARC.search(path.name) else articles_of_page(path, url)
            for one in found:
                if isinstance(one, Problem):
                    print(f"{path}: {one}", file=sys.stderr)
                else:
                    sys.stdout.buffer.write(orjson.dumps(one.model_dump(), option=orjson.OPT_APPEND_NEWLINE))
                    printed += 1
        except Problem as problem:
            print(f"{path}: {problem}", file=sys.stderr)
        sys.stdout.flush()
        return printed


def articles_of_page(path: Path, url: str | None) -> Iterator[Article]:
    """The Article of one saved page. Raises Problem."""
    try:
        body = path.read_bytes()
    except OSError as error:
        raise Problem(Code.UNREADABLE_FILE, str(path), error.strerror or str(error)) from error
    page = Page.from_bytes(url or str(path), body)
    if url is None:
        page.url = own_url(page)
    article = source_of(page.url).read(page)
    article.capture = Capture(file=path.name)
    yield normalise(article)


def articles_of_archive(path: Path) -> Iterator[Article | Problem]:
    """The Articles of a WARC file, and the problems of the pages that should be one, in the file's order."""
    index = ReplayIndex([path])
    yield from index.problems
    find_further = nearest_in(index)
    for source, _, capture in article_captures(index):
        try:
            reread = read_capture(index.read(capture), source, find_further)
        except Problem as problem:
            yield problem
        else:
            yield from reread.problems
            yield reread.article


def own_url(page: Page) -> str:
    """The URL a page itself says it has. Raises Problem `unknown-url`."""
    if (saved := _SAVED_FROM.search(page.text[:2000])) is not None:
        return saved[1]
    if page.is_markup:
        for link in page.tree.iter("link"):
            if (link.get("rel") or "").lower() == "canonical" and link.get("href"):
                return str(link.get("href"))
        if (url := page.meta("og:url")) is not None:
            return url
    raise Problem(Code.UNKNOWN_URL, page.url, "the page does not say where it was published; give --url")

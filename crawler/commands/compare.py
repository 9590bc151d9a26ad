"""`scrapy compare ID ID`: the texts of two documents as a word diff."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console
from rich.text import Text
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from crawler.items import Article
from crawler.marking import marked
from pipelines.copies import compare
from pipelines.failure import RecordError
from pipelines.recorded import Recorded
from pipelines.shingles import shingles
from pipelines.word_diff import word_diff


class Command(ScrapyCommand):
    """Coloured on a terminal; elsewhere `[-dropped-]` and `{+added+}`, as wdiff marks them."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        """How it is called."""
        return "ID ID [-s OUTPUT_DIR=DIR]"

    def short_desc(self) -> str:
        """One line for `scrapy -h`."""
        return "Show the texts of two documents as a word diff"

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print both heads, how the texts are related, and the diff."""
        assert self.settings is not None
        if len(args) != 2:
            raise UsageError("name two documents, such as mfa:t1659619 mfa:t1660057", print_help=False)
        try:
            with Recorded(Path(self.settings["OUTPUT_DIR"])) as recorded:
                first, second = (_known(recorded, name) for name in args)
        except RecordError as error:
            raise UsageError(str(error), print_help=False) from error
        console = Console(highlight=False, soft_wrap=True)
        for sign, style, article in (("---", "red", first), ("+++", "green", second)):
            head = (
                f"{sign} {article.id}  {article.date_published or 'undated'}  {article.publisher}: {article.headline}"
            )
            console.print(Text(head, style=style))
        console.print(_relation(first, second), style="bold")
        console.print(marked(word_diff(first.article_body, second.article_body), is_coloured=console.is_terminal))


def _known(recorded: Recorded, name: str) -> Article:
    article = recorded.article(name)
    if article is None:
        raise UsageError(f"{name} was never met", print_help=False)
    return article


def _relation(first: Article, second: Article) -> str:
    if first.text_digest == second.text_digest:
        return "identical: the same text"
    link = compare(first.id, shingles(first.article_body), second.id, shingles(second.article_body))
    return "no copies" if link is None else f"{link.relation}: {link.reason}"

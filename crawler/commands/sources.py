"""`scrapy sources [--json]`: what can be crawled."""

from __future__ import annotations

import argparse
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table
from scrapy.commands import ScrapyCommand

from crawler.extraction.source import Source
from crawler.sources import sources


class Command(ScrapyCommand):
    """Lists the sources with their hosts, sections and layouts."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        """How it is called."""
        return "[--json]"

    def short_desc(self) -> str:
        """One line for `scrapy -h`."""
        return "List the sources: hosts, sections, layouts with their years"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """The options of this command."""
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="everything, as one JSON array")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print the sources."""
        if opts.json:
            described = [describe(source) for source in sources().values()]
            print(orjson.dumps(described, option=orjson.OPT_INDENT_2).decode())
            return
        table = Table("source", "hosts", "sections", "layouts", title="scrapy crawl SOURCE", show_lines=True)
        for source in sources().values():
            slugs = dict.fromkeys(section.slug for section in source.documented_sections())
            layouts = [f"{layout.name} ({layout.years}, {layout.grade})" for layout in source.layouts]
            table.add_row(source.name, _some(sorted(source.hosts)), _some(list(slugs)), "\n".join(layouts))
        Console().print(table)


def describe(source: Source) -> dict[str, Any]:
    """A source as plain data: name, publisher, hosts, sections and layouts with years and grade of evidence."""
    return {
        "name": source.name,
        "publisher": source.publisher,
        "hosts": sorted(source.hosts),
        "sections": [
            {"slug": one.slug, "name": one.name, "edition": one.edition, "urls": one.urls, "grade": one.grade}
            for one in source.sections
        ],
        "layouts": [{"name": one.name, "years": one.years, "grade": one.grade} for one in source.layouts],
        "rendering": source.rendering,
    }


def _some(names: list[str]) -> str:
    """The first names of a long list."""
    return "\n".join(names[:15]) + (f"\n… {len(names) - 15} more" if len(names) > 15 else "")

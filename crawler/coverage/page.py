"""Coverage as one page of HTML that needs nothing from elsewhere."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from html import escape

from crawler.coverage.reckoning import Coverage
from crawler.coverage.tables import Table, tables

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2em auto; max-width: 75em; padding: 0 1em; color: #222; }
h2 { font-size: 1.1em; margin-top: 2em; }
table { border-collapse: collapse; }
th, td { padding: .15em .8em .15em 0; text-align: left; border-bottom: 1px solid #ddd; vertical-align: top; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
p.note { color: #555; max-width: 50em; }
"""
_CAUTION = (
    "A gap is where to look, not proof that something was published and is missing; see docs/coverage.md of Readouts."
)


def page(coverage: Coverage, chart: str, made: datetime.datetime) -> Iterator[str]:
    """The page, piece by piece; `chart` is an HTML fragment, `made` an aware instant. All else is escaped."""
    title = f"Coverage of {coverage.source}"
    yield "<!DOCTYPE html>\n"
    yield f'<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
    yield f"<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>\n"
    yield f"<p>{escape(_summary(coverage, made))}</p>\n<p>{escape(_CAUTION)}</p>\n"
    yield chart
    for table in tables(coverage):
        yield from _table(table)
    yield "</body>\n</html>\n"


def _summary(coverage: Coverage, made: datetime.datetime) -> str:
    said = f"{coverage.documents} documents in the record as of {made.astimezone(datetime.UTC):%Y-%m-%d %H:%M} UTC"
    if coverage.since is not None:
        said += f", since {coverage.since}"
    if coverage.until is not None:
        said += f", until {coverage.until}"
    if coverage.sections:
        said += f", of the sections {', '.join(coverage.sections)}"
    return said + ". Days are Beijing days."


def _table(table: Table) -> Iterator[str]:
    yield f"<h2>{escape(table.title)}</h2>\n"
    if table.rows:
        yield "<table>\n"
        yield f"<thead><tr>{_cells(table, table.columns, 'th')}</tr></thead>\n<tbody>\n"
        for row in table.rows:
            yield f"<tr>{_cells(table, row, 'td')}</tr>\n"
        yield "</tbody>\n</table>\n"
    if table.note:
        yield f'<p class="note">{escape(table.note)}</p>\n'


def _cells(table: Table, cells: tuple[str, ...], tag: str) -> str:
    return "".join(
        f'<{tag} class="number">{escape(cell)}</{tag}>' if column in table.numbers else f"<{tag}>{escape(cell)}</{tag}>"
        for column, cell in zip(table.columns, cells, strict=True)
    )

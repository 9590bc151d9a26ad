"""Coverage as tables, for a terminal, for a pipe and for a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from crawler.coverage.documents import LIVE, REPLAY, UNKNOWN
from crawler.coverage.months import ThinMonths
from crawler.coverage.press_conferences import PressConferences, Stretch
from crawler.coverage.reckoning import Coverage
from crawler.coverage.sequence import Known, NumberSequence

#: Whole or part of the source, as a table names the whole.
_WHOLE = "(all)"
#: Ways that come before the names of archives.
_OWN_WAYS = (LIVE, REPLAY)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of as many cells as there are columns; `numbers` are the columns of figures. `note` is a sentence or more
    that belongs to the table, which may have no rows."""

    title: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    numbers: frozenset[str] = frozenset()
    note: str = ""

    def cut(self, most: int) -> Table:
        """With its first `most` rows; the note says how many more there are."""
        if len(self.rows) <= most:
            return self
        more = f"The first {most} of {len(self.rows)}; --json and --html have all."
        return replace(self, rows=self.rows[:most], note=f"{self.note} {more}".strip())


def tables(coverage: Coverage) -> list[Table]:
    """The documents, then the gaps."""
    return [
        _documents(coverage),
        _thin_months(coverage.thin_months),
        *([_number_gaps(coverage.sequence), _ranges(coverage.sequence)] if coverage.sequence is not None else []),
        *([_press_conferences(coverage.press_conferences)] if coverage.press_conferences else []),
        *([_stretches(coverage.press_conferences)] if coverage.press_conferences else []),
    ]


def plain(table: Table) -> Iterator[str]:
    """Lines: the title after `# `, columns of even width with `-` for what is empty, the note after `# `."""
    yield f"# {table.title}"
    if table.rows:
        lines = [table.columns, *(tuple(cell or "-" for cell in row) for row in table.rows)]
        widths = [max(len(line[number]) for line in lines) for number in range(len(table.columns))]
        for line in lines:
            yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
    if table.note:
        yield f"# {table.note}"


# --- documents


def _documents(coverage: Coverage) -> Table:
    ways = sorted({way for one in coverage.periods for way in one.found}, key=_way_order)
    rows = [
        (one.period, one.section, str(one.documents), *(_figure(one.found.get(way, 0)) for way in ways))
        for one in coverage.periods
    ]
    total: Counter[str] = Counter()
    for one in coverage.periods:
        total.update(one.found)
    rows.append(("total", "", str(total.total()), *(_figure(total[way]) for way in ways)))
    return Table(
        title=f"Documents of {coverage.source} by {coverage.by} and section, and how they were found",
        columns=(coverage.by, "section", "documents", *ways),
        rows=tuple(rows),
        numbers=frozenset(("documents", *ways)),
        note=f"{coverage.undated} more have no date." if coverage.undated else "",
    )


def _way_order(way: str) -> tuple[bool, bool, str]:
    return (way not in _OWN_WAYS, way == UNKNOWN, way)


def _thin_months(found: list[ThinMonths]) -> Table:
    return Table(
        title="Months far below their neighbours",
        columns=("section", "first", "last", "documents", "usual"),
        rows=tuple(
            (one.section or _WHOLE, one.first, one.last, str(one.documents), f"{one.usual:g} a month") for one in found
        ),
        numbers=frozenset(("documents",)),
        note="" if found else "None.",
    )


# --- the sequence of numbers


def _number_gaps(sequence: NumberSequence) -> Table:
    note = (
        f"Of the numbers {sequence.first} to {sequence.last}, {sequence.known} are known documents; most others are "
        f"other publications of the network. "
    )
    if sequence.width is None:
        note += "Too few are known to compare stretches."
    else:
        note += f"Stretches of {sequence.width} numbers were compared" + ("." if sequence.gaps else ": no gap.")
    return Table(
        title="Numbers of the network with far fewer known documents than around them",
        columns=("first", "last", "known", "usual", "before", "after"),
        rows=tuple(
            (
                str(gap.first),
                str(gap.last),
                str(gap.known),
                str(gap.usual),
                _known(gap.before),
                _known(gap.after),
            )
            for gap in sequence.gaps
        ),
        numbers=frozenset(("first", "last", "known", "usual")),
        note=note,
    )


def _ranges(sequence: NumberSequence) -> Table:
    return Table(
        title="Known documents by stretches of numbers",
        columns=("first", "last", "known", "lowest", "highest"),
        rows=tuple(
            (str(one.first), str(one.last), str(one.known), _known(one.lowest), _known(one.highest))
            for one in sequence.ranges
        ),
        numbers=frozenset(("first", "last", "known")),
        note="" if sequence.ranges else "None were compared.",
    )


def _known(one: Known | None) -> str:
    return f"t{one.number} {one.day}" if one is not None else ""


# --- press conferences


def _press_conferences(reckoned: list[PressConferences]) -> Table:
    rows = [
        (
            one.in_language,
            str(year.year),
            str(year.expected),
            str(year.known),
            _figure(year.recess),
            _figure(year.expected - year.known - year.recess),
        )
        for one in reckoned
        for year in one.years
    ]
    return Table(
        title="Regular press conferences, by the days that should have one",
        columns=("language", "year", "expected", "known", "recess", "missing"),
        rows=tuple(rows),
        numbers=frozenset(("year", "expected", "known", "recess", "missing")),
        note=" ".join(_conference_note(one) for one in reckoned),
    )


def _conference_note(one: PressConferences) -> str:
    note = f"{one.in_language}: {one.documents} press conferences, reckoned from {one.first} to {one.last}"
    if one.inexact:
        note += f", {one.inexact} without an exact day"
    if one.without_calendar:
        years = ", ".join(map(str, one.without_calendar))
        note += f"; the public holidays of {years} are not known here and may seem missing"
    return note + "."


def _stretches(reckoned: list[PressConferences]) -> Table:
    rows = [
        (
            one.in_language,
            str(stretch.first),
            str(stretch.last),
            str(stretch.days),
            _kind(stretch),
            _figure(stretch.remarks),
        )
        for one in reckoned
        for stretch in one.stretches
    ]
    return Table(
        title="Days on end without the press conference that should be there",
        columns=("language", "first", "last", "days", "kind", "remarks"),
        rows=tuple(rows),
        numbers=frozenset(("days", "remarks")),
        note="`remarks`: days with the spokesperson's remarks in place of a conference." if rows else "None.",
    )


def _kind(stretch: Stretch) -> str:
    if stretch.kind == "missing":
        return "missing"
    return "recess, announced" if stretch.is_announced else "recess, by its looks"


def _figure(number: int) -> str:
    return str(number) if number else ""

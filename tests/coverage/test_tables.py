"""Coverage as plain columns."""

from __future__ import annotations

from crawler.coverage.reckoning import Reckoning
from crawler.coverage.tables import Table, plain, tables
from tests.coverage.examples import conference, day, document

TODAY = day("2026-11-22")


def lines(reckoning: Reckoning, source: str = "mfa") -> list[str]:
    covered = reckoning.coverage(source, "year", sections=[], since=None, until=None, today=TODAY)
    return [line for table in tables(covered) for line in plain(table)]


def test_documents_and_gaps() -> None:
    reckoning = Reckoning()
    for one in (
        conference("2003-12-30", id="mfa:t1001"),
        conference("2004-01-08", id="mfa:t1002"),
        document(1004, "2004-01-09", found="wayback"),
        document(on=None, id="mfa:t20040109_5"),
    ):
        reckoning.add(one)
    assert lines(reckoning) == [
        "# Documents of mfa by year and section, and how they were found",
        "year   section      documents  live  wayback",
        "2003   Top Stories  1          1     -",
        "2004   Top Stories  2          1     1",
        "total  -            3          2     1",
        "# 1 more have no date.",
        "# Months far below their neighbours",
        "# None.",
        "# Numbers of the network with far fewer known documents than around them",
        "# Of the numbers 1001 to 1004, 3 are known documents; most others are other publications of the network. "
        "Too few are known to compare stretches.",
        "# Known documents by stretches of numbers",
        "# None were compared.",
        "# Regular press conferences, by the days that should have one",
        "language  year  expected  known  recess  missing",
        "en        2003  1         1      -       -",
        "en        2004  2         1      -       1",
        "# en: 2 press conferences, reckoned from 2003-12-30 to 2004-01-08; the public holidays of 2003 are not known "
        "here and may seem missing.",
        "# Days on end without the press conference that should be there",
        "language  first       last        days  kind     remarks",
        "en        2004-01-06  2004-01-06  1     missing  -",
        "# `remarks`: days with the spokesperson's remarks in place of a conference.",
    ]


def test_other_sources_have_no_press_conferences() -> None:
    reckoning = Reckoning()
    reckoning.add(conference("2019-10-08", id="missions:no/t1001"))
    reckoning.add(conference("2019-10-11", id="missions:no/t1002"))
    assert not [line for line in lines(reckoning, "missions") if "press conference" in line.lower()]


def test_a_long_table_is_cut() -> None:
    table = Table("Days", ("day",), (("1",), ("2",), ("3",)), note="Few.")
    assert table.cut(3) is table
    assert table.cut(2).rows == (("1",), ("2",))
    assert table.cut(2).note == "Few. The first 2 of 3; --json and --html have all."

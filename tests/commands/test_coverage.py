"""`scrapy coverage`, as a user calls it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from rich.console import Console

from crawler.commands.coverage import _print_rich
from crawler.coverage.tables import Table
from tests.command_line import scrapy
from tests.pipelines.examples import EVENING, article, long_text, record_all
from tests.shared import REAL, needs_real

LIVE = {"file": "mfa-20221028T060000Z-00000.warc.gz", "record_id": "urn:uuid:1"}
SAVED = {"file": "saved.warc.gz", "record_id": "urn:uuid:2"}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The record, to be read only: five documents of the ministry, one of them revised, and one of Xinhua."""
    directory = tmp_path_factory.mktemp("recorded")
    spring = {"article_section": "Speeches", "date_published": "2021-03-02", "capture": LIVE}
    record_all(
        directory,
        article("mfa:t1001", "mountain roads", **spring),
        article(
            "mfa:t1001",
            **spring | {"article_body": long_text("sea roads"), "date_retrieved": EVENING, "capture": SAVED},
        ),
        article("mfa:t1002", "tea gardens", **spring | {"date_published": "2022-01-01T00:30:00+08:00"}),
        article("mfa:t1003", "night ferries", **spring | {"article_section": "Top Stories"}),
        article("mfa:t1004", "paper lanterns", **spring | {"date_published": None}),
        article("mfa:t20221029_5", "day ferries", **spring | {"article_section": None}),
    )
    record_all(directory, article("xinhua:c_1", "stone bridges", date_published="2022-10-26"), source="xinhua")
    return directory


def coverage(directory: Path, *arguments: str | Path, expect: int = 0) -> subprocess.CompletedProcess[str]:
    return scrapy("coverage", *arguments, "-s", f"OUTPUT_DIR={directory}", expect=expect)


def as_json(directory: Path, *arguments: str) -> dict[str, Any]:
    return dict(json.loads(coverage(directory, *arguments, "--json").stdout))


def test_columns(recorded: Path) -> None:
    # The revision of t1001 was read from a saved file, and is what is in force.
    assert coverage(recorded, "mfa").stdout.splitlines()[:7] == [
        "# Documents of mfa by year and section, and how they were found",
        "year   section      documents  live  replay",
        "2021   (none)       1          1     -",
        "2021   Speeches     1          -     1",
        "2021   Top Stories  1          1     -",
        "2022   Speeches     1          1     -",
        "total  -            4          3     1",
    ]


def test_json(recorded: Path) -> None:
    found = as_json(recorded, "mfa", "--by", "month")
    assert (found["source"], found["documents"], found["undated"]) == ("mfa", 5, 1)
    assert [(one["period"], one["section"], one["documents"], one["found"]) for one in found["periods"]] == [
        ("2021-03", "(none)", 1, {"live": 1}),
        ("2021-03", "Speeches", 1, {"replay": 1}),
        ("2021-03", "Top Stories", 1, {"live": 1}),
        ("2022-01", "Speeches", 1, {"live": 1}),
    ]
    assert (found["sequence"]["first"], found["sequence"]["last"], found["sequence"]["known"]) == (1001, 1004, 4)
    assert found["press_conferences"] == found["thin_months"] == []
    assert as_json(recorded, "xinhua")["sequence"] is None


def test_days_and_sections(recorded: Path) -> None:
    found = as_json(recorded, "mfa", "--since", "2022-01-01", "--until", "2022-01-01")
    assert (found["since"], found["until"], found["documents"], found["undated"]) == (
        "2022-01-01",
        "2022-01-01",
        1,
        0,
    )
    # By slug, and by name.
    found = as_json(recorded, "mfa", "--section", "zyxw,Speeches", "--until", "2021-12-31")
    assert found["sections"] == ["Top Stories", "Speeches"]
    assert found["documents"] == 2


def test_page(recorded: Path, tmp_path: Path) -> None:
    path = tmp_path / "coverage.html"
    path.write_text("an older one", encoding="utf-8")
    done = coverage(recorded, "mfa", "--html", path)
    assert done.stderr == f"{path}: written\n"
    assert done.stdout.startswith("# Documents of mfa")
    tree = html.document_fromstring(path.read_text(encoding="utf-8"))
    assert ["2021", "Top Stories", "1", "1", ""] in [[cell.text_content() for cell in row] for row in tree.iter("tr")]
    assert [one.name for one in tmp_path.iterdir()] == ["coverage.html"]


def test_where_no_page_can_be(recorded: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in recorded.rglob("*.jsonl")}
    for path, said in (
        (tmp_path, "is no file"),
        (recorded / "articles" / "mfa.jsonl", "is where the record itself is kept; pages there end in .html"),
        (recorded / "ledger.db", "is where the record itself is kept; pages there end in .html"),
    ):
        assert coverage(recorded, "mfa", "--html", path, expect=1).stderr == f"{path} {said}\n"
    missing = tmp_path / "no" / "coverage.html"
    assert coverage(recorded, "mfa", "--html", missing, expect=1).stderr == f"{missing}: No such file or directory\n"
    assert {path: path.read_bytes() for path in recorded.rglob("*.jsonl")} == before


def test_page_without_plotly(recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "plotly.py").write_text("raise ImportError('not installed')", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    done = coverage(recorded, "mfa", "--html", tmp_path / "coverage.html", expect=1)
    assert done.stderr == "--html needs plotly: pip install 'readouts[charts]'\n"
    # Without a page, it is not needed.
    assert coverage(recorded, "mfa").stdout


def test_the_table_on_a_terminal() -> None:
    console = Console(width=60, record=True, file=open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123
    table = Table("Days", ("section", "days"), (("[bold]Speeches", "12"),), frozenset(("days",)), "A note.")
    with console.file:
        _print_rich(console, table)
    shown = console.export_text()
    assert "[bold]Speeches" in shown
    assert "A note." in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name one source"),
        (("gazette",), "name one source"),
        (("mfa", "xinhua"), "name one source"),
        (("mfa", "--by", "week"), "invalid choice: 'week'"),
        (("mfa", "--since", "yesterday"), "--since yesterday is no day"),
        (("mfa", "--since", "2022-10-02", "--until", "2022-10-01"), "--until 2022-10-01 is before"),
        (("ecns",), "holds no document of ecns"),
        (("mfa", "--since", "2023-01-01"), "holds no document of mfa that is asked for"),
        (("mfa", "--section", "Communiqués"), "holds no document of mfa that is asked for"),
    ],
)
def test_wrong_arguments(recorded: Path, arguments: tuple[str, ...], said: str) -> None:
    assert said in coverage(recorded, *arguments, expect=2).stderr


def test_nothing_recorded(tmp_path: Path) -> None:
    assert "nothing was recorded there yet" in coverage(tmp_path, "mfa", expect=2).stderr


@needs_real
def test_real_press_conferences(tmp_path: Path) -> None:
    # Read by a human: which of the days have a page that is called a press conference, and which have not.
    scrapy("crawl", "mfa", "-a", f"replay={REAL / 'mfa-en-2020-07.warc.gz'}", "-s", f"OUTPUT_DIR={tmp_path}")
    found = as_json(tmp_path, "mfa")
    (english,) = found["press_conferences"]
    # 320 pages, 13 of them remarks: of eleven days without a conference, and on two subjects.
    assert english["documents"] == 307
    assert [(one["year"], one["expected"], one["known"], one["recess"]) for one in english["years"]] == [
        (2019, 206, 187, 10),
        (2020, 120, 119, 0),
    ]
    (recess,) = [one for one in english["stretches"] if one["kind"] == "recess"]
    assert (recess["first"], recess["last"], recess["remarks"]) == ("2019-08-05", "2019-08-16", 9)
    missing = {one["first"]: one["remarks"] for one in english["stretches"] if one["kind"] == "missing"}
    assert all(one["days"] == 1 for one in english["stretches"] if one is not recess)
    # In the days of the National People's Congress, the Belt and Road Forum (2019-04-26), at Congress's close in 2020;
    # on two there were written remarks.
    assert missing == {
        "2019-03-08": 0,
        "2019-03-15": 0,
        "2019-03-29": 0,
        "2019-04-16": 0,
        "2019-04-19": 0,
        "2019-04-26": 0,
        "2019-07-05": 0,
        "2019-09-12": 1,
        "2019-11-26": 1,
        "2020-05-28": 0,
    }
    assert [(one["period"], one["section"], one["documents"]) for one in found["periods"]] == [
        ("2019", "Regular Press Conference", 201),
        ("2020", "Regular Press Conference", 119),
    ]
    assert found["thin_months"] == found["sequence"]["gaps"] == []
    assert (found["sequence"]["first"], found["sequence"]["last"]) == (1642779, 1794629)

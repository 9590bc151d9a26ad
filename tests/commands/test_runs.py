"""`scrapy runs`."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

from rich.console import Console

from crawler.commands.runs import Row, _table, last_runs
from tests.command_line import scrapy
from tests.diagnosis.past import past_report, write_reports
from tests.diagnosis.test_running import held

PROBLEMS = {"network": 1, "no-layout": 8, "soft-404": 3, "blocked": 2}
BAD = past_report(
    "ecns",
    result="degraded",
    exit_code=3,
    problem_counts=PROBLEMS,
    findings=[{"rule": "problem-share", "detail": "…"}, {"rule": "problem-share", "detail": "…"}],
    alarms={"mass-removal": "…"},
    seconds=61.4,
)
GOOD = past_report("ecns")


def test_one_line_a_run(tmp_path: Path) -> None:
    bad, good = write_reports(tmp_path, GOOD, BAD)
    head, *rows = scrapy("runs", "-s", f"OUTPUT_DIR={tmp_path}").stdout.splitlines()
    assert head.split() == "started source result exit new rev same problems findings seconds".split()
    columns = [[cell.strip() for cell in row.split("  ") if cell.strip()] for row in rows]
    codes = "8 no-layout, 3 soft-404, 2 blocked, …"
    assert columns == [
        [bad["started"], "ecns", "degraded", "3", "2", "0", "8", codes, "problem-share, mass-removal", "61"],
        [good["started"], "ecns", "done", "0", "2", "0", "8", "-", "-", "12"],
    ]


def test_as_json(tmp_path: Path) -> None:
    bad, _ = write_reports(tmp_path, GOOD, BAD)
    (row,) = json.loads(scrapy("runs", "ecns", "--last", "1", "--json", "-s", f"OUTPUT_DIR={tmp_path}").stdout)
    assert row == {
        "started": bad["started"],
        "source": "ecns",
        "result": "degraded",
        "run": bad["run"],
        "exit_code": 3,
        "new": 2,
        "revisions": 0,
        "unchanged": 8,
        "problem_counts": PROBLEMS,
        "findings": ["problem-share"],
        "alarms": ["mass-removal"],
        "seconds": 61.4,
    }


def test_the_latest_of_all_sources(tmp_path: Path) -> None:
    write_reports(tmp_path, past_report("mfa"), past_report("ecns"), past_report("mfa"))
    assert [row.source for row in last_runs(tmp_path, ["ecns", "mfa"], 20)] == ["mfa", "ecns", "mfa"]
    assert [row.source for row in last_runs(tmp_path, ["ecns", "mfa"], 2)] == ["mfa", "ecns"]
    assert [row.source for row in last_runs(tmp_path, ["ecns"], 20)] == ["ecns"]


def test_a_run_that_is_going_on_stands_above(tmp_path: Path) -> None:
    write_reports(tmp_path, GOOD)
    with held(tmp_path):
        rows = last_runs(tmp_path, ["ecns", "mfa"], 20)
        assert [(row.source, row.result) for row in rows] == [("ecns", "running"), ("ecns", "done")]
        assert rows[0].cells()["exit"] == ""
    assert [row.result for row in last_runs(tmp_path, ["ecns", "mfa"], 20)] == ["done"]


def test_results_have_colours() -> None:
    reports = ({"started": "2026-11-22T06:00:00Z"} | report for report in (BAD, GOOD))
    console = Console(file=StringIO(), force_terminal=True, color_system="standard", width=80)
    console.print(_table([Row.of_report(report) for report in reports]))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "\x1b[33mdegraded" in shown
    assert "\x1b[32mdone" in shown


def test_the_table_fits_a_terminal() -> None:
    console = Console(file=StringIO(), width=80)
    console.print(_table([Row.of_report({"started": "2026-11-22T06:00:00Z"} | BAD)]))
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert max(map(len, lines)) <= 80
    assert any(line.split()[:4] == ["11-22", "06:00", "ecns", "degraded"] for line in lines)


def test_a_report_of_an_earlier_release(tmp_path: Path) -> None:
    old = {key: value for key, value in GOOD.items() if key not in ("result", "exit_code", "findings", "alarms")}
    write_reports(tmp_path, old | {"failure": "ledger-locked: …"})
    (row,) = last_runs(tmp_path, ["ecns"], 20)
    assert (row.result, row.exit_code, row.findings) == ("failed", None, [])


def test_wrong_arguments(tmp_path: Path) -> None:
    empty = scrapy("runs", "-s", f"OUTPUT_DIR={tmp_path}", expect=2)
    assert "nothing was run there yet" in empty.stderr
    assert "name one source" in scrapy("runs", "ministry", expect=2).stderr
    assert "0 is no number of runs" in scrapy("runs", "--last", "0", expect=2).stderr

"""What the reports of the last runs say, since when, and what they leave unsaid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from crawler.diagnosis.examination import Ailment, Diagnosis
from crawler.diagnosis.past_runs import PastRuns
from crawler.extraction.health import Health
from tests.diagnosis.past import past_report, write_reports

GOOD = past_report("ecns")


def degraded(rule: str, detail: str, **changes: Any) -> dict[str, Any]:
    return past_report("ecns", result="degraded", findings=[{"rule": rule, "detail": detail}], **changes)


def diagnose(directory: Path, *reports: dict[str, Any]) -> list[Diagnosis]:
    return list(PastRuns(write_reports(directory, *reports)).diagnose(Health()))


def test_no_run_says_nothing() -> None:
    runs = PastRuns([])
    assert (runs.last, runs.newest_known, runs.failing_sections()) == (None, None, [])
    assert list(runs.diagnose(Health())) == []


def test_what_is_over_is_no_diagnosis(tmp_path: Path) -> None:
    assert diagnose(tmp_path, degraded("listing-links", "voices shows 0 articles"), GOOD) == []


def test_since_when(tmp_path: Path) -> None:
    bad = degraded("problem-share", "no-layout: 8 of 10 pages", articles=2, problem_counts={"no-layout": 8})
    reports = write_reports(tmp_path, GOOD, bad, bad)
    (diagnosis,) = PastRuns(reports).diagnose(Health())
    assert diagnosis.what == "The health rule problem-share fails."
    assert diagnosis.evidence == (
        "no-layout: 8 of 10 pages",
        "problems of the last run, of 10 pages: 8 no-layout",
        f"so since {reports[1]['started']} (run {reports[1]['run']}), 2 runs in a row; "
        f"the run before, {reports[2]['run']}, was not so",
    )


def test_one_rule_in_many_sections_is_one_diagnosis(tmp_path: Path) -> None:
    findings = [{"rule": "listing-links", "detail": f"section {number} shows 0 articles"} for number in range(9)]
    (diagnosis,) = diagnose(tmp_path, past_report("ecns", result="degraded", findings=findings))
    assert diagnosis.evidence[:5] == tuple(f"section {number} shows 0 articles" for number in range(5))
    assert diagnosis.evidence[5] == "… and 4 more"
    assert diagnosis.evidence[6].endswith("1 run in a row")


def test_a_failure_a_wall_and_an_alarm(tmp_path: Path) -> None:
    failed = past_report("ecns", result="failed", failure="nothing-read: 12 network", problem_counts={"network": 12})
    blocked = past_report("ecns", result="blocked", blocked="5 refusals in a row")
    alarmed = past_report("ecns", result="degraded", alarms={"mass-removal": "7 documents disappeared together"})
    for directory, report, ailment in (
        (tmp_path / "1", failed, Ailment.RUN_FAILED),
        (tmp_path / "2", blocked, Ailment.RUN_BLOCKED),
        (tmp_path / "3", alarmed, Ailment.ALARM),
    ):
        (diagnosis,) = diagnose(directory, GOOD, report)
        assert diagnosis.ailment == ailment


def test_replays_and_runs_that_were_stopped_are_left_out(tmp_path: Path) -> None:
    replay = past_report("ecns", result="failed", failure="spider-error: …", arguments={"replay": "a.warc.gz"})
    stopped = past_report("ecns", result="interrupted")
    runs = PastRuns(write_reports(tmp_path, GOOD, replay, stopped))
    assert len(runs.runs) == 1
    assert list(runs.diagnose(Health())) == []


def test_runs_that_were_asked_something_else_are_not_compared(tmp_path: Path) -> None:
    sample = past_report("ecns", result="failed", failure="nothing-read: 1 network", arguments={"sample": "1"})
    runs = PastRuns(write_reports(tmp_path, GOOD, sample, GOOD))
    assert [one["arguments"] for one in runs.runs] == [{}, {}]


def test_more_renderings_than_before(tmp_path: Path) -> None:
    (diagnosis,) = diagnose(tmp_path, GOOD, GOOD, past_report("ecns", renderings=2))
    assert diagnosis.ailment == Ailment.RENDERINGS_RISEN
    assert "20% of 10 articles" in diagnosis.evidence[0]
    assert diagnosis.evidence[0].endswith("0% before.")


def test_the_layout_that_is_usual(tmp_path: Path) -> None:
    runs = PastRuns(
        write_reports(
            tmp_path,
            past_report("ecns", layouts={"ecns-2013": 9, "ecns-rendering": 1}),
            past_report("ecns", layouts={"ecns-rendering": 20}),
        )
    )
    assert runs.usual_layout("ecns-rendering") == "ecns-2013"
    assert PastRuns([]).usual_layout("ecns-rendering") is None


def test_a_report_of_an_earlier_release(tmp_path: Path) -> None:
    old = {key: value for key, value in GOOD.items() if key not in ("result", "findings", "alarms", "blocked")}
    (diagnosis,) = diagnose(tmp_path, old | {"failure": "ledger-locked: …"})
    assert diagnosis.ailment == Ailment.RUN_FAILED

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from crawler.extensions.run_report import Tally, _write
from crawler.extraction.problem import Code, Problem
from crawler.items import Article
from crawler.signals import Outcome
from tests.pipelines.examples import article
from tests.pipelines.runs import ITEMS, command, run


def test_the_report_of_a_run(tmp_path: Path) -> None:
    done = run(tmp_path, *ITEMS)
    report = done.report
    assert re.fullmatch(r"\d{8}T\d{6}Z-mfa", report["run"])
    assert [path.name for path in (tmp_path / "output" / "runs").iterdir()] == [f"{report['run']}.json"]
    assert report["source"] == "mfa"
    assert report["arguments"] == {"articles": "given.jsonl"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", report["started"])
    assert report["started"] <= report["finished"]
    assert 0 < report["seconds"] < 60
    assert (report["finish_reason"], report["failure"]) == ("finished", None)
    assert set(report["versions"]) == {"python", "scrapy", "lxml", "readouts"}
    assert report["versions"]["scrapy"].startswith("2.19")
    assert (report["requests"], report["responses"], report["listings"]) == (1, 1, 1)
    assert report["files"] == {"articles/mfa.jsonl": 3, "copies/mfa.jsonl": 1, "revisions/mfa.jsonl": 1}
    assert report["date_published"] == {"oldest": "2022-10-01", "newest": "2022-10-28"}
    assert report["problem_counts"] == {"soft-404": 1, "no-headline": 1}
    assert report["problems"] == [
        {"code": "soft-404", "url": "http://www.example.cn/gone.htm", "detail": "is gone"},
        {
            "code": "no-headline",
            "url": "http://www.example.cn/eng/t4.htm",
            "detail": "nothing but white space",
        },
    ]
    assert list(report["fill_rate"]) == list(Article.model_fields)
    # of the four Articles that were read; the fifth was none
    assert report["articles"] == 4
    assert {name: report["fill_rate"][name] for name in ("id", "author", "date_published", "capture")} == {
        "id": 1.0,
        "author": 0.25,
        "date_published": 0.75,
        "capture": 0.25,
    }
    assert report["fill_rate"]["images"] == 0.0


def test_without_a_terminal_the_summary_is_log_lines(tmp_path: Path) -> None:
    log = run(tmp_path, *ITEMS).log
    assert "INFO: mfa articles: 4\n" in log
    assert "INFO: mfa identical: 1\n" in log
    assert "INFO: mfa published: 2022-10-01 to 2022-10-28\n" in log
    assert "mfa near" not in log
    assert "\x1b[" not in log
    assert "─" not in log


def test_exceptions_are_problems_of_the_run(tmp_path: Path) -> None:
    done = run(tmp_path, article("ecns:t1"), None)
    assert [(problem["code"], problem["detail"]) for problem in done.report["problems"][1:]] == [
        ("invalid-item", "ValueError: ecns:t1 is of source ecns, the run is not"),
        ("spider-error", "RuntimeError: a page that nobody foresaw"),
    ]


def test_a_report_that_cannot_be_written_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "output").mkdir()
    (tmp_path / "output" / "runs").touch()
    done = subprocess.run(command(tmp_path, article()), capture_output=True, text=True, timeout=60, check=True)
    assert "No run report" in done.stderr
    assert done.stdout.splitlines()[-1].startswith("failure no-report: ")
    (tmp_path / "output" / "runs").unlink()
    assert run(tmp_path, article()).report["outcomes"]["unchanged"] == 1


def test_a_run_of_nothing_has_no_fill_rate() -> None:
    report = Tally().as_dict()
    assert report["articles"] == 0
    assert set(report["outcomes"].values()) == {0}
    assert set(report["fill_rate"].values()) == {None}
    assert report["date_published"] == {"oldest": None, "newest": None}


def test_days_and_moments_are_compared() -> None:
    tally = Tally()
    for published in ("2022-10-28T08:53:00+08:00", None, "2022-10-28", "2019-01-02"):
        tally.add(article(date_published=published), Outcome.NEW)
    tally.problems.append(Problem(Code.BLOCKED, "http://www.example.cn/"))
    assert tally.as_dict()["date_published"] == {"oldest": "2019-01-02", "newest": "2022-10-28T08:53:00+08:00"}
    assert tally.as_dict()["problem_counts"] == {"blocked": 1}


def test_a_report_never_replaces_another(tmp_path: Path) -> None:
    written = [_write(tmp_path / "runs", "20261122T012345Z-mfa", {"number": number}) for number in range(3)]
    assert [path.name for path in written] == [
        "20261122T012345Z-mfa.json",
        "20261122T012345Z-mfa-2.json",
        "20261122T012345Z-mfa-3.json",
    ]
    assert '"run": "20261122T012345Z-mfa-2",\n  "number": 1' in written[1].read_text()
    assert sorted((tmp_path / "runs").iterdir()) == sorted(written)  # no draft stays

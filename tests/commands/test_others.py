"""`scrapy sources`, `status`, `docs` and `fixture`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from crawler.commands.docs import article_schema
from crawler.fixtures import FIXTURES
from tests.command_line import REPOSITORY, scrapy

NAMES = ["ecns", "hk_commissioner", "mfa", "missions", "shine", "xinhua"]


def test_sources_as_json() -> None:
    described = json.loads(scrapy("sources", "--json").stdout)
    assert [one["name"] for one in described] == NAMES
    for one in described:
        assert one["hosts"]
        assert one["sections"][0]["urls"]
        assert all(layout["years"] and layout["grade"] in "ABC" for layout in one["layouts"])
        assert one["rendering"].endswith("-rendering")


def test_sources_as_a_table() -> None:
    shown = scrapy("sources").stdout
    assert all(name in shown for name in NAMES)


def test_status_of_an_empty_directory(tmp_path: Path) -> None:
    done = scrapy("status", "-s", f"OUTPUT_DIR={tmp_path}", expect=2)
    assert "nothing was recorded there yet" in done.stderr


def test_status_after_a_run(tmp_path: Path) -> None:
    sample = FIXTURES / "sample.warc.gz"
    scrapy("crawl", "hk_commissioner", "-a", f"replay={sample}", "-s", f"OUTPUT_DIR={tmp_path}")
    (totals,) = json.loads(scrapy("status", "--json", "-s", f"OUTPUT_DIR={tmp_path}").stdout)
    lines = (tmp_path / "articles" / "hk_commissioner.jsonl").read_text(encoding="utf-8").splitlines()
    assert totals["source"] == "hk_commissioner"
    assert totals["documents"] == len(lines)
    assert totals["newest"] == max(json.loads(line)["date_published"] for line in lines)
    validator = Draft202012Validator(json.loads(article_schema()))
    assert [error.message for line in lines for error in validator.iter_errors(json.loads(line))] == []


def test_the_generated_documents_are_up_to_date() -> None:
    assert scrapy("docs", "--check").stdout == ""


def test_the_sample_archive_is_up_to_date() -> None:
    assert scrapy("fixture", "archive", "--check").stdout == ""


def test_no_expectation_has_drifted() -> None:
    assert scrapy("fixture", "update").stdout == ""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    copied = tmp_path / "page.html"
    shutil.copy(FIXTURES / "ecns" / "e1-2026-politics.html", copied)
    return copied


def test_a_captured_page_becomes_a_fixture(page: Path) -> None:
    url = "https://www.ecns.cn/china/politics/2026-03-12/detail-ihfcrtwk2040999.shtml"
    made = [FIXTURES / "ecns" / f"captured-by-test{ending}" for ending in (".html", ".json")]
    try:
        done = scrapy("fixture", "capture", "--url", url, "--name", "captured-by-test", page)
        assert "ecns/captured-by-test: read article" in done.stdout
        expectation = json.loads(made[1].read_text(encoding="utf-8"))
        assert expectation["article"]["id"] == "ecns:ihfcrtwk2040999"
        expectation["article"]["editor"] = "Somebody Else"
        made[1].write_text(json.dumps(expectation), encoding="utf-8")
        drift = scrapy("fixture", "update", "ecns/captured-by-test", expect=1).stdout
        assert '-"Somebody Else"' in drift
        scrapy("fixture", "update", "ecns/captured-by-test", "--write")
        assert scrapy("fixture", "update", "ecns/captured-by-test").stdout == ""
        again = scrapy("fixture", "capture", "--url", url, "--name", "captured-by-test", page, expect=2)
        assert "exists" in again.stderr
    finally:
        for path in made:
            path.unlink(missing_ok=True)


def test_the_repository_holds_what_the_readme_promises() -> None:
    for name in ("README.md", "CHANGELOG.md", "LICENSE", "docs/article.schema.json", "docs/sources.md", ".ci/run"):
        assert (REPOSITORY / name).is_file(), name

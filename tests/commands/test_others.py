"""`scrapy sources`, `status`, `docs` and `fixture`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from crawler.commands.docs import SCHEMAS, out_of_date, schema
from crawler.fixtures import FIXTURES
from crawler.items import Article
from tests.command_line import REPOSITORY, scrapy
from tests.pipelines.examples import record_all
from tests.pipelines.lives import FIRST, record_life, record_move, seen

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
    assert totals["states"] == {"live": len(lines), "missing": 0, "gone": 0, "moved": 0, "returned": 0}
    validator = Draft202012Validator(json.loads(schema(Article)))
    assert [error.message for line in lines for error in validator.iter_errors(json.loads(line))] == []


def test_status_tells_what_is_away(tmp_path: Path) -> None:
    record_move(tmp_path)
    record_all(tmp_path, seen(1, FIRST, "ecns:t1"), source="ecns")
    shown = scrapy("status", "-s", f"OUTPUT_DIR={tmp_path}").stdout
    assert "mfa: 0 missing, 0 gone, 1 moved\n" in shown
    assert "ecns:" not in shown
    by_source = {one["source"]: one["states"] for one in json.loads(_status_as_json(tmp_path))}
    assert by_source["mfa"] == {"live": 1, "missing": 0, "gone": 0, "moved": 1, "returned": 0}
    assert by_source["ecns"]["live"] == 1


def test_the_status_fits_a_terminal(tmp_path: Path) -> None:
    record_life(tmp_path)
    table = scrapy("status", "-s", f"OUTPUT_DIR={tmp_path}").stdout.splitlines()
    assert all(len(line) <= 80 for line in table if not line.startswith("Articles in"))


def _status_as_json(directory: Path) -> str:
    return scrapy("status", "--json", "-s", f"OUTPUT_DIR={directory}").stdout


def test_a_document_that_is_out_of_date_or_missing_is_named(tmp_path: Path) -> None:
    documents = {f"{name}.schema.json": schema(model) for name, model in SCHEMAS.items()}
    for name, text in documents.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert out_of_date(tmp_path, documents) == []
    (tmp_path / "state.schema.json").write_text("{}\n", encoding="utf-8")
    (tmp_path / "revision.schema.json").unlink()
    assert out_of_date(tmp_path, documents) == ["revision.schema.json", "state.schema.json"]


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
    for name in (
        "README.md",
        "CHANGELOG.md",
        "LICENSE",
        "docs/article.schema.json",
        "docs/sources.md",
        "docs/record.md",
        ".ci/run",
    ):
        assert (REPOSITORY / name).is_file(), name

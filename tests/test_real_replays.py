"""The main job on real pages: each archive of ../shared/real crawled by replay, as a user does it."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from tests.command_line import report, scrapy, written
from tests.shared import REAL, needs_real

pytestmark = needs_real

#: What would be chrome in an article of the MFA.
CHROME = re.compile(
    r"Suggest (?:t|T)o (?:a|A) (?:f|F)riend|Related News|Please enter|Copyright ?©|【打印】|【关闭】|打印本页|"
    r"推荐给朋友|相关新闻|Home\s*>|function\s*\(|document\.[a-z]|\[ ?Print ?\]"
)


def crawl(directory: Path, archive: str, *arguments: str) -> list[dict[str, Any]]:
    source = archive.partition("-")[0]
    scrapy("crawl", source, *arguments, "-a", f"replay={REAL / archive}", "-s", f"OUTPUT_DIR={directory}")
    return written(directory, "articles", source) + written(directory, "copies", source)


@pytest.fixture(scope="module")
def mfa_en(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("mfa-en")
    crawl(directory, "mfa-en-2020-07.warc.gz")
    return directory


def test_english_press_conferences(mfa_en: Path) -> None:
    articles = written(mfa_en, "articles", "mfa") + written(mfa_en, "copies", "mfa")
    assert len({article["id"] for article in articles}) == len(articles) == 320
    assert all(article["headline"].startswith("Foreign Ministry Spokes") for article in articles)
    undated = {article["id"] for article in articles if article["date_origin"] != "title"}
    assert undated == {"mfa:t1687014", "mfa:t1686638"}
    assert all(article["date_published"] for article in articles)
    assert not [article["id"] for article in articles if CHROME.search(article["article_body"])]
    assert min(len(article["article_body"]) for article in articles) > 300


def test_a_gap_in_the_listing_is_reported(mfa_en: Path) -> None:
    problems = report(mfa_en)["problems"]
    assert Counter(problem["code"] for problem in problems) == {"not-archived": 5}
    assert {problem["url"].rpartition("default_")[2] for problem in problems} == {f"{n}.shtml" for n in range(8, 13)}


def test_the_same_again_writes_nothing(mfa_en: Path) -> None:
    before = {path: path.read_bytes() for path in mfa_en.glob("*/*.jsonl")}
    crawl(mfa_en, "mfa-en-2020-07.warc.gz")
    assert {path: path.read_bytes() for path in mfa_en.glob("*/*.jsonl")} == before
    assert report(mfa_en)["outcomes"]["unchanged"] == 320


def test_chinese_pages_of_2020(tmp_path: Path) -> None:
    articles = crawl(tmp_path, "mfa-zh-2020-07.warc.gz", "-a", "edition=zh")
    assert len({article["id"] for article in articles}) == len(articles) == 150
    assert {article["date_origin"] for article in articles} <= {"page", "title"}
    assert all(article["in_language"].startswith("zh") for article in articles)
    assert not [article["id"] for article in articles if CHROME.search(article["article_body"])]


def test_chinese_pages_of_2020_to_2024(tmp_path: Path) -> None:
    articles = crawl(tmp_path, "mfa-zh-2024-04.warc.gz", "-a", "edition=zh")
    assert len({article["id"] for article in articles}) == len(articles) == 150
    assert all(article["date_published"] for article in articles)
    assert len({article["layout"] for article in articles}) >= 2
    assert not [article["id"] for article in articles if CHROME.search(article["article_body"])]


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text.lower()))


def f1(found: str, truth: str) -> float:
    mine, theirs = words(found), words(truth)
    shared = sum((mine & theirs).values())
    return 2 * shared / (sum(mine.values()) + sum(theirs.values())) if shared else 0.0


def test_xinhua_against_the_truth(tmp_path: Path) -> None:
    articles = crawl(tmp_path, "xinhua-en-2007-2016.warc.gz")
    assert len({article["id"] for article in articles}) == len(articles) == 203
    truth_file = REAL / "xinhua-en-2007-2016.truth.jsonl"
    truth = {row["url"]: row for row in map(json.loads, truth_file.read_text(encoding="utf-8").splitlines())}
    headlines = sum(" ".join(truth[one["url"]]["headline"].split()) == one["headline"] for one in articles)
    assert headlines >= 201
    assert mean(f1(one["article_body"], truth[one["url"]]["body"]) for one in articles) >= 0.985
    assert all(one["date_published"].endswith("+08:00") for one in articles)
    assert {one["date_precision"] for one in articles} <= {"minute", "second"}
    for article in articles:
        paragraphs = [one for one in article["article_body"].split("\n\n") if len(one) > 80]
        assert len(paragraphs) == len(set(paragraphs)), article["id"]

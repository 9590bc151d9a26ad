"""When refusals are a wall. That a run stops at it, tests/commands/test_exit_codes.py shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from crawler.extensions.wall import BLOCKED_STATISTIC, Wall
from crawler.extraction.problem import Code, Problem
from crawler.signals import listing_read, problem_found
from tests.command_line import report, scrapy, written
from tests.diagnosis.daily_site import article_path, daily_site
from tests.downloading.local_site import Answer
from tests.spiders.changing_site import UNJUDGED

REFUSED = Answer(b"Forbidden", 403)


def crawler_with(**settings: Any) -> tuple[Crawler, Wall]:
    crawler = get_crawler(settings_dict=settings)
    return crawler, Wall.from_crawler(crawler)


def refuse(crawler: Crawler, times: int, code: Code = Code.BLOCKED) -> None:
    for number in range(times):
        problem = Problem(code, f"https://www.ecns.cn/{number}", "status 403")
        crawler.signals.send_catch_log(problem_found, problem=problem)


def why(crawler: Crawler) -> str | None:
    assert crawler.stats is not None
    value = crawler.stats.get_value(BLOCKED_STATISTIC)
    return None if value is None else str(value)


def test_zero_is_no_wall() -> None:
    with pytest.raises(NotConfigured):
        crawler_with(WALL_REFUSALS=0)


def test_a_refusal_and_nothing_read_is_a_wall_however_few() -> None:
    crawler, wall = crawler_with()
    refuse(crawler, 1)
    assert why(crawler) is None
    wall.spider_closed()
    assert why(crawler) == "nothing could be read: blocked https://www.ecns.cn/0: status 403"


UNCHANGED = {"response": Response("https://www.ecns.cn/", status=304)}


@pytest.mark.parametrize(
    ("signal", "given"),
    [
        (listing_read, {}),
        (signals.item_scraped, {}),
        (signals.item_dropped, {}),  # it says what is known
        (signals.response_received, UNCHANGED),
    ],
)
def test_what_could_be_read_is_no_wall(signal: object, given: dict[str, Any]) -> None:
    crawler, wall = crawler_with()
    for _ in range(3):
        refuse(crawler, 4)
        crawler.signals.send_catch_log(signal, **given)
    wall.spider_closed()
    assert why(crawler) is None


def test_the_refusal_itself_is_a_response() -> None:
    crawler, wall = crawler_with()
    refuse(crawler, 1)
    crawler.signals.send_catch_log(signals.response_received, response=Response("https://www.ecns.cn/", status=403))
    wall.spider_closed()
    assert why(crawler) is not None


def test_other_problems_are_no_refusals() -> None:
    crawler, wall = crawler_with()
    refuse(crawler, 20, Code.NOT_FOUND)
    refuse(crawler, 20, Code.HTTP_ERROR)
    wall.spider_closed()
    assert why(crawler) is None


def test_pages_in_between_let_a_run_come_to_its_end(tmp_path: Path) -> None:
    with daily_site(15) as site:
        site.answers |= {article_path(number): REFUSED for number in range(15) if number % 5 != 4}
        scrapy("crawl", "ecns", *site.arguments(tmp_path), *UNJUDGED)
        assert len([path for path in site.paths() if "detail" in path]) == 15
    assert len(written(tmp_path, "articles", "ecns")) == 3
    assert (report(tmp_path)["result"], report(tmp_path)["problem_counts"]) == ("done", {"blocked": 12})


def test_the_setting_says_how_many(tmp_path: Path) -> None:
    with daily_site(15) as site:
        site.answers |= {article_path(number): REFUSED for number in range(15)}
        scrapy("crawl", "ecns", *site.arguments(tmp_path), "-s", "WALL_REFUSALS=2", expect=4)
        assert 2 <= len([path for path in site.paths() if "detail" in path]) <= 4
    assert report(tmp_path)["blocked"].startswith("2 refusals in a row, ")


def test_a_replay_meets_no_wall() -> None:
    crawler, wall = crawler_with()
    crawler.spider = crawler._create_spider("ecns")
    crawler.spider.replay = object()  # type: ignore[attr-defined]
    refuse(crawler, 20)
    wall.spider_closed()
    assert why(crawler) is None

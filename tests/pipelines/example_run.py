"""A run of Scrapy over given Articles: `python -m tests.pipelines.example_run ARTICLES.jsonl SETTING=VALUE…`.

The spider yields the Articles of the file, in its order, and one that is `null` there as an exception. Prints the
statistic `failure`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response

from crawler.extraction.problem import Code, Problem
from crawler.items import Article
from crawler.signals import listing_read, problem_found
from pipelines.record import RecordPipeline

SETTINGS = {
    "ITEM_PIPELINES": {
        "pipelines.normalise.NormalisePipeline": 100,
        "pipelines.deduplicate.DeduplicatePipeline": 200,
        "pipelines.record.RecordPipeline": 300,
    },
    "EXTENSIONS": {
        "crawler.extensions.progress.Progress": 100,
        "crawler.extensions.run_report.RunReport": 200,
    },
    "REMOTE_CONTROL_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "LOG_LEVEL": "INFO",
}


class MfaSpider(Spider):
    """Yields the Articles of the file that `articles` names."""

    name = "mfa"

    def __init__(self, articles: str) -> None:
        super().__init__()
        self.articles = Path(articles)
        self.arguments = {"articles": self.articles.name}

    async def start(self) -> AsyncIterator[Request]:
        send = self.crawler.signals.send_catch_log
        send(signal=listing_read, url="http://www.example.cn/eng/", section="eng", articles=3)
        send(signal=problem_found, problem=Problem(Code.SOFT_404, "http://www.example.cn/gone.htm", "is gone"))
        yield Request("data:,the listing")

    async def parse(self, response: Response) -> AsyncIterator[Article]:
        recording = self.crawler.get_item_pipeline(RecordPipeline)
        assert recording is not None
        for line in self.articles.read_bytes().splitlines():
            fields = orjson.loads(line)
            if fields is None:
                raise RuntimeError("a page that nobody foresaw")
            yield Article.model_validate(fields)
            await asyncio.sleep(0.01)  # as long as the next page takes to come
            print("known", fields["id"], recording.known(fields["id"]), f"written {self.written()}")

    def written(self) -> int:
        """How many lines articles/ and copies/ hold at this moment."""
        files = Path(self.settings["OUTPUT_DIR"]).glob("*/*.jsonl")
        return sum(path.read_bytes().count(b"\n") for path in files)


def main() -> None:
    articles, *settings = sys.argv[1:]
    process = AsyncCrawlerProcess(SETTINGS | dict(setting.split("=", 1) for setting in settings))
    crawler = process.create_crawler(MfaSpider)
    process.crawl(crawler, articles=articles)
    process.start()
    print("failure", crawler.stats.get_value("failure"))


if __name__ == "__main__":
    main()

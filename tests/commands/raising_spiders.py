"""The spider of ECNS with an error in it: its callback raises on URLs that hold RAISES_ON."""

from __future__ import annotations

from collections.abc import Iterator

from scrapy import Request
from scrapy.http import Response

from crawler.extraction.dates import Published
from crawler.items import Article
from crawler.spiders.base import SourceSpider
from crawler.spiders.visits import Visit


class RaisingSpider(SourceSpider):
    """Raises as an error of ours would."""

    name = "ecns"

    def parse_article(
        self, response: Response, listed: Published | None, visit: Visit | None = None
    ) -> Iterator[Article | Request]:
        if self.settings["RAISES_ON"] in response.url:
            raise RuntimeError("a page that nobody foresaw")
        yield from super().parse_article(response, listed, visit)

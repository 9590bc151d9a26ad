"""robots.txt as these sites have it, and a refusal that says so.

The Ministry's robots.txt redirects to an HTML error page: that is "no rules" (RFC 9309, 2.3.1.3), whatever words the
page has.
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.robotstxt import ProtegoRobotParser, RobotParser

from crawler.downloading.refusal import ForbiddenByRobots

_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<")


class RobotsRules(ProtegoRobotParser):
    """Scrapy's parser, with no rules in a page of markup."""

    @classmethod
    def from_crawler(cls, crawler: Crawler, robotstxt_body: bytes) -> RobotsRules:
        """Parse the body of a robots.txt."""
        rules = b"" if _MARKUP.match(robotstxt_body) else robotstxt_body
        return cls(rules, crawler.spider)


class RobotsMiddleware(RobotsTxtMiddleware):
    """Scrapy's middleware, which refuses with ForbiddenByRobots, and has every request wait for the rules.

    In Scrapy 2.19 those that come while a host's robots.txt is under way share one Deferred, whose result only the
    first of them gets: to all others it says that there are no rules.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """The rules of the request's host, once they are known; null where there are none."""
        async with self._turns[urlsplit(request.url).netloc]:
            return await super().robot_parser(request)

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        """Raise ForbiddenByRobots where the rules of the host forbid the request."""
        try:
            super().process_request_2(rp, request)
        except IgnoreRequest as error:
            raise ForbiddenByRobots(request.url) from error

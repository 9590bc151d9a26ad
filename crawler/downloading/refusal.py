"""Requests that are not answered, and the problem that says why."""

from __future__ import annotations

from scrapy.exceptions import IgnoreRequest

from crawler.extraction.problem import Code, Problem


class Refusal(IgnoreRequest):
    """A request that was refused on purpose. `problem` names the cause and the URL.

    Scrapy neither retries an `IgnoreRequest` nor logs it with a traceback; the errback of the request receives it.
    """

    code: Code

    def __init__(self, url: str, detail: str = "") -> None:
        super().__init__(url, detail)
        self.problem = Problem(self.code, url, detail)

    def __str__(self) -> str:
        return str(self.problem)


class ForbiddenAddress(Refusal):
    """A host that is none of the source's, an address that is not public, or no web address."""

    code = Code.FORBIDDEN_ADDRESS


class ForbiddenByRobots(Refusal):
    """The host's robots.txt asks us not to fetch this URL."""

    code = Code.ROBOTS

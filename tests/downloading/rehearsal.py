"""Live crawls against servers on this machine, all of a test module side by side.

    REHEARSALS = Rehearsals()
    PAGE = REHEARSALS.add({"/a": Answer(b"page")}, ["http://www.news.example/a"])

After `REHEARSALS.run()`, which a fixture of the module calls, `PAGE.outcome` is what the crawl got, and
`PAGE.site.asked` what the server was asked.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from tests.crawl_once import Crawl, Outcome, crawl_together
from tests.downloading.local_site import Answer, LocalSite, local_site

HOST = "www.news.example"


@dataclass
class Rehearsal:
    crawl: Crawl
    site: LocalSite

    @property
    def outcomes(self) -> list[Outcome]:
        return self.crawl.outcomes

    @property
    def outcome(self) -> Outcome:
        """The outcome of the only URL."""
        return self.crawl.outcome


class Rehearsals:
    def __init__(self) -> None:
        self._all: list[Rehearsal] = []

    def add(
        self,
        answers: dict[str, Answer | list[Answer]],
        urls: list[str],
        hosts: tuple[str, ...] = (HOST,),
        **settings: Any,
    ) -> Rehearsal:
        """A crawl of these URLs with a server of its own. `{port}` in a URL is the port of that server.

        Every connection is made to the server, unless the settings say another `CONNECT_TO`, or none.
        """
        rehearsal = Rehearsal(Crawl(urls, list(hosts), settings=settings), LocalSite(answers))
        self._all.append(rehearsal)
        return rehearsal

    def run(self) -> str:
        """Run all crawls. Returns what was logged."""
        with ExitStack() as servers:
            for rehearsal in self._all:
                rehearsal.site = servers.enter_context(local_site(rehearsal.site.answers))
                crawl, authority = rehearsal.crawl, rehearsal.site.authority
                crawl.settings.setdefault("CONNECT_TO", authority)
                crawl.urls = [url.format(port=authority.rpartition(":")[2]) for url in crawl.urls]
            return crawl_together([rehearsal.crawl for rehearsal in self._all])

"""ECNS on the loopback interface with a new article every day up to today, and what may become of its pages.

    with daily_site() as site:
        site.crawl(directory)
        site.redesign('class="contitle"', 'class="headline"')
        examined = site.doctor(directory, expect=1)

The frames are those of the saved pages, the texts are drawn at random.
"""

from __future__ import annotations

import datetime
import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from crawler.diagnosis import answer as diagnosis
from crawler.diagnosis.case import Case
from crawler.diagnosis.examination import Examination
from crawler.diagnosis.visitor import go
from crawler.extraction.dates import beijing_day
from crawler.sources import sources
from crawler.spiders.arguments import Scope
from tests.command_line import scrapy
from tests.downloading.local_site import Answer, Asked, LocalSite, serving
from tests.spiders.changing_site import ECNS_2026, HTML, Frame, invented

SECTION = "news/politics"
LISTING = f"/{SECTION}/index.shtml"
FAST = ("-s", "DOWNLOAD_DELAY=0.001", "-s", "RETRY_ENABLED=False", "-s", "BACKOFF_ENABLED=False")

_LIST = Frame("ecns/list-politics.html", (("items", '<ul class="bizlst dashedlne mart5 overhid">', "</ul>"),))
_TIME = "2026-03-11 11:20:09"


def today() -> datetime.date:
    return beijing_day(datetime.datetime.now(datetime.UTC))


def article_path(number: int) -> str:
    """Of the article of `number` days ago."""
    return f"/{SECTION}/{today() - datetime.timedelta(days=number)}/detail-ihfcrtwk{number:07}.shtml"


def article_page(number: int, time: str | None = None) -> bytes:
    """Published at nine in the morning of its day, unless another `time` is given."""
    page = ECNS_2026.around(invented(number).parts()).decode()
    assert _TIME in page
    return page.replace(_TIME, time or f"{today() - datetime.timedelta(days=number)} 09:00:{number:02}").encode()


def listing_page(count: int) -> bytes:
    items = "".join(
        f'<li><h3><a href="{article_path(number)}">{invented(number).headline}</a></h3><b></b></li>'
        for number in range(count)
    )
    return _LIST.around({"items": items})


@dataclass
class DailySite(LocalSite):
    """`changes` are made in every page of an article, or in the listing, before it is served: from what, to what."""

    article_changes: list[tuple[str, str]] = field(default_factory=list)
    listing_changes: list[tuple[str, str]] = field(default_factory=list)
    #: Answers every request, robots.txt aside.
    wall: Answer | None = None

    def crawl(self, directory: Path, expect: int = 0) -> None:
        scrapy("crawl", "ecns", *self.arguments(directory), expect=expect)

    def doctor(self, directory: Path, *more: str, expect: int = 0) -> dict[str, Any]:
        """The examination of the source; only of the section, unless a run says which sections there are."""
        self.asked.clear()
        done = scrapy("doctor", "ecns", *self.arguments(directory), "--json", *more, expect=expect)
        _, examination = json.loads(done.stdout)
        return dict(examination)

    def examine(self, directory: Path, source: str = "ecns", section: str = SECTION) -> Examination:
        """The same as `doctor`, in this process, with plain requests to this server."""
        self.asked.clear()
        return examine(self, directory, source, section)

    def arguments(self, directory: Path) -> tuple[str, ...]:
        target = ("-s", f"CONNECT_TO={self.authority}", "-s", f"OUTPUT_DIR={directory}")
        return ("-a", f"section={SECTION}", *target, *FAST)

    def redesign(self, before: str, after: str) -> None:
        """Changes the template of every article."""
        self.article_changes.append((before, after))

    def redesign_listing(self, before: str, after: str) -> None:
        self.listing_changes.append((before, after))

    def answer(self, asked: Asked) -> Answer:
        if self.wall is not None and asked.path != "/robots.txt":
            return self.wall
        answer = super().answer(asked)
        changes = self.listing_changes if asked.path == LISTING else self.article_changes
        if answer.status != 200 or not asked.path.endswith(".shtml"):
            return answer
        page = answer.body.decode()
        for before, after in changes:
            assert before in page, f"{asked.path} has no {before}"
            page = page.replace(before, after)
        return Answer(page.encode(), 200, HTML)


def examine(site: LocalSite, directory: Path, source: str, section: str) -> Examination:
    """Examines a source whose site this is. Nobody looks at robots.txt: that is the spider's to do."""
    scope = Scope.parse(sources()[source], sources()[source].sections, section=section)
    case = Case(sources()[source], scope, directory, datetime.datetime.now(datetime.UTC))
    go(case.prepare_visit(site.authority), partial(_fetched, site.authority))
    return case.conclude()


def _fetched(authority: str, url: str) -> diagnosis.Answer:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(authority)
    connection.request("GET", parts.path, headers={"Host": parts.netloc})
    response = connection.getresponse()
    headers = {name.lower(): value for name, value in response.getheaders()}
    body = response.read()
    connection.close()
    if location := headers.get("location"):
        return replace(_fetched(authority, urljoin(url, location)), asked=url)
    return diagnosis.Answer(url, url, response.status, headers, body, received=datetime.datetime.now(datetime.UTC))


@contextmanager
def daily_site(count: int = 12) -> Iterator[DailySite]:
    """The site with so many articles, all listed."""
    pages: dict[str, Answer | list[Answer]] = {
        article_path(number): Answer(article_page(number), 200, HTML) for number in range(count)
    }
    pages[LISTING] = Answer(listing_page(count), 200, HTML)
    pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /voices/\n", 200, {"Content-Type": "text/plain"})
    site = DailySite(pages)
    with serving(site):
        yield site


def found(examination: dict[str, Any] | Examination) -> list[str]:
    """The ailments that were found, the most important first."""
    return [str(one["ailment"]) for one in _plain(examination)["diagnoses"]]


def evidence(examination: dict[str, Any] | Examination) -> str:
    """All that was shown for them."""
    return "\n".join(line for one in _plain(examination)["diagnoses"] for line in one["evidence"])


def _plain(examination: dict[str, Any] | Examination) -> dict[str, Any]:
    return examination.as_dict() if isinstance(examination, Examination) else examination

"""The examination of one source, step by step: what is known without asking, the round, and what its pages say."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawler.archive.index import ReplayIndex
from crawler.diagnosis import visitor
from crawler.diagnosis.answer import Answer
from crawler.diagnosis.connection import Server, try_connection
from crawler.diagnosis.dates import diagnose_dates, diagnose_silence
from crawler.diagnosis.examination import Examination
from crawler.diagnosis.layouts import Usual, examine_layouts
from crawler.diagnosis.listings import examine_listings
from crawler.diagnosis.past_runs import PastRuns
from crawler.diagnosis.premises import last_recorded, long_run
from crawler.diagnosis.refusals import diagnose_clock, examine_refusals
from crawler.diagnosis.round import Round
from crawler.diagnosis.running import holder_of
from crawler.extensions.run_report import reports
from crawler.extraction.dates import beijing_day
from crawler.extraction.identity import Address
from crawler.extraction.source import Section, Source
from crawler.spiders.arguments import Scope
from crawler.spiders.replay import Replay

_REPORTS = 30
_KNOWN = 5
_SECTIONS = 2
#: An archive is asked for more than a site: nobody is troubled.
_ARCHIVED_LISTINGS = 5
_ARCHIVED_ARTICLES = 20
#: The articles that were recorded last, for what their dates have in common.
_LATELY = 10


class Case:
    """One source under examination. `now` is aware; `directory` is the output directory."""

    def __init__(self, source: Source, scope: Scope, directory: Path, now: datetime.datetime) -> None:
        """Look at what needs no request: reports, records, the lock."""
        self.source = source
        self.examination = Examination(source.name)
        self._scope = scope
        self._now = now
        found = list(islice(reports(directory / "runs", source.name), _REPORTS))
        self._runs = PastRuns(found)
        self._recorded = last_recorded(directory, source.name)
        #: The pages that were asked for; null before, and where none is to be.
        self.round: Round | None = None
        self._look_at_runs(len(found))
        self._look_at_lock(directory)

    # --- what is known without asking

    def _look_at_runs(self, count: int) -> None:
        self.examination.add(self._runs.diagnose(self.source.health))
        if self._runs.last is not None:
            self.examination.checked.append(f"reports of live runs ({len(self._runs.runs)})")
        else:
            replays = f", only replays ({count})" if count else ""
            self.examination.notes.append(f"No report of a live run is in the output directory{replays}.")

    def _look_at_lock(self, directory: Path) -> None:
        holder = holder_of(directory, self.source.name)
        self.examination.checked.append("the lock")
        if holder is not None:
            self.examination.notes.append(f"A run is going on: {holder}.")
            self.examination.add(long_run(holder, self._now))

    # --- the round

    def prepare_visit(self, connect_to: str) -> Round:
        """The round to go over the site itself. Tries the connection to each host first; a host that fails there is
        not asked for anything. Raises InvalidConnectTo."""
        sections = self._sections()
        hosts = _by_host([section.urls[0] for section in sections])
        closed = {host for host, url in hosts.items() if not self._connects(Server.of(url, connect_to))}
        # On the same hosts: what was recorded from an alias, or an old host, may have no server any more.
        known = [one["url"] for one in self._known_articles() if urlsplit(one["url"]).hostname in hosts][:_KNOWN]
        listings = [(section, section.urls) for section in sections]
        self.round = Round(self.source, listings, known=known, closed=frozenset(closed))
        return self.round

    def visit_archive(self, index: ReplayIndex) -> None:
        """Go the round over WARC files: some of the source's listings and articles that they hold."""
        archive = Replay(index, self.source, self._scope)
        listings = [(section, (url,)) for url, section in archive.listings()][:_ARCHIVED_LISTINGS]
        articles = [url for _, url in islice(archive.documents(), _ARCHIVED_ARTICLES)]
        most = _ARCHIVED_LISTINGS + _ARCHIVED_ARTICLES
        self.round = Round(self.source, listings, articles=articles, limit=most)
        visitor.replay(index, self.round)

    def _connects(self, server: Server) -> bool:
        connection = try_connection(server, self._now)
        self.examination.checked.append(f"the connection to {server.host}")
        if connection.note is not None:
            self.examination.notes.append(connection.note)
        if connection.diagnosis is not None:
            self.examination.add((connection.diagnosis,))
        return connection.diagnosis is None

    def _sections(self) -> list[Section]:
        """Those that were asked for; else those of the last run, the failing ones first."""
        sections = {section.slug: section for section in reversed(self._scope.sections)}
        slugs = [section.slug for section in self._scope.sections]
        if self._scope.is_whole and self._runs.last is not None:
            slugs = [slug for slug in self._runs.sections() if slug in sections] or slugs
        return [sections[slug] for slug in dict.fromkeys(slugs)][:_SECTIONS]

    def _known_articles(self) -> list[Mapping[str, Any]]:
        """The articles that were recorded last and that a layout has read, the newest first."""
        known = [one for one in self._recorded if one["layout"] != self.source.rendering and self._owns(one["url"])]
        return sorted(known, key=lambda one: one["date_published"] or "", reverse=True)

    def _owns(self, url: str) -> bool:
        address = Address.of(url)
        return address is not None and self.source.owns(address)

    # --- what the pages say

    def conclude(self) -> Examination:
        """The examination, with what the pages of the round say."""
        today = beijing_day(self._now)
        if self.round is not None:
            self._look_at_pages(self.round)
        visits = self.round.listings if self.round is not None else []
        self.examination.add(diagnose_dates(self.source, self._read_last(), today))
        self.examination.add(diagnose_silence(self.source, self._runs, visits, today))
        return self.examination

    def _look_at_pages(self, round_: Round) -> None:
        usual = Usual.of(next(iter(self._known_articles()), None), self._runs.usual_layout(self.source.rendering))
        self.examination.add(diagnose_clock(round_.answers))
        for part in (
            examine_refusals(self.source, round_),
            examine_listings(self.source, round_.listings, round_.answers),
            examine_layouts(self.source, round_, usual),
        ):
            self.examination.add(part.diagnoses)
            self.examination.notes += part.notes
        self.examination.checked += _looked_at(round_.answers, len(round_.listings), len(round_.articles))

    def _read_last(self) -> Sequence[Mapping[str, Any]]:
        """The articles of the round, then those recorded last."""
        visits = self.round.articles if self.round is not None else []
        read = [visit.article.model_dump() for visit in visits if visit.article is not None and not visit.is_known]
        return [*read, *self._recorded[:_LATELY]]


def _by_host(urls: Sequence[str]) -> dict[str, str]:
    """One URL of each host, in order."""
    return {urlsplit(url).hostname or "": url for url in reversed(urls)}


def _looked_at(answers: Sequence[Answer], listings: int, articles: int) -> list[str]:
    if not answers:
        return []
    checked = ["robots.txt", "the clock"] if any(answer.received is not None for answer in answers) else []
    return [*checked, f"listing pages ({listings})", f"articles ({articles})"]

"""Spider arguments: what `-a NAME=VALUE` may say. A wrong value is an ArgumentError before any request."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from crawler.archive.files import warc_files
from crawler.archive.record import WarcFile
from crawler.archive.remote import RemoteFile, is_remote
from crawler.extraction.identity import Address
from crawler.extraction.source import Section, Source
from crawler.webarchives.archives import WebArchive, archive_of

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class ArgumentError(ValueError):
    """A spider argument that cannot be understood; the message names it and says what would be right."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a run shall read. `since` and `until` are Beijing days, both inclusive; null where not given.

    `sections` are walked in this order. `is_whole` says that no section was picked, so that every article of the
    source is wanted, whatever section it stands in.
    """

    since: datetime.date | None
    until: datetime.date | None
    sections: tuple[Section, ...]
    is_whole: bool
    editions: frozenset[str]
    sample: int | None
    replay: tuple[WarcFile, ...]
    #: The web archive to ask in place of the sites; null for the sites themselves.
    via: WebArchive | None = None
    #: Whether to say only what would be fetched from it.
    is_plan: bool = False
    #: How many known documents to visit again, `math.inf` for all; null where the setting decides.
    recheck: float | None = None

    @property
    def is_live(self) -> bool:
        """Whether the sites themselves are asked."""
        return not self.replay and self.via is None

    @property
    def is_partial(self) -> bool:
        """Whether a run stops before all that is listed was met."""
        return self.sample is not None or self.since is not None or self.until is not None

    def covers(self, day: datetime.date | None) -> bool:
        """Whether a publication day is wanted. An unknown day is: a lost text is worse than one too many."""
        if day is None:
            return True
        return (self.since is None or day >= self.since) and (self.until is None or day <= self.until)

    @staticmethod
    def names() -> frozenset[str]:
        """The names of the arguments that every spider takes."""
        return frozenset(("since", "until", "section", "edition", "sample", "replay", "recheck", "via", "plan"))

    @classmethod
    def parse(
        cls,
        source: Source,
        sections: Sequence[Section],
        *,
        since: str | None = None,
        until: str | None = None,
        section: str | None = None,
        edition: str | None = None,
        sample: str | None = None,
        replay: str | None = None,
        recheck: str | None = None,
        via: str | None = None,
        plan: str | None = None,
    ) -> Scope:
        """Read the arguments of a run over `sections` of `source`. Raises ArgumentError."""
        first, last = _day("since", since), _day("until", until)
        if first and last and first > last:
            raise ArgumentError(f"since={since} is after until={until}")
        editions = _editions(edition, sections)
        in_edition = tuple(one for one in sections if one.edition in editions)
        picked = in_edition
        if section:
            # A slug says which edition it is of, unless one was named.
            picked = _sections(section, source, in_edition if edition is not None else sections)
            editions = frozenset(one.edition for one in picked)
        archive = _archive(via)
        for name, value in (("replay", replay), ("recheck", recheck)):
            if archive is not None and value is not None:
                raise ArgumentError(f"{name}= and via={via} exclude each other")
        return cls(
            since=first,
            until=last,
            sections=picked,
            is_whole=not section,
            editions=editions,
            sample=_count("sample", sample),
            replay=_files(replay),
            via=archive,
            is_plan=_is_plan(plan, archive),
            recheck=_budget(recheck),
        )


def _day(name: str, value: str | None) -> datetime.date | None:
    if value is None:
        return None
    try:
        if not _DAY.fullmatch(value):
            raise ValueError
        return datetime.date.fromisoformat(value)
    except ValueError:
        raise ArgumentError(f"{name}={value} is no day; write it like {name}=2022-10-01") from None


def _count(name: str, value: str | None) -> int | None:
    if value is None:
        return None
    if not value.isascii() or not value.isdigit() or int(value) < 1:
        raise ArgumentError(f"{name}={value} is no number of articles; write it like {name}=20")
    return int(value)


def _budget(value: str | None) -> float | None:
    if value is None or value == "all":
        return None if value is None else math.inf
    if not value.isascii() or not value.isdigit():
        raise ArgumentError(f"recheck={value} is neither a number of documents nor recheck=all")
    return int(value)


def _archive(value: str | None) -> WebArchive | None:
    if value is None or value == "live":
        return None
    try:
        return archive_of(value)
    except ValueError as error:
        raise ArgumentError(str(error)) from None


def _is_plan(value: str | None, archive: WebArchive | None) -> bool:
    if value is None:
        return False
    if value != "yes":
        raise ArgumentError(f"plan={value}: it is plan=yes, or `--plan`")
    if archive is None:
        raise ArgumentError("a plan is of what a web archive has: say which with via=")
    return True


def _editions(value: str | None, sections: Sequence[Section]) -> frozenset[str]:
    offered = {section.edition for section in sections}
    default = "en" if "en" in offered else min(offered)
    return frozenset(names("edition", value, sorted(offered))) if value is not None else frozenset((default,))


def _sections(value: str, source: Source, sections: Sequence[Section]) -> tuple[Section, ...]:
    by_slug = {section.slug.removeprefix(f"{section.edition}/"): section for section in reversed(sections)}
    by_slug |= {section.slug: section for section in sections}
    return tuple(
        _listing(one, source) if "://" in one else by_slug[names("section", one, list(by_slug))[0]]
        for one in split(value)
    )


def _listing(url: str, source: Source) -> Section:
    address = Address.of(url)
    if address is None or not source.owns(address):
        raise ArgumentError(f"section={url} is not on a host of {source.name}: {', '.join(sorted(source.hosts)[:8])}")
    if not source.is_listing(address):
        raise ArgumentError(f"section={url} is no listing of {source.name}; give a section's first page")
    directory = url.partition("://")[2].rpartition("/")[0]
    known = [one for one in source.sections if any(f"{directory}/" in first for first in one.urls)]
    return Section(slug=address.path, name=url, urls=(url,), edition=known[0].edition if known else "en")


def _files(value: str | None) -> tuple[WarcFile, ...]:
    if value is None:
        return ()
    found: dict[WarcFile, None] = {}
    for name in split(value):
        if is_remote(name):
            found[RemoteFile(name)] = None
            continue
        files, problems = warc_files([name])
        for problem in problems:
            raise ArgumentError(f"replay={problem.url}: there is no such file")
        found |= dict.fromkeys(files)
    if not found:
        raise ArgumentError("replay= names no file")
    return tuple(found)


def split(value: str) -> list[str]:
    """The parts of a comma-separated value, empty ones left out."""
    return [part.strip() for part in value.split(",") if part.strip()]


def names(argument: str, value: str, offered: Sequence[str]) -> list[str]:
    """The names in a comma-separated value, all of them among `offered`. Raises ArgumentError with near matches."""
    asked = split(value)
    for name in asked:
        if name not in offered:
            near = get_close_matches(name, offered, n=3) or list(offered)[:12]
            raise ArgumentError(f"{argument}={name} is not known; perhaps {', '.join(near)}")
    if not asked:
        raise ArgumentError(f"{argument}= is empty")
    return asked

"""Which captures of a document are worth having."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from crawler.webarchives.cdx import Row

#: Media types of a page; indexes say `unk` or nothing of what they do not know. A `warc/revisit` has no body.
_PAGES = frozenset(("text/html", "application/xhtml+xml", "application/xhtml", "unk", "unknown", "-", ""))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A capture worth having.

    `document_id` is empty for a further page of an article. `archive` is the name of the web archive.
    `url` is the origin's as it was captured, `timestamp` the time of capture (14 digits, UTC), `host` that of `url`.
    `request_url` is where the archive has it, `byte_range` its first and last byte there, null where all is wanted.
    """

    document_id: str
    archive: str
    url: str
    timestamp: str
    digest: str
    generation: str
    host: str
    request_url: str
    byte_range: tuple[int, int] | None = None

    @property
    def date_retrieved(self) -> str:
        """The time of capture as an Article says it: `2020-07-04T03:55:41Z`."""
        return f"{datetime.strptime(self.timestamp, '%Y%m%d%H%M%S'):%Y-%m-%dT%H:%M:%SZ}"

    @property
    def year(self) -> int:
        """The year of capture."""
        return int(self.timestamp[:4])


def is_page(row: Row) -> bool:
    """Whether a capture may be an article: status 200, or one that the index does not know, and a page's media type."""
    return row.status in (200, None) and row.mime in _PAGES


def worth_having(captures: Iterable[Candidate], limit: int) -> list[Candidate]:
    """Of one document's captures the first and the last of each digest, in order of time, at most `limit`.

    Of more than that the first, the last, and others evenly between them. Captures without a digest may all differ.
    """
    by_digest: dict[str, list[Candidate]] = {}
    for capture in sorted(captures, key=lambda one: (one.timestamp, one.url)):
        ends = by_digest.setdefault(capture.digest or capture.timestamp, [])
        if len(ends) < 2:
            ends.append(capture)
        else:
            ends[1] = capture
    # One server answered under two addresses within a second: one of them is enough.
    distinct = {(one.timestamp, one.digest): one for ends in by_digest.values() for one in reversed(ends)}
    chosen = sorted(distinct.values(), key=lambda one: (one.timestamp, one.url))
    return [chosen[place] for place in _places(len(chosen), limit)]


def _places(count: int, limit: int) -> list[int]:
    """`limit` of the numbers below `count`: the first, the last, others evenly between; the last for a limit of 1."""
    if count <= limit:
        return list(range(count))
    if limit == 1:
        return [count - 1]
    return [place * (count - 1) // (limit - 1) for place in range(limit)]

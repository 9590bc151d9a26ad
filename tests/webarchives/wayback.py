"""The Wayback Machine on the loopback interface: CDX server and raw replay, in the documented format.

    with wayback([ArchivedPage("http://www.news.example/a", "20160301120000", b"<p>A text.</p>")]) as machine:
        ... get(machine.authority, "/cdx/search/cdx?url=www.news.example/&matchType=prefix&output=json")
        ... get(machine.authority, "/web/20160301120000id_/http://www.news.example/a")

After the README of internetarchive/wayback's wayback-cdx-server, and for what that leaves open after its source: a
filter is a regular expression for the whole field, lines are collapsed with the line before them whatever its URL, and
a resume key is told as soon as `limit` is reached, even where nothing follows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime
from itertools import groupby
from typing import Any
from urllib.parse import quote_plus, urljoin

from tests.downloading.local_site import Answer, Asked, serving
from tests.webarchives.archive_site import ArchiveSite, BadQuery, CdxQuery
from tests.webarchives.archived_page import ArchivedPage, urlkey

CDX = "/cdx/search/cdx"
#: The columns, unless `fl` names others.
FIELDS = ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"]

_REPLAY = re.compile(r"/web/(?P<timestamp>\d{1,14})id_/(?P<url>.+)")
_REVISIT = "warc/revisit"
_JSON = {"Content-Type": "application/json"}
_TEXT = {"Content-Type": "text/plain"}
#: What is sent under its own name; all is sent as `X-Archive-Orig-…`, too.
_PASSED_ON = ("Content-Type", "Content-Encoding")

#: A line of the index.
Row = dict[str, str]


@dataclass
class Wayback(ArchiveSite):
    """`captures` in any order. `most` are the lines that one answer has at most, whatever its `limit`."""

    captures: Sequence[ArchivedPage] = ()
    most: int = 150_000
    #: Captures that the index lists and the replay does not have.
    lost: list[ArchivedPage] = field(default_factory=list)

    def reply(self, asked: Asked) -> Answer:
        if asked.path.startswith(f"{CDX}?"):
            try:
                return self._index(CdxQuery(asked.path))
            except BadQuery as refused:
                return Answer(f"{refused}\n".encode(), 400, _TEXT)
        found = _REPLAY.fullmatch(asked.path)
        if found is None:
            return Answer(b"not here", 404)
        return self._replay(self.origin(asked), found["timestamp"], found["url"])

    # --- the CDX server

    def _index(self, query: CdxQuery) -> Answer:
        limit = min(int(query.get("limit", str(self.most))), self.most)
        rows = list(_collapsed(self._rows(query), query.all("collapse")))[int(query.get("offset", "0")) :]
        shown = rows[limit:] if limit < 0 else rows[:limit]
        key = None
        if query.get("showResumeKey") == "true" and shown and len(shown) == limit:
            key = quote_plus(f"{shown[-1]['urlkey']} {shown[-1]['timestamp']}!")
        return _written(shown, query, key)

    def _rows(self, query: CdxQuery) -> list[Row]:
        rows = sorted((_row(page) for page in self.captures), key=_place)
        return [
            row
            for row in rows
            if query.is_about(row["urlkey"])
            and query.is_within(row["timestamp"])
            and _place(row) >= query.get("resumeKey")
            and all(_passes(row, rule) for rule in query.all("filter"))
        ]

    # --- replay

    def _replay(self, origin: str, timestamp: str, url: str) -> Answer:
        kept = [page for page in self.captures if page.urlkey == urlkey(url) and page not in self.lost]
        if not kept:
            error = "ResourceNotInArchiveException: the Resource you requested is not in this archive"
            return Answer(b"not in archive", 404, {"X-Archive-Wayback-Runtime-Error": error})
        # A time of fewer digits is the beginning of that year, month or day.
        wanted = ArchivedPage(url, timestamp + "20000101000000"[len(timestamp) :])
        nearest = min(kept, key=lambda page: abs(page.moment - wanted.moment))
        if nearest.timestamp != timestamp:
            location = f"{origin}/web/{nearest.timestamp}id_/{nearest.url}"
            reason = f"found capture at {nearest.timestamp}"
            return Answer(b"", 302, {"Location": location, "X-Archive-Redirect-Reason": reason})
        return Answer(nearest.body, nearest.status, _replay_headers(nearest, origin))


@contextmanager
def wayback(captures: Sequence[ArchivedPage], most: int = 150_000) -> Iterator[Wayback]:
    """The machine with these captures."""
    site = Wayback({}, captures=captures, most=most)
    with serving(site):
        yield site


def _row(page: ArchivedPage) -> Row:
    # Of a revisit the index does not tell what was answered.
    status = "-" if page.mime == _REVISIT else str(page.status)
    values = (page.urlkey, page.timestamp, page.url, page.mime, status, page.digest, str(len(page.body)))
    return dict(zip(FIELDS, values, strict=True))


def _place(row: Row) -> str:
    return f"{row['urlkey']} {row['timestamp']}"


def _passes(row: Row, rule: str) -> bool:
    wanted = not rule.startswith("!")
    name, _, pattern = rule.removeprefix("!").partition(":")
    return (re.fullmatch(pattern, row[name]) is not None) is wanted


def _collapsed(rows: Iterable[Row], rules: list[str]) -> Iterable[Row]:
    """`digest`, or `timestamp:4` for its first four digits: of lines that follow one another the first."""
    for rule in rules:
        name, _, length = rule.partition(":")
        rows = [next(same) for _, same in groupby(rows, key=_beginning(name, int(length) if length else None))]
    return rows


def _beginning(name: str, length: int | None) -> Callable[[Row], str]:
    return lambda row: row[name][:length]


def _written(rows: list[Row], query: CdxQuery, key: str | None) -> Answer:
    fields = query.fields or FIELDS
    lines = [[row.get(name, "-") for name in fields] for row in rows]
    if query.get("output") != "json":
        text = "".join(f"{' '.join(line)}\n" for line in lines) + (f"\n{key}\n" if key else "")
        return Answer(text.encode(), 200, _TEXT)
    table: list[Any] = [fields, *lines] if lines else []
    if key is not None:
        table += [[], [key]]
    return Answer(json.dumps(table).encode(), 200, _JSON)


def _replay_headers(page: ArchivedPage, origin: str) -> dict[str, str]:
    original = page.http_headers
    headers = {name: original[name] for name in _PASSED_ON if name in original}
    headers |= {f"X-Archive-Orig-{name}": value for name, value in original.items()}
    headers["Memento-Datetime"] = format_datetime(page.moment, usegmt=True)
    headers["Link"] = f'<{page.url}>; rel="original"'
    if "Location" in original:
        headers["Location"] = f"{origin}/web/{page.timestamp}id_/{urljoin(page.url, original['Location'])}"
    return headers

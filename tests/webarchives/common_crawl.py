"""Common Crawl on the loopback interface: its indexes and, by ranges, its WARC files, in the documented format.

    with common_crawl({"CC-MAIN-2016-26": [warc]}, lines_per_block=2) as crawls:
        ... get(crawls.authority, "/CC-MAIN-2016-26-index?url=www.news.example/a&matchType=prefix&output=json")

As https://index.commoncrawl.org describes it, whose server is a pywb with an index in blocks: pages are of blocks and
are cut before anything is filtered. So a page may be empty (404) while the next is not.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil
from pathlib import Path

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from tests.downloading.local_site import Answer, Asked, serving
from tests.webarchives.archive_site import ArchiveSite, BadQuery, CdxQuery
from tests.webarchives.archived_page import ArchivedPage

#: The blocks of a page, unless the question says otherwise.
PAGE_SIZE = 5

_INDEX = re.compile(r"/(?P<id>CC-MAIN-[\d-]+)-index\?")
_RANGE = re.compile(r"bytes=(?P<first>\d*)-(?P<last>\d*)")
_JSON = {"Content-Type": "application/json; charset=utf-8"}
_LINES = {"Content-Type": "text/x-ndjson"}

#: A line of an index.
Row = dict[str, str]


@dataclass
class Crawl:
    """One crawl with its index."""

    id: str
    files: Sequence[Path]

    def name_of(self, file: Path) -> str:
        """Where the file is on https://data.commoncrawl.org."""
        return f"crawl-data/{self.id}/segments/1467391.0/warc/{file.name}"

    @cached_property
    def rows(self) -> list[Row]:
        """The responses of all files, sorted by URL and time."""
        rows = [row for file in self.files for row in _rows(file, self.name_of(file))]
        return sorted(rows, key=lambda row: (row["urlkey"], row["timestamp"]))

    def info(self, origin: str) -> dict[str, str]:
        """Its entry in the list of crawls, whose server's URLs begin like this."""
        times = sorted(row["timestamp"] for row in self.rows)
        return {
            "id": self.id,
            "name": f"{self.id} Index",
            "timegate": f"{origin}/{self.id}/",
            "cdx-api": f"{origin}/{self.id}-index",
            "from": _iso(times[0]),
            "to": _iso(times[-1]),
        }


@dataclass
class CommonCrawl(ArchiveSite):
    """`lines_per_block` are 3,000 in the real indexes."""

    crawls: dict[str, Crawl] = field(default_factory=dict)
    lines_per_block: int = 3000

    def reply(self, asked: Asked) -> Answer:
        if asked.path == "/collinfo.json":
            infos = [crawl.info(self.origin(asked)) for _, crawl in sorted(self.crawls.items(), reverse=True)]
            return Answer(json.dumps(infos).encode(), 200, _JSON)
        found = _INDEX.match(asked.path)
        if found is None:
            return self._data(asked)
        if found["id"] not in self.crawls:
            return _message(404, "No Resource Found")
        try:
            return self._lines(self.crawls[found["id"]], CdxQuery(asked.path))
        except BadQuery as refused:
            return _message(400, str(refused))

    # --- the index

    def _lines(self, crawl: Crawl, query: CdxQuery) -> Answer:
        about = [place for place, row in enumerate(crawl.rows) if query.is_about(row["urlkey"])]
        if not about:
            return _message(404, f"No Captures found for: {query.get('url')}")
        size = int(query.get("pageSize", str(PAGE_SIZE)))
        first, last = about[0] // self.lines_per_block, about[-1] // self.lines_per_block
        pages = ceil((last - first + 1) / size)
        if query.get("showNumPages") == "true":
            counts = {"pages": pages, "pageSize": size, "blocks": last - first + 1}
            return Answer(json.dumps(counts).encode() + b"\n", 200, _LINES)
        page = int(query.get("page", "0"))
        if not 0 <= page < pages:
            return _message(400, f"Page {page} invalid: First Page is 0, Last Page is {pages - 1}")
        start = (first + page * size) * self.lines_per_block
        on_page = range(start, start + size * self.lines_per_block)
        rows = [crawl.rows[place] for place in about if place in on_page and _is_wanted(crawl.rows[place], query)]
        return _written(rows[: int(query.get("limit", "100000"))], query)

    # --- the data

    def _data(self, asked: Asked) -> Answer:
        """A WARC file or a range of it."""
        files = {f"/{crawl.name_of(file)}": file for crawl in self.crawls.values() for file in crawl.files}
        if asked.path not in files:
            return Answer(b"<Error><Code>NoSuchKey</Code></Error>", 404, {"Content-Type": "application/xml"})
        whole = files[asked.path].read_bytes()
        headers = {"Content-Type": "application/octet-stream", "Accept-Ranges": "bytes"}
        found = _RANGE.fullmatch(asked.headers["Range"] or "")
        if found is None:
            return Answer(whole, 200, headers)
        first, last = _bounds(found, len(whole))
        if first >= len(whole):
            return Answer(b"", 416, headers | {"Content-Range": f"bytes */{len(whole)}"})
        headers["Content-Range"] = f"bytes {first}-{last}/{len(whole)}"
        return Answer(whole[first : last + 1], 206, headers)


@contextmanager
def common_crawl(crawls: Mapping[str, Sequence[Path]], lines_per_block: int = 3000) -> Iterator[CommonCrawl]:
    """The servers of the indexes and of the data, in one. `crawls` are the WARC files of each, by the crawl's id."""
    site = CommonCrawl(
        {}, crawls={id_: Crawl(id_, files) for id_, files in crawls.items()}, lines_per_block=lines_per_block
    )
    with serving(site):
        yield site


def _rows(file: Path, name: str) -> Iterator[Row]:
    size = file.stat().st_size
    with file.open("rb") as stream:
        # Every record is a gzip member: it ends where the next begins.
        found = [(record.stream_pos, _row(record)) for record in ArchiveIterator(stream, parse_http=True)]
    ends = [start for start, _ in found[1:]] + [size]
    for (start, row), end in zip(found, ends, strict=True):
        if row is not None:
            yield row | {"length": str(end - start), "offset": str(start), "filename": name} | _detected(row)


def _row(record: WarcRecord) -> Row | None:
    """What the record itself tells; null for one that is no response."""
    if record.record_type != WarcRecordType.response or record.http_headers is None:
        return None
    date = datetime.datetime.strptime(record.headers["WARC-Date"], "%Y-%m-%dT%H:%M:%SZ")
    page = ArchivedPage(record.headers["WARC-Target-URI"], date.strftime("%Y%m%d%H%M%S"), record.reader.read())
    mime = (record.http_content_type or "unk").partition(";")[0]
    return {
        "urlkey": page.urlkey,
        "timestamp": page.timestamp,
        "url": page.url,
        "mime": mime,
        "mime-detected": mime,
        "status": str(record.http_headers.status_code),
        "digest": page.digest,
    }


def _detected(row: Row) -> Row:
    return {"languages": "eng", "encoding": "UTF-8"} if row["mime"] == "text/html" else {}


def _is_wanted(row: Row, query: CdxQuery) -> bool:
    """pywb's filters: `=field:exactly`, `~field:regular expression`, `field:contained`; `!` before it inverts."""
    return query.is_within(row["timestamp"]) and all(_passes(row, rule) for rule in query.all("filter"))


def _passes(row: Row, rule: str) -> bool:
    wanted = not rule.startswith("!")
    rule = rule.removeprefix("!")
    name, _, words = rule.lstrip("=~").partition(":")
    value = row.get(name, "")
    if rule.startswith("="):
        return (value == words) is wanted
    if rule.startswith("~"):
        return (re.match(words, value) is not None) is wanted
    return (words in value) is wanted


def _written(rows: list[Row], query: CdxQuery) -> Answer:
    if not rows:
        return _message(404, f"No Captures found for: {query.get('url')}")
    if query.get("output") != "json":
        lines = [f"{row['urlkey']} {row['timestamp']} {json.dumps(_without_keys(row))}" for row in rows]
    else:
        lines = [json.dumps({name: row[name] for name in query.fields or row if name in row}) for row in rows]
    return Answer("".join(f"{line}\n" for line in lines).encode(), 200, _LINES)


def _without_keys(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in ("urlkey", "timestamp")}


def _message(status: int, words: str) -> Answer:
    return Answer(json.dumps({"message": words}).encode(), status, _JSON)


def _bounds(found: re.Match[str], size: int) -> tuple[int, int]:
    """First and last byte; `-5` are the last five."""
    if not found["first"]:
        return max(0, size - int(found["last"])), size - 1
    return int(found["first"]), min(int(found["last"] or size), size - 1)


def _iso(timestamp: str) -> str:
    return datetime.datetime.strptime(timestamp, "%Y%m%d%H%M%S").isoformat()

"""An index of WARC files: which URL was captured when, and where the capture lies. Bodies stay in the files.

The captures of a URL are found under any of its spellings that name the same resource everywhere: http and https,
host in any case, default port or none, with or without fragment. The query, the path and their case are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from w3lib.url import safe_url_string

from crawler.archive.reader import ArchivedResponse, check_citable, is_response, is_revisit, to_response
from crawler.archive.record import Record, read_record, read_records
from crawler.extraction.problem import Code, Problem

_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class IndexedCapture:
    """Where one response lies. `original` is the capture that holds the body of a `revisit` record."""

    url: str
    status: int
    retrieved: datetime
    path: Path
    offset: int
    record_id: str
    original: IndexedCapture | None = None


@dataclass
class _Originals:
    """The captures a `revisit` record may point at; only needed while the files are read."""

    by_id: dict[str, IndexedCapture] = field(default_factory=dict)
    by_date: dict[tuple[str, str], IndexedCapture] = field(default_factory=dict)
    by_digest: dict[str, IndexedCapture] = field(default_factory=dict)

    def add(self, record: Record, capture: IndexedCapture) -> None:
        self.by_id[capture.record_id] = capture
        self.by_date[capture.url, record.header("WARC-Date")] = capture
        if digest := record.header("WARC-Payload-Digest"):
            self.by_digest.setdefault(digest, capture)

    def find(self, revisit: Record) -> IndexedCapture:
        """By the record's id, by URL and date, or by the digest of the payload (WARC 1.1, 6.7).

        Raises Problem `not-archived` where the original is in none of the files.
        """
        capture = self.by_id.get(revisit.header("WARC-Refers-To").strip("<>"))
        if capture is None:
            target = revisit.header("WARC-Refers-To-Target-URI").strip("<>") or revisit.url
            capture = self.by_date.get((target, revisit.header("WARC-Refers-To-Date")))
        capture = capture or self.by_digest.get(revisit.header("WARC-Payload-Digest"))
        if capture is None:
            raise Problem(Code.NOT_ARCHIVED, revisit.url, f"original of revisit {revisit.id}")
        return capture


class ReplayIndex:
    """The captures of several WARC files, by URL.

    `problems` says what could not be read, with the stable codes: a file that ends early, a damaged or cut record, a
    `revisit` whose original is in none of the files. Raises Problem `unreadable-file` for a file that is none.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        self.problems: list[Problem] = []
        self._captures: dict[str, list[IndexedCapture]] = {}
        originals = _Originals()
        # Their originals may come later, and from another file.
        revisits: list[tuple[Record, Path]] = []
        for path in dict.fromkeys(paths):
            for record in read_records(path, self.problems.append):
                if is_revisit(record):
                    revisits.append((record, path))
                elif is_response(record):
                    self._add(record, path, originals)
        for record, path in revisits:
            self._add(record, path, originals)
        for captures in self._captures.values():
            captures.sort(key=lambda capture: capture.retrieved)

    def __len__(self) -> int:
        """How many different URLs there are."""
        return len(self._captures)

    def __contains__(self, url: str) -> bool:
        return url_key(url) in self._captures

    def urls(self) -> Iterator[tuple[str, int]]:
        """Each URL once, as its latest capture spells it, with that capture's status.

        In the order the files first name them; last the URLs that only `revisit` records name.
        """
        for captures in self._captures.values():
            yield captures[-1].url, captures[-1].status

    def captures(self, url: str) -> list[IndexedCapture]:
        """All captures of a URL, the earliest first; those of one second in the order of the files."""
        return list(self._captures.get(url_key(url), ()))

    def lookup(self, url: str) -> ArchivedResponse | None:
        """The latest capture of a URL whatever its status, or null where there is none.

        A redirect of a URL to itself (http to https) says nothing once the two are one URL: it is passed over for the
        latest capture that is more than that. Raises Problem `unreadable-file` where the file has changed meanwhile.
        """
        for capture in reversed(self.captures(url)):
            response = self.read(capture)
            if not _redirects_to_itself(response):
                return response
        return None

    def read(self, capture: IndexedCapture) -> ArchivedResponse:
        """The response of a capture. A revisit is its original, with status and headers, at its own URL and date."""
        stored = capture.original or capture
        response = to_response(read_record(stored.path, stored.offset, stored.record_id), stored.path)
        if stored is capture:
            return response
        return replace(
            response,
            url=capture.url,
            retrieved=capture.retrieved,
            file=capture.path.name,
            record_id=capture.record_id,
        )

    def _add(self, record: Record, path: Path, originals: _Originals) -> None:
        try:
            check_citable(record, path)
            original = originals.find(record) if is_revisit(record) else None
            status = original.status if original else to_response(record, path).status
        except Problem as problem:
            self.problems.append(problem)
            return
        capture = IndexedCapture(record.url, status, record.date, path, record.offset, record.id, original)
        self._captures.setdefault(url_key(record.url), []).append(capture)
        if original is None:
            originals.add(record, capture)


def url_key(url: str) -> str:
    """What the spellings of one URL share: `mfa.gov.cn/web/?a=1` for `HTTPS://MFA.gov.cn:443/web/?a=1#b`.

    Escaped as Scrapy escapes the URL of a request, so that an archived URL with raw characters is met by its request.
    What is no URL is its own key.
    """
    try:
        parts = urlsplit(safe_url_string(url))
        port = parts.port
    except ValueError:
        return url
    authority = (parts.hostname or "").lower()
    if port not in (None, _DEFAULT_PORTS.get(parts.scheme)):
        authority = f"{authority}:{port}"
    query = f"?{parts.query}" if parts.query else ""
    return f"{authority}{parts.path or '/'}{query}"


def _redirects_to_itself(response: ArchivedResponse) -> bool:
    location = response.header("Location")
    if not 300 <= response.status < 400 or not location:
        return False
    try:
        target = urljoin(response.url, location)
    except ValueError:  # no URL at all
        return False
    return url_key(target) == url_key(response.url)

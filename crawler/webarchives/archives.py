"""The web archives that `-a via=` may name: their CDX servers, the dialects, how a capture is fetched.

| via | dialect | captures come as |
|---|---|---|
| `wayback` | that of the Internet Archive | raw replay (`id_`) |
| `commoncrawl` | pywb's with pages, one index a crawl | byte ranges of WARC files |
| `https://HOST/COLLECTION/cdx` | pywb's | raw replay (`id_`) |
| `https://HOST/cdx/search/cdx`, `https://HOST/collinfo.json` | as the first two | as the first two, from this host |

What the services publish about these interfaces, and where they differ, is told in `docs/archives.md`.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum

from crawler.extraction.identity import split


class Dialect(StrEnum):
    """How a CDX server wants to be asked, and how it answers."""

    WAYBACK = "wayback"
    PYWB = "pywb"
    COMMON_CRAWL = "commoncrawl"


@dataclass(frozen=True, slots=True)
class WebArchive:
    """A web archive. `name` is `wayback`, `commoncrawl`, or host and port of a CDX server.

    `endpoint` is the URL of the CDX server, for Common Crawl that of its list of indexes. `replay` is what the URL of a
    capture is made from: it has the fields `timestamp` and `url`, for Common Crawl `filename`. `delay_seconds` is the
    least pause between two requests to one of `hosts`, all of which its requests go to, without ports.
    """

    name: str
    dialect: Dialect
    endpoint: str
    replay: str
    delay_seconds: float
    hosts: frozenset[str]


#: 24 questions a minute is the hard limit of the CDX server (release notes of the client `wayback` 0.5.1, 2026-06);
#: whoever goes on after a 429 is cut off for an hour, and each time for twice as long (its issue 137).
WAYBACK = WebArchive(
    name="wayback",
    dialect=Dialect.WAYBACK,
    endpoint="https://web.archive.org/cdx/search/cdx",
    replay="https://web.archive.org/web/{timestamp}id_/{url}",
    delay_seconds=3.0,
    hosts=frozenset(("web.archive.org",)),
)
#: One server for all the world; it publishes no number, and asks to slow down at any error.
COMMON_CRAWL = WebArchive(
    name="commoncrawl",
    dialect=Dialect.COMMON_CRAWL,
    endpoint="https://index.commoncrawl.org/collinfo.json",
    replay="https://data.commoncrawl.org/{filename}",
    delay_seconds=3.0,
    hosts=frozenset(("index.commoncrawl.org", "data.commoncrawl.org")),
)
_KNOWN = {archive.name: archive for archive in (WAYBACK, COMMON_CRAWL)}
_DELAY_SECONDS = 3.0
#: `/readouts/cdx`, and `/readouts-cdx` of older pywb: the collection replays beside it.
_PYWB_PATH = re.compile(r"^(?P<collection>/(?:[\w.~-]+/)*[\w.~-]+?)[/-](?:cdx|index)/?$")
_WAYBACK_PATH = "/cdx/search/cdx"
#: A copy of Common Crawl's servers, on one host.
_INDEX_LIST_PATH = "/collinfo.json"


def archive_of(via: str) -> WebArchive:
    """The archive of `-a via=`: a name, or the URL of a CDX server. Raises ValueError that says what would be right."""
    name = via.strip()
    if name.lower() in _KNOWN:
        return _KNOWN[name.lower()]
    parts = split(name)
    if parts is None or parts.hostname is None:
        raise ValueError(f"via={via} is neither wayback nor commoncrawl nor the URL of a CDX server")
    if parts.query or parts.fragment:
        raise ValueError(f"via={via} has a query; give the CDX server's URL alone, like http://HOST/COLLECTION/cdx")
    origin = f"{parts.scheme}://{parts.netloc}"
    delay = 0.0 if _is_loopback(parts.hostname) else _DELAY_SECONDS
    if parts.path.rstrip("/") == _WAYBACK_PATH:
        dialect, replay = Dialect.WAYBACK, f"{origin}/web/{{timestamp}}id_/{{url}}"
    elif parts.path.endswith(_INDEX_LIST_PATH):
        dialect, replay = Dialect.COMMON_CRAWL, f"{origin}/{{filename}}"
    elif (found := _PYWB_PATH.match(parts.path)) is not None:
        dialect, replay = Dialect.PYWB, f"{origin}{found['collection']}/{{timestamp}}id_/{{url}}"
    else:
        raise ValueError(f"via={via} is no CDX server's URL; write it like {origin}/COLLECTION/cdx")
    host = parts.hostname.lower()
    return WebArchive(parts.netloc.rpartition("@")[2].lower(), dialect, name, replay, delay, frozenset((host,)))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

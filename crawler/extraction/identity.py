"""URLs and document identity: what makes two addresses one document."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}
_SLASHES = re.compile(r"/{2,}")


@dataclass(frozen=True, slots=True)
class Address:
    """A URL reduced to what identity rules look at: lower-case host, path with single slashes, query."""

    host: str
    path: str
    query: str

    # On its way a page asks for the same address several times.
    @classmethod
    @lru_cache(maxsize=64)
    def of(cls, url: str) -> Address | None:
        """The address of an http(s) URL; null for any other, or one that cannot be split."""
        parts = split(url)
        if parts is None or parts.hostname is None:
            return None
        return cls(parts.hostname.rstrip("."), _SLASHES.sub("/", parts.path) or "/", parts.query)


@dataclass(frozen=True, slots=True)
class Identity:
    """Which document a URL names.

    `id` as in an Article, `canonical_url` at the origin, `publisher` the institution, `in_language` what the URL says
    of the language (BCP 47; null where it says nothing), `is_mirror` True where the URL's host is none of the source's.
    """

    id: str
    canonical_url: str
    publisher: str
    in_language: str | None = None
    is_mirror: bool = False


def split(url: str) -> SplitResult | None:
    """`urlsplit` of an http(s) URL; null where the URL has another scheme, no host or a malformed part."""
    try:
        if not url.isascii():
            url.encode()  # raises UnicodeEncodeError for half a character
        parts = urlsplit(url.strip())
        parts.port  # noqa: B018  raises ValueError for a port that is none
    except ValueError:
        return None
    return parts if parts.scheme in _DEFAULT_PORTS and parts.hostname else None

"""The spellings of one URL, and redirects from one of them to another."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from w3lib.url import safe_url_string

_DEFAULT_PORTS = {"http": 80, "https": 443}


def url_key(url: str) -> str:
    """What the spellings of one URL share: `mfa.gov.cn/web/?a=1` for `HTTPS://MFA.gov.cn:443/web/?a=1#b`.

    Escaped as Scrapy escapes the URL of a request, so that an archived URL with raw characters is met by its request.
    What is no URL is its own key; half characters in it, which no database takes, are escaped.
    """
    try:
        parts = urlsplit(safe_url_string(url))
        port = parts.port
    except ValueError:
        return url.encode("utf-8", "backslashreplace").decode("utf-8")
    authority = (parts.hostname or "").lower()
    if port not in (None, _DEFAULT_PORTS.get(parts.scheme)):
        authority = f"{authority}:{port}"
    query = f"?{parts.query}" if parts.query else ""
    return f"{authority}{parts.path or '/'}{query}"


def redirect_target(url: str, status: int, location: str) -> str | None:
    """Where a response with this status and `Location` sends its reader; null where it is no redirect to a URL."""
    if not 300 <= status < 400 or not location:
        return None
    try:
        return urljoin(url, location)
    except ValueError:  # no URL at all
        return None

"""What a request that got no response means: a named Problem."""

from __future__ import annotations

from scrapy.exceptions import DownloadCancelledError, IgnoreRequest
from twisted.python.failure import Failure

from crawler.downloading.refusal import Refusal
from crawler.extraction.problem import Code, Problem


def problem_of(failure: Failure, url: str) -> Problem:
    """The Problem of a request that got no response. Unless it was refused on purpose, it may succeed another time."""
    error = failure.value
    if isinstance(error, Problem):
        return error
    if isinstance(error, Refusal):
        return error.problem
    if isinstance(error, DownloadCancelledError) or "DOWNLOAD_MAXSIZE" in str(error):
        return Problem(Code.TOO_LARGE, url, str(error))
    if isinstance(error, IgnoreRequest) and _goes_in_circles(failure):
        # As gateways do that wait for a cookie.
        return Problem(Code.BLOCKED, url, "redirected in a circle")
    if isinstance(error, IgnoreRequest):
        # Scrapy's own: "max redirections reached".
        return Problem(Code.HTTP_ERROR, url, str(error))
    return Problem(Code.NETWORK, url, f"{type(error).__name__}: {error}")


def _goes_in_circles(failure: Failure) -> bool:
    request = getattr(failure, "request", None)
    asked = request.meta.get("redirect_urls", []) if request is not None else []
    return len(asked) > len(set(asked))

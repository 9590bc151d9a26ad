"""Problems: why a page, a listing or a file gave no article. Each has a stable code, a URL and a cause."""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """What can go wrong with one URL, or one file. The value is what the run report and the logs say."""

    # of the page
    NO_LAYOUT = "no-layout"  # neither a layout nor the rendering rule explains the page
    NO_HEADLINE = "no-headline"
    EMPTY_BODY = "empty-body"
    TRUNCATED = "truncated"  # the page ends in the middle of the article
    UNDECODABLE = "undecodable"  # neither the declared charset, nor utf-8, nor gb18030
    SOFT_404 = "soft-404"  # answered 200, but says the page does not exist
    BLOCKED = "blocked"  # a challenge, captcha or refusal instead of the page
    NOT_AN_ARTICLE = "not-an-article"  # a listing, home page or picture under an article's URL
    NOT_HTML = "not-html"  # binary content
    EMPTY_RESPONSE = "empty-response"
    TOO_LARGE = "too-large"
    UNKNOWN_URL = "unknown-url"  # no source has such a URL
    EMPTY_LISTING = "empty-listing"  # a listing page without a single article link
    INVALID_ITEM = "invalid-item"  # an Article that does not validate: an error of ours
    MIRROR_DIFFERS = "mirror-differs"  # a mirror's text is not the origin's; the origin's is kept
    # of getting it
    NOT_ARCHIVED = "not-archived"  # a replay was asked for a URL its WARC files do not hold
    NOT_FOUND = "not-found"  # 404 or 410
    HTTP_ERROR = "http-error"  # any other status of 400 or above
    NETWORK = "network"  # no answer: time-out, refused, DNS, TLS
    ROBOTS = "robots"  # robots.txt forbids it
    FORBIDDEN_ADDRESS = "forbidden-address"  # a redirect off the source's hosts, or a private address
    NOT_RECORDED = "not-recorded"  # it came, but could not be written: the run is being stopped
    SPIDER_ERROR = "spider-error"  # an exception in our code
    # of a file
    UNREADABLE_FILE = "unreadable-file"
    TRUNCATED_ARCHIVE = "truncated-archive"  # a WARC file that ends early; read to its last whole record


class Problem(Exception):
    """One named problem. Raised by extraction, reported by spiders and commands; never an item by halves."""

    def __init__(self, code: Code, url: str, detail: str = "") -> None:
        super().__init__(code, url, detail)
        self.code = code
        self.url = url
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.code} {self.url}" + (f": {self.detail}" if self.detail else "")

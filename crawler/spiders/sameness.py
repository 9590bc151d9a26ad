"""One page in the place of many: a login, a home page, or a parking page under every URL."""

from __future__ import annotations

from crawler.extraction.page import Page
from crawler.extraction.problem import Code, Problem

#: So many different URLs in a row with one and the same page are no coincidence.
_ENOUGH = 3


class Sameness:
    """Remembers the page read last, and under how many URLs in a row it was met."""

    def __init__(self) -> None:
        self._text = ""
        self._urls: set[str] = set()

    def check(self, page: Page) -> None:
        """Raises Problem `blocked` for a page that was the answer to the URLs before it, too."""
        if page.text != self._text:
            self._text, self._urls = page.text, set()
        self._urls.add(page.url)
        if len(self._urls) >= _ENOUGH:
            raise Problem(Code.BLOCKED, page.url, f"the same page as {len(self._urls) - 1} other URLs: {page.title}")

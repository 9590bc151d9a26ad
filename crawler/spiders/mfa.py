"""The Ministry of Foreign Affairs, www.mfa.gov.cn."""

from __future__ import annotations

from crawler.spiders.base import SourceSpider


class MfaSpider(SourceSpider):
    """The Ministry of Foreign Affairs, in English (`edition=en`, the default) and Chinese (`edition=zh`).

    Hosts
      www.mfa.gov.cn and www.fmprc.gov.cn serve the same paths; a document is the same on both.

    Offers
      Listings by section, newest first, as capped windows: English press conferences showed 520 of 2,713 in 2020.
      Older items exist only in web archives. No RSS, no sitemap, no ETag.

    Quirks
      The pager is a script; there are no pager links in the HTML. English listings before 2022 show no dates.
      Items re-imported in 2024 carry the day of the import in their URLs. Removed pages can answer 200.
      robots.txt redirects to an HTML page: no rules.
    """

    name = "mfa"

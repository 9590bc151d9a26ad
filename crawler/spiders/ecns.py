"""ECNS, www.ecns.cn."""

from __future__ import annotations

from crawler.spiders.base import SourceSpider


class EcnsSpider(SourceSpider):
    """China News Service in English.

    Hosts
      www.ecns.cn; the bare host, `/m/` and `//` links are the same pages.

    Offers
      Listings by section, about ten pages each, and an RSS feed.

    Quirks
      One article stands under two sections with the same id. Video pages name no source. The pages of 2018 declare
      gb2312 and are UTF-8. Other hosts mirror the site under its own paths, some with link spam.
    """

    name = "ecns"

"""Xinhua in English."""

from __future__ import annotations

from crawler.spiders.base import SourceSpider


class XinhuaSpider(SourceSpider):
    """Xinhua News Agency in English.

    Hosts
      english.news.cn; www.xinhuanet.com/english until 2021; news.xinhuanet.com/english until 2017.

    Offers
      Hub pages that name a JSON list (`ds_<hex>.json`) of up to 1,000 articles with times to the second.

    Quirks
      Pages hold the article twice, for desktop and mobile. `pubdate` ends in `Z` and is Beijing time. Corrections come
      as a new article with the same title. Long articles and photo series go over several pages of one document.
    """

    name = "xinhua"

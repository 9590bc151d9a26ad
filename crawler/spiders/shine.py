"""SHINE, the Shanghai Daily."""

from __future__ import annotations

from crawler.spiders.base import SourceSpider


class ShineSpider(SourceSpider):
    """SHINE (Shanghai Daily), and its successor City News Service.

    Hosts
      www.shine.cn; www.shanghaidaily.com until 2017, now at archive.shine.cn; www.citynewsservice.cn since 2025.

    Offers
      Section pages with the newest articles, sitemaps.

    Quirks
      An article's lead stands twice on its page. The archive repeats an article's last paragraphs. The successor's
      pages are made by scripts. "CNS" is City News Service there, not China News Service.
    """

    name = "shine"

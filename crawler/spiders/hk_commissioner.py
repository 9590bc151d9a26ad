"""The Commissioner's Offices in Hong Kong and Macao."""

from __future__ import annotations

from crawler.spiders.base import SourceSpider


class HkCommissionerSpider(SourceSpider):
    """The Office of the Commissioner of the Foreign Ministry in Hong Kong, and its sister in Macao.

    Hosts
      hk.ocmfa.gov.cn (www.fmcoprc.gov.hk before 2022) and mo.ocmfa.gov.cn.

    Offers
      Listings by section: the Commissioner's activities, office news, and the ministry's releases reposted.

    Quirks
      A ticker of five old headlines stands before every article: neither its dates nor its words belong to it.
    """

    name = "hk_commissioner"

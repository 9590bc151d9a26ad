"""The offices of the Commissioner of the Ministry of Foreign Affairs in Hong Kong and in Macao.

| generation | years | host | article | evidence |
|---|---|---|---|---|
| old | 2008-2020 | `www.fmcoprc.gov.hk`, also `www.mfa.gov.cn/ce/cohk/` | `/eng/<section>/tNNNNNNN.htm` | C |
| new | 2022- | `hk.ocmfa.gov.cn`; Macao `mo.ocmfa.gov.cn` | `/eng/<section>/YYYYMM/tYYYYMMDD_N.htm` | A (as text) |

The templates are those of the missions. All pages of the Hong Kong office seen so far (11, dated 2019 to 2023) begin
with a ticker, the same five items of July 2022 on each, `· headline(YYYY-MM-DD)`: neither its words nor its dates are
the article's. Hong Kong's ids have no prefix, Macao's have `mo/`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from crawler.extraction.health import Health
from crawler.extraction.identity import Address, Identity
from crawler.extraction.source import Prefix, Section
from crawler.sources.missions import MissionTemplates
from crawler.sources.trs import LANGUAGES, ArticlePath


@dataclass(frozen=True, slots=True)
class _Office:
    """One of the two offices. `directory` is its own on the ministry's hosts."""

    prefix: str
    publisher: str
    hosts: frozenset[str]
    directory: str


_HONG_KONG = _Office(
    prefix="",
    publisher="Office of the Commissioner of the Ministry of Foreign Affairs in the Hong Kong SAR",
    hosts=frozenset(("hk.ocmfa.gov.cn", "www.fmcoprc.gov.hk", "fmcoprc.gov.hk")),
    directory="/ce/cohk/",
)
_MACAO = _Office(
    prefix="mo/",
    publisher="Office of the Commissioner of the Ministry of Foreign Affairs in the Macao SAR",
    hosts=frozenset(("mo.ocmfa.gov.cn", "www.fmcoprc.gov.mo", "fmcoprc.gov.mo")),
    directory="/ce/como/",
)
_OFFICES = (_HONG_KONG, _MACAO)
_MINISTRY = frozenset(("www.mfa.gov.cn", "mfa.gov.cn", "www.fmprc.gov.cn", "fmprc.gov.cn"))
_EDITION = re.compile(rf"^(?:/ce/co(?:hk|mo))?/(?P<edition>{'|'.join(LANGUAGES)})/")
_NO_NEWS = re.compile(r"/(?:lsfw\w*|qz\w*|visa\w*|bgfw\w*)/")
#: Sections of both generations; C where SOURCES.md names one scraper, A where a real page stands in it.
_SECTIONS = (
    ("xjpzxzywshd", "Leaders' Diplomatic Activities"),
    ("zydt", "Commissioner's Activities"),
    ("zydt_1", "Commissioner's Activities (new)"),
    ("gsxw", "Office News"),
    ("gdxw", "More News"),
    ("fyrth", "Spokesperson's Remarks"),
    ("tpxw", "Picture News"),
)


class HkCommissioner(MissionTemplates):
    """The ministry's offices in Hong Kong and Macao."""

    name = "hk_commissioner"
    publisher = _HONG_KONG.publisher
    hosts = _HONG_KONG.hosts | _MACAO.hosts | _MINISTRY
    rendering = "hk-commissioner-rendering"
    # Two small offices, quiet for weeks. Sections and templates are C: some sections have the other office's or the
    # older site's name, and all pages seen so far were renderings.
    health = Health(sections_read=0.25, rendering=0.8, newest_days=45)
    sections = (
        *(
            Section(
                slug,
                name,
                (
                    f"https://hk.ocmfa.gov.cn/eng/{slug}/",
                    f"http://www.fmcoprc.gov.hk/eng/{slug}/default.htm",
                    f"https://www.mfa.gov.cn/ce/cohk/eng/{slug}/default.htm",
                ),
                grade="C",
            )
            for slug, name in _SECTIONS
        ),
        Section("mo/zxxw", "Macao: Latest News", ("https://mo.ocmfa.gov.cn/eng/zxxw/",), grade="C"),
    )

    archived = (
        Prefix("www.fmcoprc.gov.hk/eng/", "HK 2008", grade="C", years=(2008, 2021)),
        Prefix("www.mfa.gov.cn/ce/cohk/*eng/", "HK 2008, central", grade="C", years=(2008, 2021)),
        Prefix("www.fmprc.gov.cn/ce/cohk/*eng/", "HK 2008, central", grade="C", years=(2008, 2021)),
        Prefix("hk.ocmfa.gov.cn/eng/", "HK 2022", years=(2022, None)),
        Prefix("www.fmcoprc.gov.mo/eng/", "Macao 2008", grade="C", years=(2008, 2021)),
        Prefix("www.mfa.gov.cn/ce/como/*eng/", "Macao 2008, central", grade="C", years=(2008, 2021)),
        Prefix("www.fmprc.gov.cn/ce/como/*eng/", "Macao 2008, central", grade="C", years=(2008, 2021)),
        Prefix("mo.ocmfa.gov.cn/eng/", "Macao 2022", grade="C", years=(2022, None)),
    )

    def owns(self, address: Address) -> bool:
        return _office_of(address) is not None

    def identify(self, address: Address) -> Identity | None:
        office = _office_of(address)
        is_mirror = office is None
        if office is None:
            # On a foreign host only the directory on the ministry's hosts tells whose path it is.
            office = next((known for known in _OFFICES if address.path.startswith(known.directory)), None)
        edition, article = _EDITION.match(address.path), ArticlePath.of(address.path)
        if office is None or edition is None or article is None:
            return None
        host = "www.mfa.gov.cn" if is_mirror or address.host in _MINISTRY else address.host
        return Identity(
            f"hk_commissioner:{office.prefix}{article.name}",
            f"https://{host}{address.path}",
            office.publisher,
            LANGUAGES[edition["edition"]],
            is_mirror,
        )

    def _is_section(self, directory: str) -> bool:
        return _EDITION.match(directory) is not None and _NO_NEWS.search(directory) is None


def _office_of(address: Address) -> _Office | None:
    """The office whose own host, or directory on the ministry's hosts, this is."""
    for office in _OFFICES:
        if address.host in office.hosts:
            return office
        if address.host in _MINISTRY and address.path.startswith(office.directory):
            return office
    return None


SOURCE = HkCommissioner()

"""The offices in Hong Kong and Macao: ids, sections, and the ticker that begins every page."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.extraction.identity import Address
from crawler.extraction.page import Page
from crawler.sources import source_of
from crawler.sources.hk_commissioner import SOURCE

SEEDS = Path(__file__).parents[3] / "shared" / "seeds"
HK = "https://hk.ocmfa.gov.cn/eng/xjpzxzywshd/202302/t20230224_11030933.htm"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (HK, "hk_commissioner:t20230224_11030933"),
        (HK.replace("https", "http").replace("xjpzxzywshd", "gsxw"), "hk_commissioner:t20230224_11030933"),
        ("http://www.fmcoprc.gov.hk/eng/zydt/t1198103.htm", "hk_commissioner:t1198103"),
        ("https://www.mfa.gov.cn/ce/cohk//eng/zydt/t1198103.htm", "hk_commissioner:t1198103"),
        ("https://www.fmprc.gov.cn/ce/cohk/chn/zydt/t1198103.htm", "hk_commissioner:t1198103"),
        (
            "https://mo.ocmfa.gov.cn/eng/zxxw/202302/t20230224_11030933.htm",
            "hk_commissioner:mo/t20230224_11030933",
        ),
        ("https://www.fmprc.gov.cn/ce/como/eng/zxxw/t1198103.htm", "hk_commissioner:mo/t1198103"),
    ],
)
def test_a_document_has_one_id(url: str, expected: str) -> None:
    address = Address.of(url)
    assert address is not None
    identity = SOURCE.identify(address)
    assert identity is not None
    assert (identity.id, identity.is_mirror) == (expected, False)
    assert source_of(url) is SOURCE


@pytest.mark.parametrize(
    "url",
    [
        "https://hk.ocmfa.gov.cn/eng/zydt/",
        "https://www.mfa.gov.cn/mfa_eng/zxxx_662805/t1706373.shtml",
        "https://www.mfa.gov.cn/ce/ceno/eng/zgwj/t1706373.htm",
        "http://carpets.example/eng/xjpzxzywshd/202302/t20230224_11030933.htm",
    ],
)
def test_other_urls_have_none(url: str) -> None:
    address = Address.of(url)
    assert address is not None
    assert SOURCE.identify(address) is None


def test_the_offices_directory_on_a_foreign_host_is_a_mirror() -> None:
    address = Address.of("http://carpets.example/ce/cohk/eng/zydt/t1198103.htm")
    assert address is not None
    identity = SOURCE.identify(address)
    assert identity is not None
    assert (identity.canonical_url, identity.is_mirror) == (
        "https://www.mfa.gov.cn/ce/cohk/eng/zydt/t1198103.htm",
        True,
    )


def test_every_section_begins_with_a_listing() -> None:
    for section in SOURCE.sections:
        for url in section.urls:
            address = Address.of(url)
            assert address is not None
            assert SOURCE.is_listing(address), url
    visa = Address.of("https://hk.ocmfa.gov.cn/eng/lsfw/")
    assert visa is not None
    assert not SOURCE.is_listing(visa)


@pytest.mark.parametrize("separator", [" ", "\n"])
def test_the_ticker_is_told_by_its_form(separator: str) -> None:
    ticker = separator.join(f"· A Guest of Hall {number} Arrived(2022-07-{number})" for number in (28, 27, 16))
    body = "On February 22, 2023, Vice Foreign Minister Qiao Anbo met with the harbour minister of Osterland."
    page = Page(HK, f"{ticker}\nA Meeting of Ministers\n2023-02-22 23:45\n\n{body}", "utf-8", is_markup=False)
    article = SOURCE.read(page)
    assert (article.headline, article.article_body) == ("A Meeting of Ministers", body)
    assert article.date_published == "2023-02-22T23:45:00+08:00"


def test_the_seed() -> None:
    found = sorted(SEEDS.glob("004_*.txt"))
    if not found:
        pytest.skip("seed 004 is not here: the seeds lie beside the repository, in ../shared/seeds")
    article = SOURCE.read(Page.from_bytes(HK, found[0].read_bytes()))
    assert article.id == "hk_commissioner:t20230224_11030933"
    assert (article.date_published, article.date_precision, article.date_origin) == (
        "2023-02-22T23:45:00+08:00",
        "minute",
        "page",
    )
    paragraphs = article.article_body.split("\n\n")
    assert len(paragraphs) == 6
    assert not any(paragraph.startswith("·") for paragraph in (article.headline, *paragraphs))

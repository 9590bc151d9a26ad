"""What coverage looks at in an Article."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.coverage.documents import Sections, document_of
from crawler.sources import sources
from tests.coverage.examples import day
from tests.pipelines.examples import article

MFA = sources()["mfa"]


def fields(**changed: Any) -> dict[str, Any]:
    return article("mfa:t1").model_dump() | changed


def test_document() -> None:
    read = fields(date_published="2022-10-29T00:00:00+08:00", date_precision="minute", article_section="Top Stories")
    document = document_of(read, Sections(MFA))
    assert document.id == "mfa:t1"
    assert document.section == "Top Stories"
    assert document.day == day("2022-10-29")
    assert not document.is_estimated
    assert document_of(fields(date_precision="estimated"), Sections(MFA)).is_estimated
    assert document_of(fields(date_published=None), Sections(MFA)).day is None


@pytest.mark.parametrize(
    ("capture", "found"),
    [
        (None, "unknown"),
        ({"file": "mfa-20261122T042335Z-00000.warc.gz", "record_id": "urn:uuid:1"}, "live"),
        ({"file": "missions-20261122T042335Z-00000.warc.gz", "record_id": "urn:uuid:1"}, "replay"),
        ({"file": "saved-2020.warc.gz", "record_id": "urn:uuid:1", "archive": None}, "replay"),
        ({"file": "mfa-20261122T042335Z-00000.warc.gz", "record_id": "urn:uuid:1", "archive": "wayback"}, "wayback"),
    ],
)
def test_how_it_was_found(capture: dict[str, Any] | None, found: str) -> None:
    assert document_of(fields(capture=capture), Sections(MFA)).found == found


@pytest.mark.parametrize(
    ("named", "url", "section"),
    [
        ("Speeches", "https://www.mfa.gov.cn/eng/xw/fyrbt/lxjzh/202407/t20240715_1.html", "Speeches"),
        (None, "https://www.mfa.gov.cn/eng/xw/fyrbt/lxjzh/202407/t20240715_1.html", "Regular Press Conference"),
        (None, "https://www.mfa.gov.cn/mfa_eng/xwfw_665399/s2510_665401/t1.shtml", "Spokesperson's Remarks"),
        (None, "https://www.mfa.gov.cn/eng/other/202407/t20240715_1.html", "(none)"),
    ],
)
def test_section(named: str | None, url: str, section: str) -> None:
    assert Sections(MFA).of(fields(article_section=named, canonical_url=url)) == section


def test_the_front_page_is_no_section() -> None:
    url = "https://news.xinhuanet.com/english/2016-07/08/c_135500000.htm"
    assert Sections(sources()["xinhua"]).of(fields(canonical_url=url)) == "(none)"


def test_sections_are_bounded() -> None:
    sections = Sections(MFA)
    names = {sections.of(fields(article_section=f"section {number}")) for number in range(1000)}
    assert len(names) == 501
    assert "(other)" in names
    assert sections.of(fields(article_section="section 3")) == "section 3"


def test_section_by_slug() -> None:
    assert Sections(MFA).name("lxjzh") == "Regular Press Conference"
    assert Sections(MFA).name("zh/fyrbt") == "发言人表态"
    assert Sections(MFA).name("Top Stories") == "Top Stories"

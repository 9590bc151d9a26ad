"""pywb with the real pages of ../shared/real: what is read from it is what a replay of the same files gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_line import scrapy, written
from tests.shared import REAL, needs_real
from tests.webarchives.pywb_collection import needs_pywb, pywb_collection


@needs_real
@needs_pywb
@pytest.mark.parametrize(
    ("source", "name", "edition", "documents"),
    [("mfa", "mfa-zh-2024-04", "zh", 150), ("xinhua", "xinhua-en-2007-2016", "en", 203)],
)
def test_a_back_fill_gives_what_a_replay_gives(
    source: str, name: str, edition: str, documents: int, tmp_path: Path
) -> None:
    warc = REAL / f"{name}.warc.gz"
    arguments = ("crawl", source, "-a", f"edition={edition}", "-s", "DOWNLOAD_DELAY=0", "-L", "ERROR")
    scrapy(*arguments, "-a", f"replay={warc}", "-s", f"OUTPUT_DIR={tmp_path / 'replay'}")
    with pywb_collection(tmp_path, warc) as collection:
        scrapy(*arguments, "-a", f"via={collection.url}/cdx", "-s", f"OUTPUT_DIR={tmp_path / 'via'}")
    replayed, filled = (
        {line["id"]: line for kind in ("articles", "copies") for line in written(tmp_path / place, kind, source)}
        for place in ("replay", "via")
    )
    assert len(replayed) == documents
    assert filled.keys() == replayed.keys()
    for document, line in replayed.items():
        same = ("headline", "text_digest", "date_published", "date_retrieved", "layout", "canonical_url")
        assert {field: filled[document][field] for field in same} == {field: line[field] for field in same}

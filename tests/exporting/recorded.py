"""A record to export: revisions, a correction, a story, days at their edges, and what spreadsheets stumble over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from crawler.items import Article
from tests.pipelines.examples import EVENING, NOON, article, long_text, record_all
from tests.pipelines.invented_texts import text

#: Revised, and its second text read better: three lines, of which the last is in force.
REVISED = "mfa:t1"
#: Its lead, a copy met and published before it, another of the same day, and a part of it.
LEAD, EARLIER, SAME_DAY, PART = "mfa:t7", "missions:gh/t7", "hk_commissioner:t7", "missions:ke/t7"
RELEASE = text(1, 2, 3, 4, 5, 6, 7, 8)
UNDATED = "mfa:t3"
#: The first and the last second of a Beijing day.
MIDNIGHT, LAST_SECOND = "mfa:t4", "mfa:t5"
FORMULA = "xinhua:c_1"

#: Every document once, in the order of files and lines: the revised one by its last line; who had the story first is in
#: articles/, the others are in copies/.
DOCUMENTS = [UNDATED, MIDNIGHT, LAST_SECOND, REVISED, EARLIER, FORMULA, SAME_DAY, LEAD, PART]


def record(directory: Path) -> None:
    """Several runs, the mission's first."""
    release = {"article_body": RELEASE, "headline": "Envoy Opens a Fair"}
    _run(directory, article(EARLIER, date_published="2022-10-27", **release))
    _run(
        directory,
        article(REVISED),
        article(REVISED, article_body=long_text("mountain roads"), date_retrieved=NOON, capture=_capture()),
        article(UNDATED, "tea gardens", date_published=None),
        article(MIDNIGHT, "night ferries", date_published="2022-10-29T00:00:00+08:00"),
        article(LAST_SECOND, "day ferries", date_published="2022-10-29T23:59:59+08:00"),
        article(LEAD, date_published="2022-10-30", **release),
    )
    _run(
        directory,
        article(
            REVISED, article_body=f"{long_text('mountain roads')} Indeed.", date_retrieved=NOON, capture=_capture()
        ),
    )
    _run(directory, article(SAME_DAY, date_published="2022-10-30", **release))
    _run(directory, article(PART, date_published="2022-10-31", article_body=text(2, 3, 4)))
    _run(directory, article(FORMULA, "paper lanterns", **spreadsheet_fields()))


def spreadsheet_fields() -> dict[str, Any]:
    """Fields that begin like a formula, hold quotes and line ends, and lists."""
    return {
        "headline": '=HYPERLINK("http://www.example.cn")',
        "author": "@desk",
        "editor": "-- Li",
        "article_body": f'He said: "Ferries, lanterns; and tea."\n\n{long_text("paper lanterns")}',
        "images": [{"url": "http://www.example.cn/1.jpg", "caption": None}],
        "keywords": ["ferries, slow", "灯笼"],
        "exchanges": [{"outlet": "Example Daily", "question": "Why?", "speaker": None, "answer": "Because."}],
        "date_published": "2022-10-26T20:08:09+08:00",
        "date_retrieved": EVENING,
    }


def _capture() -> dict[str, str]:
    return {"file": "mfa-1.warc.gz", "record_id": "urn:uuid:1"}


def _run(directory: Path, *items: Article) -> None:
    record_all(directory, *items, source=items[0].source)

"""Articles for the tests of the pipelines, and a way to take one through them without Scrapy."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import orjson

from crawler.items import Article
from crawler.signals import Outcome
from pipelines.copies import NearDuplicates
from pipelines.deduplicate import MirrorDiffers, Unchanged, deduplicate
from pipelines.normalise import normalise
from pipelines.record import Record, outcome_of

#: Times of captures, in their order.
MORNING, NOON, EVENING, NIGHT = (f"2022-10-28T{hour:02}:00:00Z" for hour in (6, 12, 18, 23))


_WORDS = (
    "anchor barley bridge candle carpet copper cradle dancer ember ferry fiddle garden glacier harbour hedge island "
    "juniper kettle ladder lantern lemon lichen meadow melon mirror mountain needle oar orchard otter paper parcel "
    "pepper pigeon plough quarry quilt raven ribbon river saddle salmon sandal shadow sparrow spindle spring station "
    "stone sugar swallow tailor thimble thunder timber trumpet turnip valley velvet village violin walnut wheel willow"
).split()


def long_text(subject: str) -> str:
    """A text of two paragraphs, long enough to be compared without its headline; unlike that of any other subject."""
    chance = random.Random(subject)
    first, second = (" ".join(chance.choices(_WORDS, k=30)) for _ in range(2))
    return f"The envoy spoke at length about {subject}: {first}.\n\nHe called it a matter for {second}."


def article(document_id: str = "mfa:t1", subject: str = "river ferries", **fields: Any) -> Article:
    """An Article of one capture; `fields` replace what it is made of."""
    source, name = document_id.split(":")
    return Article.model_validate(
        {
            "id": document_id,
            "url": f"http://www.example.cn/eng/{name}.htm",
            "canonical_url": f"http://www.example.cn/eng/{name}.htm",
            "source": source,
            "publisher": "Ministry of Examples",
            "headline": f"The Envoy on {subject.title()}",
            "date_published": "2022-10-28",
            "in_language": "en",
            "article_body": long_text(subject),
            "date_retrieved": MORNING,
            "layout": "example",
        }
        | fields
    )


def settle(record: Record, item: Article) -> Outcome:
    """Takes one Article the way the pipelines take it, with a transaction open."""
    item = normalise(item)
    try:
        decided = deduplicate(item, record)
    except Unchanged:
        record.ledger.add_capture(item)
        return Outcome.UNCHANGED
    except MirrorDiffers:
        return Outcome.MIRROR_DIFFERS
    record.add(decided)
    return outcome_of(decided)


def record_all(
    directory: Path, *items: Article, source: str = "mfa", near_duplicates: NearDuplicates = "separate"
) -> list[str]:
    """One run over `items` in a batch; what came of each."""
    record = Record(directory, source, near_duplicates=near_duplicates)
    record.ledger.begin()
    outcomes = [settle(record, item).value for item in items]
    record.commit()
    record.finish()
    return outcomes


def lines(directory: Path, path: str) -> list[dict[str, Any]]:
    """The lines of a JSON Lines file below `directory`; none where there is no file."""
    file = directory / path
    return [orjson.loads(line) for line in file.read_bytes().splitlines()] if file.exists() else []


def contents(directory: Path) -> dict[str, bytes]:
    """Every JSON Lines file below `directory`, byte for byte."""
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in directory.rglob("*.jsonl")}

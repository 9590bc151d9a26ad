"""Articles for the tests of the pipelines, and a way to take one through them without Scrapy."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import orjson

from crawler.items import Article, Capture
from crawler.signals import Outcome
from pipelines.copies import NearDuplicates
from pipelines.deduplicate import MirrorDiffers, ReadAgain, Unchanged, deduplicate
from pipelines.normalise import normalise
from pipelines.recording import Record, outcome_of
from pipelines.watch import Sight

#: Times of captures, in their order.
MORNING, NOON, EVENING, NIGHT = (f"2022-10-28T{hour:02}:00:00Z" for hour in (6, 12, 18, 23))
#: A text too short to be compared without its headline, and an edit of it.
STILLS = "The lamps are lit.\n\nThe boats are in."
EDITED = "The lamps by the quay are lit.\n\nThe boats are in."

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


def captured(number: int, body: str, when: str, **fields: Any) -> Article:
    """The document `mfa:t1` as read from the WARC record of that number."""
    capture = {"file": "a.warc.gz", "record_id": f"urn:uuid:{number}"}
    return article(article_body=body, date_retrieved=when, capture=capture, **fields)


def sight(when: str, name: str = "t1") -> Sight:
    """A visit to the document `mfa:NAME`, with a capture of its own."""
    return Sight(when, f"http://www.example.cn/eng/{name}.htm", Capture(file="b.warc.gz", record_id="urn:uuid:9"))


def opened(directory: Path) -> Record:
    """A record of `mfa` with a batch open."""
    record = Record(directory, "mfa")
    record.ledger.begin()
    return record


def settle(record: Record, item: Article, read_again: ReadAgain | None = None) -> Outcome:
    """Takes one Article the way the pipelines take it, with a transaction open."""
    item = normalise(item)
    try:
        decided = deduplicate(item, record, read_again)
    except Unchanged:
        record.see(item)
        return Outcome.UNCHANGED
    except MirrorDiffers:
        return Outcome.MIRROR_DIFFERS
    record.add(decided)
    return outcome_of(decided)


def record_all(
    directory: Path,
    *items: Article,
    source: str = "mfa",
    near_duplicates: NearDuplicates = "separate",
    read_again: ReadAgain | None = None,
) -> list[str]:
    """One run over `items` in a batch; what came of each."""
    record = Record(directory, source, near_duplicates=near_duplicates)
    record.ledger.begin()
    outcomes = [settle(record, item, read_again).value for item in items]
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

"""Documents to which everything happened, for the tests of `pipelines.history` and `scrapy history`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from crawler.items import Article, Capture
from pipelines.deduplicate import correct
from pipelines.normalise import normalise
from pipelines.recorded import Recorded
from pipelines.recording import Record
from pipelines.watch import Sight
from tests.pipelines.examples import article, record_all

FIRST = (
    "The ferry left the old pier at noon with the envoy and nine guests on board.\n\n"
    "He praised the lanterns of the harbour, and asked how many of them the pupils of the village had folded.\n\n"
    "The captain answered that two hundred lanterns were lit."
)
#: One sentence is another.
SECOND = FIRST.replace("two hundred lanterns were lit", "no lantern was lit that night")
#: As read by better rules: the editor's name is no part of the text.
CORRECTED = SECOND.replace(" that night", "")

#: The days of the life, in UTC.
DAYS = [f"2024-03-{day:02}T06:00:00Z" for day in range(1, 20)]
LIFE, PLACE, ELSEWHERE = "mfa:t1", "mfa:t2", "mfa:t3"
URL = "http://www.example.cn/eng/t1.htm"


def capture_of(day: int) -> Capture:
    """The capture made on a day."""
    return Capture(file=f"mfa-{day:02}.warc.gz", record_id=f"urn:uuid:{day:02}")


def seen(day: int, text: str, document_id: str = LIFE, **fields: Any) -> Article:
    """What a visit on a day of March found."""
    given = {"article_body": text, "date_retrieved": DAYS[day - 1], "capture": capture_of(day)} | fields
    return article(document_id, **given)


def sight(day: int, url: str = URL) -> Sight:
    """A visit on a day of March that found no such text."""
    return Sight(DAYS[day - 1], url, capture_of(day))


def record_life(directory: Path) -> None:
    """`mfa:t1` is seen thrice, revised on the third day, set anew on the fourth, missing on the fifth, gone on the
    seventh, there again on the eighth, and sent elsewhere on the tenth. Its second text was read better."""
    record_all(
        directory, seen(1, FIRST), seen(2, FIRST), seen(3, SECOND, headline="The Envoy on Lanterns", editor="Li")
    )
    record_all(directory, seen(4, SECOND, headline="The Envoy on Lanterns", editor="Li", layout="example-2024"))
    record = Record(directory, "mfa")
    record.ledger.begin()
    record.miss(LIFE, "not-found", sight(5))
    record.miss(LIFE, "not-found", sight(7))
    record.commit()
    record.finish()
    record_all(directory, seen(8, SECOND, headline="The Envoy on Lanterns", editor="Li", layout="example-2024"))
    record = Record(directory, "mfa")
    record.ledger.begin()
    record.move(LIFE, sight(10), "http://www.example.cn/en/2024/t1.htm", None)
    record.commit()
    record.finish()
    correct_text(directory, LIFE, article_body=CORRECTED)


def record_move(directory: Path) -> None:
    """`mfa:t2` is missing on the second day; on the third `mfa:t3` has its text."""
    record_all(directory, seen(1, FIRST, PLACE))
    record = Record(directory, "mfa")
    record.ledger.begin()
    record.miss(PLACE, "soft-404", sight(2, "http://www.example.cn/eng/t2.htm"))
    record.commit()
    record.finish()
    record_all(directory, seen(3, FIRST, ELSEWHERE))


def correct_text(directory: Path, document_id: str, **fields: Any) -> None:
    """The text in force is read better from its own capture."""
    with Recorded(directory) as recorded:
        known = recorded.article(document_id)
    assert known is not None
    record = Record(directory, known.source)
    record.ledger.begin()
    record.add(correct(normalise(known.model_copy(update=fields)), known, record))
    record.commit()
    record.finish()

"""What the archive holds, and when a site may be asked whether a page has changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.items import Article
from pipelines.payloads import Payload, Validators
from pipelines.recording import Record
from pipelines.watch import Sight
from tests.pipelines.examples import EVENING, MORNING, NIGHT, NOON, article, long_text, settle

URL = "http://www.example.cn/eng/t1.htm"
MIRROR = "http://mirror.example.com/t1.htm"
FILE = "a.warc.gz"


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    record = Record(tmp_path, "mfa")
    record.ledger.begin()
    yield record
    record.abandon()


def payload(body: str, number: int) -> Payload:
    """A body first stored in the record of that number."""
    return Payload(f"sha256:{body}", URL, "2022-10-28T06:00:00.000000Z", f"urn:uuid:{number}", FILE)


def store(
    record: Record, body: str, number: int, etag: str | None = None, modified: str | None = None, url: str = URL
) -> None:
    """A response of the URL in the record of that number; its body may be one that was stored before."""
    found = record.ledger.payloads.find(f"sha256:{body}")
    record.ledger.payloads.add_response(url, found or payload(body, number), f"urn:uuid:{number}", etag, modified)


def captured(number: int, text: str = "river ferries", when: str = MORNING, url: str = URL) -> Article:
    """The document `mfa:t1` as read from the record of that number."""
    return article(
        article_body=long_text(text),
        date_retrieved=when,
        url=url,
        mirror_of=None if url == URL else URL,
        capture={"file": FILE, "record_id": f"urn:uuid:{number}"},
    )


def validators(record: Record, url: str = URL, document_id: str = "mfa:t1") -> Validators | None:
    return record.ledger.payloads.validators(url, document_id)


def test_a_payload_is_found_by_its_digest(record: Record) -> None:
    assert record.ledger.payloads.find("sha256:a") is None
    store(record, "a", 1)
    assert record.ledger.payloads.find("sha256:a") == payload("a", 1)


def test_a_payload_stays_where_it_was_stored_first(record: Record) -> None:
    store(record, "a", 1)
    record.ledger.payloads.add_response(MIRROR, payload("a", 9), "urn:uuid:9", None, None)
    assert record.ledger.payloads.find("sha256:a") == payload("a", 1)


def test_a_page_read_as_the_document_can_be_asked_for_if_it_has_changed(record: Record) -> None:
    store(record, "a", 1, etag='"v1"', modified="Fri, 28 Oct 2022 05:00:00 GMT")
    assert validators(record) is None  # it came, but nothing was read from it yet
    settle(record, captured(1))
    assert validators(record) == Validators('"v1"', "Fri, 28 Oct 2022 05:00:00 GMT", payload("a", 1))


@pytest.mark.parametrize(("etag", "modified"), [('"v1"', None), (None, "Fri, 28 Oct 2022 05:00:00 GMT")])
def test_one_validator_is_enough(record: Record, etag: str | None, modified: str | None) -> None:
    store(record, "a", 1, etag, modified)
    settle(record, captured(1))
    assert validators(record) == Validators(etag, modified, payload("a", 1))


def test_without_a_validator_there_is_no_asking(record: Record) -> None:
    store(record, "a", 1)
    settle(record, captured(1))
    assert validators(record) is None


def test_the_last_response_counts(record: Record) -> None:
    store(record, "a", 1, etag='"v1"')
    settle(record, captured(1))
    store(record, "b", 2, etag='"v2"')
    assert validators(record) is None  # it could not be read: it may be a page that says nothing
    settle(record, captured(2, "mountain roads", NOON))
    assert validators(record) == Validators('"v2"', None, payload("b", 2))


def test_a_last_response_without_validators_forgets_those_before(record: Record) -> None:
    store(record, "a", 1, etag='"v1"')
    settle(record, captured(1))
    store(record, "a", 2)
    settle(record, captured(2, when=NOON))
    assert validators(record) is None


def test_the_same_body_in_a_revisit_record(record: Record) -> None:
    """It is known by the record that holds the body, and read as the record of its own."""
    store(record, "a", 1, etag='"v1"')
    settle(record, captured(1))
    store(record, "a", 2, etag='"v2"')
    assert validators(record) is None
    settle(record, captured(2, when=NOON))
    assert validators(record) == Validators('"v2"', None, payload("a", 1))


def test_a_page_that_was_unchanged_can_be_asked_for_again(record: Record) -> None:
    store(record, "a", 1, etag='"v1"')
    settle(record, captured(1))
    store(record, "a", 2, etag='"v1"')  # 304, Not Modified
    record.see_unchanged("mfa:t1", Sight(NOON, URL, captured(2).capture))
    assert validators(record) == Validators('"v1"', None, payload("a", 1))


def test_a_page_read_as_another_document(record: Record) -> None:
    store(record, "a", 1, etag='"v1"')
    settle(record, captured(1))
    settle(record, article("mfa:t2", "mountain roads"))
    assert validators(record, document_id="mfa:t2") is None
    assert validators(record, document_id="mfa:t9") is None
    assert validators(record, url=MIRROR) is None


def test_a_url_that_showed_another_text_than_the_one_in_force(record: Record) -> None:
    """Two URLs of one document: that the one is unchanged says nothing of what the other has shown since."""
    store(record, "a", 1, etag='"v1"')
    settle(record, captured(1))
    other = URL.replace("http:", "https:")
    store(record, "b", 2, etag='"v2"', url=other)
    settle(record, captured(2, "mountain roads", NOON).model_copy(update={"url": other}))
    assert validators(record) is None
    assert validators(record, url=other) == Validators('"v2"', None, payload("b", 2))
    settle(record, captured(3, "river ferries", EVENING))
    store(record, "a", 4, etag='"v4"')
    settle(record, captured(4, "river ferries", NIGHT))
    assert validators(record) == Validators('"v4"', None, payload("a", 1))


def test_a_better_reading_is_the_same_text(record: Record) -> None:
    store(record, "a", 1, etag='"v1"')
    settle(record, captured(1))
    better = captured(1, "river ferries and the quay").model_copy(
        update={"revision": 1, "correction": 1, "text_digest": "sha256:" + 64 * "0"}
    )
    record.add(better)
    assert validators(record) == Validators('"v1"', None, payload("a", 1))


def test_what_is_stored_is_known_to_the_next_run(tmp_path: Path) -> None:
    first = Record(tmp_path, "mfa")
    first.ledger.begin()
    store(first, "a", 1, etag='"v1"')
    settle(first, captured(1))
    first.commit()
    first.finish()
    second = Record(tmp_path, "mfa")
    assert validators(second) == Validators('"v1"', None, payload("a", 1))
    second.finish()

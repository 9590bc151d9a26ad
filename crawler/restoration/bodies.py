"""Which bodies the archive holds, and by what servers can be asked whether they have changed: as the crawl that stored
them told the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from fastwarc.warc import WarcRecordType

from crawler.archive.files import final_name
from crawler.archive.reader import is_response, is_revisit
from crawler.archive.record import Record, read_records
from crawler.archive.writer import NOT_MODIFIED
from crawler.extraction.problem import Problem
from crawler.restoration.draft import DraftLedger
from crawler.restoration.pages import Pages
from pipelines.payloads import Payload

_OK = 200


def enter_bodies(draft: DraftLedger, files: Iterable[Path]) -> None:
    """Enters every body of an archive, and the validators that the last response of each URL named.

    Raises RecordError. What cannot be read is passed over: `scrapy ledger check` says so.
    """
    for path in sorted(files, key=_begun):
        for record in _records(path):
            _enter(draft, record, final_name(path))


def forget_continued(draft: DraftLedger, pages: Pages) -> None:
    """Forgets the validators of pages that are not all of their document."""
    for url in draft.validated():
        if pages.is_continued(url):
            draft.payloads.forget_validators(url)


def _begun(path: Path) -> tuple[str, str]:
    """When the file was begun, as its name says behind that of its source."""
    return path.name.removeprefix(f"{path.parent.name}-"), path.name


def _records(path: Path) -> Iterator[Record]:
    try:
        yield from read_records(path, lambda _: None)
    except Problem:
        return


def _enter(draft: DraftLedger, record: Record, file: str) -> None:
    digest = record.header("WARC-Payload-Digest")
    if not digest or record.header("WARC-Profile") == NOT_MODIFIED or not _is_whole_answer(record):
        return
    payload = Payload(digest, record.url, record.header("WARC-Date"), record.id, file)
    if record.warc.record_type == WarcRecordType.revisit:
        known = draft.payloads.find(digest)
        if known is None:
            return  # the record with the body is lost: it is to be stored again
        payload = known
    headers = record.warc.http_headers
    draft.payloads.add_response(record.url, payload, record.id, headers.get("ETag"), headers.get("Last-Modified"))


def _is_whole_answer(record: Record) -> bool:
    """Whether it is the answer to a request for a page, with a body that did not break off."""
    if not is_revisit(record) and not is_response(record):
        return False
    if record.header("WARC-Truncated") and not is_revisit(record):
        return False
    record.warc.is_http = True
    try:
        record.warc.parse_http(quirks_mode=True)
    except OSError:
        return False
    has_body = is_revisit(record) or bool(record.warc.reader.read(1))
    return record.warc.http_headers.status_code == _OK and has_body

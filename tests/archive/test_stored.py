"""Finding the captures that Articles name in the archive of an output directory."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.archive.exchange import Exchange, response_head
from crawler.archive.stored import StoredCaptures
from crawler.archive.writer import WarcWriter
from crawler.items import Capture
from pipelines.payloads import Payload
from tests.archive.warc_files import PACKINGS, http, record, record_id, write

URL = "http://news.example/a.htm"
MORNING = datetime(2022, 10, 28, 6, tzinfo=UTC)


def capture(number: int, file: str = "one.warc.gz") -> Capture:
    return Capture(file=file, record_id=record_id(number))


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    (tmp_path / "mfa").mkdir()
    (tmp_path / "ecns").mkdir()
    return tmp_path


@pytest.mark.parametrize("ending", PACKINGS)
def test_a_response_by_file_and_record(archive: Path, ending: str) -> None:
    for source in ("mfa", "ecns"):
        pages = [record(n, f"{URL}?{n}", http(b"%d of %s" % (n, source.encode()))) for n in range(3)]
        write(archive / source / f"{source}{ending}", *pages)
    stored = StoredCaptures(archive)
    found = stored.find(capture(1, f"ecns{ending}"))
    assert found is not None
    assert (found.url, found.body, found.date_retrieved) == (f"{URL}?1", b"1 of ecns", "2020-07-04T03:55:41Z")
    assert (found.file, found.record_id) == (f"ecns{ending}", record_id(1))


def test_what_is_not_there(archive: Path, tmp_path: Path) -> None:
    write(archive / "mfa" / "one.warc.gz", record(1, URL, http()), record(2, URL, http(), type="request"))
    write(tmp_path / "beside.warc.gz", record(1, URL, http()))
    stored = StoredCaptures(archive)
    assert stored.find(capture(1)) is not None
    assert stored.find(capture(2)) is None
    assert stored.find(capture(3)) is None
    assert stored.find(capture(1, "two.warc.gz")) is None
    assert stored.find(Capture(file="one.warc.gz")) is None
    for elsewhere in ("../beside.warc.gz", "mfa/one.warc.gz", ".."):
        assert stored.find(capture(1, elsewhere)) is None
    assert StoredCaptures(archive / "absent").find(capture(1)) is None


def test_a_file_in_progress_is_read_as_far_as_it_is_written(archive: Path) -> None:
    first, second = (gzip.compress(record(n, URL, http(b"text %d" % n))) for n in (1, 2))
    path = archive / "mfa" / "one.warc.gz.open"
    path.write_bytes(first + second[:-20])
    stored = StoredCaptures(archive)
    found = stored.find(capture(1))
    assert found is not None
    assert (found.body, found.file) == (b"text 1", "one.warc.gz")
    assert stored.find(capture(2)) is None

    path.write_bytes(first + second)
    assert stored.find(capture(2)) is not None
    path.rename(archive / "mfa" / "one.warc.gz")
    assert stored.find(capture(1)) is not None
    assert stored.find(capture(2)) is not None


def test_damage_is_no_error(archive: Path) -> None:
    (archive / "mfa" / "empty.warc.gz").touch()
    (archive / "mfa" / "noise.warc.gz").write_bytes(bytes(range(256)) * 40)
    (archive / "mfa" / "directory.warc.gz").mkdir()
    bad_digest = record(2, URL, http(), headers=["WARC-Block-Digest: sha1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"])
    no_status = record(3, URL, b"no HTTP at all")
    cut = record(4, URL, http(), headers=["WARC-Truncated: disconnect"])
    no_original = record(5, URL, http(b""), type="revisit", headers=[f"WARC-Refers-To: <{record_id(9)}>"])
    of_nothing = record(6, URL, http(b""), type="revisit")
    of_itself = record(7, URL, http(b""), type="revisit", headers=[f"WARC-Refers-To: <{record_id(7)}>"])
    write(archive / "mfa" / "one.warc.gz", bad_digest, no_status, cut, no_original, of_nothing, of_itself)
    stored = StoredCaptures(archive)
    for name in ("empty.warc.gz", "noise.warc.gz", "directory.warc.gz", "one.warc.gz"):
        assert [number for number in range(1, 9) if stored.find(capture(number, name)) is not None] == []


def exchange(url: str, at: datetime, body: bytes) -> Exchange:
    return Exchange(url, at, b"GET / HTTP/1.1\r\n\r\n", response_head(200, [(b"X-Served-By", b"a cache")], body), body)


@pytest.mark.parametrize("is_closed", [True, False])
def test_a_revisit_is_its_original_at_its_own_time(archive: Path, is_closed: bool) -> None:
    """As our own writer writes it, in another file and for another source."""
    first, later = WarcWriter(archive / "ecns", "ecns", 10**6, {}), WarcWriter(archive / "mfa", "mfa", 10**6, {})
    shown = exchange(URL, MORNING, b"the text")
    original = first.write_response(shown)
    payload = Payload(shown.payload_digest, shown.url, shown.date, original.record_id, original.file)
    again = exchange(f"{URL}?again", MORNING + timedelta(days=1), b"the text")
    places = [later.write_repeated(again, payload), later.write_not_modified(again, payload)]
    if is_closed:
        first.close()
        later.close()
    stored = StoredCaptures(archive)
    for place in places:
        found = stored.find(Capture(file=place.file, record_id=place.record_id))
        assert found is not None
        assert (found.status, found.body, found.header("X-Served-By")) == (200, b"the text", "a cache")
        assert (found.url, found.date_retrieved) == (f"{URL}?again", "2022-10-29T06:00:00Z")
        assert (found.file, found.record_id) == (place.file, place.record_id)


def test_the_nearest_capture_of_a_further_page(archive: Path) -> None:
    def page(number: int, second: int, body: bytes, status: str = "200 OK") -> bytes:
        return record(number, f"{URL}?page=2", http(body, status=status), date=f"2022-10-28T06:00:{second:02}Z")

    first = record(1, URL, http(b"page one"), date="2022-10-28T06:00:30Z")
    further = page(2, 10, b"old"), page(3, 33, b"near"), page(4, 31, b"", "302 Found")
    write(archive / "mfa" / "b.warc.gz", first, *further)
    write(archive / "mfa" / "a.warc.gz", page(5, 30, b"of another run"))
    write(archive / "ecns" / "c.warc.gz", record(6, f"{URL}?page=3", http(b"three")))
    stored = StoredCaptures(archive)
    to = stored.find(capture(1, "b.warc.gz"))
    assert to is not None
    bodies = [found and found.body for found in (stored.nearest(f"{URL}?page={n}", to) for n in (2, 3, 4))]
    assert bodies == [b"near", b"three", None]

    write(archive / "mfa" / "b.warc.gz", first)
    found = stored.nearest(f"{URL}?page=2".replace("http:", "https:"), to)
    assert found is not None
    assert (found.body, found.file) == (b"of another run", "a.warc.gz")

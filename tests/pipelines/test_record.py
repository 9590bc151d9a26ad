from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import orjson
import pytest

from crawler.items import Article
from pipelines.failure import ArchiveError, OutputError, OutputIncompleteError
from pipelines.ledger import Ledger
from pipelines.recording import Record
from tests.pipelines.examples import (
    NIGHT,
    NOON,
    article,
    contents,
    lines,
    long_text,
    opened,
    record_all,
    settle,
    sight,
)

ARTICLES, REVISIONS, STATES = "articles/mfa.jsonl", "revisions/mfa.jsonl", "states/mfa.jsonl"


def numbered(*numbers: int) -> list[Article]:
    return [article(f"mfa:t{number}", f"ferry number {number}") for number in numbers]


def test_lines_stand_in_the_order_of_arrival(tmp_path: Path) -> None:
    record_all(tmp_path, *numbered(5, 1, 4), article("mfa:t9", "ferry number 1"), *numbered(2, 3))
    assert [line["id"] for line in lines(tmp_path, ARTICLES)] == [f"mfa:t{number}" for number in (5, 1, 4, 2, 3)]
    assert [line["id"] for line in lines(tmp_path, "copies/mfa.jsonl")] == ["mfa:t9"]


def test_a_line_is_the_article_in_compact_json_with_every_field(tmp_path: Path) -> None:
    record_all(tmp_path, article(author="Café Li", article_body=long_text("茶")))
    (line,) = (tmp_path / ARTICLES).read_bytes().splitlines(keepends=True)
    assert line.startswith(b'{"id":"mfa:t1","url":"http://www.example.cn/eng/t1.htm",')
    assert line.endswith(b',"duplicate_of":null,"relation":null,"similarity":null}\n')
    assert "Café Li".encode() in line
    assert list(orjson.loads(line)) == list(Article.model_fields)


def test_every_line_validates_against_the_schema(tmp_path: Path) -> None:
    full = article(
        "mfa:t3",
        exchanges=[{"outlet": "A Paper", "question": "Why?", "answer": "Because."}],
        images=[{"url": "http://www.example.cn/a.jpg"}],
        capture={"file": "a.warc.gz", "record_id": "urn:uuid:1"},
        breadcrumb=["Home"],
    )
    record_all(tmp_path, article(), article("mfa:t2"), full, article(article_body="Another.", date_retrieved=NOON))
    validator = jsonschema.Draft202012Validator(Article.model_json_schema(mode="serialization"))
    written = lines(tmp_path, ARTICLES) + lines(tmp_path, "copies/mfa.jsonl")
    assert len(written) == 4
    for line in written:
        validator.validate(line)
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(written[0] | {"revision": 0})


def test_nothing_is_written_before_the_commit(tmp_path: Path) -> None:
    record = Record(tmp_path, "mfa")
    record.ledger.begin()
    for item in numbered(1, 2):
        settle(record, item)
    assert record.pending == 2
    assert contents(tmp_path) == {}
    committed = record.commit()
    assert [item.id for item in committed.articles] == ["mfa:t1", "mfa:t2"]
    assert committed.states == []
    assert committed.lines == {ARTICLES: 2}
    assert record.pending == 0
    assert len(lines(tmp_path, ARTICLES)) == 2
    record.finish()


def test_the_ledger_knows_the_committed_lengths(tmp_path: Path) -> None:
    record_all(tmp_path, *numbered(1), article("mfa:t2", "ferry number 1"))
    record_all(tmp_path, *numbered(3))
    ledger = Ledger(tmp_path / "ledger.db")
    written = {path: len(data) for path, data in contents(tmp_path).items()}
    assert set(written) == {ARTICLES, "copies/mfa.jsonl"}
    assert ledger.file_lengths() == written | {"revisions/mfa.jsonl": 0, "states/mfa.jsonl": 0}
    ledger.close()


def test_an_abandoned_batch_is_met_again(tmp_path: Path) -> None:
    record = Record(tmp_path, "mfa")
    record.ledger.begin()
    assert settle(record, article()) == "new"
    record.abandon()
    assert contents(tmp_path) == {}
    assert record_all(tmp_path, article()) == ["new"]


def test_an_article_of_another_source_is_refused(tmp_path: Path) -> None:
    record = Record(tmp_path, "mfa")
    record.ledger.begin()
    with pytest.raises(ValueError, match="ecns:t1 is of source ecns"):
        settle(record, article("ecns:t1"))
    assert record.pending == 0
    assert not record.ledger.documents.known("ecns:t1")
    record.abandon()


# one commit


def write_everything(record: Record) -> None:
    """A document, a copy, a revision and a change of state."""
    for item in (article("mfa:t1"), article("mfa:t2"), article("mfa:t1", "mountain roads", date_retrieved=NOON)):
        settle(record, item)
    record.miss("mfa:t2", "not-found", sight(NIGHT, "t2"))


def test_an_abandoned_batch_loses_rows_and_ledger_together(tmp_path: Path) -> None:
    Record(tmp_path, "mfa").finish()
    record = opened(tmp_path)
    write_everything(record)
    record.abandon()
    assert contents(tmp_path) == {}
    record = opened(tmp_path)
    assert record.ledger.watch.of("mfa:t1") is None
    assert record.ledger.document_lines.of("mfa:t1", "revisions") == []
    write_everything(record)
    assert record.commit().lines == {ARTICLES: 2, "copies/mfa.jsonl": 1, REVISIONS: 1, STATES: 1}
    record.finish()


def test_lines_whose_commit_failed_are_cut_off_with_the_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All lines are on the disk, but the ledger was killed before it knew."""
    record = opened(tmp_path)
    write_everything(record)
    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "commit", lambda _: None)
        record.commit()
    assert {path: len(lines(tmp_path, path)) for path in contents(tmp_path)} == {
        ARTICLES: 2,
        "copies/mfa.jsonl": 1,
        REVISIONS: 1,
        STATES: 1,
    }
    record.abandon()
    record = opened(tmp_path)
    assert set(contents(tmp_path).values()) == {b""}
    assert not record.ledger.documents.known("mfa:t1")
    assert record.ledger.watch.counts() == {}
    record.abandon()


def test_what_a_batch_refers_to_is_made_durable_first(tmp_path: Path) -> None:
    record = opened(tmp_path)
    found: list[dict[str, bytes]] = []
    record.before_commit(lambda: found.append(contents(tmp_path)))
    write_everything(record)
    record.commit()
    assert found == [{}]
    record.finish()


def test_where_that_fails_nothing_is_written(tmp_path: Path) -> None:
    def fail() -> None:
        raise ArchiveError("no such archive")

    record = opened(tmp_path)
    record.before_commit(fail)
    write_everything(record)
    with pytest.raises(ArchiveError, match="no such archive"):
        record.commit()
    record.abandon()
    assert contents(tmp_path) == {}


# recovery


@pytest.mark.parametrize("tail", [b"{", b'{"id": "mfa:t2"}\n', b"\n\n", b"\0" * 5000])
def test_what_lies_beyond_the_committed_length_is_cut_off(tail: bytes, tmp_path: Path) -> None:
    record_all(tmp_path, *numbered(1))
    committed = contents(tmp_path)
    with (tmp_path / ARTICLES).open("ab") as file:
        file.write(tail)
    Record(tmp_path, "ecns").finish()
    assert contents(tmp_path) == committed


def test_a_first_batch_that_was_never_committed_is_cut_off(tmp_path: Path) -> None:
    Record(tmp_path, "mfa").finish()
    (tmp_path / "articles").mkdir()
    (tmp_path / ARTICLES).write_bytes(b'{"id": "mfa:t1"}\n')
    assert record_all(tmp_path, *numbered(1)) == ["new"]
    assert [line["headline"] for line in lines(tmp_path, ARTICLES)] == ["The Envoy on Ferry Number 1"]


def test_a_file_shorter_than_committed_stops_the_start(tmp_path: Path) -> None:
    record_all(tmp_path, *numbered(1, 2))
    os.truncate(tmp_path / ARTICLES, 100)
    with pytest.raises(OutputIncompleteError, match=r"mfa\.jsonl has 100 bytes where \d+ were committed"):
        Record(tmp_path, "mfa")
    assert (tmp_path / ARTICLES).stat().st_size == 100


def test_a_missing_file_stops_the_start(tmp_path: Path) -> None:
    record_all(tmp_path, *numbered(1))
    (tmp_path / ARTICLES).unlink()
    with pytest.raises(OutputIncompleteError, match="has 0 bytes where"):
        Record(tmp_path, "mfa")
    assert not (tmp_path / ARTICLES).exists()


def test_a_file_that_shrinks_during_the_run_stops_it(tmp_path: Path) -> None:
    record_all(tmp_path, *numbered(1))
    record = Record(tmp_path, "mfa")
    record.ledger.begin()
    settle(record, numbered(2)[0])
    os.truncate(tmp_path / ARTICLES, 100)
    with pytest.raises(OutputIncompleteError):
        record.commit()
    record.abandon()
    assert (tmp_path / ARTICLES).stat().st_size == 100


def test_a_lost_ledger_does_not_take_the_lines_with_it(tmp_path: Path) -> None:
    record_all(tmp_path, *numbered(1))
    before = contents(tmp_path)
    (tmp_path / "ledger.db").unlink()
    for _ in range(2):  # nor at the second try, when there is a ledger again
        with pytest.raises(OutputIncompleteError, match=r"the ledger does not know .*mfa\.jsonl"):
            Record(tmp_path, "mfa")
        assert contents(tmp_path) == before


def test_an_output_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="file"):
        Record(tmp_path / "file" / "output", "mfa")


# no room

FILL = """
import resource, sys
from pathlib import Path
from pipelines.failure import DiskFullError
from pipelines.recording import Record
from tests.pipelines.examples import settle
from tests.pipelines.test_record import padded

directory, padding, limit = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
record = Record(directory, "mfa")
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    for number in range(1000):
        if not record.ledger.in_transaction:
            record.ledger.begin()
        settle(record, padded(number, padding))
        if record.pending == 10:
            record.commit()
            print(number + 1, flush=True)
except DiskFullError as error:
    record.abandon()
    print(error, file=sys.stderr)
    sys.exit(28)
"""


def padded(number: int, padding: int) -> Article:
    text = long_text(f"ferry number {number}") + " and so on" * padding
    return article(f"mfa:t{number}", article_body=text)


def fill(directory: Path, padding: int, limit: int = 0) -> tuple[int, str]:
    """Records Articles by tens in a child process until there is no room; how many were committed, and what it said."""
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", FILL, str(directory), str(padding), str(limit)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 28, result.stderr
    return int(result.stdout.split()[-1]), result.stderr


def assert_a_run_with_room_goes_on(directory: Path, committed: int, padding: int) -> None:
    """What was committed is there, nothing is there twice, and what was lost is new again."""
    everything = [padded(number, padding) for number in range(committed + 20)]
    assert record_all(directory, *everything) == ["unchanged"] * committed + ["new"] * 20
    assert [line["id"] for line in lines(directory, ARTICLES)] == [item.id for item in everything]


def test_no_room_for_the_lines_leaves_nothing_half(tmp_path: Path) -> None:
    committed, message = fill(tmp_path, padding=4000, limit=1_000_000)
    assert f"no room for {tmp_path / ARTICLES}" in message
    assert committed == 20
    assert [line["id"] for line in lines(tmp_path, ARTICLES)] == [f"mfa:t{number}" for number in range(20)]
    assert_a_run_with_room_goes_on(tmp_path, committed, padding=4000)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of half a megabyte, filled to the last page by the tests."""
    mount = tmp_path / "disk"
    mount.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(mount)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("mounting a tmpfs needs root")
    yield mount
    subprocess.run(["umount", str(mount)], check=True)


#: With short articles it is the ledger that meets the end of the disk, with long ones the lines do.
@pytest.mark.parametrize(("padding", "who"), [(0, r"ledger\.db"), (5000, r"mfa\.jsonl")])
def test_a_full_disk_is_a_named_error(padding: int, who: str, small_disk: Path) -> None:
    committed, message = fill(small_disk, padding)
    assert re.search(f"no room for .*{who}", message)
    assert committed > 0
    subprocess.run(["mount", "-o", "remount,size=16m", str(small_disk)], check=True)
    assert_a_run_with_room_goes_on(small_disk, committed, padding)


def test_a_file_that_cannot_be_written_is_a_named_error(tmp_path: Path) -> None:
    record = Record(tmp_path, "mfa")
    (tmp_path / ARTICLES).mkdir(parents=True)
    record.ledger.begin()
    settle(record, article())
    with pytest.raises(OutputError, match=r"mfa\.jsonl: Is a directory"):
        record.commit()
    record.abandon()

"""An output directory to publish: a record, closed WARC files, one in progress, and a run report."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import orjson

from tests.pipelines.examples import article, record_all

ARCHIVED = "archive/mfa/mfa-20221028T060000Z-00000.warc.gz"
ROTATED = "archive/mfa/mfa-20221028T060000Z-00001.warc.gz"
REPORT = "runs/20221028T060000Z-mfa.json"
ARTICLES = "articles/mfa.jsonl"
COPIES = "copies/mfa.jsonl"
#: In the order in which they are published.
FILES = [ARCHIVED, ROTATED, ARTICLES, COPIES, REPORT]

#: Publication sends chunks of a mebibyte: three of the first file, one of each other.
ARCHIVED_BYTES = 2_500_000
CHUNKS = 7


def record(directory: Path) -> None:
    """Two documents and a copy, and beside them what publication does not look into."""
    record_all(directory, article(), article("mfa:t2", "tea gardens"), article("mfa:t3"))
    random_bytes = random.Random(7).randbytes
    write(directory / ARCHIVED, random_bytes(ARCHIVED_BYTES))
    write(directory / ROTATED, random_bytes(1_000))
    write(directory / "archive/mfa/mfa-20221028T060000Z-00002.warc.gz.open", random_bytes(500))
    write(directory / REPORT, b'{"run": "20221028T060000Z-mfa"}\n')
    write(directory / "runs/.20221028T070000Z-mfa.77.draft", b'{"run": ')


def write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def files_below(directory: Path) -> dict[str, bytes]:
    """Every file, by its path below the directory."""
    return {
        path.relative_to(directory).as_posix(): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }


def check(directory: Path, published: dict[str, bytes]) -> None:
    """A target that is complete and as its manifest says, and holds nothing but what is finished."""
    entries = [orjson.loads(line) for line in published["manifest.jsonl"].splitlines()]
    assert sorted(published) == sorted([*FILES, "manifest.jsonl", "SHA256SUMS"])
    assert [entry["path"] for entry in entries] == sorted(FILES)
    for entry in entries:
        data = published[entry["path"]]
        assert data == (directory / entry["path"]).read_bytes()
        assert (entry["bytes"], entry["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())

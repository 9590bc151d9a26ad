"""Publishing to a folder of this machine and to fsspec's memory; servers are in `tests/commands/test_publish.py`."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import fsspec
import orjson
import pytest

from crawler.publishing.failure import ManifestError, PublicationLockedError, TargetError
from crawler.publishing.lock import only_publication
from crawler.publishing.publication import Publication
from crawler.publishing.target import Target
from pipelines.failure import OutputIncompleteError
from tests.pipelines.examples import article, record_all
from tests.publishing.interrupted import interrupt
from tests.publishing.recorded import (
    ARCHIVED,
    ARTICLES,
    CHUNKS,
    FILES,
    REPORT,
    ROTATED,
    check,
    files_below,
    record,
    write,
)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    record(tmp_path / "output")
    return tmp_path / "output"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "published"


def publish(directory: Path, target: Path | str) -> list[str]:
    """Which files were copied, in their order."""
    publication = Publication(directory, Target(str(target)))
    publication.copy(lambda file, size: None)
    return [file.path for file in publication.plan.to_copy]


def conflicts(directory: Path, target: Path) -> list[tuple[str, str]]:
    """What forbids a publication; it must not have touched the target then."""
    before = files_below(target)
    publication = Publication(directory, Target(str(target)))
    if publication.plan.conflicts:
        with pytest.raises(ValueError, match="not ours"):
            publication.copy(lambda file, size: None)
    assert files_below(target) == before
    return [(conflict.code.value, conflict.path) for conflict in publication.plan.conflicts]


def grow(directory: Path) -> None:
    """Another document: the articles grow, and nothing else."""
    record_all(directory, article("mfa:t9", "night ferries"))


# what is published


def test_finished_files_are_copied_archive_first(directory: Path, target: Path) -> None:
    assert publish(directory, target) == FILES
    check(directory, files_below(target))


def test_memory(directory: Path) -> None:
    assert publish(directory, "memory://published/here") == FILES
    memory = fsspec.filesystem("memory")
    try:
        found = memory.find("/published/here")
        check(directory, {path.removeprefix("/published/here/"): memory.cat_file(path) for path in found})
        assert publish(directory, "memory://published/here") == []
    finally:
        memory.rm("/published", recursive=True)


def test_what_is_there_is_not_copied_again(directory: Path, target: Path) -> None:
    publish(directory, target)
    before = {path: path.stat().st_mtime_ns for path in target.rglob("*")}
    assert publish(directory, f"file://{target}") == []
    assert {path: path.stat().st_mtime_ns for path in target.rglob("*")} == before


def test_what_has_grown_is_copied(directory: Path, target: Path) -> None:
    publish(directory, target)
    grow(directory)
    write(directory / "runs/20221029T060000Z-mfa.json", b"{}\n")
    assert publish(directory, target) == [ARTICLES, "runs/20221029T060000Z-mfa.json"]
    assert files_below(target)[ARTICLES] == (directory / ARTICLES).read_bytes()


def test_lines_that_are_not_committed_are_not_published(directory: Path, target: Path) -> None:
    committed = (directory / ARTICLES).read_bytes()
    with (directory / ARTICLES).open("ab") as file:
        file.write(b'{"id": "mfa:t4"}\n{"id": "mf')
    publish(directory, target)
    assert files_below(target)[ARTICLES] == committed


def test_publishing_while_a_crawl_records(directory: Path, target: Path) -> None:
    def crawl() -> None:
        for number in range(100, 140):
            record_all(directory, article(f"mfa:t{number}", f"pier {number}"))

    crawling = threading.Thread(target=crawl)
    crawling.start()
    lengths = set()
    while crawling.is_alive():
        publish(directory, target)
        published = (target / ARTICLES).read_bytes()
        assert [orjson.loads(line)["headline"] for line in published.splitlines()]
        assert published.endswith(b"}\n")
        lengths.add(len(published))
    crawling.join()
    assert len(lengths) > 1
    publish(directory, target)
    check(directory, files_below(target))


def test_files_that_were_moved_away_here_stay_in_the_manifest(directory: Path, target: Path) -> None:
    publish(directory, target)
    kept = (target / ARCHIVED).read_bytes()
    (directory / ARCHIVED).unlink()
    grow(directory)
    assert publish(directory, target) == [ARTICLES]
    sums = dict(line.split("  ")[::-1] for line in (target / "SHA256SUMS").read_text(encoding="utf-8").splitlines())
    assert sums[ARCHIVED] == hashlib.sha256(kept).hexdigest()
    assert sorted(sums) == sorted(FILES)


# what was interrupted


@pytest.mark.parametrize("chunk", range(1, CHUNKS + 1))
def test_a_kill_leaves_only_whole_files_and_is_made_good(directory: Path, target: Path, chunk: int) -> None:
    interrupt(directory, str(target), "kill", chunk)
    left = files_below(target)
    whole = [path for path in left if not path.endswith(".part")]
    assert all(left[path] == (directory / path).read_bytes() for path in whole)
    assert len(left) == len(whole) + 1  # the file that was under way
    assert publish(directory, target) == [path for path in FILES if path not in whole]
    check(directory, files_below(target))


def test_an_error_leaves_nothing_of_the_file(directory: Path, target: Path) -> None:
    interrupt(directory, str(target), "fail", 2)
    assert files_below(target) == {}


def test_a_file_cut_short_by_another_tool_is_made_whole(directory: Path, target: Path) -> None:
    write(target / ARCHIVED, (directory / ARCHIVED).read_bytes()[:1_234_567])
    assert publish(directory, target) == FILES
    check(directory, files_below(target))


def test_files_without_a_manifest_are_compared(directory: Path, target: Path) -> None:
    publish(directory, target)
    (target / "manifest.jsonl").unlink()
    assert publish(directory, target) == []
    check(directory, files_below(target))


def test_a_file_that_vanished_at_the_target_is_copied_again(directory: Path, target: Path) -> None:
    publish(directory, target)
    (target / ROTATED).unlink()
    assert publish(directory, target) == [ROTATED]


# what is not ours


def test_a_longer_file_is_never_overwritten(directory: Path, target: Path) -> None:
    write(target / ARTICLES, (directory / ARTICLES).read_bytes() + b"{}\n")
    assert conflicts(directory, target) == [("target-longer", ARTICLES)]


def test_another_file_is_never_overwritten(directory: Path, target: Path) -> None:
    theirs = bytearray((directory / ARCHIVED).read_bytes())
    theirs[1_000_000] ^= 1
    write(target / ARCHIVED, bytes(theirs))
    write(target / ARTICLES, b"{}\n")
    assert conflicts(directory, target) == [("target-differs", ARCHIVED), ("target-differs", ARTICLES)]


def test_the_target_of_another_output_directory(directory: Path, target: Path, tmp_path: Path) -> None:
    record_all(tmp_path / "other", article("mfa:t5", "lake ferries"))
    publish(tmp_path / "other", target)
    assert conflicts(directory, target) == [("target-differs", ARTICLES)]


def test_an_older_state_of_the_output_directory(directory: Path, target: Path, tmp_path: Path) -> None:
    record(tmp_path / "restored")
    grow(directory)
    publish(directory, target)
    assert conflicts(tmp_path / "restored", target) == [("target-longer", ARTICLES)]


def test_a_manifest_that_is_none(directory: Path, target: Path) -> None:
    write(target / "manifest.jsonl", b'{"name": "a web app"}\n')
    with pytest.raises(ManifestError, match="no manifest"):
        publish(directory, target)
    assert list(files_below(target)) == ["manifest.jsonl"]


@pytest.mark.parametrize("path", ["/etc/passwd", "../mfa.jsonl/..", "articles", "articles\\mfa.jsonl"])
def test_a_manifest_names_files_below_the_target_only(directory: Path, target: Path, path: str) -> None:
    entry = {"path": path, "bytes": 1, "sha256": "0" * 64}
    write(target / "manifest.jsonl", orjson.dumps(entry) + b"\n")
    with pytest.raises(ManifestError):
        publish(directory, target)


# what fails


def test_a_disk_that_is_not_mounted(directory: Path, tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="there is no folder"):
        publish(directory, tmp_path / "disk" / "published")
    assert not (tmp_path / "disk").exists()


def test_a_folder_where_a_file_belongs(directory: Path, target: Path) -> None:
    (target / REPORT).mkdir(parents=True)
    with pytest.raises(TargetError, match=r"Is a directory"):
        publish(directory, target)
    assert list((target / REPORT).iterdir()) == []


def test_a_file_that_is_shorter_than_committed(directory: Path, target: Path) -> None:
    (directory / ARTICLES).write_bytes((directory / ARTICLES).read_bytes()[:-1])
    with pytest.raises(OutputIncompleteError, match="1 bytes short"):
        publish(directory, target)
    assert list(files_below(target)) == [ARCHIVED, ROTATED]


def test_an_unknown_scheme(directory: Path) -> None:
    with pytest.raises(TargetError, match="Protocol not known: gopher"):
        publish(directory, "gopher://example.org/published")


def test_one_publication_at_a_time(directory: Path) -> None:
    with only_publication(directory), pytest.raises(PublicationLockedError), only_publication(directory):
        pass
    with only_publication(directory):
        pass

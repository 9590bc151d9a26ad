"""`scrapy publish` to a folder, to an S3 server and to an SFTP server, as an operator calls it."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from crawler.publishing.lock import only_publication
from tests.command_line import REPOSITORY, scrapy
from tests.pipelines.examples import article, record_all
from tests.publishing.interrupted import interrupt
from tests.publishing.object_store import CREDENTIALS, ObjectStore, object_store
from tests.publishing.recorded import ARCHIVED, ARTICLES, COPIES, FILES, check, files_below, record, write
from tests.publishing.sftp_server import sftp_server


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An output directory, to be read only."""
    directory = tmp_path_factory.mktemp("recorded")
    record(directory)
    return directory


def publish(directory: Path, target: Path | str, *arguments: str, expect: int = 0) -> str:
    """What the command prints; where it has to fail, what it says then."""
    done = scrapy("publish", target, *arguments, "-s", f"OUTPUT_DIR={directory}", expect=expect)
    return done.stderr if expect else done.stdout


# a folder


def test_a_folder(recorded: Path, tmp_path: Path) -> None:
    target = tmp_path / "published"
    listed = publish(recorded, target, "--dry-run").splitlines()
    assert [line.split()[0] for line in listed[:-1]] == FILES
    assert "5 files (2.5 MB) would be copied, 0 there already" in listed[-1]
    assert not target.exists()
    assert "5 files (2.5 MB) copied, 0 there already" in publish(recorded, target)
    check(recorded, files_below(target))
    summed = subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=target, check=True)
    assert summed.returncode == 0
    assert json.loads(publish(recorded, target, "--json")) == {
        "target": str(target),
        "dry_run": False,
        "copied": [],
        "bytes": 0,
        "there": 5,
        "conflicts": [],
    }


def test_a_folder_of_somebody_else(recorded: Path, tmp_path: Path) -> None:
    write(tmp_path / ARTICLES, b'{"id": "mfa:t5"}\n')
    said = publish(recorded, tmp_path, expect=1)
    assert re.fullmatch(rf"target-differs: {ARTICLES}: its 17 bytes are not the first 17 of ours\n", said)
    assert list(files_below(tmp_path)) == [ARTICLES]


def test_a_full_disk(recorded: Path, tmp_path: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    command = [sys.executable, "-m", "scrapy", "publish", str(tmp_path / "published"), "-s", f"OUTPUT_DIR={recorded}"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False, preexec_fn=limit)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r".*/published: File too large\n", done.stderr)
    assert files_below(tmp_path / "published") == {}


def test_wrong_arguments(recorded: Path, tmp_path: Path) -> None:
    assert "name one target" in scrapy("publish", "-s", f"OUTPUT_DIR={recorded}", expect=2).stderr
    assert "nothing was recorded there yet" in publish(tmp_path, tmp_path / "published", expect=2)
    assert "within the output directory itself" in publish(recorded, recorded / "published", expect=2)


def test_another_publication_holds_the_lock(recorded: Path, tmp_path: Path) -> None:
    with only_publication(recorded):
        assert "is being published by another process" in publish(recorded, tmp_path / "published", expect=75)


# S3


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    with object_store(tmp_path_factory.mktemp("object-store")) as running:
        yield running


@pytest.fixture
def store(server: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> ObjectStore:
    """The server, to which the environment points. Uploads are in parts of five mebibytes, the least S3 takes."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("FSSPEC_S3", json.dumps({"endpoint_url": server.url, "default_block_size": 5 << 20}))
    return server


def below(store: ObjectStore, prefix: str) -> dict[str, bytes]:
    return {key.removeprefix(prefix): data for key, data in store.objects().items() if key.startswith(prefix)}


def test_s3(recorded: Path, store: ObjectStore) -> None:
    assert "5 files (2.5 MB) copied, 0 there already" in publish(recorded, "s3://record/daily")
    check(recorded, below(store, "daily/"))
    asked = len(store.log.splitlines())
    assert "0 files (0 bytes) copied, 5 there already" in publish(recorded, "s3://record/daily")
    assert not [line for line in store.log.splitlines()[asked:] if "PUT" in line or "POST" in line]


@pytest.mark.parametrize("how", ["kill", "fail"])
def test_an_upload_to_s3_that_broke_off_is_no_object(tmp_path: Path, store: ObjectStore, how: str) -> None:
    record(tmp_path)
    write(tmp_path / ARCHIVED, os.urandom(12 << 20))
    interrupt(tmp_path, f"s3://record/{how}", how, 8)
    assert f"PUT /record/{how}/{ARCHIVED}?partNumber=1" in store.log  # a part of it has arrived
    assert below(store, f"{how}/") == {}
    assert "5 files" in publish(tmp_path, f"s3://record/{how}")
    check(tmp_path, below(store, f"{how}/"))


def test_s3_without_a_manifest_is_compared(tmp_path: Path, store: ObjectStore) -> None:
    record(tmp_path)
    store.put(f"met/{COPIES}", (tmp_path / COPIES).read_bytes())
    store.put(f"met/{ARTICLES}", (tmp_path / ARTICLES).read_bytes())
    record_all(tmp_path, article("mfa:t9", "night ferries"))
    copied = json.loads(publish(tmp_path, "s3://record/met", "--json"))
    assert [one["path"] for one in copied["copied"]] == [path for path in FILES if path != COPIES]
    assert copied["there"] == 1
    store.put(f"met/{ARTICLES}", b"x" * len((tmp_path / ARTICLES).read_bytes()))
    store.put("met/manifest.jsonl", b"")
    assert f"target-differs: {ARTICLES}: " in publish(tmp_path, "s3://record/met", expect=1)


def test_s3_refuses(recorded: Path, store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    said = publish(recorded, "s3://no-such-bucket/daily", expect=1)
    assert said == "s3://no-such-bucket/daily: The specified bucket does not exist\n"
    for name in CREDENTIALS:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert publish(recorded, "s3://record/daily", expect=1) == "s3://record/daily: Unable to locate credentials\n"


# SFTP


@pytest.fixture(scope="module")
def sftp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path, int]]:
    """What a server shows as its root, the home of its user, and its port."""
    root, home = tmp_path_factory.mktemp("root"), tmp_path_factory.mktemp("home")
    with sftp_server(root, home) as port:
        yield root, home, port


def test_sftp(recorded: Path, sftp: tuple[Path, Path, int], monkeypatch: pytest.MonkeyPatch) -> None:
    root, home, port = sftp
    monkeypatch.setenv("HOME", str(home))
    target = f"sftp://reader@127.0.0.1:{port}/published"
    interrupt(recorded, target, "kill", 2)
    (part,) = files_below(root / "published")
    assert part.endswith(".part")
    assert "5 files (2.5 MB) copied, 0 there already" in publish(recorded, target)
    check(recorded, files_below(root / "published"))
    assert "0 files (0 bytes) copied, 5 there already" in publish(recorded, target)
    assert publish(recorded, f"{target}/no/such", expect=1) == f"{target}/no/such: there is no folder /published/no\n"


def test_sftp_trusts_no_server_it_does_not_know(
    recorded: Path, sftp: tuple[Path, Path, int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    said = publish(recorded, f"sftp://reader:open-sesame@127.0.0.1:{sftp[2]}/other", expect=1)
    assert said == f"sftp://reader@127.0.0.1:{sftp[2]}/other: Host key is not trusted for host 127.0.0.1\n"


# whom we cannot reach


def test_a_host_that_does_not_exist(recorded: Path) -> None:
    said = publish(recorded, "sftp://reader@backup.invalid/published", expect=1)
    assert said.startswith("sftp://reader@backup.invalid/published: ")
    assert said.count("\n") == 1


@pytest.mark.skipif(find_spec("gcsfs") is not None, reason="gcsfs is installed")
def test_a_package_that_is_not_installed(recorded: Path) -> None:
    assert publish(recorded, "gs://record/daily", expect=1) == (
        "gs://record/daily: gs:// needs another package: pip install 'readouts[gcs]'\n"
    )

"""The archive of a run is all that is needed to have its articles again, also where the run was killed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.command_line import REPOSITORY, report, scrapy, written
from tests.spiders.changing_site import DUE, ECNS, NO_VISITS, UNJUDGED, ChangingSite, changing, invented

COPY, EDITED, DELETED, REDIRECTED, ELSEWHERE, NEW = 100, 0, 1, 2, 101, 102


#: Which of two documents with one text is the copy, and so the name of their story, says which was met first.
OF_THE_ORDER = ("duplicate_of", "relation", "similarity", "story")
OF_THE_CAPTURE = ("capture", "date_retrieved")

Texts = dict[tuple[str, int], dict[str, Any]]


def texts(directory: Path, *kinds: str) -> Texts:
    """Each line of these directories by its document and revision."""
    lines = [line for kind in kinds or ("articles", "copies") for line in written(directory, kind, "ecns")]
    by_key = {(line["id"], line["revision"]): line for line in lines}
    assert len(by_key) == len(lines)
    return by_key


def without(names: tuple[str, ...], lines: Texts) -> Texts:
    return {key: {name: line[name] for name in line if name not in names} for key, line in lines.items()}


def replay(directory: Path, into: Path) -> None:
    scrapy("crawl", "ecns", "-a", f"replay={directory / 'archive' / 'ecns'}", "-s", f"OUTPUT_DIR={into}")


def check(directory: Path) -> None:
    """What `warcio check` says of every file of the archive."""
    files = sorted((directory / "archive").rglob("*.warc.gz"))
    assert files
    command = [str(Path(sys.executable).with_name("warcio")), "check", *map(str, files)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


# --- replay


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Path]]:
    """What two runs wrote, after the first and after the second."""
    directory = tmp_path_factory.mktemp("archived")
    with changing(ECNS, 8) as site:
        site.publish(COPY, invented(5))
        site.documents[3].stamp = 1_700_000_000
        site.crawl(directory, *UNJUDGED, *DUE, *NO_VISITS)
        first = directory.with_name("archived-first")
        shutil.copytree(directory, first)
        site.edit(EDITED, site.documents[EDITED].text.paragraphs[1], "This paragraph is another one.")
        site.delete(DELETED)
        site.publish(ELSEWHERE, invented(REDIRECTED))
        site.redirect(REDIRECTED, site.documents[ELSEWHERE].path)
        site.publish(NEW)
        site.crawl(directory, *UNJUDGED, *DUE)
        yield [first, directory]


def test_a_replay_of_a_run_gives_the_same_articles(archived: list[Path], tmp_path: Path) -> None:
    replay(archived[0], tmp_path)
    assert len(texts(archived[0], "articles")) == 8
    assert texts(tmp_path, "articles") == texts(archived[0], "articles")
    assert texts(tmp_path, "copies") == texts(archived[0], "copies") != {}
    # What the run met at the end of the listing.
    assert {problem["code"] for problem in report(tmp_path)["problems"]} == {"not-found"}


def test_a_replay_of_two_runs_gives_the_same_texts(archived: list[Path], tmp_path: Path) -> None:
    replay(archived[1], tmp_path)
    assert len(texts(archived[1])) == 12
    assert without(OF_THE_ORDER, texts(tmp_path)) == without(OF_THE_ORDER, texts(archived[1]))
    assert {problem["code"] for problem in report(tmp_path)["problems"]} == {"not-found"}


def test_every_article_names_its_capture(archived: list[Path]) -> None:
    files = {path.name for path in (archived[1] / "archive" / "ecns").iterdir()}
    for line in texts(archived[1]).values():
        assert line["capture"]["file"] in files
        assert line["capture"]["record_id"].startswith("urn:uuid:")


def test_warcio_finds_no_fault(archived: list[Path]) -> None:
    check(archived[1])


# --- kill

DOCUMENTS = 40


def killed(site: ChangingSite, directory: Path, after: int) -> None:
    """A crawl that is killed when it has asked for so many pages."""
    site.asked.clear()
    command = [sys.executable, "-m", "scrapy", "crawl", *site.arguments(directory), "-s", "RECORD_BATCH_SIZE=5"]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while len(site.asked) < after:
            assert process.poll() is None, "it ended by itself"
            assert time.monotonic() < deadline
            time.sleep(0.002)
        os.kill(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL


@pytest.fixture(scope="module")
def survivor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, list[str], dict[str, Any]]]:
    """What two killed runs and one left alone wrote; the files in progress that the kills left; the last report."""
    directory = tmp_path_factory.mktemp("killed")
    with changing(ECNS, DOCUMENTS) as site:
        killed(site, directory, after=15)
        left = [path.name for path in (directory / "archive" / "ecns").glob("*.open")]
        killed(site, directory, after=20)
        left += [path.name for path in (directory / "archive" / "ecns").glob("*.open")]
        site.crawl(directory, *UNJUDGED, *DUE, *NO_VISITS)
        yield directory, left, report(directory)


Survivor = tuple[Path, list[str], dict[str, Any]]


def test_the_next_run_goes_on(survivor: Survivor) -> None:
    directory, _, last = survivor
    assert len(texts(directory)) == DOCUMENTS
    assert 0 < last["outcomes"]["new"] < DOCUMENTS
    assert last["problems"] == []


def test_files_left_open_are_closed(survivor: Survivor) -> None:
    directory, left, _ = survivor
    assert len(left) == 2
    names = {path.name for path in (directory / "archive" / "ecns").iterdir()}
    assert {name.removesuffix(".open") for name in left} < names
    assert not [name for name in names if name.endswith(".open")]
    check(directory)


def test_all_that_was_recorded_is_in_the_archive(survivor: Survivor, tmp_path: Path) -> None:
    """Under its first capture: what the killed run did not get to record, it had archived."""
    replay(survivor[0], tmp_path)
    replayed, recorded = texts(tmp_path), texts(survivor[0])
    assert all(replayed[key]["date_retrieved"] <= line["date_retrieved"] for key, line in recorded.items())
    assert without(OF_THE_CAPTURE, replayed) == without(OF_THE_CAPTURE, recorded)

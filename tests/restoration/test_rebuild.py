"""A ledger made anew of the lines and the archive is the one that was lost: the next run behaves as it would have."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.integrity.check import check
from crawler.restoration.draft import DRAFT
from crawler.restoration.events import Files, LineEvent, UnreadableLineError, in_order
from crawler.restoration.rebuild import Rebuilt, rebuild, replace_ledger
from pipelines.document_lines import Line
from pipelines.failure import LedgerLockedError
from pipelines.recorded import Recorded
from pipelines.schedule import Schedule
from tests.kills.chains import DONE, SMALL, SOURCES, site_that_changes
from tests.kills.crawls import SAMPLE, Crawls, Order
from tests.pipelines.examples import article, captured, contents, long_text, record_all
from tests.pipelines.lives import ELSEWHERE, LIFE, PLACE, record_life, record_move
from tests.restoration.tables import tables, unordered
from tests.spiders.changing_site import DUE, NO_ALARM

#: As DUE has it.
ALWAYS_DUE = Schedule(intervals=(0,), jitter=0)


def rebuilt(directory: Path, schedule: Schedule | None = None) -> Rebuilt:
    """Rebuilds the ledger, which must then fit the lines."""
    done = rebuild(directory, "separate", schedule or Schedule())
    assert done.findings.is_whole, done.findings.as_dict()
    replace_ledger(directory)
    return done


@pytest.fixture(scope="module")
def crawls() -> Iterator[Crawls]:
    with Crawls() as crawls:
        yield crawls


def crawl(crawls: Crawls, directory: Path, *arguments: str) -> None:
    order = Order([*arguments, "-s", f"OUTPUT_DIR={directory}", *SMALL], str(directory.with_name("log")))
    assert crawls.run(order).code in DONE, directory.with_name("log").read_text()[-3000:]


# --- live crawls


def test_after_live_crawls(crawls: Crawls, tmp_path: Path) -> None:
    """New documents, copies, entity tags, edits, removals, moves, returns and a redesign, met in five runs."""
    directory = tmp_path / "output"
    with site_that_changes() as (site, changes):
        arguments = (*site.arguments(directory), *DUE, *NO_ALARM)
        for change in (*changes, lambda: None):
            change()
            crawl(crawls, directory, *arguments)
        before, lines = tables(directory / "ledger.db"), contents(directory)
        assert {len(lines[f"{kind}/mfa.jsonl"].splitlines()) > 1 for kind in ("articles", "revisions", "states")} == {
            True
        }
        (directory / "ledger.db").unlink()
        done = rebuilt(directory, ALWAYS_DUE)
        after = tables(directory / "ledger.db")
        away = {row["document"] for row in before["watched"] if row["state"] == "moved"}
        for found in (before, after):
            # They were visited again and had not changed their state: that is told by nothing but the ledger.
            found["watched"] = [row for row in found["watched"] if row["document"] not in away]
            # Their numbers tell the order between lines of different files.
            for row in found["document_lines"]:
                del row["sequence"]
            found["document_lines"].sort(key=repr)
        for name, rows in before.items():
            assert after[name] == rows, name
        assert done.unexplained == 0
        crawl(crawls, directory, *arguments)
        assert contents(directory) == lines
        site.edit(6, site.documents[6].text.paragraphs[0], "What is said now is something else.")
        crawl(crawls, directory, *arguments)
    assert [path for path, data in contents(directory).items() if data != lines[path]] == [
        "articles/mfa.jsonl",
        "revisions/mfa.jsonl",
    ]
    assert check(directory).is_whole


# --- replays


def test_after_replays_of_all_sources(crawls: Crawls, tmp_path: Path) -> None:
    directory = tmp_path / "output"
    for source in SOURCES:
        crawl(crawls, directory, source, "-a", f"replay={SAMPLE}")
    before, lines = unordered(tables(directory / "ledger.db")), contents(directory)
    rebuilt(directory)
    after = unordered(tables(directory / "ledger.db"))
    for name, rows in before.items():
        assert after[name] == rows, name
    for source in SOURCES:
        crawl(crawls, directory, source, "-a", f"replay={SAMPLE}")
    assert contents(directory) == lines
    assert check(directory).is_whole


# --- without an archive


def test_a_life_of_which_only_lines_are_left(tmp_path: Path) -> None:
    record_life(tmp_path)
    record_move(tmp_path)
    before = unordered(tables(tmp_path / "ledger.db"))
    rebuilt(tmp_path)
    after = unordered(tables(tmp_path / "ledger.db"))
    for name in ("revisions", "members", "links", "files", "anchors", "document_lines"):
        assert after[name] == before[name], name
    lost = [row for row in before["captures"] if row not in after["captures"]]
    # Of these there is no line: the first text seen again, and the second when the document had returned.
    assert [(row["document"], row["date_retrieved"][8:10]) for row in lost] == [(LIFE, "02"), (LIFE, "08")]
    for found in (before, after):
        for row in found["documents"]:
            # So it was seen last when the new layout was.
            del row["last_seen"], row["current_seen"]
    assert after["documents"] == before["documents"]
    assert after["watched"] == before["watched"]
    with Recorded(tmp_path) as recorded:
        assert len(recorded.states(LIFE)) == 4
        watched = recorded.ledger.watch.of(PLACE)
        assert watched is not None
        assert watched.moved_to == ELSEWHERE


def test_texts_that_come_back_and_corrections(tmp_path: Path) -> None:
    first, second = long_text("river ferries"), long_text("stone bridges")
    days = [f"2022-11-{day:02}T06:00:00Z" for day in range(1, 5)]
    for number, (day, body) in enumerate(zip(days, (first, second, first, second), strict=True), 1):
        record_all(tmp_path, captured(number, body, day))
    # Read by better rules, long after: its line is the last, its capture the first.
    record_all(tmp_path, captured(1, first + "\n\nA line that was overlooked.", days[0]))
    before = tables(tmp_path / "ledger.db")
    assert [(row["revision"], row["correction"]) for row in before["revisions"]] == [
        (1, 0),
        (2, 0),
        (3, 0),
        (4, 0),
        (1, 1),
    ]
    rebuilt(tmp_path)
    assert tables(tmp_path / "ledger.db") == before


def test_mirrors(tmp_path: Path) -> None:
    origin = "http://www.example.cn/eng/t1.htm"
    mirror = {"mirror_of": origin, "url": "http://mirror.example/eng/t1.htm", "canonical_url": origin}
    record_all(
        tmp_path, article(**mirror), article("mfa:t2", "tea gardens", **(mirror | {"canonical_url": "http://a/"}))
    )
    changed = long_text("river ferries") + "\n\nThe origin has a line more."
    record_all(tmp_path, article(date_retrieved="2022-11-01T06:00:00Z", article_body=changed))
    before = tables(tmp_path / "ledger.db")
    rebuilt(tmp_path)
    assert tables(tmp_path / "ledger.db") == before


def test_a_copy_is_entered_after_what_it_is_a_copy_of(tmp_path: Path) -> None:
    """Two sources, and the copy was captured before its original: only its line tells what was met first."""
    record_all(tmp_path, article("mfa:t1", date_retrieved="2022-11-02T06:00:00Z"))
    record_all(tmp_path, article("missions:no/t1", date_retrieved="2022-11-01T06:00:00Z"), source="missions")
    before = tables(tmp_path / "ledger.db")
    rebuilt(tmp_path)
    assert tables(tmp_path / "ledger.db") == before


# --- what is not whole


def test_a_line_that_was_cut_is_left_out(tmp_path: Path) -> None:
    record_all(tmp_path, article("mfa:t1"), article("mfa:t2", "tea gardens"))
    path = tmp_path / "articles" / "mfa.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[:-10])
    done = rebuild(tmp_path, "separate", Schedule())
    first = whole.index(b"\n") + 1
    assert done.cut == {"articles/mfa.jsonl": len(whole) - 10 - first}
    replace_ledger(tmp_path)
    assert record_all(tmp_path, article("mfa:t1"), article("mfa:t2", "tea gardens")) == ["unchanged", "new"]
    assert path.read_bytes() == whole


def test_a_file_of_nothing_but_a_cut_line(tmp_path: Path) -> None:
    record_all(tmp_path, article())
    path = tmp_path / "articles" / "mfa.jsonl"
    path.write_bytes(b"x" * 200_000)
    assert Files.of(tmp_path).lengths == {"articles/mfa.jsonl": 0}
    assert rebuild(tmp_path, "separate", Schedule()).counts["texts"] == 0


def test_a_line_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    record_all(tmp_path, article("mfa:t1"), article("mfa:t2", "tea gardens"))
    path = tmp_path / "articles" / "mfa.jsonl"
    first, second = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first.replace(b'"headline"', b'"neckline"') + second)
    before = (tmp_path / "ledger.db").read_bytes()
    with pytest.raises(UnreadableLineError, match=r"mfa\.jsonl at byte 0: headline: Field required.*remove the line"):
        rebuild(tmp_path, "separate", Schedule())
    assert (tmp_path / "ledger.db").read_bytes() == before
    path.write_bytes(second)
    rebuilt(tmp_path)
    assert record_all(tmp_path, article("mfa:t1"), article("mfa:t2", "tea gardens")) == ["new", "unchanged"]


def test_lines_about_a_document_without_a_text(tmp_path: Path) -> None:
    record_life(tmp_path)
    (tmp_path / "articles" / "mfa.jsonl").write_bytes(b"")
    done = rebuild(tmp_path, "separate", Schedule())
    assert done.orphans == {"revisions/mfa.jsonl": 3, "states/mfa.jsonl": 4}
    assert {code.value: count for code, count in done.findings.faults.items()} == {"line-without-row": 7}


def test_what_waits_for_what_is_lost_comes_last(tmp_path: Path) -> None:
    def event(name: str, day: int) -> LineEvent:
        return LineEvent(datetime(2022, 11, day, tzinfo=UTC), Line("articles/mfa.jsonl", day), article(f"mfa:{name}"))

    streams = [iter([event("waits", 1), event("third", 9)]), iter([event("first", 3), event("second", 4)])]
    found = in_order(streams, lambda one, _: isinstance(one, LineEvent) and one.line.position != 1)
    assert [one.line.position for one in found if isinstance(one, LineEvent)] == [3, 4, 1, 9]


# --- taking the place of the old one


def test_the_old_ledger_is_kept_whole(tmp_path: Path) -> None:
    record_all(tmp_path, article())
    with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA user_version = 99")
        # What is in the log of the ledger only, and not in its file yet, is kept, too.
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        shutil.copy(tmp_path / "ledger.db", tmp_path / "copy")
        shutil.copy(tmp_path / "ledger.db-wal", tmp_path / "copy-wal")
    for name in ("ledger.db", "ledger.db-wal"):
        shutil.move(tmp_path / name.replace("ledger.db", "copy"), tmp_path / name)
    rebuild(tmp_path, "separate", Schedule())
    kept = replace_ledger(tmp_path)
    assert kept is not None
    assert kept.name.startswith("ledger.db.before-")
    with closing(sqlite3.connect(kept)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (99,)
        assert connection.execute("SELECT id FROM documents").fetchall() == [("mfa:t1",)]
    assert check(tmp_path).is_whole
    assert not list(tmp_path.glob(f"{DRAFT}*"))


def test_a_ledger_somebody_has_open_is_not_replaced(tmp_path: Path) -> None:
    record_all(tmp_path, article())
    rebuild(tmp_path, "separate", Schedule())
    with Recorded(tmp_path), pytest.raises(LedgerLockedError, match="is in use"):
        replace_ledger(tmp_path)
    assert not list(tmp_path.glob("*.before-*"))
    replace_ledger(tmp_path)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", ["link", "rename", "replace"])
def test_a_kill_leaves_the_old_or_the_new(step: str, moment: str, tmp_path: Path) -> None:
    record_all(tmp_path, article())
    ledger = tmp_path / "ledger.db"
    ledger.write_bytes(b"no ledger any more")
    (tmp_path / "ledger.db-wal").write_bytes(b"and this was its log")
    rebuild(tmp_path, "separate", Schedule())
    pid = os.fork()
    if not pid:
        function = getattr(os, step)

        def deadly(*arguments: object, **named: object) -> None:
            if moment == "after":
                function(*arguments, **named)
            os.kill(os.getpid(), signal.SIGKILL)

        setattr(os, step, deadly)
        replace_ledger(tmp_path)
        os._exit(1)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL
    assert ledger.exists()
    is_new = (step, moment) == ("replace", "after")
    assert ledger.read_bytes().startswith(b"SQLite" if is_new else b"no ledger any more")
    rebuilt(tmp_path)
    assert record_all(tmp_path, article()) == ["unchanged"]
    assert any(path.read_bytes() == b"no ledger any more" for path in tmp_path.glob("ledger.db.before-*"))

"""Chains of runs on one output directory, most of them killed: each goes on where the last one died."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.kills.crawls import SAMPLE, Crawls, Ended, Order
from tests.kills.deadly import Point
from tests.kills.states import Tally, Watched
from tests.spiders.changing_site import DUE, MFA, MFA_2024, NO_ALARM, ChangingSite, changing, invented

#: Small batches and small files, so that there is much to be killed at.
SMALL = ("-s", "RECORD_BATCH_SIZE=2", "-s", "ARCHIVE_FILE_BYTES=20000")
SOURCES = ("mfa", "missions", "ecns", "shine", "xinhua", "hk_commissioner")
#: A run that is not too good for the rules of health is degraded, and done.
DONE = (0, 3)
#: Instants are of seconds: what a site changes between two runs must not happen within one.
_PAUSE_SECONDS = 1.1
#: Of every so many kills one is by time, the others at something that the process does to its disk.
_BY_TIME = 5
_MOMENTS = {"write": ("before", "middle", "after")}


class Chains:
    """Kills runs, a given number of times in all."""

    def __init__(self, directory: Path, crawls: Crawls, kills: int, seed: int = 1949) -> None:
        self.tally = Tally()
        self._directory = directory
        self._crawls = crawls
        self._kills = kills
        self._chance = random.Random(seed)
        self._numbers = iter(range(1_000_000))

    @property
    def are_done(self) -> bool:
        """Whether there were as many kills as wanted."""
        return self.tally.kills.total() >= self._kills

    def replay(self, each: int) -> None:
        """A chain over the sample archive, with so many kills for each source."""
        undisturbed = self._directory / "replay"
        if not undisturbed.exists():
            for source in SOURCES:
                self._finish(_replay_arguments(source, undisturbed))
        watched = self._watched()
        for source in SOURCES:
            arguments = _replay_arguments(source, watched.directory)
            self._kill(arguments, watched, each)
            self._finish(arguments)
        watched.look_at_the_end("replay")
        watched.compare(undisturbed, "replay")
        shutil.rmtree(watched.directory)

    def live(self, each: int) -> None:
        """A chain over a site that changes, with so many kills before each change."""
        undisturbed = self._directory / "live"
        if not undisturbed.exists():
            with site_that_changes() as (site, changes):
                for change in changes:
                    change()
                    self._finish(_live_arguments(site, undisturbed))
        watched = self._watched()
        with site_that_changes() as (site, changes):
            for number, change in enumerate(changes):
                change()
                arguments = _live_arguments(site, watched.directory)
                self._kill(arguments, watched, each)
                self._finish(arguments)
                watched.look_at_the_end(f"live {number}")
        watched.compare(undisturbed, "live")
        shutil.rmtree(watched.directory)

    def _kill(self, arguments: list[str], watched: Watched, count: int) -> None:
        """Kills so many runs, as long as there are kills left. What a run does is learnt from one that was spared."""
        counts: dict[str, int] = {"statement": 40, "commit": 3, "write": 4, "sync": 4}
        seconds = 0.5
        for _ in range(count):
            if self.are_done:
                return
            order, at = self._order(arguments, counts, seconds)
            ended = self._crawls.run(order)
            if ended.was_killed:
                self.tally.kills[at] += 1
            else:
                assert ended.code in DONE, f"exit {ended.code}: {order}"
                counts, seconds = ended.counts, ended.seconds
            watched.look(f"{at} of {arguments[0]}")

    def _order(self, arguments: list[str], counts: dict[str, int], seconds: float) -> tuple[Order, str]:
        if not self._chance.randrange(_BY_TIME):
            return Order(arguments, self._log, seconds=self._chance.uniform(0, seconds)), "time"
        kind = self._chance.choice(sorted(counts))
        moment = self._chance.choice(_MOMENTS.get(kind, ("before", "after")))
        # Rather soon, so that the next run has something left to do.
        count = min(self._chance.randint(1, counts[kind]), self._chance.randint(1, counts[kind]))
        return Order(arguments, self._log, Point(kind, count, moment)), f"{kind}, {moment}"

    def _finish(self, arguments: list[str]) -> Ended:
        ended = self._crawls.run(Order(arguments, self._log))
        assert ended.code in DONE, f"exit {ended.code}: {arguments}; see {self._log}"
        return ended

    def _watched(self) -> Watched:
        return Watched(self._directory / f"chain-{next(self._numbers)}", self.tally)

    @property
    def _log(self) -> str:
        self._directory.mkdir(exist_ok=True)
        return str(self._directory / "log")


def _replay_arguments(source: str, directory: Path) -> list[str]:
    return [source, "-a", f"replay={SAMPLE}", "-s", f"OUTPUT_DIR={directory}", *SMALL]


def _live_arguments(site: ChangingSite, directory: Path) -> list[str]:
    return [*site.arguments(directory), *DUE, *NO_ALARM, *SMALL]


@contextmanager
def site_that_changes() -> Iterator[tuple[ChangingSite, list[Callable[[], None]]]]:
    """The site, and what happens to it between two runs."""
    with changing(MFA, 8) as site:

        def begin() -> None:
            site.publish(20, invented(3))  # a copy of another
            site.documents[4].stamp = site.documents[5].stamp = 1_700_000_000  # with an ETag

        def change() -> None:
            site.edit(0, site.documents[0].text.paragraphs[1], "This paragraph is another one.")
            site.edit(5, site.documents[5].text.paragraphs[0], "And so is this one, which has an entity tag.")
            site.delete(1)
            site.redesign(7, MFA_2024)
            site.publish(21, invented(2))
            site.redirect(2, site.documents[21].path)
            site.publish(22)

        def change_back() -> None:
            site.serve(1, None)
            site.set(0, paragraphs=invented(0).paragraphs)
            site.set(7, headline="Another headline over the same words")
            site.publish(23)

        def pause(act: Callable[[], None]) -> Callable[[], None]:
            def after_a_pause() -> None:
                time.sleep(_PAUSE_SECONDS)
                act()

            return after_a_pause

        yield site, [begin, pause(change), pause(change_back), pause(lambda: None)]

"""`python -m tests.kills 200`: kills so many real crawls, and says what that did."""

from __future__ import annotations

import resource
import sys
import tempfile
from pathlib import Path

from tests.kills.chains import Chains
from tests.kills.crawls import Crawls
from tests.kills.states import Tally


def kill(count: int, directory: Path) -> Tally:
    """So many kills, in chains of replays and of live crawls by turns."""
    with Crawls() as crawls:
        chains = Chains(directory, crawls, count)
        while not chains.are_done:
            chains.replay(each=4)
            if not chains.are_done:
                chains.live(each=8)
    return chains.tally


def main(count: int) -> int:
    with tempfile.TemporaryDirectory() as directory:
        tally = kill(count, Path(directory))
    for found in (*tally.lost, *tally.doubled, *tally.torn):
        print(found[:500])
    for at, kills in sorted(tally.kills.items()):
        print(f"{kills:5} at {at}")
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(f"{sum(one.ru_utime + one.ru_stime for one in used):.0f} seconds of CPU")
    print(tally)
    return 1 if tally.lost or tally.doubled or tally.torn else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200))

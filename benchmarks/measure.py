"""CPU time of several ways to do one thing, measured in turns, as ratios to one of them.

The time is the process's own (`time.process_time`): what else the machine does lengthens no figure, though it still
makes caches cold and clocks slow. Therefore the ways take turns over small groups of inputs, within every round, and
only ratios of one round are compared. The collector of cyclic garbage is on, as in any program; it is run before each
turn, outside the time, so that nobody pays for the cycles another left.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

#: Inputs a turn: long enough to be measured, short enough that one turn and the next see the same machine.
_TURN = 25
#: Inputs given to each way before measuring: what compiles or loads at the first call is done then.
_WARM_UP = 3

Input = TypeVar("Input")
#: CPU seconds of one round by name.
Round = dict[str, float]


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times the CPU of the baseline something took: the median of the rounds, the lowest and the highest."""

    median: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, name: str, baseline: str, rounds: Sequence[Round]) -> Ratio:
        """From rounds in which both were measured."""
        ratios = [seconds[name] / seconds[baseline] for seconds in rounds]
        return cls(statistics.median(ratios), min(ratios), max(ratios))

    def __str__(self) -> str:
        if self.lowest == self.highest:
            return f"{self.median:.2f}"
        return f"{self.median:.2f} ({self.lowest:.2f}-{self.highest:.2f})"


def measure(ways: Mapping[str, Callable[[Input], object]], inputs: Sequence[Input], rounds: int) -> list[Round]:
    """CPU seconds of each way over all inputs, a dictionary a round. The order changes from turn to turn."""
    for way in ways.values():
        for item in inputs[:_WARM_UP]:
            way(item)
    # What lives now, imported modules above all, is no garbage: no collection need look at it.
    gc.collect()
    gc.freeze()
    try:
        return [_round(ways, inputs) for _ in range(rounds)]
    finally:
        gc.unfreeze()


def added(parts: Sequence[Sequence[Round]]) -> list[Round]:
    """The rounds of several sets of inputs as rounds over all of them."""
    return [
        {name: sum(part[name] for part in together) for name in together[0]} for together in zip(*parts, strict=True)
    ]


def _round(ways: Mapping[str, Callable[[Input], object]], inputs: Sequence[Input]) -> Round:
    seconds = dict.fromkeys(ways, 0.0)
    names = list(ways)
    for turn in _turns(inputs):
        for name in names:
            seconds[name] += _cpu_seconds(ways[name], turn)
        names.append(names.pop(0))
    return seconds


def _turns(inputs: Sequence[Input]) -> Iterator[Sequence[Input]]:
    for start in range(0, len(inputs), _TURN):
        yield inputs[start : start + _TURN]


def _cpu_seconds(way: Callable[[Input], object], inputs: Sequence[Input]) -> float:
    gc.collect()
    start = time.process_time()
    for item in inputs:
        way(item)
    return time.process_time() - start

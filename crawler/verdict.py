"""How a run ended, as one word and as an exit code: what cron, systemd and an operator go by."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Any


class ExitCode(IntEnum):
    """What `scrapy crawl` exits with."""

    DONE = 0  # new articles, or nothing new
    FAILED = 1  # nothing trustworthy was read, or it could not be recorded
    USAGE = 2  # wrong arguments: nothing was asked for
    DEGRADED = 3  # done, but a health rule failed or an alarm was raised
    BLOCKED = 4  # the site refused us
    LOCKED = 75  # another run of the source holds the lock; sysexits.h calls it a temporary failure
    INTERRUPTED = 130  # SIGINT: what was read is committed
    TERMINATED = 143  # SIGTERM: what was read is committed


class Result(StrEnum):
    """How a run ended, as its report says it."""

    DONE = "done"
    FAILED = "failed"
    DEGRADED = "degraded"
    BLOCKED = "blocked"
    INTERRUPTED = "interrupted"


#: The statistics of a run's exit code, and of the signal that stopped it.
EXIT_CODE_STATISTIC = "exit_code"
SIGNAL_STATISTIC = "signal"

#: Scrapy's finish reason of a run that a signal stopped.
SHUTDOWN = "shutdown"
_CODES = {
    Result.DONE: ExitCode.DONE,
    Result.FAILED: ExitCode.FAILED,
    Result.DEGRADED: ExitCode.DEGRADED,
    Result.BLOCKED: ExitCode.BLOCKED,
    Result.INTERRUPTED: ExitCode.INTERRUPTED,
}


def result_of(report: dict[str, Any]) -> Result:
    """The result of a run, from the `failure`, `finish_reason`, `blocked`, `findings` and `alarms` of its report."""
    if report["failure"]:
        return Result.FAILED
    if report["finish_reason"] == SHUTDOWN:
        return Result.INTERRUPTED
    if report["blocked"]:
        return Result.BLOCKED
    if report["findings"] or report["alarms"]:
        return Result.DEGRADED
    return Result.DONE


def exit_code_of(result: Result, signal_number: int | None = None) -> int:
    """The exit code of a result; of an interrupted run, 128 and the number of the signal."""
    if result is Result.INTERRUPTED and signal_number is not None:
        return 128 + signal_number
    return int(_CODES[result])

"""How a run ended: what goes before what."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from crawler.verdict import ExitCode, Result, exit_code_of, result_of

REFUSED = {"blocked": "5 refusals in a row"}
FINDING = {"findings": [{"rule": "listing-links", "detail": "zyxw shows 0 articles"}]}
ALARM = {"alarms": {"mass-removal": "7 documents disappeared together"}}
FAILURE = {"failure": "disk-full: no room"}
STOPPED = {"finish_reason": "shutdown"}


def report(*parts: dict[str, Any]) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "failure": None,
        "finish_reason": "finished",
        "blocked": None,
        "findings": [],
        "alarms": {},
    }
    for part in parts:
        whole |= part
    return whole


@pytest.mark.parametrize(
    ("parts", "result"),
    [
        ((), Result.DONE),
        ((FINDING,), Result.DEGRADED),
        ((ALARM,), Result.DEGRADED),
        ((FINDING, REFUSED), Result.BLOCKED),
        ((ALARM, REFUSED), Result.BLOCKED),
        ((STOPPED,), Result.INTERRUPTED),
        # Who stopped it need not be told what it had met.
        ((STOPPED, REFUSED, ALARM), Result.INTERRUPTED),
        # What could not be recorded is lost, whoever stopped the run.
        ((STOPPED, FAILURE), Result.FAILED),
        ((REFUSED, FINDING, FAILURE), Result.FAILED),
    ],
)
def test_the_result_of_a_report(parts: tuple[dict[str, Any], ...], result: Result) -> None:
    assert result_of(report(*parts)) is result


@pytest.mark.parametrize(
    ("result", "code"),
    [(Result.DONE, 0), (Result.FAILED, 1), (Result.DEGRADED, 3), (Result.BLOCKED, 4), (Result.INTERRUPTED, 130)],
)
def test_the_exit_code_of_a_result(result: Result, code: int) -> None:
    assert exit_code_of(result) == code


def test_a_signal_counts_only_for_a_run_that_it_stopped() -> None:
    assert exit_code_of(Result.INTERRUPTED, signal.SIGTERM) == 143
    assert exit_code_of(Result.INTERRUPTED, signal.SIGINT) == 130
    assert (ExitCode.TERMINATED.value, ExitCode.INTERRUPTED.value) == (143, 130)
    assert exit_code_of(Result.FAILED, signal.SIGTERM) == 1

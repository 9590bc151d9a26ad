"""What is told after which runs: each case is a history of a source, the latest run last."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.notification.condition import Occasion, occasion_of


def run(result: str, *causes: str, **fields: Any) -> dict[str, Any]:
    """A report with these failed health rules."""
    findings = [{"rule": cause, "detail": f"{cause} in so many pages"} for cause in causes]
    report = {"result": result, "findings": findings, "alarms": {}, "failure": None, "arguments": {}, "is_full": True}
    return report | fields


DONE, BLOCKED = run("done"), run("blocked")
ALARM = run("degraded", alarms={"mass-removal": "7 documents disappeared together"})
ZH = {"arguments": {"edition": "zh"}}


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        # trouble, once
        ([BLOCKED], Occasion.TROUBLE),
        ([DONE, BLOCKED], Occasion.TROUBLE),
        ([BLOCKED, BLOCKED], None),
        ([BLOCKED, DONE, BLOCKED], Occasion.TROUBLE),
        ([BLOCKED, run("failed", failure="disk-full: no room")], Occasion.TROUBLE),
        ([run("degraded", "field-fill"), run("degraded", "field-fill")], None),
        ([run("degraded", "field-fill"), run("degraded", "field-fill", "listing-links")], Occasion.TROUBLE),
        # one rule for two sections is one cause
        ([run("degraded", "listing-links", "listing-links"), run("degraded", "listing-links")], None),
        # failures differ by their names, not by their words
        ([run("failed", failure="disk-full: 1 byte"), run("failed", failure="disk-full: 2 bytes")], None),
        ([run("failed", failure="disk-full: 1"), run("failed", failure="ledger-damaged: 1")], Occasion.TROUBLE),
        # recovery, once
        ([DONE], None),
        ([DONE, DONE], None),
        ([BLOCKED, DONE], Occasion.RECOVERY),
        ([BLOCKED, DONE, DONE], None),
        # a run that was stopped says nothing, and hides nothing
        ([BLOCKED, run("interrupted")], None),
        ([BLOCKED, run("interrupted"), BLOCKED], None),
        ([BLOCKED, run("interrupted"), DONE], Occasion.RECOVERY),
        # mass removals, each time
        ([ALARM], Occasion.MASS_REMOVAL),
        ([ALARM, ALARM], Occasion.MASS_REMOVAL),
        ([run("interrupted", alarms=ALARM["alarms"])], Occasion.MASS_REMOVAL),
        ([ALARM, DONE], Occasion.RECOVERY),
        # only runs that were to show the same are compared
        ([run("blocked", **ZH), DONE], None),
        ([run("blocked", **ZH), DONE, run("blocked", **ZH)], None),
        ([run("degraded", "field-fill"), run("done", is_full=False, arguments={"sample": "5"})], None),
        (
            [
                run("blocked", is_full=False, arguments={"since": "2026-11-20"}),
                run("blocked", is_full=False, arguments={"since": "2026-11-21"}),
            ],
            None,
        ),
        # reports of releases that knew no result
        ([{"arguments": {}, "alarms": {}, "failure": "ledger-damaged: …"}, DONE], None),
    ],
)
def test_what_is_told(history: list[dict[str, Any]], expected: Occasion | None) -> None:
    *earlier, latest = history
    assert occasion_of(latest, reversed(earlier)) is expected

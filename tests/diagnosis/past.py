"""Run reports of the past days, as RunReport writes them."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

from crawler.extensions.tally import Tally
from tests.diagnosis.daily_site import today


def past_report(source: str, **changes: Any) -> dict[str, Any]:
    """Of a live run over all of a source that read ten articles, two of them new, and found nothing wrong."""
    fields = Tally().as_dict()
    fields |= {"articles": 10, "outcomes": fields["outcomes"] | {"new": 2, "unchanged": 8}}
    fields |= {
        "source": source,
        "arguments": {},
        "seconds": 12.0,
        "finish_reason": "finished",
        "failure": None,
        "blocked": None,
        "findings": [],
        "alarms": {},
        "sections_asked": [],
        "is_full": True,
        "renderings": 0,
        "newest_known": None,
        "result": "done",
        "exit_code": 0,
    }
    return fields | changes


def write_reports(directory: Path, *reports: dict[str, Any]) -> list[dict[str, Any]]:
    """One report a day, the last one of today, at six in the morning. Returns them, the latest first."""
    (directory / "runs").mkdir(parents=True)
    written = []
    for age, report in enumerate(reversed(reports)):
        day = today() - datetime.timedelta(days=age)
        run = f"{day:%Y%m%d}T060000Z-{report['source']}"
        written.append({"run": run, "started": f"{day}T06:00:00Z"} | report)
        (directory / "runs" / f"{run}.json").write_text(json.dumps(written[-1]), encoding="utf-8")
    return written


def recorded(directory: Path, source: str, *urls: str) -> None:
    """Articles that a layout of ECNS has read, one after the other, each a day older than the one before."""
    lines = [
        {
            "id": f"{source}:{url.rpartition('/')[2]}",
            "url": url,
            "layout": "ecns-2013",
            "date_published": f"{today() - datetime.timedelta(days=age)}T09:00:00+08:00",
            "date_origin": "page",
        }
        for age, url in enumerate(urls)
    ]
    (directory / "articles").mkdir(parents=True, exist_ok=True)
    path = directory / "articles" / f"{source}.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")

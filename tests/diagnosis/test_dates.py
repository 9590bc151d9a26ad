"""Dates that cannot be right, and silence."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from crawler.diagnosis.dates import diagnose_dates, diagnose_silence
from crawler.diagnosis.past_runs import PastRuns
from crawler.sources import sources
from tests.diagnosis.daily_site import today
from tests.diagnosis.past import past_report, write_reports

ECNS = sources()["ecns"]
TODAY = datetime.date(2026, 11, 22)


def line(published: str | None, url_day: str = "2026-11-22", number: int = 0) -> dict[str, Any]:
    url = f"https://www.ecns.cn/news/politics/{url_day}/detail-ihfcrtwk{number:07}.shtml"
    return {"id": f"ecns:{number}", "url": url, "date_published": published, "date_published_raw": published}


def evidence(*lines: dict[str, Any]) -> list[str]:
    return [shown for diagnosis in diagnose_dates(ECNS, lines, TODAY) for shown in diagnosis.evidence]


def test_dates_that_are_right() -> None:
    days = [TODAY - datetime.timedelta(days=number) for number in range(8)]
    assert evidence(*(line(f"{day}T09:00:00+08:00", f"{day}", day.day) for day in days)) == []
    # Tomorrow has begun somewhere, and without a date there is none that is wrong.
    assert evidence(line("2026-11-23"), line(None)) == []


def test_a_date_in_the_future() -> None:
    (shown,) = evidence(line("2062-11-20"), line("2026-11-20"))
    assert "2062-11-20 is in the future (read from «2062-11-20»)" in shown


def test_many_dates_far_from_their_urls() -> None:
    far = [line("2026-01-02", "2026-11-20", number) for number in range(4)]
    assert evidence(*far) == []  # too few to say
    shown = evidence(*far, line("2026-01-03", "2026-11-20", 4), line("2026-11-20", "2026-11-20", 5))
    assert len(shown) == 5
    assert all("is far from the day in the URL" in one for one in shown)
    texts_put_up_late = [line("2026-11-20", "2026-11-20", number) for number in range(9)]
    assert evidence(*texts_put_up_late, *far) == []


def test_the_same_minute_for_all() -> None:
    same = [line("2026-11-22T08:00:00+08:00", number=number) for number in range(6)]
    assert evidence(*same) == ["all of the 6 articles read last are of 2026-11-22T08:00:00+08:00"]
    assert evidence(*(line("2026-11-22", number=number) for number in range(6))) == []  # a day has many articles


def test_silence(tmp_path: Path) -> None:
    limit = ECNS.health.newest_days
    assert limit is not None
    for age, is_silent in ((limit, False), (limit + 1, True)):
        report = past_report("ecns", newest_known=f"{today() - datetime.timedelta(days=age)}")
        runs = PastRuns(write_reports(tmp_path / str(age), report))
        assert bool(list(diagnose_silence(ECNS, runs, [], today()))) == is_silent
    assert list(diagnose_silence(ECNS, PastRuns([]), [], today())) == []

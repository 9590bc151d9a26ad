"""Whether the dates can be right, and whether there is anything new."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crawler.diagnosis.answer import ListingVisit
from crawler.diagnosis.examination import Ailment, Diagnosis, some
from crawler.diagnosis.listings import file_of
from crawler.diagnosis.past_runs import PastRuns
from crawler.extraction.source import Source

#: A day in a URL: `2026-03-11`, `2026/03-11`, `t20260311_`.
_URL_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)[-/]?(0[1-9]|1[0-2])[-/]?(0[1-9]|[12]\d|3[01])(?!\d)")
#: A text is put on the site within days of its date.
_FAR = datetime.timedelta(days=7)
_TOMORROW = datetime.timedelta(days=1)
#: So many articles say something together.
_ENOUGH = 5


def diagnose_dates(source: Source, articles: Sequence[Mapping[str, Any]], today: datetime.date) -> Iterator[Diagnosis]:
    """Dates that cannot be right. `articles` are those read last, as lines of articles/ have them."""
    dated = [one for one in articles if one.get("date_published")]
    wrong = [*_future(dated, today), *_far_from_url(dated), *_all_the_same(dated)]
    if wrong:
        yield Diagnosis(
            Ailment.DATES_WRONG,
            "Dates of the articles read last cannot be right.",
            some(wrong),
            f"See where such a page shows its date, and what {file_of(source)} takes for it (published). A date in the "
            "future also hides that nothing new comes.",
        )


def diagnose_silence(
    source: Source, runs: PastRuns, visits: Sequence[ListingVisit], today: datetime.date
) -> Iterator[Diagnosis]:
    """Nothing new for longer than the source's health rules allow."""
    newest, limit = runs.newest_known, source.health.newest_days
    if newest is None or limit is None or runs.last is None:
        return
    days = (today - _day(newest)).days
    if days <= limit:
        return
    shown = [link.published.day for visit in visits for link in visit.links if link.published is not None]
    evidence = [f"the newest document known is of {newest[:10]}; the last run was on {runs.last['started'][:10]}"]
    if runs.without_news:
        evidence.append(f"runs in a row without a new document: {runs.without_news}")
    advice = "See in a browser whether the site publishes. If it does, its listings have moved or changed."
    if shown and max(shown) > _day(newest):
        evidence.append(f"the listings show articles of {max(shown)}")
        advice = "The listings show newer articles: run scrapy crawl, and see what its report says of them."
    elif shown:
        evidence.append(f"the listings show nothing newer than {max(shown)}")
        advice = "The listings themselves stand still: see in a browser whether the site has others now."
    yield Diagnosis(Ailment.NOTHING_NEW, f"Nothing new since {days} days.", tuple(evidence), advice)


def _future(articles: Sequence[Mapping[str, Any]], today: datetime.date) -> Iterator[str]:
    for one in articles:
        if _day(one["date_published"]) > today + _TOMORROW:
            words = one.get("date_published_raw")
            yield f"{one['url']}: {one['date_published']} is in the future (read from «{words}»)"


def _far_from_url(articles: Sequence[Mapping[str, Any]]) -> list[str]:
    """Where most articles are dated far from the day in their URL. One alone may be an old text put up late."""
    days = [(one, day) for one in articles if (day := _url_day(one["url"])) is not None]
    far = [one for one, day in days if abs(_day(one["date_published"]) - day) > _FAR]
    if len(days) < _ENOUGH or 2 * len(far) <= len(days):
        return []
    return [f"{one['url']}: {one['date_published']} is far from the day in the URL" for one in far]


def _all_the_same(articles: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Many articles of one and the same minute: the date of the page's making, or of the site's header."""
    times = {one["date_published"] for one in articles}
    if len(articles) >= _ENOUGH and len(times) == 1 and "T" in next(iter(times)):
        yield f"all of the {len(articles)} articles read last are of {times.pop()}"


def _url_day(url: str) -> datetime.date | None:
    match = _URL_DAY.search(url)
    try:
        return datetime.date(*map(int, match.groups())) if match is not None else None
    except ValueError:
        return None


def _day(date: str) -> datetime.date:
    return datetime.date.fromisoformat(date[:10])

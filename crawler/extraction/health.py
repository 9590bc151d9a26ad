"""What a run of a source must show to be trusted. The figures are data beside each source; judging them is here."""

from __future__ import annotations

import datetime
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crawler.extraction.problem import Code

#: So many earlier runs are compared with.
COMPARED_RUNS = 10
#: Fewer earlier runs, or articles in them, say nothing about what is usual.
_ENOUGH_RUNS = 3
_ENOUGH_ARTICLES = 20
#: A listing that shows less than this share of what it used to show, a field that is filled so much less often.
_SHRUNK = 0.5
_EMPTIED = 0.3
#: Errors of ours, whatever the site does.
_OURS = (Code.SPIDER_ERROR, Code.INVALID_ITEM)
#: A field that was filled so often is one of the layout, not of the single page.
_USUAL = 0.9
#: By problem, the share of the article pages asked for that it may have.
SHARES: Mapping[Code, float] = {
    Code.NO_LAYOUT: 0.1,
    Code.NO_HEADLINE: 0.1,
    Code.EMPTY_BODY: 0.2,
    Code.EMPTY_RESPONSE: 0.1,
    Code.TRUNCATED: 0.1,
    Code.UNDECODABLE: 0.1,
    Code.NOT_HTML: 0.2,
    Code.NOT_AN_ARTICLE: 0.2,
    Code.TOO_LARGE: 0.1,
    Code.BLOCKED: 0.1,
    Code.NETWORK: 0.3,
    Code.HTTP_ERROR: 0.3,
    # Listings link to what was taken down, to other hosts, and to what robots.txt forbids.
    Code.FORBIDDEN_ADDRESS: 0.5,
    Code.NOT_FOUND: 0.5,
    Code.ROBOTS: 0.5,
    Code.SOFT_404: 0.5,
}
#: By field, the share of the articles in which it is filled at least.
FILLED: Mapping[str, float] = {"date_published": 0.95, "article_body": 1.0}


@dataclass(frozen=True, slots=True)
class Health:
    """The limits of one source. Shares are between 0 and 1, of the article pages asked for or of the articles read.

    `listing_links` is how many articles the first page of a section shows at least, `sections_read` which share of the
    sections asked for can be read at least, and `sections_failing` which share of them may show too little, or be lost,
    without a word. `newest_days` is how many days old the newest document known may be (null: no limit). Shares of
    pages and articles are judged where there were at least `enough` of them.
    """

    listing_links: int = 5
    sections_read: float = 0.5
    sections_failing: float = 0.0
    problems: Mapping[Code, float] = field(default_factory=lambda: SHARES)
    filled: Mapping[str, float] = field(default_factory=lambda: FILLED)
    rendering: float = 0.2
    undated: float = 0.05
    newest_days: int | None = 14
    enough: int = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """A health rule that failed: its name, and what was found."""

    rule: str
    detail: str


def judge(
    health: Health, report: Mapping[str, Any], earlier: Sequence[Mapping[str, Any]], today: datetime.date
) -> list[Finding]:
    """The rules that a run failed, from its report and those of the source's own earlier runs, the latest first.

    Errors of ours are not among them: `errors_of_ours` finds those of any run.
    """
    return [
        *_of_sections(health, report, earlier),
        *_of_problems(health, report),
        *_of_articles(health, report),
        *_of_dates(health, report, today),
        *_of_articles_before(health, report, earlier),
    ]


def errors_of_ours(report: Mapping[str, Any]) -> list[Finding]:
    """What must never happen, in no run and not once: an exception in our code, an Article that is none."""
    counts = report["problem_counts"]
    found = ", ".join(f"{counts[code.value]} {code.value}" for code in _OURS if counts.get(code.value))
    return [Finding("errors-of-ours", found)] if found else []


def _of_sections(health: Health, report: Mapping[str, Any], earlier: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    asked, read = len(report["sections_asked"]), len(report["sections"])
    if read < health.sections_read * asked:
        yield Finding(
            "sections-read", f"{read} of {asked} sections could be read, fewer than {health.sections_read:.0%}"
        )
    failing = [*_of_listings(health, report), *_of_listings_before(report, earlier)]
    # A detail begins with the section, and one section may fail two rules.
    if len({finding.detail.partition(" ")[0] for finding in failing}) > health.sections_failing * asked:
        yield from failing


def _of_listings(health: Health, report: Mapping[str, Any]) -> Iterator[Finding]:
    for slug, section in report["sections"].items():
        if section["first_page_links"] < health.listing_links:
            shown = section["first_page_links"]
            yield Finding(
                "listing-links", f"{slug} shows {shown} articles on its first page, not {health.listing_links}"
            )


def _of_problems(health: Health, report: Mapping[str, Any]) -> Iterator[Finding]:
    listings = report["listing_problem_counts"]
    counts = {code: count - listings.get(code, 0) for code, count in report["problem_counts"].items()}
    asked = report["articles"] + sum(counts.values())
    for code, limit in health.problems.items():
        count = counts.get(code.value, 0)
        if asked >= health.enough and count / asked > limit:
            yield Finding("problem-share", f"{code.value}: {count} of {asked} pages, more than {limit:.0%}")


def _of_articles(health: Health, report: Mapping[str, Any]) -> Iterator[Finding]:
    articles = report["articles"]
    if articles < health.enough:
        return
    for name, limit in health.filled.items():
        rate = report["fill_rate"][name]
        if rate < limit:
            yield Finding("field-fill", f"{name} is filled in {rate:.0%} of {articles} articles, not {limit:.0%}")
    for rule, count, limit in (
        ("rendering-share", report["renderings"], health.rendering),
        ("undated-share", report["undated"], health.undated),
    ):
        if count / articles > limit:
            yield Finding(rule, f"{count} of {articles} articles, more than {limit:.0%}")


def _of_dates(health: Health, report: Mapping[str, Any], today: datetime.date) -> Iterator[Finding]:
    newest = report["newest_known"]
    if health.newest_days is None or not newest:
        return
    age = (today - datetime.date.fromisoformat(newest[:10])).days
    if age > health.newest_days:
        yield Finding("newest-too-old", f"the newest document is of {newest[:10]}, {age} days ago")


def _of_listings_before(report: Mapping[str, Any], earlier: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    before: dict[str, list[int]] = {}
    for one in earlier[:COMPARED_RUNS]:
        for slug, section in one["sections"].items():
            before.setdefault(slug, []).append(section["first_page_links"])
    for slug in report["sections_asked"]:
        counts = before.get(slug, [])
        if len(counts) < _ENOUGH_RUNS:
            continue
        usual = statistics.median(counts)
        section = report["sections"].get(slug)
        if section is None:
            yield Finding("section-lost", f"{slug} could not be read; in {len(counts)} of the last runs it was")
        elif section["first_page_links"] < _SHRUNK * usual:
            yield Finding("listing-shrunk", f"{slug} shows {section['first_page_links']} articles, usually {usual:.0f}")


def _of_articles_before(
    health: Health, report: Mapping[str, Any], earlier: Sequence[Mapping[str, Any]]
) -> Iterator[Finding]:
    runs = [one for one in earlier[:COMPARED_RUNS] if one["articles"]]
    known = sum(one["articles"] for one in runs)
    if report["articles"] < health.enough or len(runs) < _ENOUGH_RUNS or known < _ENOUGH_ARTICLES:
        return
    for name, rate in report["fill_rate"].items():
        usual = sum(one["fill_rate"].get(name, 0) * one["articles"] for one in runs) / known
        if usual >= _USUAL and rate < usual - _EMPTIED:
            yield Finding("field-lost", f"{name} is filled in {rate:.0%} of the articles, usually {usual:.0%}")

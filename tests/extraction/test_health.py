"""Health rules, judged on invented reports."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from crawler.extraction.health import COMPARED_RUNS, Health, errors_of_ours, judge
from crawler.extraction.problem import Code
from crawler.sources import sources

TODAY = datetime.date(2026, 11, 22)
HEALTH = Health()


def section(first_page_links: int) -> dict[str, int]:
    return {"pages": 1, "links": first_page_links, "first_page_links": first_page_links}


def report(**parts: Any) -> dict[str, Any]:
    """The report of a run that is well: twenty articles of two sections; `parts` replace what it says."""
    whole = {
        "articles": 20,
        "sections_asked": ["zyxw", "zyjh"],
        "sections": {"zyxw": section(12), "zyjh": section(8)},
        "problem_counts": {},
        "listing_problem_counts": {},
        "fill_rate": {"date_published": 1.0, "article_body": 1.0, "author": 0.5},
        "renderings": 0,
        "undated": 0,
        "newest_known": "2026-11-20T09:00:00+08:00",
    }
    return whole | parts


def filled(**rates: float) -> dict[str, float]:
    return {"date_published": 1.0, "article_body": 1.0, "author": 0.5} | rates


def found(health: Health = HEALTH, *earlier: dict[str, Any], **parts: Any) -> list[tuple[str, str]]:
    findings = judge(health, report(**parts), earlier, TODAY)
    return [(finding.rule, finding.detail) for finding in findings]


def test_a_run_that_is_well() -> None:
    assert found() == []
    assert found(HEALTH, report(), report(), report()) == []


def test_a_run_with_nothing_new_is_well() -> None:
    assert found(articles=0, fill_rate=dict.fromkeys(filled())) == []


# --- listings


def test_too_few_links_on_a_first_page() -> None:
    assert found(sections={"zyxw": section(5), "zyjh": section(8)}) == []
    assert found(sections={"zyxw": section(4), "zyjh": section(0)}) == [
        ("listing-links", "zyxw shows 4 articles on its first page, not 5"),
        ("listing-links", "zyjh shows 0 articles on its first page, not 5"),
    ]


def test_further_pages_make_no_first_page() -> None:
    walked = {"pages": 9, "links": 90, "first_page_links": 2}
    assert found(sections={"zyxw": walked, "zyjh": section(8)}) == [
        ("listing-links", "zyxw shows 2 articles on its first page, not 5")
    ]


def test_sections_that_cannot_be_read() -> None:
    asked = ["zyxw", "zyjh", "wsrc"]
    assert found(sections_asked=asked) == []
    assert found(sections_asked=[*asked, "fyrbt", "zwbd"]) == [
        ("sections-read", "2 of 5 sections could be read, fewer than 50%")
    ]


def test_a_source_of_many_sites_may_have_some_that_fail() -> None:
    health = Health(sections_failing=0.25, sections_read=0.5)
    posts = {f"no/{number}": section(9) for number in range(8)}
    two_fail = posts | {"no/0": section(0), "no/1": section(1)}
    three_fail = two_fail | {"no/2": section(2)}
    assert found(health, sections=two_fail, sections_asked=[*posts]) == []
    assert len(found(health, sections=three_fail, sections_asked=[*posts])) == 3
    # Of one section two rules fail.
    runs = [report(sections=posts, sections_asked=[*posts])] * 3
    assert found(health, *runs, sections=two_fail, sections_asked=[*posts]) == []


# --- problems


def test_shares_of_problems_at_their_limit() -> None:
    # 2 of 20 are a tenth
    assert found(articles=18, problem_counts={"no-layout": 2}) == []
    assert found(articles=17, problem_counts={"no-layout": 3}) == [
        ("problem-share", "no-layout: 3 of 20 pages, more than 10%")
    ]


def test_a_few_pages_have_no_shares() -> None:
    assert found(articles=2, problem_counts={"no-layout": 2}) == []
    assert found(articles=2, problem_counts={"no-layout": 3}) == [
        ("problem-share", "no-layout: 3 of 5 pages, more than 10%")
    ]


def test_problems_of_other_kinds_are_pages_too() -> None:
    assert found(articles=0, problem_counts={"not-found": 3, "robots": 3}) == []
    assert found(articles=0, problem_counts={"not-found": 4, "robots": 2}) == [
        ("problem-share", "not-found: 4 of 6 pages, more than 50%")
    ]


def test_problems_of_listings_are_no_pages() -> None:
    """Which of a source's sections there are, only the site tells."""
    counts = {"not-found": 8, "network": 4}
    assert found(articles=3, problem_counts=counts, listing_problem_counts=counts) == []
    assert found(articles=0, problem_counts={"not-found": 13}, listing_problem_counts={"not-found": 8}) == [
        ("problem-share", "not-found: 5 of 5 pages, more than 50%")
    ]


@pytest.mark.parametrize("code", sorted(set(Code) - {Code.SPIDER_ERROR, Code.INVALID_ITEM}))
def test_no_problem_may_befall_every_page(code: Code) -> None:
    of_listings_or_files = {
        Code.EMPTY_LISTING,
        Code.NOT_ARCHIVED,
        Code.NOT_RECORDED,
        Code.UNREADABLE_FILE,
        Code.TRUNCATED_ARCHIVE,
        # None of the source's own.
        Code.MIRROR_DIFFERS,
        Code.UNKNOWN_URL,
    }
    rules = [rule for rule, _ in found(articles=0, problem_counts={code.value: 50})]
    assert rules == ([] if code in of_listings_or_files else ["problem-share"])


def test_an_error_of_ours_is_one_too_many() -> None:
    assert errors_of_ours(report(problem_counts={"no-layout": 19})) == []
    [finding] = errors_of_ours(report(articles=10_000, problem_counts={"spider-error": 1, "invalid-item": 2}))
    assert (finding.rule, finding.detail) == ("errors-of-ours", "1 spider-error, 2 invalid-item")
    # It is told once.
    assert found(articles=10_000, problem_counts={"spider-error": 1}) == []


# --- articles


def test_fields_that_are_not_filled() -> None:
    assert found(fill_rate=filled(date_published=0.95)) == []
    assert found(fill_rate=filled(date_published=0.9)) == [
        ("field-fill", "date_published is filled in 90% of 20 articles, not 95%")
    ]
    assert found(Health(filled={"author": 0.6})) == [("field-fill", "author is filled in 50% of 20 articles, not 60%")]
    assert found(articles=4, fill_rate=filled(date_published=0.0)) == []


def test_renderings_and_undated_articles_at_their_limits() -> None:
    assert found(renderings=4, undated=1) == []
    assert found(renderings=5, undated=2) == [
        ("rendering-share", "5 of 20 articles, more than 20%"),
        ("undated-share", "2 of 20 articles, more than 5%"),
    ]
    assert found(articles=4, renderings=4, undated=4) == []
    assert found(Health(rendering=1.0), renderings=20) == []


def test_the_newest_document() -> None:
    assert found(newest_known="2026-11-08") == []
    assert found(newest_known="2026-11-07T23:59:00+08:00") == [
        ("newest-too-old", "the newest document is of 2026-11-07, 15 days ago")
    ]
    assert found(Health(newest_days=None), newest_known="2003-01-01") == []
    # Beijing is ahead of UTC.
    assert found(newest_known="2026-11-23") == []
    # Nothing is known yet.
    assert found(newest_known=None) == []


# --- earlier runs


def listings(*counts: int, **parts: Any) -> list[dict[str, Any]]:
    return [report(sections={"zyxw": section(count), "zyjh": section(8)}, **parts) for count in counts]


def test_a_listing_that_shows_half_of_what_it_used_to() -> None:
    # The median of the three is 30: one odd run does not count.
    earlier = listings(30, 31, 5)
    assert found(HEALTH, *earlier, **listings(15)[0]) == []
    assert found(HEALTH, *earlier, **listings(14)[0]) == [
        ("listing-shrunk", "zyxw shows 14 articles, usually 30"),
    ]


def test_two_runs_say_nothing_of_what_is_usual() -> None:
    assert found(HEALTH, *listings(30, 30), **listings(6)[0]) == []


def test_runs_of_long_ago_do_not_count() -> None:
    earlier = listings(*[10] * COMPARED_RUNS, *[100] * COMPARED_RUNS)
    assert found(HEALTH, *earlier, **listings(9)[0]) == []


def test_a_section_that_is_lost() -> None:
    # There are three that never were: those the source only may have.
    asked = ["zyxw", "zyjh", "wsrc"]
    earlier = [report(sections_asked=asked)] * 4
    assert found(HEALTH, *earlier, sections_asked=asked, sections={"zyjh": section(8)}) == [
        ("sections-read", "1 of 3 sections could be read, fewer than 50%"),
        ("section-lost", "zyxw could not be read; in 4 of the last runs it was"),
    ]


def test_a_field_that_is_lost() -> None:
    earlier = [report(fill_rate=filled(editor=0.95))] * 3
    assert found(HEALTH, *earlier, fill_rate=filled(editor=0.7)) == []
    assert found(HEALTH, *earlier, fill_rate=filled(editor=0.6)) == [
        ("field-lost", "editor is filled in 60% of the articles, usually 95%")
    ]
    # What was never usual cannot be lost.
    assert found(HEALTH, *earlier, fill_rate=filled(editor=0.95, author=0.0)) == []


def test_what_is_usual_is_weighed_by_articles() -> None:
    one_odd = [report(articles=60, fill_rate=filled(editor=1.0))] * 2 + [report(articles=1, fill_rate=filled(editor=0))]
    assert [rule for rule, _ in found(HEALTH, *one_odd, fill_rate=filled(editor=0.5))] == ["field-lost"]


@pytest.mark.parametrize(
    ("earlier", "articles"),
    [
        ([(20, 1.0)] * 2, 20),  # two runs
        ([(6, 1.0)] * 3, 20),  # eighteen articles
        ([(20, 1.0)] * 3, 4),  # four articles now
        ([(20, 1.0)] * 2 + [(0, None)] * 8, 20),  # runs without articles
    ],
)
def test_few_articles_say_nothing_of_what_is_usual(earlier: list[tuple[int, float | None]], articles: int) -> None:
    runs = [report(articles=count, fill_rate=filled() | {"editor": rate}) for count, rate in earlier]
    assert found(HEALTH, *runs, articles=articles, fill_rate=filled(editor=0.0)) == []


# --- the sources' own


def test_every_source_has_limits_that_can_be_broken_and_kept() -> None:
    for source in sources().values():
        health = source.health
        shares = [*health.problems.values(), *health.filled.values(), health.rendering, health.undated]
        assert all(0 <= share <= 1 for share in [*shares, health.sections_read, health.sections_failing]), source.name
        assert 1 <= health.listing_links <= 10, source.name
        assert health.newest_days is not None, source.name
        assert 3 <= health.newest_days <= 45, source.name


def test_dead_posts_do_not_make_every_run_of_the_missions_degraded() -> None:
    """Of 60 sections asked, 20 can be read, 4 show nothing, and the rest is not there; six articles are new."""
    read = {f"post/{number}": section(0 if number < 4 else 15) for number in range(20)}
    counts = {"not-found": 30, "network": 10, "empty-listing": 4}
    parts = {"sections": read, "sections_asked": [f"post/{number}" for number in range(60)], "articles": 6}
    health = sources()["missions"].health
    assert found(health, problem_counts=counts, listing_problem_counts=counts, **parts) == []
    # But when all of them show nothing, something is wrong with us.
    nothing = {slug: section(0) for slug in read}
    rules = {rule for rule, _ in found(health, **parts | {"sections": nothing})}
    assert rules == {"listing-links"}

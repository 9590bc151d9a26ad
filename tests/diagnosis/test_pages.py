"""What the pages of a round say: refusals, listings and layouts, over plain requests to a loopback server."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import format_datetime
from pathlib import Path

import pytest

from crawler.diagnosis.answer import Answer as Got
from crawler.diagnosis.refusals import diagnose_clock
from crawler.extraction.dates import BEIJING
from crawler.sources import sources
from tests.diagnosis.daily_site import (
    LISTING,
    SECTION,
    DailySite,
    article_page,
    article_path,
    daily_site,
    evidence,
    examine,
    found,
    today,
)
from tests.diagnosis.past import past_report, recorded, write_reports
from tests.downloading.local_site import Answer, LocalSite, local_site
from tests.spiders.changing_site import HTML, MFA, MFA_2014, invented


@pytest.fixture
def site() -> Iterator[DailySite]:
    with daily_site() as served:
        yield served


@contextmanager
def ministry(count: int) -> Iterator[LocalSite]:
    """The ministry with so many releases of today."""
    paths = [f"/eng/xw/wjbxw/{today():%Y%m}/t{today():%Y%m%d}_11{number:06}.html" for number in range(count)]
    items = "".join(MFA.item.format(path=path, headline="A headline") for path in paths)
    pages: dict[str, Answer | list[Answer]] = {
        path: Answer(MFA_2014.around(invented(number).parts()), 200, HTML) for number, path in enumerate(paths)
    }
    pages[MFA.listing] = Answer(MFA.list_frame.around({"items": items, "pages": "1"}), 200, HTML)
    with local_site(pages) as served:
        yield served


@pytest.mark.parametrize(
    ("wall", "ailment", "words"),
    [
        (Answer(b"slow down", 429, {"Retry-After": "3600"}), "rate-limited", "Retry-After: 3600"),
        (
            Answer(b"<html><body>The site is under maintenance until noon.</body></html>", 503, HTML),
            "maintenance",
            "«under maintenance»",
        ),
        (
            Answer(b"<html><title>ecns.cn</title><body>This domain is for sale!</body></html>", 200, HTML),
            "foreign-content",
            "«domain is for sale»",
        ),
        (Answer(b"oops", 500), "server-error", "status 500"),
        (Answer(b"<script>window.__jsl_clearance='1'</script>", 200, HTML), "blocked", "a challenge in place of"),
    ],
    ids=["429", "maintenance", "parked", "500", "challenge"],
)
def test_a_wall(site: DailySite, tmp_path: Path, wall: Answer, ailment: str, words: str) -> None:
    site.wall = wall
    examined = site.examine(tmp_path)
    assert found(examined) == [ailment]
    assert words in evidence(examined)
    assert len(site.asked) == 1


def test_one_page_for_every_url(site: DailySite, tmp_path: Path) -> None:
    """A login that is answered for listing and article alike, and shows enough links to pass for a listing."""
    links = "".join(f'<a href="{article_path(number)}">A headline</a>' for number in range(12))
    site.wall = Answer(f"<html><title>Log in</title><body>{links}</body></html>".encode(), 200, HTML)
    examined = site.examine(tmp_path)
    assert "blocked" in found(examined)
    same = f"https://www.ecns.cn{article_path(0)} is the same page as https://www.ecns.cn{LISTING}"
    assert same in evidence(examined)


def test_one_refused_article_is_no_wall(site: DailySite, tmp_path: Path) -> None:
    site.answers[article_path(0)] = Answer(b"oops", 500)
    recorded(tmp_path, "ecns", f"https://www.ecns.cn{article_path(5)}")
    examined = site.examine(tmp_path)
    assert examined.is_healthy
    assert [note for note in examined.notes if "status 500" in note and note.endswith("other pages can be had.")]
    assert site.paths() == [LISTING, *map(article_path, (0, 1, 5))]


def test_a_listing_under_an_older_address(tmp_path: Path) -> None:
    items = "".join(MFA.item.format(path=MFA.path(number), headline="A headline") for number in range(6))
    older = "/mfa_eng/wjdt_665385/wshd_665389/index.html"
    listing = MFA.list_frame.around({"items": items, "pages": "1"})
    with local_site({older: Answer(listing, 200, HTML)}) as served:
        examined = examine(served, tmp_path, "mfa", MFA.section)
    assert found(examined) == ["listing-moved"]
    assert f"https://www.fmprc.gov.cn{older}: 6 articles" in evidence(examined)


def test_a_listing_that_redirects_to_the_home_page(site: DailySite, tmp_path: Path) -> None:
    site.answers[LISTING] = Answer(b"", 302, {"Location": "/"})
    site.answers["/"] = Answer(b"<html><title>Home</title><body>Welcome</body></html>", 200, HTML)
    examined = site.examine(tmp_path)
    assert found(examined) == ["listing-moved"]
    assert "empty-listing, redirected to https://www.ecns.cn/" in evidence(examined)


def test_a_listing_without_links(site: DailySite, tmp_path: Path) -> None:
    page = b'<html><title>Politics</title><body><a href="/">Home</a><script src="list.js"></script></body></html>'
    site.answers[LISTING] = Answer(page, 200, HTML)
    examined = site.examine(tmp_path)
    assert found(examined) == ["listing-empty"]
    assert "1 links, 1 scripts, title «Politics»" in evidence(examined)


def test_articles_with_new_urls(site: DailySite, tmp_path: Path) -> None:
    site.redesign_listing("/detail-", "/story-")
    examined = site.examine(tmp_path)
    assert found(examined) == ["article-urls"]
    assert f"/{SECTION}/N-N-N/*.shtml: 12 in ul.bizlst.dashedlne > li > h3 > a" in evidence(examined)


def test_a_listing_that_is_read_without_its_selectors(tmp_path: Path) -> None:
    """Nothing is lost: all links of the page are taken. But the next sidebar will be, too."""
    with ministry(6) as served:
        page = served.answers[MFA.listing]
        assert isinstance(page, Answer)
        served.answers[MFA.listing] = Answer(page.body.replace(b'"newsLst_mod"', b'"feed"'), 200, HTML)
        examined = examine(served, tmp_path, "mfa", MFA.section)
    assert found(examined) == []
    _, note = examined.notes
    assert note.startswith("No selector of a listing matches https://www.mfa.gov.cn/eng/xw/wjbxw/")
    assert "6 in div.feed > ul > li > a" in note


def test_a_body_in_another_element(site: DailySite, tmp_path: Path) -> None:
    recorded(tmp_path, "ecns", *(f"https://www.ecns.cn{article_path(number)}" for number in range(4)))
    site.redesign('<div class="content" id="yanse">', '<div class="story" id="story">')
    examined = site.examine(tmp_path)
    assert found(examined) == ["layout-changed"]
    (diagnosis,) = examined.diagnoses
    assert diagnosis.what == "The layout of new articles has changed: body is lost."
    assert "ecns-2013: body no longer stands in #yanse or div.bdylft div.content" in diagnosis.evidence
    assert any(line.startswith("perhaps the body: ") and line.endswith("in div#story") for line in diagnosis.evidence)
    # Two that the listing shows, and the newest that was recorded before.
    assert f"https://www.ecns.cn{article_path(2)}, read well before, is lost as well" in diagnosis.evidence
    assert site.paths() == [LISTING, *map(article_path, (0, 1, 2))]


def test_a_date_in_another_element_is_lost_though_the_url_has_it(site: DailySite, tmp_path: Path) -> None:
    recorded(tmp_path, "ecns", f"https://www.ecns.cn{article_path(0)}")
    site.redesign('class="downinfo', 'class="facts')
    examined = site.examine(tmp_path)
    assert found(examined) == ["layout-changed"]
    assert f"{today()} is from url" in evidence(examined)
    place = f"perhaps the date: «{today()} 09:00:00» in div.bdybox > div.bdylft.floatlft > div.facts"
    assert place in evidence(examined)


def test_one_odd_page_is_no_new_layout(site: DailySite, tmp_path: Path) -> None:
    odd = article_page(0).replace(b'id="yanse"', b'id="story"').replace(b'class="content"', b'class="story"')
    site.answers[article_path(0)] = Answer(odd, 200, HTML)
    examined = site.examine(tmp_path)
    assert examined.is_healthy
    assert [note for note in examined.notes if "so this one is odd" in note]


def test_a_known_article_that_is_gone_is_worth_a_note(site: DailySite, tmp_path: Path) -> None:
    recorded(tmp_path, "ecns", f"https://www.ecns.cn{article_path(90)}")
    examined = site.examine(tmp_path)
    assert examined.is_healthy
    gone = f"https://www.ecns.cn{article_path(90)}"
    assert examined.notes[-1] == f"{gone}, read well before, is not there any more: not-found."


def test_nothing_new_though_the_listing_shows_more(site: DailySite, tmp_path: Path) -> None:
    old = f"{today() - datetime.timedelta(days=20)}T09:00:00+08:00"
    silent = past_report("ecns", newest_known=old, sections_asked=[SECTION])
    quiet = {"outcomes": silent["outcomes"] | {"new": 0}}
    write_reports(tmp_path, silent, silent | quiet, silent | quiet)
    examined = site.examine(tmp_path)
    assert found(examined) == ["nothing-new"]
    assert examined.diagnoses[0].what == "Nothing new since 20 days."
    assert "runs in a row without a new document: 2" in evidence(examined)
    assert f"the listings show articles of {today()}" in evidence(examined)


def test_the_sections_that_failed_are_visited_first(tmp_path: Path) -> None:
    asked = ["travel", "news/politics", "business", "voices", "culture"]
    links = {"detail": "culture shows 1 articles on its first page, not 10", "rule": "listing-links"}
    # The travel section was never there.
    before = {slug: {"pages": 1, "links": 9, "first_page_links": 9} for slug in asked if slug != "travel"}
    now = {slug: counts for slug, counts in before.items() if slug != "voices"}
    write_reports(
        tmp_path,
        past_report("ecns", sections_asked=asked, sections=before),
        past_report("ecns", sections_asked=asked, sections=now, findings=[links]),
    )
    with local_site({}) as served:
        examine(served, tmp_path, "ecns", "")
    assert served.paths() == ["/voices/index.shtml", "/culture/index.shtml"]


def test_rules_that_raise(site: DailySite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: object, **__: object) -> None:
        raise TypeError("no string")

    monkeypatch.setattr(sources()["ecns"], "read", read)
    examined = site.examine(tmp_path)
    assert found(examined) == ["spider-error"]
    assert f"https://www.ecns.cn{article_path(0)}: TypeError: no string" in evidence(examined)


# --- the clock


def dated(minutes: float, **headers: str) -> Got:
    """An answer whose server is so many minutes ahead of us."""
    now = datetime.datetime(2026, 11, 22, 12, 0, tzinfo=BEIJING)
    date = format_datetime(now + datetime.timedelta(minutes=minutes))
    return Got("https://www.ecns.cn/", status=200, headers={"date": date, **headers}, received=now)


def test_a_slow_clock() -> None:
    (diagnosis,) = diagnose_clock([dated(12), dated(12.5)])
    assert diagnosis.what == "The clock of this machine is 12 minutes slow."


@pytest.mark.parametrize(
    "answers",
    [
        [dated(0.5), dated(-0.5)],
        [dated(-30, age="1800"), dated(-20, age="1200")],  # kept by a cache that says so
        [dated(-30), dated(0)],  # kept by one that does not
        [dated(-30), dated(-300)],
        [dated(12)],  # one alone
        [Got("https://www.ecns.cn/", status=200, headers={}, received=datetime.datetime.now(datetime.UTC))] * 2,
    ],
)
def test_a_clock_that_is_right_or_may_be(answers: list[Got]) -> None:
    assert list(diagnose_clock(answers)) == []

"""Live crawls against a server on the loopback interface: real requests, robots.txt, a ledger that remembers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from crawler.archive.sample import write_sample
from crawler.extraction.identity import Address
from crawler.fixtures import FIXTURES, SavedPage, saved_pages
from tests.command_line import report, scrapy, written
from tests.downloading.local_site import Answer, LocalSite, local_site

SECTION = "news/politics"
SAMPLE = FIXTURES / "sample.warc.gz"
FAST = ("-s", "DOWNLOAD_DELAY=0", "-s", "RETRY_ENABLED=False")
#: The saved pages are few, old, and many of them refused for a reason: no source that is well shows such.
UNJUDGED = ("-s", "HEALTH=off")


def path_of(case: SavedPage) -> str:
    """Where the site itself serves the page, whatever alias it was saved under."""
    address = Address.of(case.url)
    assert address is not None
    identity = case.source.identify(address)
    return address.path if identity is None else urlsplit(identity.canonical_url).path


@pytest.fixture
def ecns() -> Iterator[LocalSite]:
    """ECNS with the articles and listings of the saved pages."""
    pages = {path_of(case): Answer(case.path.read_bytes()) for case in saved_pages("ecns")}
    pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /voices/\n")
    with local_site(pages) as site:
        yield site


def crawl(site: LocalSite, directory: Path, *arguments: str, source: str = "ecns", expect: int = 0) -> None:
    target = ("-s", f"CONNECT_TO={site.authority}", "-s", f"OUTPUT_DIR={directory}")
    scrapy("crawl", source, *target, *FAST, *UNJUDGED, *arguments, expect=expect)


def names_in(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_a_section_is_walked_to_its_end(ecns: LocalSite, tmp_path: Path) -> None:
    crawl(ecns, tmp_path, "-a", f"section={SECTION}")
    asked = [path for path in ecns.paths() if "index" in path]
    assert asked == [f"/{SECTION}/index.shtml", f"/{SECTION}/index_2.shtml", f"/{SECTION}/index_3.shtml"]
    articles = written(tmp_path, "articles", "ecns")
    # Those of the first page, in whatever order the server answered.
    assert {article["id"] for article in articles[:3]} == {
        "ecns:ihfcrtwk2040871",
        "ecns:ifzhtmnp3305518",
        "ecns:ihczkfqm4410927",
    }
    assert all(article["url"].startswith("https://www.ecns.cn/") for article in articles)
    assert all(article["date_retrieved"] for article in articles)
    # The list never said how many pages it has: the missing third one is its end, no gap.
    assert {problem["code"] for problem in report(tmp_path)["problems"]} == {"robots"}


def test_a_section_that_moved_is_found_under_its_older_url(tmp_path: Path) -> None:
    (listing,) = (case for case in saved_pages("mfa") if case.name == "mfa/en-2014-listing")
    with local_site({path_of(listing): Answer(listing.path.read_bytes())}) as site:
        crawl(site, tmp_path, "-a", "section=lxjzh", "-a", "sample=1", source="mfa")
    asked = [asked.path for asked in site.asked if asked.path != "/robots.txt"]
    assert asked[:3] == [
        "/eng/xw/fyrbt/lxjzh/",
        "/mfa_eng/xwfw_665399/s2510_665401/2511_665403/index.html",
        "/mfa_eng/xwfw_665399/s2510_665401/2511_665403/default.shtml",
    ]
    # Only the article is missing; that two of three addresses are no more is no problem.
    assert [problem["code"] for problem in report(tmp_path)["problems"]] == ["not-found"]


def test_robots_are_obeyed(ecns: LocalSite, tmp_path: Path) -> None:
    crawl(ecns, tmp_path, "-a", f"section={SECTION}")
    assert ecns.paths()[0] == "/robots.txt"
    assert not [path for path in ecns.paths() if path.startswith("/voices/")]


def test_the_user_agent_names_the_project(ecns: LocalSite, tmp_path: Path) -> None:
    crawl(ecns, tmp_path, "-a", "sample=1")
    assert {asked.user_agent.partition("/")[0] for asked in ecns.asked} == {"Readouts"}


def test_the_second_run_asks_for_nothing_known(ecns: LocalSite, tmp_path: Path) -> None:
    crawl(ecns, tmp_path, "-a", f"section={SECTION}")
    before = (tmp_path / "articles" / "ecns.jsonl").read_bytes()
    ecns.asked.clear()
    crawl(ecns, tmp_path, "-a", f"section={SECTION}")
    assert [path for path in ecns.paths() if "detail" in path or path[1:5].isdigit()] == []
    # All of the first page is known: the second is not asked for.
    assert [path for path in ecns.paths() if "index" in path] == [f"/{SECTION}/index.shtml"]
    assert (tmp_path / "articles" / "ecns.jsonl").read_bytes() == before


def test_after_a_sample_the_rest_is_not_taken_for_known(ecns: LocalSite, tmp_path: Path) -> None:
    (first, *_) = (case for case in saved_pages("ecns") if case.url.endswith(f"{SECTION}/index.shtml"))
    crawl(ecns, tmp_path, "-a", f"section={SECTION}", "-a", f"sample={len(first.expectation['listing']['links'])}")
    ecns.asked.clear()
    crawl(ecns, tmp_path, "-a", f"section={SECTION}")
    # All of the first page is known, but nobody has seen what is behind it.
    assert [path for path in ecns.paths() if "index" in path][:2] == [
        f"/{SECTION}/index.shtml",
        f"/{SECTION}/index_2.shtml",
    ]
    ecns.asked.clear()
    crawl(ecns, tmp_path, "-a", f"section={SECTION}")
    assert [path for path in ecns.paths() if "index" in path] == [f"/{SECTION}/index.shtml"]


def test_a_failure_that_may_pass_keeps_the_next_run_from_stopping_early(ecns: LocalSite, tmp_path: Path) -> None:
    path = next(path for path in ecns.answers if "detail" in path and "/2019-" in path)
    page = ecns.answers[path]
    ecns.answers[path] = Answer(b"busy", 500)
    crawl(ecns, tmp_path, "-a", f"section={SECTION}")
    ecns.answers[path] = page
    ecns.asked.clear()
    crawl(ecns, tmp_path, "-a", f"section={SECTION}")
    assert [asked for asked in ecns.paths() if "detail" in asked] == [path]
    assert f"/{SECTION}/index_2.shtml" in ecns.paths()


def test_since_ends_the_walk(ecns: LocalSite, tmp_path: Path) -> None:
    crawl(ecns, tmp_path, "-a", f"section={SECTION}", "-a", "since=2026-03-01")
    assert [article["id"] for article in written(tmp_path, "articles", "ecns")] == ["ecns:ihfcrtwk2040871"]
    assert [path for path in ecns.paths() if "detail" in path] == [
        "/china/politics/2026-03-11/detail-ihfcrtwk2040871.shtml"
    ]


def test_sample_bounds_the_run(ecns: LocalSite, tmp_path: Path) -> None:
    crawl(ecns, tmp_path, "-a", f"section={SECTION}", "-a", "sample=2")
    assert len(written(tmp_path, "articles", "ecns")) == 2
    assert len([path for path in ecns.paths() if "index" in path]) == 1


def test_problems_have_names(tmp_path: Path) -> None:
    pages: dict[str, Answer | list[Answer]] = {
        f"/{SECTION}/index.shtml": Answer(
            b"<html><body><ul class='bizlst'>"
            + b"".join(
                b"<li><h3><a href='/news/politics/2026-03-11/detail-ihabcdef%07d.shtml'>A</a></h3></li>" % number
                for number in range(5)
            )
            + b"</ul></body></html>"
        ),
        "/news/politics/2026-03-11/detail-ihabcdef0000000.shtml": Answer(b"no", 404),
        "/news/politics/2026-03-11/detail-ihabcdef0000001.shtml": Answer(b"no", 403),
        "/news/politics/2026-03-11/detail-ihabcdef0000002.shtml": Answer(
            b"", 302, {"Location": "http://169.254.169.254/latest/"}
        ),
        "/news/politics/2026-03-11/detail-ihabcdef0000003.shtml": Answer(b"", 302, {"Location": "/error.htm"}),
        "/error.htm": Answer(b"<html><body>Sorry</body></html>"),
        "/news/politics/2026-03-11/detail-ihabcdef0000004.shtml": Answer(b""),
    }
    with local_site(pages) as site:
        crawl(site, tmp_path, "-a", f"section={SECTION}")
    found = {
        problem["url"].rpartition("/")[2][14:22]: problem["code"]
        for problem in report(tmp_path)["problems"]
        if "detail" in problem["url"]
    }
    codes = sorted(problem["code"] for problem in report(tmp_path)["problems"])
    assert codes == ["blocked", "empty-response", "forbidden-address", "not-found", "soft-404"], found
    assert written(tmp_path, "articles", "ecns") == []


def test_an_archive_that_is_none_ends_the_run_with_a_line(tmp_path: Path) -> None:
    no_archive = tmp_path / "pages.warc.gz"
    no_archive.write_bytes(b"not an archive")
    done = scrapy("crawl", "mfa", "-a", f"replay={no_archive}", "-s", f"OUTPUT_DIR={tmp_path / 'out'}", expect=1)
    assert "unreadable-file" in done.stderr
    assert names_in(tmp_path / "out") == ["locks"]


def test_an_archive_without_responses_is_replayed_all_the_same(tmp_path: Path) -> None:
    empty = tmp_path / "empty.warc.gz"
    empty.write_bytes(write_sample([]))
    scrapy("crawl", "ecns", "-a", f"replay={empty}", "-s", f"OUTPUT_DIR={tmp_path / 'out'}")
    found = report(tmp_path / "out")
    assert (found["requests"], found["problems"], found["articles"]) == (0, [], 0)


def test_another_edition_in_an_archive_is_mentioned(tmp_path: Path) -> None:
    done = scrapy("crawl", "mfa", "-a", f"replay={SAMPLE}", "-s", f"OUTPUT_DIR={tmp_path}")
    assert "of another edition: -a edition=zh" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("mfa", "-a", "sinse=2020-01-01"), "takes no argument sinse"),
        (("mfa", "-a", "since=soon"), "since=soon is no day"),
        (("missions", "-a", "post=uk,no"), "uk"),
        (("ecns", "-a", "post=no"), "takes no argument post"),
        (("ministry",), "there is no source ministry"),
        ((), "name one source"),
        (("mfa", "-s", "CONNECT_TO=198.51.100.7:80"), "loopback"),
        (("mfa", "-s", "NEAR_DUPLICATES=maybe"), "NEAR_DUPLICATES=maybe: it is off, link or separate"),
    ],
)
def test_wrong_arguments_end_the_run_before_it_begins(arguments: tuple[str, ...], message: str, tmp_path: Path) -> None:
    done = scrapy("crawl", *arguments, "-s", f"OUTPUT_DIR={tmp_path}", expect=1 if "-s" in arguments else 2)
    assert message in done.stderr
    # What the pipelines are told to do is known once they are there, and they begin under the lock.
    assert names_in(tmp_path) == (["locks"] if "NEAR_DUPLICATES=maybe" in arguments else [])

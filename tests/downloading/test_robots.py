"""robots.txt, as it should be and as the Ministry has it."""

from __future__ import annotations

import pytest

from tests.downloading.local_site import Answer
from tests.downloading.rehearsal import HOST, Rehearsal, Rehearsals

REHEARSALS = Rehearsals()


@pytest.fixture(scope="module", autouse=True)
def log() -> str:
    return REHEARSALS.run()


def with_robots(path: str, **answers: Answer) -> Rehearsal:
    """A crawl of one page of a site with this robots.txt, and what it leads to."""
    by_path: dict[str, Answer | list[Answer]] = {path: Answer(b"page")}
    by_path |= {"/" + name.replace("_", "."): answer for name, answer in answers.items()}
    return REHEARSALS.add(by_path, [f"http://{HOST}{path}"])


RULES = Answer(b"User-agent: *\nDisallow: /private/\n\nUser-agent: Readouts\nDisallow: /not-you/\n")
OBEYED = {path: with_robots(path, robots_txt=RULES) for path in ("/a", "/private/a", "/not-you/a")}


@pytest.mark.parametrize(("path", "is_fetched"), [("/a", True), ("/private/a", True), ("/not-you/a", False)])
def test_the_rules_for_our_name_are_obeyed(path: str, is_fetched: bool) -> None:
    outcome, site = OBEYED[path].outcome, OBEYED[path].site
    assert outcome.problem == ("" if is_fetched else f"robots http://{HOST}{path}")
    assert site.paths() == (["/robots.txt", path] if is_fetched else ["/robots.txt"])
    assert site.asked[0].user_agent.startswith("Readouts/")


# A page whose words would be rules.
PAGE = b"\r\n<html><pre>\nUser-agent: *\nDisallow: /\n</pre></html>"
NO_RULES = {
    "page": with_robots("/a", robots_txt=Answer(PAGE)),
    "error page": with_robots("/a", robots_txt=Answer(PAGE, 404)),
    "redirect to a page": with_robots(
        "/a", robots_txt=Answer(b"", 302, {"Location": "/error.htm"}), error_htm=Answer(PAGE)
    ),
    "redirect to another host": with_robots("/a", robots_txt=Answer(b"", 302, {"Location": "http://other.example/"})),
    "redirect loop": with_robots("/a", robots_txt=Answer(b"", 302, {"Location": "/robots.txt"})),
}


@pytest.mark.parametrize("answer", NO_RULES)
def test_a_page_in_the_place_of_robots_txt_is_no_rules(answer: str) -> None:
    assert NO_RULES[answer].outcome.body == "page"
    assert NO_RULES[answer].site.paths()[-1] == "/a"


def test_none_of_this_is_an_error_of_ours(log: str) -> None:
    assert "Traceback" not in log


TOGETHER = REHEARSALS.add(
    {"/robots.txt": Answer(b"User-agent: *\nDisallow: /no\n"), "/no": Answer(b"page"), "/yes": Answer(b"page")},
    [f"http://{HOST}{path}" for path in ("/none", "/no", "/yes", "/not")],
)


def test_all_who_wait_for_the_rules_get_them() -> None:
    assert TOGETHER.site.paths() == ["/robots.txt", "/yes"]
    assert [bool(outcome.problem) for outcome in sorted(TOGETHER.outcomes, key=lambda one: one.asked)] == [
        True,  # /no
        True,  # /none
        True,  # /not
        False,
    ]

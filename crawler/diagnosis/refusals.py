"""What the answers of a site say before any page is read: refused, slowed down, closed, not its own, off our clock."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from crawler.diagnosis.answer import Answer, ArticleVisit, ListingVisit
from crawler.diagnosis.examination import Ailment, Diagnosis, Examination, some
from crawler.diagnosis.round import Round
from crawler.extraction.problem import Code, Problem
from crawler.extraction.recognition import BLOCKED
from crawler.extraction.source import Source

_MAINTENANCE = re.compile(
    r"(?:under|down for|undergoing|in|scheduled)\s+maintenance|temporarily (?:unavailable|out of service)|"
    r"系统维护|网站维护",
    re.IGNORECASE,
)
#: Pages of registrars and of those who trade in names.
_PARKED = re.compile(
    r"domain (?:name )?(?:is|may be) (?:for sale|parked|expired)|buy this domain|parked (?:free|domain|page)|"
    r"domain has expired|sedoparking|parkingcrew|bodis\.com|域名(?:出售|转让|已过期|停放)|未备案|购买(?:此|该)域名",
    re.IGNORECASE,
)
_LONG = 3000
_BY_CODE = {
    Code.ROBOTS: Ailment.ROBOTS,
    Code.FORBIDDEN_ADDRESS: Ailment.FOREIGN_CONTENT,
    Code.SPIDER_ERROR: Ailment.SPIDER_ERROR,
}
_CLOCK_TOLERANCE = datetime.timedelta(minutes=5)
#: Two servers, or two answers of one, that agree so closely are not a cache's old answer.
_AGREEMENT = datetime.timedelta(minutes=1)

_WHAT = {
    Ailment.ROBOTS: "The site's robots.txt asks us not to read it.",
    Ailment.DNS: "The name of the site does not resolve.",
    Ailment.TLS: "The site's certificate is not accepted.",
    Ailment.CONNECTION: "The site does not answer.",
    Ailment.RATE_LIMITED: "The site says that we ask too much.",
    Ailment.MAINTENANCE: "The site is closed for maintenance.",
    Ailment.FOREIGN_CONTENT: "Somebody else answers under the site's name.",
    Ailment.BLOCKED: "The site refuses us.",
    Ailment.SERVER_ERROR: "The site's server fails.",
    Ailment.SPIDER_ERROR: "Our own rules fail on a page.",
}
_ADVICE = {
    Ailment.ROBOTS: "It is obeyed. Take these sections out of the run (-a section=), or ask the publisher for leave.",
    Ailment.DNS: "See whether other names resolve. If they do, the site has another name now, or none.",
    Ailment.TLS: "See whether this machine's clock and its list of authorities are right.",
    Ailment.CONNECTION: "Try again later, and from another network: the site may be down, or leave us out.",
    Ailment.RATE_LIMITED: "Run less often and more slowly: raise DOWNLOAD_DELAY, spread the sources over the day.",
    Ailment.MAINTENANCE: "Wait. Nothing is lost: the next run reads what this one could not.",
    Ailment.FOREIGN_CONTENT: "Stop the runs of this source. Find where the site has gone, and change its hosts.",
    Ailment.BLOCKED: "Stop for a day, then run less often. If the refusal stays, ask from another network; a page that "
    "a browser is asked to prove itself to cannot be read by this project.",
    Ailment.SPIDER_ERROR: "An error of ours: keep the page (scrapy fixture capture URL), mend the rule that raises.",
    Ailment.SERVER_ERROR: "Wait. If it stays so for days, see in a browser whether the address has changed.",
}


def examine_refusals(source: Source, round_: Round) -> Examination:
    """Why pages could not be had, one diagnosis a cause. Of many articles a few that are refused are worth a note."""
    examination = Examination(source.name)
    # Further visits to a section were to older addresses of it, which nobody has to keep up.
    first = {visit.section.slug: visit for visit in reversed(round_.listings)}
    listings, articles = (_refused(visits, round_.robots) for visits in ([*first.values()], round_.articles))
    if 2 * len(articles) < len(round_.articles):
        few = [(ailment, line) for ailment, line in articles if ailment != Ailment.SPIDER_ERROR]
        examination.notes += [f"{line}; other pages can be had." for _, line in few]
        articles = [one for one in articles if one not in few]
    if (same := _one_page_for_all(round_)) is not None:
        articles.append((Ailment.BLOCKED, same))
    evidence: dict[Ailment, list[str]] = {}
    for ailment, line in (*listings, *articles):
        evidence.setdefault(ailment, []).append(line)
    examination.add(Diagnosis(one, _WHAT[one], some(lines), _ADVICE[one]) for one, lines in evidence.items())
    return examination


def _refused(visits: Sequence[ListingVisit | ArticleVisit], robots: Mapping[str, str]) -> list[tuple[Ailment, str]]:
    return [(ailment, _evidence(visit, robots)) for visit in visits if (ailment := refusal_of(visit)) is not None]


def refusal_of(visit: ListingVisit | ArticleVisit) -> Ailment | None:
    """Why the site, or the way to it, gave no page; null where it gave one, or none that is to be had."""
    problem, answer = visit.problem, visit.answer
    if problem is None:
        return None
    if problem.code == Code.NETWORK:
        return _of_network(problem)
    if problem.code in _BY_CODE:
        return _BY_CODE[problem.code]
    words = _words(answer)
    if _PARKED.search(words):
        return Ailment.FOREIGN_CONTENT
    if answer.status == 429 or (answer.status == 503 and "retry-after" in answer.headers):
        return Ailment.RATE_LIMITED
    if problem.code == Code.BLOCKED:
        return Ailment.MAINTENANCE if _MAINTENANCE.search(words) else Ailment.BLOCKED
    return Ailment.SERVER_ERROR if problem.code == Code.HTTP_ERROR else None


def diagnose_clock(answers: Sequence[Answer]) -> Iterator[Diagnosis]:
    """A clock, ours, that is off: compared with the `Date` of each answer, and its `Age` where a cache kept it.

    One answer with an old date may come from a cache that does not say so: two must agree.
    """
    offsets = [offset for answer in answers if (offset := _offset(answer)) is not None]
    off = [offset for offset in offsets if abs(offset) > _CLOCK_TOLERANCE]
    if len(off) < 2 or len(off) < len(offsets) or max(off) - min(off) > _AGREEMENT:
        return
    minutes = abs(off[0]).total_seconds() / 60
    yield Diagnosis(
        Ailment.CLOCK_OFF,
        f"The clock of this machine is {minutes:.0f} minutes {'slow' if off[0] > datetime.timedelta() else 'fast'}.",
        (f"{len(off)} answers of the site agree on it.",),
        "Set the clock (timedatectl set-ntp true): every capture says when it was made.",
    )


def _offset(answer: Answer) -> datetime.timedelta | None:
    """How far the server's clock is ahead of ours; null where it does not tell."""
    if answer.received is None:
        return None
    try:
        date = parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        return None
    age = answer.headers.get("age", "")
    date = date if date.tzinfo is not None else date.replace(tzinfo=datetime.UTC)
    return date + datetime.timedelta(seconds=int(age) if age.isdecimal() else 0) - answer.received


def _of_network(problem: Problem) -> Ailment:
    if "CannotResolveHost" in problem.detail:
        return Ailment.DNS
    return Ailment.TLS if "SSL" in problem.detail or "certificate" in problem.detail else Ailment.CONNECTION


def _words(answer: Answer) -> str:
    """What the page says, whatever its status; of a long one the title."""
    page = answer.shown
    if page is None:
        return ""
    shown = "\n".join(page.lines)
    return page.title if len(shown) > _LONG else f"{page.title}\n{shown}\n{page.text[:_LONG]}"


def _evidence(visit: ListingVisit | ArticleVisit, robots: Mapping[str, str]) -> str:
    answer, problem = visit.answer, visit.problem
    if problem is not None and problem.code == Code.ROBOTS:
        facts = _rules(answer.asked, robots) or ["forbidden by robots.txt"]
    elif not answer.status or (problem is not None and problem.code == Code.SPIDER_ERROR):
        facts = [problem.detail if problem is not None else "no answer"]
    else:
        facts = [f"status {answer.status}", *_gateway(answer)]
        if problem is not None and problem.code == Code.BLOCKED and len(facts) == 1 and answer.status == 200:
            facts.append("a challenge in place of the page")
    return f"{answer.asked}: {', '.join(facts)}"


def _gateway(answer: Answer) -> Iterator[str]:
    """What a response says besides its status, that tells who refuses and for how long."""
    words = _words(answer)
    said = next((match for one in (_PARKED, _MAINTENANCE, BLOCKED) if (match := one.search(words)) is not None), None)
    if said is not None:
        yield f"it says «{said[0]}»"
    if "retry-after" in answer.headers:
        yield f"Retry-After: {answer.headers['retry-after']}"
    if answer.status >= 400 and "server" in answer.headers:
        yield f"Server: {answer.headers['server']}"
    if answer.is_redirected:
        yield f"redirected to {answer.url}"


def _rules(url: str, robots: Mapping[str, str]) -> list[str]:
    """The lines of the host's robots.txt that are about this path."""
    parts = urlsplit(url)
    rules = []
    for line in robots.get(parts.netloc, "").splitlines():
        name, _, value = line.partition("#")[0].partition(":")
        start = value.strip().partition("*")[0].rstrip("$")
        if name.strip().lower() == "disallow" and start and parts.path.startswith(start):
            rules.append(f"robots.txt says «{line.strip()}»")
    return rules


def _one_page_for_all(round_: Round) -> str | None:
    """A listing and an article that are one and the same page: a login, or a home page for every URL."""
    listings = {visit.answer.body: visit.answer for visit in round_.listings if visit.answer.status == 200}
    for visit in round_.articles:
        same = listings.get(visit.answer.body)
        if visit.answer.status == 200 and same is not None and same.asked != visit.answer.asked:
            return f"{visit.answer.asked} is the same page as {same.asked}"
    return None

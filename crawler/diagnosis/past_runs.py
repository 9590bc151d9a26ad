"""What the reports of a source's last runs say: what fails, since when, and which run was the last that was fine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any

from crawler.diagnosis.examination import Ailment, Diagnosis, some
from crawler.extraction.health import Health
from crawler.verdict import Result

Report = Mapping[str, Any]

_ADVICE = {
    "listing-links": "Open the listing in a browser: has its address or its markup changed? scrapy doctor without "
    "--offline looks at it.",
    "listing-shrunk": "Open the listing in a browser and count: perhaps its markup has changed in part.",
    "sections-read": "Open the first pages of the sections in a browser: has the site moved?",
    "errors-of-ours": "The run's log has the tracebacks: mend the rule that raises, then read the archive anew.",
    "section-lost": "Open the section's first page in a browser: has it moved?",
    "problem-share": "scrapy extract URL shows what one of these pages gives, scrapy doctor what has changed in it.",
    "field-fill": "Compare a page of today with one that was read well: scrapy doctor names the selectors.",
    "field-lost": "Compare a page of today with one that was read well: scrapy doctor names the selectors.",
    "rendering-share": "No layout fits these pages: capture one (scrapy fixture capture URL) and write its layout.",
    "undated-share": "See where a page of today shows its date: scrapy doctor names candidates.",
    "mass-removal": "Look at the documents (scrapy history ID): a site taken down in part, or moved?",
}
_LOOK = "scrapy doctor without --offline looks at the pages; docs/operations.md tells what the rule means."
_FAILED = "The run's log says more; an exception there is an error of ours."
_BLOCKED = "Run less often, or from an address that the site lets in; see docs/operations.md."
#: The share of renderings has risen when it is so much above what it was.
_RISEN = 0.1
_ENOUGH_ARTICLES = 5


class PastRuns:
    """The live runs of a source that were asked the same as the last of them, the latest first.

    A replay says nothing about the site, nor does a run that was stopped: they are left out.
    """

    def __init__(self, reports: Sequence[Report]) -> None:
        live = [one for one in reports if _is_live(one) and _result(one) is not Result.INTERRUPTED]
        self.runs: list[Report] = [one for one in live if one.get("arguments") == live[0].get("arguments")]

    @property
    def last(self) -> Report | None:
        """The last run; null where there was none."""
        return self.runs[0] if self.runs else None

    @property
    def newest_known(self) -> str | None:
        """The latest publication date that a run has left in the ledger."""
        return next((str(one["newest_known"]) for one in self.runs if one.get("newest_known")), None)

    @property
    def without_news(self) -> int:
        """How many runs in a row, up to the last, have found no new document."""
        return len(list(takewhile(lambda one: not one["outcomes"]["new"], self.runs)))

    def usual_layout(self, renderings: str) -> str | None:
        """The layout that most articles were read with, in all these runs."""
        counts: Counter[str] = Counter()
        for one in self.runs:
            counts.update(one.get("layouts", {}))
        del counts[renderings]
        return counts.most_common(1)[0][0] if counts else None

    def failing_sections(self) -> list[str]:
        """The sections that a health rule names, or that the last run could not read and an earlier one could."""
        if self.last is None:
            return []
        named = {finding["detail"].split(" ", 1)[0] for finding in self.last.get("findings", ())}
        lost = {slug for one in self.runs[1:] for slug in one.get("sections", ())} - set(self.last.get("sections", ()))
        return [slug for slug in self.last.get("sections_asked", ()) if slug in named or slug in lost]

    def sections(self) -> list[str]:
        """The sections of the last run: those that fail, those that it has read, those that it was asked for."""
        if self.last is None:
            return []
        return [*self.failing_sections(), *self.last.get("sections", ()), *self.last.get("sections_asked", ())]

    def diagnose(self, health: Health) -> Iterator[Diagnosis]:
        """What the last run says is wrong, each thing with since when it is so."""
        last = self.last
        if last is None:
            return
        if last["failure"]:
            kind = _kind(last["failure"])
            yield self._diagnosis(
                Ailment.RUN_FAILED,
                f"The last run failed: {kind}.",
                [str(last["failure"]), *_problems(last)],
                _FAILED,
                lambda one: bool(one["failure"]) and _kind(one["failure"]) == kind,
            )
        if last.get("blocked"):
            yield self._diagnosis(
                Ailment.RUN_BLOCKED,
                "The site refused the last run.",
                [str(last["blocked"])],
                _BLOCKED,
                lambda one: bool(one.get("blocked")),
            )
        yield from self._rules(last)
        yield from self._alarms(last)
        yield from self._renderings(last, health)

    def _rules(self, last: Report) -> Iterator[Diagnosis]:
        for rule in dict.fromkeys(finding["rule"] for finding in last.get("findings", ())):
            # That nothing is new has a diagnosis of its own.
            if rule != "newest-too-old":
                details = [finding["detail"] for finding in last["findings"] if finding["rule"] == rule]
                yield self._diagnosis(
                    Ailment.HEALTH_RULE,
                    f"The health rule {rule} fails.",
                    [*some(details), *(_problems(last) if rule == "problem-share" else ())],
                    _ADVICE.get(rule, _LOOK),
                    lambda one, rule=rule: any(finding["rule"] == rule for finding in one.get("findings", ())),  # type: ignore[misc]
                )

    def _alarms(self, last: Report) -> Iterator[Diagnosis]:
        for alarm, why in last.get("alarms", {}).items():
            yield self._diagnosis(
                Ailment.ALARM,
                f"The last run raised the alarm {alarm}.",
                [why],
                _ADVICE.get(alarm, _LOOK),
                lambda one, alarm=alarm: alarm in one.get("alarms", {}),  # type: ignore[misc]
            )

    def _renderings(self, last: Report, health: Health) -> Iterator[Diagnosis]:
        """More pages than before that no layout explains, though the health rule lets them pass."""
        before = [one for one in self.runs[1:] if one["articles"]]
        articles = sum(one["articles"] for one in before)
        if last["articles"] < _ENOUGH_ARTICLES or articles < _ENOUGH_ARTICLES:
            return
        usual = sum(one.get("renderings", 0) for one in before) / articles
        share = last.get("renderings", 0) / last["articles"]
        if usual + _RISEN < share <= health.rendering:
            yield Diagnosis(
                Ailment.RENDERINGS_RISEN,
                "More pages than before fit no layout and are read by their visible lines.",
                (f"{share:.0%} of {last['articles']} articles in {last['run']}, {usual:.0%} before.",),
                _ADVICE["rendering-share"],
            )

    def _diagnosis(
        self,
        ailment: Ailment,
        what: str,
        evidence: Sequence[str],
        advice: str,
        is_so: Callable[[Report], bool],
    ) -> Diagnosis:
        return Diagnosis(ailment, what, (*evidence, self._since(is_so)), advice)

    def _since(self, is_so: Callable[[Report], bool]) -> str:
        so = list(takewhile(is_so, self.runs))
        first = so[-1]
        words = f"so since {first['started']} (run {first.get('run', '?')}), {_times(len(so), 'run')} in a row"
        fine = next((one for one in self.runs[len(so) :] if not is_so(one)), None)
        return words if fine is None else f"{words}; the run before, {fine.get('run', '?')}, was not so"


def _is_live(report: Report) -> bool:
    arguments = report.get("arguments") or {}
    return "replay" not in arguments and arguments.get("via", "live") == "live"


def _result(report: Report) -> Result:
    """How a run ended. Reports of earlier releases do not say it."""
    return Result(report.get("result") or (Result.FAILED if report["failure"] else Result.DONE))


def _kind(failure: str) -> str:
    return failure.partition(":")[0]


def _problems(report: Report) -> Iterator[str]:
    counts: Mapping[str, int] = report["problem_counts"]
    if counts:
        pages = report["articles"] + sum(counts.values())
        listed = ", ".join(f"{count} {code}" for code, count in counts.items())
        yield f"problems of the last run, of {_times(pages, 'page')}: {listed}"


def _times(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"

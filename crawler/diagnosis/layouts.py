"""What of an article's page is no longer read: which field, by which selector of which layout, and what is there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml.etree import _Element as Element

from crawler.diagnosis import elements
from crawler.diagnosis.answer import ArticleVisit
from crawler.diagnosis.elements import Candidate, selector_name
from crawler.diagnosis.examination import Ailment, Diagnosis, Examination
from crawler.diagnosis.listings import file_of
from crawler.diagnosis.refusals import refusal_of
from crawler.diagnosis.round import Round
from crawler.extraction.layout import Layout, Select, first_text
from crawler.extraction.layout import elements as selected
from crawler.extraction.page import Page
from crawler.extraction.problem import Code
from crawler.extraction.source import Source

#: The fields that every article page shows, and where else in a page each may stand.
_CANDIDATES: dict[str, Callable[[Page], list[Candidate]]] = {
    "headline": elements.headlines,
    "body": elements.bodies,
    "date": elements.dates,
}
_UNREAD = frozenset((Code.NO_LAYOUT, Code.NO_HEADLINE, Code.EMPTY_BODY))


@dataclass(frozen=True, slots=True)
class Usual:
    """How an article that was read well was read: its layout, and whether its date stood on the page."""

    layout: str | None
    is_dated_on_page: bool = True

    @classmethod
    def of(cls, recorded: Mapping[str, Any] | None, layout: str | None) -> Usual:
        """From the line of an article recorded before, else from the layout that most articles were read with."""
        return cls(layout) if recorded is None else cls(recorded["layout"], recorded["date_origin"] == "page")


@dataclass(frozen=True, slots=True)
class Match:
    """What a layout finds in a page: whether its root is there, and by field the selector that gives text (null for
    none, absent for a field that the layout has no selector for)."""

    layout: Layout
    has_root: bool
    by_field: dict[str, int | None]

    @classmethod
    def of(cls, layout: Layout, page: Page) -> Match:
        """Evaluate every selector of the three fields."""
        root = page.tree if layout.root is None else next(selected(layout.root, page.tree), None)
        fields = {name: getattr(layout, name) for name in _CANDIDATES}
        return cls(
            layout, root is not None, {name: _first(selects, root) for name, selects in fields.items() if selects}
        )

    @property
    def lost(self) -> list[str]:
        """The fields that no selector finds."""
        return [name for name, number in self.by_field.items() if number is None]


def examine_layouts(source: Source, round_: Round, usual: Usual) -> Examination:
    """The article pages of a round. What more than half of the pages show is the layout's fault, else the page's."""
    examination = Examination(source.name)
    visits = [visit for visit in (round_.listed or round_.articles) if refusal_of(visit) is None]
    unread = [visit for visit in visits if _is_unread(source, visit, usual)]
    undated = [visit for visit in visits if visit.article is not None and not visit.is_dated]
    if 2 * len(unread) > len(visits):
        examination.add((_unread_layout(source, unread[0], usual, _older(source, round_, usual)),))
    elif 2 * len(undated) > len(visits):
        examination.add((_undated(source, undated[0]),))
    else:
        examination.add(_lost_fields(source, visits, usual))
        examination.notes += [_note(visit) for visit in unread]
    examination.notes += _gone(round_.articles)
    return examination


def _is_unread(source: Source, visit: ArticleVisit, usual: Usual) -> bool:
    """Whether no layout reads the page. Where renderings are usual, one is no news; nor is it for a page of text."""
    if visit.article is None:
        return visit.problem is not None and visit.problem.code in _UNREAD
    page = visit.answer.page
    return page.is_markup and visit.article.layout == source.rendering != usual.layout


def _older(source: Source, round_: Round, usual: Usual) -> Iterator[str]:
    """Whether pages that were read well before still are."""
    for visit in round_.articles:
        if visit.is_known and refusal_of(visit) is None:
            is_lost = _is_unread(source, visit, usual)
            yield f"{visit.answer.asked}, read well before, {'is lost as well' if is_lost else 'is still read well'}"


def _unread_layout(source: Source, visit: ArticleVisit, usual: Usual, older: Iterable[str]) -> Diagnosis:
    page = visit.answer.page
    match = _nearest(source, page, usual)
    lost = match.lost or list(_CANDIDATES)
    how = "read by its visible lines" if visit.problem is None else str(visit.problem.code)
    return Diagnosis(
        Ailment.LAYOUT_CHANGED,
        f"The layout of new articles has changed: {_listed(lost)} {'is' if len(lost) == 1 else 'are'} lost.",
        (f"{visit.answer.asked}: {how}", *older, *_lost(match), *_found(page, lost)),
        _advice(source, visit),
    )


def _undated(source: Source, visit: ArticleVisit) -> Diagnosis:
    page = visit.answer.page
    match = _nearest(source, page, Usual(visit.article.layout if visit.article is not None else None))
    lost = _lost(match) if "date" in match.lost else ()
    return Diagnosis(
        Ailment.UNDATED,
        "New articles show no date that we can read.",
        (f"{visit.answer.asked}: no date", *(line for line in lost if ": date" in line), *_found(page, ["date"])),
        _advice(source, visit),
    )


def _lost_fields(source: Source, visits: Sequence[ArticleVisit], usual: Usual) -> Iterator[Diagnosis]:
    """Fields that no selector of the layout finds, though the article could be read: from meta tags, or its URL."""
    matches = [(visit, match) for visit in visits if (match := _own(source, visit)) is not None]
    for name in _CANDIDATES:
        # A date that this layout never had on its pages is not lost.
        if name == "date" and not all(
            usual.is_dated_on_page and match.layout.name == usual.layout for _, match in matches
        ):
            continue
        without = [(visit, match) for visit, match in matches if name in match.lost]
        if without and 2 * len(without) > len(matches):
            visit, match = without[0]
            yield Diagnosis(
                Ailment.LAYOUT_CHANGED,
                f"The layout of new articles has changed: {name} is lost, and read from elsewhere.",
                (
                    f"{visit.answer.asked}: {_instead(name, visit)}",
                    *(line for line in _lost(match) if f": {name}" in line),
                    *_found(visit.answer.page, [name]),
                ),
                _advice(source, visit),
            )


def _own(source: Source, visit: ArticleVisit) -> Match | None:
    """The page with the layout it was read with; null for one that was read otherwise."""
    name = visit.article.layout if visit.article is not None else None
    layout = next((one for one in source.layouts if one.name == name), None)
    return Match.of(layout, visit.answer.page) if layout is not None else None


def _nearest(source: Source, page: Page, usual: Usual) -> Match:
    """The usual layout; where none is known, the one that finds most."""
    matches = [Match.of(layout, page) for layout in source.layouts]
    named = next((match for match in matches if match.layout.name == usual.layout), None)
    return named or max(matches, key=lambda match: (match.has_root, -len(match.lost)))


def _first(selects: Sequence[Select], root: Element | None) -> int | None:
    if root is None:
        return None
    return next((number for number, select in enumerate(selects) if first_text((select,), root)), None)


def _lost(match: Match) -> tuple[str, ...]:
    layout = match.layout
    if not match.has_root and layout.root is not None:
        return (f"{layout.name} begins at {selector_name(layout.root)}, which is not in the page",)
    return tuple(
        f"{layout.name}: {name} no longer stands in {' or '.join(map(selector_name, getattr(layout, name)))}"
        for name in match.lost
    )


def _found(page: Page, lost: Sequence[str]) -> Iterator[str]:
    for name in lost:
        for candidate in _CANDIDATES[name](page):
            yield f"perhaps the {name}: {candidate}"


def _instead(name: str, visit: ArticleVisit) -> str:
    article = visit.article
    if article is None or name == "body":
        return f"no {name}"
    if name == "date":
        return f"{article.date_published} is from {article.date_origin}"
    return f"«{article.headline}» is not from where it stood"


def _advice(source: Source, visit: ArticleVisit) -> str:
    return (
        f"Keep the page: scrapy fixture capture {visit.answer.asked}. Then add a layout, or a selector, to "
        f"{file_of(source)}, and read the archive anew: scrapy reextract."
    )


def _note(visit: ArticleVisit) -> str:
    how = visit.problem.code if visit.problem is not None else "read by its visible lines"
    return f"{visit.answer.asked}: {how}; other pages are read well, so this one is odd."


def _gone(visits: Sequence[ArticleVisit]) -> Iterator[str]:
    for visit in visits:
        if visit.problem is not None and visit.problem.code in (Code.NOT_FOUND, Code.SOFT_404):
            what = ", read well before, is not there any more" if visit.is_known else " is not there"
            yield f"{visit.answer.asked}{what}: {visit.problem.code}."


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"

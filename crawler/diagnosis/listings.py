"""What is wrong with a section's listing: it has moved, its links are not found, or not known as articles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from lxml.etree import _Element as Element

from crawler.diagnosis.answer import Answer, ListingVisit
from crawler.diagnosis.elements import containers, css_path, url_shape
from crawler.diagnosis.examination import Ailment, Diagnosis, Examination, some
from crawler.diagnosis.refusals import refusal_of
from crawler.extraction.identity import Address
from crawler.extraction.layout import css, elements
from crawler.extraction.page import Page
from crawler.extraction.problem import Problem
from crawler.extraction.source import Section, Source
from crawler.extraction.text import text_of

#: A headline has so many characters at least: a link with fewer is one of a menu. Chinese ones are a third as long.
_SHORTEST_HEADLINE = 20
_SHORTEST_CHINESE = 7
#: So many links of one shape in one place are a list.
_LIST = 5


def examine_listings(source: Source, visits: Sequence[ListingVisit], around: Sequence[Answer]) -> Examination:
    """The sections that were visited. `around` are all pages at hand: their menus may know where a section has gone."""
    examination = Examination(source.name)
    for section, generations in groupby(visits, key=lambda visit: visit.section):
        seen = list(generations)
        if refusal_of(seen[0]) is None:
            examination.add(list(_moved(source, section, seen, around)) or _unread(source, seen[-1]))
            examination.notes += _notes(source, seen[-1])
    return examination


def _moved(
    source: Source, section: Section, seen: Sequence[ListingVisit], around: Sequence[Answer]
) -> Iterator[Diagnosis]:
    first, last = seen[0], seen[-1]
    if first.links or not (len(seen) > 1 or first.answer.is_redirected or first.answer.status in (404, 410)):
        return
    evidence = [_fate(visit) for visit in seen]
    evidence += [f"a link «{section.name}» leads to {url}" for url in _namesakes(source, section, around)]
    found = (
        f"an older address of it answers: {last.answer.asked}"
        if last.links
        else "no address of it that we know answers"
    )
    yield Diagnosis(
        Ailment.LISTING_MOVED,
        f"The section {section.slug} is not where it was; {found}.",
        some(evidence),
        f"Find its address in the site's menu and put it first among the section's urls in {file_of(source)}.",
    )


def _fate(visit: ListingVisit) -> str:
    answer = visit.answer
    if visit.links:
        return f"{answer.asked}: {len(visit.links)} articles"
    redirected = f", redirected to {answer.url}" if answer.is_redirected else ""
    return f"{answer.asked}: {visit.problem.code if visit.problem else 'no link to an article'}{redirected}"


def _namesakes(source: Source, section: Section, around: Sequence[Answer]) -> Iterator[str]:
    """Where links lead, on any page at hand, that are called as the section is."""
    for answer in around:
        page = answer.shown
        for anchor in page.tree.iter("a") if page is not None and page.is_markup else ():
            url = page.absolute(anchor.get("href") or "") if page is not None else ""
            address = Address.of(url)
            is_elsewhere = address is not None and source.owns(address) and url not in section.urls
            if is_elsewhere and text_of(anchor).casefold() == section.name.casefold():
                yield url


def _unread(source: Source, visit: ListingVisit) -> Iterator[Diagnosis]:
    """A page that is there, and whose links are not found."""
    page = _page(visit)
    if page is None or len(visit.links) >= source.health.listing_links:
        return
    missed, unknown = _missed(source, page, visit), _unknown(source, page)
    url = visit.answer.asked
    if missed:
        yield Diagnosis(
            Ailment.LISTING_SELECTOR,
            f"The listing's selector misses the links of {visit.section.slug}.",
            (
                f"{url}: {len(visit.links)} articles found, others are linked",
                *(f"links to articles: {container}" for container in containers(missed)),
                *some(f"matches nothing, or too little: {selector}" for selector in source.items),
            ),
            f"Put the right one of these places into the listing of {file_of(source)}, the old one behind it; then "
            f"scrapy fixture capture {url}",
        )
    elif unknown:
        yield Diagnosis(
            Ailment.ARTICLE_URLS,
            f"The links of {visit.section.slug} look like articles, but their URLs are not known as such.",
            (
                f"{url}: {len(visit.links)} articles found",
                *(f"{shape}: {container}" for shape, container in _shapes(page, unknown)),
                f"for example {page.absolute(unknown[0].get('href') or '')}",
            ),
            f"The site has new URLs: add their pattern to {file_of(source)} (identify).",
        )
    elif not visit.links:
        scripts = sum(1 for _ in page.tree.iter("script"))
        yield Diagnosis(
            Ailment.LISTING_EMPTY,
            f"The listing of {visit.section.slug} shows no article.",
            (f"{url}: {sum(1 for _ in page.tree.iter('a'))} links, {scripts} scripts, title «{page.title}»",),
            "Open it in a browser. If articles are there, a script fetches them: its source must be read instead.",
        )


def _notes(source: Source, visit: ListingVisit) -> Iterator[str]:
    page = _page(visit)
    if page is None or not visit.links:
        return
    if len(visit.links) < source.health.listing_links:
        yield f"{visit.section.slug} shows only {len(visit.links)} articles on its first page."
    if visit.answer.is_redirected:
        yield f"{visit.answer.asked} redirects to {visit.answer.url}, which shows the section's articles."
    known = _articles(source, page)
    if source.items and known and not any(_ids(source, page, _selected(selector, page)) for selector in source.items):
        places = "; ".join(containers(known))
        yield f"No selector of a listing matches {visit.answer.asked}: all links of the page are read ({places})."


def _page(visit: ListingVisit) -> Page | None:
    try:
        page = visit.answer.page
    except Problem:
        return None
    return page if page.is_markup else None


def _articles(source: Source, page: Page) -> list[Element]:
    """The links of a page that lead to articles by the source's rules, wherever they stand."""
    return [anchor for anchor in page.tree.iter("a") if _ids(source, page, (anchor,))]


def _missed(source: Source, page: Page, visit: ListingVisit) -> list[Element]:
    """Links to articles that the listing does not give, where so many stand in one place that it is a list."""
    found = {link.url for link in visit.links}
    places: dict[str, list[Element]] = {}
    for anchor in _articles(source, page):
        if page.absolute(anchor.get("href") or "") not in found:
            places.setdefault(css_path(anchor), []).append(anchor)
    lists = [anchors for anchors in places.values() if len(_ids(source, page, anchors)) >= source.health.listing_links]
    return [anchor for anchors in lists for anchor in anchors]


def _ids(source: Source, page: Page, anchors: Iterable[Element]) -> set[str]:
    found = set()
    for anchor in anchors:
        address = Address.of(page.absolute(anchor.get("href") or ""))
        identity = source.identify(address) if address is not None and source.owns(address) else None
        if identity is not None:
            found.add(identity.id)
    return found


def _unknown(source: Source, page: Page) -> list[Element]:
    """Links that look like headlines in a list, on the source's hosts, and that no rule knows."""
    places: dict[tuple[str, str], list[Element]] = {}
    for anchor in page.tree.iter("a"):
        url = page.absolute(anchor.get("href") or "")
        address = Address.of(url)
        if address is None or not source.owns(address) or source.is_listing(address) or source.identify(address):
            continue
        if _is_headline(text_of(anchor)):
            places.setdefault((css_path(anchor), url_shape(url)), []).append(anchor)
    return [anchor for anchors in places.values() if len(anchors) >= _LIST for anchor in anchors]


def _is_headline(words: str) -> bool:
    return len(words) >= (_SHORTEST_HEADLINE if words.isascii() else _SHORTEST_CHINESE)


def _shapes(page: Page, anchors: Iterable[Element]) -> Iterator[tuple[str, str]]:
    counts = Counter((url_shape(page.absolute(one.get("href") or "")), css_path(one)) for one in anchors)
    for (shape, path), count in counts.most_common(3):
        yield shape, f"{count} in {path}"


def _selected(selector: str, page: Page) -> Iterator[Element]:
    """The links in the items that a selector matches."""
    for item in elements(css(selector), page.tree):
        yield from item.iter("a")


def file_of(source: Source) -> str:
    """The file that a source is written in: `crawler/sources/mfa.py`."""
    return type(source).__module__.replace(".", "/") + ".py"

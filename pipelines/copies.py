"""Which documents a text is a copy of. A copy is written in full and linked; nothing is ever thrown away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from crawler.items import Article
from pipelines.anchor_table import AnchorTable
from pipelines.document_lines import Line
from pipelines.fingerprint import fold
from pipelines.ledger import Ledger
from pipelines.shingles import Shingles, anchors, shingles
from pipelines.similarity import Decision, decide
from pipelines.stories import Link, Stories

#: What becomes of near-duplicates and excerpts: not looked for; linked, their lines in articles/; in copies/.
NearDuplicates = Literal["off", "link", "separate"]

#: Below so many characters of folded text, two releases of an office say the same by habit ("The embassy is closed
#: today."), so such texts are copies only when their headlines agree too.
SHORT_TEXT = 200
_BEGINNING = 2 * SHORT_TEXT
#: So many candidates are compared, those first that share most: more share but a common phrase.
MOST_COMPARED = 32
#: So many texts with the same release number, or the same headline: the headlines of a series are all the same.
MOST_NAMESAKES = 4
_SUREST = {"identical": 0, "near": 1, "excerpt": 2}


class Index(Protocol):
    """What copies are looked up in."""

    anchors: AnchorTable
    stories: Stories


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found for one text: links to documents met before, and the anchors it is to be found by."""

    links: list[Link] = field(default_factory=list)
    anchors: list[int] = field(default_factory=list)

    def original(self, document: str) -> Link | None:
        """The surest link by which the document is a copy; null where it is none, or holds the others."""
        own = [link for link in self.links if link.joins or link.first == document]
        # Of equals the first, which was met first.
        return min(own, key=lambda link: (_SUREST[link.relation], -link.similarity), default=None)


def find_copies(
    article: Article,
    ledger: Ledger,
    body_of: Callable[[Line], str],
    near: bool = True,
    index: Index | None = None,
    before: int | None = None,
) -> Finding:
    """Links of a normalised Article to documents met before, from the cheapest key up.

    `body_of` reads the text of a line. With `near` False only identical texts are found. `index` is what to look up
    anchors and stories in, where it is not the ledger's own; `before` is the number of the Article's text, where the
    ledger knows later ones.
    """
    index = index or ledger
    identical = find_identical(article, ledger, before)
    if identical is not None:
        # What its twin is linked with, it is linked with too.
        return Finding([Link.between(article.id, identical, "identical", 1.0, "the same text")])
    if not near:
        return Finding()
    text = shingles(article.article_body)
    keys = anchors(text)
    links: list[Link] = []
    groups: set[str] = set()
    likely = [candidate.text for candidate in index.anchors.candidates(keys)[:MOST_COMPARED]]
    for sequence in dict.fromkeys((*likely, *ledger.documents.namesakes(article, before, MOST_NAMESAKES))):
        known = ledger.documents.text(sequence)
        if known.document == article.id or known.text_digest == article.text_digest:
            continue
        # Of documents that are copies of each other, one that this is a copy of, too, is enough.
        if index.stories.group(known.document) in groups:
            continue
        link = compare(article.id, text, known.document, shingles(body_of(known.line)))
        if link is not None:
            links.append(link)
            if link.joins:
                groups.add(index.stories.group(known.document))
    return Finding(links, keys)


def compare(document: str, text: Shingles, other: str, other_text: Shingles) -> Link | None:
    """The link between two documents whose texts are not identical; null where they are no copies."""
    # In one order whatever was met first, so that the same texts give the same link.
    if other < document:
        return compare(other, other_text, document, text)
    decision: Decision | None = decide(text, other_text)
    if decision is None:
        return None
    first, second = (document, other) if decision.part != "second" else (other, document)
    return Link(first, second, decision.relation, round(decision.similarity, 4), decision.reason)


def find_identical(article: Article, ledger: Ledger, before: int | None = None) -> str | None:
    """A document one of whose revisions has the same folded text, whatever it says today."""
    digest = article.text_digest or ""
    if is_short(article.article_body):
        return ledger.documents.first_with_text_and_headline(digest, article.headline, article.id, before)
    return ledger.documents.first_with_text(digest, article.id, before)


def is_short(text: str) -> bool:
    """Whether a text is so short that only with its headline it says what it is a copy of."""
    # Most texts show by their beginning that they are not: what is folded behind it takes nothing from it.
    return len(fold(text[:_BEGINNING])) < SHORT_TEXT and len(fold(text)) < SHORT_TEXT

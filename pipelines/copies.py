"""Which document a text was copied from. A copy is written in full and linked; nothing is ever thrown away."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.items import Article, Relation
from pipelines.fingerprint import fold
from pipelines.ledger import Ledger

#: Below so many characters of folded text, two releases of an office say the same by habit ("The embassy is closed
#: today."), so such texts are copies only when their headlines agree too.
SHORT_TEXT = 200


@dataclass(frozen=True, slots=True)
class Copy:
    """What an Article was found to be a copy of: `duplicate_of` is a document, `story` the story that one is in."""

    duplicate_of: str
    story: str
    relation: Relation
    similarity: float


def find_original(article: Article, ledger: Ledger) -> Copy | None:
    """The first document met with the text of a normalised Article, from the cheapest key up; None where it is new.

    Every kind of copy is found here, each by a function of its own, the surest kind first.
    """
    return find_identical(article, ledger)


def find_identical(article: Article, ledger: Ledger) -> Copy | None:
    """A document one of whose revisions has the same folded text, whatever it says today."""
    digest = article.text_digest or ""
    if len(fold(article.article_body)) < SHORT_TEXT:
        original = ledger.first_with_text_and_headline(digest, article.headline, other_than=article.id)
    else:
        original = ledger.first_with_text(digest, other_than=article.id)
    if original is None:
        return None
    return Copy(original.id, original.story, relation="identical", similarity=1.0)

"""A story as a reader wants to see it: who had the text first, who carried it, who cut it, who changed it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from crawler.items import Article, Relation
from pipelines.copies import compare
from pipelines.recorded import Recorded
from pipelines.shingles import Shingles, shingles
from pipelines.similarity import HELD, Overlap, held
from pipelines.stories import Link

#: The ministry's releases are reposted by its missions and offices, not the other way round.
_MINISTRY = "mfa"


@dataclass(frozen=True, slots=True)
class Member:
    """A document of a story beside the story's lead.

    `relation` and `similarity` are measured against the lead, or, where the two have little in common, against the
    document `reason` names. `added` and `dropped` are paragraphs that only the member, or only the lead, has.
    """

    article: Article
    relation: Relation | None
    similarity: float | None
    reason: str
    added: tuple[str, ...]
    dropped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """A story with its members in order of publication, the lead among them.

    `lead` is the origin that its copies credit, where that is a member, else the earliest publication, `first`.
    """

    id: str
    lead: Article
    first: Article
    credited: str | None
    members: tuple[Member, ...]


def read_story(recorded: Recorded, name: str) -> Story | None:
    """The story of a document, or of any name a story ever had; null for what was never met."""
    stories = recorded.ledger.stories
    story = stories.resolve(name)
    if story is None:
        return None
    core = _in_order(recorded, stories.core(story))
    everyone = _in_order(recorded, stories.members(story))
    credited = next((one.source_organization for one in everyone if one.source_organization), None)
    lead = _origin(core, credited) or core[0]
    text = shingles(lead.article_body)
    members = tuple(_member(one, lead, text, stories.links(one.id)) for one in everyone)
    return Story(story, lead, everyone[0], credited, members)


def _in_order(recorded: Recorded, documents: Iterable[str]) -> list[Article]:
    """In order of publication, the undated last; of one time, by id: the order in which they were met is chance."""
    articles = [article for document in documents if (article := recorded.article(document)) is not None]
    return sorted(articles, key=lambda article: (article.date_published or "~", article.id))


def _origin(core: list[Article], credited: str | None) -> Article | None:
    """The member whose publisher the others credit, or the ministry among its missions."""
    for article in core:
        if credited and article.publisher.lower().startswith(credited.lower()):
            return article
    return next((article for article in core if article.source == _MINISTRY), None)


def _member(article: Article, lead: Article, text: Shingles, links: list[Link]) -> Member:
    if article.id == lead.id:
        return Member(article, None, None, "", (), ())
    own = shingles(article.article_body)
    link = _relation(article, own, lead, text, links)
    overlap = Overlap.of(own, text)
    return Member(
        article,
        link.relation if link else None,
        link.similarity if link else None,
        link.reason if link else "",
        _alone(own, overlap),
        _alone(text, overlap),
    )


def _relation(article: Article, own: Shingles, lead: Article, text: Shingles, links: list[Link]) -> Link | None:
    if article.text_digest == lead.text_digest:
        return Link.between(article.id, lead.id, "identical", 1.0, "the same text")
    direct = compare(article.id, own, lead.id, text)
    if direct is not None:
        return direct
    surest = max(links, key=lambda link: link.similarity, default=None)
    if surest is None:
        return None
    reason = f"{surest.reason} ({surest.other(article.id)})"
    return Link(surest.first, surest.second, surest.relation, surest.similarity, reason)


def _alone(text: Shingles, overlap: Overlap) -> tuple[str, ...]:
    """The paragraphs of a text that the other text does not hold; those too short to tell are left out."""
    shares = held(text, overlap.shared)
    sized = set(text.paragraph_of.tolist())
    return tuple(
        paragraph
        for number, (paragraph, share) in enumerate(zip(text.paragraphs, shares, strict=True))
        if share < HELD and number in sized
    )

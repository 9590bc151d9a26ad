"""A document's life as it was recorded: captures, changes of its text, states, copies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from crawler.items import Article, Capture
from pipelines.recorded import Recorded
from pipelines.rows import ChangeKind, Revision, StateChange
from pipelines.story import Story, read_story
from pipelines.watch import Watched
from pipelines.word_diff import Piece, word_diff


@dataclass(frozen=True, slots=True)
class Showing:
    """A capture of the document, when it was made (UTC) and under which URL, and which revision it showed."""

    date: str | None
    capture: Capture
    url: str
    revision: int


@dataclass(frozen=True, slots=True)
class Difference:
    """A line of `revisions/` with the texts it is about.

    `after` is null for a new layout: the Article in it has no line. `words` is what differs between the two bodies,
    empty where they are the same.
    """

    line: Revision
    before: Article
    after: Article | None
    words: tuple[Piece, ...]

    @property
    def date(self) -> str | None:
        """When the capture with the later text was made, UTC."""
        return self.line.date

    @property
    def mirrors(self) -> list[str]:
        """The URLs of mirrors that one side, or both, was read from: what differs may be their doing."""
        sides = (self.before, self.after)
        return [side.url for side in sides if side is not None and side.mirror_of is not None]


@dataclass(frozen=True, slots=True)
class History:
    """All that is known of one document.

    `article` is its text in force. `first_seen` (UTC) is when its earliest capture was made, and `first_revision` what
    that one showed; revisions are numbered as they were met, which in an archive need not be the order of time.
    `watched` is null where no visit was noted. `captures`, `differences` and `states` are in the order of time; what
    has no time comes first.
    """

    article: Article
    first_seen: str | None
    first_revision: int
    watched: Watched | None
    captures: tuple[Showing, ...]
    differences: tuple[Difference, ...]
    states: tuple[StateChange, ...]
    story: Story | None

    def of_kind(self, *kinds: ChangeKind) -> list[Difference]:
        """The differences of these kinds."""
        return [difference for difference in self.differences if difference.line.kind in kinds]

    def events(self) -> list[StateChange | Difference]:
        """What happened on the publisher's side, in the order of time: states, revisions, new layouts.

        Of one instant, the state is first: a document returns, and then has another text.
        """
        events: list[StateChange | Difference] = [*self.states, *self.of_kind("revision", "layout-changed")]
        return sorted(events, key=lambda event: event.date or "")

    def as_dict(self) -> dict[str, Any]:
        """All of it as plain data. Instants are UTC."""
        article, watched = self.article, self.watched
        return {
            "id": article.id,
            "headline": article.headline,
            "publisher": article.publisher,
            "canonical_url": article.canonical_url,
            "date_published": article.date_published,
            "first_seen": self.first_seen,
            "revision": article.revision,
            "correction": article.correction,
            "mirror_of": article.mirror_of,
            **_state_as_dict(watched),
            "captures": [_showing_as_dict(showing) for showing in self.captures],
            "revisions": [_difference_as_dict(one) for one in self.of_kind("revision")],
            "corrections": [_difference_as_dict(one) for one in self.of_kind("correction")],
            "layout_changes": [_difference_as_dict(one) for one in self.of_kind("layout-changed")],
            "states": [change.model_dump(mode="json") for change in self.states],
            "story": None if self.story is None else _story_as_dict(self.story),
        }


def read_history(recorded: Recorded, document_id: str) -> History | None:
    """The life of a document; null for an id that was never met. Raises RecordError."""
    if not recorded.ledger.documents.known(document_id):
        return None
    # Before the texts: should a crawl record meanwhile, the lines must not speak of a text that was not read.
    lines, states = recorded.revisions(document_id), recorded.states(document_id)
    texts = recorded.texts(document_id)
    captures = tuple(_captures(recorded, document_id))
    sights = [(showing.date or "", showing.revision) for showing in captures]
    sights += [(text.date_retrieved or "", revision) for (revision, _), text in texts.items()]
    first_seen, first_revision = min(sights)
    article = recorded.article(document_id)
    assert article is not None
    return History(
        article=article,
        first_seen=first_seen or None,
        first_revision=first_revision,
        watched=recorded.ledger.watch.of(document_id),
        captures=captures,
        differences=tuple(sorted((_difference(line, texts) for line in lines), key=lambda one: one.date or "")),
        states=tuple(sorted(states, key=lambda change: change.date)),
        story=read_story(recorded, document_id),
    )


def _captures(recorded: Recorded, document_id: str) -> Iterator[Showing]:
    documents = recorded.ledger.documents
    revisions: dict[int, int] = {}
    for sight in documents.captures(document_id):
        if sight.text not in revisions:
            revisions[sight.text] = documents.text(sight.text).revision
        capture = Capture(file=sight.file, record_id=sight.record_id or None)
        yield Showing(sight.date_retrieved, capture, sight.url, revisions[sight.text])


def _difference(line: Revision, texts: dict[tuple[int, int], Article]) -> Difference:
    before = texts[line.before.revision, line.before.correction or 0]
    if line.kind == "layout-changed":
        return Difference(line, before, None, ())
    after = texts[line.after.revision, line.after.correction or 0]
    words = _words(before, after) if "article_body" in line.changed else ()
    return Difference(line, before, after, words)


def _words(before: Article, after: Article) -> tuple[Piece, ...]:
    return tuple(word_diff(before.article_body, after.article_body))


def _state_as_dict(watched: Watched | None) -> dict[str, Any]:
    return {
        "state": watched and watched.state,
        "since": watched and watched.since,
        "last_found": watched and watched.seen,
        "next_visit": watched and watched.due,
        "moved_to": watched and watched.moved_to,
    }


def _showing_as_dict(showing: Showing) -> dict[str, Any]:
    return {
        "date": showing.date,
        "file": showing.capture.file,
        "record_id": showing.capture.record_id,
        "url": showing.url,
        "revision": showing.revision,
    }


def _difference_as_dict(difference: Difference) -> dict[str, Any]:
    words = [asdict(piece) for piece in difference.words]
    return difference.line.model_dump(mode="json") | {"mirrors": difference.mirrors, "words": words}


def _story_as_dict(story: Story) -> dict[str, Any]:
    return {
        "id": story.id,
        "lead": story.lead.id,
        "members": [
            {
                "id": member.article.id,
                "publisher": member.article.publisher,
                "date_published": member.article.date_published,
                "relation": member.relation,
                "similarity": member.similarity,
            }
            for member in story.members
        ],
    }

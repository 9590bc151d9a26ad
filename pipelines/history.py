"""A document's life as it was recorded: captures, changes of its text, states, copies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from crawler.items import Article, Capture
from pipelines.documents import Sighting, Text
from pipelines.fingerprint import text_digest
from pipelines.recorded import Recorded
from pipelines.rows import ChangeKind, Revision, StateChange
from pipelines.story import Story, read_story
from pipelines.watch import Watched
from pipelines.word_diff import Piece, word_diff


@dataclass(frozen=True, slots=True)
class Showing:
    """A capture of the document, when it was made (UTC) and under which URL, whether of a mirror, and which revision it
    showed."""

    date: str | None
    capture: Capture
    url: str
    revision: int
    from_mirror: bool


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

    `article` is its text in force, `from_mirror` whether only mirrors have shown the document. `first_seen` (UTC) is
    when its earliest capture was made, and `first_revision` what that one showed; once the origin was read, mirrors do
    not count. Revisions are numbered as they were met, which in an archive need not be the order of time.
    `watched` is null where no visit was noted. `captures`, `differences` and `states` are in the order of time; what
    has no time comes first. `superseded` are lines about two texts between which a capture that came later has shown a
    third: the changes to it and from it have lines of their own.
    """

    article: Article
    from_mirror: bool
    first_seen: str | None
    first_revision: int
    watched: Watched | None
    captures: tuple[Showing, ...]
    differences: tuple[Difference, ...]
    superseded: tuple[Difference, ...]
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
            "mirror_of": article.mirror_of if self.from_mirror else None,
            **_state_as_dict(watched),
            "captures": [_showing_as_dict(showing) for showing in self.captures],
            "revisions": [_difference_as_dict(one) for one in self.of_kind("revision")],
            "corrections": [_difference_as_dict(one) for one in self.of_kind("correction")],
            "layout_changes": [_difference_as_dict(one) for one in self.of_kind("layout-changed")],
            "superseded": [_difference_as_dict(one) for one in self.superseded],
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
    document, article = recorded.ledger.documents.document(document_id), recorded.article(document_id)
    assert document is not None
    assert article is not None
    timeline = Timeline.read(recorded, document_id)
    captures = tuple(timeline.showings())
    sights = [(showing.from_mirror, showing.date or "", showing.revision) for showing in captures]
    sights += [
        (text.mirror_of is not None, text.date_retrieved or "", revision) for (revision, _), text in texts.items()
    ]
    # A mirror's, only where there is no other.
    _, first_seen, first_revision = min(sights)
    differences = sorted((_difference(line, texts) for line in lines), key=lambda one: one.date or "")
    return History(
        article=article,
        from_mirror=bool(document.from_mirror),
        first_seen=first_seen or None,
        first_revision=first_revision,
        watched=recorded.ledger.watch.of(document_id),
        captures=captures,
        differences=tuple(one for one in differences if not timeline.supersedes(one)),
        superseded=tuple(one for one in differences if timeline.supersedes(one)),
        states=tuple(sorted(states, key=lambda change: change.date)),
        story=read_story(recorded, document_id),
    )


@dataclass(frozen=True, slots=True)
class Timeline:
    """A document's captures in the order of time, with the texts they showed, each in its last correction."""

    captures: tuple[tuple[Sighting, Text], ...]

    @classmethod
    def read(cls, recorded: Recorded, document_id: str) -> Timeline:
        """Of one document. Raises RecordError."""
        documents = recorded.ledger.documents
        reading: Callable[[int], Text] = cache(documents.reading)
        return cls(tuple((sighting, reading(sighting.text)) for sighting in documents.captures(document_id)))

    def showings(self) -> Iterator[Showing]:
        """The captures and the revisions they showed."""
        for one, text in self.captures:
            yield Showing(one.date_retrieved, one.capture, one.url, text.revision, bool(one.from_mirror))

    def supersedes(self, difference: Difference) -> bool:
        """Whether the origin's last capture before the change showed another text than that it says was changed."""
        line = difference.line
        start, end = line.before.date_retrieved, line.after.date_retrieved
        if line.kind != "revision" or start is None or end is None:
            return False
        between = [
            (one, text)
            for one, text in self.captures
            if not one.from_mirror and one.date_retrieved is not None and start < one.date_retrieved < end
        ]
        if not between:
            return False
        if line.before.mirror_of is not None:
            return True
        sighting, text = between[-1]
        if text.revision != line.before.revision and text.text_digest != line.before.text_digest:
            return True
        is_headline_known = sighting.headline_digest is not None and sighting.layout == line.before.layout
        return is_headline_known and sighting.headline_digest != text_digest(difference.before.headline)


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
        "archive": showing.capture.archive,
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

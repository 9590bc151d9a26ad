"""Stories: which documents are copies of one text, as links between documents say.

Two documents with one text, or lightly edited ones, are of one group: groups are the connected parts of the `identical`
and `near` links. An `excerpt` link hangs the group of the part below the group of the whole. A group hangs below one
other at most, the one whose text holds it best, so that a statement quoted in two press conferences does not make them
one story. A story is a group that hangs below none, with all that hang below it.

That depends on the links alone and not on the order in which documents were met. Only names do: a group is named by
the document of it that was met first, a story by its topmost group. Since every name is the id of a document, a name
that was given once leads to the story for ever: to the one that document is in now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from crawler.items import Relation

STORIES = (
    # `first` and `second` in the order of their ids, but for an excerpt: there `first` is the part, `second` the whole.
    """
    CREATE TABLE links (
        first TEXT NOT NULL,
        second TEXT NOT NULL,
        relation TEXT NOT NULL,
        similarity REAL NOT NULL,
        reason TEXT NOT NULL,
        PRIMARY KEY (first, second)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX links_by_second ON links (second)",
    # `met` is the sequence number of the document's first text.
    """
    CREATE TABLE members (
        document TEXT PRIMARY KEY,
        story_group TEXT NOT NULL,
        met INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
    "CREATE INDEX members_by_group ON members (story_group)",
    # `parent` is the group this one hangs below. A group without a row hangs below none.
    "CREATE TABLE parents (story_group TEXT PRIMARY KEY, parent TEXT NOT NULL) WITHOUT ROWID",
    "CREATE INDEX parents_by_parent ON parents (parent)",
)

#: Runs a statement with its parameters and gives all its rows.
Query = Callable[..., list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Link:
    """Two documents of one text. For an `excerpt`, `first` is the part and `second` the whole."""

    first: str
    second: str
    relation: Relation
    similarity: float
    reason: str

    @classmethod
    def between(cls, one: str, other: str, relation: Relation, similarity: float, reason: str) -> Link:
        """A link that has no direction: `identical` or `near`."""
        first, second = sorted((one, other))
        return cls(first, second, relation, similarity, reason)

    @property
    def joins(self) -> bool:
        """Whether it makes the two documents one group."""
        return self.relation != "excerpt"

    def other(self, document: str) -> str:
        """The document at the other end."""
        return self.second if document == self.first else self.first


class Stories:
    """The tables of stories in an open database. Errors are those of its `query`."""

    def __init__(self, query: Query) -> None:
        self._query = query

    # reading

    def resolve(self, name: str) -> str | None:
        """The story of a document, or of any name a story ever had; null for what was never met."""
        rows = self._query("SELECT story_group FROM members WHERE document = ?", name)
        return self._root(str(rows[0][0])) if rows else None

    def members(self, story: str) -> list[str]:
        """The documents of a story, in the order in which they were met."""
        groups = list(self._below(story))
        rows = [row for group in groups for row in self._members(group)]
        return [document for document, _ in sorted(rows, key=lambda row: row[1])]

    def core(self, story: str) -> list[str]:
        """The documents that have the story's whole text, excerpts left out, in the order in which they were met."""
        return [document for document, _ in sorted(self._members(story), key=lambda row: row[1])]

    def names(self) -> Iterator[tuple[str, str]]:
        """Every document with its story, in the order in which they were met."""
        for document, group in self._query("SELECT document, story_group FROM members ORDER BY met"):
            yield str(document), self._root(str(group))

    def links(self, document: str) -> list[Link]:
        """All links of a document."""
        rows = self._query("SELECT * FROM links WHERE first = ?1", document)
        return [Link(*row) for row in (*rows, *self._query("SELECT * FROM links WHERE second = ?1", document))]

    def roots(self) -> Iterator[str]:
        """Every story of more than one document, in the order of names."""
        rows = self._query(
            "SELECT DISTINCT m.story_group FROM members m JOIN links l ON l.first = m.document"
            " UNION SELECT m.story_group FROM members m JOIN links l ON l.second = m.document ORDER BY 1"
        )
        yield from dict.fromkeys(self._root(group) for (group,) in rows)

    # writing

    def add(self, document: str, met: int, links: Iterable[Link]) -> str:
        """Enter a document, new or known, with links found for it; `met` rises from document to document. Returns its
        story."""
        links = list(links)
        self._query("INSERT OR IGNORE INTO members VALUES (?1, ?1, ?2)", document, met)
        for link in links:
            self._query(
                "INSERT OR REPLACE INTO links VALUES (?, ?, ?, ?, ?)",
                link.first,
                link.second,
                link.relation,
                link.similarity,
                link.reason,
            )
        for link in links:
            if link.joins:
                self._join(self.group(link.first), self.group(link.second))
        group = self.group(document)
        parts = {self.group(link.first) for link in self.links(document) if not link.joins}
        for changed in (group, *sorted(parts - {group})):
            self._hang(changed)
        return self._root(group)

    def _join(self, one: str, other: str) -> None:
        """Make two groups one, under the name that was given first."""
        if one == other:
            return
        kept, gone = sorted((one, other), key=self._met)
        self._query("UPDATE members SET story_group = ?1 WHERE story_group = ?2", kept, gone)
        self._query("DELETE FROM parents WHERE story_group = ?", gone)
        self._query("UPDATE parents SET parent = ?1 WHERE parent = ?2", kept, gone)
        self._query("DELETE FROM parents WHERE story_group = parent")

    def _hang(self, group: str) -> None:
        """Hang a group below the one that holds it best, or below none."""
        self._query("DELETE FROM parents WHERE story_group = ?", group)
        # Best first; of equals, by name, so that the order of meeting does not matter.
        for (whole,) in self._query(
            "SELECT l.second FROM members m CROSS JOIN links l ON l.first = m.document"
            " WHERE m.story_group = ? AND l.relation = 'excerpt' ORDER BY l.similarity DESC, l.second",
            group,
        ):
            parent = self.group(whole)
            if group not in self._above(parent):
                self._query("INSERT INTO parents VALUES (?, ?)", group, parent)
                return

    # groups

    def group(self, document: str) -> str:
        """The group of a document that was entered."""
        rows = self._query("SELECT story_group FROM members WHERE document = ?", document)
        return str(rows[0][0])

    def _members(self, group: str) -> list[tuple[str, int]]:
        return self._query("SELECT document, met FROM members WHERE story_group = ?", group)

    def _met(self, document: str) -> int:
        return int(self._query("SELECT met FROM members WHERE document = ?", document)[0][0])

    def _above(self, group: str) -> Iterator[str]:
        """The group, and those it hangs below, upwards."""
        yield group
        while rows := self._query("SELECT parent FROM parents WHERE story_group = ?", group):
            group = str(rows[0][0])
            yield group

    def _root(self, group: str) -> str:
        *_, root = self._above(group)
        return root

    def _below(self, group: str) -> Iterator[str]:
        """The group, and all that hang below it."""
        yield group
        for (child,) in self._query("SELECT story_group FROM parents WHERE parent = ? ORDER BY 1", group):
            yield from self._below(child)

"""What reading an archive again has shown, added up."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from crawler.extraction.problem import Problem
from crawler.items import Article
from crawler.reextraction.findings import Finding, Kind
from pipelines.word_diff import word_diff

#: Examples of each field, and of each problem.
_EXAMPLES = 3
#: Characters of a value that an example shows, and how many of them stand before the first that differs.
_SHOWN = 100
_BEFORE = 20

#: Row of the table for Articles that another layout reads, with the same result. Nothing is written for them.
LAYOUT = "layout"


class Tally:
    """Counts, and a few examples. The same findings give the same tally."""

    def __init__(self, captures: int, problems: Iterable[Problem] = ()) -> None:
        """`captures` is how many captures of articles there are, `problems` what is wrong with the files."""
        self.captures = captures
        self.kinds: Counter[Kind] = Counter()
        #: By field, the documents in which it changes, and examples of it.
        self.documents: dict[str, set[str]] = {}
        self.examples: dict[str, list[dict[str, str]]] = {}
        #: Captures that the ledger does not know and that can be read; those that can be read in part; and those that
        #: no longer can.
        self.new: list[dict[str, str]] = []
        self.incomplete: list[dict[str, str]] = []
        self.lost: list[dict[str, str]] = []
        #: By code: how many, and examples.
        self.problems: Counter[str] = Counter()
        self.problem_examples: dict[str, list[str]] = {}
        for problem in problems:
            self.add_problem(problem)

    def add(self, finding: Finding) -> None:
        """Count one finding."""
        self.kinds[finding.kind] += 1
        for problem in finding.problems:
            self.add_problem(problem)
        if finding.before is not None and finding.after is not None:
            if finding.kind is Kind.LAYOUT:
                self._add_change(LAYOUT, finding.before, finding.after)
            elif finding.kind is Kind.CHANGED:
                for name in finding.changed:
                    self._add_change(name, finding.before, finding.after)
        if finding.kind is Kind.LOST:
            self.lost.append(_cited(finding) | {"problem": str(finding.problems[-1])})
        elif finding.kind is Kind.INCOMPLETE:
            self.incomplete.append(_cited(finding) | {"problem": str(finding.problems[-1])})
        elif finding.kind in (Kind.NEW, Kind.REVISION) and finding.after is not None:
            self.new.append(_cited(finding) | {"kind": finding.kind.value, "headline": finding.after.headline})

    def add_problem(self, problem: Problem) -> None:
        """Count one problem."""
        self.problems[problem.code.value] += 1
        examples = self.problem_examples.setdefault(problem.code.value, [])
        if len(examples) < _EXAMPLES:
            examples.append(str(problem))

    @property
    def read(self) -> int:
        """How many captures were read again."""
        return self.kinds.total()

    def fields(self) -> list[tuple[str, int]]:
        """The fields that change, with the number of documents: the most frequent first, last the layout alone."""
        counts = [(name, len(documents)) for name, documents in self.documents.items()]
        return sorted(counts, key=lambda count: (count[0] == LAYOUT, -count[1], count[0]))

    def described(self) -> dict[str, Any]:
        """All of it, for JSON."""
        return {
            "captures": self.captures,
            "read": self.read,
            **{kind.value: self.kinds[kind] for kind in Kind},
            "fields": {name: {"documents": count, "examples": self.examples[name]} for name, count in self.fields()},
            "new_texts": self.new,
            "incomplete_texts": self.incomplete,
            "lost_texts": self.lost,
            "problems": {
                code: {"count": count, "examples": self.problem_examples[code]} for code, count in self.problems.items()
            },
        }

    def _add_change(self, name: str, before: Article, after: Article) -> None:
        documents = self.documents.setdefault(name, set())
        examples = self.examples.setdefault(name, [])
        if after.id not in documents and len(examples) < _EXAMPLES:
            examples.append({"document": after.id} | _example(name, before, after))
        documents.add(after.id)


def _cited(finding: Finding) -> dict[str, str]:
    capture = finding.candidate.cited
    return {
        "document": finding.candidate.document,
        "url": finding.candidate.url,
        "file": capture.file,
        "record_id": capture.record_id or "",
    }


def _example(name: str, before: Article, after: Article) -> dict[str, str]:
    """A field before and after; of the body only the words taken out and put in."""
    if name == "article_body":
        pieces = word_diff(before.article_body, after.article_body)
        removed, added = (
            " … ".join(" ".join(piece.text.split()) for piece in pieces if piece.kind == kind and piece.text.strip())
            for kind in ("removed", "added")
        )
        return {"before": _cut(removed), "after": _cut(added)}
    return dict(zip(("before", "after"), _shortened(_text(before, name), _text(after, name)), strict=True))


def _text(article: Article, name: str) -> str:
    value = article.model_dump(mode="json")[name]
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _shortened(before: str, after: str) -> tuple[str, str]:
    """Two values from shortly before their first difference on."""
    same = next((place for place, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), 0)
    start = same - _BEFORE if max(len(before), len(after)) > _SHOWN and same > _BEFORE else 0
    lead = "…" if start else ""
    return _cut(lead + before[start:]), _cut(lead + after[start:])


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"

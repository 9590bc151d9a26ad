"""Which copies are found among the real pages, and which texts are taken for copies that are none.

Copies are made of real texts by the edits that really happen (`edits.py`); all pairs of different documents are
expected to be different texts, but for those that were read and are copies (COPIES).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from rich.console import Console
from rich.table import Table

from benchmarks.duplicate_finders import Finder, Readouts, finders, missing
from benchmarks.edits import EDITS, Edit, sentences_of
from benchmarks.pages import ArticlePage, collection
from crawler.extraction.page import Page
from crawler.extraction.problem import Problem
from crawler.items import Article
from crawler.sources import source_of
from pipelines.normalise import normalise
from pipelines.shingles import shingles
from pipelines.similarity import Overlap

#: Pairs of real documents that a human read and found to be copies of each other.
COPIES = {
    frozenset(pair)
    for pair in (
        # One press conference, published twice on one day, the second re-edited throughout.
        ("mfa:t1659619", "mfa:t1660057"),
        # One commentary, once with a picture, once with other reports below it.
        ("xinhua:c_135410099", "xinhua:c_135410249"),
        # One report under two headlines, likewise.
        ("xinhua:c_135399711", "xinhua:c_135401710"),
        # The first page of a joint statement, and all of it.
        ("xinhua:c_135771744", "xinhua:c_135771815"),
        # An urgent report, and the summary of the hour that repeats it.
        ("xinhua:c_135535054", "xinhua:c_135535088"),
    )
}
#: Each document gets every so-many-th edit, and the next document the edits after them.
_EVERY = 3
#: A document that holds so much of the sentences of a text holds the text.
_MOST = 0.7
_HARDEST = 12
_AIM_PRECISION, _AIM_RECALL = 0.995, 0.98


@dataclass(frozen=True, slots=True)
class Variant:
    """An edited text, and the documents it is a copy of, the edited one first."""

    edit: Edit
    text: str
    originals: tuple[str, ...]


@dataclass
class Result:
    """What a finder found. Counters are by relation: as claimed for `right` and `wrong`, else as expected."""

    expected: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    false_pairs: list[tuple[str, str, str]] = field(default_factory=list)
    missed: Counter[str] = field(default_factory=Counter)
    made: Counter[str] = field(default_factory=Counter)

    def recall(self, relation: str) -> float:
        """Copies found by copies there are, whatever relation was claimed."""
        return self.found[relation] / max(1, self.expected[relation])

    def precision(self, relation: str) -> float:
        """Claims that are right by claims."""
        wrong = sum(claim == relation for _, _, claim in self.false_pairs)
        claims = self.right[relation] + wrong
        return self.right[relation] / claims if claims else 1.0


def run(console: Console) -> None:
    """Measure and print. Nothing is written."""
    pages = collection()
    articles = read_articles([page for archive in pages.archives.values() for page in archive])
    variants = list(variants_of(articles))
    console.print(
        f"[bold]duplicates[/bold]: {pages.name}: {len(articles)} texts, {len(variants)} edited ones, "
        f"{sum(_comparable(*pair) for pair in combinations(articles, 2))} pairs of different documents in one language"
    )
    every = finders()
    results = {name: evaluate(finder, articles, variants) for name, finder in every.items()}
    console.print(_results_table(results))
    ours = results["readouts"]
    console.print(_edits_table(ours))
    for first, second, relation in sorted(ours.false_pairs):
        console.print(f"False pair: {relation} {first} {second}")
    finder = every["readouts"]
    assert isinstance(finder, Readouts)
    console.print(f"Candidates compared, by lookup: {finder.candidates / finder.lookups:.2f}")
    console.print(_hardest_table(articles))
    _print_verdict(console, ours)
    if absent := missing():
        console.print(f"Not installed, not measured: {', '.join(absent)} (make bench installs them).")


def read_articles(pages: Sequence[ArticlePage]) -> list[Article]:
    """The normalised Article of every page that gives one, one a document."""
    found: dict[str, Article] = {}
    for page in pages:
        try:
            article = normalise(source_of(page.url).read(Page.from_bytes(page.url, page.body, page.content_type)))
        except Problem:
            continue
        found.setdefault(article.id, article)
    return list(found.values())


def variants_of(articles: Sequence[Article]) -> Iterator[Variant]:
    """Edited texts of every document; words that an edit adds are those of a document some way off."""
    holders = defaultdict(set)
    for article in articles:
        for sentence in sentences_of(article.article_body):
            holders[sentence].add(article.id)
    for number, article in enumerate(articles):
        others = [other for other in articles if other.in_language == article.in_language]
        for edit in EDITS[number % _EVERY :: _EVERY]:
            other = others[(number * 7 + 11) % len(others)]
            if other is not article and (text := edit.copy(article, other)) is not None:
                kin = {other for pair in COPIES if article.id in pair for other in pair}
                yield Variant(edit, text, (article.id, other.id, *kin, *_repeating(text, holders)))


def _repeating(text: str, holders: Mapping[str, set[str]]) -> list[str]:
    """The documents that say most of a text word for word: a statement may be read out on two days."""
    sentences = sentences_of(text)
    said = Counter(document for sentence in sentences for document in holders.get(sentence, ()))
    return [document for document, count in said.items() if count >= _MOST * len(sentences)]


def evaluate(finder: Finder, articles: Sequence[Article], variants: Sequence[Variant]) -> Result:
    """Every real text against those before it, then every edited one against all real ones."""
    result = Result()
    for article in articles:
        for document, relation in finder.find(article.article_body).items():
            pair = frozenset((article.id, document))
            if pair in COPIES:
                result.right[relation] += 1
            else:
                result.false_pairs.append((article.id, document, relation))
        finder.add(article.id, article.article_body)
    for variant in variants:
        _count(result, variant, finder.find(variant.text))
    return result


def _count(result: Result, variant: Variant, found: dict[str, str]) -> None:
    edit, original = variant.edit, variant.originals[0]
    result.made[edit.name] += 1
    if edit.relation is not None:
        result.expected[edit.relation] += 1
        result.found[edit.relation] += original in found
        result.missed[edit.name] += original not in found
    for document, relation in found.items():
        if edit.relation is not None and document in variant.originals:
            result.right[relation] += 1
        else:
            result.false_pairs.append((f"{original} ({edit.name})", document, relation))
            result.missed[edit.name] += edit.relation is None


def _comparable(first: Article, second: Article) -> bool:
    return first.in_language == second.in_language


def _results_table(results: dict[str, Result]) -> Table:
    table = Table(title="Copies found, and pairs claimed that are none")
    table.add_column("")
    for column in ("near: precision", "recall", "excerpt: precision", "recall", "false pairs", "of real documents"):
        table.add_column(column, justify="right")
    for name, result in results.items():
        real = sum("(" not in first for first, _, _ in result.false_pairs)
        table.add_row(
            name,
            *(
                f"{measure(relation):.4f}"
                for relation in ("near", "excerpt")
                for measure in (result.precision, result.recall)
            ),
            str(len(result.false_pairs)),
            str(real),
        )
    return table


def _edits_table(result: Result) -> Table:
    table = Table(title="readouts, by edit")
    for column in ("edit", "should be", "texts", "wrong"):
        table.add_column(column, justify="left" if column in ("edit", "should be") else "right")
    for edit in EDITS:
        wanted = edit.relation or "another text"
        table.add_row(edit.name, wanted, str(result.made[edit.name]), str(result.missed[edit.name]))
    return table


def _hardest_table(articles: Sequence[Article]) -> Table:
    """The pairs of different texts that come nearest to being copies, by the larger of their two measures."""
    texts = {article.id: shingles(article.article_body) for article in articles}
    headlines = {article.id: article.headline for article in articles}
    found = []
    for first, second in combinations(articles, 2):
        if _comparable(first, second) and frozenset((first.id, second.id)) not in COPIES:
            overlap = Overlap.of(texts[first.id], texts[second.id])
            found.append((overlap.containment, overlap.jaccard, first.id, second.id))
    table = Table(title="Hardest pairs of different texts")
    for column in ("containment", "Jaccard", "shingles", "", ""):
        table.add_column(column)
    for containment, jaccard, first_id, second_id in sorted(found, reverse=True)[:_HARDEST]:
        table.add_row(
            f"{containment:.2f}",
            f"{jaccard:.2f}",
            f"{len(texts[first_id])}, {len(texts[second_id])}",
            f"{first_id} {headlines[first_id][:50]}",
            f"{second_id} {headlines[second_id][:50]}",
        )
    return table


def _print_verdict(console: Console, ours: Result) -> None:
    for relation in ("near", "excerpt"):
        precision, recall = ours.precision(relation), ours.recall(relation)
        met = precision >= _AIM_PRECISION and recall >= _AIM_RECALL
        console.print(
            f"Aim for {relation}: precision {_AIM_PRECISION}, recall {_AIM_RECALL}: "
            f"{'met' if met else 'NOT met'} ({precision:.4f}, {recall:.4f})."
        )

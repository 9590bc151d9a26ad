"""What a run is counted in."""

from __future__ import annotations

from collections import Counter
from typing import Any

from crawler.extraction.problem import Problem
from crawler.items import Article
from crawler.signals import Outcome


class Tally:
    """What a run is counted in; filled signal by signal."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter({outcome.value: 0 for outcome in Outcome})
        self.problems: list[Problem] = []
        self.listings = 0
        #: By section: pages read, articles they list, and how many of them the first page lists. A hub that only names
        #: the file of its list (Xinhua's) shows none: the first page is then the one behind it.
        self.sections: dict[str, dict[str, int]] = {}
        self.layouts: Counter[str] = Counter()
        self.undated = 0
        self.visits = 0
        self.states: Counter[str] = Counter()
        self.filled: Counter[str] = Counter(dict.fromkeys(Article.model_fields, 0))
        self.oldest: str | None = None
        self.newest: str | None = None

    @property
    def articles(self) -> int:
        """How many Articles were read, whatever came of them."""
        return self.outcomes.total()

    def add(self, article: Article, outcome: Outcome) -> None:
        """Counts one Article."""
        self.outcomes[outcome.value] += 1
        self.layouts[article.layout] += 1
        self.undated += article.date_published is None
        self.filled.update(name for name in Article.model_fields if getattr(article, name) not in (None, []))
        if published := article.date_published:
            self.oldest = min(self.oldest or published, published)
            self.newest = max(self.newest or published, published)

    def add_listing(self, section: str, articles: int) -> None:
        """Counts one page of a section."""
        self.listings += 1
        counts = self.sections.setdefault(section, {"pages": 0, "links": 0, "first_page_links": 0})
        if not counts["links"]:
            counts["first_page_links"] = articles
        counts["pages"] += 1
        counts["links"] += articles

    def as_dict(self) -> dict[str, Any]:
        """The counts as the report holds them. A fill rate is a share of all Articles read, null where none was."""
        return {
            "articles": self.articles,
            "outcomes": dict(self.outcomes),
            "listings": self.listings,
            "sections": self.sections,
            "layouts": dict(self.layouts.most_common()),
            "undated": self.undated,
            "visits": self.visits,
            "states": dict(sorted(self.states.items())),
            "date_published": {"oldest": self.oldest, "newest": self.newest},
            "problem_counts": dict(Counter(problem.code.value for problem in self.problems).most_common()),
            "problems": [
                {"code": problem.code.value, "url": problem.url, "detail": problem.detail} for problem in self.problems
            ],
            "fill_rate": {
                name: round(count / self.articles, 4) if self.articles else None for name, count in self.filled.items()
            },
        }

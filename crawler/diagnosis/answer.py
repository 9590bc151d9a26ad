"""What a request of an examination brought, and the pages that were read from it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from crawler.extraction.identity import Address
from crawler.extraction.page import Page
from crawler.extraction.problem import Code, Problem
from crawler.extraction.recognition import problem_of_status, refusal
from crawler.extraction.source import Link, Section, Source
from crawler.items import Article


@dataclass
class Answer:
    """A response to the URL `asked`, under `url`, where redirects led; or the `problem` for which there is none.

    `headers` by lower-case name. `received` (UTC) is null for what comes from an archive.
    """

    asked: str
    url: str = ""
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    problem: Problem | None = None
    received: datetime.datetime | None = None

    @cached_property
    def shown(self) -> Page | None:
        """The page, whatever its status; null where nothing can be read."""
        try:
            return Page.from_bytes(self.url, self.body, self.headers.get("content-type"))
        except Problem:
            return None

    @property
    def page(self) -> Page:
        """The page of a response of status 200. Raises Problem for any other."""
        problem = self.problem or problem_of_status(self.status, self.url)
        if problem is not None:
            raise problem
        return self.shown or Page.from_bytes(self.url, self.body, self.headers.get("content-type"))

    @property
    def is_redirected(self) -> bool:
        """Whether the page stands under another address: host alias and scheme aside."""
        return self.problem is None and _place(self.url) != _place(self.asked)


@dataclass
class ListingVisit:
    """One address of a section: the links its page gives, and why there is none."""

    section: Section
    answer: Answer
    links: list[Link] = field(default_factory=list)
    problem: Problem | None = None

    @classmethod
    def of(cls, source: Source, section: Section, answer: Answer) -> ListingVisit:
        """Read a listing as a spider would."""
        visit = cls(section, answer)
        try:
            page = answer.page
            visit.links = source.listing(page).links
            if not visit.links:
                code = refusal(page, source.gone) or Code.EMPTY_LISTING
                visit.problem = Problem(code, answer.asked, page.title)
        except Problem as problem:
            visit.problem = problem
        except Exception as error:  # an error in the source's rules is what an examination is to find
            visit.problem = _error_of_ours(answer, error)
        return visit


@dataclass
class ArticleVisit:
    """The page of an article that a listing shows, or that was read well before (`is_known`)."""

    answer: Answer
    is_known: bool = False
    article: Article | None = None
    problem: Problem | None = None

    @classmethod
    def of(cls, source: Source, answer: Answer, *, is_known: bool = False) -> ArticleVisit:
        """Read an article's page as a spider would. Of several pages the first is enough."""
        visit = cls(answer, is_known)
        try:
            page = answer.page
            if answer.is_redirected and not _is_article(source, answer.url):
                code = Code.BLOCKED if refusal(page, source.gone) == Code.BLOCKED else Code.SOFT_404
                raise Problem(code, answer.asked, f"redirected to {answer.url}")
            visit.article = source.read(page)
        except Problem as problem:
            visit.problem = problem
        except Exception as error:  # an error in the source's rules is what an examination is to find
            visit.problem = _error_of_ours(answer, error)
        return visit

    @property
    def is_dated(self) -> bool:
        """Whether the article says when it was published, and it need not be guessed."""
        return (
            self.article is not None
            and self.article.date_published is not None
            and self.article.date_precision != "estimated"
        )


def _error_of_ours(answer: Answer, error: Exception) -> Problem:
    return Problem(Code.SPIDER_ERROR, answer.asked, f"{type(error).__name__}: {error}")


def _is_article(source: Source, url: str) -> bool:
    address = Address.of(url)
    return address is not None and source.identify(address) is not None


def _place(url: str) -> tuple[str, str]:
    address = Address.of(url)
    return (url, "") if address is None else (address.path.rstrip("/"), address.query)

"""Questions to a CDX server: the first ones, and those that follow from an answer.

| dialect | first questions | what follows |
|---|---|---|
| wayback | one a prefix | the same with the resume key of the answer |
| pywb | one a prefix, for all years | of a full answer: one a year, of a full year one a month, of a month one a day |
| Common Crawl | the list of indexes, then one an index and prefix | the next page, up to the one that is none |

Nothing is collapsed by the servers: `collapse=` compares a row with the one before it, and in a prefix's answer that is
often another URL's.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote, quote_plus

from crawler.extraction.source import Prefix
from crawler.webarchives.archives import Dialect, WebArchive
from crawler.webarchives.cdx import Answer, Index

#: Rows of an answer at most: a row of pywb has some 400 bytes, so that an answer stays far below DOWNLOAD_MAXSIZE. A
#: page of Common Crawl has at most 15,000 rows, five blocks of its index.
ROWS_PER_ANSWER = 10_000
_ROUND = 1_000
#: The first year that any web archive has captures of.
_FIRST_YEAR = 1996
_FIELDS = "timestamp,original,mimetype,statuscode,digest"
#: By what a capture cannot be an article. As exclusions, because small indexes of pywb lack these fields.
_PYWB_FILTERS = ("!~status:[1345]", "!~mime:(?:image|video|audio|font)/|text/css|.*javascript")
_WAYBACK_FILTERS = ("statuscode:200", r"mimetype:(text/html|application/xhtml.xml|unk.*|-)")
#: A resume key as the server gives it, already escaped for a URL.
_ESCAPED = re.compile(r"[\w.~%+!*()'-]+")
#: Earlier crawls (2008 to 2012) are kept in ARC files.
_INDEX_OF_WARC_FILES = re.compile(r"CC-MAIN-(?P<year>\d{4})-\d\d")


@dataclass(frozen=True, slots=True)
class Question:
    """A GET request to a CDX server; `url` says all of it, and so identifies it.

    `root` is the URL of the first question of its chain. `prefix` and `generation` are those of a Prefix, both empty
    where Common Crawl's list of indexes is asked for. `part` is what of the archive is asked: a time (`2014`, `201407`,
    `20140703`; `2014-` is from that year on, empty is all) or an index of Common Crawl. `mark` is where the answer is
    to go on: a resume key, or the number of a page.
    """

    url: str
    root: str
    prefix: str = ""
    generation: str = ""
    part: str = ""
    mark: str = ""


def list_of_indexes(archive: WebArchive) -> Question:
    """The question that comes before all others to Common Crawl."""
    return Question(archive.endpoint, archive.endpoint)


def first_questions(
    archive: WebArchive, prefixes: Iterable[Prefix], since: int | None, indexes: Sequence[Index]
) -> list[Question]:
    """One chain's first question for each prefix (and index); `since` is the first year of capture that is wanted.

    An index of Common Crawl from before the generation's time has none of it; a year is left, as ours are not exact.
    """
    questions = []
    for prefix in prefixes:
        if archive.dialect is Dialect.COMMON_CRAWL:
            first = max(since or 0, prefix.years[0] - 1)
            questions += [
                _question(archive, prefix.url, prefix.generation, index.id, "0", index.endpoint)
                for index in indexes
                if (year := year_of_index(index)) is not None and year >= first
            ]
        else:
            questions.append(_question(archive, prefix.url, prefix.generation, f"{since}-" if since else "", ""))
    return questions


def following_questions(
    archive: WebArchive, question: Question, answer: Answer, now: datetime
) -> tuple[list[Question], str | None]:
    """The questions that an answer about captures leads to, and what of it nobody can ask, else null."""
    if archive.dialect is Dialect.WAYBACK:
        return ([_marked(archive, question, answer.resume_key)] if answer.resume_key else []), None
    if archive.dialect is Dialect.COMMON_CRAWL:
        page = _marked(archive, question, str(int(question.mark or 0) + 1))
        return ([page] if answer.count else []), None
    if not _is_full(answer.count):
        return [], None
    parts = _parts_of(question.part, now.year)
    if not parts:
        return [], f"{answer.count} captures on {question.part}, as many as the archive tells of at once"
    return [replace(_with_part(archive, question, part), root=question.root) for part in parts], None


def _is_full(count: int) -> bool:
    """Whether there may be more than an answer of so many rows. A server may have a lower limit of its own, of which it
    says nothing (pywb's `query_limit`); such limits are round numbers."""
    return count >= ROWS_PER_ANSWER or (count > 0 and count % _ROUND == 0)


def year_of_index(index: Index) -> int | None:
    """The year of a crawl of Common Crawl; null for one that is not kept in WARC files."""
    found = _INDEX_OF_WARC_FILES.fullmatch(index.id)
    return int(found["year"]) if found else None


def _marked(archive: WebArchive, question: Question, mark: str) -> Question:
    endpoint = question.root.partition("?")[0]
    following = _question(archive, question.prefix, question.generation, question.part, mark, endpoint)
    return replace(following, root=question.root)


def _with_part(archive: WebArchive, question: Question, part: str) -> Question:
    return _question(archive, question.prefix, question.generation, part, "")


def _question(
    archive: WebArchive, prefix: str, generation: str, part: str, mark: str, endpoint: str | None = None
) -> Question:
    host_and_path, match_type, pattern = _scope(prefix)
    fields = [("url", host_and_path), ("matchType", match_type), ("output", "json")]
    if archive.dialect is Dialect.COMMON_CRAWL:
        # Unfiltered: a page that a filter leaves empty is answered like the page behind the last one.
        fields.append(("page", mark))
    elif archive.dialect is Dialect.WAYBACK:
        filters = (*_WAYBACK_FILTERS, *([f"original:{pattern}"] if pattern else []))
        fields += [("fl", _FIELDS), *(("filter", one) for one in filters), *_time(part)]
        fields += [("limit", str(ROWS_PER_ANSWER)), ("showResumeKey", "true")]
    else:
        filters = (*_PYWB_FILTERS, *([f"~url:{pattern}"] if pattern else []))
        fields += [*(("filter", one) for one in filters), *_time(part), ("limit", str(ROWS_PER_ANSWER))]
    query = "&".join(f"{name}={quote(value, safe='/:.,*')}" for name, value in fields)
    if archive.dialect is Dialect.WAYBACK and mark:
        query += f"&resumeKey={mark if _ESCAPED.fullmatch(mark) else quote_plus(mark)}"
    url = f"{endpoint or archive.endpoint}?{query}"
    return Question(url, url, prefix, generation, part, mark)


def _scope(prefix: str) -> tuple[str, str, str | None]:
    """What to ask a CDX server for a prefix: URL, match type, and the pattern of URLs if it holds a `*`, else null."""
    is_domain = prefix.startswith("*.")
    host, _, path = prefix.removeprefix("*.").partition("/")
    before, star, behind = path.partition("*")
    if is_domain:
        return host, "domain", f".*/{re.escape(path)}.*" if path else None
    return f"{host}/{before}", "prefix", f".*{re.escape(behind)}.*" if star else None


def _time(part: str) -> list[tuple[str, str]]:
    if not part:
        return []
    first = part.rstrip("-")
    return [("from", first)] if part.endswith("-") else [("from", first), ("to", first)]


def _parts_of(part: str, last_year: int) -> list[str]:
    """The parts of a time: years of all time or of the time since a year, months of a year, days of a month."""
    if not part or part.endswith("-"):
        return [str(year) for year in range(int(part.rstrip("-") or _FIRST_YEAR), last_year + 1)]
    if len(part) == 4:
        return [f"{part}{month:02}" for month in range(1, 13)]
    if len(part) == 6:
        days = monthrange(int(part[:4]), int(part[4:]))[1]
        return [f"{part}{day:02}" for day in range(1, days + 1)]
    return []

"""What coverage looks at in a document: little enough to count millions."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crawler.extraction.dates import beijing_day
from crawler.extraction.identity import Address
from crawler.extraction.source import Source

#: How a document was found, unless a web archive had it: then it is the archive's name.
LIVE, REPLAY, UNKNOWN = "live", "replay", "unknown"
#: Sections of documents that name none, and of those beyond what is told apart.
NO_SECTION, OTHER_SECTIONS = "(none)", "(other)"

#: So many sections are told apart: their names come from pages, and memory is bounded.
_MOST_SECTIONS = 500
#: A section that is the site's front page: documents under its directory are of no section.
_FRONT_PAGE = "home"
#: What our own WARC files are called behind the source's name, see crawler/archive/writer.py.
_OWN_FILE = re.compile(r"-\d{8}T\d{6}Z-\d{5}\.warc\.gz")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Document:
    """One document with its text in force.

    `day` is the Beijing day of publication, null where it is not known; `is_estimated` says that it is a guess;
    `found` how the capture came: `live`, `replay`, `unknown`, or the name of a web archive.
    """

    id: str
    headline: str
    in_language: str
    section: str
    day: datetime.date | None
    is_estimated: bool
    found: str


class Sections:
    """The names of a source's sections."""

    def __init__(self, source: Source) -> None:
        self._by_slug = {section.slug: section.name for section in source.sections}
        self._by_directory: dict[str, str] = {}
        for section in source.sections:
            for url in section.urls if section.slug != _FRONT_PAGE else ():
                self._by_directory.setdefault(_last_directory(url), section.name)
        self._seen: set[str] = set()

    def name(self, asked_for: str) -> str:
        """The name of the section with this slug; what is no slug is taken as a name."""
        return self._by_slug.get(asked_for, asked_for)

    def of(self, fields: Mapping[str, Any]) -> str:
        """The section of an Article: the one its page names, else the one of its URL's directory, else `(none)`."""
        section = fields["article_section"] or self._by_directory.get(_last_directory(fields["canonical_url"]))
        if section is None:
            return NO_SECTION
        if section not in self._seen and len(self._seen) >= _MOST_SECTIONS:
            return OTHER_SECTIONS
        self._seen.add(section)
        return str(section)


def document_of(fields: Mapping[str, Any], sections: Sections) -> Document:
    """From the fields of an Article."""
    return Document(
        id=fields["id"],
        headline=fields["headline"],
        in_language=fields["in_language"],
        section=sections.of(fields),
        day=_day(fields["date_published"]),
        is_estimated=fields["date_precision"] == "estimated",
        found=_found(fields["source"], fields["capture"]),
    )


def _found(source: str, capture: Mapping[str, Any] | None) -> str:
    if capture is None:
        return UNKNOWN
    if archive := capture.get("archive"):
        return str(archive)
    file = capture["file"]
    is_own = file.startswith(source) and _OWN_FILE.fullmatch(file, len(source))
    return LIVE if is_own else REPLAY


def _day(date: str | None) -> datetime.date | None:
    if date is None:
        return None
    if _DAY.fullmatch(date):
        return datetime.date.fromisoformat(date)
    return beijing_day(datetime.datetime.fromisoformat(date))


def _last_directory(url: str) -> str:
    """The last directory of a URL's path that is no date: `lxjzh` of `/eng/xw/fyrbt/lxjzh/202407/t1.html`."""
    address = Address.of(url)
    directories = address.path.split("/")[1:-1] if address is not None else []
    return next((name for name in reversed(directories) if not name.replace("-", "").isdigit()), "")

"""The Article: the one normalised item, and the only definition of it.

Field names are schema.org's `NewsArticle` names in snake_case where it has one. `docs/article.schema.json` is
generated from this module (`scrapy docs`), and every line of `articles/` and `copies/` validates against it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

DatePrecision = Literal["second", "minute", "day", "estimated"]
DateOrigin = Literal["page", "title", "body", "meta", "url", "listing", "document-number"]
Relation = Literal["identical", "near", "excerpt"]

#: `2019-10-02`, or a time of day with its offset: `2022-10-28T08:53:00+08:00`.
PublicationDate = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d[+-]\d\d:\d\d)?$")]
#: An instant in UTC: `2020-07-04T03:55:41Z`.
Instant = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
NonEmpty = Annotated[str, Field(min_length=1)]


class Part(BaseModel):
    """What the Article and its parts share: unknown fields are an error."""

    model_config = ConfigDict(extra="forbid")


class Image(Part):
    """A picture of the article; `url` is absolute, `caption` null where the page gives none."""

    url: NonEmpty
    caption: str | None = None


class Exchange(Part):
    """One question of a press conference with its answer. `outlet` asks, `speaker` answers."""

    outlet: str | None = None
    question: str | None = None
    speaker: str | None = None
    answer: NonEmpty


class Capture(Part):
    """Where the response lies that the Article was read from.

    `file` is the WARC file's name without its directory, or the name of the saved page; `record_id` the
    `WARC-Record-ID` without angle brackets, null for a saved page.

    Where the response is a web archive's answer, `archive` says which (`wayback`, `commoncrawl`, or the host of a CDX
    server), `timestamp` (14 digits, UTC) and `digest` are the archive's own of the capture that it brought.
    """

    file: NonEmpty
    record_id: str | None = None
    archive: str | None = None
    timestamp: str | None = None
    digest: str | None = None

    def is_at(self, other: Capture | None) -> bool:
        """Whether the other lies in the same place: what is read again from our archive does not know the rest."""
        return other is not None and (self.file, self.record_id) == (other.file, other.record_id)


class Article(Part):
    """One document as one capture shows it. What the page does not say is null, never a guess.

    The fields from `text_digest` on are filled by the pipelines.
    """

    id: Annotated[
        str,
        Field(
            pattern=r"^[a-z_]+:\S+$",
            description="Document id, independent of host alias, scheme, section and mirror, such as `mfa:t1558711`.",
        ),
    ]
    url: Annotated[NonEmpty, Field(description="The URL as fetched.")]
    canonical_url: Annotated[NonEmpty, Field(description="The document's URL at its origin.")]
    source: Annotated[NonEmpty, Field(description="Name of the source, such as `mfa`.")]
    publisher: Annotated[NonEmpty, Field(description="The institution or outlet that published this document.")]
    headline: NonEmpty
    alternative_headline: Annotated[str | None, Field(description="Subtitle, or second title of the page.")] = None
    date_published: Annotated[
        PublicationDate | None,
        Field(description="Beijing time with offset; a bare day where the time of day is not known."),
    ] = None
    date_published_raw: Annotated[str | None, Field(description="The words the date was read from.")] = None
    date_precision: DatePrecision | None = None
    date_origin: DateOrigin | None = None
    date_modified: PublicationDate | None = None
    source_organization: Annotated[str | None, Field(description="The wire or outlet credited: Xinhua, CGTN.")] = None
    author: str | None = None
    editor: str | None = None
    dateline: Annotated[str | None, Field(description="Place of the dateline, as printed: `BEIJING`.")] = None
    article_section: str | None = None
    breadcrumb: list[str] = []
    in_language: Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Za-z]+)*$", description="BCP 47.")]
    article_body: Annotated[NonEmpty, Field(description="Paragraphs joined by a blank line.")]
    images: list[Image] = []
    keywords: list[str] = []
    exchanges: list[Exchange] | None = None
    mirror_of: Annotated[str | None, Field(description="The origin's URL when a foreign host served the page.")] = None
    date_retrieved: Annotated[Instant | None, Field(description="When the capture was made, UTC.")] = None
    layout: Annotated[NonEmpty, Field(description="The layout, or rendering rule, the fields were read with.")]
    capture: Capture | None = None
    text_digest: Annotated[str | None, Field(pattern=r"^sha256:[0-9a-f]{64}$")] = None
    revision: Annotated[int | None, Field(ge=1, description="1 for the first text seen of this document.")] = None
    correction: Annotated[
        int | None,
        Field(ge=1, description="Null for a revision as first read; n for its n-th better reading, by today's rules."),
    ] = None
    story: Annotated[str | None, Field(description="Id of the story: the document with all its copies.")] = None
    duplicate_of: Annotated[str | None, Field(description="Id of the document this one is a copy of.")] = None
    relation: Relation | None = None
    similarity: Annotated[float | None, Field(ge=0, le=1, description="Measured similarity to `duplicate_of`.")] = None

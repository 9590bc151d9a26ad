"""Embassies, consulates general and permanent missions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from crawler.extraction.source import Prefix, Section
from crawler.sources.missions import SOURCE
from crawler.sources.posts import POSTS, posts_named
from crawler.spiders.arguments import ArgumentError, split
from crawler.spiders.base import SourceSpider


class MissionsSpider(SourceSpider):
    """China's embassies, consulates general and permanent missions, in English.

    Hosts
      `cc.china-embassy.gov.cn`, `city.china-consulate.gov.cn`, their predecessors, and `/ce/` on the ministry's hosts;
      `docs/sources.md` lists all posts.

    Arguments
      `post=no,cebu` walks these posts only; without it, all of them.

    Offers
      Listings by section, newest first, as capped windows. Most releases are the ministry's, posted 0 to 2 days later.

    Quirks
      No two sites have quite the same templates. The date in a URL is the day of posting.
      Items of a listing may link to the ministry's host: these are read by `mfa`.
    """

    name = "missions"
    own_arguments: ClassVar[dict[str, str]] = {"post": "codes of the posts to walk, such as no,cebu"}

    @classmethod
    def sections_of(cls, **own: str) -> Sequence[Section]:
        """The sections of the posts named, or of all."""
        if "post" not in own:
            return SOURCE.sections_of(POSTS.values())
        try:
            return SOURCE.sections_of(posts_named(split(own["post"])))
        except ValueError as error:
            raise ArgumentError(f"post={own['post']}: {error}") from error

    @property
    def prefixes(self) -> Sequence[Prefix]:
        """The hosts and directories of the posts named, or of all."""
        post = self.arguments.get("post")
        return SOURCE.archived if post is None else SOURCE.archived_of(posts_named(split(post)))

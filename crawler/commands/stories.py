"""`scrapy stories`: each story with all its copies."""

from __future__ import annotations

import argparse
import datetime
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.text import Text
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from pipelines.failure import RecordError
from pipelines.recorded import Recorded
from pipelines.story import Member, Story, read_story

#: So much of a paragraph is shown, and so many paragraphs.
_SHOWN, _MOST = 96, 6


class Command(ScrapyCommand):
    """Prints stories: the lead, then all members in order of publication, with what they added and dropped."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        """How it is called."""
        return "[--since DAY] [--source SOURCE] [--id ID] [--json] [-s OUTPUT_DIR=DIR]"

    def short_desc(self) -> str:
        """One line for `scrapy -h`."""
        return "Show each story with its copies: who carried it, who cut it, who changed it"

    def long_desc(self) -> str:
        """What `scrapy stories -h` adds."""
        return (
            "Without --id, stories of more than one document are shown, the latest first. A story's id is that of the "
            "document of it that was met first; the id of any of its documents finds it."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """The options of this command."""
        super().add_options(parser)
        parser.add_argument("--since", metavar="DAY", help="with a member published on this day (Beijing) or later")
        parser.add_argument("--source", metavar="SOURCE", help="with a member of this source")
        parser.add_argument("--id", metavar="ID", help="the story of this document, whatever its size")
        parser.add_argument("--json", action="store_true", help="one JSON object a line")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print the stories asked for."""
        assert self.settings is not None
        since = _day(opts.since)
        try:
            with Recorded(Path(self.settings["OUTPUT_DIR"])) as recorded:
                for story in _wanted(recorded, opts.id, since, opts.source):
                    _print_json(story) if opts.json else _print(story)
        except RecordError as error:
            raise UsageError(str(error), print_help=False) from error


def _wanted(recorded: Recorded, name: str | None, since: str, source: str | None) -> Iterator[Story]:
    if name is not None:
        story = read_story(recorded, name)
        if story is None:
            raise UsageError(f"{name} was never met", print_help=False)
        yield story
        return
    found = (read_story(recorded, root) for root in recorded.ledger.stories.roots())
    stories = [story for story in found if story is not None and len(story.members) > 1]
    for story in sorted(stories, key=_latest, reverse=True):
        if _latest(story) >= since and (source is None or any(one.article.source == source for one in story.members)):
            yield story


def _latest(story: Story) -> str:
    return max(one.article.date_published or "" for one in story.members)


def _print(story: Story) -> None:
    console = Console(highlight=False, soft_wrap=True)
    console.print(Text(f"{story.id}  {story.lead.headline}", style="bold"))
    if story.credited:
        console.print(f"  credited to {story.credited}")
    for member in story.members:
        console.print(Text(_line(member, story), style="cyan" if member.article.id == story.lead.id else ""))
        for sign, style, paragraphs in (("-", "red", member.dropped), ("+", "green", member.added)):
            for paragraph in _shortened(paragraphs):
                console.print(Text(f"      {sign} {paragraph}", style=style))
    console.print()


def _line(member: Member, story: Story) -> str:
    article = member.article
    time = (article.date_published or "undated").replace("T", " ")[:16]
    if article.id == story.lead.id:
        how = "lead"
    else:
        how = f"{member.relation or 'linked'} {member.similarity:.0%}" if member.similarity is not None else "linked"
    return f"  {time:<16}  {how:<15}  {article.id}  {article.publisher}"


def _shortened(paragraphs: Sequence[str]) -> Iterator[str]:
    for paragraph in paragraphs[:_MOST]:
        yield paragraph if len(paragraph) <= _SHOWN else paragraph[: _SHOWN - 1] + "…"
    if len(paragraphs) > _MOST:
        yield f"… and {len(paragraphs) - _MOST} more paragraphs"


def _print_json(story: Story) -> None:
    described = {
        "id": story.id,
        "headline": story.lead.headline,
        "lead": story.lead.id,
        "first": story.first.id,
        "credited": story.credited,
        "members": [_described(member) for member in story.members],
    }
    print(orjson.dumps(described).decode())


def _described(member: Member) -> dict[str, Any]:
    article = member.article
    return {
        "id": article.id,
        "publisher": article.publisher,
        "headline": article.headline,
        "date_published": article.date_published,
        "canonical_url": article.canonical_url,
        "relation": member.relation,
        "similarity": member.similarity,
        "reason": member.reason or None,
        "added": member.added,
        "dropped": member.dropped,
    }


def _day(value: str | None) -> str:
    try:
        return datetime.date.fromisoformat(value).isoformat() if value else ""
    except ValueError:
        raise UsageError(f"--since {value} is no day; write it like 2022-10-01", print_help=False) from None

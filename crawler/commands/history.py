"""`scrapy history ID`: a document's life, as it was recorded."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.text import Text
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from crawler.extraction.identity import Address
from crawler.extraction.problem import Problem
from crawler.items import Capture
from crawler.marking import marked
from crawler.sources import source_of
from pipelines.failure import RecordError
from pipelines.history import Difference, History, Showing, read_history
from pipelines.recorded import Recorded
from pipelines.rows import State, StateChange
from pipelines.story import Story
from pipelines.watch import ABSENT
from pipelines.word_diff import Piece

#: A run of captures of one revision that is longer than this is shown by its first and its last.
_LONGEST_RUN = 3
#: So many characters of the unchanged text are shown on either side of a change.
_CONTEXT = 60
_BREAK = re.compile(r"\s*\n\s*")
_FIRST_WORD_END = re.compile(r"^\S*\s+")
_LAST_WORD_START = re.compile(r"\s+\S*$")


class Command(ScrapyCommand):
    """Coloured on a terminal; elsewhere `[-removed-]` and `{+added+}`, as `git diff --word-diff` marks them."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        """How it is called."""
        return "ID|URL [--all] [--json] [-s OUTPUT_DIR=DIR]"

    def short_desc(self) -> str:
        """One line for `scrapy -h`."""
        return "Show a document's life: captures, revisions with a word diff, removals, copies"

    def long_desc(self) -> str:
        """What `scrapy history -h` adds."""
        return (
            "Names the document by its id or by any of its URLs. Instants are UTC, publication dates Beijing time. "
            "Corrections are ours: the publisher changed nothing. Removed does not mean retracted: docs/record.md."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """The options of this command."""
        super().add_options(parser)
        parser.add_argument("--all", action="store_true", help="every capture, also of a long run of the same text")
        parser.add_argument("--json", action="store_true", help="everything, as one JSON object")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print the life of one document."""
        assert self.settings is not None
        if len(args) != 1:
            raise UsageError("name one document, such as mfa:t1659619, or its URL", print_help=False)
        try:
            with Recorded(Path(self.settings["OUTPUT_DIR"])) as recorded:
                history = _known(recorded, _document_id(args[0]))
        except (RecordError, Problem) as error:
            raise UsageError(str(error), print_help=False) from error
        if opts.json:
            print(orjson.dumps(history.as_dict(), option=orjson.OPT_INDENT_2).decode())
        else:
            _print(history, longest_run=len(history.captures) if opts.all else _LONGEST_RUN)


def _document_id(name: str) -> str:
    """The id that a reader means. Raises Problem for a URL of no source, UsageError for one that is no document's."""
    address = Address.of(name)
    if address is None:
        return name
    identity = source_of(name).identify(address)
    if identity is None:
        raise UsageError(f"{name} is the URL of no document", print_help=False)
    return identity.id


def _known(recorded: Recorded, document_id: str) -> History:
    history = read_history(recorded, document_id)
    if history is None:
        nearest = recorded.nearest(document_id)
        hint = f"; there is {', '.join(nearest)}" if nearest else ""
        raise UsageError(f"{document_id} was never met{hint}", print_help=False)
    return history


def _print(history: History, longest_run: int) -> None:
    console = Console(highlight=False, soft_wrap=True)
    differences = DifferenceLines(is_coloured=console.is_terminal)
    console.print(Text(f"{history.article.id}  {history.article.headline}", style="bold"))
    _print_indented(console, _head(history))
    console.print(Text("\nCaptures", style="bold"))
    _print_indented(console, _captures(history.captures, longest_run))
    console.print(Text("\nWhat happened", style="bold"))
    _print_indented(console, [f"{_instant(history.first_seen)}  first seen, revision {history.first_revision}"])
    for event in history.events():
        lines = _state_change(event) if isinstance(event, StateChange) else differences.of(event)
        _print_indented(console, lines)
    if history.superseded:
        count = len(history.superseded)
        told = f"{count} line{'s' if count > 1 else ''} of revisions/"
        console.print(f"  not shown: {told} from before a text in between was met (--json has all)")
    if corrections := history.of_kind("correction"):
        console.print(Text("\nCorrections: ours, not the publisher's. We read the same text better.", style="bold"))
        for correction in corrections:
            _print_indented(console, differences.of(correction))
    if history.story is not None:
        console.print(Text("\nStory", style="bold"))
        _print_indented(console, _story(history.story))
    if any(change.state in ABSENT for change in history.states):
        console.print("\nRemoved does not mean retracted: docs/record.md tells what can be concluded.")


def _print_indented(console: Console, lines: Iterable[str | Text]) -> None:
    for line in lines:
        console.print(Text("  ").append(line))


def _head(history: History) -> Iterator[str]:
    article, watched = history.article, history.watched
    yield f"{article.publisher}, published {article.date_published or 'on an unknown day'}"
    yield article.canonical_url
    if history.from_mirror:
        yield f"its text is known from a mirror only: {article.url}"
    if watched is not None:
        found = f"last found {watched.seen}" if watched.seen else "never visited yet"
        yield f"{watched.state} since {watched.since}, {found}, next visit from {watched.due} on"
        if watched.moved_to is not None:
            yield f"its text stands under {watched.moved_to} now"
        elif watched.state == State.MOVED:
            yield f"visited under {watched.url} now"


# --- captures


def _captures(captures: Sequence[Showing], longest_run: int) -> Iterator[str]:
    if not captures:
        yield "none: nothing was archived"
    for revision, run in groupby(captures, key=lambda showing: showing.revision):
        shown = list(run)
        if len(shown) <= longest_run:
            yield from map(_capture, shown)
        else:
            yield _capture(shown[0])
            yield f"… {len(shown) - 2} more of revision {revision} (--all shows them)"
            yield _capture(shown[-1])


def _capture(showing: Showing) -> str:
    return f"{_instant(showing.date)}  revision {showing.revision}  {_record(showing.capture)}  {showing.url}"


# --- states


def _state_change(change: StateChange) -> Iterator[Text]:
    moved = f" to {change.moved_to}" if change.moved_to else ""
    moved += f" ({change.moved_to_document})" if change.moved_to_document else ""
    reason = f" ({change.reason})" if change.reason else ""
    yield Text(f"{change.date}  {change.state}{moved}{reason}", style="bold red" if change.state in ABSENT else "bold")
    yield Text(f"    was {change.previous}, last found {_instant(change.last_seen)}; under {change.url}")
    if change.capture is not None:
        yield Text(f"    evidence {_record(change.capture)}")


# --- differences


class DifferenceLines:
    """How a change of the text is told, with or without colours."""

    def __init__(self, *, is_coloured: bool) -> None:
        self._is_coloured = is_coloured

    def of(self, difference: Difference) -> Iterator[Text]:
        """What changed, field by field, then word by word, and between which captures."""
        line = difference.line
        yield Text(f"{_instant(line.date)}  {_title(difference)}", style="bold")
        for url in difference.mirrors:
            yield Text(f"    read from a mirror, whose doing it may be: {url}")
        for field, values in line.fields.items():
            yield Text(f"    {field}: {_value(values.before)} → {_value(values.after)}")
        if "exchanges" in line.changed and difference.after is not None:
            before, after = (len(side.exchanges or ()) for side in (difference.before, difference.after))
            yield Text(f"    exchanges: {before} → {after} questions and answers")
        pieces = [Piece(piece.kind, _BREAK.sub("\n", piece.text)) for piece in excerpt(difference.words)]
        for words in marked(pieces, is_coloured=self._is_coloured).split("\n"):
            if words.plain.strip():
                yield Text("      ").append_text(words)
        captures = dict.fromkeys((_record(line.before.capture), _record(line.after.capture)))
        yield Text(f"    read from {' and '.join(captures)}")


def excerpt(pieces: Sequence[Piece], context: int = _CONTEXT) -> list[Piece]:
    """The changes, with at most about `context` characters of the unchanged text on either side, in whole words."""
    shortened = []
    for number, piece in enumerate(pieces):
        text = piece.text
        if piece.kind == "same":
            end = _end(text, context) if number + 1 < len(pieces) else ""
            start = _start(text, context) if number else ""
            if len(start) + len(end) < len(text):
                text = f"{start}{' …' if start else ''}\n{'… ' if end else ''}{end}"
        elif piece.kind == "removed" and number + 1 < len(pieces) and pieces[number + 1].kind == "added":
            text = text.rstrip()
        shortened.append(Piece(piece.kind, text))
    return shortened


def _start(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    cut = text[:length]
    return cut if text[length].isspace() else _LAST_WORD_START.sub("", cut)


def _end(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    cut = text[-length:]
    return cut.lstrip() if text[-length - 1].isspace() else _FIRST_WORD_END.sub("", cut)


def _title(difference: Difference) -> str:
    line = difference.line
    if line.kind == "layout-changed":
        return f"new layout around the same words: {line.before.layout} → {line.after.layout}"
    title = f"revision {line.after.revision}"
    if line.kind == "correction":
        title = f"correction {line.after.correction} of {title}"
    elif line.after.revision != line.before.revision + 1:
        title += f", after revision {line.before.revision}"
    title += f": {', '.join(line.changed) or 'nothing but noise'}"
    if "article_body" in line.changed:
        title += f" ({line.size.removed} words out, {line.size.added} in, {line.size.similarity:.0%} the same)"
    return title


def _value(value: Any) -> str:
    if value is None or value == []:
        return "none"
    if isinstance(value, list):
        return ", ".join(map(_value, value))
    return " ".join(str(part) for part in value.values() if part) if isinstance(value, dict) else str(value)


def _record(capture: Capture | None) -> str:
    """What to cite a capture by."""
    if capture is None:
        return "no capture"
    archive = f"({capture.archive} {capture.timestamp or ''}".rstrip() + ")" if capture.archive else ""
    return " ".join(filter(None, (capture.file, capture.record_id, archive)))


def _instant(date: str | None) -> str:
    return date or "at an unknown time"


# --- copies


def _story(story: Story) -> Iterator[str]:
    if len(story.members) == 1:
        yield f"{story.id}: no copies are known"
        return
    yield f"{story.id}: {len(story.members)} documents (scrapy stories --id {story.id})"
    for member in story.members:
        article = member.article
        how = "lead" if article.id == story.lead.id else member.relation or "linked"
        yield f"{(article.date_published or 'undated')[:10]}  {how:<9}  {article.id}  {article.publisher}"

"""Are the JSON Lines whole and valid, and does the ledger have a row for each of them, and no other?

A file and the rows that point into it are walked side by side, so memory does not grow with either.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from crawler.integrity.findings import Code, Findings
from crawler.items import Article, Capture
from pipelines.fingerprint import text_digest
from pipelines.output import ARTICLES, COPIES, KINDS, REVISIONS, STATES
from pipelines.rows import Revision, StateChange

#: What the lines of a directory are.
MODELS: dict[str, type[BaseModel]] = {ARTICLES: Article, COPIES: Article, REVISIONS: Revision, STATES: StateChange}

_TEXTS = (
    "SELECT position, document, revision, correction, text_digest, headline_digest, date_retrieved, capture_file,"
    " capture_record_id FROM revisions WHERE path = ? ORDER BY position"
)
_OTHERS = "SELECT position, document FROM document_lines WHERE path = ? ORDER BY position"

#: Told which captures the lines cite, and by which document each.
Cite = Callable[[Capture, str], None]


@dataclass(frozen=True, slots=True)
class Written:
    """A line of a file: the byte it begins at, and its octets with the line feed, which a cut line lacks."""

    position: int
    octets: bytes

    @property
    def is_whole(self) -> bool:
        """Whether it ends as a line does."""
        return self.octets.endswith(b"\n")


def written_lines(path: Path, length: int | None = None) -> Iterator[Written]:
    """The lines of a file within its first `length` bytes, or all; the last may be cut. Raises OSError."""
    with path.open("rb") as file:
        position = 0
        while length is None or position < length:
            octets = file.readline(-1 if length is None else length - position)
            if not octets:
                return
            yield Written(position, octets)
            position += len(octets)


def json_lines_files(directory: Path) -> dict[str, int]:
    """The size of each JSON Lines file of an output directory, by its path below it, in the order of paths."""
    return {
        f"{kind}/{path.name}": path.stat().st_size
        for kind in sorted(KINDS)
        for path in sorted((directory / kind).glob("*.jsonl"))
    }


def parse(path: str, line: Written) -> BaseModel:
    """The row of a line. Raises ValueError, which says what is wrong with it."""
    try:
        return MODELS[path.partition("/")[0]].model_validate_json(line.octets)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ValueError(f"{'.'.join(map(str, first['loc'])) or 'the line'}: {first['msg']}") from error


def check_lines(directory: Path, connection: sqlite3.Connection | None, findings: Findings, cite: Cite) -> None:
    """Checks every file, beside the rows of the ledger where there is one to be read. Raises OSError, sqlite3.Error."""
    sizes = json_lines_files(directory)
    if connection is None:
        for path in sizes:
            _check_file(directory, path, None, (), findings, cite)
        return
    lengths = dict(connection.execute("SELECT path, length FROM files ORDER BY path").fetchall())
    for path, length in lengths.items():
        size = sizes.get(path, 0)
        if size < length:
            findings.add(Code.FILE_SHORT, f"{path} has {size} bytes where {length} were committed")
        elif size > length:
            detail = f"{path}: {size - length} bytes behind the committed {length}; the next run cuts them off"
            findings.add(Code.UNCOMMITTED, detail)
        with closing(connection.execute(_TEXTS if _holds_articles(path) else _OTHERS, (path,))) as rows:
            if path in sizes or length:
                _check_file(directory, path, length, rows, findings, cite)
    for path, size in sizes.items():
        if path not in lengths and size:
            findings.add(Code.FILE_UNKNOWN, f"{path} of {size} bytes")
    unknown = "SELECT path, count(*) FROM {} WHERE path NOT IN (SELECT path FROM files) GROUP BY path"
    for table in ("revisions", "document_lines"):
        for path, count in connection.execute(unknown.format(table)):
            findings.add(Code.ROW_WITHOUT_LINE, f"{count} rows of {table} point into {path}, which is not known", count)


def _check_file(
    directory: Path, path: str, length: int | None, rows: Iterable[tuple[Any, ...]], findings: Findings, cite: Cite
) -> None:
    findings.seen["files"] += 1
    lines = written_lines(directory / path, length) if (directory / path).exists() else iter(())
    for line, row in _side_by_side(lines, rows):
        if line is None:
            assert row is not None
            findings.add(Code.ROW_WITHOUT_LINE, f"{path} at byte {row[0]}: no line of {row[1]} begins here")
            continue
        findings.seen["lines"] += 1
        model = _check_line(path, line, length is not None, findings, cite)
        if length is not None and row is None:
            findings.add(Code.LINE_WITHOUT_ROW, f"{path} at byte {line.position}")
        elif row is not None and model is not None and row[1:] != _as_row(model):
            differing = next(one for one, other in zip(row[1:], _as_row(model), strict=True) if one != other)
            findings.add(Code.ROW_DIFFERS, f"{path} at byte {line.position}: the line does not say {differing}")


def _check_line(path: str, line: Written, is_committed: bool, findings: Findings, cite: Cite) -> BaseModel | None:
    where = f"{path} at byte {line.position}"
    if not line.is_whole and not is_committed:
        findings.add(Code.UNCOMMITTED, f"{where}: {len(line.octets)} bytes of a line that was cut")
        return None
    try:
        if not line.is_whole:
            raise ValueError("the line has no end")
        model = parse(path, line)
    except ValueError as error:
        findings.add(Code.LINE_DAMAGED, f"{where}: {error}")
        return None
    if isinstance(model, Article) and text_digest(model.article_body) != model.text_digest:
        findings.add(Code.DIGEST_DIFFERS, f"{where}: {model.id} revision {model.revision}")
    if isinstance(model, Article | StateChange) and model.capture is not None:
        cite(model.capture, _document_of(model))
    return model


def _side_by_side(
    lines: Iterator[Written], rows: Iterable[tuple[Any, ...]]
) -> Iterator[tuple[Written | None, tuple[Any, ...] | None]]:
    """Lines and rows, both in the order of positions: each line with the row that points at it, if there is one, and
    each row that points at no line."""
    coming = iter(rows)
    row = next(coming, None)
    for line in lines:
        while row is not None and row[0] < line.position:
            yield None, row
            row = next(coming, None)
        if row is not None and row[0] == line.position:
            yield line, row
            row = next(coming, None)
        else:
            yield line, None
    while row is not None:
        yield None, row
        row = next(coming, None)


def _as_row(model: BaseModel) -> tuple[Any, ...]:
    """What the ledger's row of a line says behind the position."""
    if not isinstance(model, Article):
        return (_document_of(model),)
    return (
        model.id,
        model.revision,
        model.correction or 0,
        model.text_digest,
        text_digest(model.headline),
        model.date_retrieved,
        model.capture and model.capture.file,
        model.capture and model.capture.record_id,
    )


def _document_of(model: BaseModel) -> str:
    return str(model.id if isinstance(model, Article) else vars(model)["document"])


def _holds_articles(path: str) -> bool:
    return MODELS.get(path.partition("/")[0]) is Article

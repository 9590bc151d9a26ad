"""Answers of CDX servers: which captures they tell of.

* Wayback: one JSON array of rows, the first with the names of the fields; with `showResumeKey=true`, and if there is
  more, an empty row and one with the key.
* pywb and Common Crawl: one JSON object a line.
* Common Crawl's `collinfo.json`: a JSON array of objects, one an index.

An answer that is cut, or is something else, is a Problem; a row that lacks a field is left out, and counted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from crawler.extraction.identity import Address
from crawler.extraction.problem import Code, Problem
from crawler.extraction.recognition import BLOCKED, problem_of_status
from crawler.webarchives.archives import Dialect

_TIMESTAMP = re.compile(r"\d{14}")
_NUMBER = re.compile(r"\d{1,15}")
#: Fields of a row by the names the dialects have for them.
_NAMES = {"original": "url", "mimetype": "mime", "statuscode": "status"}
#: How pywb and Common Crawl say that there is nothing (404), and that a page is behind the last one (400).
_NOTHING = re.compile(r"No (?:captures?|resource) found", re.IGNORECASE)
_BEHIND_THE_LAST = (re.compile(r"\bpage\b", re.IGNORECASE), re.compile(r"\binvalid\b", re.IGNORECASE))
_HALF_CHARACTER = re.compile(r"[\ud800-\udfff]")
_QUOTED_BYTES = 120


class Row(NamedTuple):
    """One capture as an index tells of it.

    `url` is spelled as it was captured, `timestamp` has 14 digits, in UTC. `mime` is empty and `status` null where the
    index does not say. `digest` is that of the body, in a form of the archive's own, and empty where there is none.
    `filename`, `offset` and `length` are where it lies in which WARC file; null in an answer of Wayback.
    """

    url: str
    timestamp: str
    mime: str
    status: int | None
    digest: str
    filename: str | None = None
    offset: int | None = None
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Index:
    """One index of Common Crawl: its name (`CC-MAIN-2020-16`) and the URL of its CDX server."""

    id: str
    endpoint: str


@dataclass(slots=True)
class Answer:
    """What an answer says. `count` is how many rows it had, those left out too; `flaws` is why, one a row left out.

    `resume_key` is that of the next answer of Wayback, null at the end.
    """

    rows: list[Row] = field(default_factory=list)
    flaws: list[str] = field(default_factory=list)
    resume_key: str | None = None

    @property
    def count(self) -> int:
        """The rows of the answer."""
        return len(self.rows) + len(self.flaws)


def read_answer(dialect: Dialect, url: str, status: int, body: bytes) -> Answer:
    """The answer to a question about captures.

    Raises Problem: of the status; `empty-response`, `truncated`, and `blocked` or `no-layout` for what is no index.
    """
    if dialect is Dialect.WAYBACK:
        _check_status(url, status)
        return _read_array(url, body)
    if (status == 404 and _says(body, _NOTHING)) or (status == 400 and _says(body, *_BEHIND_THE_LAST)):
        return Answer()
    _check_status(url, status)
    return _read_lines(url, body, needs_place=dialect is Dialect.COMMON_CRAWL)


def read_indexes(url: str, status: int, body: bytes, hosts: Collection[str]) -> list[Index]:
    """The indexes of Common Crawl, the newest first. Raises Problem as `read_answer` does, and for another host."""
    _check_status(url, status)
    listed = _parsed(url, body, b"[", b"]")
    indexes = [
        Index(one["id"], one["cdx-api"])
        for one in listed
        if isinstance(one, dict) and isinstance(one.get("id"), str) and isinstance(one.get("cdx-api"), str)
    ]
    if not indexes:
        # As it was for a day in 2022, while the storage behind it was out of order.
        raise Problem(Code.EMPTY_RESPONSE, url, "a list without one index")
    for index in indexes:
        address = Address.of(index.endpoint)
        if address is None or address.host not in hosts:
            raise Problem(Code.FORBIDDEN_ADDRESS, url, f"the index {index.id} is at {index.endpoint[:_QUOTED_BYTES]}")
    return indexes


def _check_status(url: str, status: int) -> None:
    if (problem := problem_of_status(status, url)) is not None:
        raise problem


def _says(body: bytes, *patterns: re.Pattern[str]) -> bool:
    """Whether this is a JSON object with these words as its message."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return False
    message = (answer.get("message") or answer.get("error")) if isinstance(answer, dict) else None
    return isinstance(message, str) and all(pattern.search(message) for pattern in patterns)


def _read_array(url: str, body: bytes) -> Answer:
    lines = _parsed(url, body, b"[", b"]")
    if not lines:
        return Answer()
    names, *rows = lines
    if not isinstance(names, list) or not {"original", "timestamp"} <= set(map(str, names)):
        raise Problem(Code.NO_LAYOUT, url, f"no row with the names of the fields: {_quoted(body)}")
    answer = Answer()
    if len(rows) >= 2 and rows[-2] == [] and isinstance(rows[-1], list) and len(rows[-1]) == 1:
        answer.resume_key = str(rows[-1][0])
        del rows[-2:]
    for row in rows:
        is_whole = isinstance(row, list) and len(row) == len(names)
        _add(answer, dict(zip(names, row, strict=True)) if is_whole else {}, row, needs_place=False)
    return answer


def _read_lines(url: str, body: bytes, needs_place: bool) -> Answer:
    """pywb answers nothing with nothing."""
    answer = Answer()
    lines = body.split(b"\n")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise _unreadable(url, body, is_cut=number == len(lines) and line.startswith(b"{")) from error
        _add(answer, row if isinstance(row, dict) else {}, row, needs_place)
    return answer


def _parsed(url: str, body: bytes, begin: bytes, end: bytes) -> list[Any]:
    """A JSON array. Raises Problem."""
    stripped = body.strip()
    if not stripped:
        raise Problem(Code.EMPTY_RESPONSE, url, "an answer without a word")
    try:
        parsed = json.loads(stripped)
    except (ValueError, RecursionError) as error:
        raise _unreadable(url, body, is_cut=stripped.startswith(begin) and not stripped.endswith(end)) from error
    if not isinstance(parsed, list):
        raise Problem(Code.NO_LAYOUT, url, f"no array: {_quoted(body)}")
    return parsed


def _unreadable(url: str, body: bytes, is_cut: bool) -> Problem:
    if is_cut:
        return Problem(Code.TRUNCATED, url, f"ends in «{body[-_QUOTED_BYTES // 2 :].decode('utf-8', 'replace')}»")
    text = body.decode("utf-8", "replace")
    return Problem(Code.BLOCKED if BLOCKED.search(text) else Code.NO_LAYOUT, url, f"no JSON: {_quoted(body)}")


def _add(answer: Answer, fields: Mapping[str, Any], told: object, needs_place: bool) -> None:
    """Add a row to the answer, or what is wrong with it."""
    row = _row({_NAMES.get(name, name): value for name, value in fields.items()}, needs_place)
    if row is None:
        answer.flaws.append(json.dumps(told)[:_QUOTED_BYTES])
    else:
        answer.rows.append(row)


def _row(fields: Mapping[str, Any], needs_place: bool) -> Row | None:
    """Null for a row without URL, digest or time, or without the place in a WARC file where that is needed."""
    url, timestamp, digest = (_text(fields.get(name)) for name in ("url", "timestamp", "digest"))
    offset, length = (_number(fields.get(name)) for name in ("offset", "length"))
    filename = _text(fields.get("filename")) or None
    if Address.of(url) is None or not digest or not _is_time(timestamp):
        return None
    if needs_place and (filename is None or offset is None or not length):
        return None
    return Row(
        url=url,
        timestamp=timestamp,
        mime=_text(fields.get("mime")).partition(";")[0].strip().lower(),
        status=_number(fields.get("status")),
        digest="" if digest == "-" else digest,
        filename=filename,
        offset=offset,
        length=length,
    )


def _is_time(timestamp: str) -> bool:
    if not timestamp.isascii() or not _TIMESTAMP.fullmatch(timestamp):
        return False
    try:
        datetime.fromisoformat(f"{timestamp[:8]}T{timestamp[8:]}")
    except ValueError:
        return False
    return True


def _text(value: object) -> str:
    """Empty for what is no text, and for one with half characters, which no database takes."""
    words = value.strip() if isinstance(value, str) else ""
    return "" if _HALF_CHARACTER.search(words) else words


def _number(value: object) -> int | None:
    """Numbers come as texts from most servers; `-` stands for none."""
    words = str(value)
    return int(words) if words.isascii() and _NUMBER.fullmatch(words) else None


def _quoted(body: bytes) -> str:
    return f"«{body[:_QUOTED_BYTES].decode('utf-8', 'replace')}»"

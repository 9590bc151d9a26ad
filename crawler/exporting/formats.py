"""The two formats that need nothing but Python: JSON Lines and CSV. Parquet is in `crawler.exporting.parquet`."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Sequence
from typing import Any, BinaryIO, Protocol

import orjson

from crawler.exporting.selection import Row

#: A spreadsheet takes a cell that begins with one of these for a formula (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: Makes it text for the spreadsheet.
_APOSTROPHE = "'"


class Format(Protocol):
    """Writes rows to a binary stream, which it does not close."""

    def write(self, row: Row) -> None:
        """Adds a row."""

    def close(self) -> None:
        """Writes what is held back; to be called whatever happens, while the stream is open."""


class JsonLines:
    """The lines as they were recorded, byte for byte."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, row: Row) -> None:
        """Adds a line."""
        self._stream.write(row.line + b"\n")

    def close(self) -> None:
        """Nothing is held back."""


class Csv:
    """RFC 4180 in UTF-8: a header, then a record a row. Null is an empty cell, and lists and objects are JSON.

    It is for spreadsheets: a text that one of them would take for a formula gets an apostrophe before it.
    """

    def __init__(self, stream: BinaryIO, columns: Sequence[str], encoding: str = "utf-8") -> None:
        """With the encoding `utf-8-sig` the file begins with a byte order mark, without which Excel reads no UTF-8."""
        self._columns = columns
        self._writer = csv.writer(codecs.getwriter(encoding)(stream))
        self._writer.writerow(columns)

    def write(self, row: Row) -> None:
        """Adds a record."""
        self._writer.writerow([_cell(row.fields.get(column)) for column in self._columns])

    def close(self) -> None:
        """Nothing is held back."""


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return _APOSTROPHE + value if value.startswith(_FORMULA) else value
    return orjson.dumps(value).decode() if isinstance(value, list | dict) else value

"""Parquet, with the types of the JSON Schema of the lines. Needs pyarrow, so only who asks for it imports this."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, BinaryIO, NamedTuple

import orjson
import pyarrow as pa
from pyarrow.parquet import ParquetWriter
from pydantic import BaseModel, TypeAdapter

from crawler.exporting.selection import Row
from crawler.items import Instant

#: A row group is that many rows, or bytes of JSON, whichever comes first: what is held in memory.
_GROUP_ROWS = 5_000
_GROUP_BYTES = 32 << 20

_INSTANT = TypeAdapter(Instant).json_schema()["pattern"]
_SCALARS = {"string": pa.string(), "integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_()}

#: A day of its own beside a date that may be a day or a time: `date_published` says which.
_DAYS = {"date_published": "date_published_day"}

Schema = Mapping[str, Any]
Read = Callable[[Any], Any]


class Column(NamedTuple):
    """An Arrow type, and how a JSON value becomes a value of it."""

    type: pa.DataType
    read: Read


class Parquet:
    """A Parquet file, compressed with zstd. Instants are timestamps in UTC, days are dates, and what has no type of its
    own in the schema is JSON. Anything may be null."""

    def __init__(self, stream: BinaryIO, model: type[BaseModel]) -> None:
        self._columns = columns_of(model)
        self._schema = pa.schema([(name, column.type) for name, column in self._columns.items()])
        self._writer = ParquetWriter(stream, self._schema, compression="zstd")
        self._rows: list[dict[str, Any]] = []
        self._bytes = 0

    def write(self, row: Row) -> None:
        """Adds a row."""
        fields = row.fields | {day: row.fields.get(name) for name, day in _DAYS.items()}
        self._rows.append({name: column.read(fields.get(name)) for name, column in self._columns.items()})
        self._bytes += len(row.line)
        if len(self._rows) >= _GROUP_ROWS or self._bytes >= _GROUP_BYTES:
            self._write_group()

    def close(self) -> None:
        """Writes the last rows, and the footer."""
        self._write_group()
        self._writer.close()

    def _write_group(self) -> None:
        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, schema=self._schema))
            self._rows.clear()
            self._bytes = 0


def columns_of(model: type[BaseModel]) -> dict[str, Column]:
    """The columns of a model's lines, by name: its fields in their order, each day after its date."""
    described = model.model_json_schema(mode="serialization")
    definitions = described.get("$defs", {})
    columns = {}
    for name, schema in described["properties"].items():
        columns[name] = _column(schema, definitions)
        if name in _DAYS:
            columns[_DAYS[name]] = Column(pa.date32(), _or_null(_day))
    return columns


def _column(schema: Schema, definitions: Schema) -> Column:
    if "$ref" in schema:
        return _column(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    if "anyOf" in schema:
        (known,) = (one for one in schema["anyOf"] if one.get("type") != "null")
        return _column(known, definitions)
    if schema.get("pattern") == _INSTANT:
        return Column(pa.timestamp("us", "UTC"), _or_null(datetime.fromisoformat))
    if schema.get("type") == "array":
        item = _column(schema["items"], definitions)
        return Column(pa.list_(item.type), _or_null(lambda values: [item.read(value) for value in values]))
    if "properties" in schema:
        parts = {name: _column(part, definitions) for name, part in schema["properties"].items()}
        return Column(
            pa.struct([(name, part.type) for name, part in parts.items()]),
            _or_null(lambda values: {name: part.read(values.get(name)) for name, part in parts.items()}),
        )
    if schema.get("type") in _SCALARS:
        return Column(_SCALARS[schema["type"]], lambda value: value)
    return Column(pa.string(), _or_null(lambda value: orjson.dumps(value).decode()))


def _day(value: str) -> date:
    return date.fromisoformat(value[: len("2022-10-28")])


def _or_null(read: Read) -> Read:
    return lambda value: None if value is None else read(value)

"""The data files, read back by those who will read them: the csv module, pyarrow and DuckDB."""

from __future__ import annotations

import csv
import datetime
import io
import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import BaseModel

from crawler.exporting import parquet
from crawler.exporting.formats import Csv, Format, JsonLines
from crawler.exporting.parquet import Parquet
from crawler.exporting.selection import TEXTS, Row, Selected, Selection
from crawler.items import Article
from pipelines.rows import Revision, StateChange
from pipelines.snapshot import Snapshot
from tests.exporting.recorded import DOCUMENTS, FORMULA, UNDATED, record, spreadsheet_fields
from tests.pipelines.lives import record_life


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The record, to be read only."""
    directory = tmp_path_factory.mktemp("recorded")
    record(directory)
    return directory


def write(directory: Path, make_format: Callable[[BinaryIO], Format], kinds: tuple[str, ...] = TEXTS) -> io.BytesIO:
    stream = io.BytesIO()
    with Snapshot(directory) as snapshot, closing(make_format(stream)) as written:
        for row in Selected(directory, snapshot, Selection(kinds)):
            written.write(row)
    return io.BytesIO(stream.getvalue())


def parquet_of(directory: Path, model: type[BaseModel] = Article, kinds: tuple[str, ...] = TEXTS) -> pa.Table:
    return pq.read_table(write(directory, lambda stream: Parquet(stream, model), kinds))


def lines(directory: Path, *kinds: str) -> dict[str, dict[str, Any]]:
    """The last line of each document, by its id."""
    files = [path for kind in kinds for path in sorted((directory / kind).glob("*.jsonl"))]
    read = [orjson.loads(line) for path in files for line in path.read_bytes().splitlines()]
    return {line["id"]: line for line in read}


def cells(value: str) -> str:
    """What becomes of a text in CSV."""
    stream = io.BytesIO()
    Csv(stream, ["headline"]).write(Row(b"", {"headline": value}))
    return list(csv.reader(io.StringIO(stream.getvalue().decode(), newline="")))[1][0]


# JSON Lines


def test_json_lines_are_as_recorded(recorded: Path) -> None:
    written = write(recorded, JsonLines).read().splitlines(keepends=True)
    recorded_lines = [path.read_bytes().splitlines(keepends=True) for path in sorted(recorded.glob("*/*.jsonl"))]
    assert [orjson.loads(line)["id"] for line in written] == DOCUMENTS
    assert set(written) <= {line for file in recorded_lines for line in file}


# CSV


def test_csv_holds_every_field_of_every_document(recorded: Path) -> None:
    text = write(recorded, lambda stream: Csv(stream, list(Article.model_fields))).read().decode("utf-8")
    header, *records = csv.reader(io.StringIO(text, newline=""))
    assert header == list(Article.model_fields)
    assert [dict(zip(header, one, strict=True))["id"] for one in records] == DOCUMENTS
    by_id = {one[0]: dict(zip(header, one, strict=True)) for one in records}
    for document, line in lines(recorded, "articles", "copies").items():
        if document != FORMULA:
            given = by_id[document]
            assert {name: json.loads(given[name]) for name in ("breadcrumb", "images", "keywords")} == {
                name: line[name] for name in ("breadcrumb", "images", "keywords")
            }
            assert given["article_body"] == line["article_body"]
            assert given["similarity"] == ("" if line["similarity"] is None else str(line["similarity"]))
    assert by_id[UNDATED]["date_published"] == ""


def test_csv_of_what_spreadsheets_stumble_over(recorded: Path) -> None:
    text = write(recorded, lambda stream: Csv(stream, list(Article.model_fields))).read().decode("utf-8")
    (found,) = (one for one in csv.DictReader(io.StringIO(text, newline="")) if one["id"] == FORMULA)
    fields = spreadsheet_fields()
    assert found["headline"] == f"'{fields['headline']}"
    assert (found["author"], found["editor"]) == ("'@desk", "'-- Li")
    assert found["article_body"] == fields["article_body"]
    assert json.loads(found["keywords"]) == ["ferries, slow", "灯笼"]
    assert json.loads(found["exchanges"]) == fields["exchanges"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1"])
def test_no_cell_of_csv_is_a_formula(text: str) -> None:
    assert cells(text) == f"'{text}"


@pytest.mark.parametrize("text", ["1 = 1", "'s", "a\r\nb\n\nc", '"', "", " =1", "灯笼"])
def test_any_other_cell_of_csv_is_as_it_was(text: str) -> None:
    assert cells(text) == text


def test_csv_for_excel_begins_with_a_byte_order_mark() -> None:
    stream = io.BytesIO()
    Csv(stream, ["headline"], "utf-8-sig").write(Row(b"", {"headline": "灯笼"}))
    assert stream.getvalue() == "\ufeffheadline\r\n灯笼\r\n".encode()


# Parquet


def test_parquet_has_the_types_of_the_article() -> None:
    columns = parquet.columns_of(Article)
    assert list(columns) == [
        name
        for field in Article.model_fields
        for name in ((field, "date_published_day") if field == "date_published" else (field,))
    ]
    types = {name: str(column.type) for name, column in columns.items()}
    special = {name: kind for name, kind in types.items() if kind != "string"}
    assert special == {
        "date_published_day": "date32[day]",
        "breadcrumb": "list<item: string>",
        "images": "list<item: struct<url: string, caption: string>>",
        "keywords": "list<item: string>",
        "exchanges": "list<item: struct<outlet: string, question: string, speaker: string, answer: string>>",
        "date_retrieved": "timestamp[us, tz=UTC]",
        "capture": "struct<file: string, record_id: string, archive: string, timestamp: string, digest: string>",
        "revision": "int64",
        "correction": "int64",
        "similarity": "double",
    }


def test_parquet_holds_what_was_recorded(recorded: Path) -> None:
    table = parquet_of(recorded)
    assert table.column("id").to_pylist() == DOCUMENTS
    written = lines(recorded, "articles", "copies")
    for row in table.to_pylist():
        line = written[row["id"]]
        published = line["date_published"]
        assert row.pop("date_published_day") == (published and datetime.date.fromisoformat(published[:10]))
        assert row.pop("date_retrieved") == datetime.datetime.fromisoformat(line.pop("date_retrieved"))
        assert row == line


def test_parquet_is_written_in_groups(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "_GROUP_ROWS", 4)
    file = pq.ParquetFile(write(recorded, lambda stream: Parquet(stream, Article)))
    assert [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)] == [4, 4, 1]
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"
    assert file.read().column("id").to_pylist() == DOCUMENTS


def test_parquet_of_revisions_and_states(tmp_path: Path) -> None:
    record_life(tmp_path)
    revisions = parquet_of(tmp_path, Revision, ("revisions",)).to_pylist()
    assert [row["kind"] for row in revisions] == ["revision", "layout-changed", "correction"]
    assert revisions[0]["date"] == datetime.datetime(2024, 3, 3, 6, tzinfo=datetime.UTC)
    assert revisions[0]["after"]["date_retrieved"] == revisions[0]["date"]
    assert orjson.loads(revisions[0]["fields"])["editor"] == {"before": None, "after": "Li"}
    states = parquet_of(tmp_path, StateChange, ("states",)).to_pylist()
    assert [(row["previous"], row["state"]) for row in states][:2] == [("live", "missing"), ("missing", "gone")]
    assert states[1]["last_seen"] == datetime.datetime(2024, 3, 4, 6, tzinfo=datetime.UTC)


def test_parquet_of_nothing_has_its_columns(recorded: Path) -> None:
    assert parquet_of(recorded, StateChange, ("states",)).column_names == list(StateChange.model_fields)


def test_duckdb_reads_parquet(recorded: Path, tmp_path: Path) -> None:
    path = tmp_path / "articles.parquet"
    path.write_bytes(write(recorded, lambda stream: Parquet(stream, Article)).read())
    question = (
        "SELECT count(*), min(date_published_day), max(len(exchanges)), max(exchanges[1].answer),"
        f" max(epoch(date_retrieved)) FROM read_parquet('{path}') WHERE date_published_day >= DATE '2022-10-26'"
    )
    evening = datetime.datetime(2022, 10, 28, 18, tzinfo=datetime.UTC).timestamp()
    with duckdb.connect() as connection:
        answer = connection.execute(question).fetchall()
    assert answer == [(8, datetime.date(2022, 10, 26), 1, "Because.", evening)]

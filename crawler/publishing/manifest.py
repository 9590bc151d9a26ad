"""What was published, as the target itself tells it.

`manifest.jsonl` has a line a file: `path`, `bytes`, `sha256`. It is written after the files it names. JSON Lines grow,
so while a publication is under way one of them may be longer than its line says, but its first `bytes` are always
those the line vouches for. `SHA256SUMS` says the same for `sha256sum --check`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crawler.publishing.failure import ManifestError

MANIFEST = "manifest.jsonl"
SUMS = "SHA256SUMS"


class Entry(BaseModel):
    """A line of the manifest: the first `bytes` of the file at `path` (below the target) have this SHA-256."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Annotated[str, Field(pattern=r"^[^./\n\\][^/\n\\]*(/[^./\n\\][^/\n\\]*)+$")]
    bytes: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


def parse(data: bytes) -> dict[str, Entry]:
    """The entries of a manifest by path. Raises ManifestError."""
    try:
        entries = [Entry.model_validate_json(line) for line in data.splitlines()]
    except ValidationError as error:
        raise ManifestError(f"{MANIFEST} is no manifest of scrapy publish: move it away to publish there") from error
    return {entry.path: entry for entry in entries}


def manifest(entries: Iterable[Entry]) -> bytes:
    """The content of `manifest.jsonl`, by path."""
    return b"".join(orjson.dumps(entry.model_dump()) + b"\n" for entry in _by_path(entries))


def sums(entries: Iterable[Entry]) -> bytes:
    """The content of `SHA256SUMS`, by path."""
    return "".join(f"{entry.sha256}  {entry.path}\n" for entry in _by_path(entries)).encode()


def _by_path(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: entry.path)

"""The finished files of an output directory: what may be published while crawls go on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipelines.failure import OutputError, OutputIncompleteError

#: Bytes read, or sent, at once.
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class FinishedFile:
    """The first `length` bytes of a file. `path` is relative to the output directory and has slashes.

    `grows`: JSON Lines are appended to for ever, and only what the ledger has committed is finished. Closed WARC files
    and run reports are never touched again.
    """

    directory: Path
    path: str
    length: int
    grows: bool

    def chunks(self, size: int | None = None) -> Iterator[bytes]:
        """The first `size` bytes, by default all that is finished. Raises OutputError, or OutputIncompleteError."""
        remaining = self.length if size is None else size
        try:
            with (self.directory / self.path).open("rb") as file:
                while remaining:
                    chunk = file.read(min(CHUNK, remaining))
                    if not chunk:
                        raise OutputIncompleteError(f"{self.directory / self.path} is {remaining} bytes short")
                    remaining -= len(chunk)
                    yield chunk
        except OSError as error:
            raise OutputError(f"{self.directory / self.path}: {error.strerror}") from error

    def digest(self, size: int) -> str:
        """SHA-256 of the first `size` bytes, in hexadecimal digits. Raises as `chunks`."""
        return digest_of(self.chunks(size))


def finished_files(directory: Path, lengths: Mapping[str, int]) -> list[FinishedFile]:
    """What is finished below an output directory, in the order in which to publish it.

    `lengths` are the committed bytes of the JSON Lines, by path. They must have been read before this is called: then
    every WARC file that was closed before a line was committed is among the files. WARC files come first, so that at
    the target no line cites one that is still to come, unless it is in progress.
    """
    archive = sorted(directory.glob("archive/*/*.warc.gz"))
    reports = sorted(directory.glob("runs/*.json"))
    return [
        *(_closed(directory, path) for path in archive),
        *(FinishedFile(directory, path, length, grows=True) for path, length in sorted(lengths.items()) if length),
        *(_closed(directory, path) for path in reports),
    ]


def digest_of(chunks: Iterator[bytes]) -> str:
    """SHA-256, in hexadecimal digits."""
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


def _closed(directory: Path, path: Path) -> FinishedFile:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise OutputError(f"{path}: {error.strerror}") from error
    return FinishedFile(directory, path.relative_to(directory).as_posix(), size, grows=False)

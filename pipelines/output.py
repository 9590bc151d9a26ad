"""The JSON Lines files of an output directory, and how they are kept to what the ledger has committed."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Mapping
from pathlib import Path

from pipelines.failure import MAKE_ROOM, REMEDY, DiskFullError, OutputError, OutputIncompleteError

#: Directories of JSON Lines files, one file a source.
ARTICLES = "articles"
COPIES = "copies"
REVISIONS = "revisions"
STATES = "states"
KINDS = (ARTICLES, COPIES, REVISIONS, STATES)

#: No room on the device, none left of the quota, and the largest file the process may write.
NO_ROOM = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))

logger = logging.getLogger(__name__)


class OutputFiles:
    """The files below `directory`. A path is relative to it, such as `articles/mfa.jsonl`; a length is in bytes.

    Not locked by itself: call it within a transaction of the ledger, which only one process can have.
    """

    def __init__(self, directory: Path) -> None:
        """Makes `directory` where it is missing; raises OutputError where that fails."""
        self._directory = directory
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _named(error, directory) from error

    def read_line(self, path: str, position: int) -> bytes:
        """The line that begins at byte `position` of a file."""
        try:
            with (self._directory / path).open("rb") as file:
                file.seek(position)
                return file.readline()
        except OSError as error:
            raise _named(error, self._directory / path) from error

    def recover(self, lengths: Mapping[str, int]) -> None:
        """Cuts off what lies beyond the committed `lengths`, which is what a run left when it was killed.

        Raises OutputIncompleteError for a file that is missing or shorter than committed, and for one that the
        ledger does not know: then the ledger was lost, and to cut would be to lose the lines too.
        """
        sizes = self._sizes()
        for path, length in lengths.items():
            if sizes.get(path, 0) < length:
                raise OutputIncompleteError(
                    f"{self._directory / path} has {sizes.get(path, 0)} bytes where {length} were committed: restore "
                    f"it from a backup; {REMEDY}"
                )
        for path, size in sizes.items():
            if path not in lengths and size > 0:
                raise OutputIncompleteError(
                    f"the ledger does not know {self._directory / path} of {size} bytes: {REMEDY}"
                )
        for path, length in lengths.items():
            if sizes.get(path, 0) > length:
                logger.warning("Cutting %d uncommitted bytes off %s", sizes[path] - length, path)
                self._cut(path, length)

    def append(self, lines: Mapping[str, bytes], lengths: Mapping[str, int]) -> dict[str, int]:
        """Appends and syncs whole lines to each file after its committed length; the new lengths.

        All or nothing: where one file cannot be written, none keeps anything.
        Raises DiskFullError or OutputError.
        """
        appended = {}
        for path, data in lines.items():
            try:
                appended[path] = self._append(path, lengths.get(path, 0), data)
            except OSError as error:
                for touched in (*appended, path):
                    self._cut(touched, lengths.get(touched, 0))
                raise _named(error, self._directory / path) from error
        return appended

    def _append(self, path: str, length: int, data: bytes) -> int:
        file_path = self._directory / path
        is_new = not file_path.exists()
        if is_new:
            file_path.parent.mkdir(parents=True, exist_ok=True)
        with file_path.open("xb" if is_new else "r+b", buffering=0) as file:
            size = file.seek(0, os.SEEK_END)
            if size < length:
                raise OutputIncompleteError(f"{file_path} has {size} bytes where {length} were committed")
            file.truncate(length)
            file.seek(length)
            remaining = memoryview(data)
            while remaining:
                remaining = remaining[file.write(remaining) :]
            os.fsync(file.fileno())
        if is_new:
            _sync_directory(file_path.parent)
            _sync_directory(self._directory)
        return length + len(data)

    def _cut(self, path: str, length: int) -> None:
        file_path = self._directory / path
        try:
            if file_path.exists():
                os.truncate(file_path, length)
        except OSError as error:
            raise _named(error, file_path) from error

    def _sizes(self) -> dict[str, int]:
        return {
            path.relative_to(self._directory).as_posix(): path.stat().st_size
            for name in KINDS
            for path in sorted((self._directory / name).glob("*.jsonl"))
        }


def _named(error: OSError, path: Path) -> DiskFullError | OutputError:
    if error.errno in NO_ROOM:
        return DiskFullError(f"no room for {path} ({error.strerror}): {MAKE_ROOM}")
    return OutputError(f"{path}: {error.strerror}")


def _sync_directory(directory: Path) -> None:
    """A new file's name is durable only when its directory is synced too."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

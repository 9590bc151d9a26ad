"""A WARC file on a web server, read where it lies."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

_SCHEMES = ("http://", "https://")
#: What is asked for at once: while a file is read from its beginning, and to read one record of it.
_STREAM_BYTES = 2 * 1024 * 1024
_RECORD_BYTES = 128 * 1024


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file by its URL. `size` in bytes and `version`, what the server calls this state of it, are known once it was
    `found`."""

    url: str
    size: int = 0
    version: str = ""

    @property
    def name(self) -> str:
        """The name of the file, without its directory."""
        return PurePosixPath(unquote(urlsplit(self.url).path)).name or self.url

    def __str__(self) -> str:
        return self.url

    def found(self) -> RemoteFile:
        """The file with its size and version. Raises Problem `unreadable-file` where it cannot be had by ranges."""
        # Its HTTP client takes longer to import than many a replay takes, and few need it.
        from crawler.archive.ranges import find

        size, version = find(self.url)
        return RemoteFile(self.url, size, version)

    def open(self, _mode: str = "rb", block_bytes: int = _RECORD_BYTES) -> io.BufferedReader:
        """The file as a stream that can be read from any place. Reading raises OSError where the server fails, and
        Problem `unreadable-file` where the file is not what it was."""
        from crawler.archive.ranges import Ranges

        return io.BufferedReader(Ranges(self, block_bytes))

    def stream(self) -> io.BufferedReader:
        """As `open`, to be read from its beginning to its end."""
        return self.open(block_bytes=_STREAM_BYTES)


def is_remote(name: str) -> bool:
    """Whether a name is a URL of a web server."""
    return name.lower().startswith(_SCHEMES)

"""Files on web servers by byte ranges, through fsspec's HTTP file system.

A file is asked for in blocks, each of them again from where it broke off. Every answer must be of the file that the
first one was of: what is read from two versions of a file is no archive.
"""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import aiohttp
from fsspec.asyn import sync
from fsspec.implementations.http import HTTPFileSystem

from crawler.archive.remote import RemoteFile
from crawler.extraction.problem import Code, Problem
from crawler.settings import USER_AGENT

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_CONTENT_RANGE = re.compile(r"bytes (?:\d+-\d+|\*)/(\d+)")
#: Blocks that are kept; records are mostly read in the order of the file.
_BLOCKS = 4
#: Requests in a row that bring nothing, before the file is given up; and the seconds between two, doubled each time.
_ATTEMPTS = 5
_PAUSE_SECONDS = 0.5
_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=60)
_PASSING = frozenset((408, 425, 429, 500, 502, 503, 504))


def find(url: str) -> tuple[int, str]:
    """Bytes of a file, and what its server calls this state of it. Raises Problem `unreadable-file`."""
    try:
        return sync(_server().loop, _find, url)  # type: ignore[no-any-return]
    except OSError as error:
        raise Problem(Code.UNREADABLE_FILE, url, str(error)) from error


class Ranges(io.RawIOBase):
    """A remote file, block by block."""

    def __init__(self, file: RemoteFile, block_bytes: int) -> None:
        self._file = file
        self._block_bytes = block_bytes
        self._place = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """The byte of the file that is read next."""
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Nothing is asked for until it is read."""
        self._place = offset + (0, self._place, self._file.size)[whence]
        return self._place

    def readinto(self, buffer: WriteableBuffer) -> int:
        """At most to the end of the block. Raises OSError and Problem `unreadable-file`."""
        if self._place >= self._file.size:
            return 0
        number, start = divmod(self._place, self._block_bytes)
        block = _block(self._file, number * self._block_bytes, self._block_bytes)
        view = memoryview(buffer).cast("B")
        piece = block[start : start + len(view)]
        view[: len(piece)] = piece
        self._place += len(piece)
        return len(piece)


@lru_cache(maxsize=_BLOCKS)
def _block(file: RemoteFile, start: int, length: int) -> bytes:
    end = min(start + length, file.size)
    return sync(_server().loop, _fetch, file, start, end)  # type: ignore[no-any-return]


@cache
def _server() -> Any:
    """fsspec's file system of all web servers, and of this process."""
    return HTTPFileSystem(client_kwargs={"timeout": _TIMEOUT})


async def _find(url: str) -> tuple[int, str]:
    _, headers = await _ask(url, 0, 1)
    total = _CONTENT_RANGE.match(headers.get("Content-Range", ""))
    if total is None:
        raise Problem(Code.UNREADABLE_FILE, url, "the server does not say how large it is")
    return int(total[1]), _version(headers)


async def _fetch(file: RemoteFile, start: int, end: int) -> bytes:
    """The bytes from `start` to `end`, that one not included. Raises OSError where they do not come, and Problem."""
    received = bytearray()
    while len(received) < end - start:
        data, headers = await _ask(file.url, start + len(received), end)
        total = _CONTENT_RANGE.match(headers.get("Content-Range", ""))
        if (total is not None and int(total[1]) != file.size) or _version(headers) != file.version:
            raise Problem(Code.UNREADABLE_FILE, file.url, "the file has changed on its server while it was read")
        received += data
    return bytes(received)


async def _ask(url: str, start: int, end: int) -> tuple[bytes, Mapping[str, str]]:
    """As much of a range as one answer brings, at least a byte, and the answer's headers."""
    failure = ""
    for attempt in range(_ATTEMPTS):
        if attempt:
            await asyncio.sleep(_PAUSE_SECONDS * 2 ** (attempt - 1))
        received = bytearray()
        headers: Mapping[str, str] = {}
        try:
            async with await _request(url, start, end) as response:
                headers = response.headers
                if response.status in _PASSING:
                    failure = f"HTTP {response.status}"
                    continue
                _check(url, response.status)
                async for data in response.content.iter_any():
                    received += data
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            failure = str(error) or type(error).__name__
        if received:
            return bytes(received[: end - start]), headers
        failure = failure or "nothing more comes"
    raise OSError(f"from byte {start} on nothing comes: {failure}")


async def _request(url: str, start: int, end: int) -> Any:
    server = _server()
    session = await server.set_session()
    # As it lies there: a coding of the transfer would have other offsets.
    headers = {"Range": f"bytes={start}-{end - 1}", "Accept-Encoding": "identity", "User-Agent": USER_AGENT}
    return await session.get(server.encode_url(url), headers=headers)


def _check(url: str, status: int) -> None:
    """Raises Problem for an answer that is no range of the file."""
    if status == 200:
        detail = "the server knows no byte ranges; download the file and name the copy"
        raise Problem(Code.UNREADABLE_FILE, url, detail)
    if status == 416:
        raise Problem(Code.UNREADABLE_FILE, url, "the file ends earlier than its server said")
    if status != 206:
        raise Problem(Code.UNREADABLE_FILE, url, f"HTTP {status}")


def _version(headers: Mapping[str, str]) -> str:
    return headers.get("ETag") or headers.get("Last-Modified") or ""

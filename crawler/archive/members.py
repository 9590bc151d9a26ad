"""How the records of a WARC file are packed (plain, in gzip members or in zstd frames), and how much of it is whole.

fastwarc unpacks members and frames, but fastwarc 2.0.1 does not notice all that is missing: a gzip member cut in its
first bytes ends the file silently, one cut later has less in it, and a header that is cut is a whole record without
content. So the whole part is measured first. The packing is known by the file's first bytes, never by its name.
"""

from __future__ import annotations

import io
import os
import re
import zlib
from typing import BinaryIO

from fastwarc.stream_io import GzipReader, WarcReader, ZstdReader

#: Unpacked at once: of a bomb, a thousand times as much.
_CHUNK_BYTES = 16 * 1024
#: No header of a record is longer (fastwarc reads 32 KiB).
_HEADER_BYTES = 64 * 1024

_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
#: A frame, or a skippable frame that holds the dictionary of all further frames, by the IIPC's "Zstandard in WARC".
_ZSTD = (b"\x28\xb5\x2f\xfd", b"\x5d\x2a\x4d\x18")
_BLANK_LINE = re.compile(rb"\n\r?\n")


class Gauge(io.RawIOBase):
    """A file of gzip members on its way to a reader, measured while it is read from its beginning.

    `whole` is where the last member ends that has gone by whole; `is_damaged` says that what follows cannot be.
    """

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream
        self._member = zlib.decompressobj(wbits=_GZIP_WINDOW)
        self._place = 0
        self.whole = 0
        self.is_damaged = False

    def tell(self) -> int:
        """As of the file."""
        return self._place

    def read(self, size: int = -1) -> bytes:
        """The next bytes of the file."""
        data = self._stream.read(size)
        for start in range(0, len(data), _CHUNK_BYTES):
            if not self.is_damaged:
                self._measure(data[start : start + _CHUNK_BYTES])
        return data

    def _measure(self, data: bytes) -> None:
        self._place += len(data)
        try:
            while data:
                if self._member.eof:
                    self._member = zlib.decompressobj(wbits=_GZIP_WINDOW)
                self._member.decompress(data)
                data = self._member.unused_data
                if self._member.eof:
                    self.whole = self._place - len(data)
        except zlib.error:
            self.is_damaged = True


def is_gzip(stream: BinaryIO) -> bool:
    """Whether the file is packed in gzip members. It is then read from its beginning."""
    return _magic(stream).startswith(_GZIP)


def open_members(stream: BinaryIO, offset: int = 0) -> BinaryIO | WarcReader:
    """What fastwarc is to read the records from: the file itself, or unpacked, from this byte of the file on."""
    magic = _magic(stream)
    if magic in _ZSTD:
        frames = ZstdReader(stream)
        if offset:
            frames.read(1)  # the dictionary
            frames.inner_seek(offset)
        return frames
    stream.seek(offset)
    return GzipReader(stream) if magic.startswith(_GZIP) else stream


def whole_length(stream: BinaryIO) -> int:
    """The bytes of the file before the first gzip member or zstd frame that is cut or does not match its checksum.

    In a plain file, before a header that is cut; a block that is cut shows by its Content-Length.
    """
    magic = _magic(stream)
    if magic in _ZSTD:
        return _whole_frames(stream)
    return _whole_members(stream) if magic.startswith(_GZIP) else _whole_headers(stream)


def _magic(stream: BinaryIO) -> bytes:
    stream.seek(0)
    magic = stream.read(4)
    stream.seek(0)
    return magic


def _whole_frames(stream: BinaryIO) -> int:
    frames = ZstdReader(stream)
    try:
        while frames.read(_CHUNK_BYTES):
            pass
    except OSError:
        return frames.frame_start_position() or 0
    return stream.seek(0, os.SEEK_END)


def _whole_members(stream: BinaryIO) -> int:
    gauge = Gauge(stream)
    while gauge.read(_CHUNK_BYTES) and not gauge.is_damaged:
        pass
    return gauge.whole


def _whole_headers(stream: BinaryIO) -> int:
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - _HEADER_BYTES))
    tail = stream.read()
    start = tail.rfind(b"WARC/1.")
    is_cut = start >= 0 and not _BLANK_LINE.search(tail, start)
    return size - len(tail) + start if is_cut else size

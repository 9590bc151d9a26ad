"""How the records of a WARC file are packed (plain, in gzip members or in zstd frames), and how much of it is whole.

fastwarc unpacks members and frames, but fastwarc 2.0.1 does not notice all that is missing: a gzip member cut in its
first bytes ends the file silently, one cut later has less in it, and a header that is cut is a whole record without
content. So the whole part is measured first. The packing is known by the file's first bytes, never by its name.
"""

from __future__ import annotations

import os
import re
import zlib
from typing import BinaryIO

from fastwarc.stream_io import GzipReader, WarcReader, ZstdReader

_CHUNK_BYTES = 16 * 1024
#: No header of a record is longer (fastwarc reads 32 KiB).
_HEADER_BYTES = 64 * 1024

_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
#: A frame, or a skippable frame that holds the dictionary of all further frames, by the IIPC's "Zstandard in WARC".
_ZSTD = (b"\x28\xb5\x2f\xfd", b"\x5d\x2a\x4d\x18")
_BLANK_LINE = re.compile(rb"\n\r?\n")


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
    whole = 0
    member = zlib.decompressobj(wbits=_GZIP_WINDOW)
    try:
        while data := member.unused_data or stream.read(_CHUNK_BYTES):
            if member.eof:
                member = zlib.decompressobj(wbits=_GZIP_WINDOW)
            member.decompress(data)
            if member.eof:
                whole = stream.tell() - len(member.unused_data)
    except zlib.error:
        return whole
    return whole


def _whole_headers(stream: BinaryIO) -> int:
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - _HEADER_BYTES))
    tail = stream.read()
    start = tail.rfind(b"WARC/1.")
    is_cut = start >= 0 and not _BLANK_LINE.search(tail, start)
    return size - len(tail) + start if is_cut else size

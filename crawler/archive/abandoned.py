"""WARC files that a killed run left open: cut to their last whole record, and closed."""

from __future__ import annotations

import fcntl
import logging
import os
from pathlib import Path
from typing import BinaryIO

from crawler.archive.members import whole_length
from crawler.archive.writer import OPEN, final_path, give_final_name

logger = logging.getLogger(__name__)

_GZIP = b"\x1f\x8b"


def close_abandoned(directory: Path) -> list[Path]:
    """Closes the files in progress of a directory whose process is dead; where they are now.

    Nothing whole is lost: a file without one whole record is removed, and one that cannot be closed is left as it is,
    with an error in the log. That of a living process is left alone.
    """
    closed = []
    for path in sorted(directory.glob(f"*.warc.gz{OPEN}")):
        try:
            if _close(path):
                closed.append(final_path(path))
        except FileNotFoundError:
            logger.debug("%s was closed by another process", path)
        except OSError as error:
            logger.error("%s cannot be closed: %s", path, error)
    return closed


def _close(path: Path) -> bool:
    """Close the file, if it is abandoned. Whether there is a closed file now."""
    with path.open("r+b") as stream:
        try:
            # Until the stream is closed.
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        if not os.path.samestat(os.fstat(stream.fileno()), path.stat()):
            return False  # closed by another process meanwhile; the name is that of a new file
        whole = _whole_length(stream)
        cut = stream.seek(0, os.SEEK_END) - whole
        if not whole:
            logger.warning("Removing %s, which a killed run left without a record", path)
            path.unlink()
            return False
        logger.warning("Closing %s, which a killed run left open; cutting %d bytes of a record off", path, cut)
        stream.truncate(whole)
        os.fsync(stream.fileno())
        give_final_name(path)
    return True


def _whole_length(stream: BinaryIO) -> int:
    """The bytes of whole records. Nothing else counts as one: a power cut can leave zeros, or the first byte alone."""
    return whole_length(stream) if stream.read(len(_GZIP)) == _GZIP else 0

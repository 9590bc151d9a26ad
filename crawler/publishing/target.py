"""The place to publish to: a folder, or what an fsspec URL names.

A file appears at the target whole or not at all. Object stores see to that: an object is there once its upload is
complete. Elsewhere a file is written beside its place under a name of its own (`.NAME.….part`), and moved. Where a
server cannot rename over a file, the move is a copy, and a kill in the middle of that leaves the beginning of a file:
its size tells it from a whole one, and the next publication replaces it.
"""

from __future__ import annotations

import logging
import os
import posixpath
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from crawler.archive.writer import sync_directory
from crawler.publishing.failure import TargetError
from crawler.publishing.finished import CHUNK

#: Schemes of stores in which an object appears when its upload is complete.
_OBJECT_STORES = frozenset(("s3", "s3a", "gs", "gcs"))
_SFTP = frozenset(("sftp", "ssh"))
#: Where a file can only be in a folder that was made; elsewhere folders are a way to speak.
_WITH_FOLDERS = _SFTP | {"file", "local"}
#: What to install for a scheme: the extra of this package.
_EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gcs", "gcs": "gcs", "sftp": "sftp", "ssh": "sftp"}
#: Seconds to wait for a server that does not answer, and between two signs of life.
_SSH_PATIENCE = 30

_PART = re.compile(r"^\..+\.[0-9a-f]{16}\.part$")
_PASSWORD = re.compile(r"(//[^/@:\s]*):[^/@\s]*@")


class Target:
    """A target's files by their paths below it. Every method may raise a TargetError."""

    def __init__(self, url: str) -> None:
        """Connects. `url` is the path of a folder, or an fsspec URL; what else a store wants to know (keys, endpoint)
        comes from its own configuration, or that of fsspec (`FSSPEC_S3_ENDPOINT_URL`)."""
        #: For messages: passwords are left out.
        self.name = _PASSWORD.sub(r"\1@", url)
        scheme = url.partition("://")[0] if "://" in url else "file"
        self._is_object_store = scheme in _OBJECT_STORES
        self._has_folders = scheme in _WITH_FOLDERS
        with self._failures_named(scheme):
            self._files, root = _connect(url, scheme)
        # What a library raises is told in one line; it need not log it as well, with its traceback.
        logging.getLogger(type(self._files).__module__.partition(".")[0]).addHandler(logging.NullHandler())
        self._root = str(root).rstrip("/")

    @property
    def folder(self) -> Path | None:
        """Where on this machine the target is; null for any other."""
        return Path(self._root or "/") if isinstance(self._files, LocalFileSystem) else None

    def sizes(self, folders: Iterable[str]) -> dict[str, int]:
        """Bytes of every file in some folders, by path; what interrupted publications left there is none."""
        return {path: size for folder in folders for path, size in self._listed(folder).items() if not _is_part(path)}

    def read(self, path: str) -> Iterator[bytes]:
        """A file in chunks; nothing where there is none."""
        with self._failures_named():
            try:
                file = self._files.open(self._full(path), "rb")
            except FileNotFoundError:
                return
        with file:
            while True:
                with self._failures_named():
                    chunk = file.read(CHUNK)
                if not chunk:
                    return
                yield chunk

    def write(self, path: str, chunks: Iterable[bytes]) -> None:
        """Writes a file, over any that is there. Where that fails, or `chunks` raises, what was there is unchanged."""
        full = self._full(path)
        if self._is_object_store:
            self._put(full, chunks)
        else:
            self._write_and_move(full, chunks)

    def prepare(self, folders: Iterable[str]) -> None:
        """Makes folders, and removes what interrupted publications left in them.

        Makes the target too, but nothing above it: a disk that should be there may not be mounted.
        """
        if self._is_object_store:
            return
        above = posixpath.dirname(self._root) or "/"
        with self._failures_named():
            if self._has_folders and not self._files.isdir(above):
                raise FileNotFoundError(f"there is no folder {above}")
            for folder in folders:
                self._files.makedirs(self._full(folder), exist_ok=True)
                for path in filter(_is_part, self._listed(folder)):
                    with suppress(FileNotFoundError):
                        self._files.rm_file(self._full(path))

    def _put(self, full: str, chunks: Iterable[bytes]) -> None:
        with self._failures_named():
            upload = self._files.open(full, "wb")
        try:
            for chunk in chunks:
                with self._failures_named():
                    upload.write(chunk)
            with self._failures_named():
                upload.close()
        except BaseException:
            self._discard(upload)
            raise

    def _discard(self, upload: Any) -> None:
        """Gives an upload up. To close it, which Python does with what is forgotten, would be to complete it."""
        with suppress(TargetError), self._failures_named():
            upload.discard()
        upload.closed = True

    def _write_and_move(self, full: str, chunks: Iterable[bytes]) -> None:
        folder, name = posixpath.split(full)
        part = f"{folder}/.{name}.{secrets.token_hex(8)}.part"
        try:
            length = self._write_part(part, chunks)
            with self._failures_named():
                size = self._files.info(part)["size"]
                if size != length:
                    raise OSError(f"{full}: {length} bytes were sent, {size} have arrived")
                self._move(part, full)
        except BaseException:
            with suppress(TargetError), self._failures_named():
                self._files.rm_file(part)
            raise

    def _move(self, part: str, full: str) -> None:
        if isinstance(self._files, LocalFileSystem):
            # Not `mv`, which moves into a folder of that name.
            os.replace(part, full)  # noqa: PTH105  strings, as the paths of every target
            sync_directory(Path(full).parent)
        else:
            self._files.mv(part, full)

    def _write_part(self, part: str, chunks: Iterable[bytes]) -> int:
        length = 0
        with self._failures_named():
            file = self._files.open(part, "wb")
        with self._closing(file):
            for chunk in chunks:
                with self._failures_named():
                    file.write(chunk)
                length += len(chunk)
            if isinstance(self._files, LocalFileSystem):
                with self._failures_named():
                    file.flush()
                    os.fsync(file.f.fileno())
        return length

    @contextmanager
    def _closing(self, file: Any) -> Iterator[None]:
        try:
            yield
        finally:
            with self._failures_named():
                file.close()

    def _listed(self, folder: str) -> dict[str, int]:
        # Not `find`, which takes a folder that cannot be read for an empty one.
        with self._failures_named():
            try:
                found = self._files.ls(self._full(folder), detail=True)
            except FileNotFoundError:
                return {}
        return {f"{folder}/{posixpath.basename(one['name'])}": one["size"] for one in found if one["type"] == "file"}

    def _full(self, path: str) -> str:
        return f"{self._root}/{path}"

    @contextmanager
    def _failures_named(self, scheme: str = "") -> Iterator[None]:
        try:
            yield
        except TargetError:
            raise
        except ImportError as error:
            extra = _EXTRAS.get(scheme)
            needed = f"{scheme}:// needs another package: pip install 'readouts[{extra}]'" if extra else str(error)
            raise TargetError(f"{self.name}: {needed}") from error
        # Each store's library has exceptions of its own, with no common class.
        except Exception as error:
            raise TargetError(f"{self.name}: {_described(error)}") from error


def _is_part(path: str) -> bool:
    return _PART.match(posixpath.basename(path)) is not None


def _connect(url: str, scheme: str) -> tuple[AbstractFileSystem, str]:
    if scheme not in _SFTP:
        files, root = url_to_fs(url)
        files.invalidate_cache()
        return files, root
    # fsspec's own reading of sftp:// trusts any server it meets, and so does this one unless it is told not to.
    from sshfs import SSHFileSystem

    options = SSHFileSystem._get_kwargs_from_urls(url)
    patience = {"connect_timeout": _SSH_PATIENCE, "keepalive_interval": _SSH_PATIENCE}
    return SSHFileSystem(known_hosts=(), **patience, **options), SSHFileSystem._strip_protocol(url)


def _described(error: Exception) -> str:
    """One line. What a library says of a refusal may repeat the URL."""
    told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    name = f"{error.filename}: " if isinstance(error, OSError) and error.filename and error.strerror else ""
    return _PASSWORD.sub(r"\1@", " ".join(f"{name}{told}".split()) or type(error).__name__)

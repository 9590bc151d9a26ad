"""One publication: from what is finished to a target that can be verified."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from crawler.publishing.finished import FinishedFile, finished_files
from crawler.publishing.manifest import MANIFEST, SUMS, Entry, manifest, parse, sums
from crawler.publishing.plan import Plan, folders_of, make_plan
from crawler.publishing.target import Target
from pipelines.recorded import Recorded

#: How often the manifest is written on the way: what it knows need not be read again after an interruption.
_CHECKPOINT_SECONDS = 60.0

#: Called with a file and how many bytes of it were copied since the last call.
Progress = Callable[[FinishedFile, int], None]


class Publication:
    """What is to be done at one target, decided when this is made; nothing is written before `copy`."""

    def __init__(self, directory: Path, target: Target) -> None:
        """Compares. `directory` is the output directory. Raises TargetError, or a RecordError."""
        with Recorded(directory) as recorded:
            lengths = recorded.ledger.file_lengths()
        self._files = finished_files(directory, lengths)
        self._target = target
        # Entries of files that are here no more are kept: they are still at the target.
        self._entries = parse(b"".join(target.read(MANIFEST)))
        self._manifest = manifest(self._entries.values())
        self.plan: Plan = make_plan(self._files, self._entries, target)

    def copy(self, progress: Progress) -> None:
        """Copies what the plan says, and writes the manifest last. A plan with conflicts must not be carried out.

        Raises TargetError, or a RecordError. What was copied before that is whole, and is not copied again.
        """
        if self.plan.conflicts:
            raise ValueError(f"{self._target.name} has files that are not ours")
        self._entries |= {entry.path: entry for entry in self.plan.there}
        if self.plan.to_copy:
            self._target.prepare(folders_of(self._files))
        written = time.monotonic()
        for file in self.plan.to_copy:
            self._copy(file, progress)
            if time.monotonic() - written >= _CHECKPOINT_SECONDS:
                self._write_manifest()
                written = time.monotonic()
        self._write_manifest()

    def _copy(self, file: FinishedFile, progress: Progress) -> None:
        digest = hashlib.sha256()

        def chunks() -> Iterator[bytes]:
            for chunk in file.chunks():
                yield chunk
                digest.update(chunk)
                progress(file, len(chunk))

        self._target.write(file.path, chunks())
        self._entries[file.path] = Entry(path=file.path, bytes=file.length, sha256=digest.hexdigest())

    def _write_manifest(self) -> None:
        content = manifest(self._entries.values())
        if content != self._manifest:
            self._target.write(SUMS, [sums(self._entries.values())])
            self._target.write(MANIFEST, [content])
            self._manifest = content

"""What is to be copied, what is there already, and what forbids copying: one rule for every file.

What is at the target must be the beginning of what we have. Then it may stay, or be replaced by what has grown since;
anything else is somebody else's, and is never overwritten.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from crawler.publishing.finished import FinishedFile, digest_of
from crawler.publishing.manifest import Entry
from crawler.publishing.target import Target


class ConflictCode(StrEnum):
    """Why a file at the target is not ours."""

    LONGER = "target-longer"
    DIFFERS = "target-differs"


@dataclass(frozen=True, slots=True)
class Conflict:
    """A file at the target that is not the beginning of ours."""

    code: ConflictCode
    path: str
    detail: str


@dataclass(slots=True)
class Plan:
    """Files `to_copy` in their order; `there`, the entries of those that are; and conflicts, which forbid it all."""

    to_copy: list[FinishedFile] = field(default_factory=list)
    there: list[Entry] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)

    @property
    def bytes(self) -> int:
        """How much is to be copied."""
        return sum(file.length for file in self.to_copy)


def make_plan(files: Iterable[FinishedFile], published: Mapping[str, Entry], target: Target) -> Plan:
    """Compares our files with the target's. `published` are the entries of its manifest.

    Closed WARC files that the manifest vouches for are not read again, on either side. Other files are read here, and
    at the target only where the manifest does not know them: a publication was interrupted, or somebody else wrote
    there. Raises TargetError, or a RecordError.
    """
    files = list(files)
    sizes = target.sizes(folders_of(files))
    plan = Plan()
    for file in files:
        _enter(plan, file, sizes.get(file.path), published.get(file.path), target)
    return plan


def folders_of(files: Iterable[FinishedFile]) -> list[str]:
    """The folders in which the files lie, each once."""
    return list(dict.fromkeys(posixpath.dirname(file.path) for file in files))


def _enter(plan: Plan, file: FinishedFile, size: int | None, entry: Entry | None, target: Target) -> None:
    if size is None:
        plan.to_copy.append(file)
        return
    if size > file.length:
        detail = f"{size} bytes at the target, {file.length} here"
        plan.conflicts.append(Conflict(ConflictCode.LONGER, file.path, detail))
        return
    vouched = entry if entry is not None and entry.bytes == size else None
    if vouched is not None and size == file.length and not file.grows:
        plan.there.append(vouched)
        return
    ours = file.digest(size)
    theirs = vouched.sha256 if vouched is not None else digest_of(target.read(file.path))
    if ours != theirs:
        detail = f"its {size} bytes are not the first {size} of ours"
        plan.conflicts.append(Conflict(ConflictCode.DIFFERS, file.path, detail))
    elif size < file.length:
        plan.to_copy.append(file)
    else:
        plan.there.append(Entry(path=file.path, bytes=size, sha256=ours))

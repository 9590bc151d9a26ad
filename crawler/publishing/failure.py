"""Why nothing, or nothing more, can be published."""

from __future__ import annotations


class TargetError(Exception):
    """The target cannot be reached, read or written; the message names target and cause, on one line."""


class ManifestError(TargetError):
    """What lies at the target under the manifest's name is no manifest of ours."""


class PublicationLockedError(Exception):
    """Another process publishes from the same output directory."""

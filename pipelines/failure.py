"""Why a run cannot go on recording. Each error is named for its cause and stops the run."""

from __future__ import annotations

#: What to do about a ledger that is damaged, or does not fit the JSON Lines.
REMEDY = "`scrapy ledger check` says what is wrong, `scrapy ledger rebuild` makes a new ledger from what was written"
MAKE_ROOM = "make room and run again; what was committed is whole"


class RecordError(Exception):
    """Ledger, JSON Lines and archive cannot be kept in step. `reason` is the finish reason of the run."""

    reason = "record-error"


class DiskFullError(RecordError):
    """No room left, for the ledger or for a JSON Lines file. What was committed before is whole."""

    reason = "disk-full"


class LedgerError(RecordError):
    """The ledger cannot be opened, read or written."""

    reason = "ledger-error"


class LedgerLockedError(LedgerError):
    """Another run kept the ledger locked for longer than LEDGER_TIMEOUT_SECONDS."""

    reason = "ledger-locked"


class LedgerDamagedError(LedgerError):
    """The file is no ledger, or one that was damaged."""

    reason = "ledger-damaged"


class LedgerTooNewError(LedgerError):
    """A newer release of Readouts wrote the ledger."""

    reason = "ledger-too-new"


class ArchiveError(RecordError):
    """A WARC file cannot be written."""

    reason = "archive-error"


class OutputError(RecordError):
    """A JSON Lines file cannot be read or written."""

    reason = "output-error"


class OutputIncompleteError(OutputError):
    """A JSON Lines file lacks what the ledger has committed, or the ledger lacks what the files hold."""

    reason = "output-incomplete"


class SettingError(RecordError):
    """A setting of the pipelines has a value that means nothing."""

    reason = "wrong-setting"

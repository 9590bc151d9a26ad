"""The project's own Scrapy signals: spiders, middlewares and pipelines send them, extensions listen.

Sent with `crawler.signals.send_catch_log(signal=..., **arguments)`. The run report, the progress bar and the exit
status of a run know nothing but these and Scrapy's own.
"""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """How an Article's way through the pipelines ended. The value is what the run report says."""

    NEW = "new"  # a document met for the first time: a line in articles/
    REVISION = "revision"  # a known document with another text: a line in articles/
    UNCHANGED = "unchanged"  # a known document with a known text: no line
    CORRECTION = "correction"  # a known text, read better than before: a line, and no revision of the publisher's
    IDENTICAL = "identical"  # the same text as another document: a line in copies/
    NEAR = "near"  # lightly edited text of another document: a line in copies/
    EXCERPT = "excerpt"  # cut down from another document: a line in copies/
    MIRROR_DIFFERS = "mirror-differs"  # a mirror's text is not the origin's: no line, but a problem


#: A page, listing or file gave no article. Arguments: `problem` (`crawler.extraction.problem.Problem`).
problem_found = object()

#: An Article's way has ended, and if that means a line, the line is on the disk and committed.
#: Arguments: `article` (`crawler.items.Article`), `outcome` (`Outcome`).
article_recorded = object()

#: A listing page was read. Arguments: `url` (str), `section` (its slug), `articles` (how many article links it held).
listing_read = object()

#: A document was visited again and is in another state now; the line is on the disk and committed.
#: Arguments: `change` (`pipelines.rows.StateChange`).
state_changed = object()

#: A document known before was asked for again. Arguments: `document_id` (str).
document_visited = object()

#: A capture came from a web archive. Arguments: `done`, `total` (how many there are to fetch in this run).
backfill_progress = object()

#: The run is over and its report written. Arguments: `report` (dict, as in runs/RUN.json).
run_reported = object()

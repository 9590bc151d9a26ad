"""The answers of a web archive, as the captures they bring."""

from __future__ import annotations

from datetime import UTC, datetime

from scrapy import Request
from scrapy.http import Response

from crawler.archive.reader import ArchivedResponse
from crawler.archive.replay import to_scrapy
from crawler.downloading.refusal import Refusal
from crawler.extraction.problem import Code, Problem
from crawler.items import Capture
from crawler.webarchives.unwrap import unwrap

#: Key of `request.meta`: the Candidate that a request to a web archive is for.
ASKED_CANDIDATE = "asked_candidate"


class UnreadableCapture(Refusal):
    """What the archive sent is no capture; `problem` says why."""

    code = Code.UNREADABLE_FILE

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.url, problem.detail)
        self.problem = problem


class WebArchiveMiddleware:
    """Gives the response that was captured, under the URL of its origin, to a request with `ASKED_CANDIDATE`.

    `request.meta["capture"]` is then the Capture, `request.meta["date_retrieved"]` the time of the capture. To be the
    middleware next to ArchiveMiddleware, which keeps the exchange with the archive as it was. Any other response, such
    as an archive's refusal or its redirect to the nearest capture, passes as it is.
    """

    def process_response(self, request: Request, response: Response) -> Response:
        """The captured response. Raises UnreadableCapture."""
        candidate = request.meta.get(ASKED_CANDIDATE)
        if candidate is None:
            return response
        own: Capture | None = request.meta.get("capture")
        lines = tuple((name, value) for name, values in response.headers.items() for value in values)
        try:
            brought = unwrap(
                ArchivedResponse(
                    url=request.url,
                    status=response.status,
                    headers=lines,
                    stored_body=response.body,
                    retrieved=datetime.now(UTC),
                    # Where nothing is archived here, the capture is cited by where the archive has it.
                    file=own.file if own is not None else request.url,
                    record_id=(own.record_id if own is not None else None) or "",
                )
            )
            if brought is None:
                return response
            captured = to_scrapy(brought, brought.url)
        except Problem as problem:
            raise UnreadableCapture(problem) from problem
        request.meta["capture"] = Capture(
            file=brought.file,
            record_id=brought.record_id or None,
            archive=candidate.archive,
            timestamp=f"{brought.retrieved:%Y%m%d%H%M%S}",
            digest=candidate.digest,
        )
        request.meta["date_retrieved"] = brought.date_retrieved
        return captured

"""What the loopback servers of web archives share: they refuse when told to, and understand what CDX servers are asked.

site.refuse(429, path="/web/", after=3, retry_after=1)
... the fourth replay is refused once ...
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import parse_qs, urlsplit

from tests.downloading.local_site import Answer, Asked, LocalSite
from tests.webarchives.archived_page import urlkey


@dataclass
class Refusal:
    """`after` so many requests for what is below `path`, `times` of them are answered like this."""

    path: str
    answer: Answer
    after: int
    times: int

    def meets(self, asked: Asked) -> bool:
        if not asked.path.startswith(self.path):
            return False
        self.after -= 1
        return -self.times <= self.after < 0


@dataclass
class ArchiveSite(LocalSite):
    """A subclass answers in `reply`. `asked` are all requests with their paths and times, refused ones included."""

    refusals: list[Refusal] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{self.authority}"

    def refuse(
        self, status: int, *, path: str = "/", after: int = 0, times: int = 1, retry_after: int | None = None
    ) -> None:
        """Refuses requests to come. With the status 0 it hangs up. `retry_after` in seconds."""
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        self.refusals.append(Refusal(path, Answer(b"slow down", status, headers), after, times))

    def paths_below(self, path: str) -> list[str]:
        """What was asked for, below a path, in order."""
        return [asked for asked in self.paths() if asked.startswith(path)]

    def origin(self, asked: Asked) -> str:
        """What the URLs begin with that it tells: the host it was asked as, by https unless that is its own address."""
        return self.url if asked.host == self.authority else f"https://{asked.host}"

    def answer(self, asked: Asked) -> Answer:
        met = [refusal for refusal in self.refusals if refusal.meets(asked)]
        return met[0].answer if met else self.reply(asked)

    @abstractmethod
    def reply(self, asked: Asked) -> Answer: ...


class BadQuery(ValueError):
    """A question that a CDX server refuses with 400."""


class CdxQuery:
    """The parameters of a question to a CDX server, and which lines of the index it is about."""

    def __init__(self, path: str) -> None:
        self._parameters = parse_qs(urlsplit(path).query, keep_blank_values=True)

    def get(self, name: str, default: str = "") -> str:
        return self._parameters.get(name, [default])[-1]

    def all(self, name: str) -> list[str]:
        return self._parameters.get(name, [])

    @property
    def fields(self) -> list[str]:
        """Of `fl`; empty where all are wanted."""
        return [name for name in self.get("fl").split(",") if name]

    @cached_property
    def _scope(self) -> tuple[str, str]:
        """URL and match type, of wildcards too."""
        url, match_type = self.get("url"), self.get("matchType")
        if not url:
            raise BadQuery("The url parameter is required")
        if match_type not in ("", "exact", "prefix", "host", "domain"):
            raise BadQuery(f"Invalid match_type: {match_type}")
        if not match_type and url.startswith("*."):
            return url[2:], "domain"
        if not match_type and url.endswith("*"):
            return url[:-1], "prefix"
        return url, match_type or "exact"

    def is_about(self, key: str) -> bool:
        """Whether the URL of this key is in the scope of the question. Raises BadQuery."""
        url, match_type = self._scope
        wanted = urlkey(url)
        host = wanted.partition(")")[0]
        match match_type:
            case "exact":
                return key == wanted
            case "prefix":
                return key.startswith(wanted if wanted.endswith("/") or not url.endswith("/") else f"{wanted}/")
            case "host":
                return key.startswith(f"{host})")
            case _:
                return key.startswith((f"{host})", f"{host},"))

    def is_within(self, timestamp: str) -> bool:
        """Whether the time is from `from` to `to`, both included; of a year or a month the whole."""
        beyond = self.get("to")
        return timestamp >= self.get("from") and (not beyond or timestamp[: len(beyond)] <= beyond)

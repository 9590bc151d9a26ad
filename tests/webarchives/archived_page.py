"""A capture of a page in a web archive, as the test servers answer with it, and WARC files of such captures."""

from __future__ import annotations

import base64
import datetime
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from tests.archive import warc_files

_DEFAULT_PORTS = (None, 80, 443)
_WWW = re.compile(r"^www\d*\.")
_SLASHES = re.compile(r"/{2,}")


@dataclass(frozen=True)
class ArchivedPage:
    """`timestamp` is the capture's time in UTC, with 14 digits. `body` is as it was stored, in the content coding that
    `headers` name. `mime` is what the index says, and the `Content-Type` where `headers` have none."""

    url: str
    timestamp: str
    body: bytes = b""
    status: int = 200
    mime: str = "text/html"
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def urlkey(self) -> str:
        return urlkey(self.url)

    @property
    def digest(self) -> str:
        """As the indexes have it: SHA-1 of the stored body, in base 32."""
        return base64.b32encode(hashlib.sha1(self.body).digest()).decode()

    @property
    def moment(self) -> datetime.datetime:
        return datetime.datetime.strptime(self.timestamp, "%Y%m%d%H%M%S").replace(tzinfo=datetime.UTC)

    @property
    def http_headers(self) -> dict[str, str]:
        """Of the response, without its length."""
        return {"Content-Type": self.mime} | dict(self.headers)

    def records(self) -> tuple[bytes, bytes]:
        """The WARC records of request and response."""
        path = urlsplit(self.url).path or "/"
        request = f"GET {path} HTTP/1.1\r\nHost: {urlsplit(self.url).netloc}\r\n\r\n".encode()
        return self._record("request", request), self._record("response", self._response())

    def _response(self) -> bytes:
        headers = [f"{name}: {value}" for name, value in self.http_headers.items()]
        headers.append(f"Content-Length: {len(self.body)}")
        return warc_files.http(self.body, headers, f"{self.status} {HTTPStatus(self.status).phrase}")

    def _record(self, kind: str, block: bytes) -> bytes:
        # So that the same captures make the same file, and those of two files have different ids.
        name = hashlib.sha1(f"{kind} {self.timestamp} {self.url}".encode()).hexdigest()
        headers = [f"Content-Type: application/http; msgtype={kind}"]
        if kind == "response":
            headers.append(f"WARC-Payload-Digest: sha1:{self.digest}")
        date = self.moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        return warc_files.record(int(name[:9], 16), self.url, block, kind, date, headers)


def urlkey(url: str) -> str:
    """The URL as CDX indexes sort it (SURT): `cn,gov,mfa)/eng/a` for `https://www.MFA.gov.cn//Eng/A/`.

    So scheme, `www.`, letter case, double slashes and a last slash make no difference.
    """
    parts = urlsplit(url if "://" in url else f"http://{url}")
    host = ",".join(reversed(_WWW.sub("", parts.hostname or "").split(".")))
    port = "" if parts.port in _DEFAULT_PORTS else f":{parts.port}"
    path = _SLASHES.sub("/", parts.path).rstrip("/") or "/"
    query = f"?{'&'.join(sorted(parts.query.split('&')))}" if parts.query else ""
    return f"{host}{port}){path}{query}".lower()


def write_warc(path: Path, pages: Iterable[ArchivedPage]) -> Path:
    """A WARC file of these captures in the given order, request before response, packed as the file's name says."""
    return warc_files.write(path, *(record for page in pages for record in page.records()))

"""A WARC file of any size: the articles of an archive again and again, each time under URLs of their own."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from uuid import UUID

from crawler.archive.reader import ArchivedResponse, read_responses
from crawler.extraction.identity import Address
from crawler.extraction.problem import Problem
from crawler.rereading import read_capture
from crawler.sources import sources

#: The number in the URL of the Ministry's articles; those that are made up begin here, above all that are real.
_NUMBER = re.compile(r"/t\d+(_\d+)?\.s?html?\Z")
_FIRST_NUMBER = 20_000_000
_GZIP = 16 + zlib.MAX_WBITS
#: Before the page: one that goes on for so long behind its end counts as cut.
_COMMENT = b"<!-- %s -->"


@dataclass(frozen=True, slots=True)
class LargeArchive:
    """A file that was made, of so many megabytes, and with so many articles in it."""

    path: Path
    megabytes: int
    articles: int


def write_large_archive(path: Path, sample: Path, size: int, padding: bytes = b"") -> LargeArchive:
    """A file of about `size` bytes from the Ministry's English articles of a `sample`, gzip member by member.

    `padding` goes into a comment before each page, so that fewer pages make a file as large.
    """
    articles = [response for response in read_responses(sample, lambda _: None) if _is_article(response)]
    written = 0
    with path.open("wb") as stream:
        for response, number in _again_and_again(articles):
            if stream.tell() >= size:
                break
            stream.write(_member(response, number, padding))
            written += 1
    return LargeArchive(path, path.stat().st_size // 10**6, written)


def _is_article(response: ArchivedResponse) -> bool:
    """Whether it is one page of the English edition, and an article as it should be."""
    address = Address.of(response.url)
    source = sources()["mfa"]
    identity = source.identify(address) if address is not None else None
    if identity is None or identity.in_language != "en" or _NUMBER.search(response.url) is None:
        return False
    try:
        return read_capture(response, source, lambda *_: None).is_whole
    except Problem:
        return False


def _again_and_again(articles: Sequence[ArchivedResponse]) -> Iterator[tuple[ArchivedResponse, int]]:
    numbers = count(_FIRST_NUMBER)
    while True:
        for response in articles:
            yield response, next(numbers)


def _member(response: ArchivedResponse, number: int, padding: bytes) -> bytes:
    body = _COMMENT % padding + response.body if padding else response.body
    content_type = response.header("Content-Type") or "text/html"
    block = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    head = "\r\n".join(
        (
            "WARC/1.1",
            "WARC-Type: response",
            f"WARC-Record-ID: <{UUID(int=number).urn}>",
            f"WARC-Target-URI: {_NUMBER.sub(f'/t{number}.shtml', response.url)}",
            f"WARC-Date: {response.date_retrieved}",
            "Content-Type: application/http; msgtype=response",
            f"Content-Length: {len(block)}",
            "\r\n",
        )
    )
    # Fast, as many a writer does it: what is measured is reading.
    packer = zlib.compressobj(1, wbits=_GZIP)
    return packer.compress(head.encode() + block + b"\r\n\r\n") + packer.flush()

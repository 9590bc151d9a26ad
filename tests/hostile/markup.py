"""Real markup, broken and spiked: the saved pages, and the pages of ../shared/real where these are.

`spoilt()` draws a page and a few mutations of it. A mutation is a function of the bytes and a `Random`: so a failing
example names what was done, in which order, with which seed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import islice
from random import Random

from hypothesis import strategies

from crawler.archive.index import ReplayIndex
from crawler.extraction.identity import Address
from crawler.extraction.problem import Problem
from crawler.extraction.source import Source
from crawler.fixtures import saved_pages
from crawler.sources import source_of
from tests.hostile.budget import EXAMPLES
from tests.hostile.poison import MARKUP, TEXTS, URLS
from tests.shared import REAL

LARGE = 400_000


@dataclass(frozen=True)
class Origin:
    """A page as it was published; `repr` is short, for hypothesis prints it."""

    source: Source
    url: str
    body: bytes
    content_type: str | None
    name: str

    def __repr__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Spoilt:
    origin: Origin
    steps: tuple[tuple[str, int], ...]

    @property
    def body(self) -> bytes:
        body = self.origin.body
        for name, seed in self.steps:
            # Larger ones have tests of their own.
            if len(body) < LARGE:
                body = MUTATIONS[name](body, Random(seed))
        return body


@cache
def origins() -> tuple[Origin, ...]:
    saved = [
        Origin(case.source, case.url, case.path.read_bytes(), case.content_type, case.name) for case in saved_pages()
    ]
    # In CI too few examples are tried to be worth reading the archives for.
    return (*saved, *_real_pages()) if EXAMPLES and REAL.is_dir() else tuple(saved)


def _real_pages() -> list[Origin]:
    found = []
    for path in sorted(REAL.glob("*.warc.gz")):
        index = ReplayIndex([path])
        for url, _ in islice(index.urls(), 0, None, 15):
            try:
                response, source = index.lookup(url), source_of(url)
            except Problem:
                continue
            if response is not None and Address.of(url) is not None:
                found.append(Origin(source, url, response.body, response.header("Content-Type"), url))
    return found


def spoilt() -> strategies.SearchStrategy[Spoilt]:
    steps = strategies.tuples(strategies.sampled_from(sorted(MUTATIONS)), strategies.integers(0, 2**32 - 1))
    return strategies.builds(
        Spoilt, strategies.sampled_from(origins()), strategies.lists(steps, min_size=1, max_size=6).map(tuple)
    )


CHARSETS = ("utf-16", "utf-16-le", "utf-32", "gb18030", "big5", "shift_jis", "cp1252", "utf-7", "iso2022_jp")
_TAG = re.compile(rb"<[^>]*>")
_URL_ATTRIBUTE = re.compile(rb"((?:href|src|content)=[\"']?)[^\"'>\s]*")
_WORDS = re.compile(rb">[^<]+<")


# --- mutations


def _place(body: bytes, random: Random) -> int:
    """Anywhere, but mostly at the edge of a tag."""
    edges = [match.end() for match in _TAG.finditer(body)]
    return random.choice(edges) if edges and random.random() < 0.8 else random.randint(0, len(body))


def _insert(body: bytes, random: Random, piece: bytes) -> bytes:
    place = _place(body, random)
    return body[:place] + piece + body[place:]


def _cut(body: bytes, random: Random) -> bytes:
    start, end = sorted((_place(body, random), _place(body, random)))
    return body[:start] + body[end:]


def _end(body: bytes, random: Random) -> bytes:
    return body[: random.randint(0, len(body))]


def _splice(body: bytes, random: Random) -> bytes:
    other = random.choice(origins()).body
    start, end = sorted((_place(other, random), _place(other, random)))
    return _insert(body, random, other[start:end])


def _repeat(body: bytes, random: Random) -> bytes:
    start, end = sorted((_place(body, random), _place(body, random)))
    return body[:start] + body[start:end] * random.randint(2, 6) + body[end:]


def _repeat_tags(body: bytes, random: Random) -> bytes:
    tags = _TAG.findall(body)
    return _insert(body, random, random.choice(tags) * random.choice((3, 30, 300))) if tags else body


def _drop_tags(body: bytes, random: Random) -> bytes:
    return _TAG.sub(lambda tag: b"" if random.random() < 0.1 else tag[0], body)


def _shuffle(body: bytes, random: Random) -> bytes:
    pieces = re.split(rb"(?=<(?:p|div|td|tr|li|h1|span)\b)", body)
    random.shuffle(pieces)
    return b"".join(pieces)


def _nest(body: bytes, random: Random) -> bytes:
    tag = random.choice(
        (b"<div>", b"<b>", b"<span>", b"<table><tr><td>", b"<ul><li>", b"<p>", b"<font>", b"<a href=x>")
    )
    return _insert(body, random, tag * random.choice((300, 3000, 100_000)))


def _long_attribute(body: bytes, random: Random) -> bytes:
    name = random.choice((b"class", b"id", b"href", b"style", b"alt", b"content"))
    return _insert(
        body, random, b"<p " + name + b"='" + random.choice((b"a", b" ", b"&amp;", b"../")) * 100_000 + b"'>"
    )


def _flip(body: bytes, random: Random) -> bytes:
    flipped = bytearray(body)
    for _ in range(random.randint(1, 30)):
        if flipped:
            flipped[random.randrange(len(flipped))] = random.randrange(256)
    return bytes(flipped)


def _recode(body: bytes, random: Random) -> bytes:
    return body.decode("utf-8", "replace").encode(random.choice(CHARSETS), "replace")


def _mix_codings(body: bytes, random: Random) -> bytes:
    half = random.randint(0, len(body))
    return body[:half] + _recode(body[half:], random)


def _replace_urls(body: bytes, random: Random) -> bytes:
    url = random.choice(URLS)
    return _URL_ATTRIBUTE.sub(lambda found: found[1] + url if random.random() < 0.3 else found[0], body)


def _replace_words(body: bytes, random: Random) -> bytes:
    words = random.choice(TEXTS)
    return _WORDS.sub(lambda found: b">" + words + b"<" if random.random() < 0.1 else found[0], body)


MUTATIONS: dict[str, Callable[[bytes, Random], bytes]] = {
    "cut": _cut,
    "end": _end,
    "splice": _splice,
    "repeat": _repeat,
    "repeat tags": _repeat_tags,
    "drop tags": _drop_tags,
    "shuffle": _shuffle,
    "nest": _nest,
    "long attribute": _long_attribute,
    "flip": _flip,
    "recode": _recode,
    "mix codings": _mix_codings,
    "replace urls": _replace_urls,
    "replace words": _replace_words,
    "insert text": lambda body, random: _insert(body, random, random.choice(TEXTS)),
    "insert markup": lambda body, random: _insert(body, random, random.choice(MARKUP)),
    "put first": lambda body, random: random.choice((*MARKUP, *TEXTS, b"\xef\xbb\xbf", b"\xff\xfe", b"%PDF")) + body,
}

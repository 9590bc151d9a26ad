"""WARC files that are broken, lie about themselves, or unpack to more than any machine has."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import brotli
from hypothesis import strategies

from tests.archive.warc_files import PACKINGS, http, record, record_id

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MEGABYTE = 2**20
URL = "http://www.mfa.gov.cn/mfa_eng/wjb_663304/t{}.shtml"
CHUNKED = b"5\r\nabcde\r\n3;x=y\r\nfgh\r\n0\r\n\r\n"
RECORDS = (
    record(1, URL.format(1000001), http()),
    record(2, URL.format(1000002), http(zlib.compress(b"<p>A text." * 99, wbits=31), ["Content-Encoding: gzip"])),
    record(3, URL.format(1000001), http(b"", [f"Location: {URL.format(1000002)}"], "301 Moved Permanently")),
    record(
        4,
        URL.format(1000001),
        http(b""),
        "revisit",
        headers=[f"WARC-Refers-To: <{record_id(1)}>", "WARC-Payload-Digest: sha1:ABC"],
    ),
    record(5, URL.format(1000005), http(CHUNKED, ["Transfer-Encoding: chunked"])),
    record(6, URL.format(1000006), http(), headers=["WARC-Block-Digest: sha1:AAAA", "WARC-Truncated: length"]),
    record(7, URL.format(1000007), http(brotli.compress(b"<p>A text." * 99), ["Content-Encoding: br"])),
    record(8, URL.format(1000008), http(zstd.compress(b"<p>A text." * 99), ["Content-Encoding: zstd"])),
    record(9, URL.format(1000009), b"<p>A text.", "resource", headers=["Content-Type: text/html"]),
)
#: In the place of a header's value, or anywhere.
VALUES = (
    b"99999999999999999999",
    b"9" * 5000,
    b"-1",
    b"0x10",
    "٣٣".encode(),
    b"0001-01-01T00:00:00+14:00",
    b"9999-12-31T23:59:59-14:00",
    b"0000-00-00T00:00:00Z",
    b"2020-07-04",
    b"\xff\xfe",
    b"\x00",
    b"\r\n\r\n",
    b"x\r\nWARC-Target-URI: http://evil.example/",
    b"HTTP/1.1 99999999999 X",
    b"HTTP/1.1 -5 X",
    b"HTTP/1.1 000",
    b"WARC/1.0\r\n",
    b"gzip, br, zstd, deflate",
    b"gzip" + b", gzip" * 100,
    b"chunked",
    b"http://[",
    b"http://a:b/",
    b"http://\xed\xa0\x80/",
    b"<urn:uuid:>",
    b"sha1:",
    b"md5:\xff",
    b"application/warc-fields",
    b"revisit",
)


@dataclass(frozen=True)
class SpoiltArchive:
    packing: str
    #: Whether mutations come before the records are packed, and so stay readable.
    inside: bool
    steps: tuple[tuple[str, int], ...]

    def write(self, directory: Path) -> Path:
        pack = PACKINGS[self.packing]
        records = list(RECORDS)
        if self.inside:
            for number, step in enumerate(self.steps):
                chosen = Random(step[1] + number).randrange(len(records))
                records[chosen] = self._mutated(records[chosen], step)
        data = b"".join(map(pack, records))
        if not self.inside:
            for step in self.steps:
                data = self._mutated(data, step)
        path = directory / f"spoilt{self.packing}"
        path.write_bytes(data)
        return path

    @staticmethod
    def _mutated(data: bytes, step: tuple[str, int]) -> bytes:
        return MUTATIONS[step[0]](data, Random(step[1])) if data else data


def spoilt_archives() -> strategies.SearchStrategy[SpoiltArchive]:
    steps = strategies.tuples(strategies.sampled_from(sorted(MUTATIONS)), strategies.integers(0, 2**32 - 1))
    return strategies.builds(
        SpoiltArchive,
        strategies.sampled_from(sorted(PACKINGS)),
        strategies.sampled_from((True, True, False)),
        strategies.lists(steps, min_size=1, max_size=5).map(tuple),
    )


def _flip(data: bytes, random: Random) -> bytes:
    place = random.randrange(len(data))
    return data[:place] + bytes([random.randrange(256)]) + data[place + 1 :]


def _cut(data: bytes, random: Random) -> bytes:
    place = random.randrange(len(data))
    return data[:place] + data[place + random.choice((1, 2, 8, 40, 400)) :]


def _end(data: bytes, random: Random) -> bytes:
    return data[: random.randrange(len(data))]


def _repeat(data: bytes, random: Random) -> bytes:
    start, end = sorted((random.randrange(len(data)), random.randrange(len(data))))
    return data[:start] + data[start:end] * random.randint(2, 5) + data[end:]


def _insert(data: bytes, random: Random) -> bytes:
    place = random.randrange(len(data))
    return data[:place] + random.choice(VALUES) + data[place:]


def _header(data: bytes, random: Random) -> bytes:
    lines = data.split(b"\r\n")
    chosen = random.randrange(len(lines))
    lines[chosen] = lines[chosen].partition(b":")[0] + b": " + random.choice(VALUES)
    return b"\r\n".join(lines)


def _without_line(data: bytes, random: Random) -> bytes:
    lines = data.split(b"\r\n")
    del lines[random.randrange(len(lines))]
    return b"\r\n".join(lines)


MUTATIONS: dict[str, Callable[[bytes, Random], bytes]] = {
    "flip": _flip,
    "cut": _cut,
    "end": _end,
    "repeat": _repeat,
    "insert": _insert,
    "header": _header,
    "another header": _header,
    "without line": _without_line,
}

# --- bombs: packed zeros of so many bytes


def gzip_bomb(size: int, wbits: int = 31) -> bytes:
    packer = zlib.compressobj(1, wbits=wbits)
    return b"".join(packer.compress(bytes(MEGABYTE)) for _ in range(size // MEGABYTE)) + packer.flush()


def deflate_bomb(size: int) -> bytes:
    return gzip_bomb(size, zlib.MAX_WBITS)


def brotli_bomb(size: int) -> bytes:
    packer = brotli.Compressor(quality=1)
    return b"".join(packer.process(bytes(MEGABYTE)) for _ in range(size // MEGABYTE)) + packer.finish()


def zstd_bomb(size: int) -> bytes:
    packer = zstd.ZstdCompressor()
    return b"".join(packer.compress(bytes(MEGABYTE)) for _ in range(size // MEGABYTE)) + packer.flush()


BOMBS: dict[str, Callable[[int], bytes]] = {
    "gzip": gzip_bomb,
    "deflate": deflate_bomb,
    "br": brotli_bomb,
    "zstd": zstd_bomb,
}

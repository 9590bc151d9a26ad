"""pywb, a real web archive's server, on the loopback interface with a collection of given WARC files.

@needs_pywb
def test_…(tmp_path: Path) -> None:
    with pywb_collection(tmp_path, warc) as collection:
        ... f"{collection.url}/cdx?url=www.news.example/&matchType=prefix&output=json"
        ... f"{collection.url}/20160301120000id_/http://www.news.example/a"
"""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from urllib.request import urlopen
from uuid import uuid4

import pytest

from tests.command_line import REPOSITORY

PYWB = REPOSITORY / ".venv-pywb" / "bin"
SERVER = REPOSITORY / "tests" / "archive" / "pywb_server.py"
#: Nothing waits longer for pywb, whatever it does.
SECONDS = 600

needs_pywb = pytest.mark.skipif(
    not (PYWB / "wb-manager").exists(), reason="pywb is not installed; `make .venv-pywb/ready` does it"
)

_REQUEST = re.compile(r'"GET (?P<path>\S+) HTTP/')


@dataclass(frozen=True)
class PywbCollection:
    """`authority` is `127.0.0.1:PORT`. `archive` is where its copies of the WARC files lie, and `log` what the server
    writes of the requests it has answered."""

    name: str
    authority: str
    archive: Path
    log: Path

    @property
    def url(self) -> str:
        """What the CDX server's and the captures' URLs begin with."""
        return f"http://{self.authority}/{self.name}"

    def paths(self) -> list[str]:
        """Paths of the questions to the CDX server and of the replays so far. (pywb asks itself, too.)"""
        # A request is written down after it was answered: what is asked last is waited for.
        last = f"/{self.name}/cdx?url=last-{uuid4().hex}.example"
        urlopen(f"http://{self.authority}{last}", timeout=SECONDS).close()
        deadline = monotonic() + SECONDS
        while last not in (written := self.log.read_text(encoding="utf-8")):
            assert monotonic() < deadline, f"pywb does not write to {self.log.name}"
            sleep(0.01)
        asked = re.compile(rf"/{self.name}/(?:cdx\?(?!url=last-)|\d+id_/)")
        paths = [found["path"] for found in _REQUEST.finditer(written)]
        return [path for path in paths if asked.match(path)]


@contextmanager
def pywb_collection(directory: Path, *warcs: Path, name: str = "news") -> Iterator[PywbCollection]:
    """Copies the files into a collection below `directory`, indexes and serves them until the end of the block."""
    for arguments in (["init", name], ["add", name, *map(str, warcs)]):
        subprocess.run(
            [PYWB / "wb-manager", *arguments], cwd=directory, check=True, capture_output=True, timeout=SECONDS
        )
    log = directory / "requests.log"
    with log.open("w", encoding="utf-8") as written:
        server = subprocess.Popen(
            [PYWB / "python", SERVER], cwd=directory, stdout=subprocess.PIPE, stderr=written, text=True
        )
    end = threading.Timer(SECONDS, server.kill)
    end.start()
    try:
        assert server.stdout is not None
        port = next(int(line.split()[1]) for line in server.stdout if line.startswith("port "))
        yield PywbCollection(name, f"127.0.0.1:{port}", directory / "collections" / name / "archive", log)
    finally:
        end.cancel()
        server.kill()
        server.communicate()

"""Runs of `example_run` in processes of their own, and what they leave."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from crawler.items import Article
from tests.pipelines.examples import NOON, article, long_text


@dataclass(frozen=True)
class Run:
    """What a run left: its log, what the spider printed, and its report."""

    log: str
    printed: list[str]
    report: dict[str, Any]

    @property
    def failure(self) -> str:
        return self.printed[-1].removeprefix("failure ")


def command(directory: Path, *items: Article | None, **settings: object) -> list[str]:
    articles = directory / "given.jsonl"
    articles.write_bytes(b"\n".join(orjson.dumps(item and item.model_dump()) for item in items))
    settings = {"OUTPUT_DIR": directory / "output"} | settings
    return [
        *(sys.executable, "-W", "error", "-m", "tests.pipelines.example_run", str(articles)),
        *(f"{name}={value}" for name, value in settings.items()),
    ]


def run(directory: Path, *items: Article | None, **settings: object) -> Run:
    done = subprocess.run(
        command(directory, *items, **settings), capture_output=True, text=True, timeout=60, check=True
    )
    reports = sorted((directory / "output" / "runs").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    return Run(done.stderr, done.stdout.splitlines(), orjson.loads(reports[-1].read_bytes()))


ITEMS = (
    article(capture={"file": "a.warc.gz", "record_id": "urn:uuid:1"}),
    article("mfa:t2", headline="A Copy"),
    article("mfa:t3", "tea gardens", date_published="2022-10-01", author="Li"),
    article(article_body=long_text("mountain roads"), date_retrieved=NOON, date_published=None),
    article("mfa:t4", headline=" \u00a0"),
)

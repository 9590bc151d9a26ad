"""Fundus in an environment of its own: what it is asked, and what it answers."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

from benchmarks.measure import Round
from benchmarks.pages import ArticlePage
from benchmarks.quality import Extracted
from crawler.extraction.layout import Layout, Select
from crawler.extraction.page import Page
from crawler.extraction.problem import Problem
from crawler.sources import source_of

_REPOSITORY = Path(__file__).parents[1]
#: The interpreter with Fundus; `make .venv-fundus/ready` installs it.
PYTHON = Path(os.environ.get("FUNDUS_PYTHON", _REPOSITORY / ".venv-fundus" / "bin" / "python"))
_FROM_THE_PAGE = re.compile(r"/|id\(")


@dataclass(frozen=True, slots=True)
class FundusAnswer:
    """CPU seconds by archive and round, of `bare` and `fundus`; what was read by URL; versions by package."""

    rounds: Mapping[str, list[Round]]
    extracted: Mapping[str, Extracted]
    versions: Mapping[str, str]


def is_installed() -> bool:
    """Whether there is an interpreter with Fundus."""
    return PYTHON.exists()


def run_fundus(archives: Mapping[str, Iterable[ArticlePage]], rounds: int) -> FundusAnswer:
    """Let Fundus read the pages that one of our layouts reads. Raises CalledProcessError."""
    layouts: dict[str, dict[str, list[str]]] = {}
    task: dict[str, list[dict[str, str]]] = {}
    for name, pages in archives.items():
        task[name] = []
        for page in pages:
            decoded, layout = _layout_of(page)
            if layout is not None:
                layouts.setdefault(layout.name, _selectors(layout))
                task[name].append(_message(page, decoded.encoding, layout.name))
    answer = _ask({"rounds": rounds, "layouts": layouts, "archives": task})
    return FundusAnswer(
        answer["rounds"],
        {url: Extracted(**fields) for url, fields in answer["extracted"].items()},
        answer["versions"],
    )


def _ask(task: dict[str, Any]) -> dict[str, Any]:
    done = subprocess.run(
        [PYTHON, "-m", "benchmarks.fundus_parsers"],
        input=json.dumps(task),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=_REPOSITORY,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _message(page: ArticlePage, encoding: str, layout: str) -> dict[str, str]:
    return {"url": page.url, "body": base64.b64encode(page.body).decode(), "encoding": encoding, "layout": layout}


def _layout_of(page: ArticlePage) -> tuple[Page, Layout | None]:
    """The layout our source reads the page with; null for one that is read by its rendering, or not at all."""
    source = source_of(page.url)
    decoded = Page.from_bytes(page.url, page.body, page.content_type)
    try:
        name = source.read(decoded).layout
    except Problem:
        return decoded, None
    return decoded, next((layout for layout in source.layouts if layout.name == name), None)


def _selectors(layout: Layout) -> dict[str, list[str]]:
    root = _path(layout.root) if layout.root is not None else "/html"
    return {
        field: [_below(root, path) for select in getattr(layout, field) if (path := _path(select))]
        for field in ("body", "headline", "date")
    }


def _path(select: Select) -> str:
    return select.path if isinstance(select, etree.XPath) else ""


def _below(root: str, path: str) -> str:
    """A layout's expression as one that starts at the page."""
    return path if _FROM_THE_PAGE.match(path) else f"({root})/{path}"

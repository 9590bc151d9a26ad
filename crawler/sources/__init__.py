"""The sources, and which of them a URL belongs to.

Every module of this package with a `SOURCE` is one: adding an outlet touches nothing here.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module

from crawler.extraction.identity import Address
from crawler.extraction.problem import Code, Problem
from crawler.extraction.source import Source


@cache
def sources() -> Mapping[str, Source]:
    """All sources by name, in the order of their names."""
    modules = (import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
    found = [module.SOURCE for module in modules if hasattr(module, "SOURCE")]
    return {source.name: source for source in sorted(found, key=lambda source: source.name)}


def source_of(url: str) -> Source:
    """The source whose document a URL names: by its host, else by its path alone, which makes it a mirror.

    Raises Problem `unknown-url`.
    """
    address = Address.of(url)
    if address is not None:
        for source in sources().values():
            if source.owns(address):
                return source
        for source in sources().values():
            if source.identify(address) is not None:
                return source
    raise Problem(Code.UNKNOWN_URL, url, "no source has this host or such a path")

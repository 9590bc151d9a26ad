"""Run the named benchmarks, or all: `python -m benchmarks [NAME…]`."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from rich.console import Console

#: A benchmark is a module of this package with a function `run(console)`; it measures and prints, and writes nothing.
NAMES = ("extraction", "duplicates", "ledger_scale", "live_crawl", "large_replay")
_WIDTH = 150


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(NAMES)} (default: all)")
    chosen = parser.parse_args().names
    if unknown := sorted(set(chosen) - set(NAMES)):
        parser.error(f"no such benchmark: {', '.join(unknown)}; there are: {', '.join(NAMES)}")
    # A table needs its width where nobody looks at a terminal, too.
    console = Console() if sys.stdout.isatty() else Console(width=_WIDTH)
    for name in chosen or NAMES:
        import_module(f"benchmarks.{name}").run(console)


if __name__ == "__main__":
    main()

"""The real pages beside the repository, read in place; tests skip with a reason where they are absent."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared"
REAL = SHARED / "real"
SEEDS = SHARED / "seeds"

needs_real = pytest.mark.skipif(not REAL.is_dir(), reason="the real pages of ../shared/real are not here")
needs_seeds = pytest.mark.skipif(not SEEDS.is_dir(), reason="the seeds of ../shared/seeds are not here")

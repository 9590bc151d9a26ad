"""How many examples a fuzzer tries: few and always the same in CI, as many as `HOSTILE_EXAMPLES` says elsewhere.

@budget(300)
@given(...)
def test_…

HOSTILE_EXAMPLES=5000 python -m pytest tests/hostile
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, settings

#: The larger budget, 0 for CI's.
EXAMPLES = int(os.environ.get("HOSTILE_EXAMPLES", "0"))


def budget(examples: int) -> Callable[[Any], Any]:
    """So many examples in CI. What is not CI draws new ones each time, and has time to make a failing one small."""
    return settings(
        max_examples=EXAMPLES or examples,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )

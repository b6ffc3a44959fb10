"""The learning rate of an optimiser step. Knows numbers; found by measuring."""

from __future__ import annotations

WARM_UP_STEPS = 20
LOWEST_SHARE = 0.1


def learning_rate_at(step: int, *, steps: int, highest: float) -> float:
    """step is counted from 0: a short rise, then straight down to a tenth of `highest`."""
    rise = min(1.0, (step + 1) / WARM_UP_STEPS)
    return highest * rise * max(LOWEST_SHARE, 1.0 - (1.0 - LOWEST_SHARE) * step / steps)

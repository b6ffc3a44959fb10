"""From nats to the figures of the segment benches. Knows numbers.

Ratios of perplexities come from the same tokens, and their intervals from resampling groups of them: neighbouring tokens are hard together.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from engine.answer_scores import Interval

GROUP_TOKENS = 64
_SAMPLES = 2000


def grouped(nll: Sequence[float]) -> list[float]:
    """Means of so many tokens each."""
    values = np.asarray(nll, dtype=np.float64)
    return [float(values[start : start + GROUP_TOKENS].mean()) for start in range(0, len(values), GROUP_TOKENS)]


def perplexity(groups: Sequence[float]) -> float:
    """exp of the mean over all tokens."""
    return math.exp(float(np.mean(groups)))


def perplexity_ratio(groups: Sequence[float], others: Sequence[float], *, seed: int = 0) -> Interval:
    """Perplexity over that of another way to read the same tokens, with its 95% interval."""
    difference = np.asarray(groups) - np.asarray(others)
    picks = np.random.default_rng(seed).integers(0, len(difference), size=(_SAMPLES, len(difference)))
    low, high = np.quantile(difference[picks].mean(axis=1), (0.025, 0.975))
    return Interval(math.exp(float(difference.mean())), math.exp(float(low)), math.exp(float(high)))


def spelled_tokens(tokens: int) -> str:
    """4096 -> "4K", 102400 -> "100K"."""
    return f"{tokens / 1024:g}K"

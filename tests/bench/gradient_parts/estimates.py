"""What an estimator of the gradient through memories is worth: bias, variance and direction, over everything its draws can be.

Every method is Σ w_ts c_ts, where c_ts = (∂J_t/∂m_s)(∂m_s/∂Θ) and w its own weights (`engine.methods.segments.gradients`). So nothing is
sampled: the products of the c_ts with one another, and the weights of every outcome, say it all.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

Draws = tuple[int, ...]
"""What a reservoir draws, one a segment from S on."""


def pairs(segments: int) -> list[tuple[int, int]]:
    """(t, s) with s < t, in the order of all weights here."""
    return [(t, s) for t in range(1, segments) for s in range(t)]


def outcomes(segments: int, window: int) -> Iterator[Draws]:
    """Every sequence of draws there can be; all are as likely."""
    return itertools.product(*(range(s + 1) for s in range(window, segments - 1)))


def survivors(draws: Draws, segments: int, window: int) -> list[tuple[int, ...]]:
    """Which segments are kept when J_t is taken, for t from 0 on; written down from the paper."""
    kept: list[int] = []
    following, states = iter(draws), [()]
    for s in range(segments - 1):
        if s < window:
            kept.append(s)
        elif (slot := next(following)) < window:
            kept[slot] = s
        states.append(tuple(kept))
    return states


def window_weights(segments: int, window: int) -> Tensor:
    """fp64 `[1, pairs]`: TRUNCATED and INCREMENTAL; with a window over everything, FULL and RECOMPUTE."""
    return torch.tensor([[float(s >= t - window) for t, s in pairs(segments)]], dtype=torch.float64)


def reservoir_weights(draws: Sequence[Draws], segments: int, window: int, *, with_factor: bool = True) -> Tensor:
    """fp64 `[len(draws), pairs]`: RESERVOIR; without its factor as the released code has it."""
    rows = []
    for each in draws:
        kept = survivors(each, segments, window)
        scale = [max(1.0, t / window) if with_factor else 1.0 for t in range(segments)]
        rows.append([scale[t] * (s in kept[t]) for t, s in pairs(segments)])
    return torch.tensor(rows, dtype=torch.float64)


@dataclass(frozen=True, slots=True)
class Worth:
    """g: the estimate; G: the exact gradient; E: over all outcomes.

    norm = |E g| / |G|; bias = |E g - G| / |G|; variance = E |g - E g|² / |G|²; mean_cosine: of E g and G; cosine: of one g and G, the mean.
    """

    norm: float
    bias: float
    variance: float
    mean_cosine: float
    cosine: float


def worth(products: Tensor, weights: Tensor) -> Worth:
    """products: fp64 `[pairs, pairs]`, of each c_ts with each. weights: `[outcomes, pairs]`, all as likely."""

    def dot(a: Tensor, b: Tensor) -> Tensor:
        return ((a @ products) * b).sum(-1)

    exact, mean = torch.ones(1, len(products), dtype=torch.float64), weights.mean(0, keepdim=True)
    of_exact = dot(exact, exact)
    cosines = dot(weights, exact) / (dot(weights, weights) * of_exact).sqrt()
    return Worth(
        norm=float((dot(mean, mean) / of_exact).sqrt()),
        bias=float((dot(mean - exact, mean - exact) / of_exact).clamp(min=0).sqrt()),
        variance=float((dot(weights - mean, weights - mean).mean() / of_exact).clamp(min=0)),
        mean_cosine=float(dot(mean, exact) / (dot(mean, mean) * of_exact).sqrt()),
        cosine=float(cosines.mean()),
    )

"""The next token from its logits: penalty, temperature, top-k, top-p, and the draw. Pure functions; imports no torch.

Knows arrays of logits `[V]` or `[B, V]`. NumPy, so that a seed draws the same token on every device.
Sources: Keskar et al. 2019 (CTRL) §4.1 for the penalty; Fan et al. 2018 for top-k; Holtzman et al. 2020 for top-p.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import ModelError

Logits = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sampling:
    temperature: float = 0.0
    """0 takes the likeliest token; 1 draws from the model's own distribution; more is wilder."""
    top_k: int = 0
    """Draw from the k likeliest tokens only; 0 = no limit."""
    top_p: float = 1.0
    """Draw from the fewest tokens whose probabilities reach p."""
    repetition_penalty: float = 1.0
    """More than 1 makes tokens that stand in the text already less likely."""
    seed: int = 0

    def __post_init__(self) -> None:
        if self.temperature < 0 or self.top_k < 0 or not 0 < self.top_p <= 1 or self.repetition_penalty <= 0:
            raise ValueError(f"sampling settings out of range: {self}")


def penalise(logits: Logits, seen_ids: Sequence[int], penalty: float) -> Logits:
    """Logits of seen tokens divided by the penalty where positive, multiplied where negative. A new array."""
    if penalty == 1.0 or not seen_ids:
        return logits
    seen = np.unique(np.asarray(seen_ids))
    result = logits.copy()
    values = result[..., seen]
    result[..., seen] = np.where(values > 0, values / penalty, values * penalty)
    return result


def keep_top_k(logits: Logits, k: int) -> Logits:
    """-inf for all but the k largest; ties with the k-th stay. A new array."""
    if k == 0 or k >= logits.shape[-1]:
        return logits
    threshold = np.partition(logits, -k, axis=-1)[..., -k, None]
    return np.where(logits >= threshold, logits, np.float32(-np.inf))


def keep_top_p(logits: Logits, p: float) -> Logits:
    """-inf for all but the smallest set of likeliest tokens whose probabilities sum to at least p. A new array."""
    if p >= 1.0:
        return logits
    order = np.argsort(-logits, axis=-1, kind="stable")
    sorted_probabilities = np.take_along_axis(probabilities(logits), order, axis=-1)
    before = np.cumsum(sorted_probabilities, axis=-1) - sorted_probabilities
    keep = np.zeros(logits.shape, dtype=bool)
    np.put_along_axis(keep, order, before < p, axis=-1)
    return np.where(keep, logits, np.float32(-np.inf))


def probabilities(logits: Logits) -> NDArray[np.float64]:
    """Softmax over the last axis, in float64. Rows sum to 1."""
    shifted = np.exp((logits - logits.max(axis=-1, keepdims=True)).astype(np.float64))
    shares: NDArray[np.float64] = shifted / shifted.sum(axis=-1, keepdims=True)
    return shares


def log_probabilities(logits: Logits, token_ids: Sequence[int]) -> Logits:
    """Log-softmax of rows of logits `[N, V]`, each at its own token: fp32 `[N]`."""
    largest = logits.max(axis=-1, keepdims=True)
    log_z = np.log(np.exp(logits - largest).sum(axis=-1, dtype=np.float64)) + largest[:, 0]
    scores: Logits = (logits[np.arange(len(token_ids)), np.asarray(token_ids, np.int64)] - log_z).astype(np.float32)
    return scores


def choose(logits: Logits, sampling: Sampling, seen_ids: Sequence[int], random: np.random.Generator) -> int:
    """One token for one row `[V]`. seen_ids: the text so far, for the penalty. Uses `random` only when temperature >
    0. Raises ModelError for logits among which none is the largest: no weights that are in order give such.
    """
    if not np.isfinite(logits.max()):
        raise ModelError(
            "This model's weights are damaged: what it computes are no numbers. Remove it and add it again."
        )
    logits = penalise(logits, seen_ids, sampling.repetition_penalty)
    if sampling.temperature == 0.0:
        return int(logits.argmax())
    largest = keep_top_k(logits, sampling.top_k)  # before the division: it makes small differences equal
    scaled = (largest / np.float32(sampling.temperature)).astype(np.float32)
    kept = probabilities(keep_top_p(scaled, sampling.top_p))
    cumulative = np.cumsum(kept)
    return int(np.searchsorted(cumulative, random.random() * cumulative[-1], side="right"))

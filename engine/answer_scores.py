"""How good an answer is against reference answers: contains-match, token F1, and how sure a mean of them is.

Knows strings and numbers. Knows nothing of models or prompts.
Sources: Rajpurkar et al. 2016 (SQuAD) §6 for normalisation and F1; Arora et al. 2024 (JRT) for contains-match;
Efron 1979 for the percentile bootstrap.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_ARTICLES = frozenset({"a", "an", "the"})
_CJK = r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
_TOKEN = re.compile(rf"{_CJK}|(?:(?!{_CJK})[^\W_])+")
_BOOTSTRAP_SAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its 95% interval."""

    mean: float
    low: float
    high: float


def answer_tokens(text: str) -> list[str]:
    """Casefolded words without punctuation and English articles; CJK character by character."""
    return [token for token in _TOKEN.findall(text.casefold()) if token not in _ARTICLES]


def contains_match(answer: str, references: Sequence[str]) -> bool:
    """True when one of the references stands in the answer as whole words, in order and together."""
    said = answer_tokens(answer)
    return any(_stands_in(answer_tokens(reference), said) for reference in references)


def token_f1(answer: str, references: Sequence[str]) -> float:
    """Harmonic mean of precision and recall over tokens, the best over the references, 0-1."""
    return max((_f1(answer_tokens(answer), answer_tokens(reference)) for reference in references), default=0.0)


def bootstrap_mean(values: Sequence[float], *, seed: int = 0) -> Interval:
    """Mean and 95% percentile interval. Raises ValueError without values."""
    if not values:
        raise ValueError("no values to take a mean of")
    means = _resampled_means(np.asarray(values, dtype=np.float64), seed)
    low, high = np.quantile(means, (0.025, 0.975))
    return Interval(float(np.mean(values)), float(low), float(high))


def share_of_gains(values: Sequence[float], baseline: Sequence[float], *, seed: int = 0) -> float:
    """How often, over paired resamples, the mean of `values` is above that of `baseline`, 0-1."""
    difference = np.asarray(values, dtype=np.float64) - np.asarray(baseline, dtype=np.float64)
    return float(np.mean(_resampled_means(difference, seed) > 0))


def _resampled_means(values: Floats, seed: int) -> Floats:
    picks = np.random.default_rng(seed).integers(0, len(values), size=(_BOOTSTRAP_SAMPLES, len(values)))
    means: Floats = values[picks].mean(axis=1)
    return means


def _stands_in(wanted: list[str], said: list[str]) -> bool:
    return bool(wanted) and any(said[i : i + len(wanted)] == wanted for i in range(len(said) - len(wanted) + 1))


def _f1(said: list[str], wanted: list[str]) -> float:
    common = sum((Counter(said) & Counter(wanted)).values())
    return 2 * common / (len(said) + len(wanted)) if common else 0.0

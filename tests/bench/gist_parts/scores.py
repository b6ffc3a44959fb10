"""From nats and answers to the figures of the gist bench. Knows numbers and strings."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from rouge_score.rouge_scorer import RougeScorer

from engine.answer_scores import Interval

BOOTSTRAP_SAMPLES = 2000


@cache
def _scorer() -> RougeScorer:
    return RougeScorer(["rougeL"], use_stemmer=True)


def rouge_l(answer: str, reference: str) -> float:
    """ROUGE-L F with Porter's stemmer, as the gisting paper has it (rougeL, not rougeLsum)."""
    return float(_scorer().score(reference, answer)["rougeL"].fmeasure)


def recovered_share(none: Sequence[float], gist: Sequence[float], full: Sequence[float], *, seed: int = 0) -> Interval:
    """(NLL_none - NLL_gist) / (NLL_none - NLL_full) of mean nats a token, with its 95% interval over cases.

    1: the gist serves as the prompt does; 0: as if there were none. The interval is NaN where, of resampled cases, too few
    have a prompt that helps.
    """
    lost, whole = np.asarray(none) - np.asarray(gist), np.asarray(none) - np.asarray(full)
    picks = np.random.default_rng(seed).integers(0, len(lost), size=(BOOTSTRAP_SAMPLES, len(lost)))
    gains = whole[picks].mean(axis=1)
    helps = gains > 0
    mean = float(lost.mean() / whole.mean()) if whole.mean() > 0 else float("nan")
    if helps.mean() < 0.975:
        return Interval(mean, float("nan"), float("nan"))
    low, high = np.quantile(lost[picks].mean(axis=1)[helps] / gains[helps], (0.025, 0.975))
    return Interval(mean, float(low), float(high))


def best_k(tokens: int, slots: dict[int, int], ratio: float) -> int | None:
    """The most gist tokens with which a prompt of `tokens` still takes at most 1/ratio of its room; None where none does.

    slots: by k, all that is kept.
    """
    fitting = [k for k, count in slots.items() if tokens / count >= ratio]
    return max(fitting, default=None)

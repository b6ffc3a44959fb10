"""Running perplexities of a prequential run. Knows numbers only."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Tally:
    """Sums of negative log-likelihood (natural log). `paired` sums are over chunks scored both with and without adapter."""

    tokens: int = 0
    chunks: int = 0
    adapter_nll: float = 0.0
    window_ppl: float = 0.0
    """Token-weighted sum of exp(chunk mean), the official code's figure."""
    paired_tokens: int = 0
    paired_adapter_nll: float = 0.0
    paired_base_nll: float = 0.0

    def add(self, tokens: int, adapter_mean: float, base_mean: float | None) -> None:
        self.tokens += tokens
        self.chunks += 1
        self.adapter_nll += tokens * adapter_mean
        self.window_ppl += tokens * math.exp(adapter_mean)
        if base_mean is not None:
            self.paired_tokens += tokens
            self.paired_adapter_nll += tokens * adapter_mean
            self.paired_base_nll += tokens * base_mean

    @property
    def base_ppl(self) -> float | None:
        return math.exp(self.paired_base_nll / self.paired_tokens) if self.paired_tokens else None

    @property
    def paired_adapter_ppl(self) -> float | None:
        return math.exp(self.paired_adapter_nll / self.paired_tokens) if self.paired_tokens else None

    @property
    def all_adapter_ppl(self) -> float:
        return math.exp(self.adapter_nll / self.tokens)

    @property
    def window_mean_ppl(self) -> float:
        return self.window_ppl / self.tokens

    def as_dict(self) -> dict[str, float]:
        return asdict(self)

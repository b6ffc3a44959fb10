"""Scoring and training one chunk of text at a time: the inner step of Temp-LoRA.

Knows a decoder, an adapter and an optimiser. Knows nothing of files, documents or progress reports.
Source: Wang et al. 2024 (Temp-LoRA, arXiv 2401.11504). Where we deviate, and why:
- the training forward is the scoring forward (the official code runs the window three times before it trains);
- only the new chunk is run, against a detached KV cache of what came before (official: the whole window, prefix masked);
- the adapter stays fp32 and is never merged; the first step has its full learning rate (official: 0, then half).
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import torch
from torch import Tensor

from engine import layerwise, lora
from engine.layerwise import Decoder, PrefixCache
from engine.ops.token_nll import token_nll, token_nll_and_grad

Yields = Generator[None, None, None]
GRADIENT_CLIP = 1.0


@dataclass(slots=True)
class Trainer:
    """One adapter in training. `cache` holds what the adapted model has read of this window, `base_cache` the bare one."""

    model: torch.nn.Module
    decoder: Decoder
    pairs: lora.Pairs
    optimizer: torch.optim.Optimizer
    cache: PrefixCache
    base_cache: PrefixCache
    recompute: bool = False
    """Recompute activations in the backward pass: about a third slower, memory of one layer instead of all."""

    def read_again(self, token_ids: Tensor, *, with_base: bool) -> Yields:
        """Begin a window: forget the caches and read `[R]` tokens with the newest adapter (and without it, for its score)."""
        self.cache.clear()
        self.base_cache.clear()
        if len(token_ids):
            with lora.active(self.model, self.pairs):
                yield from layerwise.read(self.decoder, token_ids, self.cache)
            self.cache.commit(len(token_ids))
            if with_base:
                with lora.active(self.model, None):
                    yield from layerwise.read(self.decoder, token_ids, self.base_cache)
                self.base_cache.commit(len(token_ids))

    def base_score(self, token_ids: Tensor, labels: Tensor) -> Generator[None, None, float]:
        """Mean loss of the bare model on a chunk behind what `base_cache` holds."""
        with lora.active(self.model, None):
            hidden = yield from layerwise.read(self.decoder, token_ids, self.base_cache)
            nll = token_nll(hidden, self.decoder.head, labels, softcap=self.decoder.softcap)
        self.base_cache.commit(len(token_ids))
        return float(nll.mean())

    def score_and_train(
        self, token_ids: Tensor, labels: Tensor, *, learning_rate: float, epochs: int = 1
    ) -> Generator[None, None, float]:
        """Mean loss of the adapted model on a chunk, taken before the `epochs` optimiser steps on that chunk."""
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate
        score: float | None = None
        with lora.active(self.model, self.pairs):
            for _ in range(epochs):
                passed = yield from layerwise.forward(self.decoder, token_ids, self.cache, recompute=self.recompute)
                nll, grad = token_nll_and_grad(passed.hidden, self.decoder.head, labels, softcap=self.decoder.softcap)
                if score is None:
                    score = float(nll.mean())
                yield
                yield from layerwise.backward(self.decoder, passed, grad)
                torch.nn.utils.clip_grad_norm_(parameters(self.pairs), GRADIENT_CLIP)
                self.optimizer.step()
                self.optimizer.zero_grad(set_to_none=True)
                yield
        self.cache.commit(len(token_ids))
        assert score is not None
        return score


def parameters(pairs: lora.Pairs) -> list[Tensor]:
    """What the optimiser trains, in the order of `lora.named_tensors`."""
    return [tensor for _, tensor in lora.named_tensors(pairs)]

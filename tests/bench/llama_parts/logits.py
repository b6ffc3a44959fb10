"""What a backend expects behind every token of a text, and how far two of them are from each other. Knows states and arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from engine.backends.base import Backend, PromptState
from engine.backends.pytorch import TorchBackend, TorchState

LogProbabilities = NDArray[np.float32]
"""`[N, V]`, natural log, each row sums to 1."""

_ROWS = 32


@dataclass(frozen=True, slots=True)
class Distance:
    """kl: KL(one || other) of each token `[N]`, nats. same: whether both find the same token likeliest `[N]`."""

    kl: NDArray[np.float64]
    same: NDArray[np.bool_]


def behind_each(backend: Backend, ids: Sequence[int], state: PromptState) -> LogProbabilities:
    """Read token by token, as an answer is written; the state has read them then."""
    return normalised(np.stack([backend.read([token], state) for token in ids]))


def torch_behind_each(backend: TorchBackend, ids: Sequence[int], state: TorchState) -> LogProbabilities:
    """The same of PyTorch in one block; the state is left as it was."""
    position = state.first_position + len(state.tokens)
    positions = torch.arange(position, position + len(ids), device=backend.device)[None]
    with torch.no_grad(), backend.use_adapter(state.adapter):
        output = backend.model(
            input_ids=torch.tensor([list(ids)], device=backend.device),
            position_ids=positions,
            past_key_values=state.cache,
            use_cache=True,
        )
    state.cache.cut(state.slots)
    return normalised(output.logits[0].float().cpu().numpy())


def normalised(logits: NDArray[np.float32]) -> LogProbabilities:
    """Logits `[N, V]` -> log-probabilities."""
    shifted = logits - logits.max(-1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(-1, keepdims=True, dtype=np.float64)).astype(np.float32)
    return shifted


def distance(one: LogProbabilities, other: LogProbabilities) -> Distance:
    kl = [
        (np.exp(p) * (p - q)).sum(-1, dtype=np.float64)
        for p, q in ((one[i : i + _ROWS], other[i : i + _ROWS]) for i in range(0, len(one), _ROWS))
    ]
    return Distance(np.concatenate(kl), one.argmax(-1) == other.argmax(-1))


def joined(distances: Sequence[Distance]) -> Distance:
    """Of several texts, one behind the other."""
    return Distance(np.concatenate([each.kl for each in distances]), np.concatenate([each.same for each in distances]))

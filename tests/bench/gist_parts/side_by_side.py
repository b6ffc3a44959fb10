"""One continuation behind many prompt states at once: scored, or written greedily. What the product reads one after another.

A batch on two cores takes little longer than its longest row, and a bench has fourteen rows for every prompt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from engine import lora
from engine.backends.pytorch import TorchBackend
from engine.kv_cache import GrowingCache
from engine.kv_state import KVState
from engine.layerwise import Decoder
from engine.ops.token_kl import token_kl


@dataclass(frozen=True, slots=True)
class Scored:
    """Means over the reply's tokens. kl: KL(first state || this one), nats a token. nll: of the reply, nats a token."""

    kl: float
    nll: float


def score(
    backend: TorchBackend, states: Sequence[KVState], begun_ids: Sequence[int], reply_ids: Sequence[int]
) -> list[Scored]:
    """What the model behind each state makes of a reply; the first state is the one others are measured against."""
    decoder = Decoder.of(backend.model)
    rows = _Rows(backend, decoder, states)
    hidden = rows.read([[*begun_ids, *reply_ids[:-1]]] * len(states))[:, len(begun_ids) - 1 :]
    labels = torch.tensor(list(reply_ids), device=hidden.device)
    scored = []
    for row in hidden:
        distances = token_kl(hidden[0], row, decoder.head, labels, softcap=decoder.softcap)
        scored.append(Scored(float(distances.kl.mean()), float(distances.student_nll.mean())))
    return scored


def answer(
    backend: TorchBackend, states: Sequence[KVState], begun_ids: Sequence[int], *, max_new_tokens: int
) -> list[list[int]]:
    """The greedy answer behind each state, its end token left out."""
    decoder = Decoder.of(backend.model)
    rows = _Rows(backend, decoder, states)
    answers: list[list[int]] = [[] for _ in states]
    ended = [False] * len(states)
    following: list[list[int]] = [list(begun_ids)] * len(states)
    for _ in range(max_new_tokens):
        chosen = F.linear(rows.read(following)[:, -1], decoder.head).argmax(-1).tolist()
        for row, token in enumerate(chosen):
            ended[row] = ended[row] or token in backend.tokenizer.eos_ids
            if not ended[row]:
                answers[row].append(token)
        if all(ended):
            break
        following = [[token] for token in chosen]
    return answers


class _Rows:
    """The states as rows of one cache, padded on the left; what is read stands behind all of them."""

    def __init__(self, backend: TorchBackend, decoder: Decoder, states: Sequence[KVState]) -> None:
        self._backend, self._decoder = backend, decoder
        S = max(state.slots for state in states)
        self._mask = torch.zeros(len(states), S, dtype=torch.bool, device=backend.device)
        for row, state in enumerate(states):
            self._mask[row, S - state.slots :] = True
        self._next = torch.tensor([[state.next_position] for state in states], device=backend.device)
        self._cache = GrowingCache()
        for layer in range(len(states[0].keys)):
            keys = torch.stack([_padded(state.keys[layer], S) for state in states])  # [R, Hkv, S, D]
            values = torch.stack([_padded(state.values[layer], S) for state in states])
            self._cache.update(keys.to(backend.device), values.to(backend.device), layer)

    def read(self, ids: Sequence[Sequence[int]]) -> Tensor:
        """Hidden states `[R, T, d]` at the next T tokens of each row."""
        tokens = torch.tensor([list(row) for row in ids], device=self._mask.device)
        R, T = tokens.shape
        self._mask = torch.cat([self._mask, self._mask.new_ones(R, T)], dim=1)
        positions = self._next + torch.arange(T, device=tokens.device)
        self._next = self._next + T
        with torch.no_grad(), lora.active(self._backend.model, None):
            hidden: Tensor = self._decoder.body(
                input_ids=tokens,
                attention_mask=self._mask,
                position_ids=positions,
                past_key_values=self._cache,
                use_cache=True,
            ).last_hidden_state
        return hidden


def _padded(tensor: Tensor, slots: int) -> Tensor:
    return F.pad(tensor, (0, 0, slots - tensor.shape[1], 0))

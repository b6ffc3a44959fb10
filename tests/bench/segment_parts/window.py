"""Verbatim tokens behind a prefix, both at positions of the cache, as in StreamingLLM: the oldest leave, the prefix may change.

Knows a model that PyTorch runs, and tensors. The plain form of what the product's reader does, so that every way is measured by one loop.
Source: Xiao et al. 2024 (arXiv 2309.17453), §3.2: positions are those within the cache, not those of the text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from engine import lora
from engine.backends.pytorch import TorchBackend
from engine.kv_layers import Layers, cache_of, layers_of
from engine.kv_state import KVState
from engine.layerwise import Decoder
from engine.ops.token_nll import token_nll
from engine.rotary import moved


class Window:
    """prefix: keys and values at positions 0 to `next_position`. pairs: an adapter that reads what is verbatim."""

    def __init__(self, backend: TorchBackend, prefix: KVState, pairs: lora.Pairs | None = None) -> None:
        self._model, self._decoder, self._device = backend.model, Decoder.of(backend.model), backend.device
        self._context_tokens = backend.context_tokens
        self._pairs = pairs
        self._rows: Layers = []
        self._read_at = torch.zeros(0, dtype=torch.long)
        """By row, the position its key was rotated for: a key is turned from there, so that it is rounded once."""
        self._last: Tensor | None = None
        self.lay(prefix)

    @property
    def verbatim(self) -> int:
        return len(self._read_at)

    @property
    def rows(self) -> int:
        """Of the cache."""
        return self._prefix_rows + self.verbatim

    def lay(self, prefix: KVState) -> None:
        """Another prefix from now on; what is verbatim moves along."""
        dtype = self._model.dtype
        self._prefix: Layers = [
            (keys[None].to(self._device, dtype), values[None].to(self._device, dtype))
            for keys, values in zip(prefix.keys, prefix.values, strict=True)
        ]
        self._prefix_rows, self._first = prefix.slots, prefix.next_position

    def drop(self, count: int) -> None:
        """The oldest verbatim rows go."""
        if count > 0:
            self._rows = [(keys[:, :, count:], values[:, :, count:]) for keys, values in self._rows]
            self._read_at = self._read_at[count:]

    def read(self, ids: Sequence[int]) -> None:
        """Read tokens behind everything; they are verbatim rows from now on."""
        self._hidden(ids)

    def nll(self, ids: Sequence[int]) -> Tensor:
        """Read tokens and score each of them, the first one by what was read last. fp32 `[T]`."""
        last = self._last
        if last is None:
            raise ValueError("nothing was read that the first token could be scored by")
        hidden = torch.cat([last, self._hidden(ids)[:-1]])
        labels = torch.tensor(list(ids), device=self._device)
        return token_nll(hidden, self._decoder.head, labels, softcap=self._decoder.softcap).cpu()

    def _hidden(self, ids: Sequence[int]) -> Tensor:
        """Hidden states `[T, d]`."""
        start = self._first + self.verbatim
        end = start + len(ids)
        if end > self._context_tokens:
            raise ValueError(f"{end} positions are more than the model has")
        cache = cache_of(self._layers())
        with torch.no_grad(), lora.active(self._model, self._pairs):
            hidden: Tensor = self._decoder.body(
                input_ids=torch.tensor([list(ids)], device=self._device),
                position_ids=torch.arange(start, end, device=self._device)[None],
                past_key_values=cache,
                use_cache=True,
            ).last_hidden_state[0]
        new = [(keys[:, :, -len(ids) :], values[:, :, -len(ids) :]) for keys, values in layers_of(cache)]
        kept = self._rows or [(keys[:, :, :0], values[:, :, :0]) for keys, values in new]
        self._rows = [
            (torch.cat([keys, new_keys], 2), torch.cat([values, new_values], 2))
            for (keys, values), (new_keys, new_values) in zip(kept, new, strict=True)
        ]
        self._read_at = torch.cat([self._read_at, torch.arange(start, end)])
        self._last = hidden[-1:]
        return hidden

    def _layers(self) -> Layers:
        """Prefix and verbatim rows as the cache begins with them."""
        if not self.verbatim:
            return self._prefix
        by = self._first + torch.arange(self.verbatim) - self._read_at
        keys = [each for each, _ in self._rows]
        if bool(by.any()):
            keys = moved(self._model, keys, by)
        return [
            (torch.cat([prefix_keys, own_keys], 2), torch.cat([prefix_values, values], 2))
            for (prefix_keys, prefix_values), own_keys, (_, values) in zip(self._prefix, keys, self._rows, strict=True)
        ]


def score(window: Window, ids: Sequence[int], *, block: int, begin: Callable[[int], None]) -> Tensor:
    """Mean negative log-likelihoods `[T]` of tokens read a block at a time; `begin(tokens done)` makes room before each."""
    parts = []
    for start in range(0, len(ids), block):
        begin(start)
        parts.append(window.nll(ids[start : start + block]))
    return torch.cat(parts)

"""Keys and values of what a model has read, in memory that grows by doubling and can be cut back.

Knows tensors and the cache protocol of transformers. Every layer keeps every token, sliding windows are left to the
attention mask: so a state can be cut back to any length and is then as if the rest had never been read.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor
from transformers.cache_utils import Cache, CacheLayerMixin

FIRST_CAPACITY = 256


class GrowingLayer(CacheLayerMixin):  # type: ignore[misc]  # transformers has no types
    """keys and values are views `[B, H, length, D]` of a larger memory: appending a token copies that token only."""

    is_sliding = False
    is_croppable = True

    def __init__(self) -> None:
        super().__init__()
        self.length = 0

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        self.dtype, self.device = key_states.dtype, key_states.device
        self._key_memory = key_states.new_empty(*key_states.shape[:2], 0, key_states.shape[3])
        self._value_memory = value_states.new_empty(*value_states.shape[:2], 0, value_states.shape[3])
        self.is_initialized = True

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        start, end = self.length, self.length + key_states.shape[2]
        if end > self._key_memory.shape[2]:
            self._key_memory = _grown(self._key_memory, start, end)
            self._value_memory = _grown(self._value_memory, start, end)
        self._key_memory[:, :, start:end] = key_states
        self._value_memory[:, :, start:end] = value_states
        self._show(end)
        assert self.keys is not None and self.values is not None
        return self.keys, self.values

    def cut(self, length: int) -> None:
        """Keep the first `length` tokens; a no-op when there are no more."""
        if self.is_initialized and length < self.length:
            self._show(length)

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        return self.length + query_length, 0

    def get_seq_length(self) -> int:
        return self.length

    def get_max_length(self) -> int:
        return -1

    @property
    def nbytes(self) -> int:
        return self._key_memory.nbytes + self._value_memory.nbytes if self.is_initialized else 0

    def _show(self, length: int) -> None:
        self.length = length
        self.keys, self.values = self._key_memory[:, :, :length], self._value_memory[:, :, :length]


class GrowingCache(Cache):  # type: ignore[misc]  # transformers has no types
    """One GrowingLayer a layer, made when the layer is first used."""

    def __init__(self) -> None:
        super().__init__(layer_class_to_replicate=GrowingLayer)

    def cut(self, length: int) -> None:
        for layer in self.layers:
            layer.cut(length)

    @property
    def nbytes(self) -> int:
        return sum(layer.nbytes for layer in self.layers)


def _grown(memory: Tensor, used: int, needed: int) -> Tensor:
    B, H, capacity, D = memory.shape
    larger = memory.new_empty(B, H, max(needed, 2 * capacity, FIRST_CAPACITY), D)
    larger[:, :, :used] = memory[:, :, :used]
    return larger

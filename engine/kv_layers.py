"""Keys and values layer by layer, as caches of transformers begin with them and end with them.

Knows tensors. Knows nothing of where they come from.
"""

from __future__ import annotations

from torch import Tensor
from transformers import DynamicCache

Layers = list[tuple[Tensor, Tensor]]
"""Keys and values of each layer, `[B, Hkv, T, D]`."""


def cache_of(layers: Layers) -> DynamicCache:
    """A cache that begins with these keys and values; they are not written to."""
    cache = DynamicCache()
    for index, (keys, values) in enumerate(layers):
        cache.update(keys, values, index)
    return cache


def layers_of(cache: DynamicCache) -> Layers:
    return [(layer.keys, layer.values) for layer in cache.layers]


def for_rows(layers: Layers, rows: int) -> Layers:
    """Keys and values of one row, `[1, Hkv, T, D]`, the same for so many; nothing is copied."""
    return [(keys.expand(rows, -1, -1, -1), values.expand(rows, -1, -1, -1)) for keys, values in layers]

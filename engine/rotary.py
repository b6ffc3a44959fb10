"""Rotary positions of keys outside a forward pass: keys rotated for the first time, and rotated keys moved elsewhere.

Knows Hugging Face decoders: the rotation is the model's own (its `rotary_emb`, and the `apply_rotary_pos_emb` of its module), whatever
its frequencies, its share of the head and its scaling.
Source: Su et al. 2021 (RoFormer), §3.4.2: rotations add up, R(a + b) = R(a) R(b), so a key can be moved without the hidden state it
came from.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from torch import Tensor

from engine.errors import ModelError


def rotated(model: Any, keys: Sequence[Tensor], positions: Tensor) -> list[Tensor]:
    """Keys of each layer `[B, Hkv, T, D]`, not rotated yet, at these positions (int64 `[T]`). Rotated in fp32, returned as they came."""
    return [rotated_in_layer(model, layer, each, positions) for layer, each in enumerate(keys)]


def rotated_in_layer(model: Any, layer: int, heads: Tensor, positions: Tensor) -> Tensor:
    """Keys or queries of one layer `[B, H, T, D]`, as in `rotated`."""
    return _turn(model, layer, heads, positions, keeps_length=False)


def moved(model: Any, keys: Sequence[Tensor], by: Tensor) -> list[Tensor]:
    """Rotated keys of each layer `[B, Hkv, T, D]`, each so many positions further on (int64 `[T]`, negative: back)."""
    return [_turn(model, layer, each, by, keeps_length=True) for layer, each in enumerate(keys)]


def _turn(model: Any, layer: int, keys: Tensor, positions: Tensor, *, keeps_length: bool) -> Tensor:
    """keeps_length: without the factor some rotations (YaRN) put on every key; a key that was rotated before has it."""
    decoder = model.get_decoder()
    attention = decoder.layers[layer].self_attn
    apply = getattr(sys.modules[type(attention).__module__], "apply_rotary_pos_emb", None)
    if apply is None:
        raise ModelError(f"A {type(model).__name__} does not rotate its keys by position; segment memory needs that.")
    wide = keys.float()
    kind = getattr(decoder.config, "layer_types", None)
    per_kind = [kind[layer]] if kind and hasattr(decoder.rotary_emb, f"{kind[layer]}_inv_freq") else []
    cos, sin = decoder.rotary_emb(wide, positions[None].to(wide.device), *per_kind)
    if keeps_length:
        length = (cos.square() + sin.square()).sqrt()
        cos, sin = cos / length, sin / length
    _, turned = apply(wide, wide, cos, sin)
    result: Tensor = turned.to(keys.dtype)
    return result

"""How much a segment has to do with a window by attention: what share of it the window's last tokens would pay the segment.

Knows a model's attention layers and states of segments. A segment is known by the mean of its keys; each query shares one unit among the
segments (softmax over them), and the shares are summed over queries, heads and layers. Every segment is looked at as if it stood
directly before the window.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from engine.kv_state import KVState
from engine.rotary import rotated_in_layer

LAYER_STEP = 3
"""Every third layer is looked at: a third of the memory and time."""
ASKING_TOKENS = 64


class AttentionMass:
    """A `Measure` of `engine.methods.segments.picking`, for models whose attention has q_proj (and q_norm, if any, a head at a time)."""

    def __init__(self, model: Any, *, asking_tokens: int = ASKING_TOKENS) -> None:
        self._model = model
        self._asking_tokens = asking_tokens
        self._layers = range(LAYER_STEP // 2, len(model.get_decoder().layers), LAYER_STEP)
        self.clear()

    def clear(self) -> None:
        self._keys: list[Tensor] = []  # of each segment [layers, Hkv, D], a mean
        self._slots = 0
        self._asking: dict[int, Tensor] = {}  # what goes into the attention of each layer, [1, T, d]

    @contextmanager
    def watching(self, model: Any) -> Iterator[None]:
        decoder = model.get_decoder()
        hooks = [
            decoder.layers[layer].self_attn.q_proj.register_forward_pre_hook(self._keeper(layer))
            for layer in self._layers
        ]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()

    def note(self, ids: Sequence[int], state: KVState) -> None:
        self._slots = state.slots
        self._keys.append(torch.stack([state.keys[layer].float().mean(1) for layer in self._layers]).half().cpu())

    def mass(self, window: Sequence[int]) -> npt.NDArray[np.float64]:
        keys = torch.stack(self._keys, dim=2)  # [layers, Hkv, S, D]
        total = torch.zeros(len(self._keys))
        with torch.no_grad():
            for layer, kept in zip(self._layers, keys, strict=True):
                if layer in self._asking:
                    queries = self._queries(layer, self._asking[layer])
                    shared = queries.reshape(
                        len(kept), -1, queries.shape[-1]
                    ).cpu()  # heads that share keys, side by side
                    scale = self._model.get_decoder().layers[layer].self_attn.scaling
                    total += torch.softmax(scale * shared @ kept.float().transpose(1, 2), dim=-1).sum((0, 1))
        return total.double().numpy()

    @property
    def nbytes(self) -> int:
        return sum(each.nbytes for each in (*self._keys, *self._asking.values()))

    def _keeper(self, layer: int) -> Any:
        def keep(_module: Any, inputs: tuple[Tensor, ...]) -> None:
            before = self._asking.get(layer)
            read = inputs[0] if before is None else torch.cat([before, inputs[0]], dim=1)
            self._asking[layer] = read[:, -self._asking_tokens :].clone()

        return keep

    def _queries(self, layer: int, hidden: Tensor) -> Tensor:
        """fp32 `[H, T, D]`, at the positions behind a segment's slots."""
        attention = self._model.get_decoder().layers[layer].self_attn
        queries = attention.q_proj(hidden).unflatten(-1, (-1, attention.head_dim)).transpose(1, 2)
        if hasattr(attention, "q_norm"):
            queries = attention.q_norm(queries)
        positions = self._slots + torch.arange(hidden.shape[1])
        return rotated_in_layer(self._model, layer, queries, positions)[0].float()

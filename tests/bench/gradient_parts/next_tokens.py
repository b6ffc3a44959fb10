"""The plain problem: a text in segments, each costs its next-token loss behind the memories of those before it.

One segment at a time and nothing else: no teacher, no padding, no verbatim neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from engine import lora
from engine.attention import keeping_to_mask
from engine.backends.pytorch import TorchBackend
from engine.kv_layers import cache_of
from engine.methods.segments.compressor import SegmentCompressor
from engine.methods.segments.encoding import encode, memory_layers
from engine.methods.segments.memory import sink_state
from engine.rotary import rotated


class NextTokens:
    """ids int64 `[T, l]`. The mean loss of the tokens of a segment but its first, summed over segments."""

    def __init__(self, backend: TorchBackend, compressor: SegmentCompressor, ids: Tensor, ratio: int) -> None:
        self.model = backend.model
        self.compressor = compressor
        self.ids = ids.to(backend.device)
        self.slots = compressor.slots[ratio]
        self.sink = sink_state(backend)

    @property
    def segments(self) -> int:
        return len(self.ids)

    @property
    def trained(self) -> dict[str, Tensor]:
        tensors = dict(self.compressor.named_tensors())
        return {name: each for name, each in tensors.items() if not name.startswith("slots") or each is self.slots}

    def encode(self, segments: Sequence[int], *, with_grad: bool) -> Tensor:
        ids = self.ids[list(segments)]
        return encode(self.model, self.compressor.encoder, self.slots, ids, with_grad=with_grad)

    def loss(self, segments: range, memory: Tensor) -> Tensor:
        return torch.stack([self._loss(t, memory[:, :t]) for t in segments]).sum()

    def _loss(self, t: int, memory: Tensor) -> Tensor:
        joined = memory.flatten(1, 2).unsqueeze(1)  # [L, 1, t * n, d]
        slots = joined.shape[2]
        layers = memory_layers(self.model, self.compressor.transfer, joined)
        keys = rotated(self.model, [keys for keys, _ in layers], torch.arange(1, 1 + slots))
        ids = self.ids[t : t + 1]
        cache = cache_of(
            [
                (torch.cat([sink_keys[None], own_keys], 2), torch.cat([sink_values[None], own_values], 2))
                for sink_keys, sink_values, own_keys, (_, own_values) in zip(
                    self.sink.keys, self.sink.values, keys, layers, strict=True
                )
            ]
        )
        positions = 1 + slots + torch.arange(ids.shape[1], device=ids.device)
        with keeping_to_mask(), lora.active(self.model, None):
            logits = self.model(input_ids=ids, position_ids=positions[None], past_key_values=cache).logits
        return F.cross_entropy(logits[0, :-1].float(), ids[0, 1:])

"""Memory of memory: the slots of old segments, as many as a segment has tokens, compressed once more by the same compressor.

Knows a model that PyTorch runs, a compressor and states.

    first level     [x0 .. x(l-1)][s0 .. s(n-1)]                    l tokens become n slots
    second level    [sink][slots of l/n segments][s0 .. s(n-1)]     their l slots, standing where tokens would, become n

A slot takes the place of the last of those it stands for, begins as the token that one stands in the place of, and sees what is before
it, as in `mask`; the sink too, because slots hold none and the frozen model leans on it.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch

from engine import lora
from engine.attention import for_model, keeping_to_mask
from engine.backends.pytorch import TorchBackend
from engine.kv_layers import cache_of
from engine.kv_state import KVState
from engine.methods.segments.compressor import SegmentCompressor
from engine.methods.segments.encoding import attention_inputs
from engine.methods.segments.mask import segment_mask, segment_positions
from engine.methods.segments.memory import joined_memory, memory_states, sink_state
from engine.methods.segments.shelf import SegmentShelf

FIRST_SHARE = 0.5
"""Of the room, at least, is for segments of the first level, the newest ones."""


def condense(
    backend: TorchBackend,
    compressor: SegmentCompressor,
    sink: KVState,
    states: Sequence[KVState],
    tokens: Sequence[int],
    ratio: int,
) -> KVState:
    """One state of n slots for `ratio` segments of n slots each, in the order of the text. tokens: the last one of each segment's
    each slot, as many as slots.
    """
    size, slots = compressor.segment_tokens, compressor.slots[ratio]
    if len(states) != ratio or sum(state.slots for state in states) != size or len(tokens) != size:
        raise ValueError(f"{ratio} segments of {len(slots)} slots become one, not {len(states)}")
    below = joined_memory(backend, sink, states)
    mask = torch.ones(len(slots), 1 + size + len(slots), dtype=torch.bool)
    mask[:, 1:] = segment_mask(size, ratio)[size:]
    decoder, device = backend.model.get_decoder(), backend.device
    with torch.no_grad(), keeping_to_mask(), lora.active(backend.model, compressor.encoder):
        begun = backend.model.get_input_embeddings()(torch.tensor(tokens[ratio - 1 :: ratio], device=device))
        with attention_inputs(decoder, from_row=0) as memory:
            decoder(
                inputs_embeds=(begun + slots.to(begun.dtype))[None],
                attention_mask=for_model(backend.model, mask[None, None].to(device)),
                position_ids=1 + segment_positions(size, ratio)[None, size:].to(device),
                past_key_values=cache_of(
                    [(keys[None], values[None]) for keys, values in zip(below.keys, below.values, strict=True)]
                ),
            )
        return memory_states(backend, compressor, torch.stack(memory), ratio)[0]


class TwoLevels:
    """A `Recall`: the newest segments as they are, those before them condensed, the oldest of these left out where room ends.

    first, second: where states of either level lie.
    """

    def __init__(
        self,
        backend: TorchBackend,
        compressor: SegmentCompressor,
        *,
        ratio: int,
        first: SegmentShelf,
        second: SegmentShelf,
    ) -> None:
        self._backend, self._compressor, self._ratio = backend, compressor, ratio
        self._first, self._second = first, second
        self._sink = sink_state(backend)
        self._slots = len(compressor.slots[ratio])
        self._tokens = array("i")  # the last of each slot's, of the first level

    def watching(self, model: Any) -> AbstractContextManager[None]:
        return nullcontext()

    def add(self, ids: Sequence[int], state: KVState) -> None:
        self._first.add(state)
        self._tokens.extend(ids[self._ratio - 1 :: self._ratio])

    def recall(self, window: Sequence[int], slots: int) -> list[KVState]:
        count, room = len(self._first), slots // self._slots
        if count <= room:
            return self._first.states(range(count))
        needed = -(-(count - room) // (self._ratio - 1))
        groups = min(needed, (count - max(1, round(FIRST_SHARE * room))) // self._ratio)
        while len(self._second) < groups:
            self._second.add(self._condensed(len(self._second)))
        newest = range(max(groups * self._ratio, count - room), count)
        kept = range(max(0, groups - (room - len(newest))), groups)
        return [*self._second.states(kept), *self._first.states(newest)]

    def _condensed(self, group: int) -> KVState:
        states = self._first.states(range(group * self._ratio, (group + 1) * self._ratio))
        size = self._ratio * self._slots
        tokens = self._tokens[group * size : (group + 1) * size]
        return condense(self._backend, self._compressor, self._sink, states, tokens, self._ratio)

    def clear(self) -> None:
        self._first.clear()
        self._second.clear()
        del self._tokens[:]

    @property
    def nbytes(self) -> int:
        return self._first.nbytes + self._second.nbytes + len(self._tokens) * self._tokens.itemsize

"""A prompt state handed from PyTorch to llama.cpp, and back.

Knows `KVState`, the layout of llama.cpp's sequence state, and the order of channels. Knows no backend; of the native model it asks one
state, to prove that it understands its layout.

    KVState     keys `[Hkv, T, D]` after rotation, halves; any float type
    sequence    rows `[T, Hkv*D]` in 16 bits; keys interleaved where the file is

What could not be the same there is refused with StateMismatch: a value beyond 16 bits, and text that does not go on right behind the last
slot (llama.cpp reads nowhere else).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.errors import StateMismatch
from engine.gguf_file import GgufHeader
from engine.kv_state import KVState, StateIdentity
from engine.llama.native import NativeModel
from engine.llama.rotary_order import from_interleaved, is_interleaved
from engine.llama.sequence_state import Bytes, SequenceLayout

_PROBE_TOKENS = 3
_LARGEST = float(np.finfo(np.float16).max)
_WINDOWED_LAYERS = {"gemma2": 2, "gemma3": 6}
"""Architecture -> of so many layers the last has no window."""


@dataclass(frozen=True, slots=True)
class KVTransfer:
    """The way between the states of one model in PyTorch and in llama.cpp."""

    layout: SequenceLayout
    kv_heads: int
    interleaved: bool

    @classmethod
    def probed(cls, native: NativeModel, header: GgufHeader) -> Self:
        """For a model that holds no text; it reads a few tokens and forgets them. header: of its file.

        Raises StateMismatch when its states are not wholly understood, ModelError for an architecture that is not known.
        """
        if native.cells:
            raise ValueError("a text is held")
        heads = _size(header, "attention.head_count")
        kv_heads = _size(header, "attention.head_count_kv", heads)
        narrow = _size(header, "embedding_length") // heads
        key_size, value_size = (_size(header, f"attention.{which}_length", narrow) for which in ("key", "value"))
        interleaved = is_interleaved(header.architecture)
        native.decode(range(_PROBE_TOKENS), 0)
        try:
            probe = native.take_sequence()
        finally:
            native.clear()
        layout = SequenceLayout.of_probe(
            probe, cells=_PROBE_TOKENS, caches=_caches(header), widths=(kv_heads * key_size, kv_heads * value_size)
        )
        return cls(layout, kv_heads, interleaved)

    def sequence_of(self, state: KVState) -> Bytes:
        """The state as llama.cpp takes it, to stand alone or behind what it holds. Raises StateMismatch for one it cannot serve."""
        self.check(state)
        data, key_rows, value_rows = self.layout.blank(state.positions.cpu().numpy())
        for layer, (keys, values) in enumerate(zip(state.keys, state.values, strict=True)):
            H, T, D = keys.shape
            for each in (keys, values):
                low, high = each.aminmax()
                if not (float(low) >= -_LARGEST and float(high) <= _LARGEST):
                    raise StateMismatch(f"Layer {layer + 1} of this prompt state has values that 16 bits do not hold.")
            into = torch.from_numpy(key_rows[layer])
            if self.interleaved:
                into.view(T, H, D // 2, 2).copy_(keys.view(H, T, 2, D // 2).permute(1, 0, 3, 2))
            else:
                into.view(T, H, D).copy_(keys.transpose(0, 1))
            torch.from_numpy(value_rows[layer]).view(T, H, -1).copy_(values.transpose(0, 1))
        return data

    def check(self, state: KVState) -> None:
        """Raise StateMismatch for a state that `sequence_of` refuses, whatever its values are."""
        if state.next_position != int(state.positions[-1]) + 1:
            raise StateMismatch("This prompt state does not go on behind its last slot, as llama.cpp wants it to.")
        self._check_shapes(state.keys, self.layout.key_width, state.slots)
        self._check_shapes(state.values, self.layout.value_width, state.slots)

    def state_of(self, data: Bytes | bytes, identity: StateIdentity, start: int = 0, end: int | None = None) -> KVState:
        """Slots `start` to `end` (exclusive) of a state of llama.cpp as PyTorch takes it, in 16 bits.

        Raises StateMismatch for one that is not understood.
        """
        keys, values, positions = self.layout.unpack(data)
        wanted = positions[start:end]
        return KVState(
            identity,
            [_heads(rows[start:end], self.kv_heads, interleaved=self.interleaved) for rows in keys],
            [_heads(rows[start:end], self.kv_heads, interleaved=False) for rows in values],
            torch.from_numpy(wanted.copy()),
            next_position=int(wanted[-1]) + 1,
        )

    def _check_shapes(self, layers: Sequence[Tensor], width: int, slots: int) -> None:
        shape = (self.kv_heads, slots, width // self.kv_heads)
        if len(layers) != sum(map(len, self.layout.caches)) or any(each.shape != shape for each in layers):
            raise StateMismatch("This prompt state is not of this model's shape.")


def _heads(rows: NDArray[Any], heads: int, *, interleaved: bool) -> Tensor:
    """Rows `[T, H*D]` -> `[H, T, D]`, copied."""
    T, width = rows.shape
    by_head = rows.reshape(T, heads, width // heads).swapaxes(0, 1)
    if interleaved:
        by_head = from_interleaved(by_head)
    return torch.from_numpy(np.array(by_head, order="C"))


def _caches(header: GgufHeader) -> list[list[int]]:
    """Which layers llama.cpp keeps in which cache: all in one, or those without a window before those with one."""
    layers = range(_size(header, "block_count"))
    key = f"{header.architecture}.attention.sliding_window"
    every = _WINDOWED_LAYERS.get(header.architecture)
    if every is None or (header.architecture == "gemma3" and not header.metadata.get(key)):
        return [list(layers)]
    if f"{key}_pattern" in {*header.metadata, *header.array_lengths}:
        raise StateMismatch(
            "This model says itself which of its layers have windows; its memory is not handed to llama.cpp."
        )
    full = [layer for layer in layers if layer % every == every - 1]
    return [full, [layer for layer in layers if layer not in full]]


def _size(header: GgufHeader, key: str, default: int | None = None) -> int:
    value = header.metadata.get(f"{header.architecture}.{key}", default)
    if value is None:
        raise StateMismatch(f"This model's file does not say its {key}.")
    return int(value)

"""The keys and values of a prompt: one container for exact prefixes, gists and segment memory.

Knows tensors and what they were made with. Knows no file format, no database and no model.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Self

import torch
from torch import Tensor

from engine.errors import StateMismatch


@dataclass(frozen=True, slots=True)
class StateIdentity:
    """What a state was made with; of another one it is never used.

    model: identity of the model. adapter: sha256 of the adapter it was read with, "" without. tokenizer, template: sha256 of
    the tokenizer and of the chat template. dtype: what it was computed in. encoder: sha256 of the gist or segment encoder,
    "" for an exact state.
    """

    model: str
    adapter: str
    tokenizer: str
    template: str
    dtype: str
    encoder: str = ""

    @property
    def scope(self) -> str:
        """sha256 over all of it, hex: what stored states are filed under."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


@dataclass(slots=True)
class KVState:
    """keys and values: of each layer, `[Hkv, T, D]`, keys after rotation, one dtype and device.

    positions: rotary position of each slot, int64 `[T]`, rising; gaps are allowed. next_position: where the text goes on.
    """

    identity: StateIdentity
    keys: list[Tensor]
    values: list[Tensor]
    positions: Tensor
    next_position: int

    @property
    def slots(self) -> int:
        return len(self.positions)

    def continues(self, position: int, tokens: int) -> bool:
        """Whether these are the keys and values of exactly so many tokens, one behind the other from this position on."""
        end = position + tokens
        whole = self.slots == tokens and self.next_position == end
        return whole and int(self.positions[0]) == position and int(self.positions[-1]) == end - 1

    def part(self, start: int, end: int) -> Self:
        """Slots `start` to `end` (exclusive), copied. What follows them goes on behind the last one."""
        if not 0 <= start < end <= self.slots:
            raise ValueError(f"no slots {start} to {end} in a state of {self.slots}")
        positions = self.positions[start:end].clone()
        return type(self)(
            self.identity,
            [keys[:, start:end].clone() for keys in self.keys],
            [values[:, start:end].clone() for values in self.values],
            positions,
            self.next_position if end == self.slots else int(positions[-1]) + 1,
        )

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """States one behind the other. Raises StateMismatch when they were not made with the same, or do not rise."""
        first, last = parts[0], parts[-1]
        positions = torch.cat([part.positions for part in parts])
        if any(part.identity != first.identity for part in parts) or bool((positions.diff() <= 0).any()):
            raise StateMismatch("These prompt states do not belong together.")
        layers = range(len(first.keys))
        return cls(
            first.identity,
            [torch.cat([part.keys[layer] for part in parts], dim=1) for layer in layers],
            [torch.cat([part.values[layer] for part in parts], dim=1) for layer in layers],
            positions,
            last.next_position,
        )

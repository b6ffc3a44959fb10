"""The segments of novels, each encoded once for a compressor and ratio and kept on disk: benches begin again where they were stopped."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from segment_parts.targets import Target

from engine.backends.pytorch import TorchBackend
from engine.kv_state import KVState
from engine.kv_state_file import dump_state, load_state
from engine.methods.segments.compressor import SegmentCompressor
from engine.methods.segments.mask import slot_count
from engine.methods.segments.memory import encode_segments
from engine.prompt_store import AtRest

BATCH = 8


@dataclass(slots=True)
class Memories:
    """at_rest: how segments are written; they are read from what is written, as the product does."""

    backend: TorchBackend
    compressor: SegmentCompressor
    ratio: int
    folder: Path
    at_rest: AtRest = AtRest.HALF
    encoded_tokens: int = 0
    encoding_s: float = 0.0
    _held: dict[tuple[str, int], KVState] = field(default_factory=dict)

    @property
    def segment_tokens(self) -> int:
        return self.compressor.segment_tokens

    @property
    def slots(self) -> int:
        """Of one segment."""
        return slot_count(self.segment_tokens, self.ratio)

    def of(self, target: Target, starts: Sequence[int]) -> list[KVState]:
        """The memory of segments that begin at these tokens of the novel."""
        absent = [start for start in starts if not self._has(target, start)]
        for place in range(0, len(absent), BATCH):
            self._encode(target, absent[place : place + BATCH])
        return [self._held[target.novel.name, start] for start in starts]

    def _has(self, target: Target, start: int) -> bool:
        path = self._path(target, start)
        key = target.novel.name, start
        if key not in self._held and path.is_file():
            self._held[key] = load_state(path.read_bytes())
        return key in self._held

    def _encode(self, target: Target, starts: Sequence[int]) -> None:
        began = time.perf_counter()
        ids = torch.tensor([list(target.ids[start : start + self.segment_tokens]) for start in starts])
        for start, state in zip(starts, encode_segments(self.backend, self.compressor, ids, self.ratio), strict=True):
            data = dump_state(state, self.at_rest)
            path = self._path(target, start)
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(".part")
            part.write_bytes(data)
            part.replace(path)
            self._held[target.novel.name, start] = load_state(data)
        self.encoding_s += time.perf_counter() - began
        self.encoded_tokens += ids.numel()

    def _path(self, target: Target, start: int) -> Path:
        made_by = f"{self.compressor.identity(self.ratio)[:16]} {self.at_rest.value}"
        return self.folder / made_by / target.novel.name / f"{start}.safetensors"


class NovelShelf:
    """A shelf of consecutive segments that are encoded when they are asked for: what is never recalled costs nothing."""

    def __init__(self, memories: Memories, target: Target, first: int) -> None:
        self._memories, self._target, self._first = memories, target, first
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, state: KVState) -> None:
        self._count += 1

    def states(self, numbers: Sequence[int]) -> list[KVState]:
        size = self._memories.segment_tokens
        return self._memories.of(self._target, [self._first + number * size for number in numbers])

    def clear(self) -> None:
        self._count = 0

    @property
    def nbytes(self) -> int:
        return 0

"""Segment memory as states: segments encoded, and put together to stand before what is read.

Knows a model that PyTorch runs and a compressor. Knows no store and not which segments are wanted.

    joined      [sink][slots of one segment][slots of the next] ...        positions 0, 1, 2 ...; the text goes on behind them

The sink is one token, exactly read: what a frozen decoder leans on when nothing else matters (Xiao et al. 2024, arXiv 2309.17453, §3.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from engine.backends.pytorch import TorchBackend
from engine.errors import EngineError, StateMismatch
from engine.kv_state import KVState
from engine.methods.segments.compressor import SegmentCompressor
from engine.methods.segments.encoding import encode, memory_layers
from engine.rotary import moved, rotated


def encode_segments(backend: TorchBackend, compressor: SegmentCompressor, ids: Tensor, ratio: int) -> list[KVState]:
    """The memory of whole segments, ids int64 `[B, l]`: a state of l / ratio slots for each, at positions from 0 on."""
    if ids.ndim != 2 or ids.shape[1] != compressor.segment_tokens:
        raise ValueError(f"segments of {compressor.segment_tokens} tokens are wanted, not {tuple(ids.shape)}")
    slots = compressor.slots[ratio]
    memory = encode(backend.model, compressor.encoder, slots, ids.to(backend.device), with_grad=False)
    return memory_states(backend, compressor, memory, ratio)


def memory_states(backend: TorchBackend, compressor: SegmentCompressor, memory: Tensor, ratio: int) -> list[KVState]:
    """Memory `[L, B, n, d]` as the decoder reads it: a state of n slots for each of B, at positions from 0 on."""
    positions = torch.arange(memory.shape[2])
    with torch.no_grad():
        layers = memory_layers(backend.model, compressor.transfer, memory)
        keys = rotated(backend.model, [keys for keys, _ in layers], positions)
    identity = replace(backend.state_identity(None), encoder=compressor.identity(ratio))
    return [
        KVState(
            identity,
            [each[row].clone() for each in keys],
            [values[row].clone() for _, values in layers],
            positions.clone(),
            next_position=len(positions),
        )
        for row in range(memory.shape[1])
    ]


def sink_token(backend: TorchBackend) -> int:
    """The token that begins texts of this model, else a newline."""
    return (backend.tokenizer.bos_ids or backend.tokenizer.encode("\n"))[-1]


def sink_state(backend: TorchBackend) -> KVState:
    """Keys and values of the sink, at position 0."""
    state = backend.new_state()
    backend.read([sink_token(backend)], state)
    return backend.export_state(state, 0, 1)


def joined_memory(backend: TorchBackend, sink: KVState, segments: Sequence[KVState]) -> KVState:
    """The sink and the slots of segments behind it, in this order, at positions 0, 1, 2 ...

    Raises EngineError when no position is left behind them, StateMismatch for segments that do not belong together.
    """
    slots = sum(each.slots for each in segments)
    if not segments:
        raise ValueError("no segments")
    if 1 + slots >= backend.context_tokens:
        raise EngineError(
            f"{slots:,} memory slots leave no room for a question: this model holds {backend.context_tokens:,} tokens."
        )
    identity = segments[0].identity
    if any(each.identity != identity for each in segments) or replace(identity, encoder="") != sink.identity:
        raise StateMismatch("These segments do not belong together.")
    positions = torch.arange(1, 1 + slots)
    by = positions - torch.cat([each.positions for each in segments])
    layers = range(len(sink.keys))
    device, dtype = backend.device, backend.model.dtype
    keys = [torch.cat([each.keys[layer] for each in segments], 1).to(device, dtype)[None] for layer in layers]
    return KVState(
        identity,
        [
            torch.cat([sink.keys[layer], turned[0]], 1)
            for layer, turned in zip(layers, moved(backend.model, keys, by), strict=True)
        ],
        [
            torch.cat([sink.values[layer], *(each.values[layer].to(device, dtype) for each in segments)], 1)
            for layer in layers
        ],
        torch.cat([sink.positions, positions]),
        next_position=1 + slots,
    )

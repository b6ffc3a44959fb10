"""The bytes a prompt state is kept as: a safetensors file in memory, with what it was made with in its header.

Knows `KVState` and bytes. Knows no store, no model, and not what a state is used for. Checksums are the store's.

    keys, values   `[L, Hkv, T, D]` in 16 bits, or int8 with `key_scales` `[L, Hkv, 1, D]` and `value_scales` `[L, Hkv, T, 1]`
    positions      `[T]`
    header         identity, next_position, how the values are written
Source of the int8 form: Liu et al. 2024 (KIVI), §3: keys have few large channels, values have none, so keys are scaled by
channel and values by token.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from engine.errors import StateMismatch
from engine.kv_state import KVState, StateIdentity
from engine.prompt_store import AtRest
from engine.tensor_header import HEADER_KEY, read_header

FORMAT = 1
_LARGEST_HALF = 65504.0


def dump_state(state: KVState, at_rest: AtRest = AtRest.HALF) -> bytes:
    """The state as bytes. In 16 bits nothing is lost of a state computed in 16 bits; fp32 is rounded to fp16."""
    keys, values = torch.stack(state.keys).cpu(), torch.stack(state.values).cpu()
    if at_rest is AtRest.INT8:
        key_codes, key_scales = _quantise(keys, dim=2)
        value_codes, value_scales = _quantise(values, dim=3)
        tensors = {"keys": key_codes, "values": value_codes, "key_scales": key_scales, "value_scales": value_scales}
    else:
        tensors = {"keys": _halved(keys), "values": _halved(values)}
    header = {
        "format": FORMAT,
        "at_rest": at_rest.value,
        "identity": asdict(state.identity),
        "next_position": state.next_position,
    }
    positions = state.positions.cpu().contiguous()
    return bytes(save({**tensors, "positions": positions}, metadata={HEADER_KEY: json.dumps(header, sort_keys=True)}))


def load_state(data: bytes) -> KVState:
    """The state of such bytes, on the CPU; from int8 in fp32. Raises StateMismatch for bytes that are no state."""
    try:
        header = read_header(data)
        tensors = load(data)
        keys, values, positions = tensors["keys"], tensors["values"], tensors["positions"]
        if AtRest(header["at_rest"]) is AtRest.INT8:
            keys = _scaled(keys, tensors["key_scales"], dim=2)
            values = _scaled(values, tensors["value_scales"], dim=3)
        state = KVState(
            StateIdentity(**header["identity"]),
            list(keys.unbind(0)),
            list(values.unbind(0)),
            positions,
            int(header["next_position"]),
        )
        sound = (
            header["format"] == FORMAT
            and keys.ndim == 4
            and keys.shape == values.shape
            and keys.is_floating_point()
            and positions.dtype == torch.int64
            and positions.shape == keys.shape[2:3]
            and len(positions) > 0
            and not bool((positions.diff() <= 0).any())
            and int(positions[0]) >= 0
            and int(positions[-1]) < state.next_position
        )
    except (
        SafetensorError,
        struct.error,
        ValueError,
        LookupError,
        TypeError,
        OverflowError,  # of a position that is no number
        RuntimeError,
    ) as problem:
        raise StateMismatch("This prompt state is damaged.") from problem
    if not sound:
        raise StateMismatch("This prompt state is damaged.")
    return state


def _halved(tensor: Tensor) -> Tensor:
    """16 bits a value: as computed, else fp16, and bf16 where fp16 has no number that large."""
    if tensor.dtype in (torch.bfloat16, torch.float16):
        return tensor.contiguous()
    fits = float(tensor.abs().max()) <= _LARGEST_HALF
    return tensor.to(torch.float16 if fits else torch.bfloat16).contiguous()


def _quantise(tensor: Tensor, *, dim: int) -> tuple[Tensor, Tensor]:
    """int8 codes and fp32 scales, one scale for all places along `dim`: value = code * scale."""
    values = tensor.float()
    scales = values.abs().amax(dim=dim, keepdim=True) / 127
    codes = (values / scales.clamp_min(torch.finfo(torch.float32).tiny)).round().to(torch.int8)
    return codes.contiguous(), scales.contiguous()


def _scaled(codes: Tensor, scales: Tensor, *, dim: int) -> Tensor:
    """The inverse of `_quantise`. Raises ValueError for scales of another shape: they could make any number of values of few."""
    if codes.ndim != 4 or scales.shape != (*codes.shape[:dim], 1, *codes.shape[dim + 1 :]):
        raise ValueError("scales that are not of these codes")
    return codes.float() * scales

"""The two orders in which the channels of a head are rotated in pairs, and the way from one to the other.

Knows arrays and `general.architecture` names. Knows no file.

    halves         channel i turns with channel i + D/2      transformers, and most GGUF files
    interleaved    channel 2i turns with channel 2i + 1      GGUF files of type llama: their q and k have their rows so

Channel i of the first half becomes channel 2i, channel i of the second becomes 2i + 1. Scores are the same in both orders as
long as queries and keys keep to one.
Source: llama.cpp, src/llama-model.cpp (`llama_model_rope_type`) and its converter (`permute`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import ModelError

_IS_INTERLEAVED = {"llama": True, "qwen2": False, "qwen3": False, "gemma2": False, "gemma3": False}


def is_interleaved(architecture: str) -> bool:
    """Whether files of this `general.architecture` hold q and k interleaved. Raises ModelError for one that is not known."""
    if architecture not in _IS_INTERLEAVED:
        raise ModelError(
            f"How models of type “{architecture[:40]}” rotate their keys is not known, so that no memory goes into llama.cpp; "
            f"known are {', '.join(sorted(_IS_INTERLEAVED))}."
        )
    return _IS_INTERLEAVED[architecture]


def to_interleaved(heads: NDArray[Any]) -> NDArray[Any]:
    """Queries or keys `[..., D]`, halves -> interleaved."""
    *lead, D = heads.shape
    return heads.reshape(*lead, 2, D // 2).swapaxes(-1, -2).reshape(heads.shape)


def from_interleaved(heads: NDArray[Any]) -> NDArray[Any]:
    """Queries or keys `[..., D]`, interleaved -> halves."""
    *lead, D = heads.shape
    return heads.reshape(*lead, D // 2, 2).swapaxes(-1, -2).reshape(heads.shape)


def rows_to_interleaved(weight: NDArray[Any], heads: int) -> NDArray[Any]:
    """Rows of what makes queries or keys, `[H*D, ...]`: of q, k or of the B of their update."""
    by_head = weight.reshape(heads, -1, *weight.shape[1:])  # [H, D, ...]
    return np.moveaxis(to_interleaved(np.moveaxis(by_head, 1, -1)), -1, 1).reshape(weight.shape)

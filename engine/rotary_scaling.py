"""How a GGUF file says that its rotary positions are stretched, said to transformers, whose reader of GGUF files passes over it.

Knows a file's header, its rotary factors and a config. A file that says it in a way that is not known is refused: its model would
compute something else than it was trained to.
Source: llama.cpp's loader (rope.scaling.*, rope_freqs.weight) and its converter of Llama 3 (factor, 1, 4, 8192).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import ModelError
from engine.gguf_file import GgufHeader

LLAMA3_LOW, LLAMA3_HIGH, LLAMA3_CONTEXT = 1.0, 4.0, 8192
FACTORS_TENSOR = "rope_freqs.weight"


def set_rotary_scaling(config: Any, header: GgufHeader, factors: NDArray[np.float32] | None, name: str) -> None:
    """Write a file's scaling into the config's `rope_parameters`. factors: `[D/2]` of `rope_freqs.weight`, None without it.

    Of a model with sliding windows it is that of the layers without. Raises ModelError for a scaling that is not known.
    """
    rope = config.rope_parameters
    rope = rope.get("full_attention", rope)
    prefix = f"{header.architecture}.rope."
    kind = str(header.metadata.get(f"{prefix}scaling.type", "linear"))
    factor = float(
        header.metadata.get(f"{prefix}scaling.factor", header.metadata.get(f"{prefix}scale_linear", 1.0)) or 1.0
    )
    if factors is not None and not np.allclose(factors, 1.0):
        stretch = float(np.max(factors))
        base, width = float(rope["rope_theta"]), 2 * len(factors)
        if factor != 1.0 or not np.allclose(factors, llama3_factors(base, width, stretch), rtol=1e-3):
            raise ModelError(f"“{name}” stretches its positions in a way that Palimpsest does not know.")
        rope |= {
            "rope_type": "llama3",
            "factor": stretch,
            "low_freq_factor": LLAMA3_LOW,
            "high_freq_factor": LLAMA3_HIGH,
            "original_max_position_embeddings": LLAMA3_CONTEXT,
        }
    elif kind == "none" or factor == 1.0:
        return
    elif kind == "linear":
        rope |= {"rope_type": "linear", "factor": factor}
    elif kind == "yarn":
        original = header.metadata.get(f"{prefix}scaling.original_context_length", config.max_position_embeddings)
        louder = float(header.metadata.get(f"{prefix}scaling.attn_factor", 1.0))
        rope |= {
            "rope_type": "yarn",
            "factor": factor,
            "original_max_position_embeddings": int(original),
            "attention_factor": louder * (0.1 * math.log(factor) + 1.0),
        }
    else:
        raise ModelError(f"“{name}” stretches its positions by “{kind[:40]}”, which Palimpsest does not know.")


def llama3_factors(base: float, width: int, factor: float) -> NDArray[np.float64]:
    """By how much Llama 3 slows each of the D/2 rotations: the fast ones not at all, the slow ones by `factor`."""
    wave = 2 * math.pi * base ** (np.arange(0, width, 2) / width)
    smooth = (LLAMA3_CONTEXT / wave - LLAMA3_LOW) / (LLAMA3_HIGH - LLAMA3_LOW)
    return np.where(
        wave < LLAMA3_CONTEXT / LLAMA3_HIGH,
        1.0,
        np.where(wave > LLAMA3_CONTEXT / LLAMA3_LOW, factor, 1.0 / ((1 - smooth) / factor + smooth)),
    )

"""An adapter as the GGUF file that llama.cpp loads.

Knows LoRA pairs under their transformers names, and gguf's tables of tensor names. Knows nothing of where the file goes.

    general.type "adapter", adapter.type "lora"
    blk.N.attn_q.weight.lora_a   [rank, in]       .lora_b   [out, rank]      and so for every adapted layer

A is in 16 bits, B in fp32: what text is written fastest with at the ranks we learn. On the embedded model, on one thread, a token takes
9 % longer with an adapter of rank 16 than without (all fp32 14 %, all 16 bits 24 %) and 25 % with one of rank 64 (37, 21). It is as exact:
the KL to all fp32 is 1.5e-7 on fp32 weights, where quantised weights alone make 3e-3.
The strength of a pair is in its B, so `adapter.lora.alpha` is left out: llama.cpp then adds exactly B A times the scale it is given.
B of q and k follows the row order of the file it is for (`engine.llama.rotary_order`).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from gguf import MODEL_ARCH_NAMES, GGUFType, GGUFWriter, Keys, get_tensor_name_map
from numpy.typing import NDArray

from engine.errors import ModelError
from engine.llama.rotary_order import is_interleaved, rows_to_interleaved
from engine.lora import Pairs

_LAYER = re.compile(r"\.layers\.(\d+)\.")


def write_adapter_gguf(path: Path, pairs: Pairs, architecture: str, *, heads: int, kv_heads: int) -> None:
    """Write an adapter for GGUF models of this `general.architecture`.

    heads, kv_heads: of queries, and of keys and values. Raises ModelError for an architecture that is not known and for a layer that
    it does not have.
    """
    interleaved = is_interleaved(architecture)
    kind = next(arch for arch, name in MODEL_ARCH_NAMES.items() if name == architecture)
    layers = 1 + max((int(match[1]) for name in pairs if (match := _LAYER.search(name))), default=0)
    names = get_tensor_name_map(kind, layers)
    writer = GGUFWriter(path, architecture)
    try:
        writer.add_type(GGUFType.ADAPTER)
        writer.add_string(Keys.Adapter.TYPE, "lora")
        for name in sorted(pairs):
            pair, stored = pairs[name], names.get_name(name)
            if stored is None:
                raise ModelError(
                    f"This adapter is for a layer ({name[:80]}) that models of type {architecture} do not have."
                )
            a, b = _array(pair.a), _array(pair.b) * np.float32(pair.scale)
            if interleaved and name.endswith((".q_proj", ".k_proj")):
                b = rows_to_interleaved(b, heads if name.endswith(".q_proj") else kv_heads)
            writer.add_tensor(f"{stored}.weight.lora_a", _halved(a))
            writer.add_tensor(f"{stored}.weight.lora_b", np.ascontiguousarray(b))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
    finally:
        writer.close()


def _array(tensor: Any) -> NDArray[np.float32]:
    array: NDArray[np.float32] = tensor.detach().float().cpu().numpy()
    return array


def _halved(a: NDArray[np.float32]) -> NDArray[Any]:
    """In 16 bits; as it is where they do not hold it."""
    if float(np.abs(a).max(initial=0.0)) > float(np.finfo(np.float16).max):
        return np.ascontiguousarray(a)
    return np.ascontiguousarray(a, np.float16)

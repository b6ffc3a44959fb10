"""Which device and number type a model runs on here, and whether it fits. Imports torch.

Knows this machine: its memory, its GPU, what its arithmetic units are good at. Knows nothing of models but their size.
"""

from __future__ import annotations

import contextlib
from functools import lru_cache

import torch
import torch.nn.functional as F

from engine.api import EngineDescription, ModelInfo
from engine.backends.base import Backend
from engine.errors import EngineError, ModelError, OutOfMemory
from engine.memory_need import ENGINE_BYTES, OVERHEAD_BYTES, Precision, available_bytes
from engine.model_folder import read_card
from engine.packed_linear import fastest_s, packing_pays

GB = 10**9
NF4_BYTES_PER_VALUE = 0.6
"""Four bits, their scales, and the embedding left in bf16."""


def choose_device(preference: str) -> torch.device:
    """preference: "auto" | "cpu" | "cuda". Raises EngineError when a GPU is asked for and none can be used."""
    if preference not in ("auto", "cpu", "cuda"):
        raise ValueError(f"unknown device {preference!r}")
    if preference == "cuda" and not torch.cuda.is_available():
        raise EngineError("No CUDA graphics card can be used here; choose the CPU.")
    use_gpu = preference == "cuda" or (preference == "auto" and torch.cuda.is_available())
    return torch.device("cuda" if use_gpu else "cpu")


def choose_dtype(device: torch.device) -> torch.dtype:
    """The faster of fp32 and bf16: bf16 on a GPU; on a CPU as measured (without bf16 units it is 200 times slower)."""
    return torch.bfloat16 if device.type == "cuda" or _cpu_multiplies_bf16_fast() else torch.float32


@lru_cache(maxsize=1)
def _cpu_multiplies_bf16_fast() -> bool:
    a, b = torch.ones(128, 512), torch.ones(512, 512)
    a16, b16 = a.to(torch.bfloat16), b.to(torch.bfloat16)
    threads = torch.get_num_threads()
    torch.set_num_threads(
        1
    )  # a second thread waits for its core beside a busy program, and the verdict would be chance
    try:
        with torch.no_grad():
            fp32_s = fastest_s(lambda: F.linear(a, b), repeats=25)
            return fastest_s(lambda: F.linear(a16, b16), repeats=25) < 0.8 * fp32_s
    finally:
        torch.set_num_threads(threads)


def free_bytes(device: torch.device) -> int:
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return available_bytes()


def precision(device: torch.device, dtype: torch.dtype, *, nf4: bool = False) -> Precision:
    """How a model's weights are held here."""
    if nf4:
        return Precision(NF4_BYTES_PER_VALUE)
    return Precision(dtype.itemsize, packed=device.type == "cpu" and dtype == torch.bfloat16 and packing_pays())


def engine_description(preference: str, backend: Backend | None, prompt_bytes: int, *, nf4: bool) -> EngineDescription:
    """preference: as for `choose_device`. prompt_bytes: of the prompt states that are kept."""
    device = choose_device(preference)
    dtype = choose_dtype(device)
    held = 0 if device.type == "cuda" else ENGINE_BYTES
    if backend is not None and backend.info.model.folder is not None:
        held += _own_bytes(backend.info) + OVERHEAD_BYTES + prompt_bytes
    return EngineDescription(
        device=device.type,
        dtype="nf4" if nf4 else str(dtype).removeprefix("torch."),
        packed=precision(device, dtype, nf4=nf4).packed,
        free_bytes=free_bytes(device),
        held_bytes=held,
    )


def _own_bytes(info: ModelInfo) -> int:
    """What a model's weights take of the memory. Those used as they lie in their file are mapped from it, and count as free."""
    with contextlib.suppress(ModelError):  # its file was moved away since
        if info.device == "cpu" and info.model.folder is not None and read_card(info.model.folder).dtype == info.dtype:
            return max(0, info.weights_bytes - info.parameters * int(getattr(torch, info.dtype).itemsize))
    return info.weights_bytes


def check_fits(needed_bytes: int, device: torch.device, name: str) -> None:
    """Raise OutOfMemory with both numbers when a model needs more memory than is free."""
    free = free_bytes(device)
    if needed_bytes > free:
        needs, is_there = f"{needed_bytes / GB:.1f}", f"{free / GB:.1f}"
        if device.type == "cuda":
            raise OutOfMemory(
                f"{name} needs {needs} GB of graphics memory and {is_there} GB are free. "
                "Close other programs or choose a smaller model."
            )
        raise OutOfMemory(
            f"{name} needs {needs} GB of memory and {is_there} GB are free. "
            "Close other programs or choose a smaller model."
        )

"""Which device and number type a model runs on here, and whether it fits. Imports torch.

Knows this machine: its memory, its GPU, what its arithmetic units are good at. Knows nothing of models but their size.
"""

from __future__ import annotations

from functools import lru_cache

import psutil  # type: ignore[import-untyped]  # ships no types
import torch
import torch.nn.functional as F

from engine.errors import EngineError, OutOfMemory
from engine.packed_linear import fastest_s

GIB = 1024**3


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
    return int(psutil.virtual_memory().available)


def check_fits(needed_bytes: int, device: torch.device, name: str) -> None:
    """Raise OutOfMemory with both numbers when a model needs more memory than is free."""
    free = free_bytes(device)
    if needed_bytes > free:
        where = "graphics memory" if device.type == "cuda" else "memory"
        raise OutOfMemory(
            f"{name} needs {needed_bytes / GIB:.1f} GB of {where} and {free / GIB:.1f} GB are free. "
            "Close other programs or choose a smaller model."
        )

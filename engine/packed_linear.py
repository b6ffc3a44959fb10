"""Linear layers whose weights are also kept in the layout the CPU's matrix kernels want: decoding reads memory at twice
the speed.

Knows torch and oneDNN. Knows nothing of models. Same values, same dtype: only their order in memory differs.
Used for a few rows at a time (decoding); many rows (prefill, training) go the ordinary way.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

MAX_ROWS = 16
"""Above this the ordinary kernel repacks the weights itself at little cost."""


class PackedLinear(nn.Linear):
    """An nn.Linear that shares another's weights and holds a packed copy of them for inference."""

    def __init__(self, linear: nn.Linear) -> None:
        nn.Module.__init__(self)
        self.in_features, self.out_features = linear.in_features, linear.out_features
        self.weight, self.bias = linear.weight, linear.bias
        self._packed = pack(linear.weight.detach())

    def forward(self, x: Tensor) -> Tensor:
        if x.numel() > MAX_ROWS * self.in_features or torch.is_grad_enabled() or x.dtype != self.weight.dtype:
            return F.linear(x, self.weight, self.bias)
        return packed_linear(x, self._packed, self.bias)


def pack_linears(model: nn.Module) -> int:
    """Replace every plain nn.Linear in the model; returns the bytes the packed copies take."""
    taken = 0
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if type(child) is nn.Linear:
                setattr(parent, name, PackedLinear(child))
                taken += child.weight.nbytes
    return taken


def pack(weight: Tensor) -> Tensor:
    """Weights `[out, in]` in oneDNN's layout for few rows; opaque to every other operation."""
    packed: Tensor = torch.ops.mkldnn._reorder_linear_weight(weight, 1)
    return packed


def packed_linear(x: Tensor, packed: Tensor, bias: Tensor | None) -> Tensor:
    """x `[..., in]` times packed weights, plus bias. `[..., out]`."""
    product: Tensor = torch.ops.mkldnn._linear_pointwise(x, packed, bias, "none", [], "")
    return product


@lru_cache(maxsize=1)
def packing_pays() -> bool:
    """Whether packed bf16 weights are there on this machine, right, and faster for one row. Measured once per
    process.
    """
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]  # torch has no types here
        return False
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(2048, 1024, generator=generator).to(torch.bfloat16)
    x = torch.randn(1, 1024, generator=generator).to(torch.bfloat16)
    with torch.no_grad():
        try:
            packed = pack(weight)
            difference = (packed_linear(x, packed, None) - F.linear(x, weight)).abs().max().item()
        except (AttributeError, NotImplementedError, RuntimeError):  # torch without oneDNN
            return False
        right = difference <= 0.02 * F.linear(x, weight).abs().max().item()
        return right and fastest_s(lambda: packed_linear(x, packed, None)) < 0.8 * fastest_s(
            lambda: F.linear(x, weight)
        )


def fastest_s(action: Callable[[], Any], repeats: int = 7) -> float:
    """The shortest of several runs, seconds: what the machine can do when nothing disturbs it."""
    action()
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        action()
        times.append(time.perf_counter() - begin)
    return min(times)

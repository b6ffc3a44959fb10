"""Low-rank adapters on a frozen model: the layers, and which adapter is active.

Knows `torch.nn` modules. Knows nothing of files, training loops or documents.
Source: Hu et al. 2021 (LoRA), §4.1: h = W x + s B A x, A random, B zero at the start. W is never written to: no merging, so no
rounding drift (the official Temp-LoRA code merges into bf16 weights after every chunk).
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(slots=True)
class LoraPair:
    """The update of one linear layer, fp32: a `[rank, in]`, b `[out, rank]`, applied as `scale * b @ a`."""

    a: Tensor
    b: Tensor
    scale: float


Pairs = dict[str, LoraPair]
"""Module name, as in `model.named_modules()` -> its update."""


class AdaptedLinear(nn.Module):
    """A frozen linear layer with room for one active update. Without one it is the layer itself."""

    def __init__(self, base: nn.Module) -> None:
        super().__init__()
        self.base = base
        self.pair: LoraPair | None = None

    @property
    def weight(self) -> Tensor:
        return self.base.weight  # type: ignore[return-value]

    def forward(self, x: Tensor) -> Tensor:
        pair = self.pair
        if pair is None:
            return self.base(x)  # type: ignore[no-any-return]
        if not torch.is_grad_enabled():
            low = F.linear(x, pair.a.to(x.dtype))
            y = self.base(x)
            rows = y.view(-1, y.shape[-1])
            rows.addmm_(low.view(-1, low.shape[-1]), pair.b.to(x.dtype).T, alpha=pair.scale)
            return y  # type: ignore[no-any-return]
        if isinstance(self.base, nn.Linear) and self.base.weight.dtype == x.dtype:
            return _LoraLinear.apply(x, self.base.weight, self.base.bias, pair.a, pair.b, pair.scale)  # type: ignore[no-any-return,no-untyped-call]
        # A quantised base (NF4): its own forward and backward, the update beside it.
        low = F.linear(F.linear(x, pair.a.to(x.dtype)), pair.b.to(x.dtype))
        return self.base(x) + pair.scale * low  # type: ignore[no-any-return]


class _LoraLinear(torch.autograd.Function):
    """y = x W^T + bias + s (x A^T) B^T with gradients towards x, A and B only. x `[..., in]`; W is frozen."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, a: Tensor, b: Tensor, scale: float) -> Tensor:
        rows = x.reshape(-1, x.shape[-1])
        a_low, b_low = a.to(x.dtype), (b * scale).to(x.dtype)
        low = torch.mm(rows, a_low.T)  # [N, rank]
        y = F.linear(rows, weight, bias).addmm_(low, b_low.T)
        ctx.save_for_backward(rows, weight, a_low, b_low, low)
        ctx.scale = scale
        return y.view(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        rows, weight, a_low, b_low, low = ctx.saved_tensors
        g = grad.reshape(-1, grad.shape[-1])
        g_low = torch.mm(g, b_low)  # [N, rank]
        grad_x = torch.mm(g, weight).addmm_(g_low, a_low) if ctx.needs_input_grad[0] else None
        grad_a = torch.mm(g_low.T, rows).float()
        grad_b = torch.mm(g.T, low).float().mul_(ctx.scale)
        return (grad_x.view(*grad.shape[:-1], -1) if grad_x is not None else None), None, None, grad_a, grad_b, None


def install(model: Any) -> list[str]:
    """Make every linear layer but the head adaptable, in place; returns their names. Idempotent.

    Targets as in the official code (`find_all_linear_names`): q, k, v, o, gate, up, down.
    """
    head = model.get_output_embeddings()
    names = []
    for name, module in list(model.named_modules()):
        if isinstance(module, AdaptedLinear):
            names.append(name)
        elif _is_linear(module) and module is not head and not name.endswith(".base"):
            parent_name, _, child = name.rpartition(".")
            setattr(model.get_submodule(parent_name), child, AdaptedLinear(module))
            names.append(name)
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    model.adapted_layers = {name: model.get_submodule(name) for name in names}
    return names


def _is_linear(module: nn.Module) -> bool:
    return isinstance(module, nn.Linear) or type(module).__name__ in {"Linear4bit", "Linear8bitLt"}


def new_pairs(model: nn.Module, *, rank: int, scale: float, seed: int) -> Pairs:
    """A fresh adapter: A as PEFT draws it (Kaiming uniform, a = sqrt 5), B zero, so that it changes nothing yet."""
    generator = torch.Generator().manual_seed(seed)
    pairs: Pairs = {}
    for name, module in _layers(model).items():
        base: Any = module.base
        a = torch.empty(rank, base.in_features)
        nn.init.kaiming_uniform_(a, a=math.sqrt(5), generator=generator)
        device = module.weight.device
        pairs[name] = LoraPair(
            a.to(device).requires_grad_(), torch.zeros(base.out_features, rank, device=device).requires_grad_(), scale
        )
    return pairs


def named_tensors(pairs: Pairs) -> list[tuple[str, Tensor]]:
    """The trained tensors in a fixed order: a and b of every layer, layers by name."""
    return [item for name in sorted(pairs) for item in ((f"{name}.a", pairs[name].a), (f"{name}.b", pairs[name].b))]


def check_fits(model: nn.Module, pairs: Pairs) -> None:
    """Raise ValueError when an adapter names a layer the model does not have, or has other shapes."""
    layers = _layers(model)
    for name, pair in pairs.items():
        if name not in layers:
            raise ValueError(f"the model has no layer {name}")
        base: Any = layers[name].base
        if pair.a.shape[1] != base.in_features or pair.b.shape[0] != base.out_features:
            raise ValueError(f"the adapter does not fit layer {name}")


def _layers(model: Any) -> dict[str, AdaptedLinear]:
    layers: dict[str, AdaptedLinear] = (
        model.adapted_layers
    )  # kept by `install`: walking all modules would cost 1.5 ms a token
    return layers


@contextlib.contextmanager
def active(model: nn.Module, pairs: Pairs | None) -> Iterator[None]:
    """Within the block the model computes with this adapter (None: without any); afterwards as before."""
    layers = _layers(model)
    wanted = pairs or {}
    before = {name: layer.pair for name, layer in layers.items()}
    for name, layer in layers.items():
        layer.pair = wanted.get(name)
    try:
        yield
    finally:
        for name, layer in layers.items():
            layer.pair = before[name]

"""The attention function our models run with, registered with transformers under ATTENTION.

Reading (no gradient) goes to PyTorch's scaled dot product attention. Training a chunk against a detached prefix goes to
`engine.ops.prefix_attention` where its kernel is (CPU, full causal attention); else to the same PyTorch function with a mask,
as does everything inside `keeping_to_mask`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

from engine.ops.prefix_attention import prefix_attention

ATTENTION = "palimpsest"

_keeps_to_mask = False


@contextlib.contextmanager
def keeping_to_mask() -> Iterator[None]:
    """Inside, attention with gradient reads its mask: batches with padding, gist masks. Outside it is that of one chunk
    behind a detached prefix. Never leave it to a yield of a handler.
    """
    global _keeps_to_mask
    before, _keeps_to_mask = _keeps_to_mask, True
    try:
        yield
    finally:
        _keeps_to_mask = before


def for_model(model: Any, seen: Tensor) -> Tensor:
    """A mask of our own, bool `[B, 1, T, L]`, as the model's attention reads it: eager attention adds it to the scores."""
    if model.config._attn_implementation != "eager":
        return seen
    return torch.zeros(seen.shape, dtype=model.dtype, device=seen.device).masked_fill(
        ~seen, torch.finfo(model.dtype).min
    )


def _attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    *,
    scaling: float | None = None,
    dropout: float = 0.0,
    sliding_window: int | None = None,
    **kwargs: Any,
) -> tuple[Tensor, Tensor | None]:
    T = query.shape[2]
    if T == 1 and attention_mask is None and key.shape[-1] == value.shape[-1]:
        return attend_from_one(query, key, value, scale=scaling), None
    plain = sliding_window is None and query.device.type == "cpu" and query.shape[-1] == value.shape[-1]
    if _keeps_to_mask or not (plain and torch.is_grad_enabled() and query.requires_grad):
        read: tuple[Tensor, Tensor | None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **kwargs
        )
        return read
    prefix = key.shape[2] - T
    out = prefix_attention(
        query,
        key[:, :, prefix:],
        value[:, :, prefix:],
        key[:, :, :prefix].detach(),
        value[:, :, :prefix].detach(),
        scale=scaling if scaling is not None else query.shape[-1] ** -0.5,
    )
    return out.transpose(1, 2).contiguous(), None


def attend_from_one(query: Tensor, key: Tensor, value: Tensor, *, scale: float | None) -> Tensor:
    """Attention of one new token, query `[B, H, 1, D]`, to all keys and values `[B, Hkv, L, D]`. Returns `[B, 1, H, D]`.

    The heads that share keys become the rows of one query: PyTorch's own grouping reads the keys once a head and is, in bf16
    on a CPU, six times slower.
    """
    B, H, _, D = query.shape
    rows = query.reshape(B, key.shape[1], H // key.shape[1], D)
    out = torch.nn.functional.scaled_dot_product_attention(rows, key, value, scale=scale)
    return out.reshape(B, 1, H, D)


AttentionInterface.register(ATTENTION, _attention)
AttentionMaskInterface.register(ATTENTION, sdpa_mask)

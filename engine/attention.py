"""The attention function our models run with, registered with transformers under ATTENTION.

Reading (no gradient) goes to PyTorch's scaled dot product attention. Training a chunk against a detached prefix goes to
`engine.ops.prefix_attention` where its kernel is (CPU, full causal attention); else to the same PyTorch function with a mask.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

from engine.ops.prefix_attention import prefix_attention

ATTENTION = "palimpsest"


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
    plain = sliding_window is None and query.device.type == "cpu" and query.shape[-1] == value.shape[-1]
    if not (plain and torch.is_grad_enabled() and query.requires_grad):
        return sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **kwargs
        )
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


AttentionInterface.register(ATTENTION, _attention)
AttentionMaskInterface.register(ATTENTION, sdpa_mask)

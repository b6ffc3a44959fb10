"""Causal attention of a chunk over a detached prefix: the training step of memories that read a text chunk by chunk.

          prefix (P keys, no gradient)     own (T keys)
    q_0   1 1 1 1 1 1 1 1 1 1 1 1 1 1      1 . . .
    q_1   1 1 1 1 1 1 1 1 1 1 1 1 1 1      1 1 . .
    q_2   1 1 1 1 1 1 1 1 1 1 1 1 1 1      1 1 1 .

Knows tensors. Knows nothing of models, caches or training.

The plain twin is `scaled_dot_product_attention` over both with a mask (`plain_prefix_attention`). Ours computes the two parts apart
and merges them by their log-sum-exp (Dao 2023, FlashAttention-2, §3.1), so that no mask is read. Its backward pass is plain matrix
products that a CPU runs near its peak, and it forms neither dK nor dV of the prefix: three products over the prefix instead of five.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

_flash = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu


def plain_prefix_attention(q: Tensor, k: Tensor, v: Tensor, *, scale: float) -> Tensor:
    """The definition: q `[B, H, T, D]`, k and v `[B, Hkv, P+T, D]`, H a multiple of Hkv -> `[B, H, T, D]`."""
    T, S = q.shape[2], k.shape[2]
    mask = torch.ones(T, S, dtype=torch.bool, device=q.device).tril(S - T)
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask, scale=scale, enable_gqa=True)


def prefix_attention(q: Tensor, k: Tensor, v: Tensor, k_prefix: Tensor, v_prefix: Tensor, *, scale: float) -> Tensor:
    """Attention of the last T positions over prefix and themselves, on a CPU.

    q `[B, H, T, D]`, k and v `[B, Hkv, T, D]`, prefix `[B, Hkv, P, D]` with P >= 0; one dtype (fp32 or bf16).
    Returns `[B, H, T, D]`. Gradients reach q, k and v; the prefix gets none.
    """
    out: Tensor = _PrefixAttention.apply(q, k, v, k_prefix, v_prefix, scale)  # type: ignore[no-untyped-call]
    return out


class _PrefixAttention(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, k_prefix: Tensor, v_prefix: Tensor, scale: float) -> Tensor:
        groups = q.shape[1] // k.shape[1]
        out, lse = _flash(q, _repeat(k, groups), _repeat(v, groups), 0.0, True, scale=scale)
        if k_prefix.shape[2]:
            out_p, lse_p = _flash(q, _repeat(k_prefix, groups), _repeat(v_prefix, groups), 0.0, False, scale=scale)
            both = torch.logaddexp(lse, lse_p)  # [B, H, T]
            out = (
                out.float() * torch.exp(lse - both).unsqueeze(-1)
                + out_p.float() * torch.exp(lse_p - both).unsqueeze(-1)
            ).to(q.dtype)
            lse = both
        ctx.save_for_backward(q, k, v, k_prefix, v_prefix, out, lse)
        ctx.scale = scale
        result: Tensor = out
        return result

    @staticmethod
    def backward(ctx: Any, grad_out: Tensor) -> tuple[Tensor | None, ...]:
        q, k, v, k_prefix, v_prefix, out, lse = ctx.saved_tensors
        B, H, T, D = q.shape
        heads = B * k.shape[1]
        groups = H // k.shape[1]
        grad_out = grad_out.contiguous()
        delta = (grad_out.float() * out.float()).sum(-1)  # [B, H, T]
        # One key/value head at a time: its [groups*T, P+T] weights stay in the last-level cache.
        q_rows = q.reshape(heads, groups * T, D)
        do_rows = grad_out.view(heads, groups * T, D)
        q_biased = _with_bias_columns(q * ctx.scale, -lse).view(heads, groups * T, D + 2)
        do_biased = _with_bias_columns(grad_out, -delta).view(heads, groups * T, D + 2)
        dq = q.new_empty(heads, groups * T, D)
        dk, dv = k.new_empty(heads, T, D), v.new_empty(heads, T, D)
        own_k, own_v = k.reshape(heads, T, D), v.reshape(heads, T, D)
        far_k, far_v = k_prefix.reshape(heads, -1, D), v_prefix.reshape(heads, -1, D)
        for head in range(heads):
            weights = torch.mm(q_biased[head], _with_ones(own_k[head]).T).exp_()  # softmax weights [groups*T, T]
            weights.view(groups, T, T).tril_()
            grad_scores = torch.mm(do_biased[head], _with_ones(own_v[head]).T).mul_(weights)
            torch.mm(grad_scores, own_k[head], out=dq[head])
            torch.mm(grad_scores.T, q_rows[head], out=dk[head])
            torch.mm(weights.T, do_rows[head], out=dv[head])
            if far_k.shape[1]:
                weights = torch.mm(q_biased[head], _with_ones(far_k[head]).T).exp_()  # [groups*T, P]
                grad_scores = torch.mm(do_biased[head], _with_ones(far_v[head]).T).mul_(weights)
                dq[head].addmm_(grad_scores, far_k[head])
        return dq.mul_(ctx.scale).view_as(q), dk.mul_(ctx.scale).view_as(k), dv.view_as(v), None, None, None


def _repeat(x: Tensor, groups: int) -> Tensor:
    """`[B, Hkv, S, D]` -> `[B, Hkv*groups, S, D]`, each head `groups` times in a row."""
    return x if groups == 1 else x.repeat_interleave(groups, dim=1)


def _with_bias_columns(x: Tensor, bias: Tensor) -> Tensor:
    """Append a per-row bias `[...]` to `[..., D]` as two columns (high and low part), so that a product with
    `_with_ones` adds it inside the matrix product; two columns keep it exact to about fp32 when x is bf16."""
    high = bias.to(x.dtype)
    low = (bias - high.float()).to(x.dtype)
    return torch.cat([x, high.unsqueeze(-1), low.unsqueeze(-1)], dim=-1)


def _with_ones(x: Tensor) -> Tensor:
    return torch.cat([x, x.new_ones(x.shape[0], 2)], dim=-1)

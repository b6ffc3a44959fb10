"""Next-token loss from hidden states without ever holding all logits: per-token loss and its gradient, block by block.

Knows tensors. The plain twin is `F.cross_entropy(F.linear(hidden, weight).float(), labels)` and autograd.
The head is frozen, so only the gradient towards the hidden states is formed.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

BLOCK_TOKENS = 128
"""Rows of logits in memory at a time: 128 x 49,152 fp32 = 25 MB, about the size of a last-level cache."""


def token_nll(hidden: Tensor, weight: Tensor, labels: Tensor, *, softcap: float | None = None) -> Tensor:
    """Negative log-likelihood of each label, natural log, fp32 `[T]`.

    hidden `[T, d]`, weight `[V, d]` of one dtype, labels `[T]` int64. softcap: Gemma 2's final tanh cap, None = none.
    """
    parts = [
        _block_nll(hidden[i : i + BLOCK_TOKENS], weight, labels[i : i + BLOCK_TOKENS], softcap)[0]
        for i in range(0, len(labels), BLOCK_TOKENS)
    ]
    return torch.cat(parts)


def token_nll_and_grad(
    hidden: Tensor, weight: Tensor, labels: Tensor, *, softcap: float | None = None
) -> tuple[Tensor, Tensor]:
    """`token_nll` and the gradient of its *mean* towards `hidden`: fp32 `[T]`, `[T, d]` in hidden's dtype."""
    losses, grads = [], []
    for i in range(0, len(labels), BLOCK_TOKENS):
        block = labels[i : i + BLOCK_TOKENS]
        nll, logits, log_z = _block_nll(hidden[i : i + BLOCK_TOKENS], weight, block, softcap)
        capped = logits.div(softcap) if softcap else None
        grad = logits.sub_(log_z.unsqueeze(-1)).exp_()  # softmax, in place of the logits
        grad.scatter_add_(1, block.unsqueeze(-1), grad.new_full((len(block), 1), -1.0))
        if capped is not None:
            grad.mul_(1.0 - capped.square_())  # d tanh
        losses.append(nll)
        grads.append(torch.mm(grad.mul_(1.0 / len(labels)).to(weight.dtype), weight))
    return torch.cat(losses), torch.cat(grads)


def _block_nll(hidden: Tensor, weight: Tensor, labels: Tensor, softcap: float | None) -> tuple[Tensor, Tensor, Tensor]:
    logits = F.linear(hidden, weight).float()  # [b, V]
    if softcap:
        logits = logits.div_(softcap).tanh_().mul_(softcap)
    log_z = torch.logsumexp(logits, dim=-1)
    return log_z - logits.gather(1, labels.unsqueeze(-1)).squeeze(-1), logits, log_z

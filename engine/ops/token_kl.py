"""How far a student's next-token distributions are from a teacher's, from hidden states, without ever holding all logits.

Knows tensors. The plain twin is `F.kl_div` over both log-softmaxes, and autograd. The head is frozen, so only the gradient towards
the student's hidden states is formed.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.ops.token_nll import BLOCK_TOKENS


@dataclass(frozen=True, slots=True)
class TokenDistances:
    """fp32 `[T]` each, natural log. kl: KL(teacher || student). teacher_nll, student_nll: of the labels."""

    kl: Tensor
    teacher_nll: Tensor
    student_nll: Tensor


def token_kl(
    teacher: Tensor, student: Tensor, weight: Tensor, labels: Tensor, *, softcap: float | None = None
) -> TokenDistances:
    """teacher, student: hidden states `[T, d]`; weight: the head `[V, d]`; labels `[T]` int64. softcap: as in `token_nll`."""
    blocks = [
        _distances(*_log_probabilities(teacher, student, weight, i, softcap)[:2], labels[i : i + BLOCK_TOKENS])
        for i in range(0, len(labels), BLOCK_TOKENS)
    ]
    return _joined(blocks)


def token_kl_and_grad(
    teacher: Tensor,
    student: Tensor,
    weight: Tensor,
    labels: Tensor,
    *,
    token_weights: Tensor,
    gold_weights: Tensor,
    softcap: float | None = None,
) -> tuple[TokenDistances, Tensor]:
    """The distances, and the gradient `[T, d]` towards `student` of sum(token_weights * KL + gold_weights * student NLL).

    token_weights, gold_weights: fp32 `[T]`. The gradient has the student's dtype.
    """
    blocks, grads = [], []
    for i in range(0, len(labels), BLOCK_TOKENS):
        block = labels[i : i + BLOCK_TOKENS]
        log_p, log_q, capped = _log_probabilities(teacher, student, weight, i, softcap)
        blocks.append(_distances(log_p, log_q, block))
        of_kl, of_gold = (weights[i : i + BLOCK_TOKENS].unsqueeze(-1) for weights in (token_weights, gold_weights))
        # d KL(p || q) / d logits_q = q - p; d NLL / d logits_q = q - onehot
        grad = log_q.exp_().mul_(of_kl + of_gold).sub_(log_p.exp_().mul_(of_kl))
        grad.scatter_add_(1, block.unsqueeze(-1), -of_gold)
        if capped is not None:
            grad.mul_(1.0 - capped.square_())  # d tanh
        grads.append(torch.mm(grad.to(weight.dtype), weight))
    return _joined(blocks), torch.cat(grads)


def _log_probabilities(
    teacher: Tensor, student: Tensor, weight: Tensor, start: int, softcap: float | None
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Of one block: the teacher's, the student's, and tanh of the student's capped logits (None without a cap)."""
    both = []
    capped: Tensor | None = None
    for hidden in (teacher, student):
        logits = F.linear(hidden[start : start + BLOCK_TOKENS], weight).float()
        if softcap:
            capped = logits.div_(softcap).tanh_()
            logits = capped * softcap
        both.append(torch.log_softmax(logits, dim=-1))
    return both[0], both[1], capped


def _distances(log_p: Tensor, log_q: Tensor, labels: Tensor) -> TokenDistances:
    kl = (log_p.exp() * (log_p - log_q)).sum(-1)
    chosen = labels.unsqueeze(-1)
    return TokenDistances(kl, -log_p.gather(1, chosen).squeeze(-1), -log_q.gather(1, chosen).squeeze(-1))


def _joined(blocks: list[TokenDistances]) -> TokenDistances:
    return TokenDistances(
        torch.cat([block.kl for block in blocks]),
        torch.cat([block.teacher_nll for block in blocks]),
        torch.cat([block.student_nll for block in blocks]),
    )

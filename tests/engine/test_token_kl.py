"""The distance of two next-token distributions: against PyTorch's own and autograd."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from engine.ops.token_kl import token_kl, token_kl_and_grad
from engine.ops.token_nll import BLOCK_TOKENS


@pytest.mark.parametrize("softcap", [None, 5.0])
@pytest.mark.parametrize("tokens", [1, BLOCK_TOKENS + 3])
def test_distances_and_gradient_are_those_of_autograd(tokens, softcap):
    generator = torch.Generator().manual_seed(tokens)
    teacher, student = (torch.randn(tokens, 6, generator=generator) for _ in range(2))
    weight = torch.randn(11, 6, generator=generator)
    labels = torch.randint(0, 11, (tokens,), generator=generator)
    of_kl, of_gold = (torch.rand(tokens, generator=generator) for _ in range(2))

    def logits(hidden):
        plain = F.linear(hidden, weight)
        return plain if softcap is None else softcap * torch.tanh(plain / softcap)

    student.requires_grad_()
    kl = F.kl_div(
        F.log_softmax(logits(student), -1), F.log_softmax(logits(teacher), -1), log_target=True, reduction="none"
    ).sum(-1)
    nll = F.cross_entropy(logits(student), labels, reduction="none")
    (of_kl * kl + of_gold * nll).sum().backward()

    found, grad = token_kl_and_grad(
        teacher, student.detach(), weight, labels, token_weights=of_kl, gold_weights=of_gold, softcap=softcap
    )
    torch.testing.assert_close(grad, student.grad, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(found.kl, kl.detach(), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(found.student_nll, nll.detach(), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(found.teacher_nll, F.cross_entropy(logits(teacher), labels, reduction="none"))

    scored = token_kl(teacher, student.detach(), weight, labels, softcap=softcap)
    torch.testing.assert_close(scored.kl, found.kl)


def test_a_student_like_its_teacher_is_at_no_distance():
    hidden = torch.randn(7, 6, generator=torch.Generator().manual_seed(0))
    weight = torch.randn(11, 6, generator=torch.Generator().manual_seed(1))
    assert token_kl(hidden, hidden, weight, torch.zeros(7, dtype=torch.long)).kl.abs().max() < 1e-6

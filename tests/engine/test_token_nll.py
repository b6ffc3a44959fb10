"""The block-wise loss against the plain one."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from engine.ops.token_nll import token_nll, token_nll_and_grad


@pytest.mark.parametrize("softcap", [None, 5.0])
@pytest.mark.parametrize("T", [1, 2, 127, 128, 129, 300])
def test_loss_and_gradient_are_those_of_cross_entropy(T, softcap):
    torch.manual_seed(T)
    hidden, weight = torch.randn(T, 24, requires_grad=True), torch.randn(97, 24)
    labels = torch.randint(0, 97, (T,))
    logits = F.linear(hidden, weight)
    if softcap:
        logits = torch.tanh(logits / softcap) * softcap
    expected = F.cross_entropy(logits, labels, reduction="none")
    expected.mean().backward()

    nll, grad = token_nll_and_grad(hidden.detach(), weight, labels, softcap=softcap)
    torch.testing.assert_close(nll, expected.detach())
    torch.testing.assert_close(grad, hidden.grad, atol=1e-6, rtol=1e-4)
    torch.testing.assert_close(token_nll(hidden.detach(), weight, labels, softcap=softcap), nll)

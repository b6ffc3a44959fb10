"""Our attention over a detached prefix against its definition: outputs and every gradient."""

from __future__ import annotations

import pytest
import torch

from engine.ops.prefix_attention import plain_prefix_attention, prefix_attention


@pytest.mark.parametrize("dtype, tolerance", [(torch.float32, 1e-5), (torch.bfloat16, 2e-2)])
@pytest.mark.parametrize("heads, kv_heads", [(4, 4), (6, 2)])
@pytest.mark.parametrize("T, P", [(1, 0), (1, 5), (2, 63), (63, 1), (64, 64), (65, 200)])
def test_outputs_and_gradients_are_those_of_the_definition(T, P, heads, kv_heads, dtype, tolerance):
    torch.manual_seed(T * 1000 + P)
    q = torch.randn(2, heads, T, 16).to(dtype)
    k, v = (torch.randn(2, kv_heads, T, 16).to(dtype) for _ in range(2))
    k_prefix, v_prefix = (torch.randn(2, kv_heads, P, 16).to(dtype) for _ in range(2))
    grad = torch.randn(2, heads, T, 16).to(dtype)

    ours = [x.clone().requires_grad_() for x in (q, k, v)]
    out = prefix_attention(*ours, k_prefix, v_prefix, scale=0.25)
    out.backward(grad)

    exact = [x.double().requires_grad_() for x in (q, k, v)]
    expected = plain_prefix_attention(
        exact[0], torch.cat([k_prefix.double(), exact[1]], 2), torch.cat([v_prefix.double(), exact[2]], 2), scale=0.25
    )
    expected.backward(grad.double())

    def difference(a, b):
        return (a.double() - b).norm() / b.norm().clamp_min(1e-9)

    assert difference(out, expected) < tolerance
    for mine, theirs in zip(ours, exact, strict=True):
        if (
            T > 1 or P > 0 or mine is not ours[0]
        ):  # one key only: the gradient of q is zero, and rounding is all there is
            assert difference(mine.grad, theirs.grad) < tolerance or theirs.grad.norm() < 1e-6

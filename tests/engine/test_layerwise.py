"""A pass one layer at a time is the model's own pass: hidden states, loss gradients, and the prefix it reads behind."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from engine import layerwise, lora
from engine.layerwise import Decoder, PrefixCache


def drain(steps):
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value


@pytest.fixture(params=["llama", "mistral", "qwen2", "qwen3", "gemma2", "gemma3_text"])
def model(request, open_backend):
    return open_backend(request.param).model


IDS = torch.arange(40) * 7 % 300


def perturbed_pairs(model):
    pairs = lora.new_pairs(model, rank=4, scale=1.0, seed=1)
    for name in sorted(pairs):
        with torch.no_grad():
            pairs[name].b.normal_(0.0, 0.02, generator=torch.Generator().manual_seed(len(name)))
    return pairs


def test_reading_chunk_by_chunk_is_the_models_own_forward(model):
    decoder, cache = Decoder.of(model), PrefixCache(len(model.model.layers), 64)
    with torch.no_grad():
        whole = model.model(input_ids=IDS.unsqueeze(0)).last_hidden_state[0]
    parts = []
    for start, end in [(0, 1), (1, 17), (17, 40)]:
        parts.append(drain(layerwise.read(decoder, IDS[start:end], cache)))
        cache.commit(end - start)
    torch.testing.assert_close(torch.cat(parts), whole, atol=2e-4, rtol=2e-4)


@pytest.mark.parametrize("recompute", [False, True])
def test_gradients_are_those_of_one_graph(model, recompute):
    """Without a prefix, layer-wise gradients of the adapter equal autograd's over the whole model."""
    decoder, cache = Decoder.of(model), PrefixCache(len(model.model.layers), 64)
    pairs = perturbed_pairs(model)
    tensors = [t for name in sorted(pairs) for t in (pairs[name].a, pairs[name].b)]
    weights = torch.randn(len(IDS), model.config.hidden_size, generator=torch.Generator().manual_seed(0))
    with lora.active(model, pairs):
        hidden = model.model(input_ids=IDS.unsqueeze(0)).last_hidden_state[0]
        expected = torch.autograd.grad((hidden * weights).sum(), tensors)
        passed = drain(layerwise.forward(decoder, IDS, cache, recompute=recompute))
        torch.testing.assert_close(passed.hidden, hidden.detach(), atol=2e-4, rtol=2e-4)
        drain(layerwise.backward(decoder, passed, weights))
    for mine, theirs in zip(tensors, expected, strict=True):
        torch.testing.assert_close(mine.grad, theirs, atol=2e-3, rtol=2e-3)


def test_the_prefix_gets_no_gradient_and_the_chunk_all_of_its_own(model):
    """Behind a prefix the gradient is that of the whole text with the prefix's keys and values held fixed."""
    decoder, cache = Decoder.of(model), PrefixCache(len(model.model.layers), 64)
    pairs = perturbed_pairs(model)
    labels = (IDS * 3 + 1) % 300
    with lora.active(model, pairs):
        drain(layerwise.read(decoder, IDS[:24], cache))
        cache.commit(24)
        passed = drain(layerwise.forward(decoder, IDS[24:], cache))
        hidden = passed.hidden.requires_grad_()
        F.cross_entropy(F.linear(hidden, decoder.head), labels[24:]).backward()
        drain(layerwise.backward(decoder, passed, hidden.grad))
        grads = {name: pairs[name].b.grad.clone() for name in pairs}
        # Numerically: move one entry of B, keep the cache as it was, and see the loss of the chunk move.
        name = sorted(pairs)[0]
        row, column = divmod(int(grads[name].abs().argmax()), grads[name].shape[1])

        def loss_with(step):
            with torch.no_grad():
                pairs[name].b[row, column] += step
            states = drain(layerwise.read(decoder, IDS[24:], cache))
            with torch.no_grad():
                pairs[name].b[row, column] -= step
            return float(F.cross_entropy(F.linear(states, decoder.head).double(), labels[24:]))

        slope = (loss_with(2e-3) - loss_with(-2e-3)) / 4e-3
    assert slope == pytest.approx(float(grads[name][row, column]), rel=0.05, abs=1e-4)

"""A model's forward and backward pass one layer at a time, so that long passes can pause and stop between layers.

Knows Hugging Face decoder models (anything with `model.layers` and `model.norm`). Knows nothing of what the gradient is for.
Each layer gets a graph of its own, cut at its input: same gradients as one graph, and a yield between any two layers.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers.cache_utils import Cache, CacheLayerMixin


class PrefixLayer(CacheLayerMixin):  # type: ignore[misc]  # transformers has no types
    """Keys and values of one layer, `[1, Hkv, capacity, D]`; the first `length` positions are the detached prefix."""

    is_sliding = False

    def __init__(self, capacity: int) -> None:
        super().__init__()
        self.capacity = capacity
        self.length = 0

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        B, H, _, D = key_states.shape
        self.dtype, self.device = key_states.dtype, key_states.device
        self.keys = key_states.new_empty(B, H, self.capacity, D)
        self.values = value_states.new_empty(B, H, self.capacity, value_states.shape[-1])
        self.is_initialized = True

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        """Write the new states behind the prefix (twice is the same as once) and return both, new ones with gradient."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        T = key_states.shape[2]
        assert self.length + T <= self.capacity, (self.length, T, self.capacity)
        self.keys[:, :, self.length : self.length + T] = key_states.detach()
        self.values[:, :, self.length : self.length + T] = value_states.detach()
        if not torch.is_grad_enabled():
            return self.keys[:, :, : self.length + T], self.values[:, :, : self.length + T]
        return (
            torch.cat([self.keys[:, :, : self.length], key_states], dim=2),
            torch.cat([self.values[:, :, : self.length], value_states], dim=2),
        )

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        return self.length + query_length, 0

    def get_seq_length(self) -> int:
        return self.length

    def get_max_length(self) -> int:
        return self.capacity


class PrefixCache(Cache):  # type: ignore[misc]  # transformers has no types
    """A KV cache of fixed capacity whose content never carries gradient. A chunk's states count after `commit`."""

    def __init__(self, layer_count: int, capacity: int) -> None:
        super().__init__(layers=[PrefixLayer(capacity) for _ in range(layer_count)])

    @property
    def length(self) -> int:
        return self.layers[0].length  # type: ignore[no-any-return]

    def commit(self, tokens: int) -> None:
        for layer in self.layers:
            layer.length += tokens

    def clear(self) -> None:
        for layer in self.layers:
            layer.length = 0


@dataclass(slots=True)
class Decoder:
    """The parts of a causal LM that a layer-wise pass needs."""

    body: Any
    """The decoder under the head: embeddings, `layers`, `norm`."""
    head: Tensor
    """Output embedding `[V, d]`."""
    softcap: float | None

    @staticmethod
    def of(model: Any) -> Decoder:
        body = model.get_decoder() if hasattr(model, "get_decoder") else model.model
        return Decoder(
            body, model.get_output_embeddings().weight, getattr(model.config, "final_logit_softcapping", None)
        )

    @property
    def layer_count(self) -> int:
        return len(self.body.layers)


@dataclass(slots=True)
class _Call:
    kwargs: dict[str, Any]


class _Recorder(nn.Module):
    """Stands in for a layer while the model prepares masks and positions; keeps what the layer would have been given."""

    def __init__(self, calls: list[_Call], layer: nn.Module) -> None:
        super().__init__()
        self._calls = calls
        # The model asks some layers for their kind while it chooses a mask.
        for name in ("attention_type", "layer_type", "layer_idx"):
            if hasattr(layer, name):
                setattr(self, name, getattr(layer, name))

    def forward(self, hidden_states: Tensor, **kwargs: Any) -> Tensor:
        self._calls.append(_Call(kwargs))
        return hidden_states


def prepare_layers(decoder: Decoder, token_ids: Tensor, cache: PrefixCache) -> tuple[Tensor, list[_Call]]:
    """Embeddings `[1, T, d]` and each layer's keyword arguments (mask, positions, cache), as the model itself makes them."""
    calls: list[_Call] = []
    body = decoder.body
    layers, norm = body.layers, body.norm
    body.layers = nn.ModuleList([_Recorder(calls, layer) for layer in layers])
    body.norm = nn.Identity()
    try:
        with torch.no_grad():
            hidden = body(input_ids=token_ids.unsqueeze(0), past_key_values=cache, use_cache=True).last_hidden_state
    finally:
        body.layers, body.norm = layers, norm
    return hidden, calls


def _output(result: Any) -> Tensor:
    hidden: Tensor = result[0] if isinstance(result, tuple) else result
    return hidden


def read(decoder: Decoder, token_ids: Tensor, cache: PrefixCache) -> Generator[None, None, Tensor]:
    """Forward without gradient over `[T]` ids behind the cache's prefix; yields after every layer.

    Returns the normalised hidden states `[T, d]`. The caller commits the cache.
    """
    hidden, calls = prepare_layers(decoder, token_ids, cache)
    for layer, call in zip(decoder.body.layers, calls, strict=True):
        with torch.no_grad():
            hidden = _output(layer(hidden, **call.kwargs))
        yield
    with torch.no_grad():
        result: Tensor = decoder.body.norm(hidden)[0]
    return result


@dataclass(slots=True)
class ForwardPass:
    """What `forward` leaves for `backward`: the cut points between layers."""

    calls: list[_Call]
    inputs: list[Tensor]
    outputs: list[Tensor | None]
    """None where the layer is to be recomputed (gradient checkpointing)."""
    last: Tensor
    normed: Tensor

    @property
    def hidden(self) -> Tensor:
        """Normalised hidden states `[T, d]`, detached."""
        return self.normed.detach()[0]


def forward(
    decoder: Decoder, token_ids: Tensor, cache: PrefixCache, *, recompute: bool = False
) -> Generator[None, None, ForwardPass]:
    """Forward with gradient; yields after every layer. recompute: keep only layer inputs and run each layer again later."""
    hidden, calls = prepare_layers(decoder, token_ids, cache)
    inputs: list[Tensor] = []
    outputs: list[Tensor | None] = []
    for layer, call in zip(decoder.body.layers, calls, strict=True):
        x = hidden.detach()
        inputs.append(x)
        if recompute:
            with torch.no_grad():
                hidden = _output(layer(x, **call.kwargs))
            outputs.append(None)
        else:
            with torch.enable_grad():
                hidden = _output(layer(x.requires_grad_(True), **call.kwargs))
            outputs.append(hidden)
        yield
    last = hidden.detach().requires_grad_(True)
    with torch.enable_grad():
        normed = decoder.body.norm(last)
    return ForwardPass(calls, inputs, outputs, last, normed)


def backward(decoder: Decoder, passed: ForwardPass, grad_hidden: Tensor) -> Generator[None, None, None]:
    """Accumulate parameter gradients from the gradient `[T, d]` towards `passed.hidden`; yields after every layer."""
    passed.normed.backward(grad_hidden.unsqueeze(0))  # type: ignore[no-untyped-call]
    grad = passed.last.grad
    for index in reversed(range(decoder.layer_count)):
        x, y = passed.inputs[index], passed.outputs[index]
        if y is None:
            with torch.enable_grad():
                y = _output(decoder.body.layers[index](x.requires_grad_(True), **passed.calls[index].kwargs))
        torch.autograd.backward(y, grad)
        grad = x.grad
        x.grad = None
        passed.outputs[index] = None
        del y
        yield

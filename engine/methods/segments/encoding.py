"""Segments into memory: a frozen model with two small adapters reads tokens and memory slots, and what its layers make of the slots
is kept.

Knows a decoder, the compressor's tensors and rows of tokens. Knows no file, no store and no training loop.

    encoder         [x0 .. x(l-1)][s0 .. s(n-1)]     LoRA on q and v; each segment alone, any number side by side
    memory          per layer, what goes into the self-attention at the slots: `[L, B, n, d]`
    transfer head   memory -> keys, values           LoRA on k and v, on for memory alone; the decoder itself stays frozen

Source: Li et al. 2024 (arXiv 2406.18173, withdrawn), §3.2, verified in its code. Where we deviate: one frozen model instead of three
copies; a slot begins as the last of its tokens, with an embedding of its own added, instead of one embedding for all. Before any training
its memory is then what the model itself makes of that token, which a frozen decoder can read: half of what is lost without memory comes
back at 8:1, where slots that begin as a newline do harm.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from engine import lora
from engine.attention import for_model, keeping_to_mask
from engine.errors import ModelError
from engine.kv_layers import Layers
from engine.methods.segments.mask import segment_mask, segment_positions


def encode(model: Any, encoder: lora.Pairs, slots: Tensor, ids: Tensor, *, with_grad: bool) -> Tensor:
    """The memory of segments `[B, l]`, in the model's dtype `[L, B, n, d]`. slots: embeddings `[n, d]`, each added to that of the last
    of its tokens; l is a multiple of n.
    """
    (B, tokens), n = ids.shape, len(slots)
    decoder = model.get_decoder()
    with torch.set_grad_enabled(with_grad), keeping_to_mask(), lora.active(model, encoder):
        text = model.get_input_embeddings()(ids)
        embeds = torch.cat([text, text[:, tokens // n - 1 :: tokens // n] + slots.to(text.dtype)], dim=1)
        with attention_inputs(decoder, from_row=tokens) as memory:
            decoder(
                inputs_embeds=embeds,
                attention_mask=for_model(
                    model, segment_mask(tokens, tokens // n).to(ids.device)[None, None].expand(B, 1, -1, -1)
                ),
                position_ids=segment_positions(tokens, tokens // n).to(ids.device)[None],
                use_cache=False,
            )
        return torch.stack(memory)


def memory_layers(model: Any, transfer: lora.Pairs, memory: Tensor) -> Layers:
    """Keys (not rotated yet) and values `[B, Hkv, n, D]` of each layer, from memory `[L, B, n, d]`; with gradient where that is on."""
    layers: Layers = []
    with lora.active(model, transfer):
        for layer, hidden in zip(model.get_decoder().layers, memory, strict=True):
            attention = layer.self_attn
            keys, values = (
                project(hidden).unflatten(-1, (-1, attention.head_dim)).transpose(1, 2)
                for project in (attention.k_proj, attention.v_proj)
            )
            layers.append((attention.k_norm(keys) if hasattr(attention, "k_norm") else keys, values))
    return layers


def encoder_layers(model: Any) -> tuple[list[str], list[str]]:
    """The linear layers the encoder adapts (q, v) and those of the transfer head (k, v), by name.

    Raises ModelError for a model that has no such layers of their own, or norms its keys across heads.
    """
    for layer in model.get_decoder().layers:
        attention: Any = getattr(layer, "self_attn", None)
        norm = getattr(getattr(attention, "k_norm", None), "weight", None)
        if (
            not all(hasattr(attention, name) for name in ("q_proj", "k_proj", "v_proj", "head_dim"))
            or hasattr(attention, "v_norm")
            or (norm is not None and norm.numel() != attention.head_dim)
        ):
            raise ModelError(f"The layers of a {type(model).__name__} cannot keep segment memory.")
    names = sorted(model.adapted_layers)
    return (
        [name for name in names if name.endswith((".q_proj", ".v_proj"))],
        [name for name in names if name.endswith((".k_proj", ".v_proj"))],
    )


@contextmanager
def attention_inputs(decoder: Any, *, from_row: int) -> Iterator[list[Tensor]]:
    """What goes into each layer's attention from a row on, `[B, n, d]`, in the order of the layers."""
    found: list[Tensor] = []

    def keep(_module: Any, inputs: tuple[Tensor, ...]) -> None:
        found.append(inputs[0][:, from_row:])

    hooks = [layer.self_attn.k_proj.register_forward_pre_hook(keep) for layer in decoder.layers]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()

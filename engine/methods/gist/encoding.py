"""A prompt's gist: gist tokens read behind the exact state of the prompt, with the encoder's adapter on for them alone.

Knows a model that PyTorch runs, a state that has read the prompt, and a gist encoder. Knows nothing of how many gist tokens are enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch

from engine import lora
from engine.backends.pytorch import TorchBackend, TorchState
from engine.kv_state import KVState
from engine.methods.gist.encoder import GistEncoder


def gist_state(
    backend: TorchBackend, encoder: GistEncoder, state: TorchState, k: int, literal_places: Sequence[int]
) -> KVState:
    """Keys and values of the first token, of the literals and of k gist tokens: `1 + len(literal_places) + k` slots.

    state: has read the prompt, without an adapter; it is left as it was. literal_places: rising, without 0. The gist tokens stand at
    the positions behind the prompt, and the text goes on behind them: positions are not packed (paper, §3; gist_llama.py).
    The first k of a gist of more tokens are the gist of k tokens.
    """
    tokens = len(state.tokens)
    if state.adapter is not None or state.prefix_slots or not tokens:
        raise ValueError("a gist is made of a prompt that was read exactly and without an adapter")
    places = torch.tensor([0, *literal_places], device=backend.device)
    positions = torch.arange(tokens, tokens + k, device=backend.device)
    cache, decoder = state.cache, backend.model.get_decoder()
    try:
        with torch.no_grad(), lora.active(backend.model, encoder.pairs):
            decoder(
                inputs_embeds=encoder.embeddings[None, :k],
                position_ids=positions[None],
                past_key_values=cache,
                use_cache=True,
            )
        rows = torch.cat([places, positions])
        keys = [layer.keys[0].index_select(1, rows) for layer in cache.layers]
        values = [layer.values[0].index_select(1, rows) for layer in cache.layers]
    finally:
        cache.cut(tokens)
    identity = replace(backend.state_identity(None), encoder=encoder.sha256)
    return KVState(identity, keys, values, rows.cpu(), next_position=tokens + k)

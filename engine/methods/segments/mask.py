"""Who sees whom while a segment is encoded, and where its memory slots stand.

Knows numbers of tokens. Knows no model.
Source: Li et al. 2024 (arXiv 2406.18173, withdrawn) as its code has it: a slot for every `ratio` tokens, which sees what is before it and
itself. Where we deviate: it takes the place of the last of its tokens, instead of standing behind it.
"""

from __future__ import annotations

import torch
from torch import Tensor


def slot_count(tokens: int, ratio: int) -> int:
    """Memory slots of a segment. Raises ValueError where the ratio does not divide it."""
    if tokens < ratio or tokens % ratio:
        raise ValueError(f"a segment of {tokens} tokens cannot be compressed {ratio}:1")
    return tokens // ratio


def segment_mask(tokens: int, ratio: int) -> Tensor:
    """bool `[l + n, l + n]`, query by key, for rows [l tokens ; n slots]:

        t t t t s s      tokens are causal and see no slot;
    t   1 . . . . .      slot i sees what the last of its tokens sees, (i + 1) * ratio - 1,
    t   1 1 . . . .      and itself in that token's place.
    t   1 1 1 . . .
    t   1 1 1 1 . .
    s   1 . . . 1 .
    s   1 1 1 . . 1
    """
    slots = slot_count(tokens, ratio)
    mask = torch.eye(tokens + slots, dtype=torch.bool)
    mask[:tokens, :tokens] = torch.ones(tokens, tokens, dtype=torch.bool).tril()
    mask[tokens:, :tokens] = torch.arange(tokens) < _places(tokens, ratio)[:, None]
    return mask


def segment_positions(tokens: int, ratio: int) -> Tensor:
    """Rotary positions int64 `[l + n]`: tokens 0 to l - 1, slot i at (i + 1) * ratio - 1."""
    return torch.cat([torch.arange(tokens), _places(tokens, ratio)])


def _places(tokens: int, ratio: int) -> Tensor:
    return ratio * torch.arange(1, slot_count(tokens, ratio) + 1) - 1

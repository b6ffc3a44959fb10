"""The gist mask: who may look at whom when prompts are squeezed through gist tokens, and at which positions everything stands.

Knows rows of tokens as booleans. Knows no model.
Source: Mu et al. 2023 (Gisting), §3.2 and figure 2. The official code takes one span a row; ours any number.
"""

from __future__ import annotations

import torch
from torch import Tensor


def gist_mask(is_gist: Tensor, is_token: Tensor | None = None) -> Tensor:
    """Who may look at whom. is_gist: `[..., T]` bool; each run of gist tokens ends a span. Returns `[..., T, T]` bool.

          p p G q G x      p, q: prompts, G: their gists, x: what follows
      p   1 . . . . .      A prompt is seen within its span and by its own gist, and by nobody behind that;
      p   1 1 . . . .      gists are seen by everything that follows.
      G   1 1 1 . . .
      q   . . 1 1 . .
      G   . . 1 1 1 .
      x   . . 1 . 1 1

    is_token: `[..., T]` bool, False where a row is only filled up; nobody looks there. Everything looks at itself.
    """
    T = is_gist.shape[-1]
    span = span_numbers(is_gist)
    causal = torch.ones(T, T, dtype=torch.bool, device=is_gist.device).tril()
    seen = (span.unsqueeze(-1) == span.unsqueeze(-2)) | is_gist.unsqueeze(-2)  # [..., query, key]
    if is_token is not None:
        seen = seen & is_token.unsqueeze(-2)
    itself = torch.eye(T, dtype=torch.bool, device=is_gist.device)
    return (seen & causal) | itself


def span_numbers(is_gist: Tensor) -> Tensor:
    """How many runs of gist tokens ended before each token, int64: a gist belongs to the span it stands behind."""
    ended = torch.zeros_like(is_gist)
    ended[..., 1:] = is_gist[..., :-1] & ~is_gist[..., 1:]
    return ended.long().cumsum(-1)


def positions_kept(is_token: Tensor) -> Tensor:
    """Positions as the paper has them, int64 `[B, T]`: a token stands where it stood in the text, gists between.

    What follows a gist of a prompt of n tokens goes on at n + k: the prompt still uses up positions. Filling counts as 0.
    """
    return (is_token.long().cumsum(-1) - 1).clamp(min=0)


def positions_rebased(is_gist: Tensor, is_token: Tensor) -> Tensor:
    """Positions as if only gists had been read, int64 `[B, T]`: what is compressed uses up none.

          p p G q G x      A prompt is counted backwards from its gist, below zero if need be.
         -2-1 0 0 1 2

    Rotary positions are relative, and a prompt is seen by its own gist alone: with one span every distance that counts is
    what it was, and so is every logit. With more spans distances change, and a model must be trained this way.
    """
    T = is_gist.shape[-1]
    place = torch.arange(T, device=is_gist.device).expand_as(is_gist)
    first_gist = is_gist.clone()
    first_gist[..., 1:] &= ~is_gist[..., :-1]
    next_gist = torch.where(first_gist, place, T).flip(-1).cummin(-1).values.flip(-1)  # T where no gist follows
    kept = is_gist | ((next_gist == T) & is_token)
    slot = kept.long().cumsum(-1) - 1
    at_gist = slot.gather(-1, next_gist.clamp(max=T - 1))
    positions = torch.where(kept, slot, at_gist - (next_gist - place))
    return torch.where(is_token, positions, 0)

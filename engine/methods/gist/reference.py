"""Gisting as the paper has it: one new token, a mask, and a model that learns to speak through both. The twin of our own way.

Knows a causal LM of its own, whose weights it may change; tokens in, logits out. Knows no text and no file.
Source: Mu et al. 2023 (arXiv 2304.08467), §3. Beyond the official code: cached decoding of batches whose prompts differ in length,
several spans a row, positions that compressed prompts do not use up, and a gist token that is never written.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.attention import ATTENTION
from engine.kv_cache import GrowingCache
from engine.kv_state import KVState, StateIdentity
from engine.methods.gist.mask import gist_mask, positions_kept, positions_rebased

Row = Sequence[int]
"""Token ids; a run of the gist id compresses what stands before it."""


@dataclass(slots=True)
class GistCache:
    """What is kept of a batch of compressed prompts. keys, values: of each layer `[B, Hkv, S, D]`, rows filled up on the left.

    is_slot `[B, S]` bool: which slots are a row's own. positions `[B, S]`. next_position `[B]`: where each row's text goes on.
    """

    keys: list[Tensor]
    values: list[Tensor]
    is_slot: Tensor
    positions: Tensor
    next_position: Tensor

    def state(self, row: int, identity: StateIdentity) -> KVState:
        """One row as the container all compressed prompts are kept in."""
        own = self.is_slot[row]
        return KVState(
            identity,
            [keys[row, :, own].clone() for keys in self.keys],
            [values[row, :, own].clone() for values in self.values],
            self.positions[row, own].clone(),
            int(self.next_position[row]),
        )


class GistModel:
    """A causal LM with a gist token.

    gist_id: the token, one beyond the vocabulary it had. rebased: compressed prompts use up no positions; a model must be
    trained as it is used.
    """

    def __init__(self, model: Any, gist_id: int, *, rebased: bool) -> None:
        self.model = model
        self.gist_id = gist_id
        self.rebased = rebased

    @classmethod
    def of(cls, model: Any, *, rebased: bool = False) -> Self:
        """A copy of the model with the token added, all weights to be trained. The token's embedding is the mean of all.

        Raises ValueError for a model with sliding windows: a gist out of sight is no gist.
        """
        if getattr(model.config, "sliding_window", None):
            raise ValueError("the gist mask is for models in which every layer sees everything")
        own = copy.deepcopy(model).requires_grad_(True)
        gist_id = own.get_input_embeddings().num_embeddings
        own.resize_token_embeddings(gist_id + 1, mean_resizing=False)
        with torch.no_grad():
            for embedding in (own.get_input_embeddings(), own.get_output_embeddings()):
                embedding.weight[gist_id] = embedding.weight[:gist_id].mean(0)
        if own.config._attn_implementation == ATTENTION:
            own.set_attn_implementation("sdpa")  # ours takes every mask for the causal one where gradients are wanted
        return cls(own, gist_id, rebased=rebased)

    def row(self, prompts: Sequence[Row], k: int, rest: Row = ()) -> list[int]:
        """Each prompt with k gist tokens behind it, then the rest."""
        gists = [self.gist_id] * k
        return [token for prompt in prompts for token in [*prompt, *gists]] + list(rest)

    def logits(self, rows: Sequence[Row], cache: GistCache | None = None) -> Tensor:
        """Logits `[B, T, V]` of what follows each token, rows filled up on the left; fp32, the gist token's are -inf.

        cache: read behind these gists instead of the prompts.
        """
        return self._read(rows, cache)[0]

    def compress(self, rows: Sequence[Row], cache: GistCache | None = None) -> GistCache:
        """What is kept of rows that end with a gist: the keys and values of gist tokens, those of `cache` before them."""
        if any(not row or row[-1] != self.gist_id for row in rows):
            raise ValueError("every row must end with a gist token")
        with torch.no_grad():
            _, read, is_gist = self._read(rows, cache)
        slots = int(is_gist.sum(1).max())
        columns = is_gist.long().argsort(dim=1, stable=True)[:, -slots:]  # a row's gists at its end, in order
        return GistCache(
            [_columns(keys, columns) for keys in read.keys],
            [_columns(values, columns) for values in read.values],
            is_gist.gather(1, columns),
            read.positions.gather(1, columns),
            read.next_position,
        )

    def generate(
        self, rests: Sequence[Row], cache: GistCache, *, max_new_tokens: int, end_ids: frozenset[int] = frozenset()
    ) -> list[list[int]]:
        """Greedy answers behind `rests`, all rows at once, each up to its own end token, which is left out."""
        answers: list[list[int]] = [[] for _ in rests]
        open_rows = set(range(len(rests)))
        new: Sequence[Row] = rests
        for _ in range(max_new_tokens):
            with torch.no_grad():
                logits, cache, _ = self._read(new, cache)
            chosen = logits[:, -1].argmax(-1).tolist()
            open_rows -= {row for row in open_rows if chosen[row] in end_ids}
            for row in open_rows:
                answers[row].append(chosen[row])
            if not open_rows:
                break
            new = [[token] for token in chosen]
        return answers

    def completion_loss(self, rows: Sequence[Row], completion_tokens: Sequence[int]) -> Tensor:
        """Mean cross-entropy of the last `completion_tokens[b]` tokens of each row, and of nothing else, as in the paper."""
        ids, _ = _fill(rows, self.model.device)
        T = ids.shape[1]
        wanted = torch.tensor(completion_tokens, device=ids.device).unsqueeze(1)
        scored = torch.arange(1, T, device=ids.device) >= T - wanted  # [B, T - 1]
        return F.cross_entropy(self.logits(rows)[:, :-1][scored], ids[:, 1:][scored])

    def train_step(
        self, optimizer: torch.optim.Optimizer, rows: Sequence[Row], completion_tokens: Sequence[int]
    ) -> float:
        """One optimiser step on a batch. Returns the loss before it."""
        optimizer.zero_grad(set_to_none=True)
        loss = self.completion_loss(rows, completion_tokens)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        optimizer.step()
        return float(loss.detach())

    def _read(self, rows: Sequence[Row], cache: GistCache | None) -> tuple[Tensor, GistCache, Tensor]:
        """Logits of the rows, everything read as a cache, and which of its columns are gist tokens (`[B, L]`)."""
        ids, is_token = _fill(rows, self.model.device)
        is_gist = ids == self.gist_id
        positions = positions_rebased(is_gist, is_token) if self.rebased else positions_kept(is_token)
        growing = GrowingCache()
        is_visible, is_kept, at = is_token, is_gist, positions
        if cache is not None:
            positions = positions + cache.next_position.unsqueeze(1)
            for layer, (keys, values) in enumerate(zip(cache.keys, cache.values, strict=True)):
                growing.update(keys, values, layer)
            is_visible = torch.cat([cache.is_slot, is_token], dim=1)
            is_kept = torch.cat([cache.is_slot, is_gist], dim=1)
            at = torch.cat([cache.positions, positions], dim=1)
        seen = gist_mask(is_kept, is_visible)[:, -ids.shape[1] :]  # what stands in a cache is seen as a gist is
        mask = torch.where(seen, 0.0, torch.finfo(self.model.dtype).min).to(self.model.dtype).unsqueeze(1)
        output = self.model(
            input_ids=ids, attention_mask=mask, position_ids=positions, past_key_values=growing, use_cache=True
        )
        logits = output.logits.float()
        logits = logits.index_fill(-1, torch.tensor([self.gist_id], device=logits.device), -torch.inf)
        everything = GistCache(
            [layer.keys for layer in growing.layers],
            [layer.values for layer in growing.layers],
            is_visible,
            at,
            positions[:, -1] + 1,
        )
        return logits, everything, is_kept


def _fill(rows: Sequence[Row], device: torch.device) -> tuple[Tensor, Tensor]:
    """Token ids `[B, T]`, rows filled up on the left, and where they are a row's own. Raises ValueError for an empty row."""
    if not rows or not all(rows):
        raise ValueError("there is an empty row")
    T = max(map(len, rows))
    ids = torch.tensor([[0] * (T - len(row)) + list(row) for row in rows], device=device)
    lengths = torch.tensor([len(row) for row in rows], device=device).unsqueeze(1)
    return ids, torch.arange(T, device=device) >= T - lengths


def _columns(tensor: Tensor, columns: Tensor) -> Tensor:
    """`[B, H, L, D]` and `[B, S]` -> `[B, H, S, D]`."""
    B, H, _, D = tensor.shape
    return tensor.gather(2, columns[:, None, :, None].expand(B, H, columns.shape[1], D))

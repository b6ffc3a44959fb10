"""One step of a gist encoder's training: the model that reads the whole prompt teaches the model that reads its gist.

Knows a decoder, batches of tokens and the encoder's tensors. Knows nothing of files, optimisers or progress.

    teacher   [prompt][continuation]                       frozen model, no gradient
    encoder   [prompt][g1 .. gk]                           the prompt's keys and values as the frozen model made them;
                                                           the adapter is on for the gist tokens alone
    student   [first token][kept places][g1 .. gk][continuation]    frozen model; gradient through the keys and values of g

Source: Mu et al. 2023 (arXiv 2304.08467), §2.1: gisting as context distillation. Where we deviate, and why: the paper trains the whole
model on samples of the teacher; here the decoder stays frozen, so that a gist serves with and without a Temp-LoRA, and the loss is the
KL over the whole distribution. The first token stays: it is the attention sink the frozen decoder leans on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache

from engine import lora
from engine.attention import keeping_to_mask
from engine.jobs import Steps
from engine.kv_layers import Layers, cache_of, layers_of
from engine.layerwise import Decoder
from engine.methods.gist.examples import Example
from engine.ops.token_kl import TokenDistances, token_kl, token_kl_and_grad


@dataclass(frozen=True, slots=True)
class Batch:
    """Examples side by side. prompt `[B, P]` is padded on the left, continuation `[B, C]` on the right.

    inputs = continuation[:, :-1] predict labels = continuation[:, 1:]. scored: bool `[B, C-1]`, the labels that count; gold: of them
    those of a gold answer.
    kept: prompt columns the student reads beside the gist, `[B, S]` int64, the first token's first; keeps: which of them
    are real.
    """

    prompt: Tensor
    prompt_mask: Tensor
    lengths: Tensor
    inputs: Tensor
    labels: Tensor
    scored: Tensor
    gold: Tensor
    kept: Tensor
    keeps: Tensor


def make_batch(examples: Sequence[Example], device: torch.device) -> Batch:
    P = max(len(example.prompt_ids) for example in examples)
    C = max(len(example.continuation_ids) for example in examples)
    S = 1 + max(len(example.kept_places) for example in examples)
    B = len(examples)
    prompt, prompt_mask = torch.zeros(B, P, dtype=torch.long), torch.zeros(B, P, dtype=torch.bool)
    continuation = torch.zeros(B, C, dtype=torch.long)
    scored, gold = torch.zeros(B, C - 1, dtype=torch.bool), torch.zeros(B, C - 1, dtype=torch.bool)
    kept, keeps = torch.zeros(B, S, dtype=torch.long), torch.zeros(B, S, dtype=torch.bool)
    for row, example in enumerate(examples):
        length, end = len(example.prompt_ids), len(example.continuation_ids)
        prompt[row, P - length :] = torch.tensor(example.prompt_ids)
        prompt_mask[row, P - length :] = True
        continuation[row, :end] = torch.tensor(example.continuation_ids)
        scored[row, example.scored_from - 1 : end - 1] = True
        gold[row, example.scored_from - 1 : end - 1] = example.is_gold
        places = [0, *(place for place in example.kept_places if place)]
        kept[row, : len(places)] = P - length + torch.tensor(places)
        keeps[row, : len(places)] = True
    return Batch(
        prompt=prompt.to(device),
        prompt_mask=prompt_mask.to(device),
        lengths=prompt_mask.sum(1).to(device),
        inputs=continuation[:, :-1].to(device),
        labels=continuation[:, 1:].to(device),
        scored=scored.to(device),
        gold=gold.to(device),
        kept=kept.to(device),
        keeps=keeps.to(device),
    )


@dataclass(slots=True)
class Distiller:
    """A frozen model and a gist encoder in training. embeddings: fp32 `[K, d]`, one for each gist token."""

    model: Any
    decoder: Decoder
    pairs: lora.Pairs
    embeddings: Tensor
    gold_share: float
    """Weight of the gold label's NLL beside the KL."""

    def train(self, batch: Batch, k: int) -> Steps[float]:
        """Accumulate gradients of the batch's mean loss. Returns the mean KL over scored tokens."""
        prompt = self._read_prompt(batch)
        yield None
        teacher = self.read_full(batch, prompt)
        yield None
        gist = self._encode(batch, prompt, k, with_grad=True)
        yield None
        student = self.read_behind(batch, prompt, gist, with_grad=True)
        yield None
        return (yield from self.backward(batch, teacher, student))

    def backward(self, batch: Batch, teacher: Tensor, student: Tensor) -> Steps[float]:
        """Accumulate gradients of the mean loss, from hidden states `[N, d]`. Returns the mean KL."""
        labels = batch.labels[batch.scored]
        distances, grad = token_kl_and_grad(
            teacher,
            student.detach(),
            self.decoder.head,
            labels,
            token_weights=torch.full(labels.shape, 1.0 / len(labels), device=labels.device),
            gold_weights=batch.gold[batch.scored].float() * (self.gold_share / len(labels)),
            softcap=self.decoder.softcap,
        )
        yield None
        student.backward(grad)  # type: ignore[no-untyped-call]
        return float(distances.kl.mean())

    def score(self, batch: Batch, ks: Sequence[int]) -> Steps[dict[int | None, TokenDistances]]:
        """How far the model behind each gist, and with no prompt at all (None), is from the one that reads the prompt.

        Distances are of the labels that count, row by row.
        """
        prompt = self._read_prompt(batch)
        yield None
        teacher = self.read_full(batch, prompt)
        yield None
        found: dict[int | None, TokenDistances] = {None: self.distances(batch, teacher, self.read_full(batch, None))}
        yield None
        gist = self._encode(batch, prompt, max(ks), with_grad=False)
        for k in ks:
            first = [(keys[:, :, :k], values[:, :, :k]) for keys, values in gist]
            found[k] = self.distances(batch, teacher, self.read_behind(batch, prompt, first, with_grad=False))
            yield None
        return found

    def distances(self, batch: Batch, teacher: Tensor, student: Tensor) -> TokenDistances:
        """Of the labels that count, from hidden states `[N, d]`."""
        return token_kl(teacher, student, self.decoder.head, batch.labels[batch.scored], softcap=self.decoder.softcap)

    def _read_prompt(self, batch: Batch) -> Layers:
        """Keys and values of the prompts, `[B, Hkv, P, D]`, as the frozen model makes them."""
        cache = DynamicCache()
        with torch.no_grad(), lora.active(self.model, None):
            self.decoder.body(
                input_ids=batch.prompt,
                attention_mask=batch.prompt_mask,
                position_ids=(batch.prompt_mask.cumsum(1) - 1).clamp(min=0),
                past_key_values=cache,
            )
        return layers_of(cache)

    def read_full(self, batch: Batch, prompt: Layers | None) -> Tensor:
        """The teacher: hidden states `[N, d]` where a label counts, of the continuation behind the whole prompt; None: behind
        nothing.
        """
        B, C = batch.inputs.shape
        own = torch.ones(B, C, dtype=torch.bool, device=batch.inputs.device)
        begins = batch.lengths if prompt is not None else torch.zeros_like(batch.lengths)
        with torch.no_grad(), lora.active(self.model, None):
            hidden: Tensor = self.decoder.body(
                input_ids=batch.inputs,
                attention_mask=own if prompt is None else torch.cat([batch.prompt_mask, own], dim=1),
                position_ids=begins.unsqueeze(1) + torch.arange(C, device=own.device),
                past_key_values=cache_of(prompt or []),
            ).last_hidden_state
        return hidden[batch.scored]

    def _encode(self, batch: Batch, prompt: Layers, k: int, *, with_grad: bool) -> Layers:
        """Keys and values of k gist tokens read behind the prompts with the adapter on, `[B, Hkv, k, D]`."""
        B, P = batch.prompt.shape
        own = torch.ones(B, k, dtype=torch.bool, device=batch.prompt.device)
        cache = cache_of(prompt)
        with torch.set_grad_enabled(with_grad), keeping_to_mask(), lora.active(self.model, self.pairs):
            self.decoder.body(
                inputs_embeds=self.embeddings[:k].to(self.decoder.head.dtype).expand(B, k, -1),
                attention_mask=torch.cat([batch.prompt_mask, own], dim=1),
                position_ids=batch.lengths.unsqueeze(1) + torch.arange(k, device=own.device),
                past_key_values=cache,
            )
        return [(keys[:, :, P:], values[:, :, P:]) for keys, values in layers_of(cache)]

    def read_behind(
        self, batch: Batch, prompt: Layers, gist: Layers, *, with_grad: bool, skips: int | None = None
    ) -> Tensor:
        """Hidden states `[N, d]` where a label counts, of the continuation behind first token, kept places and gist.

        skips: how many positions behind the prompt the text goes on; None: as many as there are gist tokens.
        """
        B, C = batch.inputs.shape
        S, k = batch.kept.shape[1], gist[0][0].shape[2]
        columns = batch.kept[:, None, :, None]
        prefix: Layers = []
        for (keys, values), (gist_keys, gist_values) in zip(prompt, gist, strict=True):
            places = columns.expand(-1, keys.shape[1], -1, keys.shape[3])
            prefix.append(
                (
                    torch.cat([keys.gather(2, places), gist_keys], 2),
                    torch.cat([values.gather(2, places), gist_values], 2),
                )
            )
        causal = torch.ones(C, C, dtype=torch.bool, device=columns.device).tril()
        mask = torch.cat(
            [
                batch.keeps[:, None, None, :].expand(B, 1, C, S),
                causal.new_ones(B, 1, C, k),
                causal.expand(B, 1, C, C),
            ],
            dim=3,
        )
        with torch.set_grad_enabled(with_grad), keeping_to_mask(), lora.active(self.model, None):
            hidden: Tensor = self.decoder.body(
                input_ids=batch.inputs,
                attention_mask=mask,
                position_ids=(batch.lengths + (k if skips is None else skips)).unsqueeze(1)
                + torch.arange(C, device=columns.device),
                past_key_values=cache_of(prefix),
            ).last_hidden_state
        return hidden[batch.scored]

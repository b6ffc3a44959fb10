"""One step of a segment compressor's training: the model that reads everything teaches the model that reads memory of it.

Knows a decoder, rows of tokens and a compressor's tensors. Knows nothing of files, optimisers or progress.

    teacher   [sink][segment 0][segment 1] ... [segment T-1]                        frozen model, no gradient
    memory    segments 0 .. T-2, each encoded alone
    student   [sink][slots of segments 0 .. t-1][segment t][segment t+1]            frozen model, for every t; gradient through the slots

The second segment behind the memory is there in some of the steps: what is used later stands before a window of text that is read, and
what is worth keeping is what the window does not say itself. Every token of a row counts, each as much.

Source: Li et al. 2024 (arXiv 2406.18173, withdrawn), §3.3. Where we deviate, and why: the loss is the KL to the model that reads
everything, over the whole distribution, with a little of the next token's loss: it says more in each token than the token that came.
The sink stays: a frozen decoder leans on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from engine import lora
from engine.attention import for_model, keeping_to_mask
from engine.kv_layers import Layers, cache_of, layers_of
from engine.layerwise import Decoder
from engine.methods.segments.compressor import SegmentCompressor
from engine.methods.segments.encoding import encode, memory_layers
from engine.ops.token_kl import TokenDistances, token_kl, token_kl_and_grad
from engine.rotary import rotated


@dataclass(slots=True)
class Distiller:
    """A frozen model and a compressor in training. sink: keys and values `[1, Hkv, 1, D]` of the token that begins."""

    model: Any
    decoder: Decoder
    compressor: SegmentCompressor
    sink_id: int
    sink: Layers
    gold_share: float
    """Weight of the next token's NLL beside the KL."""

    @staticmethod
    def of(model: Any, compressor: SegmentCompressor, *, sink_id: int, gold_share: float) -> Distiller:
        decoder = Decoder.of(model)
        with torch.no_grad(), lora.active(model, None):
            read = decoder.body(torch.tensor([[sink_id]], device=decoder.head.device), use_cache=True)
        return Distiller(model, decoder, compressor, sink_id, layers_of(read.past_key_values), gold_share)

    def taught(self, ids: Tensor) -> Tensor:
        """The teacher: hidden states `[B, N, d]` of the first N of ids `[B, N + 1]`, behind the sink."""
        sink = ids.new_full((len(ids), 1), self.sink_id)
        with torch.no_grad(), lora.active(self.model, None):
            hidden: Tensor = self.decoder.body(torch.cat([sink, ids[:, :-1]], dim=1), use_cache=False).last_hidden_state
        return hidden[:, 1:]

    def encode(self, ids: Tensor, ratio: int, *, with_grad: bool) -> Tensor:
        """Memory `[L, B, n, d]` of segments `[B, l]`."""
        compressor = self.compressor
        return encode(self.model, compressor.encoder, compressor.slots[ratio], ids, with_grad=with_grad)

    def read_behind(self, memory: Tensor | None, slots: Sequence[int], rows: Tensor, *, with_grad: bool) -> Tensor:
        """Hidden states `[R, B, C, d]` of rows `[R, B, C]`, group r behind the first slots[r] of memory `[L, B, M, d]` of the same
        texts.
        """
        R, B, C = rows.shape
        most = max(slots)
        device = rows.device
        with torch.set_grad_enabled(with_grad), keeping_to_mask(), lora.active(self.model, None):
            # sink and slots for one group of rows, then the same for each of them
            prefix = [(keys.expand(B, -1, -1, -1), values.expand(B, -1, -1, -1)) for keys, values in self.sink]
            if memory is not None and most:
                layers = memory_layers(self.model, self.compressor.transfer, memory[:, :, :most])
                keys = rotated(self.model, [keys for keys, _ in layers], torch.arange(1, 1 + most, device=device))
                prefix = [
                    (torch.cat([sink_keys, turned], 2), torch.cat([sink_values, values], 2))
                    for (sink_keys, sink_values), turned, (_, values) in zip(prefix, keys, layers, strict=True)
                ]
            if R > 1:
                prefix = [(keys.repeat(R, 1, 1, 1), values.repeat(R, 1, 1, 1)) for keys, values in prefix]
            counts = torch.tensor(slots, device=device)
            seen = torch.arange(1 + most, device=device) < 1 + counts[:, None]  # [R, 1 + M]
            causal = torch.ones(C, C, dtype=torch.bool, device=device).tril()
            mask = torch.cat([seen[:, None].expand(R, C, -1), causal.expand(R, C, C)], dim=2)
            hidden: Tensor = self.decoder.body(
                input_ids=rows.flatten(0, 1),
                attention_mask=for_model(self.model, mask[:, None].repeat_interleave(B, 0)),
                position_ids=(1 + counts).repeat_interleave(B)[:, None] + torch.arange(C, device=device),
                past_key_values=cache_of(prefix),
            ).last_hidden_state
        return hidden.view(R, B, C, -1)

    def distances(self, teacher: Tensor, student: Tensor, labels: Tensor) -> TokenDistances:
        """Of hidden states `[..., d]` and labels `[...]`, token by token `[T]`."""
        return token_kl(
            teacher.flatten(0, -2),
            student.flatten(0, -2),
            self.decoder.head,
            labels.flatten(),
            softcap=self.decoder.softcap,
        )

    def loss(self, teacher: Tensor, student: Tensor, labels: Tensor, *, weight: float) -> Tensor:
        """Scalar with its graph: weight * Σ (KL + gold_share * NLL) over tokens; hidden states `[..., d]`, labels `[...]`."""
        flat = labels.flatten()
        weights = torch.full(flat.shape, weight, device=flat.device)
        found, grad = token_kl_and_grad(
            teacher.flatten(0, -2),
            student.detach().flatten(0, -2),
            self.decoder.head,
            flat,
            token_weights=weights,
            gold_weights=self.gold_share * weights,
            softcap=self.decoder.softcap,
        )
        value = weight * (found.kl.sum() + self.gold_share * found.student_nll.sum())
        return _WithGradient.apply(student, grad.view_as(student), value)  # type: ignore[no-any-return,no-untyped-call]


@dataclass(slots=True)
class Texts:
    """Texts side by side as `engine.methods.segments.gradients.Recurrence`: a segment t of it is segment t of every text.

    ids: `[B, T * l + 1]`. verbatim: how many segments stand, read, behind the memory before the last of a row: 0 or 1.
    """

    distiller: Distiller
    ids: Tensor
    ratio: int
    verbatim: int
    teacher: Tensor
    """`[B, T * l, d]`."""

    @property
    def segments(self) -> int:
        """With a segment read beside the memory, there is a row less."""
        return (self.ids.shape[1] - 1) // self._size - self.verbatim

    def encode(self, segments: Sequence[int], *, with_grad: bool) -> Tensor:
        """`[L, S, B * n, d]`."""
        size, B = self._size, len(self.ids)
        ids = torch.cat([self.ids[:, s * size : (s + 1) * size] for s in segments])  # [S * B, l]
        memory = self.distiller.encode(ids, self.ratio, with_grad=with_grad)
        L, _, n, d = memory.shape
        return memory.view(L, len(segments), B * n, d)

    def loss(self, segments: range, memory: Tensor) -> Tensor:
        size, B = self._size, len(self.ids)
        n, C = size // self.ratio, (1 + self.verbatim) * size
        L, S, _, d = memory.shape
        by_text = memory.reshape(L, S, B, n, d).transpose(1, 2).reshape(L, B, S * n, d)
        rows, labels, teacher = (
            torch.stack([each[:, t * size + begin : t * size + begin + C] for t in segments])
            for each, begin in ((self.ids, 0), (self.ids, 1), (self.teacher, 0))
        )
        student = self.distiller.read_behind(by_text, [t * n for t in segments], rows, with_grad=True)
        every = (self.segments - 1) * labels[0].numel()
        return self.distiller.loss(teacher, student, labels, weight=1.0 / every)

    @property
    def _size(self) -> int:
        return self.distiller.compressor.segment_tokens


class _WithGradient(torch.autograd.Function):
    """A value that is known, with a gradient that is known."""

    @staticmethod
    def forward(ctx: Any, student: Tensor, grad: Tensor, value: Tensor) -> Tensor:
        ctx.save_for_backward(grad)
        return value.clone()

    @staticmethod
    def backward(ctx: Any, towards: Tensor) -> tuple[Tensor, None, None]:
        (grad,) = ctx.saved_tensors
        return grad * towards.to(grad.dtype), None, None

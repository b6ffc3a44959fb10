"""A gist fitted to its own prompt: its keys and values trained on what the model says behind that very prompt.

Knows a frozen decoder, the state of a prompt, and messages to answer. Knows nothing of files, bounds or how many gist tokens there are.

An encoder makes a gist in one pass and has to serve every prompt; a prompt that is used for months is worth minutes. The gist it made
is where training begins. The full prompt teaches, by what it answers to messages of all kinds; messages that are set apart decide
which step is kept, so a gist never becomes worse at what it was not trained on. Idea: prefix tuning (Li and Liang 2021) by context
distillation, as in Eyuboglu et al. 2025 (Cartridges, "self-study").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from engine.backends.pytorch import TorchBackend, TorchState
from engine.jobs import Progress, Steps
from engine.kv_layers import Layers, for_rows
from engine.kv_state import KVState
from engine.layerwise import Decoder
from engine.methods.gist.distillation import Batch, Distiller, make_batch
from engine.methods.gist.examples import Draft, Example
from engine.methods.gist.replies import write_replies_behind

STAGE = "Refining the gist"
REPLY_TOKENS = 32
ROWS = 8
"""Messages to one optimiser step; fewer behind a long prompt, whose keys and values each of them needs."""
_PROMPT_TOKENS_AT_ONCE = 16_384
LOOK_EVERY = 10
LEARNING_RATE = 0.1
"""In units of the standard deviation of a layer's keys or values."""


@dataclass(frozen=True, slots=True)
class Refined:
    """before, after: divergence on the messages set apart, nats a token. step: the one that was kept; 0 is the gist as it was."""

    state: KVState
    before: float
    after: float
    step: int


def refine(
    backend: TorchBackend,
    state: TorchState,
    gist: KVState,
    openings: Sequence[Sequence[int]],
    *,
    literal_places: Sequence[int],
    steps: int,
) -> Steps[Refined]:
    """Train the gist tokens of a gist, of one span or of several; first token and literals stay as they are.

    state: has read the prompt exactly; it is left as it was. openings: what may follow the prompt, up to where the model answers; every
    fourth is set apart.
    """
    prompt = state.tokens
    stays = {0, *literal_places}
    trained = [slot for slot, position in enumerate(gist.positions.tolist()) if position not in stays]
    yield Progress(STAGE, 0, steps, "step")
    fitting = _Fitting(backend, state, gist, trained)
    examples: list[Example] = []
    for start in range(0, len(openings), fitting.rows):
        rows = openings[start : start + fitting.rows]
        replies = yield from write_replies_behind(backend, fitting.prompt, rows, tokens=REPLY_TOKENS)
        for opening, reply in zip(rows, replies, strict=True):
            examples.append(Example.of(Draft(prompt, opening, None, False, literal_places), reply))
    apart = yield from fitting.teach([each for place, each in enumerate(examples) if place % 4 == 3])
    taught = yield from fitting.teach([each for place, each in enumerate(examples) if place % 4 != 3])
    before = best = yield from fitting.distance(apart)
    kept, kept_step = fitting.layers(), 0
    for step in range(steps):
        yield from fitting.step(taught[step % len(taught)], share=1.0 - step / steps)
        if (step + 1) % LOOK_EVERY == 0 or step + 1 == steps:
            distance = yield from fitting.distance(apart)
            if distance < best:
                best, kept, kept_step = distance, fitting.layers(), step + 1
        yield Progress(STAGE, step + 1, steps, "step")
    refined = replace(
        gist,
        keys=[_with_slots(old, trained, new[0]) for old, new in zip(gist.keys, kept, strict=True)],
        values=[_with_slots(old, trained, new[1]) for old, new in zip(gist.values, kept, strict=True)],
    )
    return Refined(refined, before, best, kept_step)


@dataclass(frozen=True, slots=True)
class _Taught:
    """A batch and what the full prompt's hidden states `[N, d]` are where labels count."""

    batch: Batch
    teacher: Tensor


class _Fitting:
    """Keys and values in training. Each tensor is moved in units of its own spread, so that one rate fits every layer."""

    def __init__(self, backend: TorchBackend, state: TorchState, gist: KVState, trained: Sequence[int]) -> None:
        self._backend = backend
        self._distiller = Distiller(backend.model, Decoder.of(backend.model), {}, torch.empty(0), 0.0)
        self.prompt: Layers = [(layer.keys, layer.values) for layer in state.cache.layers]
        self.rows = max(1, min(ROWS, _PROMPT_TOKENS_AT_ONCE // len(state.tokens)))
        self._skips = gist.next_position - len(state.tokens)
        starts = [
            tensor[None, :, list(trained)].float()
            for pair in zip(gist.keys, gist.values, strict=True)
            for tensor in pair
        ]
        self._starts = [(start, start.std().clamp(min=1e-3)) for start in starts]
        self._moved = [torch.zeros_like(start).requires_grad_() for start in starts]
        self._optimizer = torch.optim.Adam(self._moved, lr=LEARNING_RATE)

    def layers(self) -> Layers:
        """Where they stand now, fp32 `[1, Hkv, k, D]`; without gradient."""
        with torch.no_grad():
            return self._layers()

    def teach(self, examples: Sequence[Example]) -> Steps[list[_Taught]]:
        """Batches, and what the full prompt makes of them: read once."""
        taught = []
        for start in range(0, len(examples), self.rows):
            batch = make_batch(examples[start : start + self.rows], self._backend.device)
            taught.append(_Taught(batch, self._distiller.read_full(batch, for_rows(self.prompt, len(batch.lengths)))))
            yield None
        return taught

    def distance(self, taught: Sequence[_Taught]) -> Steps[float]:
        """Mean KL over all labels that count."""
        total, count = 0.0, 0
        for each in taught:
            student = self._read(each.batch, with_grad=False)
            kl = self._distiller.distances(each.batch, each.teacher, student).kl
            total, count = total + float(kl.sum()), count + len(kl)
            yield None
        return total / count

    def step(self, each: _Taught, *, share: float) -> Steps[None]:
        """One optimiser step; share: of the learning rate."""
        student = self._read(each.batch, with_grad=True)
        yield None
        yield from self._distiller.backward(each.batch, each.teacher, student)
        for group in self._optimizer.param_groups:
            group["lr"] = LEARNING_RATE * share
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        yield None

    def _read(self, batch: Batch, *, with_grad: bool) -> Tensor:
        with torch.set_grad_enabled(with_grad):
            dtype = self._distiller.decoder.head.dtype
            gist = [(keys.to(dtype), values.to(dtype)) for keys, values in for_rows(self._layers(), len(batch.lengths))]
        return self._distiller.read_behind(
            batch, for_rows(self.prompt, len(batch.lengths)), gist, with_grad=with_grad, skips=self._skips
        )

    def _layers(self) -> Layers:
        tensors = [start + spread * moved for (start, spread), moved in zip(self._starts, self._moved, strict=True)]
        return list(zip(tensors[::2], tensors[1::2], strict=True))


def _with_slots(tensor: Tensor, slots: Sequence[int], new: Tensor) -> Tensor:
    """`[Hkv, T, D]` with other slots put in; `new` is `[1, Hkv, len(slots), D]`."""
    changed = tensor.clone()
    changed[:, list(slots)] = new[0].to(tensor.dtype)
    return changed

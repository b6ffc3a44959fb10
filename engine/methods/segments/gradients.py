"""The gradient through the memories of earlier segments: five ways to have it, over an abstract problem.

Knows tensors with graphs. Knows nothing of models, texts and optimisers.

A text is T segments, counted from 0 (the paper counts from 1: its t - 1 is our t). m_s, the memory of segment s, is made of that segment
alone by parameters Θ; J_t is what segment t costs behind m_0 .. m_(t-1), read with parameters Φ. Their gradient (Eq. 5) is

    G  =  Σ_t ∂J_t/∂Φ  +  Σ_t Σ_(s<t) w_ts (∂J_t/∂m_s) (∂m_s/∂Θ)           w_ts = 1

The first sum is exact in all five: it is what each J_t leaves on the way to its memories. They differ in w_ts and in what is alive at once:

    method        w_ts                                         encoder graphs alive     encoder passes forward, backward
    FULL          1                                            T                        T, T     and T decoder graphs; the others: 1
    TRUNCATED     1 for s >= t - S, else 0          biased     S                        T, T * S
    INCREMENTAL   as TRUNCATED                      biased     S                        T, T
    RESERVOIR     max(1, t / S) if s is kept, else 0           S                        T, those that were ever kept
    RECOMPUTE     1                                            one batch of segments    2 T less that batch, T

INCREMENTAL is TRUNCATED with the sums swapped: a_s = Σ_t w_ts ∂J_t/∂m_s gathers on the detached memory, and the graph of m_s is gone
through once, when s leaves the window. RESERVOIR keeps S segments of those so far by reservoir sampling, so that each is kept with
probability min(1, S / t) when J_t is taken (Eq. 11), and scales by the inverse (Eq. 12): E[w_ts] = 1 for every pair, and
E[gradient] = G. Which pairs survive together is correlated; that is variance and no bias. The factor belongs to what J_t says of m_s
(the released code has none: its far gradients are S / t too small), never to ∂J_t/∂Φ. Segments being independent, RECOMPUTE needs no
sampling: memories first without a graph, a_s from every J_t, then each segment once more with a graph to take a_s through it (as
gradient caching does: Gao et al. 2021, arXiv 2101.06983).

Source: Li et al. 2024 (arXiv 2406.18173, withdrawn), §3.3 and App. A-C.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor

from engine.api import GradientMethod
from engine.jobs import Steps


class Recurrence(Protocol):
    """A text in segments and a loss of each behind the memories of those before it. Both calls give the same every time."""

    @property
    def segments(self) -> int:
        """T. The last one is never encoded, the first one has no memory before it and no loss here."""
        ...

    def encode(self, segments: Sequence[int], *, with_grad: bool) -> Tensor:
        """Their memories side by side, `[L, len(segments), ...]`; each depends on its own segment alone."""
        ...

    def loss(self, segments: range, memory: Tensor) -> Tensor:
        """Scalar: the sum of J_t over these consecutive segments, with its graph.

        memory `[L, segments.stop - 1, ...]`, of every segment before the last of them. J_t reads memory[:, :t] alone.
        """
        ...


def accumulate(
    problem: Recurrence,
    method: GradientMethod,
    *,
    window: int,
    generator: torch.Generator,
    encode_batch: int = 8,
    decode_batch: int = 1,
) -> Steps[float]:
    """Add the method's gradient to `.grad` of all parameters; returns Σ J_t. Yields between segments.

    window: S of those methods that have one. generator: on the CPU, what RESERVOIR draws from. encode_batch, decode_batch: segments
    that RECOMPUTE, and RECOMPUTE alone, encodes and decodes side by side.
    """
    if window < 1 or encode_batch < 1 or decode_batch < 1:
        raise ValueError("window and batches are at least one segment")
    match method:
        case GradientMethod.FULL:
            return (yield from full(problem))
        case GradientMethod.TRUNCATED:
            return (yield from truncated(problem, window))
        case GradientMethod.INCREMENTAL:
            return (yield from incremental(problem, window))
        case GradientMethod.RESERVOIR:
            return (yield from reservoir(problem, window, lambda s: int(torch.randint(s + 1, (), generator=generator))))
        case GradientMethod.RECOMPUTE:
            return (yield from recompute(problem, encode_batch=encode_batch, decode_batch=decode_batch))


def full(problem: Recurrence) -> Steps[float]:
    """Eq. 5 by back-propagation through everything at once: the reference."""
    total = _Total()
    memories = [problem.encode((s,), with_grad=True) for s in range(problem.segments - 1)]
    losses = []
    for t in range(1, problem.segments):
        losses.append(problem.loss(range(t, t + 1), torch.cat(memories[:t], dim=1)))
        total.add(losses[-1])
        yield None
    if losses:
        torch.autograd.backward(losses)
    return total.value


def truncated(problem: Recurrence, window: int) -> Steps[float]:
    """TBPTT(S) as it is written down: every J_t back through the graphs of the S segments before it."""
    total = _Total()
    graphs: list[Tensor] = []
    for t in range(1, problem.segments):
        if t > window:
            graphs[t - 1 - window] = graphs[t - 1 - window].detach()
        graphs.append(problem.encode((t - 1,), with_grad=True))
        loss = problem.loss(range(t, t + 1), torch.cat(graphs, dim=1))
        total.add(loss)
        # Of what is kept here only the window's graphs are needed again: the loss's own goes with its last name.
        loss.backward(retain_graph=True)  # type: ignore[no-untyped-call]
        del loss
        yield None
    return total.value


def incremental(problem: Recurrence, window: int) -> Steps[float]:
    """TBPTT(S), each graph gone through once: the slots are a ring, s takes the place of s - S."""
    return (yield from _through_slots(problem, window, lambda s: s % window, lambda t: 1.0))


def reservoir(problem: Recurrence, window: int, draw: Callable[[int], int]) -> Steps[float]:
    """draw(s): uniform in 0 .. s, independent of other draws; asked once for every s >= S, in their order.

    The first S segments have a slot each. Segment s takes slot draw(s), or has none: then it is encoded without a graph.
    """
    return (
        yield from _through_slots(
            problem, window, lambda s: s if s < window else draw(s), lambda t: max(1.0, t / window)
        )
    )


def recompute(problem: Recurrence, *, encode_batch: int, decode_batch: int) -> Steps[float]:
    """Eq. 5 exactly. The last batch is encoded with its graph at once: it need not be encoded twice."""
    total = _Total()
    T = problem.segments
    if T < 2:
        return 0.0
    *again, last = [range(s, min(s + encode_batch, T - 1)) for s in range(0, T - 1, encode_batch)]
    memories = []
    for batch in again:
        memories.append(problem.encode(batch, with_grad=False))
        yield None
    with_graph = problem.encode(last, with_grad=True)
    yield None
    memory = torch.cat([*memories, with_graph.detach()], dim=1)
    del memories
    gathered = _zeros_for(memory)
    for t in range(1, T, decode_batch):
        stop = min(t + decode_batch, T)
        gathered[:, : stop - 1] += _towards_memory(problem, range(t, stop), memory[:, : stop - 1], total)
        yield None
    with_graph.backward(gathered[:, last.start :].to(with_graph.dtype))  # type: ignore[no-untyped-call]
    del with_graph
    yield None
    for batch in again:
        encoded = problem.encode(batch, with_grad=True)
        encoded.backward(gathered[:, batch.start : batch.stop].to(encoded.dtype))  # type: ignore[no-untyped-call]
        del encoded
        yield None
    return total.value


@dataclass(slots=True)
class _Total:
    """Σ J_t, summed where the losses are; read once, so that a GPU is waited for once."""

    _sum: Tensor | None = field(default=None)

    def add(self, loss: Tensor) -> None:
        J = loss.detach().double()
        self._sum = J if self._sum is None else self._sum + J

    @property
    def value(self) -> float:
        return 0.0 if self._sum is None else float(self._sum)


@dataclass(slots=True)
class _Kept:
    """A segment whose encoder graph is alive, and a_s so far."""

    segment: int
    memory: Tensor
    gathered: Tensor

    def go_through(self) -> None:
        self.memory.backward(self.gathered.to(self.memory.dtype))  # type: ignore[no-untyped-call]


def _through_slots(
    problem: Recurrence, window: int, slot_of: Callable[[int], int], factor: Callable[[int], float]
) -> Steps[float]:
    """slot_of(s): where the graph of s is kept, in place of the one there; from S on: not at all. factor(t): of ∂J_t/∂m."""
    total = _Total()
    kept: dict[int, _Kept] = {}
    memories: list[Tensor] = []
    for t in range(1, problem.segments):
        slot = slot_of(t - 1)
        if slot in kept:
            kept.pop(slot).go_through()
        encoded = problem.encode((t - 1,), with_grad=slot < window)
        memories.append(encoded.detach())
        if slot < window:
            kept[slot] = _Kept(t - 1, encoded, _zeros_for(encoded))
        del encoded
        yield None
        towards = _towards_memory(problem, range(t, t + 1), torch.cat(memories, dim=1), total)
        _gather(kept.values(), factor(t) * towards)
        yield None
    for slot in sorted(kept, key=lambda slot: kept[slot].segment, reverse=True):
        kept.pop(slot).go_through()
        yield None
    return total.value


def _gather(kept: Iterable[_Kept], towards: Tensor) -> None:
    for each in kept:
        each.gathered += towards[:, each.segment : each.segment + 1]


def _zeros_for(memory: Tensor) -> Tensor:
    """Where ∂J/∂m gathers, in at least fp32: in bf16 the sum of many is lost in its rounding."""
    return torch.zeros_like(memory, dtype=torch.promote_types(memory.dtype, torch.float32))


def _towards_memory(problem: Recurrence, segments: range, memory: Tensor, total: _Total) -> Tensor:
    """∂J/∂m of these segments' losses, shaped as memory; what J leaves on Φ goes to `.grad` there and then."""
    leaf = memory.detach().requires_grad_()
    loss = problem.loss(segments, leaf)
    total.add(loss)
    loss.backward()  # type: ignore[no-untyped-call]
    if leaf.grad is None:
        raise ValueError("the loss does not read the memory")
    return leaf.grad

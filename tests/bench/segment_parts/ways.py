"""The ways to read a target given what stands before it: each a function of (target, tokens before) to a score.

All of them see at least `window` tokens verbatim before each block of the target. What is compared is what they keep of the rest beside
them: nothing, more verbatim rows, passages found in it, or its segment memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from segment_parts.memories import Memories, NovelShelf
from segment_parts.targets import Target
from segment_parts.window import Window, score
from torch import Tensor

from engine import lora
from engine.api import PassageText
from engine.backends.pytorch import TorchBackend
from engine.jobs import run_to_end
from engine.kv_state import KVState
from engine.methods.segments.memory import joined_memory, sink_state
from engine.methods.segments.recall import NewestSegments, Recall
from engine.methods.segments.shelf import SegmentShelf
from engine.retrieval import PassageIndex, build_index

SINKS = 4
"""First tokens of the text that StreamingLLM keeps (Xiao et al. 2024, §3.2)."""
AGAIN = 512
"""Tokens of the target that a way which reads its context anew scores at a time."""
PASSAGE_TOKENS = 128
"""Of one passage that is retrieved; they begin where segments could."""
QUERY_TOKENS = 256
"""Words of the last so many tokens are what passages are looked for with."""


@dataclass(frozen=True, slots=True)
class Score:
    """nll: of each token of the target. rows: of the cache before a block is read."""

    nll: Tensor
    rows: int


@dataclass
class Ways:
    """window: verbatim tokens before each block. block: of the target, read at a time."""

    backend: TorchBackend
    window: int
    block: int

    def window_only(self, target: Target, *, pairs: lora.Pairs | None = None) -> Score:
        """The window read anew before every 512 tokens: nothing in it has seen what stands before it."""
        return self._anew(target, [[]] * len(target.scored), pairs)

    def full_attention(self, target: Target, before: int) -> Score:
        """Everything exactly, in one piece."""
        ids = target.before(before)
        window = Window(self.backend, _exact(self.backend, ids[:1]))
        window.read(ids[1:])
        return Score(window.nll(target.scored), before)

    def streaming(self, target: Target, before: int, rows: int) -> Score:
        """StreamingLLM in so many rows: the first tokens and the newest. See `streamed` for what it reads."""
        start = target.start - self.streamed(before, rows)
        window = Window(self.backend, _exact(self.backend, target.ids[start : start + SINKS]))
        most = rows - SINKS

        def make_room(_done: int) -> None:
            window.drop(window.verbatim - most)

        for place in range(start + SINKS, target.start, self.block):
            make_room(0)
            window.read(target.ids[place : min(target.start, place + self.block)])
        return Score(score(window, target.scored, block=self.block, begin=make_room), min(rows, before))

    def streamed(self, before: int, rows: int) -> int:
        """Tokens before the target that StreamingLLM reads: what stands earlier has left its rows a window ago."""
        return min(before, rows + self.window)

    def passages(self, target: Target, before: int, tokens: int) -> Score:
        """Passages of what stands before the window, found by the words read last, put before it in their order."""
        first = target.start - before
        last = target.start - self.window
        index = _passage_index(target, first, last)
        chosen = []
        for done in range(0, len(target.scored), AGAIN):
            place = target.start + done
            found = index.search(target.text_of(place - QUERY_TOKENS, place), limit=tokens // PASSAGE_TOKENS)
            chosen.append([target.ids[token] for hit in sorted(found, key=lambda hit: hit.index)
                           for token in range(hit.passage.start, hit.passage.end)])  # fmt: skip
        return self._anew(target, chosen, None)

    def memory(
        self,
        target: Target,
        before: int,
        memories: Memories,
        *,
        budget: int,
        recall: Callable[[SegmentShelf], Recall] = NewestSegments,
        pairs: lora.Pairs | None = None,
    ) -> Score:
        """The segment memory of what stands before the window; of more than the budget what the recall takes."""
        size, first = memories.segment_tokens, target.start - before
        recalled = recall(NovelShelf(memories, target, first))
        window = Window(self.backend, self._sink, pairs)
        left = 0

        def lay(place: int) -> None:
            """place: in the novel; what stands a window before it, in whole segments, is memory."""
            nonlocal left
            end = max(0, place - self.window - first) // size
            for number in range(left, end):
                start = first + number * size
                # What is picked by looks at tokens alone, and the shelf knows its states: any of that many slots will do.
                recalled.add(target.ids[start : start + size], memories.of(target, [first])[0])
            left = end
            verbatim = target.ids[first + end * size : place]
            segments = recalled.recall(verbatim, budget) if end else []
            window.lay(joined_memory(self.backend, self._sink, segments) if segments else self._sink)

        def begin(done: int) -> None:
            if done:
                window.drop(window.verbatim - self.window)
                lay(target.start + done)

        lay(target.start)
        window.read(target.ids[first + left * size : target.start])
        rows = window.rows
        return Score(score(window, target.scored, block=self.block, begin=begin), rows)

    @cached_property
    def _sink(self) -> KVState:
        return sink_state(self.backend)

    def _anew(self, target: Target, chosen: Sequence[Sequence[int]], pairs: lora.Pairs | None) -> Score:
        """Every 512 tokens behind what was chosen for them and the window, read from nothing."""
        parts, rows = [], 0
        for number, done in enumerate(range(0, len(target.scored), AGAIN)):
            place = target.start + done
            window = Window(self.backend, self._sink, pairs)
            window.read([*chosen[number], *target.ids[place - self.window : place]])
            rows = max(rows, window.rows)
            parts.append(window.nll(target.scored[done : done + AGAIN]))
        return Score(torch.cat(parts), rows)


def _exact(backend: TorchBackend, ids: Sequence[int]) -> KVState:
    state = backend.new_state()
    backend.read(ids, state)
    return backend.export_state(state, 0, len(ids))


def _passage_index(target: Target, start: int, end: int) -> PassageIndex:
    """Passages of tokens `start` to `end`; their places are tokens."""
    return run_to_end(
        build_index(
            [
                PassageText(
                    place, min(end, place + PASSAGE_TOKENS), target.text_of(place, min(end, place + PASSAGE_TOKENS))
                )
                for place in range(start, end, PASSAGE_TOKENS)
            ]
        )
    )

"""From scored chunks to the two lines of the gain curve.

Knows scores and offsets. Knows no widget and no database.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol


class Scored(Protocol):
    """What a stored chunk (`ChunkRow`) and a live one (`ChunkScore`) have in common."""

    @property
    def tokens_done(self) -> int: ...
    @property
    def char_end(self) -> int: ...
    @property
    def adapter_nll(self) -> float: ...
    @property
    def base_nll(self) -> float | None: ...
    @property
    def scored_tokens(self) -> int: ...


@dataclass(frozen=True, slots=True)
class GainPoint:
    """After `tokens_done` tokens: exp(mean NLL) so far, of the same tokens without and with the adapter."""

    tokens_done: int
    char_end: int
    base_ppl: float
    adapter_ppl: float

    @property
    def gain(self) -> float:
        return 1.0 - self.adapter_ppl / self.base_ppl


def gain_points(chunks: Iterable[Scored]) -> list[GainPoint]:
    """Running perplexities over the chunks that were scored both ways; the others add no point."""
    points: list[GainPoint] = []
    base_sum = adapter_sum = 0.0
    tokens = 0
    for chunk in chunks:
        if chunk.base_nll is None or chunk.scored_tokens <= 0:
            continue
        base_sum += chunk.base_nll * chunk.scored_tokens
        adapter_sum += chunk.adapter_nll * chunk.scored_tokens
        tokens += chunk.scored_tokens
        points.append(
            GainPoint(chunk.tokens_done, chunk.char_end, math.exp(base_sum / tokens), math.exp(adapter_sum / tokens))
        )
    return points


def token_at(offset: int, points: Sequence[tuple[int, int]], total: tuple[int, int]) -> float:
    """Which token stands at a character offset: straight lines between known (char_end, tokens_done) pairs.

    total: (characters, tokens) of the whole document, the last known pair. Monotone in `offset`.
    """
    known = [(0, 0), *points]
    if total > known[-1]:
        known.append(total)
    place = bisect_left(known, (offset, 0))
    if place == 0:
        return 0.0
    if place == len(known):
        return float(known[-1][1])
    (left_char, left_token), (right_char, right_token) = known[place - 1], known[place]
    if right_char == left_char:
        return float(right_token)
    return left_token + (right_token - left_token) * (offset - left_char) / (right_char - left_char)

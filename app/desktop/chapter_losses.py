"""From scored chunks to a figure per chapter: how much the text surprised the model, without and with the adapter.

A chunk that reaches over the end of a chapter counts for both, by characters. Knows no widget and no database.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.desktop.gain_points import Scored


@dataclass(frozen=True, slots=True)
class Chapter:
    """A stretch `[start, end)` of the text under its title."""

    title: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ChapterLoss:
    """exp(mean NLL) over a chapter's tokens; None where none was scored. tokens: how many were, parts of chunks as fractions.

    base_ppl and gain are over the tokens where both were scored.
    """

    chapter: Chapter
    adapter_ppl: float | None
    base_ppl: float | None
    gain: float | None
    tokens: float


def chapter_losses(chapters: Sequence[Chapter], chunks: Iterable[Scored]) -> list[ChapterLoss]:
    """One figure per chapter, in order. chunks: in order of the text; one begins where the one before it ends."""
    sums = [[0.0] * 5 for _ in chapters]  # tokens, adapter NLL; of those also scored without: tokens, adapter, base NLL
    start = first = 0
    for chunk in chunks:
        end = chunk.char_end
        while first < len(chapters) and chapters[first].end <= start:
            first += 1
        for number in range(first, len(chapters)):
            chapter, totals = chapters[number], sums[number]
            if chapter.start >= end:
                break
            overlap = min(end, chapter.end) - max(start, chapter.start)
            if overlap > 0 and chunk.scored_tokens > 0:
                tokens = chunk.scored_tokens * overlap / (end - start)
                totals[0] += tokens
                totals[1] += tokens * chunk.adapter_nll
                if chunk.base_nll is not None:
                    totals[2] += tokens
                    totals[3] += tokens * chunk.adapter_nll
                    totals[4] += tokens * chunk.base_nll
        start = max(start, end)
    return [_loss(chapter, totals) for chapter, totals in zip(chapters, sums, strict=True)]


def _loss(chapter: Chapter, totals: Sequence[float]) -> ChapterLoss:
    tokens, adapter, both, adapter_of_both, base = totals
    return ChapterLoss(
        chapter,
        adapter_ppl=math.exp(adapter / tokens) if tokens else None,
        base_ppl=math.exp(base / both) if both else None,
        gain=1 - math.exp((adapter_of_both - base) / both) if both else None,
        tokens=tokens,
    )

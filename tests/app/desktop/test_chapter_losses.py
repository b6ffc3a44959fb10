from __future__ import annotations

import math
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.desktop.chapter_losses import Chapter, chapter_losses


@dataclass(frozen=True)
class Chunk:
    tokens_done: int
    char_end: int
    adapter_nll: float
    base_nll: float | None
    scored_tokens: int


def chunks_of(ends: list[int], nlls: list[tuple[float, float | None]], tokens: int = 10) -> list[Chunk]:
    return [
        Chunk((i + 1) * tokens, end, adapter, base, tokens)
        for i, (end, (adapter, base)) in enumerate(zip(ends, nlls, strict=True))
    ]


def test_a_chunk_over_a_chapter_end_counts_for_both_by_characters():
    chapters = [Chapter("one", 0, 150), Chapter("two", 152, 300)]
    losses = chapter_losses(chapters, chunks_of([100, 200, 300], [(1.0, 2.0), (2.0, 3.0), (3.0, None)]))
    assert losses[0].tokens == pytest.approx(15)
    assert losses[0].adapter_ppl == pytest.approx(math.exp((10 * 1 + 5 * 2) / 15))
    assert losses[0].base_ppl == pytest.approx(math.exp((10 * 2 + 5 * 3) / 15))
    assert losses[0].gain == pytest.approx(1 - math.exp(-1))
    assert losses[1].base_ppl == pytest.approx(math.exp(3))  # only the part that was scored without the adapter
    assert losses[1].gain == pytest.approx(1 - math.exp(-1))


def test_what_was_not_reached_has_no_figure():
    losses = chapter_losses([Chapter("one", 0, 100), Chapter("two", 100, 200)], chunks_of([100], [(1.0, 1.0)]))
    assert losses[1].adapter_ppl is None and losses[1].gain is None and losses[1].tokens == 0


@given(
    st.lists(st.integers(1, 50), min_size=1, max_size=8),
    st.lists(st.tuples(st.integers(1, 40), st.floats(0.1, 9), st.none() | st.floats(0.1, 9)), max_size=12),
)
def test_every_token_is_counted_once(lengths: list[int], steps: list[tuple[int, float, float | None]]):
    chapters, start = [], 0
    for number, length in enumerate(lengths):
        chapters.append(Chapter(str(number), start, start + length))
        start += length
    ends, end = [], 0
    for step, _, _ in steps:
        end = min(start, end + step)
        ends.append(end)
    ends = [e for i, e in enumerate(ends) if i == 0 or e > ends[i - 1]]
    chunks = chunks_of(ends, [(adapter, base) for _, adapter, base in steps[: len(ends)]])
    losses = chapter_losses(chapters, chunks)
    assert sum(loss.tokens for loss in losses) == pytest.approx(10 * len(chunks))
    total = sum(loss.tokens * math.log(loss.adapter_ppl) for loss in losses if loss.adapter_ppl is not None)
    assert total == pytest.approx(sum(10 * chunk.adapter_nll for chunk in chunks))

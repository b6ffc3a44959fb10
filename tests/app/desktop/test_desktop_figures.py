"""Rate, time left, gain points, axis ticks, history: the window's arithmetic."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.desktop.gain_points import gain_points, token_at
from app.desktop.progress_words import ProgressReader
from app.desktop.rate import RateMeter
from app.desktop.reading_history import ReadingHistory
from app.desktop.stalls import summarize
from app.desktop.widgets.two_lines import round_steps
from engine.api import ChunkScore
from engine.jobs import Progress
from storage.memories import ChunkRow


@given(st.floats(0.5, 1000), st.floats(0.05, 5.0))
def test_a_steady_rate_is_measured_exactly(units_per_second, step_s):
    meter = RateMeter()
    for step in range(int(20 / step_s) + 3):
        meter.add(step * step_s, step * step_s * units_per_second)
    assert meter.per_second == pytest.approx(units_per_second)


def test_time_left_follows_a_change_of_speed():
    meter = RateMeter()
    for second in range(60):
        meter.add(second, second * 10)
    for second in range(60, 200):
        meter.add(second, 600 + (second - 60) * 2)
    assert meter.per_second == pytest.approx(2, rel=0.05)


def test_nothing_is_promised_before_it_was_measured():
    meter = RateMeter()
    meter.add(0.0, 0)
    meter.add(1.0, 100)
    assert meter.per_second is None
    assert meter.seconds_left(1000) is None


def test_going_back_starts_the_measurement_anew():
    meter = RateMeter()
    for second in range(10):
        meter.add(second, second * 100)
    meter.add(10, 0)
    assert meter.per_second is None


CHUNKS = st.lists(
    st.tuples(st.floats(1, 6), st.one_of(st.none(), st.floats(1, 6)), st.integers(1, 512)), min_size=1, max_size=30
)


@given(CHUNKS)
def test_the_last_point_is_exp_of_the_mean_over_tokens_scored_both_ways(chunks):
    rows = [
        ChunkRow(number, (number + 1) * 512, (number + 1) * 2000, adapter, base, tokens, 1.0)
        for number, (adapter, base, tokens) in enumerate(chunks)
    ]
    both = [row for row in rows if row.base_nll is not None]
    points = gain_points(rows)
    assert len(points) == len(both)
    if both:
        tokens = sum(row.scored_tokens for row in both)
        base = math.exp(sum(row.base_nll * row.scored_tokens for row in both) / tokens)
        assert points[-1].base_ppl == pytest.approx(base)
        assert points[-1].gain == pytest.approx(1 - points[-1].adapter_ppl / base)


@given(
    st.lists(st.tuples(st.integers(1, 500), st.integers(1, 500)), max_size=8),
    st.lists(st.integers(0, 10_000), min_size=2, max_size=10),
)
def test_tokens_grow_with_offsets(steps, offsets):
    known, chars, tokens = [], 0, 0
    for char_step, token_step in steps:
        chars, tokens = chars + char_step, tokens + token_step
        known.append((chars, tokens))
    found = [token_at(offset, known, (chars + 100, tokens + 100)) for offset in sorted(offsets)]
    assert found == sorted(found)
    for offset, token in known:
        assert token_at(offset, known, (chars + 100, tokens + 100)) == token


@given(st.floats(0, 1e6), st.floats(0.01, 1e6), st.integers(2, 8))
def test_ticks_are_few_and_lie_inside(low, span, most):
    ticks = round_steps(low, low + span, most)
    assert len(ticks) <= most + 1
    assert all(low - 1e-6 * span <= tick <= low + span * (1 + 1e-6) for tick in ticks)


@given(st.lists(st.integers(), min_size=1, max_size=20))
def test_back_and_forward_undo_each_other(places):
    history: ReadingHistory[int] = ReadingHistory()
    here = 0
    for place in places:
        history.jump(here)
        here = place
    before = here
    back = history.back(here)
    assert back is not None
    assert history.forward(back) == before


def test_a_jump_clears_what_lay_ahead():
    history: ReadingHistory[int] = ReadingHistory()
    history.jump(1)
    history.back(2)
    history.jump(3)
    assert not history.can_go_forward


def test_progress_reads_as_a_sentence_with_stage_count_and_gain():
    reader = ProgressReader()
    score = ChunkScore(0, 512, 1024, 2000, 3.0, 3.1, 512, 1.0, 27.5, 24.6)
    for second in range(5):
        reader.add(Progress("Learning", 128 * second, 1024, "token", score), float(second))
    assert reader.fraction == 0.5
    assert reader.long == "Learning · 512 of 1,024 tokens · 128 tokens/s · less than a minute left · −10.5\u202f%"
    assert reader.paused == "50\u202f% · −10.5\u202f%"


@given(st.lists(st.floats(0, 1e4), max_size=200))
def test_stall_percentiles_are_ordered(late_ms):
    stalls = summarize(late_ms)
    assert stalls.p50_ms <= stalls.p99_ms <= stalls.max_ms

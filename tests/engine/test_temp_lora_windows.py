"""The plan of windows: every token scored once, whatever the sizes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.methods.temp_lora.windows import plan_windows


@st.composite
def sizes(draw):
    chunk = draw(st.integers(1, 20))
    reread = draw(st.integers(0, 30))  # chunk > reread, reread = 0 and chunks that do not divide anything included
    return {"chunk": chunk, "reread": reread, "window": reread + chunk + draw(st.integers(0, 40))}


@given(tokens=st.integers(0, 300), sizes=sizes())
def test_every_token_is_scored_once_in_order_and_fits_the_window(tokens, sizes):
    windows = plan_windows(tokens, **sizes)
    chunks = [chunk for window in windows for chunk in window.chunks]
    assert [token for start, end in chunks for token in range(start, end)] == list(range(tokens))
    for window in windows:
        assert 0 <= window.reread_start <= window.chunks[0][0]
        assert window.chunks[-1][1] - window.reread_start <= sizes["window"]
        assert window.chunks[0][0] - window.reread_start == min(sizes["reread"], window.chunks[0][0])


@given(tokens=st.integers(1, 300), sizes=sizes(), data=st.data())
def test_going_on_after_any_window_is_the_rest_of_the_plan(tokens, sizes, data):
    windows = plan_windows(tokens, **sizes)
    done = data.draw(st.integers(0, len(windows)))
    start = windows[done].chunks[0][0] if done < len(windows) else tokens
    assert plan_windows(tokens, start=start, **sizes) == windows[done:]


def test_a_window_that_cannot_move_forward_is_refused():
    with pytest.raises(ValueError):
        plan_windows(10, chunk=4, window=7, reread=4)

"""The two orders of rotated channels: one is the other, and scores are the same in both."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ModelError
from engine.llama.rotary_order import from_interleaved, is_interleaved, rows_to_interleaved, to_interleaved

SIZES = st.tuples(st.integers(1, 4), st.integers(1, 5), st.integers(1, 8))


@given(SIZES)
def test_there_and_back_is_the_same(sizes):
    heads, tokens, half = sizes
    keys = np.random.default_rng(1).normal(size=(heads, tokens, 2 * half))
    assert np.array_equal(from_interleaved(to_interleaved(keys)), keys)
    assert np.array_equal(to_interleaved(from_interleaved(keys)), keys)


@given(st.integers(1, 16))
def test_the_two_channels_of_a_pair_stand_side_by_side(half):
    assert to_interleaved(np.arange(2 * half)).tolist() == [c for pair in range(half) for c in (pair, pair + half)]


@given(SIZES)
def test_rows_of_what_makes_keys_make_them_in_that_order(sizes):
    heads, inputs, half = sizes
    generator = np.random.default_rng(2)
    weight, x = generator.normal(size=(heads * 2 * half, inputs)), generator.normal(size=inputs)
    keys = (weight @ x).reshape(heads, 2 * half)
    np.testing.assert_allclose((rows_to_interleaved(weight, heads) @ x).reshape(heads, -1), to_interleaved(keys))


def test_only_what_is_known_has_an_order():
    assert is_interleaved("llama") and not is_interleaved("qwen2")
    with pytest.raises(ModelError, match="phi3"):
        is_interleaved("phi3")

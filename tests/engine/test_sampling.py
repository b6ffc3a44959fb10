"""Sampling: each rule against its definition, on logits nobody picked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine.errors import ModelError
from engine.sampling import Sampling, choose, keep_top_k, keep_top_p, penalise, probabilities

LOGITS = hnp.arrays(np.float32, st.integers(1, 40), elements=st.floats(-20, 20, width=32))
BATCH = hnp.arrays(np.float32, st.tuples(st.integers(1, 4), st.integers(1, 30)), elements=st.floats(-20, 20, width=32))


def random(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@given(LOGITS, st.integers(0, 2**32))
def test_temperature_zero_and_top_k_one_are_the_likeliest(logits, seed):
    assert choose(logits, Sampling(), [], random(seed)) == logits.argmax()
    drawn = choose(logits, Sampling(temperature=2.0, top_k=1), [], random(seed))
    assert logits[drawn] == logits.max()


@given(LOGITS, st.integers(1, 45))
def test_top_k_keeps_the_k_largest(logits, k):
    kept = np.isfinite(keep_top_k(logits, k))
    assert kept.sum() >= min(k, len(logits))
    assert set(logits[kept]) == set(np.sort(logits)[-min(k, len(logits)) :])


@given(BATCH, st.floats(0.01, 1.0))
def test_top_p_keeps_the_smallest_set_that_reaches_p(logits, p):
    shares = probabilities(logits)
    for row, kept in zip(shares, np.isfinite(keep_top_p(logits, p)), strict=True):
        assert row[kept].sum() >= p - 1e-9
        assert row[kept].sum() - row[kept].min() < p + 1e-9  # without its least likely one it does not reach p
        assert kept.all() or row[kept].min() >= row[~kept].max() - 1e-12


@given(BATCH, st.floats(0.5, 3.0), st.lists(st.integers(0, 29), max_size=10))
def test_the_penalty_is_that_of_the_ctrl_paper(logits, penalty, seen):
    seen = [token_id for token_id in seen if token_id < logits.shape[1]]
    result = penalise(logits, seen, penalty)
    for index in np.ndindex(logits.shape):
        value = logits[index]
        expected = value if index[1] not in seen else value / penalty if value > 0 else value * penalty
        assert result[index] == pytest.approx(expected, rel=1e-6)


@given(BATCH)
def test_a_row_of_a_batch_is_treated_as_if_alone(logits):
    for rule in (lambda x: keep_top_k(x, 3), lambda x: keep_top_p(x, 0.7), probabilities):
        together = rule(logits)
        assert all(np.array_equal(together[row], rule(logits[row])) for row in range(len(logits)))


@given(LOGITS, st.integers(0, 2**32), st.floats(0.1, 3.0))
def test_the_same_seed_draws_the_same(logits, seed, temperature):
    sampling = Sampling(temperature=temperature, top_p=0.9)
    assert choose(logits, sampling, [], random(seed)) == choose(logits, sampling, [], random(seed))


def test_draws_follow_the_probabilities():
    logits = np.log(np.array([0.5, 0.3, 0.2, 1e-30], dtype=np.float32))
    generator = random(7)
    draws = [choose(logits, Sampling(temperature=1.0), [], generator) for _ in range(4000)]
    np.testing.assert_allclose(np.bincount(draws, minlength=4) / 4000, [0.5, 0.3, 0.2, 0.0], atol=0.03)


@pytest.mark.parametrize(
    "wrong", [{"temperature": -1.0}, {"top_k": -1}, {"top_p": 0.0}, {"top_p": 1.1}, {"repetition_penalty": 0.0}]
)
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError):
        Sampling(**wrong)


@pytest.mark.parametrize("temperature", [0.0, 0.7])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_damaged_weights_compute_is_a_sentence_and_no_token(value, temperature):
    logits = np.array([0.5, value, 1.0], np.float32)
    with pytest.raises(ModelError, match="damaged"):
        choose(logits, Sampling(temperature=temperature), [], np.random.default_rng(0))
    masked = np.array([0.5, -np.inf, 1.0], np.float32)  # what was ruled out is no damage
    assert choose(masked, Sampling(temperature=temperature), [], np.random.default_rng(0)) in (0, 2)

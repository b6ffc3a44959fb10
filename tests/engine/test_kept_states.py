"""Prompt states taken out of a backend and put back: what is read behind them is as if nothing had happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import EngineError, StateMismatch
from engine.generation import generate
from engine.jobs import run_to_end
from engine.kv_state import KVState
from engine.sampling import Sampling

FAMILIES = ("llama", "mistral", "qwen2", "qwen3", "gemma2", "gemma3_text")
TALK = 2 * "Mira keeps the lighthouse of Oster. The sea was grey. Who keeps the lighthouse of Oster? "


def read_state(backend, ids: Sequence[int], adapter=None):
    state = backend.new_state(adapter)
    return state, backend.read(ids, state)


def assert_close(a: np.ndarray, b: np.ndarray) -> None:
    np.testing.assert_allclose(a, b, atol=1e-5, rtol=1e-5)


@settings(max_examples=12, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize("family", FAMILIES)
def test_logits_behind_a_restored_state_are_those_of_a_full_read(family, open_backend, data):
    """Taken out whole or in pieces, put back, and read on in blocks of any size."""
    backend = open_backend(family)
    ids = data.draw(st.lists(st.sampled_from(backend.tokenizer.encode(TALK)), min_size=4, max_size=60))
    kept = data.draw(st.integers(1, len(ids) - 1))
    cut = data.draw(st.integers(1, kept))
    state, logits = read_state(backend, ids)
    parts = [backend.export_state(state, 0, cut)] + ([backend.export_state(state, cut, kept)] if cut < kept else [])
    restored = backend.restore_state(KVState.joined(parts), ids[:kept])
    pieced = backend.new_state()
    for part in parts:
        backend.extend_state(pieced, part, ids[len(pieced.tokens) : len(pieced.tokens) + part.slots])
    block = data.draw(st.integers(1, 8))
    for other in (restored, pieced):
        assert other.tokens == ids[:kept]
        for place in range(kept, len(ids), block):
            behind = backend.read(ids[place : place + block], other)
        assert_close(behind, logits)


@pytest.mark.parametrize("family", FAMILIES)
def test_an_exact_state_as_a_prefix_serves_as_if_it_had_been_read(family, open_backend):
    backend = open_backend(family)
    ids = backend.tokenizer.encode(TALK)[:40]
    state, logits = read_state(backend, ids)
    behind = backend.new_state(prefix=backend.export_state(state, 0, 25))
    assert (behind.tokens, behind.first_position) == ([], 25)
    assert_close(backend.read(ids[25:], behind), logits)
    backend.trim(behind, 3)
    assert_close(backend.read(ids[28:], behind), logits)


def gist_of(backend, ids: Sequence[int], places: Sequence[int], next_position: int) -> KVState:
    """A prefix of some slots of a prompt, with gaps in between and behind them."""
    state, _ = read_state(backend, ids)
    whole = backend.export_state(state, 0, len(ids))
    rows = torch.tensor(list(places))
    return KVState(
        replace(whole.identity, encoder="an encoder"),
        [keys[:, rows] for keys in whole.keys],
        [values[:, rows] for values in whole.values],
        whole.positions[rows],
        next_position,
    )


@pytest.mark.parametrize("family", ["llama", "qwen3"])
def test_what_is_read_behind_a_gist_goes_on_at_its_position_and_sees_only_its_slots(family, open_backend):
    """The plain twin: one pass over prompt and tail with a mask that hides what the gist left out."""
    backend = open_backend(family)
    ids = backend.tokenizer.encode(TALK)[:30]
    prompt, tail, places = ids[:20], ids[20:], [0, 7, 8, 19]
    mask = torch.full((30, 30), float("-inf")).triu(1)
    mask[20:, [place for place in range(20) if place not in places]] = float("-inf")
    positions = torch.cat([torch.arange(20), torch.arange(24, 34)])  # four more positions are taken by the gist
    with torch.no_grad():
        expected = backend.model(
            input_ids=torch.tensor([ids]), attention_mask=mask[None, None], position_ids=positions[None]
        ).logits[0]
    state = backend.new_state(prefix=gist_of(backend, prompt, places, next_position=24))
    assert_close(backend.read(tail[:6], state), expected[25].numpy())
    assert_close(backend.read(tail[6:], state), expected[-1].numpy())


def test_generation_behind_a_prefix_reuses_and_answers_like_the_full_prompt(open_backend):
    backend = open_backend("llama")
    ids = backend.tokenizer.encode(TALK)[:40]
    greedy = Sampling()
    full = run_to_end(generate(backend, ids, sampling=greedy, max_new_tokens=8))
    state, _ = read_state(backend, ids)
    behind = backend.new_state(prefix=backend.export_state(state, 0, 25))
    answers = [
        run_to_end(generate(backend, ids[25:], sampling=greedy, max_new_tokens=8, state=behind)) for _ in range(2)
    ]
    assert [answer.token_ids for answer in answers] == [full.token_ids] * 2
    assert [answer.reused_tokens for answer in answers] == [0, len(ids) - 26]


def test_the_positions_a_prefix_stands_for_count_towards_the_context(open_backend):
    backend = open_backend("llama")
    ids = backend.tokenizer.encode(TALK)[:20]
    gist = gist_of(backend, ids, [0, 19], next_position=backend.context_tokens - 10)
    with pytest.raises(EngineError, match=f"{backend.context_tokens + 5:,}"):
        run_to_end(
            generate(backend, ids[:10], sampling=Sampling(), max_new_tokens=5, state=backend.new_state(prefix=gist))
        )


def test_a_state_is_never_used_by_what_it_was_not_made_with(open_backend, doubling):
    backend, other = open_backend("llama"), open_backend("qwen2")
    ids = backend.tokenizer.encode(TALK)[:20]
    plain = backend.export_state(read_state(backend, ids)[0], 0, 20)
    adapted = backend.export_state(read_state(backend, ids, doubling)[0], 0, 20)
    assert plain.identity.scope != adapted.identity.scope
    for kept, adapter in [(plain, doubling), (adapted, None)]:
        with pytest.raises(StateMismatch):
            backend.restore_state(kept, ids, adapter)
        with pytest.raises(StateMismatch):
            backend.new_state(adapter, prefix=kept)
    with pytest.raises(StateMismatch):
        other.restore_state(plain, ids)
    for field in ("model", "tokenizer", "template", "dtype"):
        with pytest.raises(StateMismatch):
            backend.restore_state(replace_identity(plain, field), ids)
    gist = gist_of(backend, ids, [0, 5], next_position=21)
    assert backend.new_state(doubling, prefix=gist).prefix_slots == 2  # a gist serves with every adapter
    with pytest.raises(StateMismatch):
        backend.new_state(prefix=replace_identity(gist, "model"))
    with pytest.raises(StateMismatch):
        backend.restore_state(gist, ids[:2])


def replace_identity(state: KVState, field: str) -> KVState:
    identity = replace(state.identity, **{field: "another"})
    return KVState(identity, state.keys, state.values, state.positions, state.next_position)


def test_a_state_that_does_not_go_on_where_the_prompt_was_left_changes_nothing(open_backend):
    backend = open_backend("llama")
    ids = backend.tokenizer.encode(TALK)[:20]
    whole = backend.export_state(read_state(backend, ids)[0], 0, 20)
    state, _ = read_state(backend, ids[:8])
    narrow = KVState(
        whole.identity, [k[:, :, :4] for k in whole.keys], whole.values, whole.positions, whole.next_position
    )
    for kept, tokens in [
        (whole.part(0, 5), ids[:5]),
        (whole.part(9, 20), ids[9:]),
        (whole.part(8, 20), ids[9:]),
        (narrow.part(8, 20), ids[8:]),
    ]:
        with pytest.raises(StateMismatch):
            backend.extend_state(state, kept, tokens)
        assert state.tokens == ids[:8]
    backend.extend_state(state, whole.part(8, 15), ids[8:15])
    assert_close(backend.read(ids[15:], state), read_state(backend, ids)[1])


def test_a_state_behind_a_prefix_is_not_taken_out(open_backend):
    backend = open_backend("llama")
    ids = backend.tokenizer.encode(TALK)[:20]
    state = backend.new_state(prefix=gist_of(backend, ids, [0, 5], next_position=21))
    backend.read(ids[:4], state)
    with pytest.raises(ValueError, match="behind 2 slots"):
        backend.export_state(state, 0, 4)

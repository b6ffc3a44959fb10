"""Prompts kept between sessions: what is kept is found and never read again; what is not there costs reading, and nothing else."""

from __future__ import annotations

import random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.backends.pytorch import load_torch
from engine.jobs import run_to_end
from engine.prefix_cache import MIN_TOKENS, PrefixCache, Restored
from engine.prompt_store import PIECE_TOKENS, AtRest

LONGEST = 2 * PIECE_TOKENS + 40


@pytest.fixture(scope="module")
def backend(family_model):
    """Computes in 16 bits, so that nothing is lost at rest."""
    return load_torch(family_model("llama"), device=torch.device("cpu"), dtype=torch.bfloat16)


def draw_tokens(count: int, seed: int) -> list[int]:
    draw = random.Random(seed)
    return [draw.randrange(10, 200) for _ in range(count)]


def read(backend, ids, adapter=None):
    state = backend.new_state(adapter)
    for start in range(0, len(ids), 64):
        backend.read(ids[start : start + 64], state)
    return state


def keep(cache, backend, state, tokens, **options):
    return run_to_end(cache.keep(backend, state, tokens, title="A Book", document_key="doc", **options))


def restore(cache, backend, prompt, state=None):
    state = state or backend.new_state()
    return state, run_to_end(cache.restore(backend, state, prompt))


def assert_same_rows(backend, one, other, tokens) -> None:
    """To the bit."""
    a, b = (backend.export_state(state, 0, tokens) for state in (one, other))
    assert all(torch.equal(x, y) for x, y in zip(a.keys + a.values, b.keys + b.values, strict=True))


LENGTHS = st.one_of(st.integers(MIN_TOKENS, LONGEST), st.sampled_from([PIECE_TOKENS, 2 * PIECE_TOKENS]))


@settings(max_examples=25, deadline=None)
@given(kept=LENGTHS, shared=st.integers(0, LONGEST), held=st.integers(0, LONGEST), rest=st.integers(1, 50))
def test_the_longest_kept_prefix_is_put_behind_what_is_held(kept, shared, held, rest, backend, new_store):
    """Whatever is kept, shared and held: no more is taken than the prompt shares, and nothing that must be read is left out."""
    cache = PrefixCache(new_store())
    known = read(backend, draw_tokens(LONGEST, seed=0))
    keep(cache, backend, known, kept)
    prompt = known.tokens[:shared] + draw_tokens(rest, seed=1)
    agreed = next((i for i, (a, b) in enumerate(zip(known.tokens, prompt, strict=False)) if a != b), shared)
    state = backend.new_state()
    if held:
        backend.extend_state(state, backend.export_state(known, 0, held), known.tokens[:held])
    expected = cache.reusable([backend.state_identity().scope], prompt, state.tokens)
    before = min(held, agreed, len(prompt) - 1)
    state, restored = restore(cache, backend, prompt, state)
    found = min(kept, agreed, len(prompt) - 1)
    if found >= before + MIN_TOKENS:
        assert state.tokens == prompt[:found] and expected == found
        assert restored.tokens == found - before and restored.pieces
        assert_same_rows(backend, state, known, found)
    else:
        assert restored == Restored() and expected == before
        assert len(state.tokens) == held


def test_what_has_grown_costs_what_it_has_grown_by(backend, new_store):
    store = new_store()
    cache = PrefixCache(store)
    known = read(backend, draw_tokens(LONGEST, seed=0))
    for tokens, written in [(300, [256, 44]), (300, []), (520, [256, 8]), (256, [])]:
        before = set(store.pieces)
        assert keep(cache, backend, known, tokens) is not None
        assert [len(store.pieces[piece][2]) for piece in sorted(set(store.pieces) - before)] == written
    entry = store.entries[3]
    assert (entry.kind, entry.title, entry.document_key, len(entry.token_ids)) == ("exact", "A Book", "doc", 520)
    assert entry.scope == backend.state_identity().scope and entry.model_identity == backend.info.model.identity


def test_prompts_that_begin_alike_share_pieces(backend, new_store):
    store = new_store()
    cache = PrefixCache(store)
    common = draw_tokens(PIECE_TOKENS + 10, seed=0)
    for seed in (1, 2):
        state = read(backend, common + draw_tokens(40, seed))
        keep(cache, backend, state, len(state.tokens))
    assert sorted(len(tokens) for _, _, tokens in store.pieces.values()) == [50, 50, 256]
    _, restored = restore(cache, backend, common + draw_tokens(40, seed=3))
    assert restored.tokens == len(common)


def test_a_short_beginning_is_not_worth_keeping(backend, new_store):
    store = new_store()
    state = read(backend, draw_tokens(60, seed=0))
    assert keep(PrefixCache(store), backend, state, MIN_TOKENS - 1) is None
    assert not store.pieces
    assert keep(PrefixCache(store), backend, state, MIN_TOKENS) is not None


def test_a_state_of_another_adapter_is_never_found(backend, new_store, doubling):
    store = new_store()
    cache = PrefixCache(store)
    ids = draw_tokens(100, seed=0)
    keep(cache, backend, read(backend, ids, doubling), 100)
    assert store.entries[1].adapter_sha256 == "doubling"
    state, restored = restore(cache, backend, ids)
    assert (state.tokens, restored) == ([], Restored())
    _, restored = restore(cache, backend, ids, backend.new_state(doubling))
    assert restored.tokens == 99


def test_a_state_of_another_model_or_dtype_is_never_found(backend, new_store, open_backend):
    cache = PrefixCache(new_store())
    ids = draw_tokens(100, seed=0)
    keep(cache, backend, read(backend, ids), 100)
    for other in (open_backend("llama"), open_backend("qwen2")):  # the first is the same model, in fp32
        assert restore(cache, other, ids)[1] == Restored()


@pytest.mark.parametrize("damage", ["gone", "cut", "another state"])
def test_what_stands_before_a_damaged_piece_is_used_and_the_rest_is_read(backend, new_store, damage):
    store = new_store()
    cache = PrefixCache(store)
    known = read(backend, draw_tokens(LONGEST, seed=0))
    keep(cache, backend, known, LONGEST)
    first, second, _ = sorted(store.pieces)
    store.data[second] = {"gone": None, "cut": store.data[second][:-1], "another state": store.data[first]}[damage]
    prompt = known.tokens + draw_tokens(5, seed=1)
    state, restored = restore(cache, backend, prompt)
    assert (restored.tokens, state.tokens) == (PIECE_TOKENS, prompt[:PIECE_TOKENS])
    assert_same_rows(backend, state, known, PIECE_TOKENS)
    backend.read(prompt[PIECE_TOKENS : PIECE_TOKENS + 8], state)


def test_a_piece_under_the_wrong_tokens_is_not_believed(backend, new_store):
    store = new_store()
    cache = PrefixCache(store)
    keep(cache, backend, read(backend, draw_tokens(40, seed=0)), 40)
    (piece,) = store.pieces
    scope, parent, tokens = store.pieces[piece]
    store.pieces[piece] = (scope, parent, (*tokens, *draw_tokens(20, seed=1)))
    state, restored = restore(cache, backend, [*store.pieces[piece][2], 5])
    assert (state.tokens, restored.tokens) == ([], 0)


def test_without_a_store_and_with_a_full_one_nothing_is_kept_and_nothing_fails(backend, new_store):
    class Full(new_store):
        def write_piece(self, scope, parent, token_ids, data):
            return None

    state = read(backend, draw_tokens(60, seed=0))
    full = Full()
    for cache in (PrefixCache(None), PrefixCache(full)):
        assert keep(cache, backend, state, 60) is None
        assert restore(cache, backend, state.tokens)[1] == Restored()
        assert cache.reusable(["scope"], state.tokens, state.tokens[:7]) == 7
        cache.note_use("model", Restored((1,), 5, 0.1))
    assert not full.entries


def test_nothing_is_written_for_what_is_forgotten_meanwhile(backend, new_store):
    store = new_store()
    state = read(backend, draw_tokens(LONGEST, seed=0))
    answers = iter([True, False])
    assert keep(PrefixCache(store), backend, state, LONGEST, wanted=lambda: next(answers)) is None
    assert len(store.pieces) == 1 and not store.entries


def test_the_engine_is_free_between_pieces(backend, new_store):
    cache = PrefixCache(new_store())
    state = read(backend, draw_tokens(LONGEST, seed=0))
    assert sum(1 for _ in cache.keep(backend, state, LONGEST, title="", document_key=None)) == 3
    assert sum(1 for _ in cache.restore(backend, backend.new_state(), [*state.tokens, 5])) == 3


def test_int8_at_rest_is_about_half_and_close(backend, new_store):
    ids = draw_tokens(PIECE_TOKENS, seed=0)
    exact = read(backend, ids)
    stores = {at_rest: new_store() for at_rest in AtRest}
    for at_rest, store in stores.items():
        keep(PrefixCache(store, at_rest), backend, exact, len(ids))
    half, int8 = (sum(map(len, store.data.values())) for store in (stores[AtRest.HALF], stores[AtRest.INT8]))
    assert int8 < 0.75 * half  # heads of 8 values: the scales weigh more than in any real model
    state, restored = restore(PrefixCache(stores[AtRest.INT8]), backend, [*ids, 5])  # whoever reads need not know
    assert restored.tokens == len(ids)
    for one, other in zip(
        backend.export_state(state, 0, len(ids)).keys, backend.export_state(exact, 0, len(ids)).keys, strict=True
    ):
        assert float((one - other).abs().max()) < 0.02 * float(other.abs().max())


def test_what_is_saved_is_told_by_how_long_reading_took(backend, new_store):
    class Noting(new_store):
        def note_use(self, pieces, *, tokens_saved, seconds_saved):
            self.uses.append((tokens_saved, seconds_saved))

    store = Noting()
    cache = PrefixCache(store)
    restored = Restored((1, 2), 300, 0.5)
    cache.note_use("model", restored)
    cache.note_reading("model", 10, 9.0)  # too few to tell
    cache.note_use("model", restored)
    cache.note_reading("model", 200, 2.0)
    cache.note_use("model", restored)
    cache.note_use("model", Restored())
    assert store.uses == [(300, 0.0), (300, 0.0), (300, pytest.approx(2.5))]

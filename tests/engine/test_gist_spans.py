"""Long prompts in spans: where they end, and what is kept of them."""

from __future__ import annotations

import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import lora
from engine.jobs import run_to_end
from engine.methods.gist.encoder import EncoderHeader, GistEncoder, new_embeddings
from engine.methods.gist.encoding import gist_state
from engine.methods.gist.spans import encode_spans, joined_gist, span_ends


@pytest.fixture(scope="module")
def llama(open_backend):
    return open_backend("llama")


@pytest.fixture(scope="module")
def encoder(llama):
    """Random, and strong enough to be felt."""
    pairs = lora.new_pairs(llama.model, rank=4, scale=1.0, seed=1)
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for pair in pairs.values():
            pair.b.normal_(0.0, 0.3, generator=generator)
    embeddings = new_embeddings(llama.model, seed=3).detach()
    return GistEncoder(pairs, embeddings, "encoder", EncoderHeader("tiny", llama.info.model.identity, 4, 1.0))


@given(data=st.data())
@settings(deadline=None)
def test_spans_cover_the_prompt_and_leave_room_for_their_gists(data):
    tokens, k = data.draw(st.integers(1, 400)), data.draw(st.sampled_from((1, 4, 32)))
    span_tokens = data.draw(st.integers(40, 120))
    places = sorted(data.draw(st.sets(st.integers(1, max(1, tokens - 1)), max_size=min(24, tokens // 4))))
    ends = span_ends(tokens, k, places, span_tokens=span_tokens)
    assert ends == sorted(set(ends)) and ends[-1] == tokens and ends[0] > 0
    for end, following in itertools.pairwise(ends):
        assert end + k <= following and not set(range(end, end + k)) & set(places)


@given(tokens=st.integers(1, 2000), span_tokens=st.integers(64, 512))
def test_without_literals_spans_are_about_equal_and_none_is_too_long(tokens, span_tokens):
    ends = [0, *span_ends(tokens, 16, [], span_tokens=span_tokens)]
    lengths = [end - start for start, end in itertools.pairwise(ends)]
    assert max(lengths) <= span_tokens + 16 and max(lengths) - min(lengths) <= 17


def read(backend, count: int):
    state = backend.new_state()
    backend.read([(7 * place) % 400 + 3 for place in range(count)], state)
    return state


def test_a_short_prompt_is_one_span_and_its_gist_is_the_encoders(llama, encoder):
    state = read(llama, 40)
    parts = run_to_end(encode_spans(llama, encoder, state, 8, [5, 6, 20]))
    plain = gist_state(llama, encoder, state, 8, [5, 6, 20])
    assert len(parts) == 1 and torch.equal(parts[0].positions, plain.positions)
    assert parts[0].positions.tolist() == [0, 5, 6, 20, *range(40, 48)]
    assert all(torch.equal(a, b) for a, b in zip(parts[0].keys, plain.keys, strict=True))
    assert len(state.tokens) == 40 == state.cache.get_seq_length()


def test_every_span_has_its_gist_where_the_next_one_goes_on(llama, encoder):
    state = read(llama, 100)
    places = [5, 6, 33, 51, 70]
    parts = run_to_end(encode_spans(llama, encoder, state, 4, places, span_tokens=40))
    gist = joined_gist(parts, 4, 4)
    first, second, _ = span_ends(100, 4, places, span_tokens=40)
    wanted = sorted([0, *places, *range(first, first + 4), *range(second, second + 4), *range(100, 104)])
    assert gist.positions.tolist() == wanted and gist.next_position == 104
    assert gist.slots == 1 + len(places) + 3 * 4


def test_the_gist_of_a_span_is_that_of_the_prompt_so_far(llama, encoder):
    """What comes later changes nothing of it."""
    parts = run_to_end(encode_spans(llama, encoder, read(llama, 100), 4, [], span_tokens=50))
    (end, _) = span_ends(100, 4, [], span_tokens=50)
    alone = gist_state(llama, encoder, read(llama, end), 4, [])
    for a, b in zip([*parts[0].keys, *parts[0].values], [*alone.keys, *alone.values], strict=True):
        torch.testing.assert_close(a, b, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("k", [1, 2, 4, 8])
def test_fewer_gist_tokens_are_those_of_more_cut_off(llama, encoder, k):
    state = read(llama, 60)
    cut = joined_gist(run_to_end(encode_spans(llama, encoder, state, 16, [9, 12])), 16, k)
    own = joined_gist(run_to_end(encode_spans(llama, encoder, state, k, [9, 12])), k, k)
    assert cut.positions.tolist() == own.positions.tolist() and cut.next_position == own.next_position == 60 + k
    for a, b in zip([*cut.keys, *cut.values], [*own.keys, *own.values], strict=True):
        torch.testing.assert_close(a, b, atol=1e-4, rtol=1e-4)


def test_what_follows_a_gist_is_read_with_and_without_an_adapter(llama, encoder):
    """The same gist stands before both; the base model is as it was."""
    state = read(llama, 60)
    before = llama.read([5, 6, 7], llama.new_state())
    gist = joined_gist(run_to_end(encode_spans(llama, encoder, state, 4, [9])), 4, 4)
    behind = llama.new_state(prefix=gist)
    logits = llama.read([5, 6, 7], behind)
    assert behind.tokens == [5, 6, 7] and not (logits == before).all()
    assert (llama.read([5, 6, 7], llama.new_state()) == before).all()

"""Segments into memory slots, and memory before what is read: the laws of methods/uio.md, on every family and on real weights."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import lora
from engine.api import SEGMENT_RATIOS
from engine.errors import EngineError, ModelError, StateMismatch
from engine.kv_layers import cache_of
from engine.kv_state_file import dump_state, load_state
from engine.methods.segments.compressor import (
    COMPRESSOR_FILE,
    CompressorHeader,
    load_compressor,
    new_compressor,
    save_compressor,
)
from engine.methods.segments.encoding import encode, memory_layers
from engine.methods.segments.mask import segment_mask, segment_positions
from engine.methods.segments.memory import encode_segments, joined_memory, sink_state, sink_token
from engine.rotary import moved, rotated

FAMILIES = ["llama", "qwen2", "qwen3", "mistral", "gemma2", "gemma3_text"]
TOKENS = 32


def new(backend, *, trained: bool = True):
    """A compressor of this model; trained: its updates are no longer zero."""
    info = backend.info.model
    header = CompressorHeader(info.name, info.identity, TOKENS, rank=4, scale=1.0)
    compressor = new_compressor(backend.model, header, seed=1)
    if trained:
        generator = torch.Generator().manual_seed(2)
        with torch.no_grad():
            for _, tensor in compressor.named_tensors():
                tensor.add_(0.1 * torch.randn(tensor.shape, generator=generator))
    return compressor


def segments(backend, count: int, *, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(5, backend.tokenizer.vocabulary_size, (count, TOKENS), generator=generator)


@given(st.sampled_from([(4, 2), (8, 2), (32, 8), (32, 32), (64, 32)]))
def test_a_slot_sees_what_the_token_in_its_place_sees_and_no_token_sees_a_slot(sizes):
    tokens, ratio = sizes
    mask = segment_mask(tokens, ratio)
    assert not mask[:tokens, tokens:].any()
    for query, keys in enumerate(mask[tokens:]):
        assert torch.equal(keys[:tokens], torch.arange(tokens) < (query + 1) * ratio - 1)
        assert torch.equal(keys[tokens:], torch.arange(tokens // ratio) == query)
    assert segment_positions(tokens, ratio)[tokens:].tolist() == [(i + 1) * ratio - 1 for i in range(tokens // ratio)]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_slot_depends_on_no_token_behind_its_place(open_backend, family):
    backend = open_backend(family)
    compressor, ids = new(backend), segments(backend, 1)
    changed = ids.clone()
    changed[0, 17] += 1  # of the slots at 8:1, the first two end before it
    one, other = (
        encode(backend.model, compressor.encoder, compressor.slots[8], each, with_grad=False) for each in (ids, changed)
    )
    assert one.shape == (backend.model.config.num_hidden_layers, 1, 4, backend.model.config.hidden_size)
    assert torch.allclose(one[:, :, :2], other[:, :, :2], atol=1e-5)
    assert not torch.allclose(one[1:, :, 2:], other[1:, :, 2:], atol=1e-3)


@pytest.mark.parametrize("family", FAMILIES)
def test_segments_are_encoded_side_by_side_as_they_are_alone(open_backend, family):
    backend = open_backend(family)
    compressor, ids = new(backend), segments(backend, 3)
    together = encode_segments(backend, compressor, ids, 8)
    for row, state in enumerate(together):
        (alone,) = encode_segments(backend, compressor, ids[row : row + 1], 8)
        assert all(torch.allclose(a, b, atol=1e-4) for a, b in zip(state.keys, alone.keys, strict=True))
        assert all(torch.allclose(a, b, atol=1e-4) for a, b in zip(state.values, alone.values, strict=True))
        assert state.slots == 4 and state.identity.encoder == compressor.identity(8)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("ratio", SEGMENT_RATIOS)
def test_without_its_updates_a_slot_is_what_the_model_makes_of_the_token_in_its_place(open_backend, family, ratio):
    """The plain twin: an ordinary pass over the tokens, and of its cache every `ratio`-th."""
    backend = open_backend(family)
    compressor, ids = new(backend, trained=False), segments(backend, 1)
    (state,) = encode_segments(backend, compressor, ids, ratio)
    cache = cache_of([])
    with torch.no_grad(), lora.active(backend.model, None):
        backend.model.get_decoder()(ids, past_key_values=cache, use_cache=True)
    places = torch.arange(ratio - 1, TOKENS, ratio)
    by = torch.arange(len(places)) - places
    if family in ("llama", "qwen2", "qwen3"):  # the others' sliding windows are shorter than the segment
        keys = moved(backend.model, [layer.keys[:, :, ratio - 1 :: ratio] for layer in cache.layers], by)
        assert all(torch.allclose(a, b[0], atol=1e-4) for a, b in zip(state.keys, keys, strict=True))
        assert all(
            torch.allclose(a, layer.values[0, :, ratio - 1 :: ratio], atol=1e-4)
            for a, layer in zip(state.values, cache.layers, strict=True)
        )


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=20, deadline=None)
@given(place=st.integers(0, 5000), by=st.integers(-5000, 5000))
def test_a_key_is_moved_as_if_it_had_been_rotated_there(open_backend, family, place, by):
    model = open_backend(family).model
    config = model.config
    keys = [
        torch.randn(1, config.num_key_value_heads, 3, config.head_dim, generator=torch.Generator().manual_seed(layer))
        for layer in range(config.num_hidden_layers)
    ]
    at = torch.tensor([place, place + 1, place + 7])
    there = rotated(model, keys, at + by)
    assert all(
        torch.allclose(a, b, atol=2e-3)  # angles of thousands of radians in fp32
        for a, b in zip(moved(model, rotated(model, keys, at), torch.full((3,), by)), there, strict=True)
    )


def test_memory_stands_behind_the_sink_at_positions_without_a_gap(open_backend):
    backend = open_backend("llama")
    compressor = new(backend)
    states = encode_segments(backend, compressor, segments(backend, 3), 8)
    sink = sink_state(backend)
    joined = joined_memory(backend, sink, states)
    assert joined.positions.tolist() == list(range(13)) and joined.next_position == 13
    assert all(torch.equal(a[:, :1], b) for a, b in zip(joined.keys, sink.keys, strict=True))
    for place, state in enumerate(states):
        by = torch.full((4,), 1 + 4 * place)
        there = moved(backend.model, [keys[None] for keys in state.keys], by)
        rows = slice(1 + 4 * place, 5 + 4 * place)
        assert all(torch.allclose(a[:, rows], b[0], atol=1e-5) for a, b in zip(joined.keys, there, strict=True))
        assert all(torch.equal(a[:, rows], b) for a, b in zip(joined.values, state.values, strict=True))
    assert backend.serves(joined)
    behind = backend.new_state(None, joined)
    assert bool(torch.isfinite(torch.from_numpy(backend.read([5, 6, 7], behind))).all())
    assert sink_token(backend) in range(backend.tokenizer.vocabulary_size)


def test_what_the_model_says_depends_on_every_segment_and_on_their_order(open_backend):
    backend = open_backend("llama")
    states = encode_segments(backend, new(backend), segments(backend, 3), 8)
    sink = sink_state(backend)

    def logits(order):
        state = backend.new_state(None, joined_memory(backend, sink, [states[place] for place in order]))
        return torch.from_numpy(backend.read([5, 6, 7], state))

    whole = logits([0, 1, 2])
    assert torch.equal(whole, logits([0, 1, 2]))
    assert not torch.allclose(whole, logits([0, 1]), atol=1e-3)
    assert not torch.allclose(whole, logits([2, 1, 0]), atol=1e-3)


def test_memory_never_reaches_past_what_the_model_holds(open_backend):
    backend = open_backend("llama")
    states = encode_segments(backend, new(backend), segments(backend, 1), 8) * (backend.context_tokens // 4)
    with pytest.raises(EngineError, match="leave no room"):
        joined_memory(backend, sink_state(backend), states)


def test_segments_of_two_ratios_do_not_go_together(open_backend):
    backend = open_backend("llama")
    compressor, ids = new(backend), segments(backend, 1)
    states = [encode_segments(backend, compressor, ids, ratio)[0] for ratio in SEGMENT_RATIOS]
    with pytest.raises(StateMismatch):
        joined_memory(backend, sink_state(backend), states)


def test_the_gradient_reaches_every_trained_tensor_and_nothing_else(open_backend):
    backend = open_backend("llama")
    compressor = new(backend)
    memory = encode(backend.model, compressor.encoder, compressor.slots[8], segments(backend, 2), with_grad=True)
    keys, values = zip(*memory_layers(backend.model, compressor.transfer, memory), strict=True)
    (torch.stack(keys).square().sum() + torch.stack(values).square().sum()).backward()
    unused = {f"slots.{ratio}" for ratio in SEGMENT_RATIOS if ratio != 8}
    last = max(int(name.split(".layers.")[1].split(".")[0]) for name in compressor.encoder)
    for name, tensor in compressor.named_tensors():
        behind = name.startswith("encoder.") and f".layers.{last}." in name  # nothing is kept behind the last attention
        assert (tensor.grad is None or not tensor.grad.any()) == (name in unused or behind), name
    assert all(parameter.grad is None for parameter in backend.model.parameters())


def test_a_compressor_is_read_as_it_was_written(open_backend, tmp_path):
    backend = open_backend("llama")
    compressor = new(backend)
    saved = save_compressor(tmp_path, compressor, {"steps": 3})
    read = load_compressor(tmp_path, backend)
    assert read.sha256 == saved.sha256 and read.header == compressor.header
    for (name, one), (other_name, other) in zip(compressor.named_tensors(), read.named_tensors(), strict=True):
        assert name == other_name and torch.equal(one.detach().half().float(), other.float())
    (state,) = encode_segments(backend, read, segments(backend, 1), 8)
    back = load_state(dump_state(state))
    assert back.identity == state.identity and back.next_position == 4


def test_a_compressor_of_another_model_or_damaged_is_refused(open_backend, tmp_path):
    llama, qwen = open_backend("llama"), open_backend("qwen3")
    compressor = new(llama)
    save_compressor(tmp_path, compressor, {})
    with pytest.raises(StateMismatch, match="trained for"):
        load_compressor(tmp_path, qwen)
    with pytest.raises(ModelError, match="not on the disk"):
        load_compressor(tmp_path / "nowhere", llama)
    for changed in (
        {"segment_tokens": 48},
        {"segment_tokens": 32.0},
        {"rank": 5},
        {"rank": 10**9},
        {"scale": float("nan")},
        {"scale": 10**400},
    ):
        save_compressor(tmp_path, replace(compressor, header=replace(compressor.header, **changed)), {})
        with pytest.raises(ModelError, match="damaged"):
            load_compressor(tmp_path, llama)
    save_compressor(tmp_path, compressor, {})
    whole = (tmp_path / COMPRESSOR_FILE).read_bytes()
    (tmp_path / COMPRESSOR_FILE).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match="damaged"):
        load_compressor(tmp_path, llama)


@pytest.mark.parametrize("part", ["encoder", "transfer"])
@pytest.mark.parametrize("spoiled", ["a rank less", "a vector", "no number"])
def test_one_tensor_that_cannot_be_is_enough_to_refuse_a_compressor(open_backend, tmp_path, part, spoiled):
    backend = open_backend("llama")
    compressor = new(backend)
    pair = next(iter(getattr(compressor, part).values()))
    b = pair.b.detach()
    pair.b = {"a rank less": b[:, :-1], "a vector": b[:, 0], "no number": b.clone().fill_(torch.inf)}[spoiled]
    save_compressor(tmp_path, compressor, {})
    with pytest.raises(ModelError, match="damaged"):
        load_compressor(tmp_path, backend)

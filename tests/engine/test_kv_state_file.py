"""States as bytes: what comes back, and what is refused."""

from __future__ import annotations

import json
import struct

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load, save

from engine.errors import StateMismatch
from engine.kv_state import KVState, StateIdentity
from engine.kv_state_file import dump_state, load_state
from engine.prompt_store import AtRest
from engine.tensor_header import read_header

IDENTITY = StateIdentity("a model", "an adapter", "a tokenizer", "a template", "bfloat16", "an encoder")


def make_state(*, layers=3, heads=2, tokens=5, width=4, dtype=torch.bfloat16, start=0, scale=1.0, seed=0) -> KVState:
    generator = torch.Generator().manual_seed(seed)

    def draw() -> list[torch.Tensor]:
        return [(scale * torch.randn(heads, tokens, width, generator=generator)).to(dtype) for _ in range(layers)]

    return KVState(IDENTITY, draw(), draw(), torch.arange(start, start + tokens), start + tokens)


STATES = st.builds(
    make_state,
    layers=st.integers(1, 3),
    heads=st.integers(1, 3),
    tokens=st.integers(1, 9),
    width=st.sampled_from([1, 4, 8]),
    dtype=st.sampled_from([torch.bfloat16, torch.float16, torch.float32]),
    start=st.integers(0, 700),
    scale=st.sampled_from([1e-3, 1.0, 300.0]),
    seed=st.integers(0, 99),
)


@settings(max_examples=40, deadline=None)
@given(state=STATES, at_rest=st.sampled_from(AtRest))
def test_what_comes_back_is_what_was_written(state, at_rest):
    """16 bits: to the bit for what was computed in 16 bits. int8: half a step of the channel's or the token's scale."""
    back = load_state(dump_state(state, at_rest))
    assert (back.identity, back.next_position) == (state.identity, state.next_position)
    assert torch.equal(back.positions, state.positions)
    for written, read, dim in [(state.keys, back.keys, 1), (state.values, back.values, 2)]:
        assert len(written) == len(read)
        for before, after in zip(written, read, strict=True):
            if at_rest is AtRest.INT8:
                step = before.float().abs().amax(dim=dim, keepdim=True) / 127
                assert bool(((before.float() - after).abs() <= 0.501 * step + 1e-9).all())
            elif before.dtype == torch.float32:
                torch.testing.assert_close(after.float(), before, rtol=2**-11, atol=2**-25)
            else:
                assert after.dtype == before.dtype and torch.equal(after, before)


def test_int8_is_about_half_of_16_bits():
    state = make_state(layers=2, heads=3, tokens=64, width=64)
    assert len(dump_state(state, AtRest.INT8)) < 0.6 * len(dump_state(state))


def test_what_fp16_cannot_hold_is_kept_in_bf16():
    state = make_state(dtype=torch.float32, scale=1e6)
    back = load_state(dump_state(state))
    torch.testing.assert_close(back.keys[0].float(), state.keys[0], rtol=2**-8, atol=0)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_damaged_bytes_are_refused(data):
    """Cut anywhere, or changed anywhere in the header, they are a mismatch or still a sound state: never another error."""
    whole = dump_state(make_state())
    if data.draw(st.booleans()):
        damaged = whole[: data.draw(st.integers(0, len(whole) - 1))]
        with pytest.raises(StateMismatch):
            load_state(damaged)
        return
    (length,) = struct.unpack_from("<Q", whole)
    place = data.draw(st.integers(0, 7 + length))
    damaged = whole[:place] + bytes([data.draw(st.integers(0, 255))]) + whole[place + 1 :]
    try:
        state = load_state(damaged)
    except StateMismatch:
        return
    assert state.slots == state.keys[0].shape[1]


def with_header(data: bytes, **changes: object) -> bytes:
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    ours = json.loads(header["__metadata__"]["palimpsest"]) | changes
    header["__metadata__"]["palimpsest"] = json.dumps(ours)
    written = json.dumps(header).encode()
    return struct.pack("<Q", len(written)) + written + data[8 + length :]


@pytest.mark.parametrize(
    "changes",
    [
        {"format": 2},
        {"next_position": 4},
        {"next_position": "far"},
        {"next_position": float("inf")},
        {"identity": {"model": "only"}},
        {"at_rest": "int8"},
        {"at_rest": "2 bit"},
    ],
)
def test_a_header_that_does_not_fit_is_refused(changes):
    with pytest.raises(StateMismatch):
        load_state(with_header(dump_state(make_state()), **changes))


def test_scales_that_would_make_many_values_of_few_are_refused():
    data = dump_state(make_state(), AtRest.INT8)
    tensors = load(data) | {"key_scales": torch.ones(1000, 3, 2, 1, 4)}
    metadata = {"palimpsest": json.dumps(read_header(data))}
    with pytest.raises(StateMismatch):
        load_state(save(tensors, metadata=metadata))


def test_positions_that_do_not_rise_are_refused():
    state = make_state()
    state.positions[3] = 1
    with pytest.raises(StateMismatch):
        load_state(dump_state(state))

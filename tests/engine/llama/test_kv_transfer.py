"""States handed from PyTorch to llama.cpp and back, on tiny models of every family.

Distances are the largest difference of two logits, in standard deviations of logits. The weights are fp32 on both sides; what is left is
llama.cpp's 16-bit cache: its own logits lie 0.003 to 0.009 from PyTorch's, those behind a handed state 0.002 to 0.005 from its own.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.errors import ModelError, StateMismatch
from engine.kv_state import KVState
from engine.llama.kv_transfer import KVTransfer

FAMILIES = ("llama", "mistral", "qwen2", "qwen3", "gemma2", "gemma3_text")
READ, NEXT = 60, 12
"""Tokens of the prefix, several times the tiny windows of 16, and behind it."""
NEAR, FAR = 0.02, 0.2


@pytest.fixture(params=FAMILIES)
def family(request) -> str:
    return request.param


@pytest.fixture
def engines(family, pair_of):
    """PyTorch, llama.cpp, the way between them, and the ids of a text."""
    backend, native, header = pair_of(family)
    ids = torch.randint(5, 400, (READ + NEXT,), generator=torch.Generator().manual_seed(1)).tolist()
    return backend, native, KVTransfer.probed(native, header), ids


def read_by_torch(backend, ids) -> KVState:
    state = backend.new_state()
    backend.read(ids, state)
    return backend.export_state(state, 0, len(ids))


def logits_of_torch(backend, state, ids) -> np.ndarray:
    return np.stack([backend.read([each], state) for each in ids])


def distance(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a - b).max() / b.std())


def picked(state: KVState, places: list[int]) -> KVState:
    """Some slots of a state, as a gist is: the text goes on behind the last."""
    return KVState(
        replace(state.identity, encoder="some encoder"),
        [keys[:, places] for keys in state.keys],
        [values[:, places] for values in state.values],
        state.positions[places],
        int(state.positions[places[-1]]) + 1,
    )


def test_llama_cpp_goes_on_behind_what_pytorch_read_as_behind_what_it_read_itself(engines):
    """And evaluates the new tokens only."""
    backend, native, transfer, ids = engines
    native.decode(ids[:READ], 0)
    expected = native.decode(ids[READ:], READ, every=True)
    native.put_sequence(transfer.sequence_of(read_by_torch(backend, ids[:READ])))
    assert (native.cells, native.next_position) == (READ, READ)
    found = native.decode(ids[READ:], READ, every=True)
    assert distance(found, expected) < NEAR
    assert np.array_equal(found[0].argmax(), expected[0].argmax())


def test_pytorch_goes_on_behind_what_llama_cpp_read(engines):
    backend, native, transfer, ids = engines
    native.decode(ids[:READ], 0)
    kept = transfer.state_of(native.take_sequence(), backend.state_identity())
    assert kept.positions.tolist() == list(range(READ)) and kept.next_position == READ
    found = logits_of_torch(backend, backend.restore_state(kept, ids[:READ]), ids[READ:])
    expected = logits_of_torch(
        backend, backend.restore_state(read_by_torch(backend, ids[:READ]), ids[:READ]), ids[READ:]
    )
    assert distance(found, expected) < NEAR


def test_with_the_other_order_of_channels_it_reads_nonsense(engines):
    """The proof that the bound above would notice."""
    backend, native, transfer, ids = engines
    native.decode(ids[:READ], 0)
    expected = native.decode(ids[READ:], READ, every=True)
    wrong = replace(transfer, interleaved=not transfer.interleaved)
    native.put_sequence(wrong.sequence_of(read_by_torch(backend, ids[:READ])))
    assert distance(native.decode(ids[READ:], READ, every=True), expected) > FAR


def test_there_and_back_a_state_is_what_16_bits_leave_of_it(engines):
    backend, native, transfer, ids = engines
    state = read_by_torch(backend, ids)
    native.put_sequence(transfer.sequence_of(state))
    back = transfer.state_of(native.take_sequence(), state.identity)
    assert all(torch.equal(a.half(), b) for a, b in zip(state.keys, back.keys, strict=True))
    assert all(torch.equal(a.half(), b) for a, b in zip(state.values, back.values, strict=True))
    assert torch.equal(state.positions, back.positions) and back.next_position == state.next_position


def test_in_pieces_is_at_once(engines):
    backend, native, transfer, ids = engines
    state = read_by_torch(backend, ids)
    native.put_sequence(transfer.sequence_of(state))
    at_once = native.take_sequence()
    native.clear()
    for start, end in ((0, 1), (1, 37), (37, 71), (71, len(ids))):
        native.append_sequence(transfer.sequence_of(state.part(start, end)))
    assert np.array_equal(native.take_sequence(), at_once)


def test_it_goes_behind_what_llama_cpp_read_before(engines):
    backend, native, transfer, ids = engines
    half = READ // 2
    native.decode(ids[:READ], 0)
    expected = native.decode(ids[READ:], READ, every=True)
    native.cut(half)
    native.append_sequence(transfer.sequence_of(read_by_torch(backend, ids[:READ]).part(half, READ)))
    assert distance(native.decode(ids[READ:], READ, every=True), expected) < NEAR


def test_after_a_cut_it_goes_on_as_before(engines):
    backend, native, transfer, ids = engines
    native.put_sequence(transfer.sequence_of(read_by_torch(backend, ids[:READ])))
    first = native.decode(ids[READ:], READ, every=True)
    native.cut(READ // 3)
    native.decode(ids[READ // 3 : READ], READ // 3)
    assert distance(native.decode(ids[READ:], READ, every=True), first) < NEAR


@pytest.mark.parametrize("slots", [range(READ - 10, READ), range(1)], ids=["gist", "sink"])
def test_fewer_slots_go_on_as_in_pytorch(engines, slots):
    """A gist stands at the end of the positions of its prompt, segments at the beginning."""
    backend, native, transfer, ids = engines
    few = picked(read_by_torch(backend, ids[:READ]), list(slots))
    state = backend.new_state(prefix=few)
    native.put_sequence(transfer.sequence_of(few))
    assert native.cells == few.slots and native.next_position == few.next_position
    found = native.decode(ids[READ:], few.next_position, every=True)
    assert distance(found, logits_of_torch(backend, state, ids[READ:])) < NEAR


def test_slots_with_gaps_between_them_go_on_as_in_pytorch(engines):
    """The first token and literals before gist tokens. Several of them lie behind the windows by position, none by slot."""
    backend, native, transfer, ids = engines
    few = picked(read_by_torch(backend, ids[:READ]), [0, 1, 7, 8, 30, *range(READ - 5, READ)])
    state = backend.new_state(prefix=few)
    native.put_sequence(transfer.sequence_of(few))
    assert native.cells == few.slots and native.next_position == READ
    found = native.decode(ids[READ:], READ, every=True)
    assert distance(found, logits_of_torch(backend, state, ids[READ:])) < NEAR


def damaged(state: KVState, value: float) -> KVState:
    values = [each.clone() for each in state.values]
    values[-1][0, 3, 2] = value
    return replace(state, values=values)


@pytest.mark.parametrize("value", [65520.0, -1e9, float("inf"), float("nan")])
def test_a_value_beyond_16_bits_is_refused(pair_of, value):
    backend, native, header = pair_of("llama")
    state = read_by_torch(backend, list(range(5, 15)))
    with pytest.raises(StateMismatch, match="16 bits"):
        KVTransfer.probed(native, header).sequence_of(damaged(state, value))


def test_what_llama_cpp_could_not_go_on_behind_or_is_of_another_model_is_refused(pair_of):
    backend, native, header = pair_of("llama")
    transfer = KVTransfer.probed(native, header)
    state = read_by_torch(backend, list(range(5, 15)))
    for wrong in (
        replace(state, next_position=state.next_position + 1),
        replace(state, keys=state.keys[:1], values=state.values[:1]),
        replace(state, keys=[keys[:, :, :4] for keys in state.keys]),
        replace(state, values=[values[:1] for values in state.values]),
    ):
        with pytest.raises(StateMismatch):
            transfer.sequence_of(wrong)


def test_a_state_of_another_model_is_not_understood(pair_of):
    _, native, header = pair_of("gemma2")
    other, one = pair_of("llama"), KVTransfer.probed(native, header)
    other.native.decode([5, 6, 7], 0)
    with pytest.raises(StateMismatch):
        one.state_of(other.native.take_sequence(), other.torch.state_identity())


def test_a_layout_is_proven_on_an_empty_model_and_leaves_it_empty(pair_of):
    _, native, header = pair_of("qwen3")
    KVTransfer.probed(native, header)
    assert native.cells == 0
    native.decode([5, 6], 0)
    with pytest.raises(ValueError, match="text"):
        KVTransfer.probed(native, header)


def test_what_says_itself_which_layers_have_windows_or_rotates_in_an_unknown_way_is_refused(pair_of):
    _, native, header = pair_of("gemma2")
    listing = replace(header, metadata=header.metadata | {"gemma2.attention.sliding_window_pattern": 3})
    with pytest.raises(StateMismatch, match="windows"):
        KVTransfer.probed(native, listing)
    renamed = {key.replace("gemma2", "phi3"): value for key, value in header.metadata.items()}
    with pytest.raises(ModelError, match="rotate"):
        KVTransfer.probed(native, replace(header, metadata=renamed | {"general.architecture": "phi3"}))
    assert native.cells == 0

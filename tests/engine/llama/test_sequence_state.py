"""llama.cpp's sequence state as arrays and back: laws on layouts and states nobody picked, and one real state."""

from __future__ import annotations

import struct
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import StateMismatch
from engine.llama.kv_transfer import KVTransfer
from engine.llama.sequence_state import SequenceLayout

HALF, SINGLE = np.dtype("<f2"), np.dtype("<f4")
LAYOUT = SequenceLayout(((1, 3), (0, 2)), 4, 6, HALF, transposed=False)
HEADER_BYTES = 8 + 8


def packed(layout, keys, values, positions):
    """A state with these keys and values in it."""
    data, key_views, value_views = layout.blank(positions)
    for view, rows in zip((*key_views, *value_views), (*keys, *values), strict=True):
        view[:] = rows
    return data


@st.composite
def layouts(draw) -> SequenceLayout:
    """One cache or two, which share the layers in any way."""
    windowed = draw(st.lists(st.booleans(), min_size=1, max_size=5))
    caches = [tuple(layer for layer, each in enumerate(windowed) if each == one) for one in (False, True)]
    return SequenceLayout(
        tuple(layers for layers in caches if layers),
        draw(st.integers(1, 9)),
        draw(st.integers(1, 9)),
        draw(st.sampled_from([HALF, SINGLE])),
        draw(st.booleans()),
    )


@st.composite
def states(draw):
    """A layout and keys, values and positions of a state of that layout; beside a window without gaps."""
    layout = draw(layouts())
    positions = sorted(draw(st.sets(st.integers(6, 2**31 - 1), min_size=1, max_size=6)))
    if len(layout.caches) > 1:
        positions = list(range(positions[-1] - len(positions) + 1, positions[-1] + 1))
    layers = sum(map(len, layout.caches))
    generator = np.random.default_rng(draw(st.integers(0, 1000)))

    def rows(width: int):
        return [generator.normal(size=(len(positions), width)).astype(layout.dtype) for _ in range(layers)]

    return layout, rows(layout.key_width), rows(layout.value_width), positions


def same(some, others) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(some, others, strict=True))


@given(states())
def test_what_is_packed_comes_out_again(state):
    layout, keys, values, positions = state
    data = packed(layout, keys, values, positions)
    assert len(data) == layout.nbytes(len(positions))
    for given_as in (data, data.tobytes()):
        found_keys, found_values, found_positions = layout.unpack(given_as)
        assert same(found_keys, keys) and same(found_values, values) and found_positions.tolist() == positions


@given(states())
def test_the_layout_is_found_from_one_state(state):
    layout, keys, values, positions = state
    data = packed(layout, keys, values, positions)
    widths = (layout.key_width, layout.value_width)
    assert SequenceLayout.of_probe(data, cells=len(positions), caches=layout.caches, widths=widths) == layout
    for wrong in (
        {"cells": len(positions) + 1},
        {"widths": (layout.key_width + 1, layout.value_width)},
        {"caches": [*layout.caches, [99]]},
    ):
        with pytest.raises(StateMismatch):
            SequenceLayout.of_probe(
                data, **{"cells": len(positions), "caches": layout.caches, "widths": widths} | wrong
            )


@given(states(), st.data())
def test_a_damaged_or_cut_state_is_refused_or_a_sound_state(state, data):
    layout, keys, values, positions = state
    whole = packed(layout, keys, values, positions)
    place = data.draw(st.integers(0, len(whole) - 1))
    damaged = whole.copy()
    damaged[place] ^= data.draw(st.integers(1, 255))
    longer = np.append(whole, np.zeros(data.draw(st.integers(1, 40)), np.uint8))
    with pytest.raises(StateMismatch):
        layout.unpack(whole[:place])
    with pytest.raises(StateMismatch):
        layout.unpack(longer)
    try:
        found = layout.unpack(damaged)
    except StateMismatch:
        return
    assert [each.shape for each in found[0]] == [each.shape for each in keys]
    assert [each.shape for each in found[1]] == [each.shape for each in values]
    assert len(found[2]) == len(positions) and (np.diff(found[2]) > 0).all() and found[2][0] >= 0


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(data):
    with pytest.raises(StateMismatch):
        LAYOUT.unpack(data)


def test_cells_may_stand_in_any_order():
    generator = np.random.default_rng(1)
    layout = replace(LAYOUT, caches=((0,),))
    keys, values = generator.normal(size=(3, 4)).astype(HALF), generator.normal(size=(3, 6)).astype(HALF)
    data = packed(layout, [keys], [values], [4, 5, 9])
    for cell, position in enumerate((9, 4, 5)):
        data[HEADER_BYTES + 12 * cell :][:4] = np.frombuffer(struct.pack("<i", position), np.uint8)
    found_keys, found_values, positions = layout.unpack(data)
    assert positions.tolist() == [4, 5, 9]
    assert same(found_keys, [keys[[1, 2, 0]]]) and same(found_values, [values[[1, 2, 0]]])


@pytest.mark.parametrize(
    ("place", "word", "why"),
    [
        (0, 0xAF143CD9, "kind"),
        (4, 1, "sequence"),
        (8, 2, "streams"),
        (HEADER_BYTES, 2**31, "positions"),
        (HEADER_BYTES, 5, "positions"),
        (HEADER_BYTES + 4, 2, "cells"),
        (HEADER_BYTES + 8, 1, "cells"),
        (HEADER_BYTES + 24, 1, "laid out"),
        (HEADER_BYTES + 28, 3, "layers"),
        (HEADER_BYTES + 32, 8, "type"),
        (HEADER_BYTES + 36, 10, "width"),
    ],
)
def test_why_it_is_refused(place, word, why):
    """The words of a state of two cells at 4 and 5, one after the other."""
    zeros = [np.zeros((2, 4), HALF)] * 4, [np.zeros((2, 6), HALF)] * 4
    data = packed(LAYOUT, *zeros, [4, 5])
    data[place : place + 4] = np.frombuffer(struct.pack("<I", word), np.uint8)
    with pytest.raises(StateMismatch, match=why):
        LAYOUT.unpack(data)


def test_caches_that_hold_different_positions_are_refused():
    """As llama.cpp gives a sequence away that is longer than its window."""
    zeros = [np.zeros((2, 4), HALF)] * 4, [np.zeros((2, 6), HALF)] * 4
    data = packed(LAYOUT, *zeros, [4, 5])
    second_cache = 8 + (len(data) - 8) // 2
    data[second_cache + 8 :][:4] = np.frombuffer(struct.pack("<i", 3), np.uint8)
    with pytest.raises(StateMismatch, match="different positions"):
        LAYOUT.unpack(data)


def test_a_window_reaches_so_many_slots_whatever_lies_between_them():
    zeros = [np.zeros((3, 4), HALF)] * 4, [np.zeros((3, 6), HALF)] * 4
    data = packed(LAYOUT, *zeros, [0, 50, 90])
    halves = np.split(data[8:], 2)
    cells = [half[8 : 8 + 36].view("<i4").reshape(3, 3)[:, 0].tolist() for half in halves]
    assert cells == [[0, 50, 90], [88, 89, 90]]


def test_positions_that_do_not_rise_are_a_mistake():
    for wrong in ([], [-1, 2], [3, 3], [4, 2], [2**31]):
        with pytest.raises(ValueError, match="rise"):
            LAYOUT.blank(wrong)


@pytest.mark.parametrize("flash_attention", [True, False])
@pytest.mark.parametrize("kv_type", [0, 1], ids=["F32", "F16"])
def test_a_real_state_is_known_in_both_layouts_of_values_and_both_types(
    flash_attention, kv_type, llama_library, open_gguf, pair_of
):
    """Flash attention keeps values as keys are kept; without it they are transposed."""
    pair = pair_of("llama")
    proven = KVTransfer.probed(pair.native, pair.header).layout
    native = llama_library
    model = native.llama_model_load_from_file(str(open_gguf("llama")).encode(), native.llama_model_default_params())
    options = native.llama_context_default_params()
    options.n_ctx = options.n_batch = 32
    options.flash_attn_type = int(flash_attention)
    options.type_k = options.type_v = kv_type
    context = native.llama_init_from_model(model, options)
    try:
        ids = (native.llama_token * 5)(5, 6, 7, 8, 9)
        assert native.llama_decode(context, native.llama_batch_get_one(ids, 5)) == 0
        data = np.empty(native.llama_state_seq_get_size(context, 0), np.uint8)
        pointer = data.ctypes.data_as(native.ctypes.POINTER(native.ctypes.c_uint8))
        assert native.llama_state_seq_get_data(context, pointer, len(data), 0) == len(data)
    finally:
        native.llama_free(context)
        native.llama_model_free(model)
    widths = proven.key_width, proven.value_width
    layout = SequenceLayout.of_probe(data, cells=5, caches=proven.caches, widths=widths)
    assert (layout.transposed, layout.dtype) == (not flash_attention, HALF if kv_type else SINGLE)
    assert np.array_equal(packed(layout, *layout.unpack(data)), data)
    pair.native.decode([5, 6, 7, 8, 9], 0)
    expected, found = proven.unpack(pair.native.take_sequence()), layout.unpack(data)
    for a, b in zip((*expected[0], *expected[1]), (*found[0], *found[1]), strict=True):
        np.testing.assert_allclose(a.astype(float), b.astype(float), atol=2e-2)

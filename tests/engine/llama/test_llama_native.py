"""The handle on llama.cpp's model: its promises to the native side hold at every edge, since a broken one ends the process."""

from __future__ import annotations

import importlib.metadata
import logging

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import EngineError, ModelError, OutOfMemory, StateMismatch
from engine.jobs import Interrupted
from engine.llama import library as library_module
from engine.llama import native as native_module
from engine.llama.library import why_unavailable
from engine.llama.native import NativeModel

CONTEXT_TOKENS = 1_000  # no multiple of what llama.cpp rounds to

tokens = st.lists(st.integers(0, 400), min_size=1, max_size=90)


@pytest.fixture(scope="module")
def opened(llama_library, open_gguf):
    """family -> an open model whose context has to grow twice before it is full."""
    made: dict[str, NativeModel] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(native_module, "FIRST_CELLS", 256)

        def model(family: str) -> NativeModel:
            if family not in made:
                made[family] = NativeModel(open_gguf(family), context_tokens=CONTEXT_TOKENS, threads=1)
            made[family].clear()
            return made[family]

        yield model
    for each in made.values():
        each.close()


@pytest.fixture
def model(opened) -> NativeModel:
    return opened("llama")


def assert_same(a: np.ndarray, b: np.ndarray) -> None:
    """Keys and values are held in 16 bits, and sums go in another order for another number of rows."""
    np.testing.assert_allclose(a, b, atol=1e-2, rtol=1e-2)


def test_what_is_asked_wrongly_is_refused_and_changes_nothing(model):
    before = model.decode(range(10), 0)
    for ids, position in [
        ([], 10),
        ([5], 9),
        ([5], 11),
        ([5], 0),
        ([-1], 10),
        ([model.vocabulary_size], 10),
        ([3, -1], 10),
    ]:
        with pytest.raises(ValueError):
            model.decode(ids, position)
    with pytest.raises(EngineError, match=f"1,001.*{CONTEXT_TOKENS:,}"):
        model.decode([1] * (CONTEXT_TOKENS - 9), 10)
    assert (model.cells, model.next_position) == (10, 10)
    model.cut(9)
    assert_same(model.decode([9], 9), before)


def test_the_context_grows_with_the_text_up_to_its_last_token(opened):
    for family in ("llama", "gemma3_text"):
        model = opened(family)
        held = model.bytes_held
        ids = [place * 7 % 400 for place in range(CONTEXT_TOKENS)]
        every = model.decode(ids[:200], 0, every=True)
        for start in range(200, CONTEXT_TOKENS, 300):
            logits = model.decode(ids[start : start + 300], start)
        assert model.next_position == model.cells == CONTEXT_TOKENS and model.bytes_held > held
        with pytest.raises(EngineError):
            model.decode([1], CONTEXT_TOKENS)
        model.cut(CONTEXT_TOKENS - 1)
        assert_same(model.decode(ids[-1:], CONTEXT_TOKENS - 1), logits)
        model.cut(100)
        assert_same(model.decode(ids[100:200], 100, every=True), every[100:])


def test_without_memory_to_grow_the_text_stays(llama_library, open_gguf, monkeypatch):
    monkeypatch.setattr(native_module, "FIRST_CELLS", 256)
    with NativeModel(open_gguf("llama"), context_tokens=CONTEXT_TOKENS, threads=1) as model:
        before = model.decode(range(200), 0)
        monkeypatch.setattr(llama_library, "llama_init_from_model", lambda *_: None)
        with pytest.raises(OutOfMemory, match="512 tokens"):
            model.decode(range(100), 200)
        assert (model.cells, model.next_position) == (200, 200)
        model.cut(199)
        assert_same(model.decode([199], 199), before)


@pytest.mark.parametrize("fails", ["put", "take"])
def test_whatever_fails_while_it_grows_the_text_stays(fails, llama_library, open_gguf, monkeypatch):
    monkeypatch.setattr(native_module, "FIRST_CELLS", 256)
    with NativeModel(open_gguf("llama"), context_tokens=CONTEXT_TOKENS, threads=1) as model:
        every = model.decode(range(200), 0, every=True)
        sequence, held = model.take_sequence(), model.bytes_held
        for _ in range(2):
            with monkeypatch.context() as patch:
                if fails == "put":
                    patch.setattr(llama_library, "llama_state_seq_set_data", lambda *_: 0)
                else:
                    patch.setattr(llama_library, "llama_state_get_data", lambda *_: 0)
                with pytest.raises(EngineError):
                    model.decode(range(100), 200)
                with pytest.raises(EngineError):
                    model.append_sequence(sequence)  # behind 200 tokens there is no room for as many
            assert (model.cells, model.next_position, model.bytes_held) == (200, 200, held)
        model.cut(100)
        assert_same(model.decode(range(100, 200), 100, every=True), every[100:])
        assert model.decode(range(100), 200).shape == every[0].shape and model.next_position == 300


@settings(max_examples=25)
@given(
    held=tokens,
    block=st.lists(st.integers(0, 400), min_size=2, max_size=600),
    stop_at=st.integers(0, 120),
    every=st.booleans(),
)
def test_a_read_stopped_at_any_point_of_the_arithmetic_leaves_nothing(opened, held, block, stop_at, every):
    model = opened("qwen3")
    expected = model.decode(held, 0)
    asked = 0

    def interrupted() -> bool:
        nonlocal asked
        asked += 1
        return asked > stop_at

    try:
        model.decode(block, len(held), every=every, interrupted=interrupted)
    except Interrupted:
        assert (model.cells, model.next_position) == (len(held), len(held))
    else:
        assert model.next_position == len(held) + len(block)
    model.cut(len(held) - 1)
    assert_same(model.decode(held[-1:], len(held) - 1), expected)


def test_a_read_that_is_stopped_is_no_alarm(model, caplog):
    with caplog.at_level(logging.DEBUG, "engine.llama.library"):
        with pytest.raises(Interrupted):
            model.decode(range(100), 0, interrupted=lambda: True)
        assert caplog.records and max(record.levelno for record in caplog.records) < logging.WARNING
        with pytest.raises(StateMismatch):
            model.put_sequence(bytes(12) + b"\1" + bytes(40))
    assert any(record.levelno == logging.WARNING for record in caplog.records)  # errors that nobody asked for are one


def test_weights_that_stand_in_memory_a_second_time_count(llama_library, open_gguf, monkeypatch):
    def held() -> int:
        with NativeModel(open_gguf("llama"), context_tokens=CONTEXT_TOKENS, threads=1) as model:
            return model.bytes_held

    plain, load = held(), llama_library.llama_model_load_from_file

    def load_and_say(*args):
        for line in (b"CPU_Mapped model buffer size =  1059.89 MiB", b"CPU_REPACK model buffer size =   568.50 MiB"):
            library_module._lines().add(2, b"load_tensors:   " + line + b"\n", None)
        return load(*args)

    monkeypatch.setattr(llama_library, "llama_model_load_from_file", load_and_say)
    assert held() == plain + int(568.5 * 2**20)


def test_a_single_token_is_not_asked_about(model):
    model.decode([1], 0, interrupted=lambda: True)
    assert model.cells == 1


@settings(max_examples=20)
@given(first=tokens, second=tokens, cut=st.integers(0, 90))
@pytest.mark.parametrize("family", ["llama", "gemma2", "gemma3_text"])
def test_a_sequence_taken_and_put_back_can_be_cut_as_if_it_had_stayed(family, opened, first, second, cut):
    """Also behind a sliding window, which llama.cpp's own state of a sequence leaves out."""
    model = opened(family)
    model.decode(first, 0)
    taken = model.take_sequence()
    model.clear()
    model.decode(second, 0)
    model.put_sequence(bytes(taken))
    assert (model.cells, model.next_position) == (len(first), len(first))
    kept = min(cut, len(first))
    model.cut(kept)
    behind = model.decode(second, kept)
    model.clear()
    assert_same(behind, model.decode([*first[:kept], *second], 0))


@settings(max_examples=15)
@given(first=tokens, second=tokens, third=tokens)
@pytest.mark.parametrize("family", ["llama", "gemma3_text"])
def test_a_sequence_goes_behind_a_text(family, opened, first, second, third):
    model = opened(family)
    model.decode([*first, *second], 0)
    whole = model.take_sequence()
    expected = model.decode(third, len(first) + len(second))
    model.clear()
    model.decode(first, 0)
    with pytest.raises(StateMismatch):
        model.append_sequence(whole)  # it begins before the text ends
    assert model.next_position == len(first)
    model.put_sequence(whole)
    assert_same(model.decode(third, len(first) + len(second)), expected)


@pytest.mark.parametrize("position", [-1, -(2**31), 2**31 - 1, CONTEXT_TOKENS])
def test_a_sequence_at_positions_that_are_none_leaves_nothing_behind(opened, position):
    model = opened("llama")
    empty = bytes(model.take_sequence())
    model.decode(range(5), 0)
    bad = model.take_sequence().copy()
    bad[16:20] = np.frombuffer(np.int32(position).tobytes(), np.uint8)
    with pytest.raises(StateMismatch):
        model.put_sequence(bad)
    assert bytes(model.take_sequence()) == empty


@settings(max_examples=60)
@given(data=st.data())
def test_bytes_that_are_no_sequence_are_refused(opened, data):
    """Any bytes changed or cut off: taken or refused, and the model goes on."""
    model = opened("llama")
    model.decode(range(5), 0)
    good = model.take_sequence().copy()
    bad = good[: data.draw(st.integers(0, len(good)))].copy()
    for _ in range(data.draw(st.integers(0, 4))):
        if len(bad):
            bad[data.draw(st.integers(0, min(120, len(bad)) - 1))] = data.draw(st.integers(0, 255))
    try:
        model.put_sequence(bad)
    except StateMismatch:
        assert (model.cells, model.next_position) == (0, 0)
    model.clear()
    assert len(model.decode(range(5), 0)) == model.vocabulary_size


@pytest.mark.parametrize("family", ["llama", "gemma3_text"])
def test_a_wiped_model_has_no_keys_and_values_in_any_cell(family, opened, llama_library, monkeypatch):
    """Also in cells that were free already. Nothing native shows a cell that is free, so what is seen here is the order to clear them."""
    model = opened(family)
    clear, overwritten = llama_library.llama_memory_clear, []
    monkeypatch.setattr(
        llama_library, "llama_memory_clear", lambda memory, data: (overwritten.append(data), clear(memory, data))
    )
    empty = bytes(model.take_sequence())
    ids = [place * 5 % 400 for place in range(120)]
    logits = model.decode(ids, 0)
    model.cut(20)
    model.wipe()
    assert overwritten == [True] and not model._tokens.any()
    assert (model.cells, model.next_position) == (0, 0) and bytes(model.take_sequence()) == empty
    assert_same(model.decode(ids, 0), logits)


def test_an_empty_model_gives_and_forgets_nothing(model):
    model.cut(0)
    model.clear()
    with pytest.raises(StateMismatch):
        model.put_sequence(model.take_sequence())
    assert (model.cells, model.next_position) == (0, 0)


def test_closing_twice_is_closing_and_afterwards_every_call_is_refused(llama_library, open_gguf, tmp_path):
    model = NativeModel(open_gguf("llama"), context_tokens=CONTEXT_TOKENS, threads=1)
    held = model.decode(range(5), 0)
    taken, path = model.take_sequence(), tmp_path / "adapter.gguf"
    model.close()
    model.close()
    calls = [
        lambda: model.decode([5], 5),
        lambda: model.cut(2),
        model.clear,
        model.wipe,
        model.take_sequence,
        lambda: model.put_sequence(taken),
        lambda: model.append_sequence(taken),
        lambda: model.load_adapter(path),
        lambda: model.use_adapter(None, 0.5),
    ]
    for call in calls:
        with pytest.raises(EngineError, match="not loaded"):
            call()
    for name in (
        "architecture",
        "weights_bytes",
        "parameters",
        "layers",
        "heads",
        "kv_heads",
        "head_widths",
        "kv_bytes_per_token",
        "bytes_held",
        "next_position",
    ):
        with pytest.raises(EngineError, match="not loaded"):
            getattr(model, name)
    assert len(held) == model.vocabulary_size
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + b"\0" * 60)
    with pytest.raises(ModelError, match=r"broken\.gguf"):
        NativeModel(broken, context_tokens=CONTEXT_TOKENS, threads=1)


def test_its_log_is_ours_and_nothing_is_printed(llama_library, open_gguf, tmp_path, capfd, caplog):
    broken, whole = tmp_path / "broken.gguf", open_gguf("qwen2")
    broken.write_bytes(b"GGUF" + b"\0" * 60)
    capfd.readouterr()
    with caplog.at_level(logging.DEBUG, "engine.llama.library"), pytest.raises(ModelError):
        NativeModel(broken, context_tokens=CONTEXT_TOKENS, threads=1)
    with NativeModel(whole, context_tokens=CONTEXT_TOKENS, threads=1) as model:
        model.decode(range(9), 0)
    assert capfd.readouterr() == ("", "")
    assert any(record.levelno == logging.WARNING for record in caplog.records)


@pytest.mark.parametrize("version", ["0.2.90", "0.3.35", "0.4.0", "1.0"])
def test_another_version_is_refused_with_the_way_out(monkeypatch, version):
    monkeypatch.setattr(importlib.metadata, "version", lambda _: version)
    assert f"{version} is installed" in (why_unavailable() or "") and "palimpsest[llama]" in (why_unavailable() or "")


def test_without_it_the_way_to_it_is_told(monkeypatch):
    def absent(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", absent)
    assert 'pip install "palimpsest[llama]"' in (why_unavailable() or "")

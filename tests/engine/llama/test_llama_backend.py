"""The backend on llama.cpp beyond what all backends share: adapters that come and go, states that are kept, what it frees."""

from __future__ import annotations

import gc
import hashlib
import weakref
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import lora
from engine.adapter import Adapter, Provenance, load_adapter, save_adapter
from engine.backends import llamacpp
from engine.backends.llamacpp import LlamaCppBackend, load_llamacpp
from engine.backends.pytorch import load_torch
from engine.errors import ModelError, StateMismatch
from engine.generation import generate
from engine.jobs import run_to_end
from engine.kv_state import KVState
from engine.llama.native import NativeModel
from engine.sampling import Sampling

FAMILIES = ("llama", "mistral", "qwen2", "qwen3", "gemma2", "gemma3_text")
TALK = 3 * "Mira keeps the lighthouse of Oster. The sea was grey. Who keeps the lighthouse of Oster? "


@pytest.fixture(scope="session")
def in_pytorch(gguf_model):
    """family -> the same weights in PyTorch."""
    opened = {}

    def backend(family: str):
        if family not in opened:
            opened[family] = load_torch(gguf_model(family), device=torch.device("cpu"), dtype=torch.float32)
        return opened[family]

    return backend


@pytest.fixture
def backend(open_llamacpp) -> LlamaCppBackend:
    return open_llamacpp("llama")


def make_adapter(torch_backend, seed: int) -> Adapter:
    """A random adapter that says a lot."""
    pairs = lora.new_pairs(torch_backend.model, rank=4, scale=2.0, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    for pair in pairs.values():
        pair.a.requires_grad_(False)
        pair.b.requires_grad_(False).normal_(0.0, 0.2, generator=generator)
    provenance = Provenance("tiny", torch_backend.info.model.identity, "", 4, 2.0, 0, 0)
    return Adapter(pairs, hashlib.sha256(b"%d" % seed).hexdigest(), provenance)


def logits_of(backend, ids: Sequence[int], adapter: Adapter | None = None) -> np.ndarray:
    return backend.read(ids, backend.new_state(adapter))


def assert_same(a: np.ndarray, b: np.ndarray) -> None:
    np.testing.assert_allclose(a, b, atol=2e-2, rtol=2e-2)


@pytest.mark.parametrize("family", FAMILIES)
def test_an_adapter_does_in_llama_cpp_what_it_does_in_pytorch(family, open_llamacpp, in_pytorch):
    ours, theirs = open_llamacpp(family), in_pytorch(family)
    ids = ours.tokenizer.encode(TALK)[:40]
    plain, adapter = logits_of(theirs, ids), make_adapter(theirs, 1)
    for strength in (1.0, 0.25, 2.0, 0.0):
        adapted = logits_of(theirs, ids, adapter.scaled(strength))
        assert_same(logits_of(ours, ids, adapter.scaled(strength)), adapted)
        assert strength == 0.0 or np.abs(adapted - plain).max() > 0.1
    assert_same(logits_of(ours, ids), plain)


def test_documents_in_turn_each_with_its_adapter_and_more_of_them_than_stay_loaded(backend, in_pytorch, monkeypatch):
    monkeypatch.setattr(llamacpp, "ADAPTERS_LOADED", 2)
    theirs = in_pytorch("llama")
    ids = backend.tokenizer.encode(TALK)[:30]
    adapters = [None, *(make_adapter(theirs, seed) for seed in range(4)), make_adapter(theirs, 0).scaled(0.5)]
    expected = [logits_of(theirs, ids, adapter) for adapter in adapters]
    states = [backend.new_state(adapter) for adapter in adapters]
    for start in range(0, 30, 10):
        for state, adapter in zip(states, adapters, strict=True):
            logits = backend.read(ids[start : start + 10], state)
            if start == 20:
                assert_same(logits, expected[adapters.index(adapter)])
    assert len(backend._adapters) == len(backend.native._adapters) == 2


def test_an_adapter_of_another_strength_is_another_adapter(backend, in_pytorch):
    adapter = make_adapter(in_pytorch("llama"), 1)
    names = [adapter.scaled(strength).sha256 for strength in (0.5, 1.0, 1.5)]
    assert (
        len(set(names)) == 3 and names[1] == adapter.sha256 and adapter.scaled(0.5).scaled(1.0).sha256 == adapter.sha256
    )
    with pytest.raises(ValueError):
        adapter.scaled(2.1)


def test_an_adapter_is_read_from_its_folder_without_a_torch_model(backend, in_pytorch, open_llamacpp, tmp_path):
    theirs = in_pytorch("llama")
    made = make_adapter(theirs, 3)
    save_adapter(tmp_path / "memory", made.pairs, made.provenance)
    adapter = load_adapter(tmp_path / "memory", backend)
    ids = backend.tokenizer.encode(TALK)[:20]
    assert_same(logits_of(backend, ids, adapter), logits_of(theirs, ids, made))
    with pytest.raises(StateMismatch, match="another model"):
        load_adapter(tmp_path / "memory", open_llamacpp("qwen2"))
    unfitting = {name: lora.LoraPair(pair.a[:, :8], pair.b, pair.scale) for name, pair in made.pairs.items()}
    save_adapter(tmp_path / "narrow", unfitting, made.provenance)
    with pytest.raises(ModelError):
        load_adapter(tmp_path / "narrow", backend)
    assert_same(logits_of(backend, ids, adapter), logits_of(theirs, ids, made))


@settings(max_examples=10)
@given(data=st.data())
@pytest.mark.parametrize("family", FAMILIES)
def test_logits_behind_a_restored_state_are_those_of_a_full_read(family, open_llamacpp, data):
    backend = open_llamacpp(family)
    ids = data.draw(st.lists(st.sampled_from(backend.tokenizer.encode(TALK)), min_size=4, max_size=60))
    kept = data.draw(st.integers(1, len(ids) - 1))
    cut = data.draw(st.integers(1, kept))
    state = backend.new_state()
    logits = backend.read(ids, state)
    if data.draw(st.booleans()):
        backend.read(ids[:3], backend.new_state())  # takes it out of the context
    parts = [backend.export_state(state, 0, cut)] + ([backend.export_state(state, cut, kept)] if cut < kept else [])
    restored = backend.restore_state(KVState.joined(parts), ids[:kept])
    pieced = backend.new_state()
    for part in parts:
        backend.extend_state(pieced, part, ids[len(pieced.tokens) : len(pieced.tokens) + part.slots])
    prefixed = backend.new_state(prefix=KVState.joined(parts))
    assert restored.tokens == pieced.tokens == ids[:kept] and prefixed.first_position == kept
    for other in (restored, pieced, prefixed):
        assert_same(backend.read(ids[kept:], other), logits)
    backend.trim(prefixed, 0)
    assert_same(backend.read(ids[kept:], prefixed), logits)


@pytest.mark.parametrize("family", FAMILIES)
def test_what_pytorch_has_read_is_taken_over_and_never_mistaken_for_its_own(family, open_llamacpp, in_pytorch):
    ours, theirs = open_llamacpp(family), in_pytorch(family)
    adapter = make_adapter(theirs, 5)
    ids = ours.tokenizer.encode(TALK)[:50]
    read = theirs.new_state(adapter)
    theirs.read(ids, read)
    state = ours.new_state(adapter)
    ours.read(ids[:10], state)
    ours.take_over(state, theirs.export_state(read, 10, 35), ids[10:35])
    assert_same(ours.read(ids[35:], state), logits_of(theirs, ids, adapter))
    own = theirs.export_state(read, 0, 35)
    with pytest.raises(StateMismatch):
        ours.restore_state(own, ids[:35], adapter)
    with pytest.raises(StateMismatch):
        ours.new_state(adapter, prefix=own)
    for kept, tokens in [(own, ids[:35]), (own.part(5, 35), ids[5:35]), (own.part(0, 10), ids[:9])]:
        wrong = ours.new_state(None if kept is own else adapter)
        with pytest.raises(StateMismatch):
            ours.take_over(wrong, kept, tokens)
        assert wrong.tokens == []


def test_a_gist_of_pytorch_stands_before_what_is_read_with_any_adapter(backend, in_pytorch):
    theirs = in_pytorch("llama")
    ids = backend.tokenizer.encode(TALK)[:40]
    read = theirs.new_state()
    theirs.read(ids[:25], read)
    whole = theirs.export_state(read, 0, 25)
    rows = torch.tensor([0, 7, 8, 24])
    gist = KVState(
        replace(whole.identity, encoder="an encoder"),
        [keys[:, rows] for keys in whole.keys],
        [values[:, rows] for values in whole.values],
        whole.positions[rows],
        next_position=25,
    )
    for adapter in (None, make_adapter(theirs, 6)):
        behind, expected = backend.new_state(adapter, prefix=gist), theirs.new_state(adapter, prefix=gist)
        assert (behind.prefix_slots, behind.first_position, backend.exportable(behind)) == (4, 25, 0)
        assert_same(backend.read(ids[25:], behind), theirs.read(ids[25:], expected))
        backend.read(ids[:9], backend.new_state())
        backend.trim(behind, 5)
        assert backend.native.cells == 9  # not the state that is in the context
        assert_same(backend.read(ids[30:], behind), theirs.read(ids[30:], theirs_cut(theirs, expected, 5)))
        answers = [
            run_to_end(generate(backend, ids[25:], sampling=Sampling(), max_new_tokens=5, state=behind)).token_ids
            for _ in range(2)
        ]
        assert answers[0] == answers[1]
    beyond = KVState(gist.identity, gist.keys, gist.values, gist.positions, next_position=30)
    assert not backend.serves(beyond) and backend.serves(gist)  # llama.cpp reads on behind the last slot only
    with pytest.raises(StateMismatch):
        backend.new_state(prefix=beyond)


def theirs_cut(backend, state, keep: int):
    backend.trim(state, keep)
    return state


def test_a_state_nobody_has_any_more_is_not_carried_along(backend):
    state = backend.new_state()
    backend.read([5, 6, 7], state)
    gone = weakref.ref(state)
    del state
    gc.collect()
    assert gone() is None
    other = backend.new_state()
    backend.read([5], other)
    assert backend.native.cells == 1


def test_states_that_are_not_understood_are_not_kept_and_all_else_works(gguf_model, llama_library, monkeypatch, caplog):
    def refuse(*_):
        raise StateMismatch("It is laid out in another way.")

    monkeypatch.setattr(llamacpp.KVTransfer, "probed", refuse)
    backend = load_llamacpp(gguf_model("llama"), threads=1)
    try:
        assert not backend.capabilities.keeps_states and "laid out in another way" in caplog.text
        state = backend.new_state()
        backend.read([5, 6, 7], state)
        backend.read([5], backend.new_state())
        assert_same(backend.read([8], state), logits_of(backend, [5, 6, 7, 8]))
        with pytest.raises(StateMismatch):
            backend.export_state(state, 0, 2)
    finally:
        backend.close()


def test_closing_frees_the_model_and_leaves_no_file(gguf_model, llama_library, in_pytorch, tmp_path, monkeypatch):
    monkeypatch.setattr(llamacpp.tempfile, "tempdir", str(tmp_path))
    freed = []
    close = NativeModel.close
    monkeypatch.setattr(NativeModel, "close", lambda self: (freed.append(self), close(self))[1])
    backend = load_llamacpp(gguf_model("llama"), threads=1)
    backend.read([1, 2, 3], backend.new_state(make_adapter(in_pytorch("llama"), 7)))
    assert list(Path(tmp_path).iterdir()) == []
    backend.close()
    assert freed == [backend.native]

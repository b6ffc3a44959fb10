"""The backend on llama.cpp beyond what all backends share: adapters that come and go, states that are kept, what it frees."""

from __future__ import annotations

import gc
import hashlib
import pickle
import subprocess
import sys
import tempfile
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
from engine.errors import EngineError, ModelError, StateMismatch
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


@settings(max_examples=20)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["read", "score", "take over", "restore", "trim", "swap"]), st.integers(1, 20)),
        min_size=1,
        max_size=8,
    )
)
def test_only_what_llama_cpp_read_itself_is_kept_as_its_own(open_llamacpp, in_pytorch, steps):
    """Whatever was done before: what is given away is the reading of llama.cpp alone, from the first token on."""
    ours, theirs = open_llamacpp("llama"), in_pytorch("llama")
    ids = ours.tokenizer.encode(TALK) * 4
    state, other = ours.new_state(), ours.new_state()
    ours.read(ids[:3], other)
    own: list[bool] = []
    for what, count in steps:
        start = len(state.tokens)
        more = ids[start : start + count]
        match what:
            case "read":
                ours.read(more, state)
            case "score":
                ours.score(more, state)
                own[-1:] = [True] * min(1, start)  # it is read again for its logits
            case "take over" | "restore":
                backend = theirs if what == "take over" else ours
                read = backend.new_state()
                backend.read([*state.tokens, *more], read)
                rows = backend.export_state(read, start, start + count)
                (ours.take_over if what == "take over" else ours.extend_state)(state, rows, more)
            case "swap":
                ours.read(ids[3:4], other)
            case "trim":
                ours.trim(state, min(count, start))
        own[len(state.tokens) :] = []
        own += [what != "take over"] * (len(state.tokens) - len(own))
        assert ours.exportable(state) == [*own, False].index(False)
    if exported := ours.exportable(state):
        alone = ours.new_state()
        ours.read(ids[:exported], alone)
        for ours_row, theirs_row in zip(
            ours.export_state(state, 0, exported).keys, ours.export_state(alone, 0, exported).keys, strict=True
        ):
            assert_same(ours_row.float().numpy(), theirs_row.float().numpy())
    if exported < len(state.tokens):
        with pytest.raises(ValueError):
            ours.export_state(state, 0, exported + 1)


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


@settings(max_examples=12)
@given(
    places=st.sets(st.integers(1, 28), max_size=5),
    cuts=st.lists(st.integers(0, 45), min_size=1, max_size=3),
    size=st.integers(5, 45),
)
@pytest.mark.parametrize("family", ["llama", "gemma3_text"])
def test_behind_a_gist_what_was_taken_over_can_be_cut_anywhere(family, open_llamacpp, in_pytorch, places, cuts, size):
    """For a follow-up question behind it, and whichever of the two had read the text."""
    ours, theirs = open_llamacpp(family), in_pytorch(family)
    gist = gist_of(theirs, ours.tokenizer.encode(TALK)[:30], [0, *sorted(places), 29])
    ids = (ours.tokenizer.encode(TALK) * 2)[9:54]
    read = theirs.new_state(prefix=gist)
    theirs.read(ids, read)
    state = ours.new_state(prefix=gist)
    for cut in cuts:
        while (start := len(state.tokens)) < len(ids):
            end = min(start + size, len(ids))
            ours.take_over(state, theirs.rows(read, start, end), ids[start:end])
        ours.read(ids[:1], state)
        ours.trim(state, cut)
        assert state.tokens == ids[:cut] and ours.native.cells == gist.slots + cut
    assert_same(ours.read([7], state), ours.read([*ids[:cut], 7], ours.new_state(prefix=gist)))


def gist_of(backend, ids: Sequence[int], slots: list[int]) -> KVState:
    """Some slots of what PyTorch has read, as an encoder would leave them."""
    state = backend.new_state()
    backend.read(ids, state)
    whole = backend.export_state(state, 0, len(ids))
    return KVState(
        replace(whole.identity, encoder="an encoder"),
        [keys[:, slots] for keys in whole.keys],
        [values[:, slots] for values in whole.values],
        whole.positions[slots],
        next_position=len(ids),
    )


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


@settings(max_examples=10)
@given(data=st.data())
def test_what_was_forgotten_is_nowhere_and_what_is_still_wanted_goes_on(open_llamacpp, in_pytorch, data):
    backend, theirs = open_llamacpp("llama"), in_pytorch("llama")
    adapters = [None, *(make_adapter(theirs, seed) for seed in range(2))]
    ids = backend.tokenizer.encode(TALK)[:40]
    states = [backend.new_state(adapter) for adapter in adapters]
    for place in data.draw(st.lists(st.integers(0, 2), min_size=1, max_size=6)):
        state = states[place]
        start = len(state.tokens) % 35
        backend.read(ids[start : start + 5], state)
    forgotten = data.draw(st.integers(0, 2))
    wanted = [state for place, state in enumerate(states) if place != forgotten]
    states, state = wanted, None
    backend.forget()
    assert not backend._adapters and not backend.native._adapters
    assert (backend.native.cells, backend.native.next_position) == (0, 0)
    for each in states:
        text = [*each.tokens, ids[3]]
        assert_same(backend.read([ids[3]], each), logits_of(backend, text, each.adapter))


def test_a_state_whose_cells_are_nowhere_is_never_another_ones(backend):
    lost, other = backend.new_state(), backend.new_state()
    lost.add([5, 6, 7], own=True)
    backend.read([8, 9, 10, 11], other)
    donor = backend.new_state()
    backend.read([5, 6, 7, 8], donor)
    rows = backend.export_state(donor, 3, 4)
    for call in (
        lambda: backend.export_state(lost, 0, 3),
        lambda: backend.read([8], lost),
        lambda: backend.score([8], lost),
        lambda: backend.extend_state(lost, rows, [8]),
    ):
        with pytest.raises(StateMismatch, match="not there any more"):
            call()
    assert_same(backend.read([12], other), logits_of(backend, [8, 9, 10, 11, 12]))


def test_a_backend_that_was_closed_answers_with_a_sentence(gguf_model, llama_library, in_pytorch):
    backend = load_llamacpp(gguf_model("llama"), threads=1)
    state, other = backend.new_state(), backend.new_state(make_adapter(in_pytorch("llama"), 8))
    backend.read([5, 6, 7], other)
    backend.read([5, 6, 7], state)
    backend.close()
    for call in (
        lambda: backend.read([5], state),
        lambda: backend.read([5], other),
        lambda: backend.read([5], backend.new_state()),
        lambda: backend.score([5], state),
        lambda: backend.check_adapter(make_adapter(in_pytorch("llama"), 9)),
        backend.forget,
    ):
        with pytest.raises(EngineError, match="not loaded"):
            call()
    backend.trim(state, 1)
    backend.close()


def test_a_process_that_ends_while_llama_cpp_computes_ends_in_peace(llama_library, gguf_model):
    """Nothing is freed under the feet of a thread that is still in there: all of it goes with the process."""
    ended = subprocess.run(
        [sys.executable, "-c", ENDING, pickle.dumps(gguf_model("llama")).hex()],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (0, "reading\n"), ended.stderr


ENDING = """
import pickle, sys, threading
import llama_cpp.llama_cpp as native
from engine.llama.native import NativeModel
free, close = native.llama_backend_free, NativeModel.close
native.llama_backend_free = lambda: (print("freed the library"), free())
NativeModel.close = lambda self: (print("freed the model"), close(self))
from engine.backends.llamacpp import load_llamacpp
backend = load_llamacpp(pickle.loads(bytes.fromhex(sys.argv[1])), threads=1)
begun = threading.Event()
def read():
    state = backend.new_state()
    while True:
        backend.read([5, 6, 7] * 60, state)
        backend.trim(state, 0)
        begun.set()
threading.Thread(target=read, daemon=True).start()
begun.wait()
print("reading", flush=True)
"""


def test_closing_frees_the_model_and_leaves_no_file(gguf_model, llama_library, in_pytorch, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    freed = []
    close = NativeModel.close
    monkeypatch.setattr(NativeModel, "close", lambda self: (freed.append(self), close(self))[1])
    backend = load_llamacpp(gguf_model("llama"), threads=1)
    backend.read([1, 2, 3], backend.new_state(make_adapter(in_pytorch("llama"), 7)))
    assert list(Path(tmp_path).iterdir()) == []
    backend.close()
    assert freed == [backend.native]

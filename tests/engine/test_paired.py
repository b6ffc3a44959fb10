"""One model in both engines: what comes out is what llama.cpp alone would write, and nothing PyTorch has read is read again."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import lora
from engine.adapter import Adapter, Provenance
from engine.api import LLAMACPP, PYTORCH, SpeedMeasured
from engine.backends import paired
from engine.backends.paired import FEW_TOKENS, PairedBackend
from engine.backends.pytorch import load_torch
from engine.errors import OutOfMemory, StateMismatch
from engine.generation import generate
from engine.jobs import Interrupted, Text, run_to_end
from engine.prefix_cache import PrefixCache
from engine.sampling import Sampling

FAMILIES = ("llama", "mistral", "qwen2", "qwen3", "gemma2", "gemma3_text")
TALK = 3 * "Mira keeps the lighthouse of Oster. The sea was grey. Who keeps the lighthouse of Oster? "
PYTORCH_READS = SpeedMeasured(1000.0, 10.0, 50.0, 40.0, 0.001, "here", 1)
LLAMA_READS = SpeedMeasured(50.0, 10.0, 1000.0, 40.0, 0.001, "here", 1)
GREEDY = Sampling()


@pytest.fixture(scope="session")
def open_pair(open_llamacpp, gguf_model):
    """family -> both engines with the same GGUF file. The two are shared, what pairs them is new."""
    opened = {}

    def pair(family: str, speeds: SpeedMeasured | None = PYTORCH_READS) -> PairedBackend:
        if family not in opened:
            opened[family] = load_torch(gguf_model(family), device=torch.device("cpu"), dtype=torch.float32)
        return PairedBackend(opened[family], open_llamacpp(family), speeds)

    return pair


@pytest.fixture
def pair(open_pair) -> PairedBackend:
    return open_pair("llama")


@pytest.fixture
def decoded(monkeypatch):
    """How many tokens llama.cpp itself has read, one list item a call."""
    from engine.llama.native import NativeModel

    counts: list[int] = []
    decode = NativeModel.decode

    def counted(self, token_ids, *args, **kwargs):
        counts.append(len(token_ids))
        return decode(self, token_ids, *args, **kwargs)

    monkeypatch.setattr(NativeModel, "decode", counted)
    return counts


def ids_of(backend, count: int, skip: int = 0) -> list[int]:
    return (backend.tokenizer.encode(TALK) * 4)[skip : skip + count]


def written(backend, ids, state=None, tokens: int = 8, **options):
    return run_to_end(
        generate(backend, ids, sampling=GREEDY, max_new_tokens=tokens, state=state or backend.new_state(), **options)
    )


def random_adapter(pair: PairedBackend, seed: int) -> Adapter:
    pairs = lora.new_pairs(pair.pytorch.model, rank=4, scale=2.0, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    for each in pairs.values():
        each.a.requires_grad_(False)
        each.b.requires_grad_(False).normal_(0.0, 0.2, generator=generator)
    provenance = Provenance("tiny", pair.info.model.identity, "", 4, 2.0, 0, 0)
    return Adapter(pairs, hashlib.sha256(b"paired %d" % seed).hexdigest(), provenance)


def as_gist(pair: PairedBackend, ids: list[int], slots: list[int]):
    """Some slots of what PyTorch has read, as an encoder would leave them: at their places, or moved together by the caller."""
    state = pair.pytorch.new_state()
    pair.pytorch.read(ids, state)
    whole = pair.pytorch.export_state(state, 0, len(ids))
    return replace(
        whole,
        identity=replace(whole.identity, encoder="a gist encoder"),
        keys=[keys[:, slots] for keys in whole.keys],
        values=[values[:, slots] for values in whole.values],
        positions=whole.positions[slots],
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_the_answer_is_that_of_llama_cpp_alone(family, open_pair):
    pair = open_pair(family)
    ids = ids_of(pair, 90)
    assert written(pair, ids).token_ids == written(pair.llama, ids).token_ids


def test_only_new_tokens_are_read_by_llama_cpp(pair, decoded):
    ids, state = ids_of(pair, 90), pair.new_state()
    answer = written(pair, ids, state, tokens=5)
    assert decoded == [1] * 5 and answer.prompt_tokens == 90  # the prompt's last token, and four of the answer
    work = pair.work(state)
    assert (work.reader, work.writer) == (PYTORCH, LLAMACPP)
    assert 0.0 < work.handed_over_s < answer.ttft_s
    assert state.tokens == [*ids, *answer.token_ids[:4]]
    assert state.pytorch.tokens == ids[:-1]
    decoded.clear()
    again = written(pair, [*ids[:60], *ids_of(pair, 25, skip=7)], state, tokens=5)
    assert decoded == [1] * 5 and again.reused_tokens == 60
    assert pair.work(state).handed_over_s > 0.0
    assert again.token_ids == written(pair.llama, [*ids[:60], *ids_of(pair, 25, skip=7)], tokens=5).token_ids


def test_what_was_written_goes_on_without_being_read_again(pair, decoded):
    """A turn behind an answer: PyTorch has not seen the answer, and reads it where that is cheaper than llama.cpp reading the turn."""
    ids, state = ids_of(pair, 60), pair.new_state()
    first = written(pair, ids, state, tokens=6)
    turn = [*ids, *first.token_ids, *ids_of(pair, 40, skip=3)]
    expected = written(pair.llama, turn).token_ids
    decoded.clear()
    assert written(pair, turn, state).token_ids == expected
    assert decoded[0] == 1 and state.pytorch.tokens == turn[:-1]


def test_where_llama_cpp_reads_faster_pytorch_reads_nothing(open_pair, decoded):
    pair = open_pair("llama", LLAMA_READS)
    ids, state = ids_of(pair, 90), pair.new_state()
    answer = written(pair, ids, state)
    assert state.pytorch.tokens == [] and decoded[:2] == [89, 1]
    assert pair.work(state).reader == LLAMACPP
    assert answer.token_ids == written(pair.llama, ids).token_ids


def test_before_anything_was_measured_pytorch_reads_all_but_a_few(open_pair):
    pair = open_pair("llama", None)
    state = pair.new_state()
    pair.read(ids_of(pair, FEW_TOKENS), state)
    assert state.pytorch.tokens == []
    pair.read(ids_of(pair, FEW_TOKENS + 1), state)
    assert state.pytorch.tokens == state.tokens
    assert pair.work(state).reader == PYTORCH


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["read", "write", "trim", "score", "swap"]), st.integers(1, 30)),
        min_size=1,
        max_size=10,
    ),
    st.sampled_from([PYTORCH_READS, LLAMA_READS, None]),
)
def test_whatever_is_done_in_whatever_order_the_next_token_is_that_of_a_fresh_reading(open_pair, steps, speeds):
    pair = open_pair("llama", speeds)
    state, other = pair.new_state(), pair.new_state()
    pair.read(ids_of(pair, 20, skip=5), other)
    tokens: list[int] = []
    for what, count in steps:
        fresh = ids_of(pair, count, skip=count)
        match what:
            case "read" | "score" if len(tokens) + count < 200:
                (pair.read if what == "read" else pair.score)(fresh, state)
                tokens += fresh
            case "write" if len(tokens) < 200:
                pair.read(fresh[:1], state)
                tokens += fresh[:1]
            case "trim":
                pair.trim(state, min(count, len(tokens)))
                del tokens[count:]
            case "swap":
                state, other = other, state
                tokens = list(state.tokens)
        assert state.tokens == tokens
        parts = [part.tokens for part in (state.pytorch, state.llama) if part is not None]
        assert state.held == len(tokens) and all(part == tokens[: len(part)] for part in parts)
    last = ids_of(pair, 1, skip=2)
    fresh_state = pair.llama.new_state()
    expected = pair.llama.read([*tokens, *last], fresh_state)
    np.testing.assert_allclose(pair.read(last, state), expected, atol=0.1, rtol=0.01)


def test_two_documents_in_turn_do_not_mix(pair, decoded):
    prompts = [ids_of(pair, 70), ids_of(pair, 80, skip=11)]
    expected = [written(pair.llama, ids).token_ids for ids in prompts]
    states = [pair.new_state(), pair.new_state()]
    for _ in range(2):
        decoded.clear()
        for ids, state, answer in zip(prompts, states, expected, strict=True):
            assert written(pair, ids, state).token_ids == answer
        assert set(decoded) == {1}


def test_an_adapter_works_in_both_and_only_on_its_own_states(pair):
    ids, plain = ids_of(pair, 60), pair.new_state()
    one, two = random_adapter(pair, 1), random_adapter(pair, 2)
    for adapter in (one, two, one.scaled(0.5), None):
        state, alone = pair.new_state(adapter), pair.llama.new_state(adapter)
        np.testing.assert_allclose(
            _logits(pair, ids, state), pair.llama.read(ids, alone), atol=0.15, rtol=0.02, err_msg=str(adapter)
        )
    assert np.abs(_logits(pair, ids, pair.new_state(one)) - _logits(pair, ids, plain)).max() > 0.5


def _logits(pair: PairedBackend, ids, state):
    pair.read(ids[:-1], state)
    return pair.read(ids[-1:], state)


@pytest.mark.parametrize("slots", [[0, 1, 2, 3], [0, 7, 18, 29]], ids=["memory without gaps", "gist with gaps"])
def test_a_prefix_of_slots_stands_before_what_is_handed_over(pair, decoded, slots):
    """As a segment memory has them, at positions without a gap, and as a gist has them."""
    prompt = ids_of(pair, 30)
    gist = as_gist(pair, prompt, slots)
    if slots == [0, 1, 2, 3]:
        gist = replace(gist, next_position=4)
    ids = ids_of(pair, 40, skip=9)
    state = pair.new_state(prefix=gist)
    answer = written(pair, ids, state)
    assert set(decoded) == {1}
    assert pair.work(state).writer == LLAMACPP and pair.exportable(state) == 0
    assert answer.token_ids == written(pair.llama, ids, pair.llama.new_state(prefix=gist)).token_ids
    assert answer.token_ids == written(pair.pytorch, ids, pair.pytorch.new_state(prefix=gist)).token_ids
    with_it, without = _logits(pair, ids, pair.new_state(prefix=gist)), _logits(pair, ids, pair.new_state())
    assert np.abs(with_it - without).max() > 0.05


def test_behind_a_prefix_that_llama_cpp_does_not_take_pytorch_writes(pair, decoded, monkeypatch):
    gist = as_gist(pair, ids_of(pair, 30), [0, 1, 2, 3, 29])
    monkeypatch.setattr(type(pair.llama), "serves", lambda *_: False)
    state, ids = pair.new_state(prefix=gist), ids_of(pair, 40, skip=9)
    answer = written(pair, ids, state)
    assert decoded == [] and pair.work(state).writer == PYTORCH
    assert pair.paired(state).is_pytorchs  # it would only be refused again
    assert answer.token_ids == written(pair.pytorch, ids, pair.pytorch.new_state(prefix=gist)).token_ids


def test_where_a_state_cannot_be_handed_over_llama_cpp_reads_and_it_is_said_once(pair, decoded, monkeypatch, caplog):
    def refused(*_):
        raise StateMismatch("Not in this version.")

    monkeypatch.setattr(type(pair.llama), "take_over", refused)
    ids, state = ids_of(pair, 60), pair.new_state()
    expected = written(pair.llama, ids).token_ids
    decoded.clear()
    assert written(pair, ids, state).token_ids == expected
    assert decoded[:2] == [59, 1]
    assert written(pair, ids_of(pair, 60, skip=4)).prompt_tokens == 60
    assert [record.levelname for record in caplog.records if "from now on" in record.message] == ["WARNING"]


def test_what_is_kept_between_sessions_is_what_pytorch_read_and_is_written_on_by_llama_cpp(pair, decoded, new_store):
    ids, store = ids_of(pair, 90), new_store()
    cache, state = PrefixCache(store), pair.new_state()
    first = written(pair, ids, state)
    entry = run_to_end(cache.keep(pair, state, len(state.tokens), title="T", document_key="d"))
    assert store.entries[entry].token_ids == ids[:-1]  # what llama.cpp wrote behind it is not among it
    assert {scope for scope, _, _ in store.pieces.values()} == {pair.pytorch.state_identity().scope}

    for backend, fresh in ((pair, pair.new_state()), (pair.pytorch, pair.pytorch.new_state())):
        assert run_to_end(PrefixCache(store).restore(backend, fresh, ids)).tokens == 89
        decoded.clear()
        again = written(backend, ids, fresh)
        assert again.reused_tokens == 89 and set(decoded) <= {1}
    assert written(pair, ids).token_ids == first.token_ids


def test_where_llama_cpp_reads_its_own_states_are_kept_and_found_again(open_pair, decoded, new_store):
    pair, store = open_pair("llama", LLAMA_READS), new_store()
    ids, state = ids_of(pair, 90), pair.new_state()
    first = written(pair, ids, state)
    run_to_end(PrefixCache(store).keep(pair, state, 80, title="T", document_key="d"))
    scopes = [identity.scope for identity in pair.kept_identities()]
    assert {scope for scope, _, _ in store.pieces.values()} == {pair.llama.state_identity().scope}
    assert PrefixCache(store).reusable(scopes, ids, []) == 80 == PrefixCache(store).reusable(scopes[1:], ids, [])
    fresh = pair.new_state()
    assert run_to_end(PrefixCache(store).restore(pair, fresh, ids)).tokens == 80
    decoded.clear()
    assert written(pair, ids, fresh).token_ids == first.token_ids
    assert sum(decoded) == len(ids) - 80 + len(first.token_ids) - 1
    assert run_to_end(PrefixCache(store).restore(pair.pytorch, pair.pytorch.new_state(), ids)).tokens == 0


def test_what_is_handed_over_is_never_kept_as_llama_cpps_own(open_pair, new_store):
    pair, store = open_pair("llama"), new_store()
    ids, state = ids_of(pair, 90), pair.new_state()
    pair.read(ids, state)
    run_to_end(PrefixCache(store).keep(pair, state, 90, title="T", document_key="d"))
    reader = open_pair("llama", LLAMA_READS)
    later = reader.new_state()
    reader.read(ids[:20], later)
    run_to_end(PrefixCache(store).restore(reader, later, [*ids, 5]))
    assert not later.pytorch.tokens and reader.exportable(later) == 20
    reader.trim(later, 10)
    reader.read(ids[10:50], later)
    assert reader.exportable(later) == 50 and reader.exported_identity(later) == reader.llama.state_identity()


def test_where_llama_cpp_reads_the_last_few_what_stands_before_them_is_kept(open_pair, new_store):
    pair, store = open_pair("llama", replace(PYTORCH_READS, llama_reads=400.0)), new_store()
    ids, state = ids_of(pair, 152), pair.new_state()
    pair.read(ids[:140], state)
    pair.read(ids[140:], state)
    assert len(state.pytorch.tokens) == 140
    entry = run_to_end(PrefixCache(store).keep(pair, state, 145, title="T", document_key="d"))
    assert store.entries[entry].token_ids == ids[:140]


def test_what_is_kept_goes_on_behind_what_llama_cpp_alone_has_read(open_pair, new_store):
    pair, store = open_pair("llama"), new_store()
    ids, state = ids_of(pair, 90), pair.new_state()
    pair.read(ids, state)
    run_to_end(PrefixCache(store).keep(pair, state, 90, title="T", document_key="d"))
    reader = open_pair("llama", LLAMA_READS)
    later = reader.new_state()
    reader.read(ids[:20], later)
    assert later.pytorch.tokens == []
    assert run_to_end(PrefixCache(store).restore(reader, later, [*ids, 5])).tokens == 70
    assert later.tokens == later.llama.tokens == ids
    np.testing.assert_allclose(reader.read([5], later), pair.llama.read([*ids, 5], pair.llama.new_state()), atol=0.1)


def test_a_stop_string_ends_the_answer_and_the_state_can_be_asked_again(pair):
    ids, state = ids_of(pair, 70), pair.new_state()
    whole = written(pair, ids, state, tokens=20)
    stop = whole.text[5:8]
    cut = written(pair, ids, state, tokens=20, stop=(stop,))
    assert cut.stopped_by == "stop" and cut.text == whole.text[: whole.text.index(stop)]
    assert written(pair, ids, state, tokens=20).token_ids == whole.token_ids


@pytest.mark.parametrize("after", range(1, 8))
def test_wherever_an_answer_is_stopped_the_state_goes_on(pair, after):
    """While PyTorch reads, where it is handed over, while llama.cpp writes."""
    ids, state = ids_of(pair, 100), pair.new_state()
    steps = generate(pair, ids, sampling=GREEDY, max_new_tokens=8, state=state)
    with contextlib.closing(steps):
        for _ in range(after):
            next(steps)
    assert written(pair, ids, state).token_ids == written(pair.llama, ids).token_ids


def test_what_fails_while_it_is_handed_over_leaves_the_state_as_it_was(pair, monkeypatch):
    ids, state = ids_of(pair, 60), pair.new_state()
    with monkeypatch.context() as patch:
        patch.setattr(type(pair.llama.native), "append_sequence", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            written(pair, ids, state)
    assert state.tokens == ids[:-1] and not state.llama.tokens
    assert written(pair, ids, state).token_ids == written(pair.llama, ids).token_ids


def test_states_of_either_alone_are_gone_on_with(pair, decoded):
    ids = ids_of(pair, 60)
    expected = written(pair.llama, ids).token_ids
    torch_state, llama_state = pair.pytorch.new_state(), pair.llama.new_state()
    written(pair.pytorch, ids, torch_state)
    written(pair.llama, ids, llama_state)
    for alone in (torch_state, llama_state):
        decoded.clear()
        state = pair.paired(alone)
        assert written(pair, ids, state).token_ids == expected and set(decoded) == {1}


def test_behind_a_prefix_too_a_state_of_pytorch_alone_is_gone_on_with(pair, decoded):
    gist, ids = as_gist(pair, ids_of(pair, 60), [0, 1, 59]), ids_of(pair, 40, skip=9)
    alone, in_llama = pair.pytorch.new_state(prefix=gist), pair.llama.new_state(prefix=gist)
    expected = written(pair.llama, ids, in_llama).token_ids
    assert pair.paired(in_llama) is None  # PyTorch could not read on behind it
    written(pair.pytorch, ids, alone)
    decoded.clear()
    assert written(pair, ids, pair.paired(alone)).token_ids == expected and set(decoded) == {1}
    unwritten = pair.new_state(prefix=gist)
    pair.read(ids, unwritten)
    assert unwritten.llama is None  # nothing was put into llama.cpp before anybody writes


def test_where_llama_cpp_has_no_memory_pytorch_writes_this_answer_and_llama_cpp_the_next(pair, decoded, monkeypatch):
    ids, state = ids_of(pair, 60), pair.new_state()

    def full(*_, **__):
        raise OutOfMemory("llama.cpp needs 9.0 GB.")

    for method in ("append_sequence", "decode"):
        state = pair.paired(state)
        with monkeypatch.context() as patch:
            patch.setattr(type(pair.llama.native), method, full)
            assert written(pair, ids, state).token_ids == written(pair.pytorch, ids).token_ids
        assert pair.work(state).writer == PYTORCH
    state = pair.paired(state)
    assert written(pair, ids, state).token_ids == written(pair.llama, ids).token_ids
    assert pair.work(state).writer == LLAMACPP


def test_handing_over_a_long_text_can_be_stopped_and_goes_on_where_it_was(pair, monkeypatch):
    ids, state, asked = ids_of(pair, 100), pair.new_state(), []
    pair.read(ids, state)
    monkeypatch.setattr(paired, "HANDED_OVER_TOKENS", 30)
    with monkeypatch.context() as patch:
        patch.setattr(paired, "cancel_requested", lambda: asked.append(1) or len(asked) == 3)
        with pytest.raises(Interrupted):
            pair.read([5], state)
    assert len(state.llama.tokens) == 60 and state.tokens == ids
    np.testing.assert_allclose(pair.read([5], state), pair.llama.read([*ids, 5], pair.llama.new_state()), atol=0.1)


def test_both_parts_count_as_memory(pair):
    state = pair.new_state()
    pair.read(ids_of(pair, 40), state)
    in_pytorch = state.nbytes
    pair.read([5], state)
    assert state.nbytes == in_pytorch + 41 * pair.llama.native.kv_bytes_per_token


def test_scores_are_those_of_the_one_that_writes(pair):
    ids = ids_of(pair, 50)
    state, alone = pair.new_state(), pair.llama.new_state()
    pair.read(ids[:30], state)
    pair.llama.read(ids[:30], alone)
    np.testing.assert_allclose(pair.score(ids[30:], state), pair.llama.score(ids[30:], alone), atol=0.05)
    assert state.tokens == ids


def test_a_score_that_is_interrupted_leaves_nothing_of_it(pair, monkeypatch):
    ids, state = ids_of(pair, 150), pair.new_state()
    pair.read(ids[:40], state)
    decode, blocks = pair.llama.native.decode, []

    def interrupted(*args, **kwargs):
        blocks.append(1)
        if len(blocks) == 2:
            raise Interrupted
        return decode(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(pair.llama.native, "decode", interrupted)
        with pytest.raises(Interrupted):
            pair.score(ids[40:], state)
    assert state.tokens == ids[:40] and len(state.llama.tokens) <= 40
    assert written(pair, ids, state).token_ids == written(pair.llama, ids).token_ids


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 28), unique=True, max_size=5), st.lists(st.integers(0, 45), min_size=1, max_size=3))
def test_behind_a_gist_the_text_can_be_cut_anywhere_and_goes_on(open_pair, places, cuts):
    pair = open_pair("llama")
    gist = as_gist(pair, ids_of(pair, 30), [0, *sorted(places), 29])
    ids, state = ids_of(pair, 45, skip=9), pair.new_state(prefix=gist)
    for cut in cuts:
        pair.read(ids[len(state.tokens) :] or ids[-1:], state)
        pair.read(ids[:1], state)
        pair.trim(state, cut)
        assert state.tokens == ids[:cut]
    fresh = pair.llama.new_state(prefix=gist)
    expected = pair.llama.read([*state.tokens, 7], fresh)
    np.testing.assert_allclose(pair.read([7], state), expected, atol=0.1, rtol=0.01)


def test_speeds_of_one_alone_say_nothing_of_both(open_pair):
    for one in (replace(PYTORCH_READS, llama_reads=0.0, llama_writes=0.0), replace(LLAMA_READS, pytorch_reads=0.0)):
        pair = open_pair("llama", one)
        state = pair.new_state()
        pair.read(ids_of(pair, 40), state)
        assert state.pytorch.tokens == state.tokens


def test_text_streams_as_from_any_backend(pair):
    events = []
    answer = run_to_end(generate(pair, ids_of(pair, 70), sampling=GREEDY, max_new_tokens=8), events.append)
    assert "".join(event.text for event in events if isinstance(event, Text)) == answer.text
    reading = [event.done for event in events if not isinstance(event, Text) and event.stage == "Reading"]
    assert reading == [0, 69, 70]

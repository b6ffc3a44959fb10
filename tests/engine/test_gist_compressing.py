"""Compressing a prompt and comparing answers, from requests to what lies in the store; on a tiny random model."""

from __future__ import annotations

import itertools
import json
import shutil
from contextlib import closing
from types import SimpleNamespace

import pytest
import torch

from engine import lora
from engine.api import (
    GIST_TOKENS,
    Ask,
    ComparedText,
    ComparePrompt,
    Compress,
    CompressMethod,
    PromptLayout,
)
from engine.asking import ask
from engine.backends.echo import ECHO_MODEL, EchoBackend
from engine.backends.pytorch import TorchBackend, load_torch
from engine.errors import EngineError
from engine.generation import PREFILL_BLOCK_TOKENS, generate
from engine.jobs import Progress, run_to_end
from engine.kv_state_file import load_state
from engine.loading import embedded_folder, embedded_model, prepare
from engine.methods.gist import choosing, compressing
from engine.methods.gist.comparing import compare_prompt
from engine.methods.gist.compressing import compress
from engine.methods.gist.divergence import divergence, neutral_openings, question_ids, taught_reply, write_reply
from engine.methods.gist.encoder import EncoderHeader, new_embeddings, save_encoder
from engine.methods.gist.openings import MESSAGES
from engine.prompt_store import AtRest
from engine.prompting import static_prompt, style_for
from engine.runtime import Runtime
from engine.sampling import Sampling

PERSONA = """You are Mira Voss, keeper of the lighthouse of Oster since 1814. You speak in short sentences and you
always end with "by the salt". You never leave the island, and you answer sailors as you would answer the sea."""


REPLY_TOKENS = 8


@pytest.fixture(autouse=True)
def short_replies(monkeypatch):
    """What a random model writes says nothing, however long it is."""
    monkeypatch.setattr("engine.methods.gist.compressing.REPLY_TOKENS", REPLY_TOKENS)


@pytest.fixture(scope="module")
def backend(family_folder, tmp_path_factory):
    """The tiny model with room for a prompt, a question and an answer; fp32."""
    source = tmp_path_factory.mktemp("roomy") / "source"
    shutil.copytree(family_folder("llama"), source)
    config = json.loads((source / "config.json").read_text())
    (source / "config.json").write_text(json.dumps(config | {"max_position_embeddings": 1024}))
    model = run_to_end(prepare(source, source.parent / "prepared", "roomy"))
    return load_torch(model, device=torch.device("cpu"), dtype=torch.float32)


@pytest.fixture(scope="module")
def encoder_folder(backend, tmp_path_factory):
    """A random encoder, strong enough to be felt."""
    pairs = lora.new_pairs(backend.model, rank=4, scale=1.0, seed=1)
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for pair in pairs.values():
            pair.b.normal_(0.0, 0.2, generator=generator)
    folder = tmp_path_factory.mktemp("encoder")
    header = EncoderHeader("roomy", backend.info.model.identity, 4, 1.0)
    save_encoder(folder, pairs, new_embeddings(backend.model, seed=3), header, {})
    return folder


class RuntimeWith(Runtime):
    """A runtime whose model is the tests' shared one."""

    def __init__(self, backend, store=None):
        super().__init__(store=store)
        self.models.hold(backend)


@pytest.fixture
def runtime(backend, new_store):
    return RuntimeWith(backend, new_store())


@pytest.fixture
def wish(backend, encoder_folder):
    """Makes requests: a gist of the persona unless something else is said."""

    def request(**changes) -> Compress:
        usual = {
            "model": backend.info.model,
            "text": PERSONA,
            "title": "Mira",
            "layout": PromptLayout.INSTRUCTIONS,
            "method": CompressMethod.GIST,
            "encoder": encoder_folder,
        }
        return Compress(**usual | changes)

    return request


def prompt_of(backend, request: Compress) -> list[int]:
    style = style_for(request.model)
    return static_prompt(backend.tokenizer, request.layout, request.text, title=request.title, style=style)


def events_of(steps):
    """The result, and what was told."""
    events: list[Progress] = []
    result = run_to_end(steps, lambda event: events.append(event) if isinstance(event, Progress) else None)
    return result, events


def test_questions_answered_meanwhile_are_no_seconds_of_reading(backend, runtime, wish, monkeypatch):
    clock = [0.0]
    read = TorchBackend.read

    def slow_read(self, token_ids, state):
        clock[0] += 1.0
        return read(self, token_ids, state)

    def interrupted(event):
        clock[0] += 100.0

    noted: list[float] = []
    monkeypatch.setattr(TorchBackend, "read", slow_read)
    monkeypatch.setattr(compressing, "time", SimpleNamespace(perf_counter=lambda: clock[0]))
    monkeypatch.setattr(runtime.prefix_cache, "note_reading", lambda model, tokens, seconds: noted.append(seconds))
    run_to_end(compress(wish(method=CompressMethod.EXACT, encoder=None), runtime), interrupted)
    blocks = -(-len(prompt_of(backend, wish())) // PREFILL_BLOCK_TOKENS)
    assert noted == [float(blocks)]


def test_an_exact_prompt_is_listed_and_what_is_told_of_it_is_true(backend, runtime, wish):
    request = wish(method=CompressMethod.EXACT, encoder=None)
    result, events = events_of(compress(request, runtime))
    prompt, store = prompt_of(backend, request), runtime.prompt_store
    entry = store.entries[result.entry]
    assert (entry.kind, list(entry.token_ids), entry.title) == ("exact", prompt, "Mira")
    assert entry.metrics == {"layout": "instructions"}
    assert (result.k, result.tokens, result.slots, result.ratio) == (0, len(prompt), len(prompt), 1.0)
    assert result.bytes_exact == sum(map(len, store.data.values())) and result.bytes_gist == 0
    assert result.divergence == result.divergence_none == 0.0 and result.within_bound
    assert next(event.done for event in events if event.stage == "Reading") == 0


def test_what_is_kept_of_a_prompt_is_not_read_again(backend, runtime, wish):
    run_to_end(compress(wish(method=CompressMethod.EXACT), runtime))
    entries = dict(runtime.prompt_store.entries)
    result, events = events_of(compress(wish(k=4), runtime))
    assert next(event.done for event in events if event.stage == "Reading") == result.tokens - 1
    assert result.entry not in entries


@pytest.mark.parametrize("layout", list(PromptLayout))
@pytest.mark.parametrize("k", GIST_TOKENS)
def test_a_gist_is_the_first_token_the_literals_and_k_gist_tokens(backend, runtime, wish, k, layout):
    request = wish(k=k, layout=layout)
    result, _ = events_of(compress(request, runtime))
    store, prompt = runtime.prompt_store, prompt_of(backend, request)
    entry, data = store.entries[result.entry], store.data[store.gist_pieces[result.entry]]
    state = load_state(data)
    assert (entry.kind, list(entry.token_ids), entry.scope) == ("gist", prompt, state.identity.scope)
    assert (result.k, result.tokens, result.slots) == (k, len(prompt), state.slots)
    assert result.slots == 1 + result.literal_tokens + k and result.ratio == len(prompt) / result.slots
    assert result.bytes_gist == len(data) < result.bytes_exact and state.next_position == len(prompt) + k
    assert int(state.positions[0]) == 0 and state.positions[-k:].tolist() == list(range(len(prompt), len(prompt) + k))
    assert entry.metrics["k"] == k and entry.metrics["layout"] == layout.value
    assert entry.metrics["literals"] == ["Mira Voss", "Oster", "1814", "by the salt"]
    json.dumps(entry.metrics)


def test_literals_are_the_exact_rows_of_their_tokens_and_spell_what_they_keep(backend, runtime, wish):
    request = wish(k=2)
    result, _ = events_of(compress(request, runtime))
    store, prompt = runtime.prompt_store, prompt_of(backend, request)
    state = load_state(store.data[store.gist_pieces[result.entry]])
    places = state.positions[1:-2].tolist()
    spelled = b"".join(backend.tokenizer.token_bytes(prompt[place]) for place in places).decode()
    assert all(words in spelled for words in ("Mira Voss", "Oster", "1814", "by the salt"))
    exact = backend.new_state()
    backend.read(prompt, exact)
    for layer, keys in enumerate(state.keys):
        torch.testing.assert_close(
            keys[:, 1:-2].float(), exact.cache.layers[layer].keys[0, :, places], atol=0.05, rtol=0.05
        )


def test_without_literals_the_gist_is_smaller_by_them(runtime, wish):
    with_them, _ = events_of(compress(wish(k=2), runtime))
    without, _ = events_of(compress(wish(k=2, keep_literals=False), runtime))
    assert without.literal_tokens == 0 and without.slots == with_them.slots - with_them.literal_tokens == 3


def test_auto_takes_the_fewest_gist_tokens_within_the_bound(runtime, wish):
    measured = {}
    for k in GIST_TOKENS:
        result, _ = events_of(compress(wish(k=k), runtime))
        measured[k] = result.divergence
    generous, _ = events_of(compress(wish(divergence_bound=1e9), runtime))
    assert generous.k == 1 and generous.within_bound
    strict, _ = events_of(compress(wish(divergence_bound=0.0), runtime))
    assert not strict.within_bound and measured[strict.k] == pytest.approx(min(measured.values()), rel=0.05)
    bound = sorted(measured.values())[2] * 1.001
    between, _ = events_of(compress(wish(divergence_bound=bound), runtime))
    assert between.k == min(k for k in GIST_TOKENS if measured[k] <= bound)


def test_what_is_told_is_measured_on_what_is_kept(backend, runtime, wish):
    request = wish(k=4)
    result, _ = events_of(compress(request, runtime))
    store, prompt = runtime.prompt_store, prompt_of(backend, request)
    kept = load_state(store.data[store.gist_pieces[result.entry]])
    full = backend.new_state()
    backend.read(prompt, full)
    openings = neutral_openings(backend.tokenizer, request.layout, style_for(request.model))
    replies = [run_to_end(write_reply(backend, full, opening, REPLY_TOKENS)) for opening in openings]
    assert run_to_end(divergence(backend, backend.new_state(prefix=kept), replies)) == pytest.approx(result.divergence)
    assert run_to_end(divergence(backend, backend.new_state(), replies)) == pytest.approx(result.divergence_none)


@pytest.mark.parametrize("family", ["llama", "mistral", "qwen3", "gemma2", "gemma3_text"])
def test_the_full_prompt_is_no_way_from_itself(open_backend, family):
    """As the state that read it, and as a prefix it was put into; and the states are left as they were."""
    backend = open_backend(family)
    state = backend.new_state()
    backend.read(backend.tokenizer.encode(PERSONA[:120]), state)
    opening = backend.tokenizer.encode("Who are you?")
    reply = run_to_end(write_reply(backend, state, opening, 12))
    asked = run_to_end(generate(backend, state.tokens + opening, sampling=Sampling(), max_new_tokens=12))
    ends = backend.tokenizer.eos_ids
    assert [token for token in reply.reply_ids if token not in ends] == list(asked.token_ids)
    whole = backend.export_state(state, 0, len(state.tokens))
    for same in (state, backend.new_state(prefix=whole)):
        slots = same.cache.get_seq_length()
        assert run_to_end(divergence(backend, same, [reply])) == pytest.approx(0.0, abs=1e-5)
        assert same.cache.get_seq_length() == slots
    assert run_to_end(divergence(backend, backend.new_state(), [reply])) > 0.01


def test_openings_follow_the_prompt_as_an_answer_would(backend):
    """Behind any system message they are what the chat template writes."""
    style = style_for(backend.info.model)
    tokenizer = backend.tokenizer
    for layout in PromptLayout:
        prompt = static_prompt(tokenizer, layout, PERSONA, title="Mira", style=style)
        message, question = neutral_openings(tokenizer, layout, style)
        assert tokenizer.decode(prompt + message).count("Summarise") == 1
        assert tokenizer.decode(prompt + question).count("Question: ") == 1
        assert "Summarise" not in tokenizer.decode(prompt) and message[-1] == question[-1]


def test_a_gist_is_not_measured_with_what_it_is_fitted_with(backend):
    fitted = json.loads(MESSAGES.read_text("utf-8"))
    for layout in PromptLayout:
        for opening in neutral_openings(backend.tokenizer, layout, style_for(backend.info.model)):
            measured = backend.tokenizer.decode(opening)
            assert not any(words in measured for words in fitted[layout.value])


@pytest.mark.parametrize(
    ("half", "rounded", "bound", "kept"),
    [
        (0.200, 0.203, 1.0, AtRest.INT8),
        (0.200, 0.206, 1.0, AtRest.HALF),
        (1.000, 1.019, 2.0, AtRest.INT8),
        (1.000, 1.021, 2.0, AtRest.HALF),
        (0.200, 0.203, 0.201, AtRest.HALF),
        (0.200, 0.190, 0.1, AtRest.INT8),
    ],
)
def test_int8_is_taken_where_it_costs_next_to_nothing(backend, monkeypatch, half, rounded, bound, kept):
    answers = itertools.cycle([half, rounded])

    def measured(_backend, _state, _replies):
        yield None
        return next(answers)

    monkeypatch.setattr(choosing, "divergence", measured)
    state = backend.new_state()
    backend.read([5, 6, 7, 8], state)
    gist = backend.export_state(state, 0, 4)
    chosen = run_to_end(choosing._at_rest(backend, gist, [], k=1, bound=bound))
    assert chosen.at_rest is kept and chosen.divergence == (half if kept is AtRest.HALF else rounded)


def test_a_refined_gist_keeps_its_literals(backend, runtime, wish, monkeypatch):
    monkeypatch.setattr("engine.methods.gist.refining.REPLY_TOKENS", 4)
    plain, _ = events_of(compress(wish(k=2, refine_steps=10, divergence_bound=1e6), runtime))  # it says enough as it is
    refined, events = events_of(compress(wish(k=2, refine_steps=10, divergence_bound=0.0), runtime))
    store = runtime.prompt_store
    before, after = (load_state(store.data[store.gist_pieces[each.entry]]) for each in (plain, refined))
    assert torch.equal(before.positions, after.positions) and after.next_position == refined.tokens + 2
    for old, new in zip(before.keys, after.keys, strict=True):
        torch.testing.assert_close(old[:, :-2].float(), new[:, :-2].float(), atol=0.05, rtol=0.05)
    moved = [(new[:, -2:] - old[:, -2:]).float().abs().max() for old, new in zip(before.keys, after.keys, strict=True)]
    assert max(moved) > 0.05
    assert store.entries[refined.entry].metrics["refine_steps"] == 10
    assert [event.done for event in events if event.stage == "Refining the gist"] == [0, *range(1, 11)]


def test_a_gist_in_use_answers_in_place_of_its_prompt(backend, runtime, wish):
    result, _ = events_of(compress(wish(k=4), runtime))
    question = {"question": "Who are you?", "document_key": "doc", "title": "", "passages": None, "use_passages": False}
    asked = Ask(backend.info.model, **question, instructions=PERSONA, max_new_tokens=6, use_store=True)
    before = run_to_end(ask(asked, runtime))
    runtime.prompt_store.in_use.add(result.entry)
    runtime.drop_document("doc")
    after = run_to_end(ask(asked, runtime))
    assert (before.gist_tokens, after.gist_tokens) == (0, result.tokens)
    assert before.prompt_tokens == after.prompt_tokens and after.reused_tokens == result.tokens


def test_only_the_beginning_is_compressed_where_that_is_wanted(backend, runtime, wish):
    result, _ = events_of(compress(wish(k=1, max_tokens=20), runtime))
    text = backend.tokenizer.decode(runtime.prompt_store.entries[result.entry].token_ids)
    assert "Mira Voss" in text and "by the salt" not in text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"text": " \n"}, "no text"),
        ({"k": 3}, "1, 2, 4, 8, 16, 32 gist tokens, not into 3"),
        ({"encoder": None}, "no gist encoder yet"),
        ({"max_tokens": 0}, "At least 1 token"),
        ({"refine_steps": -1}, "0 or more steps"),
        ({"text": PERSONA * 20}, r"1,0|[2-9],\d{3} tokens long"),
    ],
)
def test_what_cannot_be_compressed_is_one_sentence(runtime, wish, changes, sentence):
    with pytest.raises(EngineError, match=sentence):
        run_to_end(compress(wish(**changes), runtime))
    assert not runtime.prompt_store.entries


def test_models_and_engines_that_keep_nothing_say_so(backend, new_store, wish):
    with pytest.raises(EngineError, match="keeps no prompts"):
        run_to_end(compress(wish(), RuntimeWith(backend)))
    with pytest.raises(EngineError, match="keeps no prompts"):
        run_to_end(compress(wish(model=ECHO_MODEL), RuntimeWith(EchoBackend(), new_store())))


def test_an_encoder_of_another_model_is_refused(backend, runtime, wish, tmp_path):
    pairs = lora.new_pairs(backend.model, rank=2, scale=1.0, seed=1)
    save_encoder(tmp_path, pairs, new_embeddings(backend.model, seed=1), EncoderHeader("other", "other", 2, 1.0), {})
    with pytest.raises(EngineError, match="trained for other"):
        run_to_end(compress(wish(encoder=tmp_path), runtime))


def test_a_prompt_as_short_as_its_gist_is_refused(runtime, wish, monkeypatch):
    monkeypatch.setattr("engine.methods.gist.compressing.GIST_TOKENS", (512,))
    with pytest.raises(EngineError, match="too short for a gist"):
        run_to_end(compress(wish(text="Be kind."), runtime))


def test_a_document_forgotten_meanwhile_leaves_nothing(runtime, wish):
    steps = compress(wish(k=1, document_key="doc"), runtime)
    with pytest.raises(EngineError, match="could not be kept"):
        for event in steps:
            if isinstance(event, Progress) and event.stage == "Reading":
                runtime.drop_document("doc")
    assert not runtime.prompt_store.entries and not runtime.prompt_store.data


def test_stopped_anywhere_the_model_is_as_it_was_and_no_gist_is_kept(backend, new_store, wish):
    opening = backend.tokenizer.encode("Who are you?")
    before = backend.read(opening, backend.new_state())
    total = sum(1 for _ in compress(wish(k=4), RuntimeWith(backend, new_store())))
    assert total > 20  # a yield for every token written, and between all that takes long
    for stop in range(1, total, 7):
        runtime = RuntimeWith(backend, new_store())
        with closing(compress(wish(k=4), runtime)) as steps:
            for _ in range(stop):
                next(steps)
        assert not runtime.prompt_store.gist_pieces
    assert (backend.read(opening, backend.new_state()) == before).all()


@pytest.mark.model
def test_the_embedded_model_compresses_and_compares_a_persona(new_store, tmp_path):
    """With an encoder that has learned nothing: that it runs, and that what is told fits together."""
    if not embedded_folder().is_dir():
        pytest.skip("the embedded model is not set up")
    ref = embedded_model()
    runtime = Runtime(store=new_store())
    real = run_to_end(runtime.load(ref))
    header = EncoderHeader(ref.name, ref.identity, 4, 1.0)
    save_encoder(
        tmp_path, lora.new_pairs(real.model, rank=4, scale=1.0, seed=1), new_embeddings(real.model, seed=1), header, {}
    )
    request = Compress(ref, PERSONA, "Mira", PromptLayout.INSTRUCTIONS, CompressMethod.GIST, encoder=tmp_path, k=2)
    result = run_to_end(compress(request, runtime))
    assert result.slots == 3 + result.literal_tokens < result.tokens / 2
    assert result.bytes_gist < result.bytes_exact / 2 and 0 < result.divergence < 10 and result.divergence_none > 0
    compared = run_to_end(compare_prompt(ComparePrompt(ref, result.entry, "Who are you?", max_new_tokens=8), runtime))
    assert compared.full.answer and compared.divergence > 0


# Comparing


@pytest.fixture
def gist(runtime, wish):
    return run_to_end(compress(wish(k=8), runtime))


def test_both_answers_are_those_of_the_full_prompt_and_of_the_gist(backend, runtime, gist):
    told: dict[str, list[str]] = {"full": [], "gist": []}

    def hear(event):
        if isinstance(event, Progress) and isinstance(event.detail, ComparedText):
            told[event.detail.which].append(event.detail.text)

    request = ComparePrompt(backend.info.model, gist.entry, "Who keeps the lighthouse?", max_new_tokens=12)
    compared = run_to_end(compare_prompt(request, runtime), hear)
    store = runtime.prompt_store
    prompt = list(store.entries[gist.entry].token_ids)
    asked = question_ids(backend.tokenizer, request.question, style_for(backend.info.model))
    kept = load_state(store.data[store.gist_pieces[gist.entry]])
    full = run_to_end(generate(backend, prompt + asked, sampling=Sampling(), max_new_tokens=12))
    short = run_to_end(
        generate(backend, asked, sampling=Sampling(), max_new_tokens=12, state=backend.new_state(prefix=kept))
    )
    assert (compared.full.answer, compared.gist.answer) == (full.text.strip(), short.text.strip())
    assert ("".join(told["full"]), "".join(told["gist"])) == (full.text, short.text)
    assert (compared.full.slots, compared.gist.slots) == (gist.tokens, gist.slots)
    assert compared.full.first_s > 0 and compared.gist.first_s > 0
    state = backend.new_state()
    backend.read(prompt, state)
    reply = run_to_end(taught_reply(backend, state, asked, full.token_ids))
    for found, behind in ((compared.divergence, kept), (compared.divergence_none, None)):
        apart = run_to_end(divergence(backend, backend.new_state(prefix=behind), [reply]))
        assert found == pytest.approx(apart, rel=1e-3) and found > 0


def test_a_gist_that_cannot_be_compared_is_one_sentence(backend, runtime, gist, open_backend):
    def compare(model=backend.info.model, *, entry=gist.entry, question="Who?", at=runtime):
        return run_to_end(compare_prompt(ComparePrompt(model, entry, question), at))

    with pytest.raises(EngineError, match="no question"):
        compare(question=" ")
    with pytest.raises(EngineError, match="another model than tiny llama"):
        other = open_backend("llama")
        compare(other.info.model, at=RuntimeWith(other, runtime.prompt_store))
    runtime.prompt_store.data[runtime.prompt_store.gist_pieces[gist.entry]] = b"damaged"
    with pytest.raises(EngineError, match="cannot be read any more"):
        compare()
    runtime.prompt_store.gist = lambda entry: None
    with pytest.raises(EngineError, match="not there any more"):
        compare()


def test_the_exact_state_is_kept_beside_a_gist_of_instructions_and_not_of_a_document(backend, runtime, wish):
    compress_all = [wish(k=2), wish(k=2, layout=PromptLayout.DOCUMENT, document_key="doc", title="The log")]
    for request in compress_all:
        events_of(compress(request, runtime))
    kept = [(entry.kind, entry.document_key) for entry in runtime.prompt_store.entries.values()]
    assert kept == [("exact", None), ("gist", None), ("gist", "doc")]

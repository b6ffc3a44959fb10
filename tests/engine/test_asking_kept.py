"""Asking with prompts kept between sessions: a restarted engine reads what is new, and a gist in use stands in for its prompt."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch

from engine.api import Answered, Ask, Compress, CompressMethod, PassageText, PreviewAsk, PromptLayout
from engine.asking import ask, preview
from engine.backends.pytorch import TorchBackend
from engine.errors import EngineError
from engine.jobs import Text, run_to_end
from engine.kv_state import KVState
from engine.kv_state_file import dump_state
from engine.methods.gist.compressing import compress
from engine.prompt_store import NewEntry
from engine.prompting import static_prompt, style_for
from engine.runtime import Runtime

TEXTS = (
    "The cat of the Copy House was called Codicil.",
    "Mrs Stannard kept the key in a jar of dried peas.",
    "Bethuel Crane rowed the ferry.",
)
PASSAGES = tuple(PassageText(100 * i, 100 * i + len(text), text) for i, text in enumerate(TEXTS))
INSTRUCTIONS = "You are Mira, who keeps the lighthouse of Oster."
STYLE = {
    "prompt": {
        "instruction": "Answer.",
        "answer_prefix": "",
        "stop_at_newline": False,
        "passage_tokens": 40,
        "excerpt_characters": 0,
    },
    "jrt": {"form": "once", "on_form": "twice"},
}


@pytest.fixture
def model(family_model, monkeypatch):
    """A tiny model, in fp32 so that answers are not a matter of rounding."""
    ref = family_model("llama")
    (ref.folder / "asking.json").write_text(json.dumps(STYLE), "utf-8")
    monkeypatch.setattr("engine.backends.pytorch.choose_dtype", lambda device: torch.float32)
    yield ref
    (ref.folder / "asking.json").unlink()


@pytest.fixture
def question(model):
    return Ask(
        model,
        "Where was the key?",
        "doc",
        "The Light Book",
        PASSAGES,
        instructions=INSTRUCTIONS,
        max_new_tokens=6,
    )


@pytest.fixture
def read_tokens(monkeypatch):
    """How many tokens the model has read, one list item a call."""
    counts: list[int] = []
    read = TorchBackend.read

    def counted(self, token_ids, state):
        counts.append(len(token_ids))
        return read(self, token_ids, state)

    monkeypatch.setattr(TorchBackend, "read", counted)
    return counts


def asked(request: Ask, runtime: Runtime) -> Answered:
    return run_to_end(ask(request, runtime))


def previewed(request: Ask, runtime: Runtime):
    return run_to_end(preview(PreviewAsk(request), runtime))


def prefilled(counts: list[int], answered: Answered) -> int:
    """Of what was read since, that of the prompt; the answer is read a token at a time, its last token never."""
    return sum(counts) - answered.new_tokens + (answered.stopped_by == "length")


def test_a_restarted_engine_reads_only_what_is_new(question, new_store, read_tokens):
    store = new_store()
    plain = asked(question, Runtime())
    read_tokens.clear()
    first = asked(question, Runtime(store=store))
    assert (first.reused_tokens, prefilled(read_tokens, first)) == (0, first.prompt_tokens)
    (entry,) = store.entries.values()
    assert (entry.kind, entry.title, entry.document_key) == ("exact", "The Light Book", "doc")
    follow_up = replace(question, question="Who rowed the ferry?")
    for request in (question, follow_up):
        read_tokens.clear()
        again = asked(request, Runtime(store=store))
        assert again.reused_tokens == len(entry.token_ids) >= 32
        assert prefilled(read_tokens, again) == again.prompt_tokens - again.reused_tokens
        assert again.gist_tokens == 0
    assert plain.answer == first.answer == asked(question, Runtime(store=store)).answer
    assert {tokens for _, tokens in store.uses} == {len(entry.token_ids)}
    assert len(store.pieces) == len(entry.token_ids) // 256 + 1


def test_another_document_uses_the_instructions_that_were_read_for_the_first(question, new_store):
    store = new_store()
    asked(question, Runtime(store=store))
    other = asked(replace(question, document_key="other", title="Zwei Inseln"), Runtime(store=store))
    assert 0 < other.reused_tokens < len(store.entries[1].token_ids)
    assert {entry.document_key for entry in store.entries.values()} == {"doc", "other"}


def test_within_a_session_what_is_in_memory_comes_first_and_nothing_is_kept_twice(question, new_store):
    store = new_store()
    runtime = Runtime(store=store)
    asked(question, runtime)
    again = asked(question, runtime)
    assert again.reused_tokens == again.prompt_tokens - 1
    store.entries.clear()  # the user has removed it
    asked(question, runtime)
    assert not store.entries and not store.uses


def test_without_the_store_it_is_not_touched(question, new_store):
    class Untouchable(new_store):
        def __getattribute__(self, name):
            raise AssertionError(name)

    asked(replace(question, use_store=False, use_segments=False), Runtime(store=Untouchable()))


def test_a_store_that_keeps_and_finds_nothing_changes_nothing_in_the_answer(question, new_store):
    class Full(new_store):
        def write_piece(self, scope, parent, token_ids, data):
            return None

    class Unreadable(new_store):
        def read_piece(self, piece):
            return None

    expected = asked(question, Runtime())
    for store in (Full(), Unreadable()):
        for _ in range(2):
            answered = asked(question, Runtime(store=store))
            assert (answered.answer, answered.reused_tokens) == (expected.answer, 0)


def test_a_preview_counts_what_is_kept_once_the_model_is_loaded(question, new_store):
    store = new_store()
    asked(question, Runtime(store=store))
    runtime = Runtime(store=store)
    assert previewed(question, runtime).reused_tokens == 0 and runtime.backend is None
    asked(replace(question, document_key="other", title="Zwei Inseln"), runtime)
    before = previewed(question, runtime)
    answered = asked(question, runtime)
    assert (before.prompt_tokens, before.reused_tokens) == (answered.prompt_tokens, answered.reused_tokens)
    assert before.reused_tokens > 0
    before = previewed(replace(question, use_store=False, document_key="third"), runtime)
    assert before.reused_tokens == 0


def test_of_a_document_dropped_while_it_answers_nothing_is_kept(question, new_store):
    store = new_store()
    runtime = Runtime(store=store)
    steps = ask(question, runtime)
    while not isinstance(next(steps), Text):
        pass
    runtime.drop_document("doc")
    run_to_end(steps)
    assert not store.pieces and not store.entries


def test_instructions_that_leave_no_room_are_refused_with_both_numbers(question):
    with pytest.raises(EngineError, match=r"instructions.*256"):
        asked(replace(question, instructions="Be kind. " * 200), Runtime())


def put_gist(store, ref, layout, text, *, document_key=None, places=(0, 3, 5), extra=4, **made_with):
    """A gist of some rows of the exact state, in use; `extra` positions behind the prompt are taken by gist tokens."""
    runtime = Runtime()
    backend = run_to_end(runtime.load(ref))
    ids = static_prompt(backend.tokenizer, layout, text, title="The Light Book", style=style_for(ref))
    state = backend.new_state()
    backend.read(ids, state)
    whole = backend.export_state(state, 0, len(ids))
    rows = torch.tensor(list(places))
    gist = KVState(
        replace(whole.identity, **{"encoder": "an encoder", **made_with}),
        [keys[:, rows] for keys in whole.keys],
        [values[:, rows] for values in whole.values],
        whole.positions[rows],
        len(ids) + extra,
    )
    entry = store.write_gist(
        NewEntry("gist", gist.identity.scope, ref.identity, ref.name, "", "Mira", ids, document_key),
        dump_state(gist),
    )
    store.in_use.add(entry)
    return len(ids)


def test_a_gist_of_the_instructions_stands_in_for_the_system_message(question, new_store, read_tokens):
    store = new_store()
    tokens = put_gist(store, question.model, PromptLayout.INSTRUCTIONS, INSTRUCTIONS)
    plain = asked(question, Runtime())
    runtime = Runtime(store=store)
    before = previewed(question, runtime)
    read_tokens.clear()
    answered = asked(question, runtime)
    assert (answered.gist_tokens, answered.reused_tokens, answered.prompt_tokens) == (
        tokens,
        tokens,
        plain.prompt_tokens,
    )
    assert (before.prompt_tokens, before.reused_tokens) == (answered.prompt_tokens, answered.reused_tokens)
    assert prefilled(read_tokens, answered) == answered.prompt_tokens - tokens
    assert store.uses == [((store.gist_pieces[1],), tokens)]
    assert not [entry for entry in store.entries.values() if entry.kind == "exact"]
    before = previewed(question, runtime)
    again = asked(question, runtime)
    assert again.reused_tokens == before.reused_tokens == again.prompt_tokens - 1
    assert again.answer == answered.answer
    assert store.uses[1:] == [((store.gist_pieces[1],), 0)]  # a hit; nothing more was saved than by what is in memory
    assert asked(replace(question, use_gists=False), runtime).gist_tokens == 0
    assert asked(replace(question, use_store=False), runtime).gist_tokens == 0
    assert asked(replace(question, instructions="You are kind."), runtime).gist_tokens == 0
    assert asked(replace(question, instructions=""), runtime).gist_tokens == 0


def test_a_gist_of_the_document_stands_before_its_passages(question, new_store, read_tokens):
    store = new_store()
    tokens = put_gist(store, question.model, PromptLayout.DOCUMENT, TEXTS[0], document_key="doc")
    read_tokens.clear()
    answered = asked(question, Runtime(store=store))
    assert answered.gist_tokens == tokens and answered.passages
    assert prefilled(read_tokens, answered) == answered.prompt_tokens - tokens
    without = asked(replace(question, instructions=""), Runtime(store=store))
    assert without.gist_tokens == tokens and without.prompt_tokens < answered.prompt_tokens  # they are in the tail
    assert asked(replace(question, document_key="other"), Runtime(store=store)).gist_tokens == 0
    # What is asked of a part of the book must not be answered from all of it.
    assert asked(replace(question, span=(0, 160)), Runtime(store=store)).gist_tokens == 0


def keep_document(store, ref, text, *, document_key="doc"):
    """A document's exact text, in use. Returns how many tokens it has."""
    request = Compress(
        ref,
        text,
        "The Light Book",
        PromptLayout.DOCUMENT,
        CompressMethod.EXACT,
        document_key=document_key,
        encoder=None,
    )
    done = run_to_end(compress(request, Runtime(store=store)))
    store.in_use.add(done.entry)
    return done.tokens


def test_an_exact_document_in_use_stands_before_its_passages_and_is_not_read_again(question, new_store, read_tokens):
    store = new_store()
    tokens = keep_document(store, question.model, TEXTS[0])
    plain = asked(question, Runtime())
    runtime = Runtime(store=store)
    read_tokens.clear()
    answered = asked(question, runtime)
    assert (answered.reused_tokens, answered.gist_tokens) == (tokens, 0)
    assert answered.passages == plain.passages
    assert prefilled(read_tokens, answered) == answered.prompt_tokens - tokens
    assert len(store.entries) == 1 and [saved for _, saved in store.uses] == [tokens]
    before = previewed(question, runtime)
    again = asked(question, runtime)
    assert (before.prompt_tokens, before.reused_tokens) == (again.prompt_tokens, again.reused_tokens)
    assert again.reused_tokens == again.prompt_tokens - 1 and again.answer == answered.answer
    unreadable = new_store()
    keep_document(unreadable, question.model, TEXTS[0])
    unreadable.data = {piece: data[:-3] for piece, data in unreadable.data.items()}
    read_again = asked(question, Runtime(store=unreadable))
    assert (read_again.answer, read_again.prompt_tokens) == (answered.answer, answered.prompt_tokens)
    assert read_again.reused_tokens == 0


def test_an_exact_document_is_left_aside_where_it_may_not_stand(question, new_store):
    store = new_store()
    keep_document(store, question.model, TEXTS[0])
    plain = asked(question, Runtime()).prompt_tokens
    assert asked(replace(question, use_store=False), Runtime(store=store)).prompt_tokens == plain
    assert asked(replace(question, use_gists=False), Runtime(store=store)).prompt_tokens > plain
    # What is asked of a part of the book must not be answered from all of it.
    narrowed = replace(question, span=(0, 160))
    assert asked(narrowed, Runtime(store=store)).prompt_tokens == asked(narrowed, Runtime()).prompt_tokens
    other = replace(question, document_key="other")
    assert asked(other, Runtime(store=store)).prompt_tokens == plain
    crowded = replace(question, max_new_tokens=256 - plain - 4)
    assert asked(crowded, Runtime(store=store)).prompt_tokens == plain


def test_a_gist_serves_only_where_the_rest_fits_behind_it(question, new_store):
    store = new_store()
    room = 256 - question.max_new_tokens
    put_gist(store, question.model, PromptLayout.DOCUMENT, TEXTS[0], document_key="doc", extra=room - 60)
    assert asked(question, Runtime(store=store)).gist_tokens == 0


def test_behind_a_gist_that_leaves_little_room_there_are_fewer_passages(question, new_store):
    store, crowded = new_store(), new_store()
    tokens = put_gist(store, question.model, PromptLayout.DOCUMENT, TEXTS[0], document_key="doc")
    roomy = asked(question, Runtime(store=store))
    room = roomy.prompt_tokens - tokens - 1  # one token less than its tail takes
    extra = 256 - question.max_new_tokens - tokens - room
    put_gist(crowded, question.model, PromptLayout.DOCUMENT, TEXTS[0], document_key="doc", extra=extra)
    answered = asked(question, Runtime(store=crowded))
    assert answered.gist_tokens == tokens and answered.prompt_tokens - tokens <= room
    assert answered.passages and answered.passages != roomy.passages


@pytest.mark.parametrize(
    "made_with", [{"encoder": ""}, {"adapter": "an adapter"}, {"model": "another"}, {"tokenizer": "another"}, {}]
)
def test_a_gist_that_cannot_be_used_is_left_aside(question, new_store, made_with):
    store = new_store()
    put_gist(store, question.model, PromptLayout.INSTRUCTIONS, INSTRUCTIONS, **made_with)
    if not made_with:
        store.data[store.gist_pieces[1]] = store.data[store.gist_pieces[1]][:-3]
    answered = asked(question, Runtime(store=store))
    assert (answered.gist_tokens, answered.reused_tokens) == (0, 0)
    assert answered.answer == asked(question, Runtime()).answer


def test_a_gist_computed_in_another_dtype_is_left_aside(question, new_store, monkeypatch):
    store = new_store()
    put_gist(store, question.model, PromptLayout.INSTRUCTIONS, INSTRUCTIONS)
    monkeypatch.setattr("engine.backends.pytorch.choose_dtype", lambda device: torch.bfloat16)
    assert asked(question, Runtime(store=store)).gist_tokens == 0

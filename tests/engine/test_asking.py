from __future__ import annotations

import json
from dataclasses import replace

import pytest

from engine.api import Answered, Ask, DropDocument, PassageText, PreviewAsk, Quoted, Switch, Thought
from engine.asking import NOT_FOUND, ask, preview
from engine.backends.echo import ECHO_MODEL
from engine.errors import EngineError
from engine.jobs import Lane, Progress, Text, run_to_end
from engine.loading import embedded_folder, embedded_model
from engine.runtime import Runtime, handlers

TEXTS = (
    "The cat of the Copy House was called Codicil. She slept on the charter.",
    "Mrs Stannard kept the key of the Muniment Room in a jar of dried peas.",
    "Bethuel Crane rowed the ferry, which was called the Obliging Hannah.",
)
PASSAGES = tuple(PassageText(100 * i, 100 * i + len(text), text) for i, text in enumerate(TEXTS))
CONTEXT_TOKENS = 256  # of the tiny models
QUESTION = Ask(ECHO_MODEL, "Where did Mrs Stannard keep the key?", "doc", "The Light Book", PASSAGES)


def asked(request: Ask, runtime: Runtime | None = None) -> tuple[Answered, list[Progress | Text]]:
    events: list[Progress | Text] = []
    return run_to_end(ask(request, runtime or Runtime()), events.append), events


def test_an_answer_is_streamed_and_cited():
    answered, events = asked(QUESTION)
    assert answered.answer == TEXTS[1]
    assert "".join(event.text for event in events if isinstance(event, Text)).rstrip() == answered.answer
    assert [(c.quote, c.start, c.end) for c in answered.citations] == [(TEXTS[1], 100, 100 + len(TEXTS[1]))]
    assert events[0] == Progress("Finding passages", 0, total=3, unit="passage")
    assert "Reading" in {event.stage for event in events if isinstance(event, Progress)}


def test_figures_are_those_of_the_run():
    answered, events = asked(QUESTION)
    assert answered.prompt_tokens > answered.reused_tokens == 0
    assert answered.new_tokens == sum(isinstance(event, Text) for event in events)
    assert answered.ttft_s > 0
    assert (answered.stopped_by, answered.adapter_used, answered.adapter_tokens) == ("stop", False, 0)


def test_a_second_question_reads_the_beginning_of_the_prompt_no_more():
    runtime = Runtime()
    asked(QUESTION, runtime)
    answered, _ = asked(replace(QUESTION, question="Who rowed the ferry?"), runtime)
    assert answered.answer == TEXTS[2]
    assert 0 < answered.reused_tokens < answered.prompt_tokens


@pytest.mark.parametrize(("switch", "form"), [(Switch.AUTO, "once"), (Switch.OFF, "once"), (Switch.ON, "twice")])
def test_the_answer_says_which_form_was_read(switch, form):
    answered, _ = asked(replace(QUESTION, jrt=switch))
    assert answered.jrt == form


def test_reading_twice_makes_the_prompt_longer_and_the_answer_stays():
    once, twice = (asked(replace(QUESTION, jrt=switch))[0] for switch in (Switch.OFF, Switch.ON))
    assert twice.prompt_tokens > once.prompt_tokens
    assert twice.answer == once.answer


def test_without_passages_nothing_is_cited():
    answered, events = asked(replace(QUESTION, use_passages=False))
    assert (answered.citations, answered.passages, answered.jrt) == ((), (), "no passages")
    assert "Finding passages" not in {event.stage for event in events if isinstance(event, Progress)}


def test_what_no_passage_speaks_of_is_not_found_and_no_model_is_loaded():
    runtime = Runtime()
    answered, events = asked(replace(QUESTION, question="Who is Voldemort?"), runtime)
    assert (answered.answer, answered.citations, answered.new_tokens) == (NOT_FOUND, (), 0)
    assert [event.text for event in events if isinstance(event, Text)] == [NOT_FOUND]
    assert runtime.backend is None


def test_a_question_about_the_whole_text_gets_its_beginning():
    answered, _ = asked(replace(QUESTION, question="What is this story about?"))
    assert answered.passages[0] == PASSAGES[0]


def test_only_the_passages_of_the_request_are_searched():
    runtime = Runtime()
    asked(QUESTION, runtime)
    answered, _ = asked(replace(QUESTION, passages=PASSAGES[:1]), runtime)
    assert all(passage in PASSAGES[:1] for passage in answered.passages)


def test_the_index_is_kept_for_the_next_question_and_goes_with_the_document():
    runtime = Runtime()
    asked(QUESTION, runtime)
    _, events = asked(QUESTION, runtime)
    assert "Finding passages" not in {event.stage for event in events if isinstance(event, Progress)}
    run_to_end(handlers(runtime)[DropDocument](DropDocument("doc")))
    assert runtime.document_memory == {}
    _, events = asked(QUESTION, runtime)
    assert "Finding passages" in {event.stage for event in events if isinstance(event, Progress)}


def test_passages_are_given_once_and_known_from_then_on():
    runtime = Runtime()
    with pytest.raises(EngineError, match="ask again"):
        asked(replace(QUESTION, passages=None), runtime)
    asked(QUESTION, runtime)
    answered, _ = asked(replace(QUESTION, passages=None), runtime)
    assert answered.answer == TEXTS[1]
    runtime.drop_document("doc")
    with pytest.raises(EngineError):
        asked(replace(QUESTION, passages=None), runtime)


def test_a_span_bounds_what_is_retrieved_and_pieces_at_its_ends_count():
    runtime = Runtime()
    cut = PassageText(100, 137, TEXTS[1][:37])
    answered, _ = asked(replace(QUESTION, span=(0, 137), edges=(cut,)), runtime)
    assert answered.passages == (cut,)
    answered, _ = asked(replace(QUESTION, span=(0, 90)), runtime)
    assert (answered.answer, answered.quotes) == (NOT_FOUND, ())
    answered, _ = asked(QUESTION, runtime)
    assert answered.passages == (PASSAGES[1],)


def test_a_short_selection_is_shown_whole_whatever_is_asked_of_it():
    request = replace(QUESTION, question="What does this mean?", span=(0, 190), about_span=True)
    answered, _ = asked(request)
    assert answered.passages == PASSAGES[:2]


def test_quotes_come_before_any_model_and_stay_with_the_answer():
    runtime = Runtime()
    steps = ask(QUESTION, runtime)
    while not isinstance(detail := getattr(next(steps), "detail", None), Quoted):
        pass
    assert runtime.backend is None
    assert detail.quotes[0].quote == TEXTS[1]
    answered = run_to_end(steps)
    assert answered.quotes == detail.quotes


def test_marks_stand_behind_the_sentences_their_citations_support():
    answered, _ = asked(QUESTION)
    assert answered.marks == ((len(answered.answer), 0),)


def test_an_answer_goes_on_where_it_was_stopped():
    whole, _ = asked(QUESTION)
    begun = whole.answer[:20]
    answered, events = asked(replace(QUESTION, begun=begun))
    assert answered.answer == begun + "".join(event.text for event in events if isinstance(event, Text)).rstrip()


@pytest.mark.parametrize("jrt", list(Switch))
def test_a_preview_says_what_asking_then_does_and_loads_nothing(jrt):
    runtime = Runtime()
    request = replace(QUESTION, jrt=jrt)
    before = run_to_end(preview(PreviewAsk(request), runtime))
    assert runtime.backend is None
    answered, _ = asked(request, runtime)
    assert (before.passages, before.jrt) == (answered.passages, answered.jrt)
    follow_up = replace(request, question="Who rowed the ferry?", passages=None)
    before = run_to_end(preview(PreviewAsk(follow_up), runtime))
    answered, _ = asked(follow_up, runtime)
    assert (before.prompt_tokens, before.reused_tokens) == (answered.prompt_tokens, answered.reused_tokens)


def test_a_document_dropped_while_it_is_indexed_leaves_nothing_behind():
    runtime = Runtime()
    steps = ask(QUESTION, runtime)
    next(steps)
    runtime.drop_document("doc")
    run_to_end(steps)
    assert "passage index" not in runtime.document_memory.get("doc", {})


def test_an_answer_stopped_half_way_leaves_the_engine_usable():
    runtime = Runtime()
    steps = ask(QUESTION, runtime)
    while not isinstance(next(steps), Text):
        pass
    steps.close()
    answered, _ = asked(QUESTION, runtime)
    assert answered.answer == TEXTS[1]


def test_the_same_answer_comes_through_the_job_runner():
    from engine.jobs import Finished, JobRunner, is_end

    runner = JobRunner(handlers(Runtime()), name="engine")
    try:
        runner.submit(QUESTION, lane=Lane.INTERACTIVE)
        while not is_end(event := runner.events.get(timeout=20).event):
            pass
        assert isinstance(event, Finished)
        assert event.result.answer == TEXTS[1]
    finally:
        runner.close()


SHORT_STYLE = {
    "prompt": {
        "instruction": "Answer.",
        "answer_prefix": "Answer:",
        "stop_at_newline": True,
        "passage_tokens": 60,
        "excerpt_characters": 0,
    },
    "jrt": {"form": "once", "on_form": "passages twice"},
}


def test_a_real_model_answers_within_its_context(family_model):
    model = family_model("llama")
    (model.folder / "asking.json").write_text(json.dumps(SHORT_STYLE), "utf-8")
    try:
        for switch in (Switch.OFF, Switch.ON):
            request = replace(QUESTION, model=model, title="", jrt=switch, max_new_tokens=6)
            answered, events = asked(request)
            assert 0 < answered.prompt_tokens <= CONTEXT_TOKENS - 6
            assert answered.passages
            assert answered.answer == "".join(event.text for event in events if isinstance(event, Text)).rstrip()
            assert answered.new_tokens <= 6
        assert answered.jrt == "passages twice"
    finally:
        (model.folder / "asking.json").unlink()


def test_a_question_longer_than_the_context_is_refused_with_a_sentence(family_model):
    request = replace(QUESTION, model=family_model("llama"), question="the key " * 400)
    with pytest.raises(EngineError, match="tokens"):
        asked(request)


@pytest.mark.model
def test_the_embedded_model_answers_from_the_passages_and_cites_them():
    if not embedded_folder().is_dir():
        pytest.skip("the embedded model is not set up")
    runtime = Runtime()
    request = replace(QUESTION, model=embedded_model(), question="What was the cat called?", max_new_tokens=24)
    answered, events = asked(request, runtime)
    assert "Codicil" in answered.answer
    assert answered.citations[0].quote == "The cat of the Copy House was called Codicil."
    assert answered.answer == "".join(event.text for event in events if isinstance(event, Text)).rstrip()
    again, _ = asked(request, runtime)
    assert "Codicil" in again.answer  # bf16: read in other blocks, the rest of the answer may differ
    assert again.reused_tokens == again.prompt_tokens - 1


def test_what_a_model_thinks_aloud_is_no_part_of_its_answer(monkeypatch):
    from engine.backends import echo

    monkeypatch.setattr(echo, "echo_reply", lambda _: f"<think>Who has the key? Mrs Stannard.</think>\n\n{TEXTS[1]}")
    answered, events = asked(QUESTION)
    assert answered.reasoning == "Who has the key? Mrs Stannard."
    assert answered.answer == TEXTS[1]
    assert "".join(event.text for event in events if isinstance(event, Text)).rstrip() == TEXTS[1]
    thoughts = [event.detail.text for event in events if isinstance(getattr(event, "detail", None), Thought)]
    assert "".join(thoughts).strip() == answered.reasoning
    assert [cited.quote for cited in answered.citations] == [TEXTS[1]]

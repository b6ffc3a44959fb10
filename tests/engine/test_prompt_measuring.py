from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.api import KnownQuestion, MeasureReading, ModelRef, PassageText, Switch
from engine.backends.echo import EchoBackend
from engine.jobs import Progress, run_to_end
from engine.prompt_measuring import READS_TWICE, AskCase, FormScore, judge_forms, measure_forms
from engine.prompting import PromptForm, PromptStyle, choose_form, style_for
from engine.runtime import Runtime, handlers

CASES = [
    AskCase(
        "A Book",
        "Where was the key?",
        (PassageText(0, 39, "The key was in a jar. The cat was away."),),
        ("in a jar",),
    ),
    AskCase("A Book", "Where was the cat?", (PassageText(0, 17, "The cat was away."),), ("at home",)),
]


def score_of(form: PromptForm, values: list[float]) -> FormScore:
    return FormScore(form, ("",) * len(values), tuple(values), tuple(values), 1.0)


def test_every_form_is_asked_every_question():
    stages: list[Progress] = []
    scores = run_to_end(measure_forms(EchoBackend(), CASES, style=PromptStyle()), lambda event: stages.append(event))
    assert set(scores.scores) == set(PromptForm)
    assert scores.scores[PromptForm.ONCE].contains == (1.0, 0.0)
    assert scores.scores[PromptForm.TWICE].prompt_tokens > scores.scores[PromptForm.ONCE].prompt_tokens
    assert {stage.stage for stage in stages} >= {"Measuring"}


def test_no_gain_means_once():
    scores = run_to_end(measure_forms(EchoBackend(), CASES, style=PromptStyle()))
    assert scores.auto_form is PromptForm.ONCE


def test_a_sure_gain_is_taken():
    scores = {form: score_of(form, [0.0] * 40) for form in PromptForm}
    scores[PromptForm.PASSAGES_TWICE] = score_of(PromptForm.PASSAGES_TWICE, [1.0] * 20 + [0.0] * 20)
    assert judge_forms(scores).auto_form is PromptForm.PASSAGES_TWICE


def test_a_gain_that_may_be_chance_is_not():
    scores = {form: score_of(form, [0.0] * 40) for form in PromptForm}
    scores[PromptForm.TWICE] = score_of(PromptForm.TWICE, [1.0] + [0.0] * 39)
    verdict = judge_forms(scores)
    assert (verdict.auto_form, verdict.on_form) == (PromptForm.ONCE, PromptForm.TWICE)


@settings(deadline=None)
@given(st.lists(st.lists(st.sampled_from([0.0, 1.0]), min_size=8, max_size=8), min_size=5, max_size=5))
def test_the_verdict_is_a_form_that_reads_passages(values):
    scores = {form: score_of(form, row) for form, row in zip(PromptForm, values, strict=True)}
    verdict = judge_forms(scores)
    assert verdict.auto_form in (PromptForm.ONCE, verdict.on_form)
    assert verdict.on_form in READS_TWICE
    assert all(measured["questions"] == 8 for measured in verdict.as_note()["measured"].values())


def test_measuring_without_questions_is_refused():
    with pytest.raises(ValueError, match="no questions"):
        run_to_end(measure_forms(EchoBackend(), [], style=PromptStyle()))


def test_what_is_measured_is_kept_beside_the_model_and_used_from_then_on(tmp_path):
    (tmp_path / "model").mkdir()
    model = ModelRef("mine", "echo", tmp_path / "model")
    runtime = Runtime()
    run_to_end(runtime.load(ModelRef("echo", "echo", None)))  # the same identity: nothing else is loaded
    passages = (PassageText(0, 34, "Mira Oster keeps the lighthouse."), PassageText(36, 60, "The ferry was late."))
    questions = (
        KnownQuestion("Who keeps the lighthouse?", ("Mira Oster",)),
        KnownQuestion("What was late?", ("nothing",)),
    )
    note = tmp_path / "model" / "asking.json"
    events = []
    request = MeasureReading(model, "The Keeper", passages, questions, note)
    found = run_to_end(handlers(runtime)[MeasureReading](request), events.append)
    assert found.questions == 2 and found.form == "once"  # echo reads no better the second time
    assert set(found.right) == {"once", "twice", "passages twice"} and found.right["once"] == 0.5
    assert next(event.total for event in events if isinstance(event, Progress) and event.stage == "Measuring") == 6
    assert [path.name for path in note.parent.iterdir()] == ["asking.json"]
    assert choose_form(Switch.AUTO, style_for(model), use_passages=True).value == found.form

"""Which prompt form a model answers best with: every form on the same questions, and a verdict that asks for evidence.

Knows questions with reference answers. Knows nothing of where they come from or where the verdict is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from engine.answer_scores import Interval, bootstrap_mean, contains_match, share_of_gains, token_f1
from engine.api import PassageText
from engine.backends.base import Backend
from engine.generation import generate
from engine.jobs import Progress, Steps, Text
from engine.prompting import PromptForm, PromptStyle, make_prompt
from engine.sampling import Sampling

MEASURED_NEW_TOKENS = 32
"""Longest answer while measuring; references are a few words."""

SURE = 0.95
"""A form that costs more is chosen when it wins in this share of paired resamples."""

READS_TWICE = (PromptForm.TWICE, PromptForm.QUESTION_FIRST, PromptForm.PASSAGES_TWICE)


@dataclass(frozen=True, slots=True)
class AskCase:
    """A question with the passages to answer from, best first, and what would be right."""

    title: str
    question: str
    passages: tuple[PassageText, ...]
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FormScore:
    """One form on all cases. contains, f1: one value a case, in the order of the cases."""

    form: PromptForm
    answers: tuple[str, ...]
    contains: tuple[float, ...]
    f1: tuple[float, ...]
    prompt_tokens: float
    """Mean over the cases."""

    @property
    def contains_interval(self) -> Interval:
        return bootstrap_mean(self.contains)

    @property
    def f1_interval(self) -> Interval:
        return bootstrap_mean(self.f1)


@dataclass(frozen=True, slots=True)
class FormScores:
    scores: dict[PromptForm, FormScore]
    auto_form: PromptForm
    """What `auto` should use: once, unless a form that reads twice is surely better."""
    on_form: PromptForm
    """The best of the forms that read twice."""

    def as_note(self) -> dict[str, Any]:
        """The "jrt" part of a model's note, as `engine.prompting.style_for` reads it."""
        return {
            "form": self.auto_form.value,
            "on_form": self.on_form.value,
            "measured": {
                form.value: {
                    "questions": len(score.answers),
                    "contains": asdict(score.contains_interval),
                    "f1": asdict(score.f1_interval),
                    "prompt_tokens": round(score.prompt_tokens, 1),
                }
                for form, score in self.scores.items()
            },
        }


def measure_forms(
    backend: Backend,
    cases: Sequence[AskCase],
    *,
    style: PromptStyle,
    forms: Sequence[PromptForm] = tuple(PromptForm),
) -> Steps[FormScores]:
    """Ask every case in every form, greedily. Yields Progress in questions. Raises ValueError without cases."""
    if not cases:
        raise ValueError("no questions to measure with")
    scores: dict[PromptForm, FormScore] = {}
    for number, form in enumerate(forms):
        answers, lengths = [], []
        for done, case in enumerate(cases):
            yield Progress("Measuring", number * len(cases) + done, len(forms) * len(cases), "question")
            answer, tokens = yield from _answer(backend, case, form, style)
            answers.append(answer)
            lengths.append(tokens)
        scores[form] = score_answers(form, cases, answers, sum(lengths) / len(lengths))
    return judge_forms(scores)


def score_answers(
    form: PromptForm, cases: Sequence[AskCase], answers: Sequence[str], prompt_tokens: float
) -> FormScore:
    pairs = list(zip(answers, cases, strict=True))
    return FormScore(
        form=form,
        answers=tuple(answers),
        contains=tuple(float(contains_match(answer, case.references)) for answer, case in pairs),
        f1=tuple(token_f1(answer, case.references) for answer, case in pairs),
        prompt_tokens=prompt_tokens,
    )


def judge_forms(scores: dict[PromptForm, FormScore]) -> FormScores:
    """The verdict over measured forms, by contains-match. Forms that were not measured are not chosen."""
    twice = [scores[form] for form in READS_TWICE if form in scores]
    best = max(twice, key=lambda score: (sum(score.contains), sum(score.f1)), default=None)
    if best is None:
        return FormScores(scores, PromptForm.ONCE, PromptStyle().on_form)
    once = scores.get(PromptForm.ONCE)
    sure = once is not None and share_of_gains(best.contains, once.contains) >= SURE
    return FormScores(scores, best.form if sure else PromptForm.ONCE, best.form)


def _answer(backend: Backend, case: AskCase, form: PromptForm, style: PromptStyle) -> Steps[tuple[str, int]]:
    prompt = make_prompt(
        backend.tokenizer,
        title=case.title,
        question=case.question,
        passages=case.passages,
        form=form,
        style=style,
        limit_tokens=backend.context_tokens - MEASURED_NEW_TOKENS,
    )
    stop = ("\n",) if style.stop_at_newline else ()
    steps = generate(backend, prompt.token_ids, sampling=Sampling(), max_new_tokens=MEASURED_NEW_TOKENS, stop=stop)
    while True:
        try:
            event = next(steps)
        except StopIteration as ended:
            return ended.value.text.strip(), ended.value.prompt_tokens
        if not isinstance(event, Text):
            yield event

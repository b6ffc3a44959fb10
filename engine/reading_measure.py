"""The handler of `MeasureReading`: known questions asked in each prompt form, and the form that serves the model best kept beside it.

Knows how retrieval, measuring and the note of `engine.prompting` follow one another. Writes one file, the one it was handed.
"""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.api import MeasureReading, ReadingMeasured
from engine.asking import find_passages
from engine.jobs import Progress, Steps
from engine.prompt_measuring import AskCase, FormScores, measure_forms
from engine.prompting import PromptForm, PromptStyle, style_for
from engine.retrieval import build_index
from engine.runtime import Runtime

FORMS = (PromptForm.ONCE, PromptForm.TWICE, PromptForm.PASSAGES_TWICE)


def measure_reading(request: MeasureReading, runtime: Runtime) -> Steps[ReadingMeasured]:
    """Progress counts questions, each once a form. A stop leaves what was known before."""
    index = yield from build_index(request.passages)
    backend = yield from runtime.load_for_writing(request.model)
    style = style_for(request.model)
    cases = [
        AskCase(request.title, known.question, tuple(find_passages(index, known.question, style)), known.answers)
        for known in request.questions
    ]
    scores = yield from _quietly(measure_forms(backend, cases, style=style, forms=FORMS))
    _keep(request.note, style, scores)
    return ReadingMeasured(
        form=scores.auto_form.value,
        questions=len(cases),
        right={form.value: score.contains_interval.mean for form, score in scores.scores.items()},
    )


def _quietly(steps: Steps[FormScores]) -> Steps[FormScores]:
    """Tell how many questions are answered, not how each is read and written."""
    with closing(steps):
        while True:
            try:
                event = next(steps)
            except StopIteration as ended:
                scores: FormScores = ended.value
                return scores
            yield event if isinstance(event, Progress) and event.unit == "question" else None


def _keep(note: Path, style: PromptStyle, scores: FormScores) -> None:
    prompt: dict[str, Any] = asdict(style)
    for verdict in ("auto_form", "on_form"):
        del prompt[verdict]
    making = note.with_suffix(".part")
    making.write_text(json.dumps({"prompt": prompt, "jrt": scores.as_note()}, indent=1, ensure_ascii=False), "utf-8")
    making.replace(note)

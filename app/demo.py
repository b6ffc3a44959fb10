"""The main job from a shell: the bundled story imported, learned and asked about, with figures."""

from __future__ import annotations

import time
from typing import Any

from app import console
from app.console import Console
from app.operations import asking, learning, library, models, sample
from app.operations.results import Answer
from engine.api import Learned


def run_demo(shell: Console) -> None:
    """Print each step for people, and one result object with perplexities, answers and timings."""
    services = shell.services
    began = time.perf_counter()
    document_id = sample.import_sample(services)
    row = library.open_document(services, document_id)
    shell.say(f"“{row.title}”: {row.section_count} chapters, {row.characters:,} characters, {row.tokens:,} tokens")
    imported_s = time.perf_counter() - began

    began = time.perf_counter()
    shell.result_of(models.load_model(services))
    loaded_s = time.perf_counter() - began
    shell.say(f"{models.current_model(services).name} loaded in {loaded_s:.1f} s; learning the story ...")

    began = time.perf_counter()
    learned: Learned = shell.result_of(learning.learn(services, document_id), on_interrupt=learning.pause)
    learned_s = time.perf_counter() - began
    shell.say(
        f"Learned {learned.tokens:,} tokens at {learned.tokens_per_s:.0f} tokens/s: perplexity {learned.base_ppl:.2f} without, "
        f"{learned.adapter_ppl:.2f} with the adapter ({-100 * learned.gain:+.1f} %)\n"
    )
    answers: list[dict[str, Any]] = []
    began = time.perf_counter()
    for question in sample.suggested_questions():
        answer: Answer = shell.result_of(asking.ask(services, document_id, question.question))
        shell.say(f"{question.question}\n{console.answer_words(answer)}\n  expected: {question.expected}\n")
        shown = console.answer_json(answer, document_id)
        answers.append({"question": question.question, "expected": question.expected, **shown})
    asked_s = time.perf_counter() - began
    shell.result(
        {
            "document": document_id,
            "base_ppl": learned.base_ppl,
            "adapter_ppl": learned.adapter_ppl,
            "gain": learned.gain,
            "tokens": learned.tokens,
            "tokens_per_s": learned.tokens_per_s,
            "answers": answers,
            "timings": {
                "import_s": imported_s,
                "load_s": loaded_s,
                "learn_s": learned_s,
                "ask_s": asked_s,
            },
        },
        f"import {imported_s:.1f} s, load {loaded_s:.1f} s, learn {learned_s:.1f} s, three questions {asked_s:.1f} s",
    )

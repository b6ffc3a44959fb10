"""The handler of `Ask`: find passages, ask the model with them, cite what the answer rests on.

Knows how retrieval, prompting, generation and citing follow one another. Knows no wording, no scores and no weights.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.api import Answered, Ask, PassageText
from engine.backends.base import Backend
from engine.citing import cite
from engine.excerpts import pick_excerpts
from engine.generation import Generation, generate
from engine.jobs import Steps, Text
from engine.prompting import PromptForm, PromptStyle, choose_form, make_prompt, style_for
from engine.retrieval import PassageIndex, asks_about_whole, build_index
from engine.runtime import Runtime
from engine.sampling import Sampling

if TYPE_CHECKING:
    from engine.adapter import Adapter  # torch comes with it

NOT_FOUND = "Not found in the text."
"""The whole answer when no passage speaks of what is asked. The model is not run then: it could only invent."""

RETRIEVED = 8
"""Passages looked up; how many of them the prompt holds is a matter of tokens."""

_INDEX = "passage index"


def ask(request: Ask, runtime: Runtime) -> Steps[Answered]:
    """Answer a question. Yields Progress, then the answer as Text. ttft_s counts from here to the first Text."""
    started = time.perf_counter()
    style = style_for(request.model)
    form = choose_form(request.jrt, style, use_passages=request.use_passages)
    index: PassageIndex | None = None
    found: list[PassageText] = []
    if form is not PromptForm.NO_PASSAGES:
        index = yield from _index(request, runtime)
        found = find_passages(index, request.question, style)
        if not found:
            yield Text(NOT_FOUND)
            return _unread_answer(form, time.perf_counter() - started)

    backend = yield from runtime.load(request.model)
    adapter = _adapter(request, backend)
    prompt = make_prompt(
        backend.tokenizer,
        title=request.title,
        question=request.question,
        passages=found,
        form=form,
        style=style,
        limit_tokens=backend.context_tokens - request.max_new_tokens,
    )
    with runtime.prompt_state(backend, request.document_key, adapter) as state:
        steps = generate(
            backend,
            prompt.token_ids,
            sampling=_sampling(request),
            max_new_tokens=request.max_new_tokens,
            stop=stop_strings(style),
            state=state,
        )
        answer, first_text_s, generation = yield from _spoken(steps, started)
    citations = cite(answer, request.question, prompt.passages, weight=index.term_weight) if index is not None else ()
    return Answered(
        answer=answer,
        citations=citations,
        passages=prompt.passages,
        jrt=prompt.form.value,
        adapter_used=adapter is not None,
        adapter_tokens=0 if adapter is None else adapter.tokens,
        adapter_char_end=0 if adapter is None else adapter.char_end,
        prompt_tokens=generation.prompt_tokens,
        reused_tokens=generation.reused_tokens,
        new_tokens=generation.new_tokens,
        ttft_s=first_text_s,
        tokens_per_s=generation.tokens_per_s,
        stopped_by=generation.stopped_by,
    )


def find_passages(index: PassageIndex, question: str, style: PromptStyle) -> list[PassageText]:
    """What the prompt may hold, best first; for a question about the whole text its beginning; none if none is."""
    if asks_about_whole(question):
        return list(index.passages[:RETRIEVED])
    found = [hit.passage for hit in index.search(question, limit=RETRIEVED)]
    if found and style.excerpt_characters:
        return pick_excerpts(found, question, characters=style.excerpt_characters)
    return found


def stop_strings(style: PromptStyle) -> Sequence[str]:
    """Where an answer ends beside the model's own end token."""
    return ("\n",) if style.stop_at_newline else ()


def _index(request: Ask, runtime: Runtime) -> Steps[PassageIndex]:
    """The index of exactly these passages, kept with the document until it is forgotten."""
    memory = runtime.document_memory.setdefault(request.document_key, {})
    index: PassageIndex | None = memory.get(_INDEX)
    if index is None or index.passages != request.passages:
        index = yield from build_index(request.passages)
        memory[_INDEX] = index
    return index


def _spoken(steps: Steps[Generation], started: float) -> Steps[tuple[str, float, Generation]]:
    """Pass the events on, less white space before the answer. Returns answer, seconds to its first Text, figures."""
    pieces: list[str] = []
    first_text_s = 0.0
    with contextlib.closing(steps):
        while True:
            try:
                event = next(steps)
            except StopIteration as stop:
                generation: Generation = stop.value
                break
            if isinstance(event, Text) and not pieces:
                event = Text(event.text.lstrip())
                if not event.text:
                    continue
                first_text_s = time.perf_counter() - started
            if isinstance(event, Text):
                pieces.append(event.text)
            yield event
    if not pieces:
        pieces, first_text_s = [NOT_FOUND], time.perf_counter() - started
        yield Text(NOT_FOUND)
    return "".join(pieces).rstrip(), first_text_s, generation


def _adapter(request: Ask, backend: Backend) -> Adapter | None:
    """The document's adapter; None where none is wanted."""
    if request.adapter is None:
        return None
    from engine.adapter import load_adapter

    return load_adapter(request.adapter, backend)


def _sampling(request: Ask) -> Sampling:
    return Sampling(
        temperature=request.temperature,
        top_k=request.top_k,
        top_p=request.top_p,
        repetition_penalty=request.repetition_penalty,
        seed=request.seed,
    )


def _unread_answer(form: PromptForm, seconds: float) -> Answered:
    return Answered(
        answer=NOT_FOUND,
        citations=(),
        passages=(),
        jrt=form.value,
        adapter_used=False,
        adapter_tokens=0,
        adapter_char_end=0,
        prompt_tokens=0,
        reused_tokens=0,
        new_tokens=0,
        ttft_s=seconds,
        tokens_per_s=0.0,
        stopped_by="stop",
    )

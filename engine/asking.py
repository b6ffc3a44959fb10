"""The handlers of `Ask` and `PreviewAsk`: find passages, ask the model with them, cite what the answer rests on.

Knows how retrieval, prompting, generation and citing follow one another. Knows no wording, no scores and no weights.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from engine.api import NOT_FOUND, Answered, Ask, CitedSpan, PassageText, PreviewAsk, Previewed, Quoted, Thought
from engine.backends.base import Backend, PromptState
from engine.citing import supports
from engine.errors import EngineError
from engine.excerpts import pick_excerpts
from engine.generation import Generation, generate
from engine.jobs import Progress, Steps, Text
from engine.prefix_cache import Restored
from engine.prompt_laying import LaidPrompt, lay_prompt
from engine.prompt_states import Prefix, StateKey
from engine.prompting import Prompt, PromptForm, PromptStyle, choose_form, style_for
from engine.quoting import quote
from engine.reasoning import BEGIN, ThoughtFilter
from engine.retrieval import PassageIndex, asks_about_whole, build_index
from engine.runtime import Runtime, adapter_sha256
from engine.sampling import Sampling
from engine.segment_prefix import load_memory
from engine.tokenization import Tokenizer

if TYPE_CHECKING:
    from engine.adapter import Adapter  # torch comes with it

RETRIEVED = 8
"""Passages looked up; how many of them the prompt holds is a matter of tokens."""

SHORT_SPAN_CHARACTERS = 2400
"""What a question is about is shown whole up to this length; of more, the passages that speak of the question."""

_SHORT_SPAN_TOKENS = 1200
_INDEX = "passage index"
_NARROWED = "narrowed index"
_KEPT = "kept prefixes"
"""Under it in a document's memory: the beginnings of prompts that need not be kept, for they are."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What a prompt may hold, best first. index: of everything in scope; None where the engine holds no passages."""

    index: PassageIndex | None
    passages: Sequence[PassageText]
    quotes: tuple[CitedSpan, ...]
    form: PromptForm
    style: PromptStyle

    @property
    def is_empty(self) -> bool:
        """Whether passages were wanted and none speaks of the question."""
        return self.form is not PromptForm.NO_PASSAGES and not self.passages


def ask(request: Ask, runtime: Runtime) -> Steps[Answered]:
    """Answer a question. Yields Progress (one with Quoted, before any model), then the answer as Text.

    ttft_s counts from here to the first Text.
    """
    started = time.perf_counter()
    memory = runtime.document_memory.setdefault(request.document_key, {})
    found = yield from _find(request, runtime)
    if found.quotes:
        yield Progress("Reading", 0, detail=Quoted(found.quotes))
    if found.is_empty:
        yield Text(NOT_FOUND)
        return _unread_answer(found.form, time.perf_counter() - started)

    backend = yield from runtime.load_for_writing(request.model, request.writer)
    adapter = _adapter(request, backend)
    laid, prefix = yield from _lay_and_load(request, found, runtime, backend, adapter)
    prompt = laid.prompt
    with runtime.prompt_state(backend, request.document_key, adapter, prefix) as state:
        restored = Restored()
        if request.use_store:
            restored = yield from runtime.prefix_cache.restore(backend, state, prompt.token_ids)
        is_new = not state.tokens
        steps = generate(
            backend,
            laid.read_ids,
            sampling=_sampling(request),
            max_new_tokens=request.max_new_tokens,
            stop=stop_strings(found.style),
            state=state,
            continues=bool(request.begun),
        )
        thoughts = ThoughtFilter(inside=_begins_thinking(backend.tokenizer, prompt.token_ids))
        backend.work(state)  # what was done for the last prompt
        spoken = yield from _spoken(steps, thoughts, started, continues=bool(request.begun))
        generation, work = spoken.generation, backend.work(state)
        cache, identity = runtime.prefix_cache, request.model.identity
        cache.note_reading(identity, generation.prompt_tokens - generation.reused_tokens, generation.ttft_s)
        cache.note_use(identity, restored)
        if laid.gist is not None:
            cache.note_gist(identity, laid.gist.found, newly_read=is_new)
        elif laid.memory is not None:
            cache.note_memory(laid.memory.found)
        elif request.use_store and not (laid.holds_document and adapter is None):  # then it is kept already
            yield from _keep_static(request, runtime, backend, state, prompt, memory)
    answer = request.begun + spoken.answer
    supported = []
    if found.index is not None and prompt.passages:
        supported = supports(answer, request.question, prompt.passages, weight=found.index.term_weight)
    citations = tuple(dict.fromkeys(span for _, span in supported))
    return Answered(
        answer=answer,
        reasoning=spoken.reasoning,
        citations=citations,
        marks=tuple((end, citations.index(span)) for end, span in supported),
        quotes=found.quotes,
        passages=prompt.passages,
        jrt=prompt.form.value,
        adapter_used=adapter is not None,
        adapter_tokens=0 if adapter is None else adapter.tokens,
        adapter_char_end=0 if adapter is None else adapter.char_end,
        prompt_tokens=laid.gist_tokens + generation.prompt_tokens,
        reused_tokens=laid.gist_tokens + generation.reused_tokens,
        gist_tokens=laid.gist_tokens,
        segments_used=0 if laid.memory is None else len(laid.memory.places),
        segment_tokens=0 if laid.memory is None else laid.memory.tokens,
        segment_slots=0 if laid.memory is None else len(laid.memory.places) * laid.memory.found.slots,
        new_tokens=generation.new_tokens,
        ttft_s=spoken.first_text_s,
        read_s=generation.ttft_s,
        tokens_per_s=generation.tokens_per_s,
        stopped_by=generation.stopped_by,
        writer=work.writer,
        reader=work.reader,
        handed_over_s=work.handed_over_s,
    )


def preview(request: PreviewAsk, runtime: Runtime) -> Steps[Previewed]:
    """What asking would put before the model, counted with its tokenizer alone.

    What is kept between sessions counts once the model is loaded; before, gists alone do.
    """
    yield None
    asked = request.ask
    found = yield from _find(asked, runtime)
    if found.is_empty:
        return Previewed((), found.form.value, 0, 0)
    yield None
    tokenizer, context_tokens = runtime.tokenizer(asked.model)
    laid = _lay(asked, found, runtime, tokenizer, context_tokens)
    adapter = adapter_sha256(asked.adapter, asked.adapter_scale)
    held = runtime.held_tokens(asked.model, adapter, asked.document_key, laid.prefix_sha256)
    scopes = runtime.scopes(asked.model, adapter) if asked.use_store and not laid.prefix_sha256 else ()
    reused = runtime.prefix_cache.reusable(scopes, laid.read_ids, held)
    return Previewed(
        laid.prompt.passages,
        laid.prompt.form.value,
        laid.gist_tokens + len(laid.read_ids),
        laid.gist_tokens + reused,
        segments_used=0 if laid.memory is None else len(laid.memory.places),
        segment_tokens=0 if laid.memory is None else laid.memory.tokens,
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


def _find(request: Ask, runtime: Runtime) -> Steps[_Found]:
    style = style_for(request.model)
    form = choose_form(request.jrt, style, use_passages=request.use_passages)
    if form is PromptForm.NO_PASSAGES:
        index = (yield from _index(request, runtime)) if _may_pick_segments(request, runtime) else None
        return _Found(index, (), (), form, style)
    index = yield from _index(request, runtime)
    if request.about_span and index.characters <= SHORT_SPAN_CHARACTERS:
        whole = replace(style, passage_tokens=max(style.passage_tokens, _SHORT_SPAN_TOKENS))
        return _Found(index, index.passages, (), form, whole)
    passages = find_passages(index, request.question, style)
    if request.about_span and not passages:
        passages = list(index.passages[:RETRIEVED])
    return _Found(index, passages, quote(index, request.question), form, style)


def _may_pick_segments(request: Ask, runtime: Runtime) -> bool:
    """Whether a segment memory may stand before the question, and passages are there to pick segments by."""
    handed = request.passages is None or len(request.passages) > 0
    store = runtime.prompt_store if request.use_segments and handed else None
    return store is not None and store.document_segments(request.model.identity, request.document_key) is not None


def _index(request: Ask, runtime: Runtime) -> Steps[PassageIndex]:
    """The index of what the request lets be retrieved; that of the whole document is kept until it is forgotten."""
    memory = runtime.document_memory.setdefault(request.document_key, {})
    index: PassageIndex | None = memory.get(_INDEX)
    if request.passages is None and index is None:
        raise EngineError("The engine has started anew and does not hold this document any more. Please ask again.")
    if index is None or (request.passages is not None and index.passages != request.passages):
        assert request.passages is not None
        index = yield from build_index(request.passages)
        memory[_INDEX] = index
        memory.pop(_NARROWED, None)
    if request.span is None:
        return index
    scope = (request.span, request.edges)
    if memory.get(_NARROWED, (None,))[0] != scope:
        memory[_NARROWED] = (scope, index.narrowed(request.span, request.edges))
    narrowed: PassageIndex = memory[_NARROWED][1]
    return narrowed


def _lay(request: Ask, found: _Found, runtime: Runtime, tokenizer: Tokenizer, context_tokens: int) -> LaidPrompt:
    style = found.style
    if request.begun:
        style = replace(style, answer_prefix=f"{style.answer_prefix} {request.begun}".lstrip())
    return lay_prompt(
        request,
        runtime,
        tokenizer,
        context_tokens,
        passages=found.passages,
        form=found.form,
        style=style,
        index=found.index,
    )


def _lay_and_load(
    request: Ask, found: _Found, runtime: Runtime, backend: Backend, adapter: Adapter | None
) -> Steps[tuple[LaidPrompt, Prefix | None]]:
    """The prompt, and what stands before it, if anything does. A memory that cannot be read is left aside."""
    laid = _lay(request, found, runtime, backend.tokenizer, backend.context_tokens)
    if laid.gist is not None:
        return laid, Prefix(laid.gist.sha256, laid.gist.state)
    if laid.memory is None:
        return laid, None
    adapter_sha256 = "" if adapter is None else adapter.sha256
    key = StateKey(request.model.identity, adapter_sha256, request.document_key, laid.memory.sha256)
    if key in runtime.prompt_states:
        return laid, Prefix(laid.memory.sha256, None)
    assert runtime.prompt_store is not None  # the memory is from there
    runtime.prompt_states.drop_prefixed(request.document_key)  # each is as large as a memory, and no question needs two
    state = yield from load_memory(runtime.prompt_store, laid.memory, backend)
    if state is not None:
        return laid, Prefix(laid.memory.sha256, state)
    return (yield from _lay_and_load(replace(request, use_segments=False), found, runtime, backend, adapter))


def _keep_static(
    request: Ask, runtime: Runtime, backend: Backend, state: PromptState, prompt: Prompt, memory: dict[str, Any]
) -> Steps[None]:
    """Keep what the next prompts about this document begin with too. Once a session: what the user removes stays removed.

    memory: the document's, as it was when it was asked about; of one that was dropped since nothing is kept.
    """
    tokens = prompt.static_tokens[1]
    adapter_sha256 = "" if state.adapter is None else state.adapter.sha256
    beginning = (request.model.identity, adapter_sha256, tuple(prompt.token_ids[:tokens]))
    kept: set[tuple[str, str, tuple[int, ...]]] = memory.setdefault(_KEPT, set())
    if beginning in kept:
        return
    entry = yield from runtime.prefix_cache.keep(
        backend,
        state,
        tokens,
        title=request.title,
        document_key=request.document_key,
        wanted=lambda: runtime.document_memory.get(request.document_key) is memory,
    )
    if entry is not None:
        kept.add(beginning)


@dataclass(frozen=True, slots=True)
class _Spoken:
    answer: str
    reasoning: str
    first_text_s: float
    """Seconds from the beginning of the request to the first Text."""
    generation: Generation


def _spoken(steps: Steps[Generation], thoughts: ThoughtFilter, started: float, *, continues: bool) -> Steps[_Spoken]:
    """Pass the events on: reasoning as Progress with Thought, the answer as Text without white space before it."""
    answer: list[str] = []
    reasoning: list[str] = []
    first_text_s = 0.0

    def sort(pieces: list[tuple[bool, str]]) -> list[Progress | Text]:
        events: list[Progress | Text] = []
        for is_thought, text in pieces:
            if is_thought:
                reasoning.append(text)
                events.append(Progress("Thinking", len(reasoning), detail=Thought(text)))
            elif text := text if answer or continues else text.lstrip():
                answer.append(text)
                events.append(Text(text))
        return events

    with contextlib.closing(steps):
        while True:
            try:
                event = next(steps)
            except StopIteration as stop:
                generation: Generation = stop.value
                break
            for shown in sort(thoughts.push(event.text)) if isinstance(event, Text) else [event]:
                first_text_s = first_text_s or (time.perf_counter() - started if isinstance(shown, Text) else 0.0)
                yield shown
            if isinstance(event, Text) and not answer:
                yield None
    yield from sort(thoughts.finish())
    first_text_s = first_text_s or time.perf_counter() - started
    if not answer and not continues:
        answer.append(NOT_FOUND)
        yield Text(NOT_FOUND)
    return _Spoken("".join(answer).rstrip(), "".join(reasoning).strip(), first_text_s, generation)


def _begins_thinking(tokenizer: Tokenizer, prompt_ids: Sequence[int]) -> bool:
    """Whether the model's template has opened the reasoning already."""
    return tokenizer.decode(prompt_ids[-8:]).rstrip().endswith(BEGIN)


def _adapter(request: Ask, backend: Backend) -> Adapter | None:
    """The document's adapter; None where none is wanted."""
    if request.adapter is None or request.adapter_scale == 0:
        return None
    from engine.adapter import load_adapter

    return load_adapter(request.adapter, backend).scaled(request.adapter_scale)


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
        reasoning="",
        citations=(),
        marks=(),
        quotes=(),
        passages=(),
        jrt=form.value,
        adapter_used=False,
        adapter_tokens=0,
        adapter_char_end=0,
        prompt_tokens=0,
        reused_tokens=0,
        gist_tokens=0,
        segments_used=0,
        segment_tokens=0,
        segment_slots=0,
        new_tokens=0,
        ttft_s=seconds,
        read_s=0.0,
        tokens_per_s=0.0,
        stopped_by="stop",
    )

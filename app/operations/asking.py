"""Asking a document: passages and adapter to the engine, the answer with its places back into rows."""

from __future__ import annotations

import logging
from bisect import bisect_right
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from app.operations.answers import Asked, Branch, keep_answer, keep_stopped, located
from app.operations.memories import checked_strength
from app.operations.models import current_model, find_model
from app.operations.prompt_strays import refuse_forgotten
from app.operations.reading_rates import note_rate, rate
from app.operations.results import Citation, Preview, Quotes, Within
from app.operations.settings import Settings, checked, settings_in
from app.services import Services, Ticket
from engine.api import (
    ADAPTER_FILE,
    Answered,
    Ask,
    ModelRef,
    PassageText,
    PreviewAsk,
    Previewed,
    Quoted,
    Switch,
    Thought,
    Writer,
)
from engine.jobs import Event, Failed, Finished, Lane, Progress, Stopped, Text, is_end
from storage import documents
from storage.conversations import rows_of
from storage.documents import DocumentRow
from storage.errors import StorageError
from storage.memories import MemoryRow, memories

log = logging.getLogger(__name__)


def ask(
    services: Services,
    document_id: str,
    question: str,
    *,
    jrt: Switch = Switch.AUTO,
    use_adapter: bool = True,
    use_passages: bool = True,
    up_to: int | None = None,
    within: Within | None = None,
    branch: Branch | None = None,
    instructions: str | None = None,
    use_caches: bool | None = None,
    use_gists: bool = True,
    use_segments: bool | None = None,
    max_new_tokens: int | None = None,
    temperature: float | None = None,
    seed: int = 0,
    model: str | None = None,
    adapter_scale: float | None = None,
    writer: Writer | None = None,
) -> Ticket:
    """Ask about a document. Text events stream the answer; Finished.result: results.Answer, kept as a turn.

    One Progress, before the model begins, has results.Quotes for its detail. An answer that is stopped is kept as well: its
    job ends with Finished too. up_to: nothing at or behind this character is retrieved. within: only this part is; a short
    selection is shown to the model whole. instructions: come before ours. use_caches: kept prompts are used, and this one is
    kept. use_gists: a gist in use stands in for its prompt. use_segments: the document's segment memory in use stands before it, of
    it no more than `up_to` and `within` allow. instructions, use_caches, use_segments, max_new_tokens, temperature, writer: None for
    what the settings say. adapter_scale: how strongly the adapter acts, None for what is kept with it. Raises StorageError for an
    unknown document, an empty question, instructions that are too long or a strength out of bounds.
    """
    ref = current_model(services) if model is None else find_model(services, model)
    branch = branch or Branch()
    with services.database.read() as session:
        decided = settings_in(session)
        use_segments = decided.use_segments if use_segments is None else use_segments
        adapter = _adapter(services, session, document_id, ref, adapter_scale) if use_adapter else None
        document, request = _request(
            services, session, ref, document_id, question, jrt, adapter, use_passages, use_segments, up_to, within
        )
        request = _with_prompts(request, decided, instructions, use_caches, use_gists)
        begun = rows_of(session, [branch.instead_of])[0].answer if branch.continues and branch.instead_of else ""
    request = replace(
        request,
        begun=begun,
        max_new_tokens=decided.max_new_tokens if max_new_tokens is None else max_new_tokens,
        temperature=decided.temperature if temperature is None else temperature,
        seed=seed,
        writer=Writer(decided.writer) if writer is None else writer,
    )
    asked = Asked(document, request.question, within, up_to, ref.name, _made(adapter), branch, request.adapter_scale)
    keeper = _Keeper(services, asked, request, begun)
    return services.submit(
        services.engine,
        request,
        lane=Lane.INTERACTIVE,
        kind="ask",
        title=document.title,
        document_id=document_id,
        store=keeper.store,
    )


def preview(
    services: Services,
    document_id: str,
    question: str,
    *,
    jrt: Switch = Switch.AUTO,
    use_adapter: bool = True,
    use_passages: bool = True,
    up_to: int | None = None,
    within: Within | None = None,
    instructions: str | None = None,
    use_caches: bool | None = None,
    use_gists: bool = True,
    use_segments: bool | None = None,
) -> Ticket:
    """What asking this would read. Loads no model. Finished.result: results.Preview. Options as for `ask`."""
    ref = current_model(services)
    with services.database.read() as session:
        decided = settings_in(session)
        use_segments = decided.use_segments if use_segments is None else use_segments
        adapter = _adapter(services, session, document_id, ref, None) if use_adapter else None
        document, request = _request(
            services, session, ref, document_id, question, jrt, adapter, use_passages, use_segments, up_to, within
        )
        request = _with_prompts(request, decided, instructions, use_caches, use_gists)
        request = replace(request, writer=Writer(decided.writer))
        starts = [(section.start, section.title) for section in documents.sections(session, document_id)]

    def store(event: Event) -> Event:
        _note_handed(services, request, event)
        if not isinstance(event, Finished):
            return event
        return Finished(_preview(services, ref, event.result, starts, _made(adapter)))

    return services.submit(
        services.engine,
        PreviewAsk(request),
        lane=Lane.INTERACTIVE,
        kind="preview_ask",
        title=document.title,
        document_id=document_id,
        store=store,
    )


def attached_adapter(services: Services, session: Session, document_id: str, model: ModelRef) -> MemoryRow | None:
    """The document's adapter for this model, where there is one in use."""
    for memory in memories(session, document_id):
        file = services.data_dir / memory.folder / ADAPTER_FILE
        if memory.attached and memory.model_identity == model.identity and file.is_file():
            return memory
    return None


def _adapter(
    services: Services, session: Session, document_id: str, model: ModelRef, scale: float | None
) -> MemoryRow | None:
    """The adapter that acts, as strongly as is said here or else kept with it; none where that is not at all."""
    adapter = attached_adapter(services, session, document_id, model)
    if adapter is not None and scale is not None:
        adapter = replace(adapter, strength=checked_strength(scale))
    return adapter if adapter is not None and adapter.strength > 0 else None


class _Keeper:
    """Sees every event of one ask before the face does: collects what is streamed, and writes the turn at the end."""

    def __init__(self, services: Services, asked: Asked, request: Ask, begun: str) -> None:
        self._services = services
        self._asked = asked
        self._request = request
        self._answer = [begun]
        self._reasoning: list[str] = []
        self._quotes: tuple[Citation, ...] = ()

    def store(self, event: Event) -> Event:
        _note_handed(self._services, self._request, event)
        if is_end(event):
            refuse_forgotten(self._services, self._asked.document.document_id)
        match event:
            case Text():
                self._answer.append(event.text)
            case Progress(detail=Thought()):
                self._reasoning.append(event.detail.text)
            case Progress(detail=Quoted()):
                with self._services.database.read() as session:
                    self._quotes = located(session, self._asked.document.document_id, event.detail.quotes)
                return replace(event, detail=Quotes(self._quotes))
            case Finished():
                return Finished(self._finish(event.result))
            case Stopped():
                words, thoughts = "".join(self._answer), "".join(self._reasoning)
                with self._services.database.session() as session:
                    return Finished(keep_stopped(session, self._asked, words, thoughts, self._quotes))
        return event

    def _finish(self, answered: Answered) -> object:
        with self._services.database.session() as session:
            note_rate(session, self._request.model, answered)
            return keep_answer(session, self._asked, answered)


def _request(
    services: Services,
    session: Session,
    model: ModelRef,
    document_id: str,
    question: str,
    jrt: Switch,
    adapter: MemoryRow | None,
    use_passages: bool,
    use_segments: bool,
    up_to: int | None,
    within: Within | None,
) -> tuple[DocumentRow, Ask]:
    if not question.strip():
        raise StorageError("There is no question.")
    document = documents.get_document(session, document_id)
    span, edges = _span(session, document, up_to, within)
    looks_up = use_passages or (use_segments and _has_memory(services, document_id, model))
    request = Ask(
        model=model,
        question=question.strip(),
        document_key=document_id,
        title=document.title,
        passages=_passages(services, session, document_id) if looks_up else (),
        span=span,
        edges=edges,
        about_span=within is not None and not within.name,
        adapter=None if adapter is None else services.data_dir / adapter.folder,
        adapter_scale=1.0 if adapter is None else adapter.strength,
        jrt=jrt,
        use_passages=use_passages,
        use_segments=use_segments,
    )
    return document, request


def _with_prompts(
    request: Ask, decided: Settings, instructions: str | None, use_caches: bool | None, use_gists: bool
) -> Ask:
    """With the standing instructions, and with what may be used of kept prompts."""
    words = decided.instructions if instructions is None else str(checked("instructions", instructions))
    return replace(
        request,
        instructions=words.strip(),
        use_store=decided.use_prompt_caches if use_caches is None else use_caches,
        use_gists=use_gists,
    )


def _has_memory(services: Services, document_id: str, model: ModelRef) -> bool:
    """Whether a segment memory is in use, segments of which may have to be picked by what is asked."""
    try:
        return any(row.in_use for row in services.prompt_states.segment_memories(document_id, model.identity))
    except StorageError as problem:
        log.warning("the prompt caches did not say whether there is a segment memory: %s", problem)
        return False


def _made(adapter: MemoryRow | None) -> datetime | None:
    return None if adapter is None else adapter.created_at


def _passages(services: Services, session: Session, document_id: str) -> tuple[PassageText, ...] | None:
    """The document's passages; None when the engine has them, which spares a long book's way to its process each time."""
    process = services.engine.process_id()
    if process is not None and services.handed.get(document_id) == process:
        return None
    return tuple(PassageText(each.start, each.end, each.text) for each in documents.passages(session, document_id))


def _note_handed(services: Services, request: Ask, event: Event) -> None:
    """A request that came to its end was read by the engine; one that failed may have found it without the passages."""
    if isinstance(event, Failed):
        services.handed.pop(request.document_key, None)
    elif isinstance(event, Finished) and request.passages:
        services.handed[request.document_key] = services.engine.process_id()


def _span(
    session: Session, document: DocumentRow, up_to: int | None, within: Within | None
) -> tuple[tuple[int, int] | None, tuple[PassageText, ...]]:
    """What may be retrieved, and the pieces of passages at its ends."""
    if up_to is None and within is None:
        return None, ()
    start, wanted_end = (0, document.characters) if within is None else (within.start, within.end)
    end = wanted_end if up_to is None else min(up_to, wanted_end)
    hides_rest = up_to is not None and up_to <= wanted_end
    pieces = documents.edge_passages(session, document.document_id, start, end, hides_rest=hides_rest)
    return (start, end), tuple(PassageText(piece.start, piece.end, piece.text) for piece in pieces)


def _preview(
    services: Services, model: ModelRef, found: Previewed, starts: list[tuple[int, str]], adapter_made: datetime | None
) -> Preview:
    titles = []
    for passage in found.passages:
        place = bisect_right(starts, passage.start, key=lambda each: each[0]) - 1
        titles.append(starts[place][1] if place >= 0 else "")
    read = found.prompt_tokens - found.reused_tokens
    loaded = services.loaded_model
    tokens_per_s = None
    if loaded is not None and loaded.model.identity == model.identity:
        with services.database.read() as session:
            tokens_per_s = rate(session, model)
    return Preview(
        passages=len(found.passages),
        sections=tuple(dict.fromkeys(title for title in titles if title)),
        read_tokens=read,
        reused_tokens=found.reused_tokens,
        adapter_made=adapter_made,
        first_word_s=None if tokens_per_s is None else read / tokens_per_s,
        segments=found.segments_used,
        segment_tokens=found.segment_tokens,
    )

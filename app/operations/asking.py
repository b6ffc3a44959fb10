"""Asking a document: passages and adapter to the engine, the answer with its places back into rows."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from app.operations.models import current_model, find_model
from app.operations.results import Answer, Citation
from app.operations.settings import settings_in
from app.services import Services, Ticket
from engine.api import ADAPTER_FILE, Answered, Ask, ModelRef, PassageText, Switch
from engine.jobs import Event, Finished, Lane
from storage import documents
from storage.conversations import CitationRow, TurnRow, add_turn, turns
from storage.documents import DocumentRow
from storage.errors import StorageError
from storage.memories import memories


def ask(
    services: Services,
    document_id: str,
    question: str,
    *,
    jrt: Switch = Switch.AUTO,
    use_adapter: bool = True,
    use_passages: bool = True,
    up_to: int | None = None,
    max_new_tokens: int | None = None,
    temperature: float | None = None,
    seed: int = 0,
    model: str | None = None,
) -> Ticket:
    """Ask about a document. Text events stream the answer; Finished.result: results.Answer, kept as a turn.

    up_to: nothing at or behind this character is retrieved. max_new_tokens, temperature: None for what the settings say.
    Raises StorageError for an unknown document or an empty question.
    """
    if not question.strip():
        raise StorageError("There is no question.")
    ref = current_model(services) if model is None else find_model(services, model)
    with services.database.read() as session:
        document = documents.get_document(session, document_id)
        decided = settings_in(session)
        passages = documents.passages(session, document_id, up_to=up_to) if use_passages else []
    request = Ask(
        model=ref,
        question=question.strip(),
        document_key=document_id,
        title=document.title,
        passages=tuple(PassageText(passage.start, passage.end, passage.text) for passage in passages),
        adapter=adapter_folder(services, document_id, ref) if use_adapter else None,
        jrt=jrt,
        use_passages=use_passages,
        max_new_tokens=decided.max_new_tokens if max_new_tokens is None else max_new_tokens,
        temperature=decided.temperature if temperature is None else temperature,
        seed=seed,
    )

    def store(event: Event) -> Event:
        if not isinstance(event, Finished):
            return event
        return Finished(_keep(services, document, question.strip(), event.result, up_to))

    return services.submit(
        services.engine,
        request,
        lane=Lane.INTERACTIVE,
        kind="ask",
        title=document.title,
        document_id=document_id,
        store=store,
    )


def history(services: Services, document_id: str) -> list[TurnRow]:
    """What was asked about a document, oldest first."""
    with services.database.read() as session:
        return turns(session, document_id)


def adapter_folder(services: Services, document_id: str, model: ModelRef) -> Path | None:
    """Where the document's adapter for this model lies; None when there is none, or it is detached."""
    with services.database.read() as session:
        for memory in memories(session, document_id):
            folder = services.data_dir / memory.folder
            if memory.attached and memory.model_identity == model.identity and (folder / ADAPTER_FILE).is_file():
                return folder
    return None


def _keep(services: Services, document: DocumentRow, question: str, answered: Answered, up_to: int | None) -> Answer:
    note = _note(document, answered, up_to)
    with services.database.session() as session:
        titles = {section.ordinal: section.title for section in documents.sections(session, document.document_id)}
        places = [documents.locate(session, document.document_id, c.start, c.end) for c in answered.citations]
        rows = [
            CitationRow(cited.quote, place, titles[place.section])
            for cited, place in zip(answered.citations, places, strict=True)
        ]
        figures = asdict(answered)
        stats = {key: figures[key] for key in figures if key not in ("answer", "citations", "passages")}
        stats["passages"] = [[passage.start, passage.end] for passage in answered.passages]
        stats["note"] = note
        turn = add_turn(
            session, document.document_id, question=question, answer=answered.answer, citations=rows, stats=stats
        )
    return Answer(
        turn_id=turn.turn_id,
        answer=answered.answer,
        citations=tuple(
            Citation(
                number, row.quote, row.section_title, row.locator.start, row.locator.end, row.locator.page_label,
                row.locator,
            )
            for number, row in enumerate(rows, start=1)
        ),
        passages=answered.passages,
        jrt=answered.jrt,
        adapter_used=answered.adapter_used,
        note=note,
        prompt_tokens=answered.prompt_tokens,
        reused_tokens=answered.reused_tokens,
        new_tokens=answered.new_tokens,
        ttft_s=answered.ttft_s,
        tokens_per_s=answered.tokens_per_s,
    )  # fmt: skip


def _note(document: DocumentRow, answered: Answered, up_to: int | None) -> str | None:
    """What must be said beside the answer."""
    if up_to is not None and answered.adapter_used:
        read_to = answered.adapter_char_end
        if read_to > up_to:
            share = round(100 * read_to / max(1, document.characters))
            return f"The adapter has read further than this place (to {share} % of the text) and may know what follows."
    if not answered.citations:
        return "Not found in the text."
    return None

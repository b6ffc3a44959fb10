"""An answer of the engine with its places put into rows, and as the faces show it.

Knows rows and results. Knows no job: what was streamed comes as plain values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.operations.results import Answer, Citation, Within
from engine.api import NOT_FOUND, Answered, CitedSpan
from storage import documents
from storage.conversation_removal import remove_turn
from storage.conversations import CitationRow, TurnRow, add_turn, begin_conversation, has_conversation, rows_of
from storage.documents import DocumentRow


@dataclass(frozen=True, slots=True)
class Branch:
    """Where an answer goes. conversation_id: None for the document's newest, "" for a new one. instead_of: the turn it is
    another version of. continues: that turn was stopped, and the answer goes on from it and takes its place."""

    conversation_id: str | None = None
    instead_of: str | None = None
    continues: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked, as it is kept beside the answer."""

    document: DocumentRow
    question: str
    within: Within | None
    up_to: int | None
    model: str
    adapter_made: datetime | None
    branch: Branch
    adapter_scale: float = 1.0


def keep_answer(session: Session, asked: Asked, answered: Answered) -> Answer:
    """Write the turn of a finished answer."""
    note = _note(asked, answered)
    left_out = ("answer", "citations", "passages", "quotes")
    stats = {key: value for key, value in asdict(answered).items() if key not in left_out}
    stats |= {"passages": [[each.start, each.end] for each in answered.passages], "note": note}
    if answered.adapter_used and asked.adapter_made is not None:
        stats |= {"adapter_made": asked.adapter_made.isoformat(), "adapter_scale": asked.adapter_scale}
    placed = located(session, asked.document.document_id, answered.citations)
    quotes = located(session, asked.document.document_id, answered.quotes)
    turn = _keep(session, asked, answered.answer, placed, stats | _scope(asked, quotes))
    return Answer(
        turn_id=turn.turn_id,
        conversation_id=turn.session_id,
        answer=answered.answer,
        citations=citations_of(turn.citations),
        quotes=quotes,
        marks=tuple((offset, place + 1) for offset, place in answered.marks),
        passages=answered.passages,
        jrt=answered.jrt,
        adapter_used=answered.adapter_used,
        note=note,
        prompt_tokens=answered.prompt_tokens,
        reused_tokens=answered.reused_tokens,
        gist_tokens=answered.gist_tokens,
        segments_used=answered.segments_used,
        segment_tokens=answered.segment_tokens,
        segment_slots=answered.segment_slots,
        new_tokens=answered.new_tokens,
        ttft_s=answered.ttft_s,
        tokens_per_s=answered.tokens_per_s,
        stopped=False,
        within=asked.within,
        up_to=asked.up_to,
        model=asked.model,
        writer=answered.writer,
        reader=answered.reader,
        handed_over_s=answered.handed_over_s,
        adapter_scale=asked.adapter_scale if answered.adapter_used else 0.0,
    )


def keep_stopped(session: Session, asked: Asked, begun: str, reasoning: str, quotes: tuple[Citation, ...]) -> Answer:
    """Write the turn of an answer that was stopped: what was there by then is kept, and can be gone on with."""
    stats: dict[str, Any] = {"stopped": True, "reasoning": reasoning}
    turn = _keep(session, asked, begun.rstrip(), (), stats | _scope(asked, quotes))
    return Answer(
        turn_id=turn.turn_id,
        conversation_id=turn.session_id,
        answer=turn.answer,
        citations=(),
        quotes=quotes,
        marks=(),
        passages=(),
        jrt="",
        adapter_used=False,
        note=None,
        prompt_tokens=0,
        reused_tokens=0,
        gist_tokens=0,
        segments_used=0,
        segment_tokens=0,
        segment_slots=0,
        new_tokens=0,
        ttft_s=0.0,
        tokens_per_s=0.0,
        stopped=True,
        within=asked.within,
        up_to=asked.up_to,
        model=asked.model,
    )


def located(session: Session, document_id: str, spans: Sequence[CitedSpan]) -> tuple[Citation, ...]:
    """Spans of the text with the section and page they stand on; not numbered."""
    if not spans:
        return ()
    titles = {section.ordinal: section.title for section in documents.sections(session, document_id)}
    places = [documents.locate(session, document_id, span.start, span.end) for span in spans]
    return tuple(
        Citation(0, span.quote, titles[place.section], span.start, span.end, place.page_label, place)
        for span, place in zip(spans, places, strict=True)
    )


def citations_of(rows: Sequence[CitationRow]) -> tuple[Citation, ...]:
    """A turn's citations, numbered from 1."""
    return tuple(
        Citation(
            number,
            row.quote,
            row.section_title,
            row.locator.start,
            row.locator.end,
            row.locator.page_label,
            row.locator,
        )
        for number, row in enumerate(rows, start=1)
    )


def _keep(session: Session, asked: Asked, answer: str, citations: Sequence[Citation], stats: dict[str, Any]) -> TurnRow:
    document_id, branch = asked.document.document_id, asked.branch
    conversation_id = branch.conversation_id
    if conversation_id is not None and not has_conversation(session, document_id, conversation_id):
        conversation_id = begin_conversation(session, document_id)  # a new one, or removed while the answer was made
    turn = add_turn(
        session,
        document_id,
        question=asked.question,
        answer=answer,
        citations=[CitationRow(each.quote, each.locator, each.section) for each in citations],
        stats=stats,
        session_id=conversation_id,
        instead_of=branch.instead_of,
    )
    if branch.continues and branch.instead_of is not None:
        remove_turn(session, branch.instead_of)
        (turn,) = rows_of(session, [turn.turn_id])
    return turn


def _scope(asked: Asked, quotes: Sequence[Citation]) -> dict[str, Any]:
    """What is kept of how it was asked, and of what was found without the model."""
    return {
        "model": asked.model,
        "up_to": asked.up_to,
        "within": None if asked.within is None else [asked.within.start, asked.within.end, asked.within.name],
        "quotes": [[each.start, each.end, each.quote, each.section, each.page] for each in quotes],
    }


def _note(asked: Asked, answered: Answered) -> str | None:
    """What must be said beside the answer."""
    if asked.up_to is not None and answered.adapter_used:
        read_to = answered.adapter_char_end
        if read_to > asked.up_to:
            share = round(100 * read_to / max(1, asked.document.characters))
            return f"The adapter has read further than this place (to {share} % of the text) and may know what follows."
    if not answered.citations:
        return NOT_FOUND
    return None

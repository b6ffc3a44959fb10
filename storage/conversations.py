"""Questions asked about a document, their answers, and the places the answers cite."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, insert, literal_column, select
from sqlalchemy.orm import Session

from storage import schema
from storage.document import Locator
from storage.documents import get_document
from storage.errors import StorageError


@dataclass(frozen=True, slots=True)
class CitationRow:
    """A quote that stands in the document at `locator`."""

    quote: str
    locator: Locator
    section_title: str


@dataclass(frozen=True, slots=True)
class TurnRow:
    """One question with its answer. session_id: the conversation it belongs to. stats: how it was made, for display."""

    turn_id: str
    session_id: str
    question: str
    answer: str
    created_at: datetime
    citations: tuple[CitationRow, ...]
    stats: dict[str, Any]


def begin_conversation(session: Session, document_id: str) -> str:
    """Start a new conversation about a document and return its id. Raises StorageError for an unknown document."""
    get_document(session, document_id)
    conversation_id = secrets.token_hex(8)
    session.add(schema.Conversation(id=conversation_id, document_id=document_id, created_at=datetime.now(UTC)))
    session.flush()
    return conversation_id


def add_turn(
    session: Session,
    document_id: str,
    *,
    question: str,
    answer: str,
    citations: Sequence[CitationRow],
    stats: dict[str, Any],
    session_id: str | None = None,
) -> TurnRow:
    """Keep a turn with its citations. session_id: None goes on with the document's newest conversation, or begins one.

    Raises StorageError for an unknown document (it may have been forgotten while the answer was made) or conversation.
    """
    get_document(session, document_id)
    conversation_id = _conversation(session, document_id, session_id)
    last = session.scalar(select(func.max(schema.Turn.ordinal)).where(schema.Turn.document_id == document_id))
    turn = TurnRow(
        secrets.token_hex(8), conversation_id, question, answer, datetime.now(UTC), tuple(citations), dict(stats)
    )
    session.add(
        schema.Turn(
            id=turn.turn_id,
            document_id=document_id,
            session_id=conversation_id,
            ordinal=0 if last is None else last + 1,
            question=question,
            answer=answer,
            created_at=turn.created_at,
            stats=turn.stats,
        )
    )
    session.flush()
    if citations:
        values = [_citation_values(turn.turn_id, number, citation) for number, citation in enumerate(citations)]
        session.execute(insert(schema.Citation), values)
    return turn


def turns(session: Session, document_id: str) -> list[TurnRow]:
    """Every turn of a document, oldest first."""
    get_document(session, document_id)
    cited: dict[str, list[CitationRow]] = defaultdict(list)
    of_document = select(schema.Turn).where(schema.Turn.document_id == document_id).order_by(schema.Turn.ordinal)
    of_turns = (
        select(schema.Citation)
        .join(schema.Turn, schema.Turn.id == schema.Citation.turn_id)
        .where(schema.Turn.document_id == document_id)
        .order_by(schema.Citation.turn_id, schema.Citation.ordinal)
    )
    for record in session.scalars(of_turns):
        locator = Locator(record.section, record.block, record.start, record.end, record.page_label)
        cited[record.turn_id].append(CitationRow(record.quote, locator, record.section_title))
    return [
        TurnRow(
            turn.id, turn.session_id, turn.question, turn.answer, turn.created_at, tuple(cited[turn.id]), turn.stats
        )
        for turn in session.scalars(of_document)
    ]


def _conversation(session: Session, document_id: str, wanted: str | None) -> str:
    table = schema.Conversation
    if wanted is None:
        newest = (
            select(table.id)
            .where(table.document_id == document_id)
            .order_by(table.created_at.desc(), literal_column("conversations.rowid").desc())
            .limit(1)
        )
        return session.scalar(newest) or begin_conversation(session, document_id)
    record = session.get(table, wanted)
    if record is None or record.document_id != document_id:
        raise StorageError("That conversation is not in the library; it may have been forgotten.")
    return wanted


def _citation_values(turn_id: str, ordinal: int, citation: CitationRow) -> dict[str, Any]:
    locator = citation.locator
    return {
        "turn_id": turn_id,
        "ordinal": ordinal,
        "quote": citation.quote,
        "section_title": citation.section_title,
        "section": locator.section,
        "block": locator.block,
        "start": locator.start,
        "end": locator.end,
        "page_label": locator.page_label,
    }

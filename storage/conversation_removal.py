"""Taking a turn or a whole conversation away, and putting it back: what undo needs is handed out, not kept.

Law: every turn that stays keeps its line, less the turns that went; putting back restores what was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from storage import schema
from storage.conversations import get_conversation
from storage.errors import StorageError


@dataclass(frozen=True, slots=True)
class Removed:
    """What was taken away, as rows. children: the turns that followed a removed one directly."""

    conversation: dict[str, Any]
    turns: tuple[dict[str, Any], ...]
    citations: tuple[dict[str, Any], ...]
    children: tuple[str, ...] = ()


def remove_turn(session: Session, turn_id: str) -> Removed:
    """Take one turn away; what follows it follows the turn before it. Raises StorageError when it is not there."""
    turn = session.get(schema.Turn, turn_id)
    if turn is None:
        raise StorageError("That question is not in the library any more.")
    conversation = get_conversation(session, turn.session_id)
    children = session.scalars(select(schema.Turn.id).where(schema.Turn.parent_id == turn_id)).all()
    removed = Removed(_values(conversation), (_values(turn),), _citations(session, [turn_id]), tuple(children))
    parent_id = turn.parent_id
    session.execute(update(schema.Turn).where(schema.Turn.parent_id == turn_id).values(parent_id=parent_id))
    if conversation.leaf_id == turn_id:
        conversation.leaf_id = parent_id
        session.flush()
    _delete(session, schema.Turn, turn_id)
    return removed


def remove_conversation(session: Session, conversation_id: str) -> Removed:
    """Take a conversation away with all its turns. Raises StorageError when it is not there."""
    conversation = get_conversation(session, conversation_id)
    query = select(schema.Turn).where(schema.Turn.session_id == conversation_id).order_by(schema.Turn.ordinal)
    turns = tuple(_values(turn) for turn in session.scalars(query))
    removed = Removed(_values(conversation), turns, _citations(session, [turn["id"] for turn in turns]))
    _delete(session, schema.Conversation, conversation_id)
    return removed


def put_back(session: Session, removed: Removed) -> None:
    """Undo a removal. Raises StorageError when the document or, for a turn, the conversation is gone meanwhile."""
    document_id = removed.conversation["document_id"]
    if session.get(schema.Document, document_id) is None:
        raise StorageError("The document was forgotten meanwhile; there is nothing to put this back into.")
    conversation = session.get(schema.Conversation, removed.conversation["id"])
    if conversation is None:
        session.execute(insert(schema.Conversation).values(**removed.conversation))
    present = set(session.scalars(select(schema.Turn.id).where(schema.Turn.document_id == document_id)))
    for turn in removed.turns:  # oldest first: a parent is there before its children
        parent_id = turn["parent_id"] if turn["parent_id"] in present else None
        session.execute(insert(schema.Turn).values(**turn | {"parent_id": parent_id}))
        present.add(turn["id"])
    if removed.citations:
        session.execute(insert(schema.Citation), removed.citations)
    for turn in removed.turns:
        children = [child for child in removed.children if child in present]
        session.execute(update(schema.Turn).where(schema.Turn.id.in_(children)).values(parent_id=turn["id"]))
    table = schema.Conversation
    leaf = removed.conversation["leaf_id"]
    session.execute(update(table).where(table.id == removed.conversation["id"]).values(leaf_id=leaf))
    session.expire_all()


def _citations(session: Session, turn_ids: list[str]) -> tuple[dict[str, Any], ...]:
    query = select(schema.Citation).join(schema.Turn, schema.Turn.id == schema.Citation.turn_id)
    return tuple(
        _values(citation)
        for turn_id in turn_ids
        for citation in session.scalars(query.where(schema.Turn.id == turn_id))
    )


def _values(record: schema.Base) -> dict[str, Any]:
    return {column.key: getattr(record, column.key) for column in record.__mapper__.column_attrs}


def _delete(session: Session, table: type[schema.Turn | schema.Conversation], row_id: str) -> None:
    session.execute(delete(table).where(table.id == row_id), execution_options={"synchronize_session": False})
    session.expire_all()

"""Memories a model has made of a document: what they are, where they lie, and how the learning went, chunk by chunk.

Knows rows. The files of a memory belong to whoever makes them; `folder` says where they lie.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from storage import schema
from storage.documents import get_document
from storage.errors import StorageError

MemoryState = Literal["running", "paused", "complete", "partial"]


@dataclass(frozen=True, slots=True)
class MemoryRow:
    """kind: "temp_lora". folder: relative to the data folder. tokens: how many of the document's it has read.

    metrics: figures to show, by name. attached: whether it is used when the document is asked about. strength: how strongly it
    acts then: 1 as it was learned, 0 not at all, 2 twice as much.
    """

    memory_id: str
    document_id: str
    kind: str
    model_name: str
    model_identity: str
    state: MemoryState
    folder: str
    bytes: int
    tokens: int
    metrics: dict[str, Any]
    attached: bool
    created_at: datetime
    strength: float = 1.0


@dataclass(frozen=True, slots=True)
class ChunkRow:
    """One point of the learning curve. Mean negative log-likelihood per token, natural log."""

    ordinal: int
    tokens_done: int
    char_end: int
    adapter_nll: float
    base_nll: float | None
    scored_tokens: int
    seconds: float


def put_memory(session: Session, memory: MemoryRow) -> None:
    """Keep a memory, new or changed; its chunks stay. Raises StorageError when its document is not in the library."""
    get_document(session, memory.document_id)
    session.merge(
        schema.Memory(
            id=memory.memory_id,
            document_id=memory.document_id,
            kind=memory.kind,
            model_name=memory.model_name,
            model_identity=memory.model_identity,
            state=memory.state,
            folder=memory.folder,
            bytes=memory.bytes,
            tokens=memory.tokens,
            metrics=memory.metrics,
            attached=memory.attached,
            created_at=memory.created_at,
            strength=memory.strength,
        )
    )
    session.flush()


def memories(session: Session, document_id: str) -> list[MemoryRow]:
    """A document's memories, newest first."""
    get_document(session, document_id)
    table = schema.Memory
    query = select(table).where(table.document_id == document_id).order_by(table.created_at.desc(), table.id)
    return [_memory_row(record) for record in session.scalars(query)]


def memories_of(session: Session, document_ids: Sequence[str]) -> dict[str, list[MemoryRow]]:
    """The memories of some documents, newest first, in one query; documents without any are left out."""
    table = schema.Memory
    query = select(table).where(table.document_id.in_(document_ids)).order_by(table.created_at.desc(), table.id)
    found: dict[str, list[MemoryRow]] = defaultdict(list)
    for record in session.scalars(query):
        found[record.document_id].append(_memory_row(record))
    return dict(found)


def all_memories(session: Session) -> list[MemoryRow]:
    """Memories of every document on the shelf, newest first."""
    table = schema.Memory
    on_shelf = select(schema.Document.id).where(schema.Document.removed_at.is_(None))
    query = select(table).where(table.document_id.in_(on_shelf)).order_by(table.created_at.desc(), table.id)
    return [_memory_row(record) for record in session.scalars(query)]


def memories_in_state(session: Session, state: MemoryState) -> list[MemoryRow]:
    """Memories of every document in one state, newest first."""
    table = schema.Memory
    query = select(table).where(table.state == state).order_by(table.created_at.desc(), table.id)
    return [_memory_row(record) for record in session.scalars(query)]


def get_memory(session: Session, memory_id: str) -> MemoryRow:
    """Raises StorageError when there is no such memory (any more)."""
    return _memory_row(_record(session, memory_id))


def remove_memory(session: Session, memory_id: str) -> None:
    """Remove the row and its chunks; its folder is the caller's. Raises StorageError when there is no such memory."""
    session.delete(_record(session, memory_id))
    session.flush()


def add_chunk(session: Session, memory_id: str, chunk: ChunkRow) -> None:
    """Add a point to the curve, or put it in place of the one of the same ordinal."""
    _record(session, memory_id)
    session.merge(
        schema.MemoryChunk(
            memory_id=memory_id,
            ordinal=chunk.ordinal,
            tokens_done=chunk.tokens_done,
            char_end=chunk.char_end,
            adapter_nll=chunk.adapter_nll,
            base_nll=chunk.base_nll,
            scored_tokens=chunk.scored_tokens,
            seconds=chunk.seconds,
        )
    )
    session.flush()


def chunks(session: Session, memory_id: str) -> list[ChunkRow]:
    """The learning curve, in order."""
    _record(session, memory_id)
    table = schema.MemoryChunk
    return [
        ChunkRow(
            record.ordinal,
            record.tokens_done,
            record.char_end,
            record.adapter_nll,
            record.base_nll,
            record.scored_tokens,
            record.seconds,
        )
        for record in session.scalars(select(table).where(table.memory_id == memory_id).order_by(table.ordinal))
    ]


def truncate_chunks(session: Session, memory_id: str, keep: int) -> None:
    """Keep the points of ordinal below `keep`: a run that resumes scores the later ones again."""
    _record(session, memory_id)
    table = schema.MemoryChunk
    session.execute(delete(table).where(table.memory_id == memory_id, table.ordinal >= keep))


def _record(session: Session, memory_id: str) -> schema.Memory:
    record = session.get(schema.Memory, memory_id)
    if record is None:
        raise StorageError("That memory is not in the library; it may have been forgotten.")
    return record


def _memory_row(record: schema.Memory) -> MemoryRow:
    return MemoryRow(
        memory_id=record.id,
        document_id=record.document_id,
        kind=record.kind,
        model_name=record.model_name,
        model_identity=record.model_identity,
        state=cast(MemoryState, record.state),  # written from a MemoryRow
        folder=record.folder,
        bytes=record.bytes,
        tokens=record.tokens,
        metrics=record.metrics,
        attached=record.attached,
        created_at=record.created_at,
        strength=record.strength,
    )

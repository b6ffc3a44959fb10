"""Segment memories: a document's entry, and a path of pieces, one a segment, that grows while the document is encoded.

Knows rows. A segment is encoded alone, so its piece is found by its own tokens, whatever stands before it and whatever document
it is of: documents that share text share pieces, and one that has grown keeps those it had.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, insert, select, update
from sqlalchemy.orm import Session

from storage.prompt_states_entries import SEGMENTS, Prompt, owners, stays
from storage.prompt_states_pieces import find_piece, put_piece, remove_unlisted, token_bytes
from storage.prompt_states_schema import Entry, EntryPiece, Piece, PieceData

_TOKEN_BYTES = 4


@dataclass(frozen=True, slots=True)
class NewSegment:
    """data: its state; None for a segment that is kept already."""

    token_ids: Sequence[int]
    data: bytes | None = None


@dataclass(frozen=True, slots=True)
class KeptMemory:
    """bytes: of all segments of the entry."""

    entry: int
    bytes: int


@dataclass(frozen=True, slots=True)
class SegmentsMatch:
    """pieces: one a segment, in order; None for one that was damaged and is to be encoded again."""

    entry: int
    scope: str
    pieces: tuple[int | None, ...]
    metrics: dict[str, Any]


def kept(session: Session, scope: str, segments: Sequence[Sequence[int]]) -> list[bool]:
    """Which segments are kept."""
    return [find_piece(session, scope, token_bytes(tokens)) is not None for tokens in segments]


def put(session: Session, prompt: Prompt, first: int, segments: Sequence[NewSegment]) -> int | None:
    """Segments of a document's memory from place `first` on: it is listed with the first ones, and grows by the others.

    It never shrinks. None when the segments before `first`, or one that was kept, are gone. A new memory is in use, unless
    something else of its document is.
    """
    entry = session.scalar(select(Entry.id).where(_same(prompt)))
    length = 0 if entry is None else _length(session, entry)
    if first > length:
        return None
    if not all(kept(session, prompt.scope, [segment.token_ids for segment in segments if segment.data is None])):
        return None
    path = [_put(session, prompt.scope, segment) for segment in segments]
    if entry is None:
        entry = _add(session, prompt)
    end = first + len(path)
    places = and_(EntryPiece.entry == entry, EntryPiece.ordinal >= first, EntryPiece.ordinal < end)
    former = list(session.scalars(select(EntryPiece.piece).where(places)))
    session.execute(delete(EntryPiece).where(places))
    if path:
        rows = [{"entry": entry, "ordinal": first + place, "piece": piece} for place, piece in enumerate(path)]
        session.execute(insert(EntryPiece), rows)
    remove_unlisted(session, sorted(set(former) - set(path)))
    grown = {"title": prompt.title, "metrics": prompt.metrics} if end >= length else {}
    renewed = {"tokens": _tokens(session, entry), "used_at": datetime.now(UTC)}
    session.execute(update(Entry).where(Entry.id == entry).values(grown | renewed))
    return entry


def in_use(session: Session, model_identity: str, document_id: str) -> SegmentsMatch | None:
    """A document's segment memory that is in use."""
    which = and_(Entry.kind == SEGMENTS, Entry.in_use)
    whose = and_(Entry.model_identity == model_identity, Entry.document_id == document_id)
    query = select(Entry.id, Entry.scope, Entry.metrics).where(which, whose).order_by(Entry.used_at.desc()).limit(1)
    found = session.execute(query).one_or_none()
    if found is None:
        return None
    entry, scope, metrics = found
    links = select(Piece.id).select_from(EntryPiece).outerjoin(Piece, Piece.id == EntryPiece.piece)
    pieces = session.scalars(links.where(EntryPiece.entry == entry).order_by(EntryPiece.ordinal))
    return SegmentsMatch(entry, scope, tuple(pieces), metrics)


def size(session: Session, entry: int) -> int:
    """Bytes of its segments."""
    own = select(EntryPiece.piece).where(EntryPiece.entry == entry)
    return session.scalar(select(func.coalesce(func.sum(Piece.size), 0)).where(Piece.id.in_(own))) or 0


def room(session: Session, budget: int, prompt: Prompt) -> int:
    """How many bytes a memory could have, once everything has made way for it that may."""
    others = and_(stays(keep=None), ~_same(prompt))
    staying = select(EntryPiece.piece).join(Entry, Entry.id == EntryPiece.entry).where(others)
    taken = session.scalar(select(func.sum(Piece.size)).where(Piece.id.in_(staying))) or 0
    return max(0, budget - taken)


def remove_damaged(session: Session, piece: int) -> None:
    """The memories of a damaged piece keep their other segments: hours may have gone into them."""
    memories = session.scalars(select(Entry.id).where(Entry.kind == SEGMENTS, owners(piece))).all()
    session.execute(delete(PieceData).where(PieceData.piece == piece))
    session.execute(delete(Piece).where(Piece.id == piece))
    for entry in memories:
        session.execute(update(Entry).where(Entry.id == entry).values(tokens=_tokens(session, entry)))


def _put(session: Session, scope: str, segment: NewSegment) -> int:
    """The piece of a segment that is new, or that is known to be kept."""
    tokens = token_bytes(segment.token_ids)
    if segment.data is not None:
        return put_piece(session, scope, tokens, segment.data)
    piece = find_piece(session, scope, tokens)
    assert piece is not None
    return piece


def _add(session: Session, prompt: Prompt) -> int:
    now = datetime.now(UTC)
    of_document = and_(Entry.document_id == prompt.document_id, Entry.model_identity == prompt.model_identity)
    values = {
        "kind": SEGMENTS,
        "scope": prompt.scope,
        "title": prompt.title,
        "document_id": prompt.document_id,
        "model_identity": prompt.model_identity,
        "model_name": prompt.model_name,
        "adapter_sha256": "",
        "prompt_sha256": hashlib.sha256(f"{SEGMENTS} {prompt.document_id}".encode()).hexdigest(),
        "tokens": 0,
        "in_use": session.scalar(select(Entry.id).where(of_document, Entry.in_use).limit(1)) is None,
        "metrics": prompt.metrics,
        "created_at": now,
        "used_at": now,
        "token_ids": b"",  # its segments have them
    }
    return session.scalars(insert(Entry).values(values).returning(Entry.id)).one()


def _same(prompt: Prompt) -> ColumnElement[bool]:
    """The entry of the same document, made with the same."""
    return and_(Entry.kind == SEGMENTS, Entry.scope == prompt.scope, Entry.document_id == prompt.document_id)


def _length(session: Session, entry: int) -> int:
    return session.scalar(select(func.count()).select_from(EntryPiece).where(EntryPiece.entry == entry)) or 0


def _tokens(session: Session, entry: int) -> int:
    held = select(func.sum(func.length(Piece.tokens))).join(EntryPiece, EntryPiece.piece == Piece.id)
    return (session.scalar(held.where(EntryPiece.entry == entry)) or 0) // _TOKEN_BYTES

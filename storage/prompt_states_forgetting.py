"""What forgetting documents asks of the prompt states: what goes, what to search for afterwards, and what stays by right."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from storage.probes import PIECE_BYTES, piece_places
from storage.prompt_states_schema import Entry, EntryPiece, Piece, PieceData

_MOST_PIECES = 40
_SAMPLES_OF_PIECE = 3


@dataclass(frozen=True, slots=True)
class ForgottenPrompts:
    """entries, bytes: what went. scrubbed: False while another program still reads an older state of the file."""

    entries: int
    bytes: int
    scrubbed: bool


def holdings(session: Session, document_ids: Collection[str]) -> tuple[int, int]:
    """How many entries documents have, and the bytes of the pieces that are theirs alone."""
    count = select(func.count()).select_from(Entry).where(Entry.document_id.in_(document_ids))
    sizes = select(func.coalesce(func.sum(Piece.size), 0)).where(Piece.id.in_(_own_pieces(document_ids)))
    return session.scalars(count).one(), session.scalars(sizes).one()


def titles(session: Session, document_ids: Collection[str]) -> list[str]:
    return list(session.scalars(select(Entry.title).where(Entry.document_id.in_(document_ids)).distinct()))


def samples(session: Session, document_ids: Collection[str]) -> Iterator[bytes]:
    """Some bytes of the tokens and of the states that are these documents' alone."""
    own = list(session.scalars(_own_pieces(document_ids)))
    for piece in own[:: 1 + len(own) // _MOST_PIECES]:
        query = select(Piece.tokens, PieceData.data).join(PieceData, PieceData.piece == Piece.id)
        for held in session.execute(query.where(Piece.id == piece)).one():
            for place in piece_places(len(held), _SAMPLES_OF_PIECE):
                yield held[place : place + PIECE_BYTES]


def kept_words(session: Session) -> Iterator[str]:
    """The words that stand beside the states."""
    for title, model, metrics in session.execute(select(Entry.title, Entry.model_name, Entry.metrics)):
        yield f"{title}\n{model}\n{json.dumps(metrics, ensure_ascii=False)}"


def kept_bytes(session: Session) -> Iterator[bytes]:
    """Tokens and states, one after the other."""
    yield from session.scalars(select(Entry.token_ids)).yield_per(1)
    yield from session.scalars(select(Piece.tokens)).yield_per(1)
    yield from session.scalars(select(PieceData.data)).yield_per(1)


def _own_pieces(document_ids: Collection[str]) -> Select[int]:
    links = select(EntryPiece.piece).join(Entry, Entry.id == EntryPiece.entry)
    theirs = links.where(Entry.document_id.in_(document_ids))
    others = links.where(Entry.document_id.is_(None) | Entry.document_id.not_in(document_ids))
    return select(Piece.id).where(Piece.id.in_(theirs), Piece.id.not_in(others))

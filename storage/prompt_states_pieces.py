"""Pieces of prompt states, found by the tokens they hold.

Knows rows, token ids and bytes. Knows nothing of what a state is, nor whose prompt it belongs to (`storage.prompt_states_entries`).

    scope -> [t0 .. t255] -> [t256 .. t511] -> [t512 .. t530]        a path: pieces under their parents
                          -> [t256 .. t511]'                         prompts that begin alike share pieces

Pieces of one parent are sorted by their tokens. Of all that is sorted so, what shares the longest beginning with a prompt stands
directly before or behind it: two look-ups in an index find it, however many there are. The caller cuts all its prompts at the
same places, so only pieces of full length have children.
"""

from __future__ import annotations

import hashlib
import sys
import uuid
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from storage.errors import StorageError
from storage.prompt_states_schema import EntryPiece, Piece, PieceData

_ON_ITS_WAY = timedelta(hours=1)
"""A piece on no path for so long was left behind: its writer has died, or given up."""

_TOKEN_BYTES = 4
_MOST_NAMED = 1_000


_OWN = select(Piece.id, Piece.tokens).where(Piece.parent == bindparam("parent"))
_BEFORE = _OWN.where(Piece.tokens <= bindparam("rest")).order_by(Piece.tokens.desc()).limit(1)
_BEHIND = _OWN.where(Piece.tokens > bindparam("rest")).order_by(Piece.tokens).limit(1)


@dataclass(frozen=True, slots=True)
class PieceMatch:
    """tokens: how many of the piece's first tokens the prompt shares."""

    piece: int
    tokens: int


class Damaged(Exception):
    """A piece whose bytes are not those that were written."""


def token_bytes(token_ids: Sequence[int]) -> bytes:
    """So that they compare as the numbers do, one after the other."""
    numbers = array("I", token_ids)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers.tobytes()


def token_numbers(data: bytes) -> tuple[int, ...]:
    """The inverse of `token_bytes`. Raises StorageError for what it did not make."""
    if len(data) % _TOKEN_BYTES:
        raise StorageError("This kept prompt is damaged; delete it, and it is read again.")
    numbers = array("I", data)
    if sys.byteorder == "little":
        numbers.byteswap()
    return tuple(numbers)


def following(parent: str, tokens: bytes) -> str:
    """The parent of what comes after these tokens: a hash of its scope and of all tokens before it."""
    return hashlib.sha256(parent.encode() + tokens).hexdigest()


def common_tokens(one: bytes, other: bytes) -> int:
    """How many tokens two byte strings begin alike with."""
    length = min(len(one), len(other))
    differing = int.from_bytes(one[:length], "big") ^ int.from_bytes(other[:length], "big")
    return (length * 8 - differing.bit_length()) // (8 * _TOKEN_BYTES)


def longest_prefix(session: Session, scope: str, token_ids: Sequence[int]) -> list[PieceMatch]:
    """The pieces that together hold the longest kept prefix, in order. Of two that hold as much, the shorter one."""
    parent, rest = scope, token_bytes(token_ids)
    path: list[PieceMatch] = []
    while rest:
        best, whole = _neighbour(session, parent, rest)
        if best is None:
            break
        path.append(best)
        if not whole:
            break
        size = best.tokens * _TOKEN_BYTES
        parent, rest = following(parent, rest[:size]), rest[size:]
    return path


def _neighbour(session: Session, parent: str, rest: bytes) -> tuple[PieceMatch | None, bool]:
    """What shares most with `rest` among a parent's pieces, and whether all of it is shared; None where nothing is."""
    best, whole = None, False
    for query in (_BEFORE, _BEHIND):
        for piece, tokens in session.execute(query, {"parent": parent, "rest": rest}):
            shared = common_tokens(rest, tokens)
            if shared > (0 if best is None else best.tokens):
                best, whole = PieceMatch(piece, shared), shared * _TOKEN_BYTES == len(tokens)
    return best, whole


def find_piece(session: Session, parent: str, tokens: bytes) -> int | None:
    """The piece of exactly these tokens."""
    return session.scalar(select(Piece.id).where(Piece.parent == parent, Piece.tokens == tokens))


def put_piece(session: Session, parent: str, tokens: bytes, data: bytes) -> int:
    """Keep a piece; the one that is there already stays as it is."""
    piece = find_piece(session, parent, tokens)
    if piece is None:
        return _add_piece(session, parent, tokens, data)
    session.execute(update(Piece).where(Piece.id == piece).values(written_at=datetime.now(UTC)))
    return piece


def add_gist_piece(session: Session, data: bytes) -> int:
    """Keep a piece that no tokens lead to."""
    return _add_piece(session, uuid.uuid4().hex, b"", data)


def _add_piece(session: Session, parent: str, tokens: bytes, data: bytes) -> int:
    values = {
        "parent": parent,
        "tokens": tokens,
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "written_at": datetime.now(UTC),
    }
    piece = session.scalars(insert(Piece).values(values).returning(Piece.id)).one()
    session.execute(insert(PieceData).values(piece=piece, data=data))
    return piece


def read_piece(session: Session, piece: int) -> bytes | None:
    """A piece's bytes; None when it is gone. Raises Damaged."""
    query = select(Piece.sha256, PieceData.data).join(PieceData, PieceData.piece == Piece.id).where(Piece.id == piece)
    found = session.execute(query).one_or_none()
    if found is None:
        return None
    sha256, data = found
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Damaged
    return bytes(data)


def total_bytes(session: Session) -> int:
    return session.scalar(select(func.coalesce(func.sum(Piece.size), 0))) or 0


def listed_bytes(session: Session) -> int:
    """Of the pieces that are on a path."""
    return session.scalar(select(func.sum(Piece.size)).where(Piece.id.in_(select(EntryPiece.piece)))) or 0


def remove_unlisted(session: Session, pieces: Sequence[int]) -> int:
    """Remove those of the pieces that are on no path. Returns their bytes."""
    freed = 0
    for some in batches(pieces):
        listed = select(EntryPiece.piece).where(EntryPiece.piece.in_(some))
        query = select(Piece.id, Piece.size).where(Piece.id.in_(some), Piece.id.not_in(listed))
        going = {piece: size for piece, size in session.execute(query)}
        session.execute(delete(PieceData).where(PieceData.piece.in_(going)))
        session.execute(delete(Piece).where(Piece.id.in_(going)))
        freed += sum(going.values())
    return freed


def batches(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    """As many at once as may be named in one statement."""
    return (numbers[start : start + _MOST_NAMED] for start in range(0, len(numbers), _MOST_NAMED))


def unlisted(session: Session, *, all_of_them: bool = False) -> list[int]:
    """Pieces on no path that were written so long ago that nobody will put them on one; `all_of_them`: the others too."""
    before = datetime.now(UTC) - (timedelta() if all_of_them else _ON_ITS_WAY)
    query = select(Piece.id).where(Piece.id.not_in(select(EntryPiece.piece)))
    return list(session.scalars(query.where(Piece.written_at <= before)))

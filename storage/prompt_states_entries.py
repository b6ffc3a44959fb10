"""Prompts whose states are kept, as lists show them: each owns a path of pieces, or, a gist, one piece.

How a segment memory comes to its path is said in `storage.prompt_states_segments`.

Knows rows: who owns what, what is used, what has to go when the budget runs out. A piece nobody owns any more goes with its
last owner.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, cast

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from storage.errors import StorageError
from storage.prompt_states_pieces import (
    batches,
    listed_bytes,
    longest_prefix,
    remove_unlisted,
    token_bytes,
    token_numbers,
    total_bytes,
    unlisted,
)
from storage.prompt_states_schema import Entry, EntryPiece, Piece

PromptKind = Literal["exact", "gist", "segments"]

SEGMENTS: PromptKind = "segments"

_OF_DOCUMENT = "document"
"""What the metrics of a document's text say of its layout (`engine.api.PromptLayout`)."""

_FEW = 16
"""Most prompts that make room are as few as those they make room for."""


@dataclass(frozen=True, slots=True)
class PromptEntryRow:
    """tokens: of the prompt, or in segments. bytes: of its pieces, those it shares with others counted in full. metrics: figures to
    show. hits: how often it was used; tokens_saved, seconds_saved: what that spared. in_use: a gist that stands in for its prompt,
    a document's text or segment memory that stands before the questions about it.
    """

    entry: int
    kind: PromptKind
    title: str
    document_id: str | None
    model_name: str
    model_identity: str
    adapter_sha256: str
    tokens: int
    bytes: int
    hits: int
    tokens_saved: int
    seconds_saved: float
    pinned: bool
    in_use: bool
    metrics: dict[str, Any]
    created_at: datetime
    used_at: datetime

    @property
    def can_be_in_use(self) -> bool:
        """Whether it is used once somebody says so: a gist, a segment memory, a document's text. Others are, whenever a prompt begins
        alike."""
        return self.kind in ("gist", SEGMENTS) or self.metrics.get("layout") == _OF_DOCUMENT


@dataclass(frozen=True, slots=True)
class GistMatch:
    """piece: holds the gist's state. tokens: of the prompt it stands for."""

    entry: int
    piece: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is to be listed. scope: what its state was made with. document_id: the document it is forgotten with."""

    scope: str
    token_ids: Sequence[int]
    title: str
    model_identity: str
    model_name: str
    adapter_sha256: str = ""
    document_id: str | None = None
    metrics: dict[str, Any] = field(default_factory=dict)


# -- looking -----------------------------------------------------------------------------------------------------------


def entries(session: Session) -> list[PromptEntryRow]:
    """Newest use first."""
    return [_row(record) for record in session.execute(_rows().order_by(Entry.used_at.desc(), Entry.id.desc()))]


def get_entry(session: Session, entry: int) -> PromptEntryRow:
    """Raises StorageError when there is no such entry (any more)."""
    record = session.execute(_rows().where(Entry.id == entry)).one_or_none()
    if record is None:
        raise _gone()
    return _row(record)


def segment_memories(session: Session, document_id: str, model_identity: str) -> list[PromptEntryRow]:
    """Newest use first."""
    which = and_(Entry.kind == SEGMENTS, Entry.document_id == document_id, Entry.model_identity == model_identity)
    return [_row(record) for record in session.execute(_rows().where(which).order_by(Entry.used_at.desc()))]


def token_ids(session: Session, entry: int) -> tuple[int, ...]:
    """The prompt's tokens. Raises StorageError when there is no such entry (any more)."""
    found = session.execute(select(Entry.kind, Entry.token_ids).where(Entry.id == entry)).one_or_none()
    if found is None:
        raise _gone()
    kind, tokens = found
    if kind == SEGMENTS:
        path = select(Piece.tokens).join(EntryPiece, EntryPiece.piece == Piece.id).where(EntryPiece.entry == entry)
        tokens = b"".join(session.scalars(path.order_by(EntryPiece.ordinal)))
    return token_numbers(tokens)


def pieces_of(session: Session, entry: int) -> list[int]:
    return list(session.scalars(select(EntryPiece.piece).where(EntryPiece.entry == entry).order_by(EntryPiece.ordinal)))


def gist_in_use(
    session: Session, model_identity: str, *, tokens: Sequence[int] | None = None, document_id: str | None = None
) -> GistMatch | None:
    """The gist in use for exactly these tokens, or for this document."""
    whose = Entry.document_id == document_id if tokens is None else Entry.prompt_sha256 == _sha256(token_bytes(tokens))
    query = _gists().where(Entry.in_use, Entry.model_identity == model_identity, whose)
    found = session.execute(query.order_by(Entry.used_at.desc()).limit(1)).one_or_none()
    return None if found is None else GistMatch(*found)


def document_in_use(session: Session, model_identity: str, document_id: str) -> tuple[int, ...] | None:
    """The tokens of a document's text that is kept exactly and in use."""
    query = select(Entry.token_ids).where(Entry.in_use, Entry.kind == "exact", Entry.model_identity == model_identity)
    tokens = session.scalar(query.where(Entry.document_id == document_id).order_by(Entry.used_at.desc()).limit(1))
    return None if tokens is None else token_numbers(tokens)


def get_gist(session: Session, entry: int) -> tuple[GistMatch, tuple[int, ...]] | None:
    """A gist, in use or not, and the tokens it was made of."""
    found = session.execute(_gists().where(Entry.id == entry)).one_or_none()
    return None if found is None else (GistMatch(*found), token_ids(session, entry))


# -- listing -----------------------------------------------------------------------------------------------------------


def put_exact(session: Session, prompt: Prompt) -> int | None:
    """List a prompt whose pieces are all there; None when they are not. The same prompt of the same document is renewed."""
    path = longest_prefix(session, prompt.scope, prompt.token_ids)
    if sum(match.tokens for match in path) != len(prompt.token_ids):
        return None
    entry = _put(session, "exact", prompt, [match.piece for match in path])
    if prompt.document_id is not None:
        _merge_ends(session, prompt.document_id, path[-1].piece)
    return entry


def put_gist(session: Session, prompt: Prompt, piece: int) -> int:
    """List a gist; it takes the place of the one of the same prompt, its pin and its use."""
    return _put(session, "gist", prompt, [piece])


def _put(session: Session, kind: PromptKind, prompt: Prompt, path: Sequence[int]) -> int:
    now, tokens = datetime.now(UTC), token_bytes(prompt.token_ids)
    identity = {
        "kind": kind,
        "scope": prompt.scope,
        "document_id": prompt.document_id,
        "prompt_sha256": _sha256(tokens),
    }
    values = {
        "title": prompt.title,
        "model_identity": prompt.model_identity,
        "model_name": prompt.model_name,
        "adapter_sha256": prompt.adapter_sha256,
        "tokens": len(prompt.token_ids),
        "metrics": prompt.metrics,
        "token_ids": tokens,
        "used_at": now,
    }
    made = {"created_at": now}
    same = and_(*(getattr(Entry, name).is_not_distinct_from(value) for name, value in identity.items()))
    entry = session.scalar(select(Entry.id).where(same))
    if entry is None:
        entry = session.scalars(insert(Entry).values(identity | values | made).returning(Entry.id)).one()
    else:
        changed = values if kind == "exact" else values | made  # an exact state is the one it was; a gist is made anew
        session.execute(update(Entry).where(Entry.id == entry).values(changed))
    former = pieces_of(session, entry)
    session.execute(delete(EntryPiece).where(EntryPiece.entry == entry))
    session.execute(
        insert(EntryPiece), [{"entry": entry, "ordinal": place, "piece": piece} for place, piece in enumerate(path)]
    )
    remove_unlisted(session, former)
    return entry


def _merge_ends(session: Session, document_id: str, piece: int) -> None:
    """Of the last pieces of a document's prompts, those that a longer one begins with are superseded by it.

    Within one document only: a piece must never outlive the document that some of its tokens are of.
    """
    parent, tokens = session.execute(select(Piece.parent, Piece.tokens).where(Piece.id == piece)).one()
    siblings = (
        select(Piece.id, Piece.tokens)
        .join(EntryPiece, EntryPiece.piece == Piece.id)
        .join(Entry, Entry.id == EntryPiece.entry)
        .where(Entry.document_id == document_id, Piece.parent == parent)
        .distinct()
    )
    found = [(len(own), own, each) for each, own in session.execute(siblings)]
    longest = max((length, each) for length, own, each in found if own.startswith(tokens))[1]
    shorter = [
        each for _, own, each in found if tokens.startswith(own) and each != longest
    ]  # others differ from each other
    owners = select(Entry.id).where(Entry.document_id == document_id)
    session.execute(
        update(EntryPiece)
        .where(EntryPiece.piece.in_(shorter), EntryPiece.entry.in_(owners))
        .values(piece=longest)
        .execution_options(synchronize_session=False)
    )
    remove_unlisted(session, shorter)


# -- using -------------------------------------------------------------------------------------------------------------


def set_pinned(session: Session, entry: int, pinned: bool) -> None:
    """Raises StorageError when there is no such entry (any more)."""
    get_entry(session, entry)
    session.execute(update(Entry).where(Entry.id == entry).values(pinned=pinned))


def set_in_use(session: Session, entry: int, in_use: bool) -> None:
    """Of the same prompt or document, one at most is in use. Raises StorageError for what is used without being told to."""
    row = get_entry(session, entry)
    if not row.can_be_in_use:
        raise StorageError(
            f"“{row.title}” is kept exactly and used whenever it fits; only a gist, a segment memory or a document's text is put to use."
        )
    if in_use:
        sha256 = select(Entry.prompt_sha256).where(Entry.id == entry).scalar_subquery()
        rivals: ColumnElement[bool] = Entry.prompt_sha256 == sha256
        if row.document_id is not None:
            rivals = or_(rivals, Entry.document_id == row.document_id)
        same_model = Entry.model_identity == row.model_identity
        session.execute(
            update(Entry).where(same_model, rivals).values(in_use=False).execution_options(synchronize_session=False)
        )
    session.execute(update(Entry).where(Entry.id == entry).values(in_use=in_use))


def count_use(session: Session, pieces: Sequence[int], *, tokens_saved: int, seconds_saved: float) -> None:
    """A hit for the entry with the longest part of this path, the most recently used of several; it is now the newest."""
    for piece in reversed(pieces):
        owners = select(EntryPiece.entry).where(EntryPiece.piece == piece)
        latest = select(Entry.id).where(Entry.id.in_(owners)).order_by(Entry.used_at.desc(), Entry.id.desc()).limit(1)
        entry = session.scalar(latest)
        if entry is not None:
            counted = {
                "hits": Entry.hits + 1,
                "tokens_saved": Entry.tokens_saved + tokens_saved,
                "seconds_saved": Entry.seconds_saved + seconds_saved,
                "used_at": datetime.now(UTC),
            }
            session.execute(update(Entry).where(Entry.id == entry).values(counted))
            return


# -- removing ----------------------------------------------------------------------------------------------------------


def remove(session: Session, which: ColumnElement[bool]) -> int:
    """Remove entries and what only they own. Returns how many bytes went."""
    return _remove_entries(session, list(session.scalars(select(Entry.id).where(which))))


def _remove_entries(session: Session, entries: Sequence[int]) -> int:
    freed = 0
    for going in batches(entries):
        pieces = list(session.scalars(select(EntryPiece.piece).where(EntryPiece.entry.in_(going)).distinct()))
        session.execute(delete(EntryPiece).where(EntryPiece.entry.in_(going)))
        session.execute(delete(Entry).where(Entry.id.in_(going)))
        freed += remove_unlisted(session, pieces)
    return freed


def give_up(session: Session, entry: int) -> bool:
    """Remove an entry there is no room for, unless it is pinned or in use. Whether it is gone."""
    remove(session, and_(Entry.id == entry, ~Entry.pinned, ~Entry.in_use))
    return session.get(Entry, entry) is None


def owners(piece: int) -> ColumnElement[bool]:
    return Entry.id.in_(select(EntryPiece.entry).where(EntryPiece.piece == piece))


def make_room(session: Session, budget: int, *, keep: int) -> bool:
    """Evict, least recently used first, until the budget holds what is left. False, with nothing evicted, if it cannot:
    what is pinned, what somebody has put to use, and `keep` stay.
    """
    if total_bytes(session) <= budget:
        return True
    staying = select(EntryPiece.piece).join(Entry, Entry.id == EntryPiece.entry).where(stays(keep))
    if (session.scalar(select(func.sum(Piece.size)).where(Piece.id.in_(staying))) or 0) > budget:
        return False
    shrink(session, budget, keep=keep)
    return True


def shrink(session: Session, budget: int, *, keep: int | None = None) -> None:
    """Evict, least recently used first, until the budget holds what is left, or only what has to stay is left.

    Pieces that were left behind go first. Those on their way to an entry are not counted: evicting others would not help.
    """
    remove_unlisted(session, unlisted(session))
    surplus = listed_bytes(session) - budget
    oldest = select(Entry.id, _size_of_entry()).where(~stays(keep)).order_by(Entry.used_at, Entry.id)
    look_at = _FEW
    while surplus > 0:
        going: list[int] = []
        most_freed = 0
        for entry, size in session.execute(oldest.limit(look_at)):
            going.append(entry)
            most_freed += size  # less, where it shares pieces with others that stay
            if most_freed >= surplus:  # so none of these is one too many
                break
        if not going:
            break
        surplus -= _remove_entries(session, going)
        look_at *= 2


def stays(keep: int | None) -> ColumnElement[bool]:
    """What is never evicted. Segment memories are in use without being asked for, and go when they were not used for long."""
    return or_(Entry.pinned, and_(Entry.in_use, Entry.kind != SEGMENTS), Entry.id == keep)


def _rows() -> Select[Any]:
    return select(
        Entry.id,
        Entry.kind,
        Entry.title,
        Entry.document_id,
        Entry.model_name,
        Entry.model_identity,
        Entry.adapter_sha256,
        Entry.tokens,
        _size_of_entry(),
        Entry.hits,
        Entry.tokens_saved,
        Entry.seconds_saved,
        Entry.pinned,
        Entry.in_use,
        Entry.metrics,
        Entry.created_at,
        Entry.used_at,
    )


def _size_of_entry() -> ScalarSelect[Any]:
    """Of all pieces on its path."""
    return (
        select(func.coalesce(func.sum(Piece.size), 0))
        .join(EntryPiece, EntryPiece.piece == Piece.id)
        .where(EntryPiece.entry == Entry.id)
        .scalar_subquery()
    )


def _row(record: Any) -> PromptEntryRow:
    entry, kind, *fields = record
    return PromptEntryRow(entry, cast(PromptKind, kind), *fields)  # written by `_put`


def _gists() -> Select[int, int, int]:
    return (
        select(Entry.id, EntryPiece.piece, Entry.tokens)
        .join(EntryPiece, EntryPiece.entry == Entry.id)
        .where(Entry.kind == "gist")
    )


def _sha256(tokens: bytes) -> str:
    return hashlib.sha256(tokens).hexdigest()


def _gone() -> StorageError:
    return StorageError("This prompt is not kept any more; it may have made room for newer ones.")

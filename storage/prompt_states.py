"""Prompt states kept between sessions: what is kept, how it is found again, and how much room it may take.

Knows rows and bytes; what a state is, the engine knows. Every call is a transaction of its own, raises StorageError, and may
come from any thread and from several processes. All of it is disposable: what is lost here is read by the model once more.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from sqlalchemy import and_, delete, select, text
from sqlalchemy.orm import Session

from storage import prompt_states_entries as rows
from storage import prompt_states_forgetting as forgetting
from storage import prompt_states_pieces as pieces
from storage import prompt_states_segments as segments
from storage.errors import StorageError, UnusableDatabase
from storage.prompt_states_entries import GistMatch, Prompt, PromptEntryRow, PromptKind
from storage.prompt_states_file import PromptStatesFile
from storage.prompt_states_forgetting import ForgottenPrompts
from storage.prompt_states_pieces import Damaged, PieceMatch, following, token_bytes
from storage.prompt_states_schema import Base, Entry, Setting
from storage.prompt_states_segments import KeptMemory, NewSegment, SegmentsMatch

__all__ = [
    "DEFAULT_BUDGET",
    "GistMatch",
    "KeptMemory",
    "NewSegment",
    "PieceMatch",
    "Prompt",
    "PromptEntryRow",
    "PromptKind",
    "PromptStates",
    "SegmentsMatch",
]

DEFAULT_BUDGET = 10**9

_BUDGET = "budget_bytes"
_SPARE_SHARE = 8
"""Free pages wait for the next prompt up to this fraction of the budget; more are given back to the disk."""


class PromptStates:
    """One file. It is opened when first needed; pickled, it is opened anew at the same path by whoever unpickles it."""

    def __init__(self, path: Path) -> None:
        self._file = PromptStatesFile(path)

    def __reduce__(self) -> tuple[type[PromptStates], tuple[Path]]:
        return type(self), (self._file.path,)

    @property
    def path(self) -> Path:
        return self._file.path

    # -- for lists -----------------------------------------------------------------------------------------------------

    def entries(self) -> list[PromptEntryRow]:
        """Newest use first."""
        with self._file.read() as session:
            return rows.entries(session)

    def entry(self, entry: int) -> PromptEntryRow:
        """Raises StorageError when it is not kept any more."""
        with self._file.read() as session:
            return rows.get_entry(session, entry)

    def token_ids(self, entry: int) -> tuple[int, ...]:
        """The tokens of an entry's prompt. Raises StorageError when it is not kept any more."""
        with self._file.read() as session:
            return rows.token_ids(session, entry)

    def segment_memories(self, document_id: str, model_identity: str) -> list[PromptEntryRow]:
        """A document's segment memories for a model, newest use first."""
        with self._file.read() as session:
            return rows.segment_memories(session, document_id, model_identity)

    def set_pinned(self, entry: int, pinned: bool) -> None:
        """What is pinned is never evicted."""
        with self._file.session() as session:
            rows.set_pinned(session, entry, pinned)

    def set_in_use(self, entry: int, in_use: bool) -> None:
        """Let a gist stand in for its prompt, or a document's text or segment memory before the questions about it; or no longer.

        Another one of the same prompt or document gives way. Raises StorageError where `can_be_in_use` is false.
        """
        with self._file.session() as session:
            rows.set_in_use(session, entry, in_use)

    # -- room ----------------------------------------------------------------------------------------------------------

    def budget(self) -> int:
        """How many bytes of states may be kept."""
        with self._file.read() as session:
            return _budget(session)

    def set_budget(self, budget: int) -> None:
        """Keep no more than this from now on; what is pinned or was put to use stays all the same."""
        with self._file.session() as session:
            session.merge(Setting(key=_BUDGET, value=budget))
            session.flush()
            rows.shrink(session, budget)
        self._file.give_back()

    def total_bytes(self) -> int:
        """Of all states, shared pieces once."""
        with self._file.read() as session:
            return pieces.total_bytes(session)

    def file_bytes(self) -> int:
        """What the file takes of the disk, its log included."""
        return self._file.file_bytes()

    # -- removing ------------------------------------------------------------------------------------------------------

    def remove(self, *entries: int) -> None:
        """Remove entries and what only they own; nothing where they are gone already."""
        with self._removing() as session:
            rows.remove(session, Entry.id.in_(entries))

    def remove_of_model(self, model_identity: str) -> None:
        """Remove what was made with a model: no other can use it."""
        with self._removing() as session:
            rows.remove(session, Entry.model_identity == model_identity)

    def remove_of_adapters(self, document_id: str, model_identity: str) -> None:
        """Remove what was read with an adapter of a document: its newest, and those it had before."""
        with self._removing() as session:
            same = (Entry.document_id == document_id, Entry.model_identity == model_identity)
            rows.remove(session, and_(*same, Entry.adapter_sha256 != ""))

    def clear(self) -> None:
        """Keep nothing but the budget."""
        self._file.remove_set_aside()
        with self._removing() as session:
            session.execute(text("PRAGMA secure_delete = FAST"))  # pages that are cut off need not be overwritten first
            try:
                for table in Base.metadata.sorted_tables:
                    if table.name != Setting.__tablename__:
                        session.execute(delete(table))
            finally:
                session.execute(text("PRAGMA secure_delete = ON"))

    def close(self) -> None:
        """Safe to call twice."""
        self._file.close()

    # -- for forgetting ------------------------------------------------------------------------------------------------

    def documents(self) -> list[str]:
        """The documents that something is kept of."""
        with self._file.read() as session:
            documents = select(Entry.document_id).where(Entry.document_id.is_not(None)).distinct()
            return [document for document in session.scalars(documents) if document is not None]

    def holdings(self, document_ids: Collection[str]) -> tuple[int, int]:
        """How many entries documents have, and the bytes that forgetting the documents would free."""
        with self._file.read() as session:
            return forgetting.holdings(session, document_ids)

    def traces(self, document_ids: Collection[str]) -> tuple[list[str], list[bytes]]:
        """What to search for once documents are gone: what their entries are called, and bytes that are theirs alone."""
        try:
            with self._file.read() as session:
                titles = forgetting.titles(session, document_ids)
                return titles, list(forgetting.samples(session, document_ids))
        except UnusableDatabase:  # set aside, it goes as a whole
            return [], []

    def kept_words(self) -> list[str]:
        """The words that stand beside the states."""
        with self._file.read() as session:
            return list(forgetting.kept_words(session))

    def kept_bytes(self) -> Iterator[bytes]:
        """Tokens and states, one after the other."""
        with self._file.read() as session:
            yield from forgetting.kept_bytes(session)

    def forget(self, document_ids: Collection[str]) -> ForgottenPrompts:
        """Remove what documents have, and leave nothing of what was ever removed in the file, its log or beside it."""
        entries = size = 0
        with contextlib.suppress(UnusableDatabase), self._file.session() as session:
            entries, size = forgetting.holdings(session, document_ids)
            rows.remove(session, Entry.document_id.in_(document_ids))
        self._file.remove_set_aside()
        return ForgottenPrompts(entries, size, self._file.scrub())

    # -- for the engine ------------------------------------------------------------------------------------------------

    def longest_prefix(self, scope: str, token_ids: Sequence[int]) -> list[PieceMatch]:
        """See `storage.prompt_states_pieces.longest_prefix`."""
        with self._file.read() as session:
            return pieces.longest_prefix(session, scope, token_ids)

    def read_piece(self, piece: int) -> bytes | None:
        """A piece's bytes as they were written. None when it is gone, or damaged: it goes then, and who owns it.

        A segment memory stays, without that segment.
        """
        try:
            with self._file.read() as session:
                return pieces.read_piece(session, piece)
        except Damaged:
            with self._file.session() as session:
                rows.remove(session, and_(rows.owners(piece), Entry.kind != rows.SEGMENTS))
                segments.remove_damaged(session, piece)
            return None

    def read_pieces(self, wanted: Sequence[int]) -> list[bytes | None]:
        """Several at once, each as `read_piece` would read it."""
        found: dict[int, bytes | None] = {}
        with contextlib.suppress(Damaged), self._file.read() as session:
            for piece in wanted:
                found[piece] = pieces.read_piece(session, piece)
        return [found[piece] if piece in found else self.read_piece(piece) for piece in wanted]

    def write_piece(self, scope: str, parent: str, token_ids: Sequence[int], data: bytes) -> str:
        """Keep a piece of a state under its parent ("" for the first). Returns the parent of what comes after it."""
        tokens = token_bytes(token_ids)
        with self._file.session() as session:
            pieces.put_piece(session, parent or scope, tokens, data)
        return following(parent or scope, tokens)

    def find_piece(self, scope: str, parent: str, token_ids: Sequence[int]) -> str | None:
        """The parent of what comes after exactly this piece; None when it is not kept."""
        tokens = token_bytes(token_ids)
        with self._file.read() as session:
            found = pieces.find_piece(session, parent or scope, tokens)
        return None if found is None else following(parent or scope, tokens)

    def write_entry(self, prompt: Prompt) -> int | None:
        """List a prompt whose pieces are written. None where they are not there, or the budget cannot hold them."""
        with self._listing() as session:
            entry = rows.put_exact(session, prompt)
            return self._kept(session, entry)

    def write_gist(self, prompt: Prompt, data: bytes) -> int | None:
        """List a gist with its state. None where the budget cannot hold it."""
        with self._listing() as session:
            entry = rows.put_gist(session, prompt, pieces.add_gist_piece(session, data))
            return self._kept(session, entry)

    def gist_of_tokens(self, model_identity: str, token_ids: Sequence[int]) -> GistMatch | None:
        """The gist in use for exactly these tokens."""
        with self._file.read() as session:
            return rows.gist_in_use(session, model_identity, tokens=token_ids)

    def gist_of_document(self, model_identity: str, document_id: str) -> GistMatch | None:
        """The gist in use for a document."""
        with self._file.read() as session:
            return rows.gist_in_use(session, model_identity, document_id=document_id)

    def document_prompt(self, model_identity: str, document_id: str) -> tuple[int, ...] | None:
        """The tokens of a document's text that is kept exactly and in use."""
        with self._file.read() as session:
            return rows.document_in_use(session, model_identity, document_id)

    def gist(self, entry: int) -> tuple[GistMatch, tuple[int, ...]] | None:
        """A gist, in use or not, and the tokens it was made of."""
        with self._file.read() as session:
            return rows.get_gist(session, entry)

    def kept_segments(self, scope: str, wanted: Sequence[Sequence[int]]) -> list[bool]:
        """Which segments, each given by its tokens, are kept."""
        with self._file.read() as session:
            return segments.kept(session, scope, wanted)

    def write_segments(self, prompt: Prompt, first: int, new: Sequence[NewSegment]) -> KeptMemory | None:
        """See `storage.prompt_states_segments.put`. Raises StorageError, with the memory as it was, where the budget cannot hold it."""
        with self._listing() as session:
            entry = segments.put(session, prompt, first, new)
            if entry is None:
                return None
            if not rows.make_room(session, _budget(session), keep=entry):
                raise StorageError("The room for kept prompts is too small for this segment memory.")
            return KeptMemory(entry, segments.size(session, entry))

    def room_for_segments(self, prompt: Prompt) -> int:
        """How many bytes a segment memory could have."""
        with self._file.read() as session:
            return segments.room(session, _budget(session), prompt)

    def segments_of_document(self, model_identity: str, document_id: str) -> SegmentsMatch | None:
        """The segment memory in use for a document."""
        with self._file.read() as session:
            return segments.in_use(session, model_identity, document_id)

    def count_use(self, pieces_used: Sequence[int], *, tokens_saved: int, seconds_saved: float) -> None:
        """See `storage.prompt_states_entries.count_use`."""
        with self._file.session() as session:
            rows.count_use(session, pieces_used, tokens_saved=tokens_saved, seconds_saved=seconds_saved)

    def drop_unlisted(self, *, all_of_them: bool = False) -> None:
        """Remove pieces that were left behind; `all_of_them`: also those that may still be on their way to an entry."""
        with self._file.session() as session:
            pieces.remove_unlisted(session, pieces.unlisted(session, all_of_them=all_of_them))
        self._file.give_back()

    # -- transactions --------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _removing(self) -> Iterator[Session]:
        """What somebody asks to be removed is gone from the file as well, unlike what merely makes room."""
        with self._file.session() as session:
            yield session
        self._file.scrub()

    @contextlib.contextmanager
    def _listing(self) -> Iterator[Session]:
        with self._file.session() as session:
            yield session
            budget = _budget(session)
        self._file.give_back(keep_bytes=budget // _SPARE_SHARE)

    def _kept(self, session: Session, entry: int | None) -> int | None:
        """The entry, once there is room for it."""
        if entry is None or rows.make_room(session, _budget(session), keep=entry):
            return entry
        return None if rows.give_up(session, entry) else entry


def _budget(session: Session) -> int:
    setting = session.get(Setting, _BUDGET)
    return DEFAULT_BUDGET if setting is None else setting.value

"""Exact prompt states between sessions: the longest kept beginning of a prompt into a state, a prompt's beginning kept.

Knows a prompt store, backends, and how states become bytes. Knows no wording and not what a prompt is for. The store may be
absent, full or damaged: then more is read, and nothing else is different.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.backends.base import Backend, PromptState, keeping_backend
from engine.errors import OutOfMemory, StateMismatch
from engine.generation import shared_prefix
from engine.jobs import Steps
from engine.prompt_store import PIECE_TOKENS, ROOT, AtRest, GistFound, NewEntry, PieceFound, PromptStore, SegmentsFound

if TYPE_CHECKING:  # a prompt is previewed without torch
    from engine.kv_state import KVState

log = logging.getLogger(__name__)

MIN_TOKENS = 32
"""Nothing shorter is kept, and for no fewer is a piece fetched: they are read as fast as they are found."""

_RATE_TOKENS = 64
"""Of fewer tokens, the seconds it took to read them say little about the next ones."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What need not be read: tokens that came out of the store, the pieces they came from, and the seconds that took."""

    pieces: tuple[int, ...] = ()
    tokens: int = 0
    seconds: float = 0.0


class PrefixCache:
    """One per engine. at_rest: how states are written; all kinds are read."""

    def __init__(self, store: PromptStore | None, at_rest: AtRest = AtRest.HALF) -> None:
        self._store = store
        self._at_rest = at_rest
        self._read_s: dict[str, float] = {}
        """Model identity -> seconds it took to read a token, the last time many were read."""

    def reusable(self, scopes: Sequence[str], prompt: Sequence[int], held: Sequence[int]) -> int:
        """How many tokens of a prompt would not be read again, by a state that holds these and is filled up from the store.

        scopes: of what the model goes on with; () where nothing from the store may be used.
        """
        shared = shared_prefix(held, prompt)
        kept = sum(piece.tokens for piece in self._found(scopes, prompt))
        return min(kept, len(prompt) - 1) if kept >= shared + MIN_TOKENS else shared

    def restore(self, backend: Backend, state: PromptState, prompt: Sequence[int]) -> Steps[Restored]:
        """Fill a state up with what the store keeps of a prompt's beginning. Yields between pieces.

        What the state shares with the prompt stays; what it holds beyond that goes when the store has more.
        """
        keeping = keeping_backend(backend)
        if keeping is None or state.first_position:
            return Restored()
        began = time.perf_counter()
        shared = shared_prefix(state.tokens, prompt)
        scopes = [identity.scope for identity in keeping.kept_identities(state.adapter)]
        found = self._found(scopes, prompt)
        if sum(piece.tokens for piece in found) < shared + MIN_TOKENS:
            return Restored()
        backend.trim(state, shared)
        pieces: list[int] = []
        end = 0
        for piece in found:
            start, end = end, end + piece.tokens
            if end <= shared:
                continue
            first = max(start, shared)
            try:
                kept = self._read_piece(piece, first - start)
                if kept is None:
                    break
                keeping.extend_state(state, kept, prompt[first:end])
            except (StateMismatch, OutOfMemory) as problem:
                log.warning("a kept prompt state is not used: %s", problem)
                break
            pieces.append(piece.piece)
            yield None
        return Restored(tuple(pieces), len(state.tokens) - shared, time.perf_counter() - began)

    def keep(
        self,
        backend: Backend,
        state: PromptState,
        tokens: int,
        *,
        title: str,
        document_key: str | None,
        metrics: Mapping[str, Any] | None = None,
        wanted: Callable[[], bool] = lambda: True,
    ) -> Steps[int | None]:
        """Keep what a state holds of its first `tokens` tokens, as far as it gives them away. Returns the entry; None when it could not
        be kept.

        Pieces that are kept already are not written again: what has grown costs what it has grown by. Yields between
        pieces. metrics: as in `NewEntry`. wanted: asked before anything is written; after a no nothing more is.
        """
        keeping, store = keeping_backend(backend), self._store
        if keeping is None or store is None:
            return None
        tokens = min(tokens, keeping.exportable(state))
        if tokens < MIN_TOKENS:
            return None
        from engine.kv_state_file import dump_state

        prompt = state.tokens[:tokens]
        scope, parent = keeping.exported_identity(state).scope, ROOT
        is_kept = sum(piece.tokens for piece in store.longest_prefix(scope, prompt)) == tokens
        for start in range(0, 0 if is_kept else tokens, PIECE_TOKENS):
            piece = prompt[start : start + PIECE_TOKENS]
            known = store.find_piece(scope, parent, piece)
            if known is None:
                try:
                    data = dump_state(keeping.export_state(state, start, start + len(piece)), self._at_rest)
                except StateMismatch as problem:
                    log.warning("a prompt state is not kept: %s", problem)
                    return None
                known = store.write_piece(scope, parent, piece, data) if wanted() else None
                yield None
            if known is None:
                return None
            parent = known
        if not wanted():
            return None
        return store.write_entry(
            NewEntry(
                kind="exact",
                scope=scope,
                model_identity=backend.info.model.identity,
                model_name=backend.info.model.name,
                adapter_sha256="" if state.adapter is None else state.adapter.sha256,
                title=title,
                token_ids=prompt,
                document_key=document_key,
                metrics=dict(metrics or {}),
            )
        )

    def note_reading(self, model_identity: str, tokens: int, seconds: float) -> None:
        """Remember how long it took to read so many tokens: what is saved is told by it."""
        if tokens >= _RATE_TOKENS:
            self._read_s[model_identity] = seconds / tokens

    def note_use(self, model_identity: str, restored: Restored) -> None:
        """Count what was not read again. Seconds are those of reading as measured last, less those of fetching."""
        if self._store is not None and restored.pieces:
            saved_s = restored.tokens * self._read_s.get(model_identity, 0.0) - restored.seconds
            self._store.note_use(restored.pieces, tokens_saved=restored.tokens, seconds_saved=max(0.0, saved_s))

    def note_gist(self, model_identity: str, gist: GistFound, *, newly_read: bool) -> None:
        """Count an answer a gist stood in for. newly_read: nothing was held behind it: reading its prompt was saved now."""
        if self._store is not None:
            tokens = gist.tokens if newly_read else 0
            seconds = tokens * self._read_s.get(model_identity, 0.0)
            self._store.note_use([gist.piece], tokens_saved=tokens, seconds_saved=seconds)

    def note_memory(self, memory: SegmentsFound) -> None:
        """Count an answer a segment memory stood before. Nothing of it would have been read otherwise."""
        last = next((piece for piece in reversed(memory.pieces) if piece is not None), None)
        if self._store is not None and last is not None:
            self._store.note_use([last], tokens_saved=0, seconds_saved=0.0)

    def _found(self, scopes: Sequence[str], prompt: Sequence[int]) -> list[PieceFound]:
        """The longest of what is kept. The last token of a prompt is always read: its logits choose the first token of the answer."""
        if self._store is None or len(prompt) <= MIN_TOKENS:
            return []
        found = [self._store.longest_prefix(scope, prompt[:-1]) for scope in scopes]
        return max(found, key=lambda pieces: sum(piece.tokens for piece in pieces), default=[])

    def _read_piece(self, piece: PieceFound, first: int) -> KVState | None:
        """A piece's tokens from `first` on, as far as the prompt shares them. Raises StateMismatch when it is damaged."""
        from engine.kv_state_file import load_state

        assert self._store is not None
        data = self._store.read_piece(piece.piece)
        if data is None:
            return None
        kept = load_state(data)
        if kept.slots < piece.tokens:
            raise StateMismatch("This prompt state is damaged.")
        return kept if (first, piece.tokens) == (0, kept.slots) else kept.part(first, piece.tokens)

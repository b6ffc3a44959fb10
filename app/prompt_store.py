"""The engine's prompt store, kept in the prompt states' file: what goes wrong there costs a cache entry and nothing else."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import ParamSpec, TypeVar

from engine.prompt_store import GistFound, KeptMemory, NewEntry, NewSegment, PieceFound, SegmentsFound
from storage import prompt_states as stored
from storage.errors import StorageError
from storage.prompt_states import GistMatch, Prompt, PromptStates, SegmentsMatch

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")


class StoredPrompts:
    """A `engine.prompt_store.PromptStore`: every call is answered, by a miss where the file does not answer."""

    def __init__(self, states: PromptStates) -> None:
        self._states = states

    def longest_prefix(self, scope: str, token_ids: Sequence[int]) -> list[PieceFound]:
        found = _attempt(self._states.longest_prefix, scope, token_ids) or []
        return [PieceFound(match.piece, match.tokens) for match in found]

    def read_piece(self, piece: int) -> bytes | None:
        return _attempt(self._states.read_piece, piece)

    def write_piece(self, scope: str, parent: str, token_ids: Sequence[int], data: bytes) -> str | None:
        following = _attempt(self._states.write_piece, scope, parent, token_ids, data)
        if following is None:  # its prompt cannot be listed: what was written of it before has no use
            _attempt(self._states.drop_unlisted, all_of_them=True)
        return following

    def find_piece(self, scope: str, parent: str, token_ids: Sequence[int]) -> str | None:
        return _attempt(self._states.find_piece, scope, parent, token_ids)

    def write_entry(self, entry: NewEntry) -> int | None:
        return _attempt(self._states.write_entry, _prompt(entry))

    def write_gist(self, entry: NewEntry, data: bytes) -> int | None:
        return _attempt(self._states.write_gist, _prompt(entry), data)

    def find_gist(self, model_identity: str, token_ids: Sequence[int]) -> GistFound | None:
        return _found(_attempt(self._states.gist_of_tokens, model_identity, token_ids))

    def document_gist(self, model_identity: str, document_key: str) -> GistFound | None:
        return _found(_attempt(self._states.gist_of_document, model_identity, document_key))

    def document_prompt(self, model_identity: str, document_key: str) -> tuple[int, ...] | None:
        return _attempt(self._states.document_prompt, model_identity, document_key)

    def kept_segments(self, scope: str, segments: Sequence[Sequence[int]]) -> list[bool]:
        return _attempt(self._states.kept_segments, scope, segments) or [False] * len(segments)

    def write_segments(self, entry: NewEntry, first: int, segments: Sequence[NewSegment]) -> KeptMemory | None:
        new = [stored.NewSegment(each.token_ids, each.data) for each in segments]
        kept = _attempt(self._states.write_segments, _prompt(entry), first, new)
        return None if kept is None else KeptMemory(kept.entry, kept.bytes)

    def room_for_segments(self, entry: NewEntry) -> int | None:
        return _attempt(self._states.room_for_segments, _prompt(entry))

    def document_segments(self, model_identity: str, document_key: str) -> SegmentsFound | None:
        found = _attempt(self._states.segments_of_document, model_identity, document_key)
        return None if found is None else _segments(found)

    def read_pieces(self, pieces: Sequence[int]) -> list[bytes | None]:
        return _attempt(self._states.read_pieces, pieces) or [None] * len(pieces)

    def gist(self, entry: int) -> tuple[GistFound, tuple[int, ...]] | None:
        found = _attempt(self._states.gist, entry)
        return None if found is None else (GistFound(found[0].entry, found[0].piece, found[0].tokens), found[1])

    def note_use(self, pieces: Sequence[int], *, tokens_saved: int, seconds_saved: float) -> None:
        _attempt(self._states.count_use, pieces, tokens_saved=tokens_saved, seconds_saved=seconds_saved)


def _attempt(call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R | None:
    try:
        return call(*args, **kwargs)
    except StorageError as problem:
        log.warning("the prompt caches did not answer %s: %s", getattr(call, "__name__", "a call"), problem)
        return None


def _found(match: GistMatch | None) -> GistFound | None:
    return None if match is None else GistFound(match.entry, match.piece, match.tokens)


def _segments(match: SegmentsMatch) -> SegmentsFound | None:
    """None for a memory whose figures are not those its engine has written."""
    metrics = match.metrics
    try:
        ends = tuple(map(int, metrics["ends"]))
        tokens, slots = int(metrics["segment_tokens"]), int(metrics["segment_slots"])
        if min(tokens, slots) < 1 or len(ends) != len(match.pieces):
            raise ValueError("figures that are not of these segments")
    except (KeyError, TypeError, ValueError):
        log.warning("the segment memory %d does not say what it holds", match.entry)
        return None
    return SegmentsFound(match.entry, match.scope, match.pieces, ends, tokens, slots)


def _prompt(entry: NewEntry) -> Prompt:
    return Prompt(
        scope=entry.scope,
        token_ids=entry.token_ids,
        title=entry.title,
        model_identity=entry.model_identity,
        model_name=entry.model_name,
        adapter_sha256=entry.adapter_sha256,
        document_id=entry.document_key,
        metrics=entry.metrics,
    )

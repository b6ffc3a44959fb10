"""Prompt states kept between questions, so that what two prompts begin with is read once.

Knows keys and bytes. Knows nothing of what a state holds. Least recently used go first when the bytes run out.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.backends.base import PromptState

if TYPE_CHECKING:
    from engine.kv_state import KVState

LIMIT_BYTES = 512 * 1024**2


@dataclass(frozen=True, slots=True)
class StateKey:
    """A state belongs to a model, an adapter's exact weights ("" without one) and the document it was made for.

    prefix_sha256: of the gist or memory it stands behind, "" for a state that has read its prompt from the beginning.
    """

    model_identity: str
    adapter_sha256: str
    document_key: str
    prefix_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Prefix:
    """What stands before what is read. state: None where it is known that a state behind it is kept."""

    sha256: str
    state: KVState | None


class PromptStates:
    """At most `limit_bytes` of states; the newest always stays, however large."""

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._states: OrderedDict[StateKey, PromptState] = OrderedDict()

    def take(self, key: StateKey) -> PromptState | None:
        """Hand a state out; it is no longer kept here, so that no two jobs write to one. `keep` it again after use."""
        return self._states.pop(key, None)

    def keep(self, key: StateKey, state: PromptState) -> None:
        self._states[key] = state
        self._states.move_to_end(key)
        while self.nbytes > self._limit_bytes and len(self._states) > 1:
            self._states.popitem(last=False)

    def drop_document(self, document_key: str) -> None:
        for key in [key for key in self._states if key.document_key == document_key]:
            del self._states[key]

    def drop_prefixed(self, document_key: str) -> None:
        """Forget what was read about a document behind gists and memories; what was read from the beginning stays."""
        for key in [key for key in self._states if key.document_key == document_key and key.prefix_sha256]:
            del self._states[key]

    def clear(self) -> None:
        self._states.clear()

    def __contains__(self, key: StateKey) -> bool:
        return key in self._states

    def tokens(self, key: StateKey) -> list[int]:
        """What a kept state has read; [] where none is kept. The state stays where it is."""
        state = self._states.get(key)
        return state.tokens if state is not None else []

    def keys(self) -> list[StateKey]:
        """Oldest use first."""
        return list(self._states)

    @property
    def nbytes(self) -> int:
        return sum(state.nbytes for state in self._states.values())

"""Which of the segments read so far stand before the window, when there are more than may.

Knows tokens of segments and the shelf their states lie on. Knows no model. `Recall` is what a reader is given; here is its plainest
form, the newest ones, that any other is measured against.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from engine.kv_state import KVState
from engine.methods.segments.shelf import SegmentShelf


class Recall(Protocol):
    """The memory of one text while it is read."""

    def add(self, ids: Sequence[int], state: KVState) -> None:
        """A segment has left the window: its tokens, and its memory."""
        ...

    def recall(self, window: Sequence[int], slots: int) -> list[KVState]:
        """What is to stand before these tokens, in the order of the text, of no more slots than this."""
        ...

    def watching(self, model: Any) -> AbstractContextManager[None]:
        """Inside, the model reads the window."""
        ...

    def clear(self) -> None:
        """Forget the text."""
        ...

    @property
    def nbytes(self) -> int:
        """What is held in memory."""
        ...


class NewestSegments:
    """The segments last read; all, while there is room."""

    def __init__(self, shelf: SegmentShelf) -> None:
        self._shelf = shelf
        self._slots = 0

    def add(self, ids: Sequence[int], state: KVState) -> None:
        self._slots = state.slots
        self._shelf.add(state)

    def recall(self, window: Sequence[int], slots: int) -> list[KVState]:
        if not len(self._shelf):
            return []
        return self._shelf.states(range(max(0, len(self._shelf) - slots // self._slots), len(self._shelf)))

    def watching(self, model: Any) -> AbstractContextManager[None]:
        return nullcontext()

    def clear(self) -> None:
        self._shelf.clear()

    @property
    def nbytes(self) -> int:
        return self._shelf.nbytes

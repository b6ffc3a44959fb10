"""The segments that matter for what is being read: the newest ones, and of the older ones those that a measure says most for.

Knows segments by number, and the shelf their states lie on. What a segment matters by is the measure's: words (`word_mass`) or attention
(`attention_mass`).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from engine.kv_state import KVState
from engine.methods.segments.shelf import SegmentShelf

NEWEST_SHARE = 0.5
"""Of the room. What stood shortly before the window is wanted whatever it says."""

Floats = npt.NDArray[np.float64]


class Measure(Protocol):
    """How much each segment read so far matters for a window."""

    def note(self, ids: Sequence[int], state: KVState) -> None:
        """The next segment, counted from 0."""
        ...

    def mass(self, window: Sequence[int]) -> Floats:
        """For every segment, larger is more; comparable within one call only."""
        ...

    def watching(self, model: Any) -> AbstractContextManager[None]:
        """Inside, the model reads the window."""
        ...

    def clear(self) -> None: ...

    @property
    def nbytes(self) -> int: ...


class PickedSegments:
    """A `Recall`. All segments while there is room, then the newest and the picked ones, in the order of the text."""

    def __init__(self, shelf: SegmentShelf, measure: Measure, *, newest_share: float = NEWEST_SHARE) -> None:
        self._shelf, self._measure = shelf, measure
        self._newest_share = newest_share
        self._slots = 0

    def watching(self, model: Any) -> AbstractContextManager[None]:
        return self._measure.watching(model)

    def add(self, ids: Sequence[int], state: KVState) -> None:
        self._shelf.add(state)
        self._measure.note(ids, state)
        self._slots = state.slots

    def recall(self, window: Sequence[int], slots: int) -> list[KVState]:
        return self._shelf.states(self.picked(window, slots)) if len(self._shelf) else []

    def picked(self, window: Sequence[int], slots: int) -> list[int]:
        """Numbers of the segments that stand before these tokens, rising."""
        count, room = len(self._shelf), slots // self._slots
        if count <= room:
            return list(range(count))
        newest = max(1, round(self._newest_share * room))
        older = self._measure.mass(window)[: count - newest]
        best = np.argsort(-older, kind="stable")[: room - newest]
        return [*sorted(best.tolist()), *range(count - newest, count)]

    def clear(self) -> None:
        self._shelf.clear()
        self._measure.clear()

    @property
    def nbytes(self) -> int:
        return self._shelf.nbytes + self._measure.nbytes

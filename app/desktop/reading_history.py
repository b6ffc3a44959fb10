"""Where the reader has jumped from: back and forward, as in a browser.

Knows places as plain values. Knows no widget.
"""

from __future__ import annotations

from typing import Generic, TypeVar

Place = TypeVar("Place")

DEPTH = 100
"""Places kept; older ones fall off."""


class ReadingHistory(Generic[Place]):
    """Two stacks. A jump clears what lay ahead."""

    def __init__(self) -> None:
        self._behind: list[Place] = []
        self._ahead: list[Place] = []

    def jump(self, leaving: Place) -> None:
        """Note the place one is about to leave. The same place twice in a row is kept once."""
        if not self._behind or self._behind[-1] != leaving:
            self._behind.append(leaving)
            del self._behind[:-DEPTH]
        self._ahead.clear()

    def back(self, leaving: Place) -> Place | None:
        """The place before this one, or None at the beginning."""
        if not self._behind:
            return None
        self._ahead.append(leaving)
        return self._behind.pop()

    def forward(self, leaving: Place) -> Place | None:
        """The place one came back from, or None at the end."""
        if not self._ahead:
            return None
        self._behind.append(leaving)
        return self._ahead.pop()

    @property
    def can_go_back(self) -> bool:
        return bool(self._behind)

    @property
    def can_go_forward(self) -> bool:
        return bool(self._ahead)

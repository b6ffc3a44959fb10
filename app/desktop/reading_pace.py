"""How fast one reads, from how the place moves on, and so how long a stretch of text will take.

Knows offsets and seconds. Leafing, jumping and walking away do not count: only moves forward that reading explains.
"""

from __future__ import annotations

from dataclasses import dataclass

MOST_PER_S = 60.0
"""Characters; no one reads faster (some 600 words a minute)."""
MOST_HAN_PER_S = 20.0
LONGEST_PAUSE_S = 180.0
"""On one place; who stays longer does something else."""
SETTLED_S = 2.0
"""Moves closer to one another are one: a scroll is many small ones."""
KNOWN_AFTER_S = 120.0
"""Of reading, before anything is said."""
REMEMBERED_S = 3600.0
"""Of reading that the pace is taken from; older reading counts for less and less."""


@dataclass(slots=True)
class ReadingPace:
    """characters, seconds: what was read so far, and in what time. has_han: set in full-width characters."""

    characters: float = 0.0
    seconds: float = 0.0
    has_han: bool = False
    _rest: tuple[int, float] | None = None
    """Where and since when the page stood still."""
    _move: tuple[int, float, float] | None = None
    """Where it was moved to since, when that began, and when it was moved last."""

    def note(self, place: int, now_s: float) -> None:
        """The page has moved: this is the place now."""
        if self._rest is None:
            self._rest = (place, now_s)
        elif self._move is None:
            self._move = (place, now_s, now_s)
        elif now_s - self._move[2] < SETTLED_S:
            self._move = (place, self._move[1], now_s)
        else:
            (rested_at, since_s), (moved_to, began_s, ended_s) = self._rest, self._move
            self._count(moved_to - rested_at, began_s - since_s)
            self._rest, self._move = (moved_to, ended_s), (place, now_s, now_s)

    def forget_place(self) -> None:
        """What comes next is a jump, or another book."""
        self._rest = self._move = None

    def _count(self, read: int, took_s: float) -> None:
        most = MOST_HAN_PER_S if self.has_han else MOST_PER_S
        if read <= 0 or took_s > LONGEST_PAUSE_S or read > most * took_s:
            return
        self.characters += read
        self.seconds += took_s
        if self.seconds > REMEMBERED_S:
            share = REMEMBERED_S / self.seconds
            self.characters, self.seconds = self.characters * share, self.seconds * share

    def minutes(self, characters: int) -> int | None:
        """How long so much text takes, at least one minute; None while too little is known."""
        if self.seconds < KNOWN_AFTER_S or self.characters <= 0:
            return None
        return max(1, round(characters * self.seconds / self.characters / 60))

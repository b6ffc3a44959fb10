"""The stretch of a document that is on the page, and the exact way between its offsets and the page's positions.

Offsets are Python `str` indices into the document's text; positions are UTF-16 units in a QTextDocument, in which every
block is one paragraph, perhaps led by words that are not in the text (a speaker's name, a bullet). Knows no Qt.

    text       … b l o c k 4 \\n \\n b l o c k 5 \\n \\n …
    positions    [lead] block4 ¶  [lead] block5 ¶
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

LINE_SEPARATOR = "\u2028"
_ONE_PARAGRAPH = {ord(c): LINE_SEPARATOR for c in "\n\r\u2029"} | {ord(c): " " for c in "\ufdd0\ufdd1\ufffc\x00"}
"""Characters that would end a paragraph, begin a frame or stand for an object in a QTextDocument, one for one."""


class TextBlock(Protocol):
    """What is needed of a stored block (`storage.documents.BlockRow`)."""

    @property
    def ordinal(self) -> int: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def text(self) -> str: ...


def displayable(text: str) -> str:
    """The text as one paragraph of a QTextDocument: as long as before, character for character."""
    return text.translate(_ONE_PARAGRAPH)


def utf16_length(text: str) -> int:
    """How many positions the text takes: characters beyond U+FFFF take two."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(frozen=True, slots=True)
class _Placed:
    start: int
    text: str
    position: int
    """Where the paragraph begins, its lead included."""
    lead_units: int
    text_units: int


class BlockWindow:
    """Blocks that follow one another, placed as paragraphs one after another from position 0."""

    def __init__(self, blocks: Sequence[TextBlock], lead: Callable[[TextBlock], str] = lambda block: "") -> None:
        self._placed: list[_Placed] = []
        position = 0
        for block in blocks:
            lead_units, text_units = utf16_length(lead(block)), utf16_length(block.text)
            self._placed.append(_Placed(block.start, block.text, position, lead_units, text_units))
            position += lead_units + text_units + 1
        self._starts = [placed.start for placed in self._placed]
        self._positions = [placed.position for placed in self._placed]
        self.start = blocks[0].start if blocks else 0
        self.end = blocks[-1].end if blocks else 0

    def position_of(self, offset: int) -> int:
        """Where an offset stands; offsets between two blocks stand at the end of the first, others are drawn in."""
        if not self._placed:
            return 0
        placed = self._placed[max(0, bisect_right(self._starts, offset) - 1)]
        within = min(max(0, offset - placed.start), len(placed.text))
        return placed.position + placed.lead_units + utf16_length(placed.text[:within])

    def offset_at(self, position: int) -> int:
        """Which offset stands at a position; a lead counts as the start of its block, half a character as its start."""
        if not self._placed:
            return 0
        placed = self._placed[max(0, bisect_right(self._positions, position) - 1)]
        units = min(max(0, position - placed.position - placed.lead_units), placed.text_units)
        if placed.text_units == len(placed.text):
            return placed.start + units
        for index, character in enumerate(placed.text):
            units -= 2 if character > "\uffff" else 1
            if units < 0:
                return placed.start + index
        return placed.start + len(placed.text)

    def __contains__(self, offset: int) -> bool:
        return bool(self._placed) and self.start <= offset <= self.end

"""The stretch of a document that is on the page, and the exact way between its offsets and the page's positions.

Offsets are Python `str` indices into the document's text; positions are UTF-16 units in a QTextDocument, in which every
block is one paragraph, perhaps led by words that are not in the text (a speaker's name, a bullet). Pictures are paragraphs
of one unit each, before the block they stand before; they have no offsets of their own. Knows no Qt.

    text       … b l o c k 4 \\n \\n          b l o c k 5 \\n \\n …
    positions    [lead] block4 ¶  picture ¶  [lead] block5 ¶
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

LINE_SEPARATOR = "\u2028"
PICTURE_UNITS = 2
"""What a picture takes: the object itself and the end of its paragraph."""
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


class Spot(NamedTuple):
    """A place on the page that outlives loading and dropping; spots compare in reading order.

    picture: 0 in the block's own paragraph, else -k for the k-th picture from the last of those before it.
    unit: UTF-16 units from the start of the paragraph, its lead included.
    """

    block: int
    picture: int
    unit: int


@dataclass(frozen=True, slots=True)
class _Placed:
    block: int
    start: int
    text: str
    position: int
    """Where it begins, with the pictures before it."""
    pictures: int
    lead_units: int
    text_units: int

    @property
    def paragraph(self) -> int:
        """Position of its own paragraph."""
        return self.position + PICTURE_UNITS * self.pictures


class BlockWindow:
    """Blocks that follow one another, placed as paragraphs one after another from position 0.

    pictures: how many stand before a block. trailing: how many stand behind the last one.
    """

    def __init__(
        self,
        blocks: Sequence[TextBlock],
        lead: Callable[[TextBlock], str] = lambda block: "",
        pictures: Callable[[TextBlock], int] = lambda block: 0,
        trailing: int = 0,
    ) -> None:
        self._placed: list[_Placed] = []
        position = 0
        for block in blocks:
            lead_units, text_units = utf16_length(lead(block)), utf16_length(block.text)
            placed = _Placed(block.ordinal, block.start, block.text, position, pictures(block), lead_units, text_units)
            self._placed.append(placed)
            position = placed.paragraph + lead_units + text_units + 1
        self._trailing = trailing
        self._trailing_position = position
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
        return placed.paragraph + placed.lead_units + utf16_length(placed.text[:within])

    def offset_at(self, position: int) -> int:
        """Which offset stands at a position; a picture or lead counts as the start of its block, half a character as its
        start, a picture behind the last block as the end of the text."""
        if not self._placed:
            return 0
        placed = self._placed_at(position)
        units = min(max(0, position - placed.paragraph - placed.lead_units), placed.text_units)
        if placed.text_units == len(placed.text):
            return placed.start + units
        for index, character in enumerate(placed.text):
            units -= 2 if character > "\uffff" else 1
            if units < 0:
                return placed.start + index
        return placed.start + len(placed.text)

    def spot_at(self, position: int) -> Spot:
        """The spot of a position."""
        if not self._placed:
            return Spot(0, 0, 0)
        if self._trailing and position >= self._trailing_position:
            number = min((position - self._trailing_position) // PICTURE_UNITS, self._trailing - 1)
            return Spot(self._placed[-1].block + 1, number - self._trailing, 0)
        placed = self._placed_at(position)
        if position < placed.paragraph:
            return Spot(placed.block, (position - placed.paragraph) // PICTURE_UNITS, 0)
        return Spot(placed.block, 0, min(position - placed.paragraph, placed.lead_units + placed.text_units))

    def position_of_spot(self, spot: Spot) -> int:
        """Where a spot is; one outside the stretch is drawn in."""
        if not self._placed:
            return 0
        index = spot.block - self._placed[0].block
        if index < 0:
            return 0
        if index >= len(self._placed):
            back = PICTURE_UNITS * (self._trailing + spot.picture) if spot.picture else 0
            return self._trailing_position + max(0, back) if self._trailing else self._trailing_position - 1
        placed = self._placed[index]
        if spot.picture:
            return placed.paragraph + PICTURE_UNITS * max(spot.picture, -placed.pictures)
        return placed.paragraph + min(spot.unit, placed.lead_units + placed.text_units)

    def holds(self, spot: Spot) -> bool:
        """Whether a spot is in the stretch."""
        if not self._placed:
            return False
        last = self._placed[-1].block + (1 if self._trailing else 0)
        return self._placed[0].block <= spot.block <= last

    def __contains__(self, offset: int) -> bool:
        return bool(self._placed) and self.start <= offset <= self.end

    def _placed_at(self, position: int) -> _Placed:
        return self._placed[max(0, bisect_right(self._positions, position) - 1)]

"""The text of one block while it is being read, and the list of blocks it becomes part of.

Knows white space, marks and anchors. Knows no markup language: HTML, FB2 and Markdown readers drive it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from storage.document import Block, BlockKind, Mark
from storage.readers.cleaning import clean_characters, collapse_spaces, is_cjk, split_blank_lines


class InlineText:
    """Text as it grows: white space collapsed across pieces, marks kept at their places."""

    __slots__ = ("_length", "_line_ended", "_marks", "_open", "_parts", "_tail")

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._tail = "\n"
        self._line_ended = False
        self._marks: list[Mark] = []
        self._open: list[tuple[str, int]] = []

    @property
    def is_blank(self) -> bool:
        return not any(part.strip() for part in self._parts)

    def add(self, text: str) -> None:
        """Append running text; its white space collapses."""
        text = clean_characters(text)
        line_ends = "\n" in text[len(text.rstrip()) :]
        text = collapse_spaces(self._tail + text)[1:] if "\n" in text else collapse_spaces(text)
        if self._line_ended and text and is_cjk(text[0]):  # the line of the file ended between two CJK characters
            self._drop_space_between_cjk()
        if self._tail in " \n":
            text = text.lstrip(" ")
        if text:
            self._append(text)
            self._line_ended = line_ends

    def _drop_space_between_cjk(self) -> None:
        last = self._parts[-1]
        if last == " " and len(self._parts) > 1 and is_cjk(self._parts[-2][-1]):
            self._parts.pop()
        elif len(last) > 1 and last[-1] == " " and is_cjk(last[-2]):
            self._parts[-1] = last[:-1]
        else:
            return
        self._length -= 1
        self._tail = self._parts[-1][-1]

    def add_verbatim(self, text: str) -> None:
        """Append text whose spaces and newlines mean something."""
        self._append(clean_characters(text).replace("\t", "    "))

    def break_line(self) -> None:
        if self._parts and self._tail == " ":
            shorter = self._parts[-1].rstrip(" ")
            self._length -= len(self._parts[-1]) - len(shorter)
            self._parts[-1] = shorter
        if self._length:
            self._append("\n")

    def open_mark(self, style: str) -> None:
        self._open.append((style, self._length))

    def close_mark(self, style: str, note: str = "") -> None:
        """End the innermost open mark of this style. Empty ones vanish."""
        for index in range(len(self._open) - 1, -1, -1):
            if self._open[index][0] == style:
                start = self._open.pop(index)[1]
                if start < self._length:
                    self._marks.append(Mark(start, self._length, style, note))
                return

    def drop_mark(self, style: str) -> None:
        """Forget the innermost open mark of this style: what it would have covered carries none."""
        for index in range(len(self._open) - 1, -1, -1):
            if self._open[index][0] == style:
                del self._open[index]
                return

    def take(self) -> tuple[str, tuple[Mark, ...]]:
        """What was gathered; nothing is left of it. Marks still open go on in the next block from its start."""
        styles = [style for style, _ in self._open]
        for style in reversed(styles):
            self.close_mark(style)
        text, marks = "".join(self._parts), tuple(sorted(self._marks, key=lambda mark: (mark.start, mark.end)))
        self.clear()
        for style in styles:
            self.open_mark(style)
        return text, tuple(
            Mark(mark.start, min(mark.end, len(text)), mark.style, mark.note)
            for mark in marks
            if mark.start < len(text)
        )

    def _append(self, text: str) -> None:
        if text:
            self._parts.append(text)
            self._length += len(text)
            self._tail = text[-1]


@dataclass(frozen=True, slots=True)
class Piece:
    """A block before sections are cut. level: 1-6 for a heading, else 0."""

    block: Block
    level: int = 0


@dataclass(slots=True)
class PieceList:
    """Blocks in reading order, and which block each anchor of the markup stands in or before."""

    pieces: list[Piece] = field(default_factory=list)
    anchors: dict[str, int] = field(default_factory=dict)
    page_label: str | None = None
    """The printed page the next block begins on."""

    def add(self, kind: BlockKind, text: str, marks: tuple[Mark, ...] = (), *, level: int = 0) -> None:
        for part, part_marks in split_blank_lines(text, marks):
            self.pieces.append(Piece(Block(kind, part, page_label=self.page_label, marks=part_marks), level))

    def anchor(self, name: str) -> None:
        """The first of two equal names wins, as in a browser."""
        self.anchors.setdefault(name, len(self.pieces))

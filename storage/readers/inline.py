"""The text of one block while it is being read, and the list of blocks it becomes part of.

Knows white space, marks, anchors and pictures. Knows no markup language: HTML, FB2 and Markdown readers drive it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from storage.document import Block, BlockKind, Mark
from storage.readers.cleaning import clean_characters, collapse_spaces, is_cjk, split_blank_lines
from storage.readers.picture_files import Picture


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
        self._open: list[tuple[str, int, str]] = []

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
        self._open = [(style, min(start, self._length), note) for style, start, note in self._open]

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

    def open_mark(self, style: str, note: str = "") -> None:
        self._open.append((style, self._length, note))

    def close_mark(self, style: str, note: str = "") -> None:
        """End the innermost open mark of this style; its note is what it was opened with, unless told now. Empty ones
        vanish."""
        for index in range(len(self._open) - 1, -1, -1):
            if self._open[index][0] == style:
                _, start, first_note = self._open.pop(index)
                if start < self._length:
                    self._marks.append(Mark(start, self._length, style, note or first_note))
                return

    def mark_last_character(self, style: str, note: str) -> None:
        """For a sign that is a picture: what it says hangs on the character before it."""
        if self._length and not self._tail.isspace():
            self._marks.append(Mark(self._length - 1, self._length, style, note))

    def drop_mark(self, style: str) -> None:
        """Forget the innermost open mark of this style: what it would have covered carries none."""
        for index in range(len(self._open) - 1, -1, -1):
            if self._open[index][0] == style:
                del self._open[index]
                return

    def take(self) -> tuple[str, tuple[Mark, ...]]:
        """What was gathered; nothing is left of it. Marks still open go on in the next block from its start."""
        still_open = [(style, note) for style, _, note in self._open]
        for style, _ in reversed(still_open):
            self.close_mark(style)
        text, marks = "".join(self._parts), tuple(sorted(self._marks, key=lambda mark: (mark.start, mark.end)))
        self.clear()
        for style, note in still_open:
            self.open_mark(style, note)
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


def moved(mark: Mark, by: int) -> Mark:
    """The same mark in a text that has `by` characters more before it."""
    return Mark(max(0, mark.start + by), mark.end + by, mark.style, mark.note)


@dataclass(frozen=True, slots=True)
class Piece:
    """A block before sections are cut.

    level: 1-6 for a heading, else 0. names: what links call this place; a mark of style "link" or "noteref" has such a
    name for its note until the document is whole. pictures: what stands before it.
    """

    block: Block
    level: int = 0
    names: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()


@dataclass(slots=True)
class PieceList:
    """Blocks in reading order, and which block each anchor of the markup stands in or before.

    scope: what stands before the # in the names of its anchors.
    """

    scope: str = ""
    pieces: list[Piece] = field(default_factory=list)
    anchors: dict[str, int] = field(default_factory=dict)
    page_label: str | None = None
    """The printed page the next block begins on."""
    pictures: list[Picture] = field(default_factory=list)
    """What stands before the next block, behind the last one so far."""
    _names: list[str] = field(default_factory=list)

    def add(self, kind: BlockKind, text: str, marks: tuple[Mark, ...] = (), *, level: int = 0) -> None:
        for part, part_marks in split_blank_lines(text, marks):
            block = Block(kind, part, page_label=self.page_label, marks=part_marks)
            self._append(Piece(block, level))

    def anchor(self, name: str) -> None:
        """The first of two equal names wins, as in a browser."""
        if name not in self.anchors:
            self.anchors[name] = len(self.pieces)
            self._names.append(f"{self.scope}#{name}")

    def cut(self, first: int, last: int) -> None:
        """Keep the pieces `[first, last)` only; pictures between the last of them and the next stay behind it."""
        if last < len(self.pieces):
            self.pictures = list(self.pieces[last].pictures)
        self.pieces = self.pieces[first:last]

    def extend(self, other: PieceList) -> None:
        """Append the pieces of a list that goes on where this one ends; its anchors keep their own scope and count."""
        for piece in other.pieces[:1]:
            self._append(piece)
        self.pieces += other.pieces[1:]
        self.pictures += other.pictures
        self._names += other._names
        self.page_label = other.page_label

    def _append(self, piece: Piece) -> None:
        if self._names or self.pictures:
            names, pictures = (*self._names, *piece.names), (*self.pictures, *piece.pictures)
            piece = replace(piece, names=names, pictures=pictures)
            self._names = []
            self.pictures = []
        self.pieces.append(piece)

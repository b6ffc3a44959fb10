"""The stretch of a book that is loaded: blocks, their pictures, and the QTextDocument they are set in.

Adds and drops whole blocks at both ends, and says where its lines lie. Knows no widget: what is in view, and how that stays
where it is while text is added above it, is the view's business.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import dropwhile

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QTextBlock, QTextBlockFormat, QTextCursor, QTextDocument

from app.desktop.block_window import BlockWindow, Spot
from app.desktop.book_source import BookSource
from app.desktop.pagination import Line
from app.desktop.widgets.typesetting import Typesetter
from storage.documents import BlockRow
from storage.pictures import ImageRow

BATCH = 8
"""Blocks set at a time: a few milliseconds."""
FIRST_BATCH = 12
"""Blocks set before and behind a place one goes to."""
BASELINE = 0.8
"""Where Qt puts the baseline in a line of fixed height, from its top."""


@dataclass(frozen=True, slots=True)
class Ruby:
    """A reading, and the positions of what it stands above."""

    start: int
    end: int
    reading: str


class LoadedText:
    """Blocks that follow one another, in one document."""

    def __init__(self, document: QTextDocument) -> None:
        self.document = document
        self.window = BlockWindow([])
        self.rows: list[BlockRow] = []
        self.rubies: list[Ruby] = []
        self.reached_start = self.reached_end = True
        self._source: BookSource | None = None
        self._typesetter: Typesetter | None = None
        self._pictures: dict[int, list[ImageRow]] = {}
        self._trailing: list[ImageRow] = []

    @property
    def first(self) -> Spot:
        """Where the stretch begins."""
        return self.window.spot_at(0)

    # -- loading and dropping --------------------------------------------------------------------------------------

    def clear(self) -> None:
        """An empty page. The document's font and frame are to be set after this, before anything is loaded."""
        self._source = None
        self.rows, self.rubies, self._pictures, self._trailing = [], [], {}, []
        self.reached_start = self.reached_end = True
        self.window = BlockWindow([])
        self.document.clear()

    def load(self, source: BookSource, typesetter: Typesetter, offset: int) -> None:
        """A stretch around an offset, into an empty page."""
        self._source, self._typesetter = source, typesetter
        ordinal = source.block_at(min(max(0, offset), max(0, source.characters - 1))).ordinal
        first = max(0, ordinal - FIRST_BATCH)
        rows, before = self._fetch(first, 2 * FIRST_BATCH)
        self.reached_start = first == 0
        cursor = QTextCursor(self.document)
        cursor.beginEditBlock()
        typesetter.write(cursor, rows, self._pictures, before=before)
        self.rows = rows
        self._note_end(rows, 2 * FIRST_BATCH, cursor)
        cursor.endEditBlock()
        self._note()

    def append(self) -> bool:
        """Load a few blocks more at the end. False: there are none."""
        if self._source is None or self.reached_end:
            return False
        assert self._typesetter is not None
        more, _ = self._fetch(self.rows[-1].ordinal + 1, BATCH)
        cursor = QTextCursor(self.document)
        cursor.beginEditBlock()
        cursor.movePosition(QTextCursor.MoveOperation.End)
        self._typesetter.append(cursor, more, self._pictures, after=self.rows[-1])
        self.rows.extend(more)
        self._note_end(more, BATCH, cursor)
        cursor.endEditBlock()
        self._note()
        return True

    def prepend(self) -> bool:
        """Load a few blocks more at the start. False: there are none."""
        if self._source is None or self.reached_start:
            return False
        assert self._typesetter is not None
        first = max(0, self.rows[0].ordinal - BATCH)
        more, before = self._fetch(first, self.rows[0].ordinal - first)
        self.reached_start = first == 0
        cursor = QTextCursor(self.document)
        cursor.beginEditBlock()
        self._typesetter.prepend(cursor, more, self._pictures, before=before)
        cursor.endEditBlock()
        self.rows[:0] = more
        self._note()
        return True

    def drop_before(self, ordinal: int) -> None:
        """Forget the blocks before this one; it and its pictures stay."""
        count = ordinal - self.rows[0].ordinal if self.rows else 0
        if not 0 < count < len(self.rows):
            return
        kept = self.document.findBlock(self._first_position(ordinal))
        form, characters = kept.blockFormat(), kept.charFormat()
        cursor = QTextCursor(self.document)
        cursor.beginEditBlock()
        cursor.setPosition(kept.position(), QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        cursor.setBlockFormat(form)
        cursor.setBlockCharFormat(characters)
        cursor.endEditBlock()
        for row in self.rows[:count]:
            self._pictures.pop(row.ordinal, None)
        del self.rows[:count]
        self.reached_start = False
        self._note()

    def drop_after(self, ordinal: int) -> None:
        """Forget the blocks behind this one."""
        kept = ordinal + 1 - self.rows[0].ordinal if self.rows else 0
        if not 0 < kept < len(self.rows):
            return
        cursor = QTextCursor(self.document)
        cursor.setPosition(self._first_position(ordinal + 1) - 1)
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        for row in self.rows[kept:]:
            self._pictures.pop(row.ordinal, None)
        del self.rows[kept:]
        self._trailing = []
        self.reached_end = False
        self._note()

    def _fetch(self, first: int, count: int) -> tuple[list[BlockRow], BlockRow | None]:
        """Blocks with their pictures, and the block before them: how the first is set depends on it."""
        assert self._source is not None
        lead = 1 if first else 0
        rows = self._source.blocks(first - lead, count + lead)
        for image in self._source.images(first, count):
            self._pictures.setdefault(image.block, []).append(image)
        return rows[lead:], rows[0] if lead else None

    def _note_end(self, rows: Sequence[BlockRow], wanted: int, cursor: QTextCursor) -> None:
        """The cursor stands behind the last block; pictures may stand behind the last of all."""
        assert self._source is not None
        assert self._typesetter is not None
        self.reached_end = len(rows) < wanted
        if self.reached_end:
            last = self.rows[-1].ordinal
            self._pictures = {block: images for block, images in self._pictures.items() if block <= last}
            self._trailing = self._source.images(last + 1, 1)
            self._typesetter.append_pictures(cursor, self._trailing)

    def _note(self) -> None:
        assert self._typesetter is not None
        self.window = BlockWindow(
            self.rows,
            self._typesetter.lead,
            lambda block: len(self._pictures.get(block.ordinal, ())),
            len(self._trailing),
        )
        self.rubies = [
            Ruby(
                self.window.position_of(row.start + max(0, mark.start)),
                self.window.position_of(min(row.start + mark.end, row.end)),
                mark.note,
            )
            for row in self.rows
            for mark in row.marks
            if mark.style == "ruby"
        ]

    def _first_position(self, ordinal: int) -> int:
        pictures = len(self._pictures.get(ordinal, ()))
        return self.window.position_of_spot(Spot(ordinal, -pictures, 0))

    def cursor(self, start: int, end: int) -> QTextCursor:
        """The words at `[start, end)`, selected."""
        cursor = QTextCursor(self.document)
        cursor.setPosition(self.window.position_of(start))
        cursor.setPosition(self.window.position_of(end), QTextCursor.MoveMode.KeepAnchor)
        return cursor

    def overlaps(self, start: int, end: int) -> bool:
        """Whether some of `[start, end)` is loaded."""
        return end > self.window.start and start < self.window.end

    # -- pictures --------------------------------------------------------------------------------------------------

    def images_before(self, ordinal: int) -> Sequence[ImageRow]:
        return self._pictures.get(ordinal, ())

    def image(self, ordinal: int) -> ImageRow | None:
        """A loaded picture."""
        for images in (*self._pictures.values(), self._trailing):
            for image in images:
                if image.ordinal == ordinal:
                    return image
        return None

    def spot_of(self, offset: int) -> Spot:
        """Where an offset stands; a block's first offset begins with the pictures before it."""
        position = self.window.position_of(offset)
        spot = self.window.spot_at(position)
        row = self.rows[spot.block - self.rows[0].ordinal] if self.rows else None
        if row is not None and row.start == offset:
            return Spot(spot.block, -len(self._pictures.get(spot.block, ())), 0)
        return spot

    # -- lines -----------------------------------------------------------------------------------------------------

    def line_of(self, position: int) -> Line:
        """The line in which a position stands."""
        block = self.document.findBlock(position)
        if not block.isValid():
            block = self.document.lastBlock()
        lines = self._lines(block)
        for line in reversed(lines):
            if line.start <= position:
                return line
        return lines[0]

    def line_at(self, y: float) -> Line:
        """The first line that reaches below `y`; the last one where none does."""
        layout = self.document.documentLayout()
        position = layout.hitTest(QPointF(0.0, y), Qt.HitTestAccuracy.FuzzyHit)
        block = self.document.findBlock(max(0, position))
        before = block.previous()
        line = None
        for line in self._forward(before if before.isValid() else block):
            if line.bottom > y:
                break
        assert line is not None
        return line

    def lines_from(self, position: int) -> Iterator[Line]:
        """Lines in reading order, from the one with this position on."""
        first = self.line_of(position).start
        return dropwhile(lambda line: line.start < first, self._forward(self.document.findBlock(position)))

    def lines_before(self, position: int) -> Iterator[Line]:
        """Lines backwards, from the one before that with this position."""
        position = self.line_of(position).start
        block = self.document.findBlock(position)
        while block.isValid():
            yield from (line for line in reversed(self._lines(block)) if line.start < position)
            block = block.previous()

    def _forward(self, block: QTextBlock) -> Iterator[Line]:
        while block.isValid():
            yield from self._lines(block)
            block = block.next()

    def _lines(self, block: QTextBlock) -> list[Line]:
        top = self.document.documentLayout().blockBoundingRect(block).top()
        form, layout, start = block.blockFormat(), block.layout(), block.position()
        is_heading = form.headingLevel() > 0
        fixed = form.lineHeight() if form.lineHeightType() == QTextBlockFormat.LineHeightTypes.FixedHeight.value else 0
        lines = []
        for number in range(layout.lineCount()):
            line = layout.lineAt(number)
            first = start + line.textStart()
            last = first + line.textLength()
            if number == layout.lineCount() - 1:
                last = start + block.length() - 1
            if fixed:
                box = top + line.y() + line.ascent() - BASELINE * fixed
                lines.append(Line(box, box + fixed, first, last, is_heading))
            else:
                lines.append(Line(top + line.y(), top + line.y() + line.height(), first, last, is_heading))
        return lines

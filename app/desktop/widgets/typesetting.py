"""How each kind of block is set in type: indents, distances, weights; and what stands before it that is not text.

Knows QTextCursor and block kinds. Knows no widget and no offsets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontInfo, QTextBlockFormat, QTextCharFormat, QTextCursor, QTextFormat

from app.desktop.block_window import LINE_SEPARATOR, TextBlock, displayable
from app.desktop.theme import PageColours
from storage.document import BlockKind, Mark
from storage.documents import BlockRow

LINE_HEIGHT, HAN_LINE_HEIGHT = 1.5, 1.7
_SIZES = {BlockKind.HEADING: 1.35, BlockKind.CAPTION: 0.88, BlockKind.FOOTNOTE: 0.88, BlockKind.CODE: 0.9}
_FLOWING = (BlockKind.PARAGRAPH,)


class Typesetter:
    """Writes blocks into a document, one paragraph each."""

    def __init__(self, font: QFont, colours: PageColours | None, *, han: bool) -> None:
        self._font = font
        self._em = float(QFontInfo(font).pixelSize())
        self._line = self._em * (HAN_LINE_HEIGHT if han else LINE_HEIGHT)
        self._indent = self._em * (2.0 if han else 1.4)
        self._colours = colours

    def lead(self, block: TextBlock) -> str:
        """Words on the page that are not in the text: who speaks, a bullet."""
        assert isinstance(block, BlockRow)
        if block.speaker:
            return displayable(block.speaker) + LINE_SEPARATOR
        if block.kind == BlockKind.LIST_ITEM:
            return "•\u2002"
        return ""

    def write(self, cursor: QTextCursor, rows: Sequence[BlockRow]) -> None:
        """Into an empty document."""
        for index, row in enumerate(rows):
            before = rows[index - 1] if index else None
            if before is None:
                cursor.setBlockFormat(self._block_format(row, before))
            else:
                cursor.insertBlock(self._block_format(row, before))
            self._write_text(cursor, row)

    def append(self, cursor: QTextCursor, rows: Iterable[BlockRow], *, after: BlockRow) -> None:
        """Behind what is there; the cursor stands at the end."""
        before = after
        for row in rows:
            cursor.insertBlock(self._block_format(row, before))
            self._write_text(cursor, row)
            before = row

    def prepend(self, cursor: QTextCursor, rows: Sequence[BlockRow], *, before: BlockRow) -> None:
        """In front of what is there; the cursor stands at the start, in the paragraph of `before`."""
        earlier: BlockRow | None = None
        for row, following in zip(rows, [*rows[1:], before], strict=True):
            cursor.setBlockFormat(self._block_format(row, earlier))
            self._write_text(cursor, row)
            cursor.insertBlock(self._block_format(following, row))
            earlier = row

    # -- one block -------------------------------------------------------------------------------------------------

    def _write_text(self, cursor: QTextCursor, row: BlockRow) -> None:
        plain = self._char_format(row.kind)
        lead = self.lead(row)
        if lead:
            led = QTextCharFormat(plain)
            if row.speaker:
                led.setFontWeight(QFont.Weight.DemiBold)
                if self._colours is not None:
                    led.setForeground(QColor(self._colours.accent))
            cursor.insertText(lead, led)
        for piece, marks in marked_pieces(displayable(row.text), row.marks):
            cursor.insertText(piece, self._marked(plain, marks))

    def _block_format(self, row: BlockRow, before: BlockRow | None) -> QTextBlockFormat:
        form = QTextBlockFormat()
        scale = _SIZES.get(BlockKind(row.kind), 1.0)
        line = self._line * (1.1 if scale > 1 else scale)
        form.setLineHeight(line, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        em = self._em
        match BlockKind(row.kind):
            case BlockKind.HEADING:
                form.setLineHeight(em * scale * 1.35, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
                form.setHeadingLevel(2)
                form.setTopMargin(2.2 * em if before is not None else 0.5 * em)
                form.setBottomMargin(1.0 * em)
                form.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            case BlockKind.PARAGRAPH:
                if before is not None and before.kind in _FLOWING:
                    form.setTextIndent(self._indent)
            case BlockKind.QUOTE:
                form.setLeftMargin(2 * em)
                form.setRightMargin(2 * em)
                form.setTopMargin(0.6 * em)
                form.setBottomMargin(0.6 * em)
            case BlockKind.VERSE:
                form.setLeftMargin(2.5 * em)
                form.setTopMargin(0.6 * em)
                form.setBottomMargin(0.6 * em)
            case BlockKind.LIST_ITEM:
                form.setLeftMargin(2.2 * em)
                form.setTextIndent(-0.9 * em)
            case BlockKind.CODE | BlockKind.TABLE:
                form.setLeftMargin(1.5 * em)
                form.setTopMargin(0.6 * em)
                form.setBottomMargin(0.6 * em)
            case BlockKind.CAPTION:
                form.setAlignment(Qt.AlignmentFlag.AlignHCenter)
                form.setBottomMargin(0.8 * em)
            case BlockKind.FOOTNOTE:
                form.setLeftMargin(1.5 * em)
                form.setTopMargin(0.4 * em)
            case BlockKind.MESSAGE:
                form.setTopMargin(1.0 * em)
        return form

    def _char_format(self, kind: str) -> QTextCharFormat:
        form = QTextCharFormat()
        scale = _SIZES.get(BlockKind(kind), 1.0)
        if scale != 1.0:
            form.setFontPointSize(self._font.pointSizeF() * scale)
        if kind == BlockKind.HEADING:
            form.setFontWeight(QFont.Weight.DemiBold)
        if kind == BlockKind.CODE:
            form.setFontFamilies(["Noto Sans Mono", "DejaVu Sans Mono", "Consolas", "Menlo", "monospace"])
        if kind in (BlockKind.CAPTION, BlockKind.FOOTNOTE) and self._colours is not None:
            form.setForeground(QColor(self._colours.subtle))
        return form

    def _marked(self, plain: QTextCharFormat, marks: Sequence[Mark]) -> QTextCharFormat:
        if not marks:
            return plain
        form = QTextCharFormat(plain)
        for mark in marks:
            if mark.style == "em":
                form.setFontItalic(not plain.fontItalic())
            elif mark.style == "strong":
                form.setFontWeight(QFont.Weight.Bold)
            elif mark.style == "ruby":
                form.setToolTip(mark.note)
                form.setProperty(QTextFormat.Property.TextUnderlineStyle, QTextCharFormat.UnderlineStyle.DotLine.value)
        return form


def marked_pieces(text: str, marks: Sequence[Mark]) -> Iterator[tuple[str, tuple[Mark, ...]]]:
    """Cut a text where marks begin and end; the pieces in order make the text again."""
    cuts = sorted({0, len(text), *(min(max(0, edge), len(text)) for mark in marks for edge in (mark.start, mark.end))})
    for start, end in pairwise(cuts):
        yield text[start:end], tuple(mark for mark in marks if mark.start <= start and end <= mark.end)

"""How each kind of block is set in type: indents, distances, weights; pictures; and what stands there that is not text.

Knows QTextCursor and block kinds. Knows no widget and no offsets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontInfo,
    QFontMetricsF,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
)

from app.desktop.block_window import LINE_SEPARATOR, TextBlock, displayable
from app.desktop.plain_tips import plain_tip
from app.desktop.reading_type import HAN_LINE_HEIGHT, ParagraphStyle, TypeSettings, writes_in_han
from app.desktop.theme import PageColours
from storage.document import BlockKind, Mark
from storage.documents import BlockRow
from storage.pictures import ImageRow

PICTURE_OBJECT = QTextFormat.ObjectTypes.UserObject.value + 1
ORDINAL = QTextFormat.Property.UserProperty.value + 1
WIDTH, HEIGHT = ORDINAL + 1, ORDINAL + 2
"""Properties of a picture's character."""
NOTE, PLACE, PICTURE = "note", "place", "picture"
"""What a link leads to; the number behind the colon is the ordinal of a block or picture."""
RUBY_SCALE = 0.5
_SIZES = {BlockKind.HEADING: 1.35, BlockKind.CAPTION: 0.88, BlockKind.FOOTNOTE: 0.88, BlockKind.CODE: 0.9}
_FLOWING = (BlockKind.PARAGRAPH,)
_JUSTIFIED = (BlockKind.PARAGRAPH, BlockKind.QUOTE, BlockKind.FOOTNOTE, BlockKind.LIST_ITEM, BlockKind.MESSAGE)
_FIXED = QTextBlockFormat.LineHeightTypes.FixedHeight.value

Pictures = Mapping[int, Sequence[ImageRow]]
"""By the block they stand before."""
_Paragraph = tuple[QTextBlockFormat, Callable[[QTextCursor], None]]


@dataclass(frozen=True, slots=True)
class Room:
    """What a picture may take, in pixels."""

    width: float
    height: float


class Typesetter:
    """Writes blocks into a document: a paragraph for each, and one for each picture before it."""

    def __init__(self, font: QFont, settings: TypeSettings, colours: PageColours, language: str, room: Room) -> None:
        self._han = han = writes_in_han(language)
        self._font = font
        self._settings = settings
        self._em = float(QFontInfo(font).pixelSize())
        self._line = self._em * settings.line_height_for(language)
        self._indent = self._em * (2.0 if han else 1.4)
        self._colours = colours
        self._room = room

    def lead(self, block: TextBlock) -> str:
        """Words on the page that are not in the text: who speaks, a bullet."""
        assert isinstance(block, BlockRow)
        if block.speaker:
            return displayable(block.speaker) + LINE_SEPARATOR
        if block.kind == BlockKind.LIST_ITEM:
            return "•\u2002"
        return ""

    def write(
        self, cursor: QTextCursor, rows: Sequence[BlockRow], pictures: Pictures, *, before: BlockRow | None
    ) -> None:
        """Into an empty paragraph; the block before, if any, decides on the first one's indent and distance."""
        for number, (form, write) in enumerate(self._paragraphs(rows, pictures, before)):
            if number:
                cursor.insertBlock(form)
            else:
                cursor.setBlockFormat(form)
            write(cursor)

    def append(self, cursor: QTextCursor, rows: Sequence[BlockRow], pictures: Pictures, *, after: BlockRow) -> None:
        """Behind what is there; the cursor stands at the end."""
        for form, write in self._paragraphs(rows, pictures, after):
            cursor.insertBlock(form)
            write(cursor)

    def append_pictures(self, cursor: QTextCursor, images: Iterable[ImageRow]) -> None:
        """Behind the last block of all."""
        for image in images:
            form, write = self._picture(image)
            cursor.insertBlock(form)
            write(cursor)

    def prepend(
        self, cursor: QTextCursor, rows: Sequence[BlockRow], pictures: Pictures, *, before: BlockRow | None
    ) -> None:
        """In front of what is there; the cursor stands at the start."""
        cursor.insertBlock(cursor.blockFormat(), cursor.blockCharFormat())
        cursor.movePosition(QTextCursor.MoveOperation.Start)
        self.write(cursor, rows, pictures, before=before)

    # -- paragraphs ------------------------------------------------------------------------------------------------

    def _paragraphs(
        self, rows: Sequence[BlockRow], pictures: Pictures, before: BlockRow | None
    ) -> Iterator[_Paragraph]:
        for row in rows:
            images = pictures.get(row.ordinal, ())
            for image in images:
                yield self._picture(image)
            yield self._block_format(row, before, after_picture=bool(images)), partial(self._write, row)
            before = row

    def _picture(self, image: ImageRow) -> _Paragraph:
        form = QTextBlockFormat()
        form.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        form.setTopMargin(0.8 * self._em)
        form.setBottomMargin(0.8 * self._em)
        width, height = max(1.0, float(image.width)), max(1.0, float(image.height))
        share = min(1.0, self._room.width / width, self._room.height / height)
        thing = QTextCharFormat()
        thing.setObjectType(PICTURE_OBJECT)
        thing.setProperty(ORDINAL, image.ordinal)
        thing.setProperty(WIDTH, max(1.0, width * share))
        thing.setProperty(HEIGHT, max(1.0, height * share))
        thing.setAnchor(True)
        thing.setAnchorHref(f"{PICTURE}:{image.ordinal}")
        thing.setToolTip(plain_tip(image.description))
        return form, lambda cursor: cursor.insertText("\ufffc", thing)

    def _write(self, row: BlockRow, cursor: QTextCursor) -> None:
        plain = self._char_format(row.kind)
        lead = self.lead(row)
        if lead:
            led = QTextCharFormat(plain)
            if row.speaker:
                led.setFontWeight(QFont.Weight.DemiBold)
                led.setForeground(QColor(self._colours.accent))
            cursor.insertText(lead, led)
        for piece, marks in marked_pieces(displayable(row.text), row.marks):
            cursor.insertText(piece, self._marked(plain, marks, piece))

    def _block_format(self, row: BlockRow, before: BlockRow | None, *, after_picture: bool) -> QTextBlockFormat:
        form = QTextBlockFormat()
        kind = BlockKind(row.kind)
        scale = _SIZES.get(kind, 1.0)
        line = self._line * (1.1 if scale > 1 else scale)
        if any(mark.style == "ruby" for mark in row.marks):
            line = max(line, HAN_LINE_HEIGHT * self._em)  # the reading stands in the room above the line
        form.setLineHeight(line, _FIXED)
        em = self._em
        match kind:
            case BlockKind.HEADING:
                form.setLineHeight(em * scale * 1.35, _FIXED)
                form.setHeadingLevel(2)
                form.setTopMargin(2.2 * em if before is not None else 0.5 * em)
                form.setBottomMargin(1.0 * em)
                form.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            case BlockKind.PARAGRAPH:
                if self._settings.paragraphs is ParagraphStyle.SPACE:
                    form.setTopMargin(0.8 * em)
                    form.setBottomMargin(0.8 * em)
                elif self._han or (before is not None and before.kind in _FLOWING and not after_picture):
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
        if self._settings.justified and kind in _JUSTIFIED:
            form.setAlignment(Qt.AlignmentFlag.AlignJustify)
        return form

    # -- characters ------------------------------------------------------------------------------------------------

    def _char_format(self, kind: str) -> QTextCharFormat:
        form = QTextCharFormat()
        scale = _SIZES.get(BlockKind(kind), 1.0)
        if scale != 1.0:
            form.setFontPointSize(self._font.pointSizeF() * scale)
        if kind == BlockKind.HEADING:
            form.setFontWeight(QFont.Weight.DemiBold)
        if kind == BlockKind.CODE:
            form.setFontFamilies(["Noto Sans Mono", "DejaVu Sans Mono", "Consolas", "Menlo", "monospace"])
        if kind in (BlockKind.CAPTION, BlockKind.FOOTNOTE):
            form.setForeground(QColor(self._colours.subtle))
        return form

    def _marked(self, plain: QTextCharFormat, marks: Sequence[Mark], piece: str) -> QTextCharFormat:
        if not marks:
            return plain
        form = QTextCharFormat(plain)
        for mark in marks:
            match mark.style:
                case "em":
                    form.setFontItalic(not plain.fontItalic())
                case "strong":
                    form.setFontWeight(QFont.Weight.Bold)
                case "ruby":
                    self._make_room_for_reading(form, mark, piece)
                case "noteref" | "link" if mark.note.isdecimal():
                    self._make_link(form, mark)
        return form

    def _make_link(self, form: QTextCharFormat, mark: Mark) -> None:
        form.setAnchor(True)
        form.setForeground(QColor(self._colours.accent))
        if mark.style == "noteref":
            form.setAnchorHref(f"{NOTE}:{mark.note}")
            form.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignSuperScript)
        else:
            form.setAnchorHref(f"{PLACE}:{mark.note}")
            form.setFontUnderline(True)

    def _make_room_for_reading(self, form: QTextCharFormat, mark: Mark, piece: str) -> None:
        """A reading wider than what it stands above pushes its characters apart."""
        if not piece or mark.end - mark.start != len(piece):
            return
        reading = QFontMetricsF(ruby_font(self._font)).horizontalAdvance(mark.note)
        missing = reading - QFontMetricsF(self._font).horizontalAdvance(piece)
        if missing > 0:
            form.setFontLetterSpacingType(QFont.SpacingType.AbsoluteSpacing)
            form.setFontLetterSpacing(missing / len(piece))


def ruby_font(font: QFont) -> QFont:
    """The font of readings above a text in this font."""
    small = QFont(font)
    small.setPointSizeF(font.pointSizeF() * RUBY_SCALE)
    return small


def marked_pieces(text: str, marks: Sequence[Mark]) -> Iterator[tuple[str, tuple[Mark, ...]]]:
    """Cut a text where marks begin and end; the pieces in order make the text again."""
    cuts = sorted({0, len(text), *(min(max(0, edge), len(text)) for mark in marks for edge in (mark.start, mark.end))})
    for start, end in pairwise(cuts):
        yield text[start:end], tuple(mark for mark in marks if mark.start <= start and end <= mark.end)

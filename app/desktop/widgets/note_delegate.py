"""How an annotation looks in a list: its colour at the edge, the quote, the note, and where it stands."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.desktop.icons import pixmap
from app.desktop.note_model import NoteModel
from app.desktop.note_words import place_words, quote_words
from app.desktop.theme import GRID, PageColours, contrast, highlight_colour, mix, scaled, tones
from app.desktop.widgets.text_lines import lines_of
from app.operations.notes import PlacedAnnotation
from storage.annotations import AnnotationKind
from storage.passages import is_cjk

SIDE = 2 * GRID
EDGE = 4
QUOTE_LINES, NOTE_LINES = 3, 8
MIN_EDGE_CONTRAST = 2.0
"""The colour is told in words to those who cannot see it: it need not have the 3:1 of a control."""
Index = QModelIndex | QPersistentModelIndex


class NoteDelegate(QStyledItemDelegate):
    """Row heights follow the text, up to a few lines; the whole of it opens with the note."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._page: PageColours | None = None

    def set_page_colours(self, colours: PageColours) -> None:
        self._page = colours

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        item = index.data(NoteModel.ITEM)
        width = option.rect.width()
        if not isinstance(item, PlacedAnnotation):
            return QSize(width, round(QFontMetricsF(option.font).lineSpacing() + 2.5 * GRID))
        parts = [(lines, font) for lines, font in _parts(item, option, width) if lines]
        height = sum(len(lines) * QFontMetricsF(font).lineSpacing() + 4 for lines, font in parts)
        return QSize(width, round(height + 2 * GRID))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        item = index.data(NoteModel.ITEM)
        t = tones(QApplication.palette())  # the view's own is thinned by the style sheet
        painter.save()
        if not isinstance(item, PlacedAnnotation):
            area = QRectF(option.rect).adjusted(SIDE, 0, -SIDE, -GRID / 2)
            painter.setFont(scaled(option.font, 1.0, bold=True))
            painter.setPen(t.text)
            title = painter.fontMetrics().elidedText(str(item), Qt.TextElideMode.ElideRight, int(area.width()))
            painter.drawText(area, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, title)
        else:
            if option.state & QStyle.StateFlag.State_Selected:
                painter.fillRect(option.rect, t.tint)
            elif option.state & QStyle.StateFlag.State_MouseOver:
                painter.fillRect(option.rect, t.hover)
            self._paint_edge(painter, option, item)
            self._paint_words(painter, option, item)
        painter.restore()

    def _paint_edge(self, painter: QPainter, option: QStyleOptionViewItem, item: PlacedAnnotation) -> None:
        t = tones(QApplication.palette())
        area = QRectF(option.rect).adjusted(SIDE, GRID, 0, -GRID)
        if item.row.kind is AnnotationKind.BOOKMARK:
            picture = pixmap("bookmark", t.accent, 16, painter.device().devicePixelRatio())
            painter.drawPixmap(int(area.left()) - 6, int(area.top()), picture)
        elif self._page is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(_shown_on(t.window, highlight_colour(item.row.colour, self._page), t.text))
            painter.drawRoundedRect(QRectF(area.left(), area.top(), EDGE, area.height()), 2, 2)

    def _paint_words(self, painter: QPainter, option: QStyleOptionViewItem, item: PlacedAnnotation) -> None:
        t = tones(QApplication.palette())
        quote, note, place = _parts(item, option, option.rect.width())
        left, top = option.rect.left() + SIDE + EDGE + GRID, float(option.rect.top() + GRID)
        for (lines, font), colour in ((quote, t.text), (note, t.text), (place, t.subtle)):
            metrics = QFontMetricsF(font)
            painter.setFont(font)
            painter.setPen(colour)
            for line in lines:
                painter.drawText(QRectF(left, top, option.rect.width(), metrics.lineSpacing()), line)
                top += metrics.lineSpacing()
            top += 4 if lines else 0


def _shown_on(ground: QColor, colour: QColor, text: QColor) -> QColor:
    """A tint made to be read on, deepened until it is seen by itself."""
    share = 0.0
    while share < 1.0 and contrast(mix(colour, text, share), ground) < MIN_EDGE_CONTRAST:
        share += 0.05
    return mix(colour, text, share)


def _parts(item: PlacedAnnotation, option: QStyleOptionViewItem, width: int) -> list[tuple[list[str], QFont]]:
    """The lines of quote, note and place, each with its font."""
    inner = max(40, width - 2 * SIDE - EDGE - GRID)
    quoted = QFont(option.font)
    quoted.setItalic(item.row.kind is not AnnotationKind.BOOKMARK and not is_cjk(item.row.quote))
    small = scaled(option.font, 0.88)
    return [
        (lines_of(quote_words(item), quoted, inner, most=QUOTE_LINES), quoted),
        (lines_of(item.row.note, option.font, inner, most=NOTE_LINES), option.font),
        ([place_words(item)], small),
    ]

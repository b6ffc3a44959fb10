"""How a document looks on the shelf: as a row with its figures, or as a tile with its cover."""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache

from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    QSizeF,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QHelpEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
)

from app.desktop.covers import Covers
from app.desktop.plain_tips import plain_tip
from app.desktop.shelf_model import ShelfModel
from app.desktop.theme import GRID, Tones, scaled, tones
from app.desktop.widgets.memory_marks import paint_marks, place_marks, words_at
from app.desktop.wording import comma_list, number, percent
from storage.shelves import ShelfRow

TILE_WIDTH = 176
"""At least; tiles grow until they fill the line."""
_COVER_SHAPE = 1.5
_BAR_HEIGHT = 3.0
_SHADOW = 8
translate = QCoreApplication.translate
Index = QModelIndex | QPersistentModelIndex
Marks = list[tuple[QRectF, str, str]]


def series_words(row: ShelfRow) -> str:
    """ "Palliser 3"; "" for a document of no series."""
    document = row.document
    if not document.series or document.series_number is None:
        return document.series
    return f"{document.series} {number(document.series_number, 0 if document.series_number.is_integer() else 1)}"


class _ShelfDelegate(QStyledItemDelegate):
    """What rows and tiles have in common: the card, the line of how far it is read, and tooltips."""

    def __init__(self, covers: Covers, parent: QObject) -> None:
        super().__init__(parent)
        self._covers = covers
        self._tones: tuple[int, Tones] | None = None

    def _tones_now(self) -> Tones:
        """Of the application's palette, since the view's own is thinned by the style sheet; made once a palette."""
        palette = QApplication.palette()
        if self._tones is None or self._tones[0] != palette.cacheKey():
            self._tones = (palette.cacheKey(), tones(palette))
        return self._tones[1]

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: ShelfRow | None = index.data(ShelfModel.ROW)
        t = self._tones_now()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = self._card(option.rect)
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        is_under_mouse = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if is_selected or is_under_mouse:
            painter.setPen(QPen(t.accent if is_selected else t.hairline, 1))
            painter.setBrush(t.tint if is_selected else t.base)
            painter.drawRoundedRect(card.adjusted(0.5, 0.5, -0.5, -0.5), GRID, GRID)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(t.accent, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(card.adjusted(1, 1, -1, -1), GRID, GRID)
        if row is None:
            self._paint_waiting(painter, card, t)
        else:
            self._paint_row(painter, card, row, option.font, t)
        painter.restore()

    def helpEvent(self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index) -> bool:
        if event.type() != QEvent.Type.ToolTip or not index.isValid():
            return super().helpEvent(event, view, option, index)
        row: ShelfRow | None = index.data(ShelfModel.ROW)
        words = ""
        if row is not None:
            words = words_at(self._marks(self._card(option.rect), row), QPointF(event.pos())) or self._tooltip(row)
        QToolTip.showText(event.globalPos(), plain_tip(words), view)
        return True

    def _card(self, rectangle: QRect) -> QRectF:
        raise NotImplementedError

    def _paint_row(self, painter: QPainter, card: QRectF, row: ShelfRow, font: QFont, t: Tones) -> None:
        raise NotImplementedError

    def _paint_waiting(self, painter: QPainter, card: QRectF, t: Tones) -> None:
        raise NotImplementedError

    def _marks(self, card: QRectF, row: ShelfRow) -> Marks:
        raise NotImplementedError

    def _paint_picture(self, painter: QPainter, place: QRectF, row: ShelfRow, t: Tones) -> None:
        picture = self._covers.picture(row, place.size(), painter.device().devicePixelRatioF())
        if picture is not None:
            painter.drawPixmap(place.topLeft(), picture)
        else:
            painter.fillRect(place, t.hover)

    def _paint_share(self, painter: QPainter, bar: QRectF, row: ShelfRow, t: Tones) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(t.hairline)
        painter.drawRoundedRect(bar, _BAR_HEIGHT / 2, _BAR_HEIGHT / 2)
        painter.setBrush(t.accent)
        read = QRectF(bar.left(), bar.top(), max(_BAR_HEIGHT, bar.width() * row.share_read), bar.height())
        painter.drawRoundedRect(read, _BAR_HEIGHT / 2, _BAR_HEIGHT / 2)

    def _tooltip(self, row: ShelfRow) -> str:
        document = row.document
        share = translate("library", "{share} read").format(share=percent(row.share_read))
        lines = [document.title, document.author, series_words(row), comma_list(row.tags), share]
        return "\n".join(line for line in lines if line)


def _line(painter: QPainter, place: QRectF, words: str, font: QFont) -> float:
    """One line that ends in an ellipsis where there is no room; returns its height."""
    metrics = QFontMetricsF(font)
    painter.setFont(font)
    line = QRectF(place.left(), place.top(), place.width(), metrics.height())
    painter.drawText(
        line,
        Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
        metrics.elidedText(words, Qt.TextElideMode.ElideRight, place.width()),
    )
    return metrics.height()


class RowDelegate(_ShelfDelegate):
    """Small cover, title, author and series, figures, tags; row height follows the font."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(option.rect.width(), int(option.fontMetrics.height() * 2.9 + 3 * GRID))

    def _card(self, rectangle: QRect) -> QRectF:
        return QRectF(rectangle).adjusted(2, 1, -2, -1)

    def _cover(self, card: QRectF) -> QRectF:
        height = card.height() - 2 * GRID
        return QRectF(card.left() + 1.5 * GRID, card.top() + GRID, height / _COVER_SHAPE, height)

    def _marks(self, card: QRectF, row: ShelfRow) -> Marks:
        return place_marks(card.right() - 2 * GRID, card.center().y(), row)

    def _paint_row(self, painter: QPainter, card: QRectF, row: ShelfRow, font: QFont, t: Tones) -> None:
        document = row.document
        cover = self._cover(card)
        self._paint_picture(painter, cover, row, t)
        marks = self._marks(card, row)
        paint_marks(painter, marks, t)
        right = min((rectangle.left() for rectangle, _, _ in marks), default=card.right()) - 2 * GRID
        bar_width = 12 * GRID
        by = " · ".join(part for part in (document.author, series_words(row)) if part)
        figures = [document.format.upper()]
        figures.append(translate("library", "{count} characters").format(count=number(document.characters)))
        if document.sample:
            figures.append(translate("library", "sample story"))
        figures.extend(row.tags)
        title_font = scaled(font, 1.05, bold=True)
        lines = [(document.title, title_font, t.text)]
        lines += [(words, font, t.subtle) for words in (by, " · ".join(figures)) if words]
        height = sum(QFontMetricsF(line_font).height() for _, line_font, _ in lines)
        left = cover.right() + 2 * GRID
        place = QRectF(left, card.center().y() - height / 2, right - bar_width - 3 * GRID - left, height)
        for words, line_font, colour in lines:
            painter.setPen(colour)
            place.setTop(place.top() + _line(painter, place, words, line_font))
        middle = card.center().y()
        if row.share_read > 0.001:
            self._paint_share(painter, QRectF(right - bar_width, middle + 6, bar_width, _BAR_HEIGHT), row, t)
            painter.setPen(t.subtle)
            painter.setFont(font)
            above = QRectF(right - bar_width, middle - 4 - QFontMetricsF(font).height(), bar_width, 20)
            painter.drawText(above, Qt.AlignmentFlag.AlignLeft, percent(row.share_read))

    def _paint_waiting(self, painter: QPainter, card: QRectF, t: Tones) -> None:
        cover = self._cover(card)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(t.hover)
        painter.drawRoundedRect(cover, 3, 3)
        for place, share in ((0.25, 0.4), (0.6, 0.25)):
            y = cover.top() + cover.height() * place
            painter.drawRoundedRect(QRectF(cover.right() + 2 * GRID, y, card.width() * share, GRID), 4, 4)


class TileDelegate(_ShelfDelegate):
    """Cover above, title and author below; `width` is the page's to set, so that tiles fill the line."""

    def __init__(self, covers: Covers, parent: QObject) -> None:
        super().__init__(covers, parent)
        self.width = TILE_WIDTH

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        cover = self._cover_size()
        title = QFontMetricsF(scaled(option.font, 1.0, bold=True)).height()
        words = 2 * title + option.fontMetrics.height()
        return QSize(self.width, round(cover.height() + words + 6 * GRID))

    def _cover_size(self) -> QSizeF:
        width = min(self.width - 4.0 * GRID, TILE_WIDTH - 2.0 * GRID)
        return QSizeF(width, width * _COVER_SHAPE)

    def _card(self, rectangle: QRect) -> QRectF:
        return QRectF(rectangle).adjusted(4, 4, -4, -4)

    def _cover(self, card: QRectF) -> QRectF:
        size = self._cover_size()
        return QRectF(card.center().x() - size.width() / 2, card.top() + 1.5 * GRID, size.width(), size.height())

    def _marks(self, card: QRectF, row: ShelfRow) -> Marks:
        cover = self._cover(card)
        return place_marks(cover.right() - 6, cover.bottom() - 16, row)

    def _paint_row(self, painter: QPainter, card: QRectF, row: ShelfRow, font: QFont, t: Tones) -> None:
        document = row.document
        cover = self._cover(card)
        scale = painter.device().devicePixelRatioF()
        shadow = _shadow(round(cover.width()), round(cover.height()), scale, t.text.name())
        painter.drawPixmap(cover.topLeft() - QPointF(_SHADOW, _SHADOW), shadow)
        self._paint_picture(painter, cover, row, t)
        marks = self._marks(card, row)
        if marks:
            ground = QRectF(marks[-1][0].topLeft(), marks[0][0].bottomRight()).adjusted(-4, -3, 4, 3)
            painter.setPen(QPen(t.hairline, 1))
            painter.setBrush(t.base)
            painter.drawRoundedRect(ground, 6, 6)
            paint_marks(painter, marks, t)
        if row.share_read > 0.001:
            bar = QRectF(cover.left(), cover.bottom() + GRID, cover.width(), _BAR_HEIGHT)
            self._paint_share(painter, bar, row, t)
        words = QRectF(
            cover.left(), cover.bottom() + 2 * GRID, cover.width(), card.bottom() - cover.bottom() - 2 * GRID
        )
        painter.setPen(t.text)
        words.setTop(words.top() + self._paint_title(painter, words, document.title, scaled(font, 1.0, bold=True)))
        painter.setPen(t.subtle)
        _line(painter, words, document.author or series_words(row) or document.format.upper(), font)

    def _paint_title(self, painter: QPainter, place: QRectF, title: str, font: QFont) -> float:
        """Up to two lines, the second with an ellipsis; returns the height taken."""
        metrics = QFontMetricsF(font)
        if metrics.horizontalAdvance(title) <= place.width():
            return _line(painter, place, title, font)
        first, rest = _broken(title, metrics, place.width())
        height = _line(painter, place, first, font)
        return height + _line(painter, place.adjusted(0, height, 0, 0), rest, font)

    def _paint_waiting(self, painter: QPainter, card: QRectF, t: Tones) -> None:
        cover = self._cover(card)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(t.hover)
        painter.drawRoundedRect(cover, 4, 4)
        painter.drawRoundedRect(QRectF(cover.left(), cover.bottom() + 2 * GRID, cover.width() * 0.8, GRID), 4, 4)


@lru_cache(maxsize=8)
def _shadow(width: int, height: int, scale: float, colour: str) -> QPixmap:
    """What a cover of this size throws on the shelf, with a margin of _SHADOW around it."""
    shadow = QPixmap(QSize(width + 2 * _SHADOW, height + 2 * _SHADOW) * scale)
    shadow.setDevicePixelRatio(scale)
    shadow.fill(Qt.GlobalColor.transparent)
    painter = QPainter(shadow)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    cover = QRectF(_SHADOW, _SHADOW, width, height)
    for spread, depth in ((3.0, 10), (1.5, 16)):
        tone = QColor(colour)
        tone.setAlpha(depth)
        painter.setBrush(tone)
        painter.drawRoundedRect(cover.adjusted(-spread, 2 - spread, spread, 2 + spread), 6, 6)
    painter.end()
    return shadow


def _broken(words: str, metrics: QFontMetricsF, width: float) -> tuple[str, str]:
    """The first line and the rest; behind a space or hyphen where there is one, else (Chinese) after the last character
    that fits."""
    lengths = range(1, len(words) + 1)
    end = max(1, bisect_right(lengths, width, key=lambda length: metrics.horizontalAdvance(words[:length].rstrip())))
    cut = max(words.rfind(sign, 0, end) for sign in " -_") + 1 or end
    return words[:cut].rstrip(), words[cut:].lstrip()

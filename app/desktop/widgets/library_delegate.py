"""How a document looks in the library: title, author, marks for its memories, a thin line for how far it is read."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
)

from app.desktop.icons import pixmap
from app.desktop.item_models import LibraryModel, Shelved
from app.desktop.theme import GRID, Tones, mix, scaled, tones
from app.desktop.wording import day, number, percent, size
from storage.memories import MemoryRow

_ICONS = {"temp_lora": "adapter", "gist": "gist", "segments": "segments", "passages": "passages"}
_MARK = 18
translate = QCoreApplication.translate
Index = QModelIndex | QPersistentModelIndex


def memory_words(memory: MemoryRow) -> str:
    """For the tooltip of a mark: what it is, its size and age."""
    names = {
        "temp_lora": translate("memory", "Adapter"),
        "gist": translate("memory", "Gist cache"),
        "segments": translate("memory", "Segment memory"),
    }
    words = [names.get(memory.kind, memory.kind), size(memory.bytes), day(memory.created_at)]
    if memory.state != "complete":
        words.insert(1, translate("memory", "in part"))
    return " · ".join(words)


class LibraryDelegate(QStyledItemDelegate):
    """Paints a Shelved; row height follows the font."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        line = option.fontMetrics.height()
        return QSize(option.rect.width(), int(line * 2.6 + 4 * GRID))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        shelved: Shelved = index.data(LibraryModel.SHELVED)
        t = tones(QApplication.palette())  # the view's own is thinned by the style sheet
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = QRectF(option.rect).adjusted(GRID, GRID / 2, -GRID, -GRID / 2)
        self._paint_card(painter, card, option, t)
        cover = QRectF(card.left() + 2 * GRID, card.top() + GRID * 1.5, card.height() * 0.54, card.height() - 3 * GRID)
        self._paint_cover(painter, cover, shelved, option, t)
        marks_width = self._paint_marks(painter, card, shelved, t)
        left = cover.right() + 2 * GRID
        words = QRectF(left, card.top() + 1.5 * GRID, card.right() - left - marks_width - 3 * GRID, card.height())
        self._paint_words(painter, words, shelved, option, t)
        share = shelved.share_read
        bar = QRectF(left, card.bottom() - 1.5 * GRID, min(words.width(), 30 * GRID), 3)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(t.hairline)
        painter.drawRoundedRect(bar, 1.5, 1.5)
        if share > 0.001:
            painter.setBrush(t.accent)
            painter.drawRoundedRect(QRectF(bar.left(), bar.top(), max(3.0, bar.width() * share), 3), 1.5, 1.5)
        painter.restore()

    def _paint_card(self, painter: QPainter, card: QRectF, option: QStyleOptionViewItem, t: Tones) -> None:
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.setPen(QPen(t.accent if is_selected else t.hairline, 1))
        painter.setBrush(t.tint if is_selected else t.base)
        painter.drawRoundedRect(card.adjusted(0.5, 0.5, -0.5, -0.5), GRID, GRID)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(t.accent, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(card.adjusted(1, 1, -1, -1), GRID, GRID)

    def _paint_cover(
        self, painter: QPainter, cover: QRectF, shelved: Shelved, option: QStyleOptionViewItem, t: Tones
    ) -> None:
        """A small page with the first letter, shaded by the title so that neighbours differ."""
        shade = 0.25 + 0.5 * (sum(map(ord, shelved.document.title)) % 7) / 6
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mix(t.subtle, t.accent, shade))
        painter.drawRoundedRect(cover, 3, 3)
        painter.setPen(t.base)
        painter.setFont(scaled(option.font, 1.5, bold=True))
        painter.drawText(cover, Qt.AlignmentFlag.AlignCenter, shelved.document.title[:1].upper())

    def _paint_words(
        self, painter: QPainter, words: QRectF, shelved: Shelved, option: QStyleOptionViewItem, t: Tones
    ) -> None:
        document = shelved.document
        title_font = scaled(option.font, 1.1, bold=True)
        metrics = QFontMetricsF(title_font)
        painter.setFont(title_font)
        painter.setPen(t.text)
        elide = Qt.TextElideMode.ElideRight
        painter.drawText(
            QRectF(words.left(), words.top(), words.width(), metrics.height()),
            Qt.AlignmentFlag.AlignVCenter,
            metrics.elidedText(document.title, elide, words.width()),
        )
        parts = [document.author, document.format.upper()]
        parts.append(translate("library", "{count} characters").format(count=number(document.characters)))
        if shelved.share_read > 0.001:
            parts.append(translate("library", "{share} read").format(share=percent(shelved.share_read)))
        if document.sample:
            parts.append(translate("library", "sample story"))
        small = QFontMetricsF(option.font)
        painter.setFont(option.font)
        painter.setPen(t.subtle)
        painter.drawText(
            QRectF(words.left(), words.top() + metrics.height() + 2, words.width(), small.height()),
            Qt.AlignmentFlag.AlignVCenter,
            small.elidedText(" · ".join(part for part in parts if part), elide, words.width()),
        )

    def _marks(self, card: QRectF, shelved: Shelved) -> list[tuple[QRectF, str, str]]:
        """Rectangle, icon and tooltip of each mark, from the right."""
        marks = [(_ICONS["passages"], translate("memory", "Passages, ready to be asked about"))]
        marks.extend((_ICONS.get(memory.kind, "segments"), memory_words(memory)) for memory in shelved.memories)
        right, y = card.right() - 2 * GRID, card.center().y() - _MARK / 2
        return [
            (QRectF(right - (place + 1) * (_MARK + GRID) + GRID, y, _MARK, _MARK), icon_name, words)
            for place, (icon_name, words) in enumerate(marks[:4])
        ]

    def _paint_marks(self, painter: QPainter, card: QRectF, shelved: Shelved, t: Tones) -> float:
        marks = self._marks(card, shelved)
        scale = painter.device().devicePixelRatioF()
        for rectangle, icon_name, _ in marks:
            colour: QColor = t.accent if icon_name != "passages" else t.subtle
            painter.drawPixmap(rectangle.topLeft(), pixmap(icon_name, colour, _MARK, scale))
        return len(marks) * (_MARK + GRID)

    def helpEvent(self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index) -> bool:
        if event.type() == QEvent.Type.ToolTip and index.isValid():
            card = QRectF(option.rect).adjusted(GRID, GRID / 2, -GRID, -GRID / 2)
            for rectangle, _, words in self._marks(card, index.data(LibraryModel.SHELVED)):
                if rectangle.adjusted(-4, -4, 4, 4).contains(event.pos().toPointF()):
                    QToolTip.showText(event.globalPos(), words, view)
                    return True
            QToolTip.hideText()
            return True
        return super().helpEvent(event, view, option, index)

"""The chapters as a strip of bars: how much each surprised the model that was learning it. A click opens the chapter.

Width is length in the text; height is perplexity with the adapter, from zero; the outline above it is what the adapter
took away. Keyboard: left and right move, Enter opens. A screen reader hears the chapter in a sentence.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.desktop.chapter_losses import ChapterLoss
from app.desktop.plain_tips import plain_tip
from app.desktop.theme import GRID, tones
from app.desktop.wording import number, signed_percent

GAP = 1.0
LEAST_WIDTH = 2.0


class ChapterStrip(QWidget):
    """chosen: the offset at which a chapter begins."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._losses: list[ChapterLoss] = []
        self._current = 0
        self._hovered: int | None = None
        self.setFixedHeight(8 * GRID)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.retranslate()

    def sizeHint(self) -> QSize:
        return QSize(40 * GRID, 8 * GRID)

    def show_losses(self, losses: Sequence[ChapterLoss]) -> None:
        """One bar per chapter; a chapter without figures is an empty place."""
        self._losses = list(losses)
        self._current = min(self._current, max(0, len(self._losses) - 1))
        self.retranslate()
        self.update()

    @property
    def current(self) -> ChapterLoss | None:
        """The chapter the keyboard is on."""
        return self._losses[self._current] if self._losses else None

    # -- geometry --------------------------------------------------------------------------------------------------

    def cell(self, number_: int) -> QRectF:
        """Where a chapter stands, over the whole height."""
        end = max(1, self._losses[-1].chapter.end)
        chapter, width = self._losses[number_].chapter, self.width() - 2.0
        left = 1 + width * chapter.start / end
        return QRectF(left, 1, max(LEAST_WIDTH, width * (chapter.end - chapter.start) / end - GAP), self.height() - 2)

    def _at(self, x: float) -> int | None:
        found = [number_ for number_ in range(len(self._losses)) if self.cell(number_).left() <= x]
        return found[-1] if found else None

    # -- painting --------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, t = QPainter(self), tones(self.palette())
        highest = max((max(loss.adapter_ppl or 0.0, loss.base_ppl or 0.0) for loss in self._losses), default=0.0)
        for place, loss in enumerate(self._losses):
            cell = self.cell(place)
            painter.fillRect(QRectF(cell.left(), cell.bottom() - 1, cell.width(), 1), t.hairline)
            if loss.adapter_ppl is not None and highest > 0:
                self._paint_bar(painter, cell, loss, highest, t.accent, t.subtle)
            if place == self._hovered:
                veil = QColor(t.text)
                veil.setAlphaF(0.10)
                painter.fillRect(cell, veil)
        if self.hasFocus() and self._losses:
            painter.setPen(QPen(t.accent, 2))
            painter.drawRect(self.cell(self._current).adjusted(0, 1, 0, -1))

    def _paint_bar(
        self, painter: QPainter, cell: QRectF, loss: ChapterLoss, highest: float, accent: QColor, subtle: QColor
    ) -> None:
        assert loss.adapter_ppl is not None
        scale = (cell.height() - 4) / highest
        top = cell.bottom() - loss.adapter_ppl * scale
        painter.fillRect(QRectF(cell.left(), top, cell.width(), cell.bottom() - top), accent)
        if loss.base_ppl is not None:
            without = cell.bottom() - loss.base_ppl * scale
            painter.setPen(QPen(subtle, 1.5))
            painter.drawLine(QPointF(cell.left(), without), QPointF(cell.right(), without))

    # -- hands -----------------------------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hovered = self._at(event.position().x())
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = None
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        place = self._at(event.position().x())
        if event.button() == Qt.MouseButton.LeftButton and place is not None:
            self._choose(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None and self._losses:
            self._current = min(max(0, self._current + step), len(self._losses) - 1)
            self.retranslate()
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._losses:
            self._choose(self._current)
        else:
            super().keyPressEvent(event)

    def _choose(self, place: int) -> None:
        self._current = place
        self.retranslate()
        self.update()
        self.chosen.emit(self._losses[place].chapter.start)

    # -- words -----------------------------------------------------------------------------------------------------

    def words(self, place: int) -> str:
        """What a bar says."""
        loss = self._losses[place]
        title = " ".join(loss.chapter.title.split()) or self.tr("Chapter {number}").format(number=number(place + 1))
        if loss.adapter_ppl is None:
            return self.tr("{title}: not learned yet").format(title=title)
        if loss.base_ppl is None or loss.gain is None:
            return self.tr("{title}: perplexity {adapter} with the adapter").format(
                title=title, adapter=number(loss.adapter_ppl, 1)
            )
        return self.tr("{title}: perplexity {adapter} with the adapter, {base} without, {gain}").format(
            title=title,
            adapter=number(loss.adapter_ppl, 1),
            base=number(loss.base_ppl, 1),
            gain=signed_percent(-loss.gain),
        )

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            place = self._at(float(event.pos().x()))
            if place is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), plain_tip(self.words(place)), self)
            return True
        return super().event(event)

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("How much each chapter surprised the model"))
        self.setAccessibleDescription(self.words(self._current) if self._losses else "")

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

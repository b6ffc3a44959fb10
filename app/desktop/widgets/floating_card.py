"""A small frame that floats inside another widget, above what is there."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QFrame

from app.desktop.theme import GRID, tones

RADIUS = 8


class FloatingCard(QFrame):
    """Drawn in the colours of the window, with an edge that parts it from the page."""

    def paintEvent(self, event: QPaintEvent) -> None:
        t = tones(QApplication.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(t.hairline, 1))
        painter.setBrush(t.base)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)

    def place_beside(self, area: QRect, *, above: bool) -> None:
        """Move next to an area of the parent, on the other side where there is no room on this one."""
        parent = self.parentWidget()
        assert parent is not None
        room = parent.rect().adjusted(GRID, GRID, -GRID, -GRID)
        left = min(max(room.left(), area.center().x() - self.width() // 2), room.right() - self.width())
        over, under = area.top() - GRID - self.height(), area.bottom() + GRID
        fits_over, fits_under = over >= room.top(), under + self.height() <= room.bottom()
        top = over if (fits_over and (above or not fits_under)) else min(under, room.bottom() - self.height())
        self.move(QPoint(max(room.left(), left), max(room.top(), top)))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self.update()
        super().changeEvent(event)

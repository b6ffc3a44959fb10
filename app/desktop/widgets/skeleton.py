"""Grey lines where text will be, shown only when the wait is long enough to notice."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.desktop.theme import GRID, tones

NOTICED_AFTER_MS = 200
_SHARES = (0.55, 0.92, 0.86, 0.95, 0.4)


class Skeleton(QWidget):
    """`wait` shows it after 200 ms, unless `done` comes first. Lies over its parent, takes no focus."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._covered = parent
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(NOTICED_AFTER_MS)
        self._timer.timeout.connect(self._appear)
        self.setAccessibleName(self.tr("Loading"))
        self.hide()

    def wait(self) -> None:
        self._timer.start()

    def done(self) -> None:
        self._timer.stop()
        self.hide()

    def _appear(self) -> None:
        self.setGeometry(self._covered.rect())
        self.raise_()
        self.show()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.setAccessibleName(self.tr("Loading"))
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        t = tones(self.palette())
        painter = QPainter(self)
        painter.fillRect(self.rect(), t.base)
        painter.setPen(t.hover)
        painter.setBrush(t.hover)
        width = min(self.width() - 8 * GRID, 70 * GRID)
        left, y = (self.width() - width) / 2, 6.0 * GRID
        while y < self.height() - 4 * GRID:
            for share in _SHARES:
                painter.drawRoundedRect(QRectF(left, y, width * share, GRID * 1.5), 4, 4)
                y += 3 * GRID
            y += 2 * GRID

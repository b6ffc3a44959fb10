"""The ribbon at the top of a page that has a bookmark."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QApplication, QToolButton, QWidget

from app.desktop.theme import tones

WIDTH, HEIGHT, FROM_EDGE = 20, 34, 28


class Ribbon(QToolButton):
    """Hangs in the upper right corner of the page; a click takes the bookmark away. The keyboard has Ctrl+Alt+B."""

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        self._page = page
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFixedSize(QSize(WIDTH, HEIGHT))
        page.installEventFilter(self)
        self._hang()
        self.retranslate()
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._page and event.type() == QEvent.Type.Resize:
            self._hang()
        return super().eventFilter(watched, event)

    def _hang(self) -> None:
        self.move(self._page.width() - WIDTH - FROM_EDGE, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tones(QApplication.palette()).accent)
        corners = ((2, 0), (WIDTH - 2, 0), (WIDTH - 2, HEIGHT - 2), (WIDTH / 2, HEIGHT - 10), (2, HEIGHT - 2))
        painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in corners]))

    def retranslate(self) -> None:
        words = self.tr("Remove the bookmark (Ctrl+Alt+B)")
        self.setToolTip(words)
        self.setAccessibleName(words)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

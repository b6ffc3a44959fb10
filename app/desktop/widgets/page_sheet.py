"""One page of an original on its ground, with the words that are lit on it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QWidget

from app.desktop.theme import GRID, PAGE_COLOURS, PageTheme, scaled, tones

Box = tuple[float, float, float, float]
"""x, y, width and height as fractions of the page."""


class PageSheet(QWidget):
    """As large as the page is shown, with a margin around. clicked: where on the page, as fractions."""

    clicked = Signal(QPointF)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture: QImage | None = None
        self._boxes: Sequence[Box] = ()
        self._words = ""
        self._is_inverted = False
        self._size = QSize(0, 0)

    def show_page(self, picture: QImage | None, size: QSize) -> None:
        """size: of the page in logical pixels. Without a picture, an empty page."""
        self._picture, self._words = picture, ""
        if size != self._size:
            self._size = size
            self.setFixedSize(size + QSize(2 * GRID, 2 * GRID))
        self.update()

    def show_words(self, words: str) -> None:
        """Why there is no picture."""
        self._picture, self._words = None, words
        self.update()

    def invert(self, inverted: bool) -> None:
        """Light letters on a dark page, for the night."""
        self._is_inverted = inverted
        self.update()

    def light(self, boxes: Sequence[Box]) -> None:
        self._boxes = boxes
        self.update()

    @property
    def boxes(self) -> Sequence[Box]:
        return self._boxes

    def area_of(self, box: Box) -> QRectF:
        """A box of the page in this widget's coordinates."""
        page, (x, y, width, height) = self._page, box
        return QRectF(
            page.left() + x * page.width(), page.top() + y * page.height(), width * page.width(), height * page.height()
        )

    @property
    def _theme(self) -> PageTheme:
        return PageTheme.NIGHT if self._is_inverted else PageTheme.PAPER

    @property
    def _page(self) -> QRectF:
        left = (self.width() - self._size.width()) / 2
        return QRectF(left, GRID, self._size.width(), self._size.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        t, colours = tones(QApplication.palette()), PAGE_COLOURS[self._theme]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        page = self._page
        painter.setPen(QPen(t.hairline, 1))
        painter.setBrush(QColor(colours.background))
        painter.drawRect(page.adjusted(-0.5, -0.5, 0.5, 0.5))
        mode = QPainter.CompositionMode
        if self._picture is not None:
            painter.drawImage(page, self._picture)
            if self._is_inverted:
                painter.setCompositionMode(mode.CompositionMode_Difference)
                painter.fillRect(page, Qt.GlobalColor.white)
        elif self._words:
            painter.setPen(QColor(colours.subtle))
            painter.setFont(scaled(self.font(), 1.0))
            flags = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop) | int(Qt.TextFlag.TextWordWrap)
            painter.drawText(page.adjusted(3 * GRID, 6 * GRID, -3 * GRID, -3 * GRID), flags, self._words)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.highlight))
        # Letters stay black on white, and white on black.
        painter.setCompositionMode(mode.CompositionMode_Screen if self._is_inverted else mode.CompositionMode_Multiply)
        for box in self._boxes:
            painter.drawRect(self.area_of(box).adjusted(-1, -1, 1, 1))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        page = self._page
        at = event.position()
        if event.button() == Qt.MouseButton.LeftButton and page.contains(at) and not page.isEmpty():
            self.clicked.emit(QPointF((at.x() - page.left()) / page.width(), (at.y() - page.top()) / page.height()))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self.update()
        super().changeEvent(event)

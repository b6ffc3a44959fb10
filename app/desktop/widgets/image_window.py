"""A picture of the book by itself: fitted to the window, or larger by keys, wheel and buttons. Esc closes it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QImage, QKeyEvent, QPixmap, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

STEP = 1.25
MOST = 8.0
"""Enlarged so many times at most, and never beyond this many pixels a side:"""
MOST_SIDE = 8000


class ImageWindow(QDialog):
    """Beside the book, not over it: reading can go on while it is open."""

    def __init__(self, description: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._image = QImage()
        self._factor: float | None = None
        self._description = description
        self._picture = QLabel(self)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._area = QScrollArea(self)
        self._area.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._area.setWidgetResizable(True)
        self._area.setWidget(self._picture)
        self._words = QLabel(description, self)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setWordWrap(True)
        self._words.setProperty("role", "subtle")
        self._fit, self._smaller, self._larger = QPushButton(self), QPushButton(self), QPushButton(self)
        self._fit.clicked.connect(self.fit)
        self._smaller.clicked.connect(lambda: self.zoom(-1))
        self._larger.clicked.connect(lambda: self.zoom(1))
        foot = QHBoxLayout()
        foot.setContentsMargins(16, 8, 16, 12)
        foot.addWidget(self._words, 1)
        for button in (self._smaller, self._larger, self._fit):
            foot.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._area, 1)
        layout.addLayout(foot)
        self.resize(parent.size() * 0.85)
        self.retranslate()
        self._fit.setFocus()

    def show_data(self, data: bytes) -> None:
        """The picture's file, when it has been read."""
        self._image = QImage.fromData(data)
        if self._image.isNull():
            self._picture.setText(self.tr("This picture cannot be shown."))
        self.fit()

    def fit(self) -> None:
        """As large as the window allows, but no larger than it is."""
        self._factor = None
        self._draw()

    def zoom(self, steps: int) -> None:
        if self._image.isNull():
            return
        side = max(self._image.width(), self._image.height())
        largest = min(MOST, max(1.0, MOST_SIDE / side))
        self._factor = min(max(self._shown_factor() * STEP**steps, 0.05), largest)
        self._draw()

    def _shown_factor(self) -> float:
        if self._factor is not None:
            return self._factor
        room = self._area.size() - QSize(16, 16)
        return min(1.0, room.width() / self._image.width(), room.height() / self._image.height())

    def _draw(self) -> None:
        if self._image.isNull():
            return
        ratio = self.devicePixelRatioF()
        size = self._image.size() * (self._shown_factor() * ratio)
        scaled = self._image.scaled(
            size.expandedTo(QSize(1, 1)),
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        pixmap = QPixmap.fromImage(scaled)
        pixmap.setDevicePixelRatio(ratio)
        self._picture.setPixmap(pixmap)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(1)
        elif event.key() == Qt.Key.Key_Minus:
            self.zoom(-1)
        elif event.key() == Qt.Key.Key_0:
            self.fit()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and event.angleDelta().y():
            self.zoom(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            super().wheelEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._factor is None:
            self._draw()

    def retranslate(self) -> None:
        self.setWindowTitle(self.tr("Picture"))
        self._picture.setAccessibleName(self._description or self.tr("Picture"))
        self._area.setAccessibleName(self._description or self.tr("Picture"))
        for button, words in (
            (self._smaller, self.tr("Smaller")),
            (self._larger, self.tr("Larger")),
            (self._fit, self.tr("Fit to the window")),
        ):
            button.setText(words)
            button.setAccessibleName(words)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

"""The four colours of highlights as a row of buttons, in the tints they have on the page."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from app.desktop.note_words import colour_name
from app.desktop.theme import PageColours, highlight_colour, mix
from storage.annotations import COLOURS

DOT = 18


class ColourButtons(QWidget):
    """chosen: one of storage.annotations.COLOURS."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colours: PageColours | None = None
        self._current = ""
        self.buttons = {colour: QToolButton(self) for colour in COLOURS}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for colour, button in self.buttons.items():
            button.setIconSize(QSize(DOT, DOT))
            button.clicked.connect(lambda _checked=False, colour=colour: self.chosen.emit(colour))
            layout.addWidget(button)
        self.retranslate()

    def set_page_colours(self, colours: PageColours) -> None:
        self._colours = colours
        self._draw()

    def mark(self, colour: str) -> None:
        """Ring the colour that is in use; "" for none."""
        self._current = colour
        self._draw()
        self.retranslate()

    def _draw(self) -> None:
        if self._colours is not None:
            for colour, button in self.buttons.items():
                button.setIcon(_dot(colour, self._colours, colour == self._current))

    def retranslate(self) -> None:
        for colour, button in self.buttons.items():
            words = self.tr("Highlight in {colour}").format(colour=colour_name(colour))
            button.setToolTip(words)
            button.setAccessibleName(words)
            button.setAccessibleDescription(self.tr("in use") if colour == self._current else "")

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


def _dot(colour: str, page: PageColours, is_current: bool) -> QIcon:
    """A disc in the highlight's tint, with an edge that shows on any ground; a tick in the one in use."""
    icon = QIcon()
    fill, text = highlight_colour(colour, page), QColor(page.text)
    for scale in (1.0, 2.0):
        picture = QPixmap(QSize(DOT, DOT) * scale)
        picture.setDevicePixelRatio(scale)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(mix(fill, text, 0.45), 1))
        painter.setBrush(fill)
        painter.drawEllipse(QRectF(1.5, 1.5, DOT - 3, DOT - 3))
        if is_current:
            painter.setPen(QPen(text, 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawPolyline(QPolygonF([QPointF(5.5, 9.5), QPointF(8, 12), QPointF(12.5, 6.5)]))
        painter.end()
        icon.addPixmap(picture)
    return icon

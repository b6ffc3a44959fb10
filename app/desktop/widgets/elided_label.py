"""A line of text that gives way: it ends in an ellipsis where there is no room, and shows itself whole in its tooltip."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.desktop.plain_tips import plain_tip
from app.desktop.theme import tones


class ElidedLabel(QWidget):
    """One line, centred unless told otherwise; in a quieter colour where its role is "subtle"."""

    def __init__(
        self, parent: QWidget | None = None, alignment: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignHCenter
    ) -> None:
        super().__init__(parent)
        self._alignment = alignment | Qt.AlignmentFlag.AlignVCenter
        self._words = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def set_words(self, words: str) -> None:
        self._words = words
        self.setToolTip(plain_tip(words))
        self.setAccessibleName(words)
        self.update()

    def sizeHint(self) -> QSize:
        margins = self.contentsMargins()
        return QSize(80, self.fontMetrics().height() + 4 + margins.top() + margins.bottom())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        palette = self.palette()
        is_subtle = self.property("role") == "subtle"
        painter.setPen(tones(palette).subtle if is_subtle else palette.color(QPalette.ColorRole.WindowText))
        room = self.contentsRect()
        shown = self.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, self._alignment, shown)

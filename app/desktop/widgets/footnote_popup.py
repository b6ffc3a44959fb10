"""A note of the text beside its mark: its words, and the way to where it stands. Esc or a click elsewhere closes it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.desktop.theme import scaled

WIDTH, MOST_HEIGHT = 400, 280
GAP = 6
"""Pixels between the mark and the popup."""


class FootnotePopup(QFrame):
    """go_there: offset of the note in the text."""

    go_there = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("role", "popup")
        self._offset = 0
        self._words = QLabel(self)
        self._words.setWordWrap(True)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._area = QScrollArea(self)
        self._area.setWidgetResizable(True)
        self._area.setWidget(self._words)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._go = QPushButton(self)
        self._go.clicked.connect(self._on_go)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self._go)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 12)
        layout.setSpacing(8)
        layout.addWidget(self._area)
        layout.addLayout(foot)
        self.retranslate()

    @property
    def words(self) -> str:
        return self._words.text()

    def show_note(self, words: str, offset: int, mark: QRect, font: QFont) -> None:
        """mark: where the note's mark stands on the screen. font: that of the page."""
        self._offset = offset
        self._words.setFont(scaled(font, 0.92))
        self._words.setText(words)
        self._area.setAccessibleDescription(words)
        text_height = self._words.heightForWidth(WIDTH - 48)
        self._area.setFixedHeight(min(text_height + 4, MOST_HEIGHT))
        self.setFixedWidth(WIDTH)
        self.adjustSize()
        self.move(self._beside(mark))
        self.show()
        self._go.setFocus(Qt.FocusReason.PopupFocusReason)

    def _beside(self, mark: QRect) -> QPoint:
        """Below the mark, above it where there is no room; never off the screen."""
        screen = self.screen().availableGeometry()
        x = min(max(screen.left() + GAP, mark.center().x() - self.width() // 2), screen.right() - self.width() - GAP)
        below = mark.bottom() + GAP
        y = below if below + self.height() < screen.bottom() else mark.top() - GAP - self.height()
        return QPoint(x, max(screen.top(), y))

    def _on_go(self) -> None:
        self.close()
        self.go_there.emit(self._offset)

    def retranslate(self) -> None:
        self._go.setText(self.tr("Go there"))
        self._go.setAccessibleName(self.tr("Go there"))
        self.setAccessibleName(self.tr("Note"))
        self._area.setAccessibleName(self.tr("Note"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

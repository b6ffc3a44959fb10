"""What stands where no document does: why, and the button that changes it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from app.desktop.theme import scaled


class EmptyShelf(QWidget):
    """acted: its button was pressed."""

    acted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = QLabel(self)
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._words.setWordWrap(True)
        self._words.setProperty("role", "subtle")
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setFont(scaled(self.font(), 1.15))
        self.button = QPushButton(self)
        self.button.clicked.connect(self.acted)
        layout = QVBoxLayout(self)
        layout.setSpacing(16)
        layout.addStretch(1)
        layout.addWidget(self._words)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(2)

    @property
    def sentence(self) -> str:
        return self._words.text()

    def say(self, sentence: str, action: str) -> None:
        """A sentence, and words on the button; without words there is none."""
        self._words.setText(sentence)
        self._words.setAccessibleName(sentence)
        self.button.setText(action)
        self.button.setAccessibleName(action or sentence)
        self.button.setVisible(bool(action))

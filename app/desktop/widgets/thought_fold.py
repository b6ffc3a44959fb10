"""What a model thought aloud before it answered, folded away."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.desktop.widgets.fold_button import FoldButton


class ThoughtFold(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = ""
        self.fold = FoldButton(self, small=True)
        self.fold.toggled.connect(self._tell)
        self._label = QLabel(self)
        self._label.setWordWrap(True)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self._label.setProperty("role", "subtle")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.fold, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._label)
        self._tell()

    def show_words(self, words: str) -> None:
        self.words = words
        self._tell()

    def _tell(self) -> None:
        is_open = self.fold.isChecked()
        self.fold.say(self.tr("What the model thought"))
        self._label.setVisible(is_open)
        if is_open:
            self._label.setText(self.words)
            self._label.setAccessibleName(self.words)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._tell()
        super().changeEvent(event)

"""The line above something folded away: its words, and an arrow that points to what is open."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton, QWidget

from app.desktop.icons import dress
from app.desktop.theme import scaled


class FoldButton(QToolButton):
    """Checked while open."""

    def __init__(self, parent: QWidget | None = None, *, small: bool = False) -> None:
        super().__init__(parent)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setCheckable(True)
        self.setProperty("role", "fold")
        if small:
            self.setFont(scaled(self.font(), 0.9))
        self.toggled.connect(self._point)
        self._point(False)

    def say(self, words: str) -> None:
        self.setText(words)
        self.setAccessibleName(words)

    def _point(self, is_open: bool) -> None:
        dress(self, "down" if is_open else "right")

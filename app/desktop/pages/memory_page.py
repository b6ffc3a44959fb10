"""Memory: what models have learned of books."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.desktop.bridge import Bridge
from app.desktop.learning_control import LearningControl
from app.desktop.theme import scaled
from app.desktop.widgets.book_memories import BookMemories


class MemoryPage(QWidget):
    """opened: id of a document to read."""

    opened = Signal(str)

    def __init__(self, bridge: Bridge, learning: LearningControl, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = QLabel(self)
        self._title.setFont(scaled(self.font(), 1.7, bold=True))
        self.books = BookMemories(bridge, learning, self)
        self.books.opened.connect(self.opened)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(32, 24, 32, 16)
        layout.setSpacing(0)
        layout.addWidget(self._title)
        layout.addWidget(self.books, 1)
        self.retranslate()

    def reload(self) -> None:
        """Read what is in sight anew."""
        self.books.reload()

    def take_focus(self) -> None:
        """The keys go to what is in sight."""
        self.books.table.setFocus()

    def retranslate(self) -> None:
        self._title.setText(self.tr("Memory"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

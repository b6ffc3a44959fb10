"""One of a few values, chosen from a list that opens: its words follow the language of the window."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QWidget

Choices = Callable[[], Sequence[tuple[str, str]]]
"""(value, words) of each choice, in the language of the moment."""


class Choice(QComboBox):
    """chosen: the value the user chose. The wheel scrolls the page, not the value."""

    chosen = Signal(str)

    def __init__(self, choices: Choices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choices = choices
        self.setMinimumWidth(200)
        self.retranslate()
        self.activated.connect(lambda _index: self.chosen.emit(self.value))

    @property
    def value(self) -> str:
        return str(self.currentData())

    def show_value(self, value: str) -> None:
        """Without `chosen`."""
        self.setCurrentIndex(max(0, self.findData(value)))

    def retranslate(self) -> None:
        value = self.currentData()
        self.clear()
        for data, words in self._choices():
            self.addItem(words, data)
        if value is not None:
            self.show_value(str(value))

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

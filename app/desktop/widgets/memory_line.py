"""One memory in one line: what, with which model, how much, when, its gain as a sparkline; and forgetting it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from app.desktop.gain_points import gain_points
from app.desktop.icons import dress
from app.desktop.theme import GRID
from app.desktop.widgets.sparkline import paint_sparkline
from app.desktop.wording import day, number, size
from app.operations.memories import Remembered
from storage.memories import MemoryRow

translate = QCoreApplication.translate


def state_words(memory: MemoryRow) -> str:
    """How a memory stands: "Learned today with … · 9,608 tokens · 20 MB"."""
    states = {
        "complete": translate("memory", "Learned {day} with {model} · {tokens} tokens · {size}"),
        "paused": translate("memory", "Paused {day}, with {model} · {tokens} tokens so far · {size}"),
    }
    in_part = translate("memory", "Learned in part {day}, with {model} · {tokens} tokens so far · {size}")
    return states.get(memory.state, in_part).format(
        day=day(memory.created_at), model=memory.model_name, tokens=number(memory.tokens), size=size(memory.bytes)
    )


class MemoryLine(QWidget):
    """A memory the model in use cannot use. forget_asked: the user wants it gone."""

    forget_asked = Signal()

    def __init__(self, remembered: Remembered, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._memory = remembered.memory
        self._words = QLabel(self)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setWordWrap(True)
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self._spark = _Spark(remembered, self)
        self.forget_button = QToolButton(self)
        dress(self.forget_button, "forget")
        self.forget_button.clicked.connect(self.forget_asked)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 4)
        layout.setSpacing(GRID)
        layout.addWidget(self._words, 1)
        layout.addWidget(self._spark)
        layout.addWidget(self.forget_button)
        self.retranslate()

    def retranslate(self) -> None:
        self._words.setText(state_words(self._memory))
        words = self.tr("Forget what {model} learned").format(model=self._memory.model_name)
        self.forget_button.setToolTip(words)
        self.forget_button.setAccessibleName(words)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


class _Spark(QWidget):
    def __init__(self, remembered: Remembered, parent: QWidget) -> None:
        super().__init__(parent)
        self._points = gain_points(remembered.chunks)
        self.setFixedSize(self.sizeHint())
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def sizeHint(self) -> QSize:
        return QSize(8 * GRID, 3 * GRID)

    def paintEvent(self, event: QPaintEvent) -> None:
        box = QRectF(self.rect()).adjusted(2, 3, -2, -3)
        paint_sparkline(QPainter(self), box, self._points, self.palette())

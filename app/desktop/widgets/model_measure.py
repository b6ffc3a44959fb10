"""How a model reads best: not measured yet, being measured, or what came out; with the button that measures."""

from __future__ import annotations

import time
from typing import Any

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from app.desktop.bridge import JobHandle
from app.desktop.progress_words import ProgressReader
from app.desktop.theme import GRID
from app.desktop.widgets.wrapped_label import WrappedLabel
from app.desktop.wording import number, percent, together
from engine.jobs import Progress

ONCE = "once"


class ModelMeasure(QWidget):
    """measure_asked, stop_asked: the user wants that."""

    measure_asked = Signal()
    stop_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = ""
        self._found: dict[str, Any] | None = None
        self._job: JobHandle | None = None
        self._reader = ProgressReader()
        self.words = WrappedLabel(self)
        self.words.setProperty("role", "subtle")
        self.button = QPushButton(self)
        self.button.clicked.connect(self._press)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self.words, 1)
        layout.addWidget(self.button)

    def show_found(self, title: str, found: dict[str, Any] | None) -> None:
        """title: of the model. found: what its row keeps of a measurement, None for nothing."""
        self._title, self._found = title, found
        self.retranslate()

    def follow(self, handle: JobHandle) -> None:
        """Show a measurement until it ends."""
        if self._job is handle:
            return
        self._job, self._reader = handle, ProgressReader()
        handle.progress.connect(self._on_progress)
        handle.ended.connect(self._on_ended)
        self.retranslate()

    def _press(self) -> None:
        (self.measure_asked if self._job is None else self.stop_asked).emit()

    def _on_progress(self, progress: Progress) -> None:
        self._reader.add(progress, time.monotonic())
        self.retranslate()

    def _on_ended(self) -> None:
        if self._job is not None and self._job.is_over:
            self._job = None
            self.retranslate()

    def retranslate(self) -> None:
        if self._job is not None:
            words, button, tip = self._reader.long, self.tr("Stop"), self.tr("What was known before stays")
        else:
            words = self._verdict() if self._found is not None else self.tr("How it reads best is not measured yet.")
            button = self.tr("Measure")
            tip = self.tr(
                "Ask it about the bundled story, passages read once and twice: minutes with a small model, longer with a large one."
            )
        self.words.setText(words)
        self.button.setText(button)
        self.button.setToolTip(tip)
        self.button.setAccessibleName(f"{button}: {self._title}")

    def _verdict(self) -> str:
        assert self._found is not None
        right: dict[str, float] = self._found["right"]
        once, twice = right.get(ONCE, 0.0), max((share for form, share in right.items() if form != ONCE), default=0.0)
        best = self.tr("Reads passages once.") if self._found["form"] == ONCE else self.tr("Reads passages twice.")
        shares = self.tr("Of {count} questions it answered {once} right after one reading, {twice} after two.")
        figures = {"count": number(self._found["questions"]), "once": percent(once), "twice": percent(twice)}
        return together(best, shares.format(**figures))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

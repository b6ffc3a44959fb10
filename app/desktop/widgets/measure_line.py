"""Something to be found out about a model: what is known of it, how far the measurement is, and the button that starts or stops it."""

from __future__ import annotations

import time

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from app.desktop.bridge import JobHandle
from app.desktop.progress_words import ProgressReader
from app.desktop.theme import GRID
from app.desktop.widgets.wrapped_label import WrappedLabel
from engine.jobs import Progress


class MeasureLine(QWidget):
    """measure_asked, stop_asked: the user wants that. Derived classes say what is known and what the button does."""

    measure_asked = Signal()
    stop_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = ""
        self._job: JobHandle | None = None
        self._reader = ProgressReader()
        self.words = WrappedLabel(self)
        self.words.setProperty("role", "subtle")
        self.button = QPushButton(self)
        self.button.clicked.connect(self._press)
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(GRID)
        self._layout.addWidget(self.words, 1)
        self._layout.addWidget(self.button)

    def known(self) -> str:
        """What was found out, or that nothing was."""
        raise NotImplementedError

    def offer(self) -> tuple[str, str, str]:
        """The button that measures: its words, its tooltip, and its name among the buttons of other lines."""
        raise NotImplementedError

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
            name = button
        else:
            words = self.known()
            button, tip, name = self.offer()
        self.words.setText(words)
        self.button.setText(button)
        self.button.setToolTip(tip)
        self.button.setAccessibleName(f"{name}: {self._title}")

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

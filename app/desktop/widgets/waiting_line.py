"""What an answer is waiting for, before its first word: a stage in words, and how much of the prompt is read."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QLabel, QProgressBar, QVBoxLayout, QWidget

from app.desktop.wording import number, stage
from engine.jobs import Progress


class WaitingLine(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._progress: Progress | None = None
        self.label = QLabel(self)
        self.label.setProperty("role", "subtle")
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.label)
        layout.addWidget(self.bar)
        self._tell()

    def show_progress(self, progress: Progress | None) -> None:
        """None: it has just begun."""
        self._progress = progress
        self._tell()

    def _tell(self) -> None:
        words, progress = self._words(), self._progress
        self.label.setText(words)
        self.label.setAccessibleName(words)
        self.bar.setAccessibleName(words)
        self.bar.setVisible(progress is not None)
        if progress is not None:
            self.bar.setRange(0, progress.total or 0)
            self.bar.setValue(progress.done)

    def _words(self) -> str:
        progress = self._progress
        if progress is None:
            return self.tr("Looking for passages …")
        if progress.total and progress.unit.startswith("token") and progress.stage == "Reading":
            return self.tr("reading {done} of {total} tokens").format(
                done=number(progress.done), total=number(progress.total)
            )
        return stage(progress.stage) + " …"

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._tell()
        super().changeEvent(event)

"""Under the choice of what writes answers: that it cannot be used, why, and the command that helps."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from app.desktop.icons import dress
from app.desktop.sentences import localized
from app.desktop.theme import GRID
from app.desktop.widgets.wrapped_label import WrappedLabel
from app.desktop.wording import together


class WriterProblem(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._problem = self._command = ""
        self.words = WrappedLabel(self)
        self.copy_button = QPushButton(self)
        dress(self.copy_button, "copy")
        self.copy_button.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._command))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self.words, 1)
        layout.addWidget(self.copy_button)
        self.show_problem("")

    def show_problem(self, problem: str, command: str = "") -> None:
        """problem: "" where there is none, and nothing is shown. command: what a shell is to be told, "" where that does not help."""
        self._problem, self._command = problem, command
        self.setVisible(bool(problem))
        self.retranslate()

    def retranslate(self) -> None:
        warning = self.tr("Questions fail so with the model in use.")
        self.words.setText(together(warning, localized(self._problem)) if self._problem else "")
        copy = self.tr("Copy the command")
        self.copy_button.setText(copy)
        self.copy_button.setToolTip(self._command)
        self.copy_button.setAccessibleName(f"{copy}: {self._command}")
        self.copy_button.setVisible(bool(self._command))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

"""Every shortcut of the window, taken from its menus, so that the list cannot be out of date."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.desktop.actions import plain
from app.desktop.theme import GRID, scaled


class ShortcutList(QDialog):
    """Not modal: it can stay open beside the window."""

    def __init__(self, groups: Sequence[tuple[str, Sequence[QAction]]], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        inner = QWidget(self)
        grid = QGridLayout(inner)
        grid.setHorizontalSpacing(32)
        grid.setVerticalSpacing(6)
        for title, actions in (*groups, (self.tr("Asking"), ())):
            heading = QLabel(plain(title), inner)
            heading.setFont(scaled(self.font(), 1.0, bold=True))
            row = grid.rowCount()
            grid.setRowMinimumHeight(row, 4 * GRID)
            grid.addWidget(heading, row, 0, 1, 2, Qt.AlignmentFlag.AlignBottom)
            rows = [(plain(action.text()), action.shortcuts()) for action in actions if action.shortcuts()]
            for words, sequences in rows:
                self._add_row(
                    grid, words, ", ".join(key.toString(QKeySequence.SequenceFormat.NativeText) for key in sequences)
                )
        for words, keys in (
            (self.tr("Send the question"), self.tr("Enter")),
            (self.tr("New line"), self.tr("Shift+Enter")),
            (self.tr("Bring the last question back"), self.tr("Up, in the empty box")),
            (self.tr("Stop the answer"), self.tr("Esc")),
        ):
            self._add_row(grid, words, keys)
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setWidget(inner)
        scroll.setAccessibleName(self.windowTitle())
        close = QPushButton(self.tr("Close"), self)
        close.setAccessibleName(self.tr("Close"))
        close.clicked.connect(self.close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.addWidget(scroll)
        layout.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
        self.resize(480, 560)

    def _add_row(self, grid: QGridLayout, words: str, keys: str) -> None:
        row = grid.rowCount()
        grid.addWidget(QLabel(words, self), row, 0)
        label = QLabel(keys, self)
        label.setProperty("role", "subtle")
        grid.addWidget(label, row, 1)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.close()  # its words come from the menus of that moment
        super().changeEvent(event)

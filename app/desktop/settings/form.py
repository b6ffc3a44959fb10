"""A column of settings: each with its name before it and, where it helps, a quiet sentence below."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.desktop.actions import Words
from app.desktop.theme import GRID, scaled

MEASURE = 640
"""Pixels before the screen's scale: lines of a settings page grow no longer."""


class Section(QWidget):
    """One part of the settings page. Fill it with `add_...` and end with `finish`; words come again on LanguageChange."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMaximumWidth(MEASURE)
        self._words: list[tuple[QLabel, Words]] = []
        self._names: list[tuple[QWidget, Words]] = []
        self._checks: list[tuple[QCheckBox, Words]] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(4 * GRID, 3 * GRID, 4 * GRID, 3 * GRID)
        self._column.setSpacing(GRID)

    def add_heading(self, words: Words) -> None:
        label = self._label(words)
        label.setFont(scaled(self.font(), 1.15, bold=True))
        if self._column.count():
            self._column.addSpacing(2 * GRID)
        self._column.addWidget(label)

    def add_sentence(self, words: Words) -> QLabel:
        """A quiet sentence."""
        label = self._label(words)
        label.setWordWrap(True)
        label.setProperty("role", "subtle")
        self._column.addWidget(label)
        return label

    def add_row(self, words: Words, control: QWidget, note: Words | None = None) -> None:
        """A control with its name before it."""
        row = QGridLayout()
        row.setHorizontalSpacing(2 * GRID)
        row.setVerticalSpacing(2)
        row.setColumnMinimumWidth(0, 180)
        row.setColumnStretch(1, 1)
        label = self._label(words)
        label.setBuddy(control)
        self._names.append((control, words))
        row.addWidget(label, 0, 0)
        row.addWidget(control, 0, 1, Qt.AlignmentFlag.AlignLeft)
        if note is not None:
            row.addWidget(self._note(control, note), 1, 1)
        self._column.addLayout(row)

    def add_check(self, words: Words, check: QCheckBox, note: Words | None = None) -> None:
        self._checks.append((check, words))
        self._names.append((check, words))
        self._column.addWidget(check)
        if note is not None:
            sentence = self._note(check, note)
            sentence.setContentsMargins(3 * GRID, 0, 0, 0)
            self._column.addWidget(sentence)

    def add_widget(self, widget: QWidget, stretch: int = 0) -> None:
        """stretch: with more than 0 it takes the height that is left."""
        self._column.addWidget(widget, stretch)

    def add_button(self, button: QPushButton) -> None:
        self._column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)

    def finish(self, *, fills: bool = False) -> None:
        """fills: something in the section takes the height that is left; else it stays free."""
        if not fills:
            self._column.addStretch(1)
        self.retranslate()

    def read(self) -> None:
        """The section comes into view: read what it shows. Nothing to read by default."""

    def retranslate(self) -> None:
        for label, words in self._words:
            label.setText(words())
        for check, words in self._checks:
            check.setText(words())
        for control, words in self._names:
            control.setAccessibleName(words().replace("&", ""))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _label(self, words: Words) -> QLabel:
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        self._words.append((label, words))
        return label

    def _note(self, control: QWidget, words: Words) -> QLabel:
        label = self._label(words)
        label.setWordWrap(True)
        label.setProperty("role", "subtle")
        label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        return label

"""How much room kept prompts take and may take, as a bar and in words, and what they have saved so far."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from app.desktop.prompt_words import time_words
from app.desktop.theme import GRID
from app.desktop.widgets.wrapped_label import WrappedLabel
from app.desktop.wording import number, percent, size

_STEPS = 1000


class BudgetLine(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._figures = (0, 0, 0, 0.0)
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        self._bar.setRange(0, _STEPS)
        self._bar.setFixedWidth(20 * GRID)
        self.room = QLabel(self)
        self.saved = WrappedLabel(self)
        self.saved.setProperty("role", "subtle")
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self._bar)
        head.addWidget(self.room)
        head.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(self.saved)
        self.retranslate()

    def show_figures(self, *, taken_bytes: int, budget_bytes: int, tokens_saved: int, seconds_saved: float) -> None:
        self._figures = (taken_bytes, budget_bytes, tokens_saved, seconds_saved)
        self.retranslate()

    def retranslate(self) -> None:
        taken, budget, tokens, saved_s = self._figures
        share = min(1.0, taken / budget) if budget else 1.0
        self._bar.setValue(round(share * _STEPS))
        self.room.setText(
            self.tr("{taken} of {budget} used ({share})").format(
                taken=size(taken), budget=size(budget), share=percent(share)
            )
        )
        self.saved.setText(
            self.tr("{tokens} tokens were not read again, which saved {time}.").format(
                tokens=number(tokens), time=time_words(saved_s)
            )
            if tokens
            else self.tr("Nothing was used again yet.")
        )
        self._bar.setAccessibleName(self.tr("Room for prompt caches"))
        self._bar.setAccessibleDescription(self.room.text())

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

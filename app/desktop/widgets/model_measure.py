"""How a model reads best: not measured yet, being measured, or what came out; with the button that measures."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from app.desktop.widgets.measure_line import MeasureLine
from app.desktop.wording import number, percent, together

ONCE = "once"


class ModelMeasure(MeasureLine):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: dict[str, Any] | None = None

    def show_found(self, title: str, found: dict[str, Any] | None) -> None:
        """title: of the model. found: what its row keeps of a measurement, None for nothing."""
        self._title, self._found = title, found
        self.retranslate()

    def offer(self) -> tuple[str, str, str]:
        button = self.tr("Measure")
        tip = self.tr(
            "Ask it about the bundled story, passages read once and twice: minutes with a small model, longer with a large one."
        )
        return button, tip, self.tr("Measure how it reads best")

    def known(self) -> str:
        if self._found is None:
            return self.tr("How it reads best is not measured yet.")
        right: dict[str, float] = self._found["right"]
        once, twice = right.get(ONCE, 0.0), max((share for form, share in right.items() if form != ONCE), default=0.0)
        best = self.tr("Reads passages once.") if self._found["form"] == ONCE else self.tr("Reads passages twice.")
        shares = self.tr("Of {count} questions it answered {once} right after one reading, {twice} after two.")
        figures = {"count": number(self._found["questions"]), "once": percent(once), "twice": percent(twice)}
        return together(best, shares.format(**figures))

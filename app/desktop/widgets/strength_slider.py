"""How strongly an adapter acts when its book is asked about: a slider from nothing to twice as it was learned."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QWidget

from app.desktop.theme import GRID
from app.desktop.wording import percent
from app.operations.memories import STRONGEST

PAUSE_MS = 200
"""After the last move of several, before it is told."""
STEP_PERCENT = 5
_USUAL_PERCENT = 100


class StrengthSlider(QWidget):
    """chosen: the strength the user has come to rest at, 1 for that it was learned with."""

    chosen = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._value = QLabel(self), QLabel(self)
        self.slider = _Slider(Qt.Orientation.Horizontal, self)
        self.slider.setRange(0, round(100 * STRONGEST))
        self.slider.setSingleStep(STEP_PERCENT)
        self.slider.setPageStep(5 * STEP_PERCENT)
        self.slider.setValue(_USUAL_PERCENT)
        self._name.setBuddy(self.slider)
        self._value.setProperty("role", "subtle")
        self._value.setMinimumWidth(self._value.fontMetrics().horizontalAdvance("200 % "))
        self._waits = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.settle)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self._name)
        layout.addWidget(self.slider, 1)
        layout.addWidget(self._value)
        self.slider.valueChanged.connect(self._on_moved)
        self.retranslate()

    def show_strength(self, strength: float) -> None:
        """Without `chosen`; not while the user is about to decide."""
        if not self._waits and not self.slider.isSliderDown():
            self.slider.blockSignals(True)
            self.slider.setValue(round(100 * strength))
            self.slider.blockSignals(False)
            self.retranslate()

    def settle(self) -> None:
        """Tell what was chosen now, where something was."""
        self._pause.stop()
        if self._waits:
            self._waits = False
            self.chosen.emit(self.slider.value() / 100)

    def _on_moved(self, value: int) -> None:
        stepped = STEP_PERCENT * round(value / STEP_PERCENT)
        if stepped != value:
            self.slider.setValue(stepped)
            return
        self.retranslate()
        self._waits = True
        self._pause.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self.settle()
        super().hideEvent(event)

    def retranslate(self) -> None:
        value = percent(self.slider.value() / 100)
        self._name.setText(self.tr("Strength"))
        self._value.setText(value)
        self.slider.setAccessibleName(self.tr("Strength of the adapter: {share}").format(share=value))
        self.slider.setToolTip(
            self.tr("100 % is as it was learned; less is nearer to the model itself, 0 % is not at all.")
        )

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


class _Slider(QSlider):
    """The wheel scrolls what it stands in, not the value."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

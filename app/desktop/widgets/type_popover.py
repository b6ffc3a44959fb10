"""The type of the page, chosen while one looks at it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.desktop.preferences import Preferences
from app.desktop.widgets.type_controls import TypeControls

GAP = 4
"""Pixels between the button and the popover."""


class TypePopover(QFrame):
    """Opens below the button that asks for it. Esc or a click elsewhere closes it."""

    def __init__(self, preferences: Preferences, language: Callable[[], str], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("role", "popup")
        self.controls = TypeControls(preferences, language, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 12)
        layout.addWidget(self.controls)
        self.retranslate()

    def open_below(self, button: QWidget) -> None:
        self.adjustSize()
        corner = button.mapToGlobal(QPoint(button.width() - self.width(), button.height() + GAP))
        screen = button.screen().availableGeometry()
        self.move(max(screen.left(), corner.x()), min(corner.y(), screen.bottom() - self.height()))
        self.show()
        self.controls.family.setFocus(Qt.FocusReason.PopupFocusReason)

    def retranslate(self) -> None:
        self.setAccessibleName(self.tr("Type"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

"""What may be used for an answer: the adapter, passages of the book, its segment memory, whether passages are read twice, gists.

A button with a menu.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from app.desktop.icons import dress
from engine.api import Switch


class AskOptions(QToolButton):
    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        dress(self, "options")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._adapter, self._passages, self._segments, self._gists = (QAction(self, checkable=True) for _ in range(4))
        for action in (self._adapter, self._passages, self._segments, self._gists):
            action.setChecked(True)
            action.toggled.connect(self.changed)
        self._is_chosen = False
        self._segments.triggered.connect(self._choose)
        group = QActionGroup(self)
        self._twice = {switch: QAction(self, checkable=True) for switch in Switch}
        self._twice_menu = QMenu(self)
        for action in self._twice.values():
            group.addAction(action)
            self._twice_menu.addAction(action)
        self._twice[Switch.AUTO].setChecked(True)
        group.triggered.connect(self.changed)
        menu = QMenu(self)
        menu.addActions([self._adapter, self._passages, self._segments, self._gists])
        menu.addMenu(self._twice_menu)
        self.setMenu(menu)
        self.retranslate()

    def propose(self, *, segments: bool) -> None:
        """As the settings say, until something else is chosen here. segments: whether to ask with segment memory."""
        if not self._is_chosen:
            self._segments.blockSignals(True)
            self._segments.setChecked(segments)
            self._segments.blockSignals(False)

    def _choose(self) -> None:
        self._is_chosen = True

    @property
    def use_adapter(self) -> bool:
        return self._adapter.isChecked()

    @property
    def use_passages(self) -> bool:
        return self._passages.isChecked()

    @property
    def use_segments(self) -> bool:
        return self._segments.isChecked()

    @property
    def use_gists(self) -> bool:
        return self._gists.isChecked()

    @property
    def read_twice(self) -> Switch:
        return next(switch for switch, action in self._twice.items() if action.isChecked())

    def retranslate(self) -> None:
        self.setToolTip(self.tr("What may be used for an answer"))
        self.setAccessibleName(self.tr("What may be used for an answer"))
        self._adapter.setText(self.tr("Use the adapter"))
        self._passages.setText(self.tr("Use passages of the book"))
        self._segments.setText(self.tr("Use segment memory"))
        self._gists.setText(self.tr("Let gists stand in for prompts"))
        self._twice_menu.setTitle(self.tr("Read passages twice"))
        for switch, words in (
            (Switch.AUTO, self.tr("Where it helps this model")),
            (Switch.ON, self.tr("Always")),
            (Switch.OFF, self.tr("Never")),
        ):
            self._twice[switch].setText(words)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

"""Every key of the window, read from its actions, so that the list cannot be out of date; searchable."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop.actions import Actions
from app.desktop.theme import GRID
from app.desktop.widgets.action_tree import ActionTree


class ShortcutList(QDialog):
    """Not modal: it can stay open beside the window. change_asked: the name of the action whose keys shall change, or ""."""

    change_asked = Signal(str)

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self._actions = actions
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.search = QLineEdit(self)
        self.table = ActionTree(self.search, self)
        self.table.setHeaderHidden(True)
        self.change_button, self.close_button = QPushButton(self), QPushButton(self)
        self.change_button.clicked.connect(self._change)
        self.table.itemActivated.connect(self._change)
        self.close_button.clicked.connect(self.close)
        self.close_button.setDefault(True)
        row = QHBoxLayout()
        row.addWidget(self.change_button)
        row.addStretch(1)
        row.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * GRID, 2 * GRID, 3 * GRID, 2 * GRID)
        layout.setSpacing(GRID)
        layout.addWidget(self.search)
        layout.addWidget(self.table, 1)
        layout.addLayout(row)
        self.resize(520, 600)
        actions.changed.connect(self._fill)
        self.retranslate()
        self.search.setFocus()

    def _fill(self) -> None:
        groups = []
        for title, names in self._actions.groups():
            rows = [(name, self._actions.words(name), keys) for name in names if (keys := self._actions.keys_of(name))]
            if rows:
                groups.append((title, rows))
        in_box = [
            ("", words, keys)
            for words, keys in (
                (self.tr("Send the question"), self.tr("Enter")),
                (self.tr("New line"), self.tr("Shift+Enter")),
                (self.tr("Bring the last question back"), self.tr("Up, in the empty box")),
                (self.tr("Stop the answer"), self.tr("Esc")),
            )
        ]
        self.table.show_groups([*groups, (self.tr("In the question box"), in_box)])

    def _change(self) -> None:
        self.change_asked.emit(self.table.name)
        self.close()

    def retranslate(self) -> None:
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        self.search.setPlaceholderText(self.tr("Search actions and keys"))
        self.search.setAccessibleName(self.tr("Search actions and keys"))
        self.table.setAccessibleName(self.tr("Keyboard shortcuts"))
        self.change_button.setText(self.tr("Change keys …"))
        self.change_button.setAccessibleName(self.tr("Change keys in the settings"))
        self.close_button.setText(self.tr("Close"))
        self.close_button.setAccessibleName(self.tr("Close"))
        self._fill()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

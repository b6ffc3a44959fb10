"""Every key of the window, read from its actions, so that the list cannot be out of date; searchable."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.desktop.actions import Actions, keys_in_words, plain
from app.desktop.theme import GRID

_ACTION = Qt.ItemDataRole.UserRole


class ShortcutList(QDialog):
    """Not modal: it can stay open beside the window. change_asked: the name of the action whose keys shall change, or ""."""

    change_asked = Signal(str)

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self._actions = actions
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.search = QLineEdit(self)
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(lambda _text: self._filter())
        self.table = QTreeWidget(self)
        self.table.setColumnCount(2)
        self.table.setHeaderHidden(True)
        self.table.setRootIsDecorated(False)
        self.table.setUniformRowHeights(True)
        self.table.setTabKeyNavigation(False)
        header = self.table.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.change_button, self.close_button = QPushButton(self), QPushButton(self)
        self.change_button.clicked.connect(self._change)
        self.table.itemActivated.connect(lambda _item, _column: self._change())
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

    def rows(self) -> list[tuple[str, str]]:
        """(words, keys) of every row in view."""
        return [(item.text(0), item.text(1)) for item in self._items() if not item.isHidden()]

    def _fill(self) -> None:
        self.table.clear()
        for title, names in self._actions.groups():
            with_keys = [name for name in names if self._actions[name].shortcuts()]
            if with_keys:
                group = self._group(title)
                for name in with_keys:
                    action = self._actions[name]
                    item = QTreeWidgetItem(
                        group, [plain(action.text()).rstrip(" …"), keys_in_words(action.shortcuts())]
                    )
                    item.setData(0, _ACTION, name)
        group = self._group(self.tr("In the question box"))
        for words, keys in (
            (self.tr("Send the question"), self.tr("Enter")),
            (self.tr("New line"), self.tr("Shift+Enter")),
            (self.tr("Bring the last question back"), self.tr("Up, in the empty box")),
            (self.tr("Stop the answer"), self.tr("Esc")),
        ):
            QTreeWidgetItem(group, [words, keys])
        self.table.expandAll()
        self._filter()

    def _group(self, title: str) -> QTreeWidgetItem:
        group = QTreeWidgetItem(self.table, [plain(title)])
        group.setFlags(Qt.ItemFlag.ItemIsEnabled)
        font = group.font(0)
        font.setBold(True)
        group.setFont(0, font)
        return group

    def _groups(self) -> list[QTreeWidgetItem]:
        found = [self.table.topLevelItem(index) for index in range(self.table.topLevelItemCount())]
        return [group for group in found if group is not None]

    def _items(self) -> list[QTreeWidgetItem]:
        found = [group.child(index) for group in self._groups() for index in range(group.childCount())]
        return [item for item in found if item is not None]

    def _filter(self) -> None:
        words = self.search.text().casefold().split()
        for item in self._items():
            text = f"{item.text(0)} {item.text(1)}".casefold()
            item.setHidden(not all(word in text for word in words))
        for group in self._groups():
            rows = [group.child(index) for index in range(group.childCount())]
            group.setHidden(all(row is None or row.isHidden() for row in rows))

    def _change(self) -> None:
        item = self.table.currentItem()
        self.change_asked.emit("" if item is None else str(item.data(0, _ACTION) or ""))
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

"""Actions with their keys under the titles of their menus, found by words and by keys."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QLineEdit, QTreeWidget, QTreeWidgetItem, QWidget

from app.desktop.actions import plain

_NAME = Qt.ItemDataRole.UserRole


class ActionTree(QTreeWidget):
    """Two columns: what it does, its keys. Shows the rows that hold every word of the search."""

    def __init__(self, search: QLineEdit, parent: QWidget) -> None:
        super().__init__(parent)
        self._search = search
        search.setClearButtonEnabled(True)
        search.textChanged.connect(self._show_found)
        self.setColumnCount(2)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setTabKeyNavigation(False)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)

    def show_groups(self, groups: Iterable[tuple[str, list[tuple[str, str, str]]]]) -> None:
        """Titles with rows of (name, words, keys); name: "" for what is no action of a menu. The current row stays."""
        chosen = self.name
        self.clear()
        for title, rows in groups:
            group = QTreeWidgetItem(self, [plain(title)])
            group.setFlags(Qt.ItemFlag.ItemIsEnabled)
            group.setFirstColumnSpanned(True)
            font = group.font(0)
            font.setBold(True)
            group.setFont(0, font)
            for name, words, keys in rows:
                QTreeWidgetItem(group, [words, keys]).setData(0, _NAME, name)
        self.expandAll()
        self._show_found()
        if chosen:
            self.choose(chosen)

    @property
    def name(self) -> str:
        """Of the current action; "" where none is."""
        item = self.currentItem()
        return "" if item is None else str(item.data(0, _NAME) or "")

    def choose(self, name: str) -> None:
        """Make an action the current one, where it is in the list."""
        item = next((item for item in self.items() if item.data(0, _NAME) == name), None)
        if item is not None:
            self.setCurrentItem(item)

    def items(self) -> list[QTreeWidgetItem]:
        """Every row, in view or not."""
        return [item for group in self._groups() for item in _rows_of(group)]

    def names(self) -> list[str]:
        """Of every action."""
        return [name for item in self.items() if (name := str(item.data(0, _NAME) or ""))]

    def rows(self) -> list[tuple[str, str]]:
        """(words, keys) of every row in view."""
        return [(item.text(0), item.text(1)) for item in self.items() if not item.isHidden()]

    def _groups(self) -> list[QTreeWidgetItem]:
        found = [self.topLevelItem(index) for index in range(self.topLevelItemCount())]
        return [group for group in found if group is not None]

    def _show_found(self) -> None:
        words = self._search.text().casefold().split()
        for group in self._groups():
            for item in _rows_of(group):
                text = f"{item.text(0)} {item.text(1)}".casefold()
                item.setHidden(not all(word in text for word in words))
            group.setHidden(all(item.isHidden() for item in _rows_of(group)))


def _rows_of(group: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    found = [group.child(index) for index in range(group.childCount())]
    return [item for item in found if item is not None]

"""A Qt model over plain rows: a book's outline. It never asks the database."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel

from storage.documents import SectionRow

AnyIndex = QModelIndex | QPersistentModelIndex

class OutlineModel(QStandardItemModel):
    """Sections as a tree by their level, in reading order; levels may skip."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sections: list[SectionRow] = []
        self._items: list[QStandardItem] = []
        self._starts: list[int] = []

    def set_sections(self, sections: Sequence[SectionRow]) -> None:
        self.clear()
        self._sections = list(sections)
        self._items = []
        self._starts = [section.start for section in sections]
        path: list[tuple[int, QStandardItem]] = []
        for number, section in enumerate(sections):
            title = " ".join(section.title.split()) or self.tr("Section {number}").format(number=number + 1)
            item = QStandardItem(title)
            item.setData(number, Qt.ItemDataRole.UserRole)
            item.setToolTip(title)
            item.setEditable(False)
            while path and path[-1][0] >= section.level:
                path.pop()
            (path[-1][1] if path else self.invisibleRootItem()).appendRow(item)
            path.append((section.level, item))
            self._items.append(item)

    def section(self, index: QModelIndex) -> SectionRow | None:
        number = index.data(Qt.ItemDataRole.UserRole) if index.isValid() else None
        return self._sections[number] if number is not None else None

    def index_at(self, offset: int) -> QModelIndex:
        """The last section that begins at or before an offset."""
        place = bisect_right(self._starts, offset) - 1
        return self.indexFromItem(self._items[place]) if place >= 0 else QModelIndex()

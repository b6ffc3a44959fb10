"""Qt models over plain rows: the library's documents and a book's outline. No model asks the database."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel

from app.desktop.wording import percent
from storage.documents import DocumentRow, SectionRow
from storage.memories import MemoryRow

AnyIndex = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Shelved:
    """One document as the library shows it."""

    document: DocumentRow
    memories: tuple[MemoryRow, ...]

    @property
    def share_read(self) -> float:
        """0-1."""
        return min(1.0, self.document.read_position / max(1, self.document.characters))


class LibraryModel(QAbstractListModel):
    """One row a document. SHELVED holds the row for the delegate; screen readers get a whole sentence."""

    SHELVED = int(Qt.ItemDataRole.UserRole) + 1

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Shelved] = []

    def set_rows(self, rows: Sequence[Shelved]) -> None:
        self.beginResetModel()
        self._rows = list(rows)
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  # Qt's own signature
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        shelved = self._rows[index.row()]
        if role == self.SHELVED:
            return shelved
        if role == Qt.ItemDataRole.DisplayRole:
            return shelved.document.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            parts = [shelved.document.title, shelved.document.author, shelved.document.format.upper()]
            parts.append(self.tr("{share} read").format(share=percent(shelved.share_read)))
            parts.extend(memory.kind for memory in shelved.memories)
            return ", ".join(part for part in parts if part)
        return None

    def row_of(self, document_id: str) -> QModelIndex:
        """The index of a document; invalid when it is not shown."""
        for number, shelved in enumerate(self._rows):
            if shelved.document.document_id == document_id:
                return self.index(number)
        return QModelIndex()

    def shelved(self, index: AnyIndex) -> Shelved | None:
        return self._rows[index.row()] if index.isValid() else None


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

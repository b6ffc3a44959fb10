"""Annotations as a list under the titles of their chapters. Shows rows it was given; asks nobody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, Qt

from app.desktop.item_models import AnyIndex
from app.desktop.note_words import chapter_name, spoken
from app.operations.notes import PlacedAnnotation


class NoteModel(QAbstractListModel):
    """ITEM holds a PlacedAnnotation, or the title of a chapter (str) before its first one."""

    ITEM = int(Qt.ItemDataRole.UserRole) + 1

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._items: list[PlacedAnnotation | str] = []

    def show_annotations(self, placed: Sequence[PlacedAnnotation]) -> None:
        """placed: by place."""
        self.beginResetModel()
        self._items = []
        last_section: object = self
        for annotation in placed:
            if annotation.section != last_section:
                last_section = annotation.section
                self._items.append(chapter_name(annotation))
            self._items.append(annotation)
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  # Qt's own signature
        return 0 if parent.isValid() else len(self._items)

    def annotation(self, index: AnyIndex) -> PlacedAnnotation | None:
        item = self._items[index.row()] if index.isValid() else None
        return item if isinstance(item, PlacedAnnotation) else None

    def index_of(self, annotation_id: str) -> QModelIndex:
        """Invalid when it is not shown."""
        for row, item in enumerate(self._items):
            if isinstance(item, PlacedAnnotation) and item.row.annotation_id == annotation_id:
                return self.index(row)
        return QModelIndex()

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        if self.annotation(index) is None:  # the keyboard steps over titles
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        item = self._items[index.row()]
        if role == self.ITEM:
            return item
        if role == Qt.ItemDataRole.DisplayRole:
            return item if isinstance(item, str) else spoken(item)
        return None

"""Every memory of the library as a table model. Knows rows and words; asks no database."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from app.desktop.book_memory import BookMemory
from app.desktop.plain_tips import plain_tip
from app.desktop.segment_words import ratio_words
from app.desktop.wording import day, number, percent, signed_percent, size

AnyIndex = QModelIndex | QPersistentModelIndex
POINTS = int(Qt.ItemDataRole.UserRole) + 1
"""The gain curve of a row (list of GainPoint), for the sparkline."""


class Column(IntEnum):
    DOCUMENT = 0
    KIND = 1
    STATE = 2
    GAIN = 3
    SIZE = 4
    MADE = 5
    MODEL = 6


class MemoryTable(QAbstractTableModel):
    """One row a memory. The box before the title says whether it is used when its book is asked about.

    use_asked: the box was turned; what is stored changes elsewhere.
    """

    use_asked = Signal(object, bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[BookMemory] = []

    def show(self, memories: Sequence[BookMemory]) -> None:
        self.beginResetModel()
        self._rows = list(memories)
        self.endResetModel()

    def memory(self, index: AnyIndex) -> BookMemory | None:
        return self._rows[index.row()] if index.isValid() else None

    def row_of(self, key: str) -> QModelIndex:
        """The index of a memory; invalid when it is not shown."""
        for row, each in enumerate(self._rows):
            if each.key == key:
                return self.index(row, 0)
        return QModelIndex()

    @property
    def total_bytes(self) -> int:
        return sum(each.bytes for each in self._rows)

    # -- Qt's questions --------------------------------------------------------------------------------------------

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  # Qt's own signature
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return {
            Column.DOCUMENT: self.tr("Book"),
            Column.KIND: self.tr("Memory"),
            Column.STATE: self.tr("Of the book"),
            Column.GAIN: self.tr("Perplexity"),
            Column.SIZE: self.tr("Size"),
            Column.MADE: self.tr("Made"),
            Column.MODEL: self.tr("With the model"),
        }[Column(section)]

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        memory = self._rows[index.row()]
        column = Column(index.column())
        if role == POINTS:
            return list(memory.points) if column is Column.GAIN else None
        if role == Qt.ItemDataRole.CheckStateRole and column is Column.DOCUMENT:
            return Qt.CheckState.Checked if memory.in_use else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.DisplayRole:
            return self._words(memory, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(self._words(memory, column))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self.headerData(column, Qt.Orientation.Horizontal)}: {self._words(memory, column)}"
        return None

    def setData(self, index: AnyIndex, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        memory = self.memory(index)
        if role != Qt.ItemDataRole.CheckStateRole or memory is None:
            return False
        self.use_asked.emit(memory, Qt.CheckState(value) is Qt.CheckState.Checked)
        return True

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        flags = super().flags(index)
        memory = self.memory(index)
        if memory is not None and not memory.usable:
            return Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        return flags | Qt.ItemFlag.ItemIsUserCheckable if index.column() == Column.DOCUMENT else flags

    def _words(self, memory: BookMemory, column: Column) -> str:
        match column:
            case Column.DOCUMENT:
                return memory.document.title
            case Column.KIND:
                return self.tr("Adapter") if memory.is_adapter else self.tr("Segment memory")
            case Column.STATE:
                return self._state(memory)
            case Column.GAIN:
                if not memory.points:
                    return "–"
                last = memory.points[-1]
                figures = f"{number(last.base_ppl, 1)} → {number(last.adapter_ppl, 1)}"
                return f"{signed_percent(-last.gain)}   {figures}"
            case Column.SIZE:
                return size(memory.bytes)
            case Column.MADE:
                return day(memory.made_at)
            case Column.MODEL:
                return (
                    memory.model_name
                    if memory.usable
                    else self.tr("{model} (not in use)").format(model=memory.model_name)
                )

    def _state(self, memory: BookMemory) -> str:
        share = percent(memory.share)
        states = {
            "running": self.tr("{share}, being learned") if memory.is_adapter else self.tr("{share}, being compressed"),
            "complete": self.tr("whole"),
            "paused": self.tr("{share}, paused"),
        }
        words = states.get(memory.state, self.tr("{share}")).format(share=share)
        if memory.is_adapter:
            return words
        return self.tr("{state}: {slots} slots, {ratio}").format(
            state=words, slots=number(memory.slots), ratio=ratio_words(memory.ratio)
        )

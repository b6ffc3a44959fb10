"""Every memory of the library as a table model. Knows rows and words; asks no database."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from app.desktop.gain_points import GainPoint, gain_points
from app.desktop.plain_tips import plain_tip
from app.desktop.wording import day, number, percent, signed_percent, size
from app.operations.memories import Remembered

AnyIndex = QModelIndex | QPersistentModelIndex
POINTS = int(Qt.ItemDataRole.UserRole) + 1
"""The gain curve of a row (list of GainPoint), for the sparkline."""


class Column(IntEnum):
    DOCUMENT = 0
    STATE = 1
    GAIN = 2
    SIZE = 3
    MADE = 4
    MODEL = 5


class MemoryTable(QAbstractTableModel):
    """One row a memory. The box before the title says whether it is used when its book is asked about.

    use_asked: the box was turned; what is stored changes elsewhere.
    """

    use_asked = Signal(object, bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[Remembered, list[GainPoint]]] = []

    def show(self, remembered: Sequence[Remembered]) -> None:
        self.beginResetModel()
        self._rows = [(each, gain_points(each.chunks)) for each in remembered]
        self.endResetModel()

    def remembered(self, index: AnyIndex) -> Remembered | None:
        return self._rows[index.row()][0] if index.isValid() else None

    def row_of(self, memory_id: str) -> QModelIndex:
        """The index of a memory; invalid when it is not shown."""
        for row, (each, _) in enumerate(self._rows):
            if each.memory.memory_id == memory_id:
                return self.index(row, 0)
        return QModelIndex()

    @property
    def total_bytes(self) -> int:
        return sum(each.memory.bytes for each, _ in self._rows)

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
            Column.STATE: self.tr("Learned"),
            Column.GAIN: self.tr("Perplexity"),
            Column.SIZE: self.tr("Size"),
            Column.MADE: self.tr("Made"),
            Column.MODEL: self.tr("With the model"),
        }[Column(section)]

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        remembered, points = self._rows[index.row()]
        column = Column(index.column())
        if role == POINTS:
            return points if column is Column.GAIN else None
        if role == Qt.ItemDataRole.CheckStateRole and column is Column.DOCUMENT:
            return Qt.CheckState.Checked if remembered.memory.attached else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.DisplayRole:
            return self._words(remembered, points, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(self._words(remembered, points, column))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self.headerData(column, Qt.Orientation.Horizontal)}: {self._words(remembered, points, column)}"
        return None

    def setData(self, index: AnyIndex, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        remembered = self.remembered(index)
        if role != Qt.ItemDataRole.CheckStateRole or remembered is None:
            return False
        self.use_asked.emit(remembered.memory, Qt.CheckState(value) is Qt.CheckState.Checked)
        return True

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        flags = super().flags(index)
        remembered = self.remembered(index)
        if remembered is not None and not remembered.usable:
            return Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        return flags | Qt.ItemFlag.ItemIsUserCheckable if index.column() == Column.DOCUMENT else flags

    def _words(self, remembered: Remembered, points: Sequence[GainPoint], column: Column) -> str:
        memory, document = remembered.memory, remembered.document
        match column:
            case Column.DOCUMENT:
                return document.title
            case Column.STATE:
                share = percent(min(1.0, memory.tokens / max(1, document.tokens)))
                states = {
                    "running": self.tr("{share}, being learned"),
                    "complete": self.tr("whole"),
                    "paused": self.tr("{share}, paused"),
                }
                return states.get(memory.state, self.tr("{share}")).format(share=share)
            case Column.GAIN:
                if not points:
                    return "–"
                last = points[-1]
                figures = f"{number(last.base_ppl, 1)} → {number(last.adapter_ppl, 1)}"
                return f"{signed_percent(-last.gain)}   {figures}"
            case Column.SIZE:
                return size(memory.bytes)
            case Column.MADE:
                return day(memory.created_at)
            case Column.MODEL:
                return (
                    memory.model_name
                    if remembered.usable
                    else self.tr("{model} (not in use)").format(model=memory.model_name)
                )

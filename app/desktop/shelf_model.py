"""The shelf as a Qt model: every document is a row at once, but only the rows near those on the screen are loaded.

Knows ids and rows. Asks for rows with `wanted`, a page at a time, and shows empty ones until `put_rows` brings them; so
that it never asks the database, and ten thousand documents cost a list of ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, Qt, QTimer, Signal

from app.desktop.item_models import AnyIndex
from app.desktop.widgets.memory_marks import memory_name
from app.desktop.wording import comma_list, percent
from storage.shelves import ShelfRow

PAGE_ROWS = 200
MOST_ROWS = 4_000
"""Rows kept in memory; those loaded longest ago go first."""


class ShelfModel(QAbstractListModel):
    """ROW holds the ShelfRow for delegates, None while it is on its way; screen readers get a whole sentence.

    wanted: a list of ids whose rows are to be brought by `put_rows`.
    """

    ROW = int(Qt.ItemDataRole.UserRole) + 1
    wanted = Signal(list)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ids: list[str] = []
        self._numbers: dict[str, int] = {}
        self._rows: dict[str, ShelfRow] = {}
        self._stale: set[str] = set()
        self._asked: set[str] = set()
        self._pages: set[int] = set()
        self._ask_soon = QTimer(self)
        self._ask_soon.setSingleShot(True)
        self._ask_soon.setInterval(0)
        self._ask_soon.timeout.connect(self._ask)

    # -- what the page sets ----------------------------------------------------------------------------------------

    def set_order(self, ids: Sequence[str]) -> None:
        """Show these documents, in this order. Where only some came or went, the view keeps its place and selection.

        Rows that are known stay on the screen until they were read anew.
        """
        self._stale = set(self._rows)
        self._asked.clear()
        new = list(ids)
        if self._ids == new:
            pass
        elif _is_part_of(new, self._ids):
            self._take_out(set(self._ids).difference(new))
        elif _is_part_of(self._ids, new):
            self._put_in(new)
        else:
            self.beginResetModel()
            self._ids = new
            self._renumber()
            self.endResetModel()
        if self._ids:
            self.dataChanged.emit(self.index(0), self.index(len(self._ids) - 1))

    def put_rows(self, asked: Sequence[str], rows: Sequence[ShelfRow]) -> None:
        """The answer to `wanted`. A document that was asked for and did not come is gone; its row stays empty, and it is
        not asked for again until the order is set anew."""
        for row in rows:
            document_id = row.document.document_id
            self._asked.discard(document_id)
            self._rows.pop(document_id, None)  # put last, so that it is kept longest
            self._rows[document_id] = row
        self._stale.difference_update(asked)
        for document_id in list(self._rows)[: max(0, len(self._rows) - MOST_ROWS)]:
            del self._rows[document_id]
        numbers = [self._numbers[document_id] for document_id in asked if document_id in self._numbers]
        if numbers:
            self.dataChanged.emit(self.index(min(numbers)), self.index(max(numbers)))

    # -- what views ask --------------------------------------------------------------------------------------------

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  # Qt's own signature
        return 0 if parent.isValid() else len(self._ids)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        if role == self.ROW:
            return self._row(index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            row = self._rows.get(self._ids[index.row()])
            return row.document.title if row is not None else ""
        if role == Qt.ItemDataRole.AccessibleTextRole:
            row = self._row(index.row())
            return self._sentence(row) if row is not None else self.tr("Loading")
        return None

    def document_id(self, index: AnyIndex) -> str | None:
        return self._ids[index.row()] if index.isValid() else None

    def shelf_row(self, index: AnyIndex) -> ShelfRow | None:
        """What is known of a row at this moment."""
        return self._rows.get(self._ids[index.row()]) if index.isValid() else None

    def index_of(self, document_id: str) -> QModelIndex:
        """The index of a document; invalid when it is not shown."""
        number = self._numbers.get(document_id)
        return QModelIndex() if number is None else self.index(number)

    # -- rows ------------------------------------------------------------------------------------------------------

    def _row(self, number: int) -> ShelfRow | None:
        document_id = self._ids[number]
        row = self._rows.get(document_id)
        if (row is None or document_id in self._stale) and document_id not in self._asked:
            self._pages.add(number // PAGE_ROWS)
            if not self._ask_soon.isActive():
                self._ask_soon.start()
        return row

    def _ask(self) -> None:
        for page in sorted(self._pages):
            ids = [
                document_id
                for document_id in self._ids[page * PAGE_ROWS : (page + 1) * PAGE_ROWS]
                if document_id not in self._asked and (document_id in self._stale or document_id not in self._rows)
            ]
            if ids:
                self._asked.update(ids)
                self.wanted.emit(ids)
        self._pages.clear()

    def _take_out(self, gone: set[str]) -> None:
        """Remove rows run by run, from the end, so that the numbers before stay right."""
        end = len(self._ids)
        while end > 0:
            if self._ids[end - 1] not in gone:
                end -= 1
                continue
            start = end - 1
            while start > 0 and self._ids[start - 1] in gone:
                start -= 1
            self.beginRemoveRows(QModelIndex(), start, end - 1)
            del self._ids[start:end]
            self._renumber()
            self.endRemoveRows()
            end = start

    def _put_in(self, new: Sequence[str]) -> None:
        """Insert rows run by run, from the start."""
        number = 0
        while number < len(new):
            if number < len(self._ids) and self._ids[number] == new[number]:
                number += 1
                continue
            end = number
            while end < len(new) and new[end] not in self._numbers:
                end += 1
            self.beginInsertRows(QModelIndex(), number, end - 1)
            self._ids[number:number] = new[number:end]
            self._renumber()
            self.endInsertRows()
            number = end

    def _renumber(self) -> None:
        self._numbers = {document_id: number for number, document_id in enumerate(self._ids)}

    def _sentence(self, row: ShelfRow) -> str:
        document = row.document
        parts = [document.title, document.author, document.series, document.format.upper()]
        parts.append(self.tr("{share} read").format(share=percent(row.share_read)))
        parts.extend(memory_name(memory.kind) for memory in row.memories)
        parts.extend(row.tags)
        return comma_list(part for part in parts if part)


_MOST_RUNS = 50
"""With more gaps than this, showing everything anew is quicker than putting in or taking out."""


def _is_part_of(some: Sequence[str], all_of_them: Sequence[str]) -> bool:
    """Whether a sequence is another with a few runs left out, and not another as a whole."""
    runs, place, is_in_gap = 0, 0, False
    for item in all_of_them:
        if place < len(some) and some[place] == item:
            place += 1
            is_in_gap = False
        elif not is_in_gap:
            runs += 1
            is_in_gap = True
    return place == len(some) and place > 0 and runs <= _MOST_RUNS
